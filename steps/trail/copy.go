package trail

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"awswizard/internal/plan"
)

// The ids of the copying.
const (
	roleID        = "trail/role/" + roleName
	roleTrustID   = "trail/role-trust/" + roleName
	rolePolicyID  = "trail/role-policy/" + roleName
	replicationID = "trail/replication/log"
	canaryID      = "trail/canary/log"
	archiveID     = "trail/archive"

	copyUSD   = 1
	copyPrice = "storage and requests of the second copy"
)

// copy plans the second copy in the security account: the archive bucket, the role that copies, and the rule.
func (b *builder) copy() {
	s := b.state
	own := s.Trail == nil || s.Trail.Bucket == b.logName()
	switch {
	case !own && !s.Log.Exists:
		b.elsewhere()
		return
	case !own && replicates(s.Log.Replication, ""):
		return // it has a copy of its own
	case s.keyed():
		b.locked(own)
		return
	case b.security == "":
		b.add(plan.Item{Blocked: &plan.Blocked{
			ID: archiveID, Step: name, What: "There is no second copy of the logs.",
			Why:  "None of the accounts is in the unit Security, so there is nowhere safe to copy them to.",
			Next: "Add an account named security to the answers and start again.",
		}})
		return
	}
	archive := s.Archives[b.facts.AccountID(b.security)]
	if archive.NoEntry {
		// A test file that has arrived proves the copying, even to a caller who cannot look at the other side.
		proved := s.Canary == "COMPLETED" && replicates(s.Log.Replication, bucketARN(b.archiveName()(b.facts)))
		if !proved {
			b.later()
		}
		return
	}
	if b.blocked(partRole, s.Unread, "", "The copying of logs cannot be set up.") {
		return
	}
	b.role()
	b.archive().settings(b, archive.Bucket)
	if _, unread := archive.Unread[partBucket]; !unread {
		b.replicate()
	}
}

// elsewhere says that the trail's bucket is out of reach: in another account or Region.
func (b *builder) elsewhere() {
	b.add(plan.Item{Blocked: &plan.Blocked{
		ID: archiveID, Step: name, Code: b.state.Log.Unread[partBucket].Code, Kept: true,
		What: "The bucket " + b.state.Trail.Bucket + " of the trail " + b.state.Trail.Name + " is not copied by this program.",
		Why:  "It was there before, and it is not in the management account and home Region.",
		Next: "If it is in an account of its own for logs, all is well. If not, set up replication for it there.",
	}})
}

// keyed reports whether the files are, or will be, encrypted with a key of KMS.
func (s State) keyed() bool { return s.Log.Key || s.Trail != nil && s.Trail.Key != "" }

// locked says that files that are encrypted with a key of KMS are not copied: S3 leaves them out without a word, unless the rule and
// the role name the keys on both sides.
func (b *builder) locked(own bool) {
	b.add(plan.Item{Blocked: &plan.Blocked{
		ID: archiveID, Step: name, Kept: !own, What: "The bucket " + b.state.Log.Name + " is not copied by this program.",
		Why:  "Its files are encrypted with a key of yours (KMS). S3 copies those only where each of the two keys lets it, which this program does not set up.",
		Next: "Switch the trail and the bucket back to keys of S3 (SSE-S3), which is free, and start again. Or set up the copying for your key in the S3 console.",
	}})
}

// later stands for the copy while this caller cannot enter the security account.
func (b *builder) later() {
	operations := []string{
		"iam:CreateRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "s3:CreateBucket", "s3:PutBucketEncryption",
		"s3:PutBucketLifecycleConfiguration", "s3:PutBucketOwnershipControls", "s3:PutBucketPolicy", "s3:PutBucketReplication",
		"s3:PutBucketVersioning", "s3:PutObject", "s3:PutObjectLockConfiguration", "s3:PutPublicAccessBlock",
	}
	b.add(plan.Item{Later: &plan.Later{
		ID: archiveID, Step: name, Title: "Keep a second, locked copy of the logs in " + b.security,
		Why:        "The root login cannot enter another account. This is planned after you have signed in as yourself.",
		Operations: operations, MostCalls: len(operations), MonthlyUSD: copyUSD, CostNote: copyPrice,
		Places: []plan.Place{
			{Account: b.security, Region: b.region}, {Account: plan.Management, Region: b.region}, {Account: plan.Management, Region: "us-east-1"},
		},
	}})
}

