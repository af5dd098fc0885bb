// Package trail is the step that records what happens in every account: one organization trail, its log bucket in the
// management account, and a second copy in the security account that nobody can delete for a year. A test object
// proves that the copying works.
package trail

import (
	"slices"

	"awswizard/internal/plan"
	"awswizard/steps"
)

const name = "trail"

// Step returns the trail step.
func Step() steps.Step {
	return steps.WithUndo(steps.Define(steps.Step{
		Name:       name,
		Title:      "A flight recorder for every account",
		LooksAfter: []string{"organization"},
		About: steps.About{
			Why: "CloudTrail writes down who did what, when and from where, in all accounts and Regions. Nobody in a member " +
				"account can switch it off. A second copy lies in the security account, locked for a year.",
			What: "One trail for all accounts and Regions, and a protected bucket for it. A locked copy in the security account, tried out with a test file.",
			Cost: "The first trail is free. Storage and requests for two copies are about $2 a month.",
			Undo: "Logging can be stopped and the trail deleted. The log files stay. The locked copies cannot be deleted before " +
				"their year is over, unless an administrator of the security account lifts the lock.",
			Controls: []string{"ACCT.07", "WKLD.07"},
		},
	}, questions, inspect, planned), undone)
}

// The names of what this step makes.
const (
	trailName = "organization-trail"
	roleName  = "org-trail-replication"
	// policyName is the inline policy of the role.
	policyName = "replicate-logs"
	// canaryKey is the test object. It stays, so that the next look sees that the copying was proved.
	canaryKey = "replication-check/canary"
)

// How long logs are kept, in days: current ones, old versions of them, and the lock on the copy.
const (
	keepDays  = 400
	staleDays = 30
	lockDays  = 365
)

// logBucket is the log bucket's name, from the management account's id.
func logBucket(prefix, account, region string) string { return bucketName(prefix, account, region) }

// archiveBucket is the name of the bucket with the second copy, from the security account's id.
func archiveBucket(prefix, account, region string) string {
	return bucketName(prefix+"-archive", account, region)
}

// bucketName makes a name in the account-regional namespace (ending "-an"), where nobody else can take it first. With the
// longest prefix it is 24+8+1+12+1+14+3 = 63 characters long, which is what S3 allows.
func bucketName(prefix, account, region string) string {
	n := prefix + "-" + account + "-" + region
	if accountRegional(region) {
		n += "-an"
	}
	return n
}

// accountRegional reports whether the Region has the account-regional namespace of bucket names.
func accountRegional(region string) bool {
	return !slices.Contains([]string{"me-south-1", "me-central-1"}, region)
}

func trailARN(account, region string) string {
	return "arn:aws:cloudtrail:" + region + ":" + account + ":trail/" + trailName
}

// roleARN is the replication role's ARN. A role made by API has no path in it.
func roleARN(account string) string { return "arn:aws:iam::" + account + ":role/" + roleName }

func bucketARN(bucket string) string { return "arn:aws:s3:::" + bucket }

func managementID(f plan.Facts) string { return f.AccountID(plan.Management) }
