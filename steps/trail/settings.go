package trail

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"awswizard/internal/plan"
)

// target is a bucket this step wants, in the log's or the archive's role.
type target struct {
	role    string // "log" or "archive", the last part of the calls' ids
	what    string // for titles
	where   plan.Place
	bucket  func(plan.Facts) string
	policy  func(plan.Facts) document // nil: its policy is left alone
	foreign bool                      // a bucket that was there before: only what the copying needs is changed
	lock    bool                      // Object Lock
	waits   map[string]time.Duration  // further passing errors of PutBucketPolicy
	plain   bool                      // old versions of files are not kept
	keep    int32                     // how many days files are kept; 0 = keepDays
}

// log is the bucket for the trail's files.
func (b *builder) log() target {
	region, prefix, archive := b.region, cmp.Or(b.state.Prefix, b.prefix), b.archiveName()
	bucket := func(f plan.Facts) string { return logBucket(prefix, managementID(f), region) }
	return target{
		role: "log", what: "the log bucket", where: plan.Place{Account: plan.Management, Region: region}, bucket: bucket,
		policy: func(f plan.Facts) document {
			return load("log-bucket.json", fillings(f, bucket(f), archive(f), region))
		},
	}
}

// adopted is the bucket of a trail that was there before.
func (b *builder) adopted() target {
	t := b.log()
	t.what, t.foreign, t.policy = "the trail's bucket "+b.state.Log.Name, true, nil
	t.bucket = func(plan.Facts) string { return b.state.Log.Name }
	return t
}

// archive is the bucket for the second copy.
func (b *builder) archive() target {
	region, bucket := b.region, b.archiveName()
	return target{
		role: "archive", what: "the archive bucket", where: plan.Place{Account: b.security, Region: region}, bucket: bucket, lock: true,
		policy: func(f plan.Facts) document { return load("archive-bucket.json", fillings(f, "", bucket(f), region)) },
		// "MalformedPolicy … contains a principal that is not valid": the role was made a moment ago.
		waits: map[string]time.Duration{"MalformedPolicy": 2 * time.Minute},
	}
}

// archiveName is the name of the archive bucket: of the one that is there, or that will be made.
func (b *builder) archiveName() func(plan.Facts) string {
	region, security := b.region, b.security
	prefix := cmp.Or(b.state.Archives[b.facts.AccountID(security)].Prefix, b.prefix)
	return func(f plan.Facts) string { return archiveBucket(prefix, f.AccountID(security), region) }
}

// settling are S3's passing errors: another change of the bucket is running, or the bucket is seconds old.
var settling = map[string]time.Duration{"OperationAborted": 3 * time.Minute, "NoSuchBucket": 30 * time.Second}

// settings plans a bucket and its settings, from what there is.
func (t target) settings(b *builder, have Bucket) {
	left := "it is left as it is."
	if t.role == "log" && b.state.Trail == nil {
		left = "the trail waits."
	}
	if have.Taken {
		b.taken(t, have.Name)
		return
	}
	if b.blocked(partBucket, have.Unread, t.role, "The state of "+t.what+" is not known, so "+left) {
		return
	}
	if !have.Exists {
		t.create(b)
	}
	want := func(p Part, ok bool, what string) bool {
		so := "it is left as it is."
		if p == partPolicy {
			so = left
		}
		return !b.blocked(p, have.Unread, t.role, what+" of "+t.what+" is not known, so "+so) && !ok
	}
	if want(partPrivate, have.Private, "The public access block") {
		t.block(b)
	}
	// A bucket made with Object Lock has versioning from the start.
	if want(partVersions, have.Versioned || t.plain || t.lock && !have.Exists, "The versioning") {
		t.version(b)
	}
	if t.foreign {
		return
	}
	if want(partEncryption, have.Encrypted, "The encryption") {
		t.encrypt(b)
	}
	// A bucket made here gets it with CreateBucket.
	if have.Exists && want(partOwnership, have.OwnerEnforced, "The ownership setting") {
		t.own(b)
	}
	if want(partLifecycle, hasRule(have.Lifecycle, t.days()), "The lifecycle") {
		t.expire(b, have.Lifecycle)
	}
	if t.lock && want(partLock, have.LockMode != "" && have.LockDays >= lockDays, "The Object Lock") {
		t.retain(b)
	}
	if want(partPolicy, t.policy(b.facts).stands(have.Policy), "The policy") {
		t.guard(b, have.Policy)
	}
}

// taken says that the bucket cannot have its name, and how to give it another.
func (b *builder) taken(t target, bucket string) {
	b.add(plan.Item{Blocked: &plan.Blocked{
		ID: name + "/taken/" + t.role, Step: name, Code: "BucketAlreadyExists",
		What: "The name " + bucket + " for " + t.what + " is taken.",
		Why:  "Bucket names are unique worldwide. There is a bucket of this name, and it is none of this account's.",
		Next: "Choose how the names begin, in wizard.yaml: trail: {bucket_prefix: acme-trail}. Then start again.",
	}})
}