// role plans the role S3 copies as.
func (b *builder) role() {
	region, archive, bucket := b.region, b.archiveName(), b.source()
	trust := func(f plan.Facts) document {
		return load("replication-trust.json", fillings(f, bucket(f), archive(f), region))
	}
	policy := func(f plan.Facts) document {
		return load("replication-role.json", fillings(f, bucket(f), archive(f), region))
	}
	global := plan.Place{Account: plan.Management, Region: "us-east-1"}
	have := b.state.Role
	switch {
	case have == nil:
		b.call(plan.Call{
			ID: roleID, Where: global, Title: "Create the role " + roleName, Effect: plan.Creates, Undo: "Delete the role and its policy.",
			Why:  "S3 needs a role to copy from one account into another. Nobody but S3 can take it.",
			Done: []string{"EntityAlreadyExists"}, Wait: map[string]time.Duration{"ConcurrentModification": time.Minute},
			Request: plan.To(iam.NewFromConfig, (*iam.Client).CreateRole, func(f plan.Facts) *iam.CreateRoleInput {
				return &iam.CreateRoleInput{
					RoleName: aws.String(roleName), AssumeRolePolicyDocument: aws.String(trust(f).text()),
					Description: aws.String("Copies CloudTrail logs into the security account."),
				}
			}),
		})
	case !trust(b.facts).stands(have.Trust):
		b.call(plan.Call{
			ID: roleTrustID, Where: global, Title: "Let S3 take the role " + roleName + ", and nobody else", Effect: plan.Changes,
			Why: "The role's trust is not as this program made it.", Undo: "Put back the trust as it was.",
			Wait: map[string]time.Duration{"ConcurrentModification": time.Minute},
			Request: plan.To(iam.NewFromConfig, (*iam.Client).UpdateAssumeRolePolicy, func(f plan.Facts) *iam.UpdateAssumeRolePolicyInput {
				return &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String(roleName), PolicyDocument: aws.String(trust(f).text())}
			}),
		})
	}
	if have == nil || !policy(b.facts).stands(have.Policy) {
		b.call(plan.Call{
			ID: rolePolicyID, Where: global, After: []string{roleID, roleTrustID}, Title: "Let the role " + roleName + " copy logs and nothing else",
			Why:    "It may read the log bucket and write replicas. It may not delete: a deletion must not travel.",
			Effect: plan.Changes, Undo: "Delete the policy " + policyName + " from the role.",
			Wait: map[string]time.Duration{"NoSuchEntity": 30 * time.Second, "ConcurrentModification": time.Minute},
			Request: plan.To(iam.NewFromConfig, (*iam.Client).PutRolePolicy, func(f plan.Facts) *iam.PutRolePolicyInput {
				return &iam.PutRolePolicyInput{RoleName: aws.String(roleName), PolicyName: aws.String(policyName), PolicyDocument: aws.String(policy(f).text())}
			}),
		})
	}
}

// source is the bucket that is copied: ours, or that of a trail that was there before.
func (b *builder) source() func(plan.Facts) string {
	if t := b.state.Trail; t != nil && t.Bucket != b.logName() {
		return func(plan.Facts) string { return t.Bucket }
	}
	return b.log().bucket
}

// replicates reports whether a configuration copies into the bucket with this ARN; "" stands for any.
func replicates(c *types.ReplicationConfiguration, destination string) bool {
	return c != nil && slices.ContainsFunc(c.Rules, func(r types.ReplicationRule) bool {
		return r.Status == types.ReplicationRuleStatusEnabled && r.Destination != nil &&
			(destination == "" || aws.ToString(r.Destination.Bucket) == destination)
	})
}

