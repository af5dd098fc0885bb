package trail

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// S3's own access logs are the cheap way to see who took a file: they cost their storage alone. They come hours late, some
// requests may be missing, and nothing proves that they are unchanged. S3 writes them into a bucket of the same account and
// Region, which must have no Object Lock by default.
const (
	accessPrefix = "access-logs"
	accessDays   = 90 // kept
	// The estimate takes as many requests a month as that of the trail, of half a kilobyte each.
	accessGB    = eventsAMonth * (1 + timesRead) * 0.5e-6
	usdPerGB    = 0.023
	accessUSD   = accessGB * accessDays / 30 * usdPerGB // about $0.35
	accessLogID = "trail/access-logs/"
)

// accessBucket is the name of the bucket for the access logs of an account's buckets in a Region.
func accessBucket(prefix, account, region string) string {
	if prefix == answers.DefaultBucketPrefix {
		return bucketName(accessPrefix, account, region)
	}
	return bucketName(prefix+"-access", account, region)
}

// accessBuckets are the names it may have, the surest first: as the one the wizard made, as the answers say, and as usual.
func accessBuckets(env steps.Env, account, region string) []string {
	all := []string{accessBucket(env.Answers.Trail.Prefix(), account, region), accessBucket(answers.DefaultBucketPrefix, account, region)}
	if m, ours := env.Made.Done(name+"/bucket/"+accessPrefix+"-"+storeKey(account, region), "CreateBucket"); ours {
		all = slices.Insert(all, 0, steps.Input[struct{ Bucket string }](m).Bucket)
	}
	return all
}

func storeKey(account, region string) string { return account + "-" + region }

// store is the bucket for the access logs of one account and Region.
func (b *builder) store(account, region string) target {
	bucket := cmp.Or(b.state.Census.Stores[storeKey(account, region)].Name, accessBucket(b.prefix, account, region))
	return target{
		role: accessPrefix + "-" + storeKey(account, region), where: plan.Place{Account: b.named(account), Region: region}, plain: true, keep: accessDays,
		what: "the bucket for access logs in " + b.named(account) + ", " + region, bucket: func(plan.Facts) string { return bucket },
		policy: func(plan.Facts) document {
			return load("access-logs.json", values{"bucket": bucket, "account": account})
		},
	}
}

// named is the name the account goes by in the answers, or its id.
func (b *builder) named(id string) string {
	for _, key := range b.facts.Keys() {
		if name, ok := strings.CutPrefix(key, "account."); ok && b.facts.Get(key) == id {
			if name, ok = strings.CutSuffix(name, ".id"); ok {
				return name
			}
		}
	}
	return id
}

// accessLogs plans that S3 writes down each request to a sensitive bucket. One that writes them somewhere already is left
// as it is.
func (b *builder) accessLogs(a answers.Trail) {
	if a.DataEvents != answers.AccessLogs {
		return
	}
	made := map[string]bool{}
	for _, s := range b.state.Census.Found {
		if s.LogsTo != "" || b.holdsLogs(s.Name) {
			continue
		}
		store, key := b.store(s.Account, s.Region), storeKey(s.Account, s.Region)
		if !made[key] {
			store.settings(b, b.state.Census.Stores[key])
			made[key] = true
		}
		if _, unread := b.state.Census.Stores[key].Unread[partBucket]; !unread {
			b.writeDown(s, store)
		}
	}
	if !b.state.Census.Taken || len(b.state.Census.Unread)+len(b.state.Census.Closed) > 0 {
		return
	}
	for _, name := range a.SensitiveBuckets {
		if !slices.ContainsFunc(b.state.Census.Found, func(s Sensitive) bool { return s.Name == name }) {
			b.add(plan.Item{Blocked: &plan.Blocked{ID: "trail/missing/" + name, Step: "trail", What: "There is no bucket " + name + " in your accounts.",
				Why: "The answers name it as sensitive (trail.sensitive_buckets).", Next: "Look at the name, or take it out."}})
		}
	}
}