// call adds a call on the bucket; noun is the middle part of its id.
func (t target) call(b *builder, noun string, c plan.Call) {
	c.ID, c.Where = t.id(noun), t.where
	c.After = append(c.After, t.id("bucket"), t.id("versioning"))
	if c.Wait == nil {
		c.Wait = settling
	}
	b.call(c)
}

// days are how long files are kept.
func (t target) days() int32 { return cmp.Or(t.keep, keepDays) }

func (t target) id(noun string) string { return name + "/" + noun + "/" + t.role }

func (t target) create(b *builder) {
	region := t.where.Region
	why := "CloudTrail writes its files here."
	undo := "Empty and delete the bucket."
	switch {
	case t.plain:
		why = "S3 writes down here who asked for files of sensitive buckets. It has to be in the same account and Region as they are."
	case t.lock:
		why = fmt.Sprintf("A second copy of all logs, in an account nobody works in. Object Lock keeps every file for %d days.", lockDays)
		undo = fmt.Sprintf("Delete the bucket once it is empty. Locked files can be deleted after %d days, or before by an administrator who lifts the lock.", lockDays)
	}
	t.call(b, "bucket", plan.Call{
		Title: "Create " + t.what, Why: why, Effect: plan.Creates, Undo: undo,
		CostNote: "about $0.02 per GB stored",
		Done:     []string{"BucketAlreadyOwnedByYou"},
		Wait:     map[string]time.Duration{"OperationAborted": 3 * time.Minute},
		Request: plan.To(s3.NewFromConfig, (*s3.Client).CreateBucket, func(f plan.Facts) *s3.CreateBucketInput {
			in := &s3.CreateBucketInput{Bucket: aws.String(t.bucket(f)), ObjectOwnership: types.ObjectOwnershipBucketOwnerEnforced}
			if accountRegional(region) {
				in.BucketNamespace = types.BucketNamespaceAccountRegional
			}
			if region != "us-east-1" { // S3 refuses this one's name as a location constraint
				in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region)}
			}
			if t.lock {
				in.ObjectLockEnabledForBucket = aws.Bool(true)
			}
			return in
		}),
	})
}

func (t target) block(b *builder) {
	t.call(b, "public-access", plan.Call{
		Title: "Block all public access to " + t.what, Why: "Logs are nobody else's business. No later mistake can make them public.",
		Effect: plan.Changes, Undo: "Delete the bucket's public access block.",
		Request: plan.To(s3.NewFromConfig, (*s3.Client).PutPublicAccessBlock, func(f plan.Facts) *s3.PutPublicAccessBlockInput {
			return &s3.PutPublicAccessBlockInput{Bucket: aws.String(t.bucket(f)), PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
				BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
			}}
		}),
	})
}

func (t target) version(b *builder) {
	t.call(b, "versioning", plan.Call{
		Title: "Keep old versions of files in " + t.what, Why: "Overwriting or deleting a file then keeps what was there. Copying needs it too.",
		Effect: plan.Changes, Undo: "Suspend versioning, after the copying is switched off.", CostNote: "old versions are stored for 30 days, cents a month",
		Request: plan.To(s3.NewFromConfig, (*s3.Client).PutBucketVersioning, func(f plan.Facts) *s3.PutBucketVersioningInput {
			return &s3.PutBucketVersioningInput{Bucket: aws.String(t.bucket(f)),
				VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}}
		}),
	})
}

func (t target) encrypt(b *builder) {
	t.call(b, "encryption", plan.Call{
		Title: "Encrypt " + t.what + " with keys of S3", Why: "Free, and needs no key of yours. It is the default; this writes it down.",
		Effect: plan.Changes, Undo: "Delete the bucket's encryption setting; S3 encrypts anyway.",
		Request: plan.To(s3.NewFromConfig, (*s3.Client).PutBucketEncryption, func(f plan.Facts) *s3.PutBucketEncryptionInput {
			return &s3.PutBucketEncryptionInput{Bucket: aws.String(t.bucket(f)), ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
				Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256}}},
			}}
		}),
	})
}

func (t target) own(b *builder) {
	t.call(b, "ownership", plan.Call{
		Title: "Switch off access lists on files in " + t.what, Why: "Only the bucket's policy then says who may read.",
		Effect: plan.Changes, Undo: "Set object ownership back to BucketOwnerPreferred.",
		Request: plan.To(s3.NewFromConfig, (*s3.Client).PutBucketOwnershipControls, func(f plan.Facts) *s3.PutBucketOwnershipControlsInput {
			return &s3.PutBucketOwnershipControlsInput{Bucket: aws.String(t.bucket(f)), OwnershipControls: &types.OwnershipControls{
				Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipBucketOwnerEnforced}},
			}}
		}),
	})
}

