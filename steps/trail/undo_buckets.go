package trail

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// emptyDays is how long S3 waits before it deletes, in a bucket that is to be emptied: its shortest time.
const emptyDays = 1

// buckets plans the end of both buckets. Logs are evidence, so what holds some stays unless a person says otherwise; S3
// then deletes them itself, for nothing, and the bucket goes at a later start.
func (u *undoer) buckets() {
	if m, ours := u.made.Done("trail/bucket/log", "CreateBucket"); ours {
		if u.sameBucket(m) || u.state.Log.Name == steps.Input[struct{ Bucket string }](m).Bucket {
			u.bucket("log", u.state.Log, m, time.Time{})
		}
	} else {
		u.settings("log", u.state.Log)
	}
	m, ours := u.made.Done("trail/bucket/archive", "CreateBucket")
	if !ours {
		for _, of := range u.state.Archives {
			if last, ok := u.made["trail/policy/archive"]; ok && of.Name == steps.Input[struct{ Bucket string }](last).Bucket {
				u.settings("archive", of.Bucket)
			}
		}
		return
	}
	archive, known := u.state.Archives[m.Account]
	switch {
	case !known: // the account has left the organization, or was closed with all that is in it
	case archive.NoEntry:
		u.add(plan.Item{Later: &plan.Later{ID: name + "/undo/archive", Step: name, Title: "Delete the archive bucket, if it is empty",
			Why:        "The root login cannot enter another account. This is planned after you have signed in as yourself.",
			Operations: []string{"s3:DeleteBucket", "s3:PutBucketLifecycleConfiguration"}, Places: []plan.Place{u.place(m)}, MostCalls: 2}})
	default:
		u.bucket("archive", archive.Bucket, m, u.lockedUntil(archive))
	}
}

// lockedUntil is the day until which the copies cannot be deleted: a year after the last one came.
func (u *undoer) lockedUntil(a Archive) time.Time {
	if a.LockMode == "" {
		return time.Time{}
	}
	last := a.Last
	if u.state.Log.Replication != nil || last.IsZero() {
		last = u.state.Looked // one more may come today
	}
	return last.AddDate(0, 0, int(a.LockDays))
}

// bucket plans the end of one bucket of ours; locked is the day until which its files cannot be deleted.
func (u *undoer) bucket(role string, b Bucket, m steps.MadeCall, locked time.Time, after ...string) {
	if u.unread(partBucket, b.Unread, "/"+role, "The bucket "+b.Name) || !b.Exists {
		return
	}
	if u.unread(partFiles, b.Unread, "/"+role, "The bucket "+b.Name) {
		return
	}
	kept := keepDays
	if strings.HasPrefix(role, accessPrefix) {
		kept = accessDays
	}
	cost := "Keeping it costs what its files take, about $0.02 per GB a month."
	switch {
	case !b.Files && (len(b.Canaries) == 0 || locked.IsZero()):
		u.deleteBucket(role, b, m, after...)
	case u.state.Looked.Before(locked):
		u.stays(role, false, "The bucket "+b.Name+" stays until "+steps.Day(locked)+".",
			fmt.Sprintf("Every file in it is locked for %d days (Object Lock). Nothing can be deleted before, so that an intruder cannot hide. %s", lockDays, cost),
			"Nothing to do now. Start wizard undo again after that day to delete it. An administrator of its account can lift the lock earlier.")
	case hasRuleFor(b.Lifecycle, emptyDays):
		u.stays(role, false, "S3 is deleting what is in the bucket "+b.Name+".", "You agreed to that. S3 does it once a day, over two to four days, and for nothing.",
			"Start wizard undo again in four days: it deletes the empty bucket.")
	default:
		next := "If you need the logs no longer, run wizard undo at a terminal and agree to delete them. With --yes they stay."
		if role == "log" && !u.state.Exempt {
			next = "Its policy lets only root or ManagementAdministrator delete logs. Sign in as one of them and start wizard undo again."
		}
		u.stays(role, false, "The bucket "+b.Name+" and the logs in it stay.", "Logs are evidence of who did what. They delete themselves after "+
			fmt.Sprintf("%d days. %s", kept, cost), next)
		if role != "log" || u.state.Exempt {
			u.empty(role, b, m, after...)
		}
	}
}

