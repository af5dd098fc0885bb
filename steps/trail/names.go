package trail

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"awswizard/internal/answers"
	"awswizard/steps"
)

// prefixes are how the name of a bucket may begin that is there already, the surest first: as the one the wizard made, as
// the answers say, and as usual. A bucket of ours wins over changed answers: a second one would tear the record in two.
func prefixes(env steps.Env, id, suffix string) []string {
	all := []string{env.Answers.Trail.Prefix(), answers.DefaultBucketPrefix}
	if m, ours := env.Made.Done(id, "CreateBucket"); ours {
		if made, ok := strings.CutSuffix(steps.Input[struct{ Bucket string }](m).Bucket, suffix); ok {
			all = slices.Insert(all, 0, made)
		}
	}
	var out []string
	for _, p := range all {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

func archivePrefixes(env steps.Env, account string) []string {
	return prefixes(env, "trail/bucket/archive", archiveBucket("", account, env.Home))
}

// readLog reads the bucket the trail writes to, or will.
func (s *State) readLog(ctx context.Context, env steps.Env, client *s3.Client) {
	named := func(prefix string) string { return logBucket(prefix, s.Management, s.Home) }
	may := prefixes(env, "trail/bucket/log", named(""))
	if s.Trail != nil {
		s.Log = readBucket(ctx, client, s.Trail.Bucket, s.Management)
		if i := slices.IndexFunc(may, func(p string) bool { return named(p) == s.Trail.Bucket }); i >= 0 {
			s.Prefix = may[i]
		}
		return
	}
	s.Log, s.Prefix = find(ctx, client, s.Management, may, named, env.Answers.Trail.Prefix())
	if s.Log.Taken {
		s.Taken, s.TakenPrefix = s.Log.Name, env.Answers.Trail.Prefix()
	}
}

// find reads the first bucket that is ours, or may be, and tells how its name begins. When there is none, it is the bucket
// with the wanted prefix, and "".
func find(ctx context.Context, client *s3.Client, owner string, may []string, named func(prefix string) string, want string) (Bucket, string) {
	var wanted Bucket
	for _, prefix := range may {
		b := readBucket(ctx, client, named(prefix), owner)
		if _, unread := b.Unread[partBucket]; unread && !b.denied {
			b.Taken = taken(ctx, client, b)
		}
		if b.Exists || len(b.Unread) > 0 && !b.Taken {
			return b, prefix
		}
		if prefix == want {
			wanted = b
		}
	}
	return wanted, ""
}

// taken reports whether a bucket that may not be looked at is somebody else's: it is not among those of the account.
func taken(ctx context.Context, client *s3.Client, b Bucket) bool {
	if !slices.Contains([]string{"Forbidden", "AccessDenied", "MovedPermanently", "PermanentRedirect"}, b.Unread[partBucket].Code) {
		return false
	}
	out, err := client.ListBuckets(ctx, &s3.ListBucketsInput{Prefix: aws.String(b.Name)})
	if err != nil {
		return false
	}
	for _, own := range out.Buckets {
		if aws.ToString(own.Name) == b.Name {
			return false
		}
	}
	return true
}