// lifecycleRule is what keeps the storage from growing for ever. Log files are too small for cheaper storage classes
// to pay.
func lifecycleRule(days int32) types.LifecycleRule {
	return types.LifecycleRule{
		ID: aws.String("expire-logs"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("")},
		Expiration:                     &types.LifecycleExpiration{Days: aws.Int32(days)},
		NoncurrentVersionExpiration:    &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(staleDays)},
		AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(7)},
	}
}

// hasRule reports whether the rule is there and keeps files at least as long as wanted.
func hasRule(rules []types.LifecycleRule, days int32) bool {
	want := lifecycleRule(days)
	return slices.ContainsFunc(rules, func(r types.LifecycleRule) bool {
		return aws.ToString(r.ID) == *want.ID && r.Status == want.Status && r.Expiration != nil && aws.ToInt32(r.Expiration.Days) == days &&
			r.NoncurrentVersionExpiration != nil && aws.ToInt32(r.NoncurrentVersionExpiration.NoncurrentDays) == staleDays
	})
}

func (t target) expire(b *builder, have []types.LifecycleRule) {
	rules := []types.LifecycleRule{lifecycleRule(t.days())}
	for _, r := range have { // PutBucketLifecycleConfiguration replaces all rules: others stay
		if aws.ToString(r.ID) != *rules[0].ID {
			rules = append(rules, r)
		}
	}
	why := fmt.Sprintf("A year and a month of history is enough for an investigation, and the cost stops growing. Old versions go after %d days.", staleDays)
	if t.plain {
		why = "That is long enough to look into something, and the cost stops growing."
	}
	t.call(b, "lifecycle", plan.Call{
		Title:  fmt.Sprintf("Delete files in %s after %d days", t.what, t.days()),
		Why:    why,
		Effect: plan.Changes, Undo: "Delete the lifecycle rule expire-logs. Files it has deleted do not come back.",
		Request: plan.To(s3.NewFromConfig, (*s3.Client).PutBucketLifecycleConfiguration, func(f plan.Facts) *s3.PutBucketLifecycleConfigurationInput {
			return &s3.PutBucketLifecycleConfigurationInput{Bucket: aws.String(t.bucket(f)), LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: rules}}
		}),
	})
}

func (t target) retain(b *builder) {
	t.call(b, "lock", plan.Call{
		Title:  fmt.Sprintf("Lock every file in %s for %d days", t.what, lockDays),
		Why:    "No everyday login and no mistake can delete the copy. Only an administrator of this account can lift the lock (governance mode).",
		Effect: plan.Changes, Undo: "Remove the default retention. Files that are locked already stay so until their day.",
		Request: plan.To(s3.NewFromConfig, (*s3.Client).PutObjectLockConfiguration, func(f plan.Facts) *s3.PutObjectLockConfigurationInput {
			return &s3.PutObjectLockConfigurationInput{Bucket: aws.String(t.bucket(f)), ObjectLockConfiguration: &types.ObjectLockConfiguration{
				ObjectLockEnabled: types.ObjectLockEnabledEnabled,
				Rule:              &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeGovernance, Days: aws.Int32(lockDays)}},
			}}
		}),
	})
}

// guard comes last: the policy itself denies what the settings before it do, for everybody but administrators.
func (t target) guard(b *builder, have string) {
	wait := map[string]time.Duration{}
	for _, more := range []map[string]time.Duration{settling, t.waits} {
		for k, v := range more {
			wait[k] = v
		}
	}
	why := "CloudTrail may write, for this trail only. Nobody may delete or change log files, except an administrator of the management account, and nobody may connect without encryption."
	switch {
	case t.plain:
		why = "S3 may write access logs, from buckets of this account only, and nobody may connect without encryption."
	case t.lock:
		why = "The copying may write here, and nobody may connect without encryption."
	}
	t.call(b, "policy", plan.Call{
		Title: "Say who may use " + t.what, Why: why, Effect: plan.Changes, Undo: "Put back the policy as it was, or delete it.",
		After: []string{t.id("lifecycle"), t.id("lock"), roleID, roleTrustID}, Wait: wait,
		Request: plan.To(s3.NewFromConfig, (*s3.Client).PutBucketPolicy, func(f plan.Facts) *s3.PutBucketPolicyInput {
			return &s3.PutBucketPolicyInput{Bucket: aws.String(t.bucket(f)), Policy: aws.String(t.policy(f).over(have))}
		}),
	})
}