// empty has S3 delete everything in a bucket, by a rule: a log bucket has far too many files for single requests.
func (u *undoer) empty(role string, b Bucket, m steps.MadeCall, also ...string) {
	rule := lifecycleRule(emptyDays)
	rule.Expiration.Days, rule.NoncurrentVersionExpiration.NoncurrentDays = aws.Int32(emptyDays), aws.Int32(emptyDays)
	rule.AbortIncompleteMultipartUpload.DaysAfterInitiation = aws.Int32(emptyDays)
	u.call(plan.Call{
		ID: name + "/undo/empty/" + role, Where: u.place(m), After: append([]string{undoTrailID, undoReplicationID}, also...),
		TakesBack: []string{name + "/lifecycle/" + role},
		Title:     "Let S3 delete every log in " + b.Name, Effect: plan.Deletes,
		Why:     "S3 deletes them itself, over two to four days and for nothing. Then wizard undo can delete the bucket.",
		NoUndo:  "deleted logs do not come back. Until S3 begins, within a day, setting the lifecycle rule back stops it",
		Consent: plan.Typed, Named: b.Name, ConsentAsk: "Every log in " + b.Name + ", from " + m.Day() + " on, is deleted for ever. They are the record of who did what.",
		Wait: settling,
		Request: plan.To(s3.NewFromConfig, (*s3.Client).PutBucketLifecycleConfiguration, func(plan.Facts) *s3.PutBucketLifecycleConfigurationInput {
			return &s3.PutBucketLifecycleConfigurationInput{Bucket: aws.String(b.Name), LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{rule}}}
		}),
	})
}

// deleteBucket deletes a bucket that holds nothing but the test object. Its policy goes first: it keeps everybody but
// two from deleting even that.
func (u *undoer) deleteBucket(role string, b Bucket, m steps.MadeCall, also ...string) {
	where, policy := u.place(m), name+"/undo/policy/"+role
	after := append([]string{undoTrailID, undoReplicationID, undoRoleID, policy}, also...)
	var since []string
	if put, ok := u.made["trail/policy/"+role]; ok && b.Policy != "" {
		since = differs(b.Policy, steps.Input[struct{ Policy string }](put).Policy, "somebody changed who may use it")
	}
	if len(b.Canaries) > 0 {
		if b.Policy != "" {
			u.call(steps.UnlessChanged(plan.Call{
				ID: policy, Where: where, After: []string{undoTrailID, undoReplicationID}, Effect: plan.Deletes,
				TakesBack: []string{name + "/policy/" + role},
				Title:     "Take the policy off the bucket " + b.Name, Why: "It forbids deleting the test file. The bucket holds no logs.",
				Undo: "Start the wizard again: it writes the policy again.", Done: append([]string{"NoSuchBucketPolicy"}, goneBucket...), Wait: settling,
				Request: plan.To(s3.NewFromConfig, (*s3.Client).DeleteBucketPolicy, func(plan.Facts) *s3.DeleteBucketPolicyInput {
					return &s3.DeleteBucketPolicyInput{Bucket: aws.String(b.Name)}
				}),
			}, since))
			since = nil // asked once
		}
		after = append(after, u.deleteCanaries(where, b, policy)...)
	}
	u.call(steps.UnlessChanged(plan.Call{
		ID: name + "/undo/bucket/" + role, Where: where, After: after, Title: "Delete the bucket " + b.Name, Effect: plan.Deletes,
		TakesBack: u.on(role),
		Why:       "The wizard made it on " + m.Day() + ", and it holds no logs.",
		Undo:      "Start the wizard again: it makes the bucket again.", Done: goneBucket,
		Wait: map[string]time.Duration{"OperationAborted": 3 * time.Minute},
		Request: plan.To(s3.NewFromConfig, (*s3.Client).DeleteBucket, func(plan.Facts) *s3.DeleteBucketInput {
			return &s3.DeleteBucketInput{Bucket: aws.String(b.Name)}
		}),
	}, since))
}

// on are the ids of all that was made on a bucket.
func (u *undoer) on(role string) (ids []string) {
	for _, id := range slices.Sorted(maps.Keys(u.made)) {
		if strings.HasPrefix(id, name+"/") && strings.HasSuffix(id, "/"+role) {
			ids = append(ids, id)
		}
	}
	return ids
}

// settings says that settings of a bucket that was there before stay: each of them only protects it.
func (u *undoer) settings(role string, b Bucket) {
	var what []string
	for _, x := range []struct{ noun, operation, words string }{
		{"public-access", "PutPublicAccessBlock", "it is closed to the public"}, {"versioning", "PutBucketVersioning", "old versions of files are kept"},
		{"lifecycle", "PutBucketLifecycleConfiguration", fmt.Sprintf("files are deleted after %d days", keepDays)},
		{"lock", "PutObjectLockConfiguration", "new files are locked"}, {"policy", "PutBucketPolicy", "its policy lets only some in"},
	} {
		m, ok := u.made.Done("trail/"+x.noun+"/"+role, x.operation)
		if ok && b.Exists && steps.Input[struct{ Bucket string }](m).Bucket == b.Name {
			what = append(what, x.words)
		}
	}
	if len(what) == 0 {
		return
	}
	slices.Sort(what)
	u.stays("adopted-bucket/"+role, true, "The bucket "+b.Name+" stays, with what the wizard set on it.",
		"It was there before. Since then: "+joined(what)+".",
		"If you want one of these settings gone, change it in the S3 console: https://console.aws.amazon.com/s3/buckets/"+b.Name)
}

func joined(words []string) string {
	out := words[0]
	for i, w := range words[1:] {
		if i == len(words)-2 {
			out += " and " + w
		} else {
			out += ", " + w
		}
	}
	return out
}