func (b *builder) writeDown(s Sensitive, store target) {
	b.call(plan.Call{
		ID: accessLogID + s.Name, Where: store.where, After: []string{store.id("bucket"), store.id("policy")}, Effect: plan.Changes,
		Title:      "Write down each request to files in " + s.Name,
		Why:        "Who took or changed a file there can then be found out, hours later. S3 promises no complete list; the trail would.",
		MonthlyUSD: accessUSD, CostNote: fmt.Sprintf("storage only, $%.3f per GB; the estimate takes ten million requests a month, kept for %d days", usdPerGB, accessDays),
		Undo: "Switch the bucket's access logs off. What was written stays.",
		// "You must … provide the necessary permissions to the logging service": the policy is seconds old.
		Wait: map[string]time.Duration{"InvalidTargetBucketForLogging": time.Minute, "OperationAborted": 3 * time.Minute},
		Request: plan.To(s3.NewFromConfig, (*s3.Client).PutBucketLogging, func(f plan.Facts) *s3.PutBucketLoggingInput {
			return &s3.PutBucketLoggingInput{Bucket: aws.String(s.Name), BucketLoggingStatus: &types.BucketLoggingStatus{
				LoggingEnabled: &types.LoggingEnabled{TargetBucket: aws.String(store.bucket(f)), TargetPrefix: aws.String(s.Name + "/")}}}
		}),
	})
}

// accessLogs switches off what the wizard switched on, and takes back the buckets the logs went to. What another answer keeps
// from being looked at stays.
func (u *undoer) accessLogs() {
	var unseen []string
	var off []string
	for _, id := range u.made.IDs() {
		name, ok := strings.CutPrefix(id, accessLogID)
		m, ours := u.made.Done(id, "PutBucketLogging")
		if !ok || !ours {
			continue
		}
		i := slices.IndexFunc(u.state.Census.Found, func(s Sensitive) bool { return s.Name == name })
		switch {
		case i < 0:
			unseen = append(unseen, name)
		case u.state.Census.Found[i].LogsTo == writtenTo(m):
			off = append(off, u.switchOff(id, name, m))
		}
	}
	if len(unseen) > 0 {
		u.stays(accessPrefix, false, "The access logs of "+strings.Join(unseen, ", ")+" stay for now.",
			"They are not there any more, or could not be looked at.",
			"Sign in with AdministratorAccess in the management account and start wizard undo again, or switch the logs off in the S3 console.")
	}
	for _, id := range u.made.IDs() {
		key, ok := strings.CutPrefix(id, name+"/bucket/"+accessPrefix+"-")
		if m, ours := u.made.Done(id, "CreateBucket"); ok && ours {
			u.bucket(accessPrefix+"-"+key, u.state.Census.Stores[key], m, time.Time{}, off...)
		}
	}
}

// writtenTo is the bucket the access logs were sent to by a call.
func writtenTo(m steps.MadeCall) string {
	return steps.Input[struct {
		BucketLoggingStatus struct{ LoggingEnabled struct{ TargetBucket string } }
	}](m).BucketLoggingStatus.LoggingEnabled.TargetBucket
}

func (u *undoer) switchOff(id, bucket string, m steps.MadeCall) string {
	c := plan.Call{
		ID: name + "/undo/access-logs/" + bucket, Where: plan.Place{Account: u.named(m.Account), Region: m.Region}, Effect: plan.Changes, TakesBack: []string{id},
		Title: "Write down no more requests to files in " + bucket, Why: "The wizard switched it on, on " + m.Day() + ". What was written stays.",
		Undo: "Start the wizard again: it switches the logs on again.", Done: goneBucket, Wait: map[string]time.Duration{"OperationAborted": 3 * time.Minute},
		Request: plan.To(s3.NewFromConfig, (*s3.Client).PutBucketLogging, func(plan.Facts) *s3.PutBucketLoggingInput {
			return &s3.PutBucketLoggingInput{Bucket: aws.String(bucket), BucketLoggingStatus: &types.BucketLoggingStatus{}}
		}),
	}
	u.call(c)
	return c.ID
}