// replicate plans the rule. It comes before the logging starts: files from before are not copied.
func (b *builder) replicate() {
	security, bucket, archiveName := b.security, b.source(), b.archiveName()
	have := b.state.Log.Replication
	archive := func(f plan.Facts) string { return bucketARN(archiveName(f)) }
	if b.blocked(partReplication, b.state.Log.Unread, "log", "The copying of logs cannot be set up.") ||
		replicates(have, archive(b.facts)) && aws.ToString(have.Role) == roleARN(managementID(b.facts)) {
		return
	}
	b.call(plan.Call{
		ID: replicationID, Title: "Copy every log file to " + security, Effect: plan.Changes, Undo: "Delete the replication rule. Copies stay.",
		Why:        "Most files are copied within 15 minutes. Deletions are not copied.",
		MonthlyUSD: copyUSD, CostNote: copyPrice,
		After: []string{
			"trail/bucket/log", "trail/versioning/log", "trail/bucket/archive", "trail/versioning/archive", "trail/policy/archive", roleID, roleTrustID, rolePolicyID,
		},
		Wait: map[string]time.Duration{
			// "Destination bucket must have versioning enabled.", "… must exist.": both may be seconds old.
			"InvalidRequest": 2 * time.Minute, "OperationAborted": 3 * time.Minute, "NoSuchBucket": 30 * time.Second,
		},
		Request: plan.To(s3.NewFromConfig, (*s3.Client).PutBucketReplication, func(f plan.Facts) *s3.PutBucketReplicationInput {
			return &s3.PutBucketReplicationInput{
				Bucket: aws.String(bucket(f)),
				ReplicationConfiguration: &types.ReplicationConfiguration{
					Role: aws.String(roleARN(managementID(f))),
					Rules: []types.ReplicationRule{{
						ID: aws.String("cloudtrail-to-security"), Status: types.ReplicationRuleStatusEnabled,
						// A filter, even an empty one, makes this the newer kind of rule, which needs a priority and
						// leaves deletions out. No metrics: AWS's documents disagree on what they need.
						Priority: aws.Int32(1), Filter: &types.ReplicationRuleFilter{Prefix: aws.String("")},
						DeleteMarkerReplication: &types.DeleteMarkerReplication{Status: types.DeleteMarkerReplicationStatusDisabled},
						Destination: &types.Destination{
							Bucket: aws.String(archive(f)), Account: aws.String(f.AccountID(security)), StorageClass: types.StorageClassStandard,
							AccessControlTranslation: &types.AccessControlTranslation{Owner: types.OwnerOverrideDestination},
						},
					}},
				},
			}
		}),
	})
}

// Why the test file does not arrive. Both pass by themselves where the rule, the role or the bucket's policy is seconds old;
// another file is then sent.
const (
	copyFailed   = "COPY_FAILED"
	copyNotBegun = "COPY_NOT_BEGUN"
)

func copying() map[string]time.Duration {
	waits := maps.Clone(settling)
	waits[copyFailed], waits[copyNotBegun] = 2*time.Minute, 3*time.Minute
	return waits
}

// canary plans the proof: PutBucketReplication does not test the role's rights, and everything can look green while
// nothing is copied.
func (b *builder) canary() {
	if b.state.keyed() {
		return // told already
	}
	if !b.ids[replicationID] && (b.state.Log.Replication == nil || aws.ToString(b.state.Log.Replication.Role) != roleARN(managementID(b.facts)) ||
		b.security == "") {
		return // nothing is copied by this step
	}
	changed := []string{replicationID, roleTrustID, rolePolicyID, "trail/policy/archive", "trail/versioning/archive"}
	if b.blocked(partCanary, b.state.Unread, "", "The copying of logs cannot be proved.") ||
		b.state.Canary == "COMPLETED" && len(b.planned(changed...)) == 0 {
		return
	}
	bucket := b.source()
	b.call(plan.Call{
		ID: canaryID, Title: "Prove the copying with an empty test file", Effect: plan.Creates,
		Why:   "AWS does not say so when copying fails. This file is followed until it has arrived, usually within a minute.",
		Undo:  fmt.Sprintf("Delete the file %s.", canaryKey),
		After: changed,
		Wait:  copying(),
		Request: plan.To(s3.NewFromConfig, (*s3.Client).PutObject, func(f plan.Facts) *s3.PutObjectInput {
			return &s3.PutObjectInput{Bucket: aws.String(bucket(f)), Key: aws.String(canaryKey), ContentType: aws.String("text/plain")}
		}),
		SettleEvery: 5 * time.Second, SettleLimit: 15 * time.Minute,
		Lapsed: b.state.Canary != "PENDING", // a file that is not on its way will never be copied
		Settle: func(ctx context.Context, cfg aws.Config, f plan.Facts) (bool, map[string]string, error) {
			status, err := replicationStatus(ctx, s3.NewFromConfig(cfg), bucket(f))
			switch {
			case err != nil:
				return false, nil, err
			case status == "FAILED":
				return false, nil, &plan.Unsettled{Operation: "copying the test file", Reason: copyFailed}
			case status == "":
				// A file taken up by the rule is PENDING at once. One that is not will never be copied.
				return false, nil, &plan.Unsettled{Operation: "copying the test file", Reason: copyNotBegun}
			}
			return status == "COMPLETED", nil, nil
		},
	})
}
