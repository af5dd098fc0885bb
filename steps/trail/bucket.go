package trail

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// Bucket is a bucket as far as this step compares it.
type Bucket struct {
	Name                                string
	Exists                              bool
	Taken                               bool // somebody else has a bucket of this name
	Private                             bool // all four public access blocks are on
	Versioned, Encrypted, OwnerEnforced bool
	Key                                 bool // by default, files are encrypted with a key of KMS
	Lifecycle                           []types.LifecycleRule
	Policy                              string
	Replication                         *types.ReplicationConfiguration
	LockMode                            string // default retention of Object Lock, e.g. "GOVERNANCE"
	LockDays                            int32
	Canaries                            []string  // version ids of the test object
	Last                                time.Time // the day the last file came, as far as it was looked for
	Files                               bool      // there is more in it than the test object
	Unread                              map[Part]Unread

	denied bool // the account could not be entered at the first read
}

// The parts of a bucket.
const (
	partBucket      Part = "bucket"
	partPrivate     Part = "public-access"
	partVersions    Part = "versioning"
	partEncryption  Part = "encryption"
	partOwnership   Part = "ownership"
	partLifecycle   Part = "lifecycle"
	partPolicy      Part = "policy"
	partReplication Part = "replication"
	partLock        Part = "lock"
	partFiles       Part = "files"
)

func (b *Bucket) note(p Part, err error) {
	if err == nil {
		return
	}
	if b.Unread == nil {
		b.Unread = map[Part]Unread{}
	}
	b.Unread[p] = *steps.RefusalOf(err)
}

// readBucket reads a bucket of the account owner. Each setting that cannot be read is noted by itself.
func readBucket(ctx context.Context, client *s3.Client, bucket, owner string) Bucket {
	b := Bucket{Name: bucket}
	_, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket, ExpectedBucketOwner: &owner})
	if steps.Absent(err, "NotFound", "NoSuchBucket") {
		return b
	}
	if err != nil {
		b.denied = errors.Is(err, plan.ErrNoEntry) // members are entered at the first request
		b.note(partBucket, err)
		return b
	}
	b.Exists = true
	r := bucketReader{ctx, client, &bucket}
	reads := []struct {
		part Part
		read func(*Bucket) error // writes fields that no other read does
	}{
		{partPrivate, r.private}, {partVersions, r.versions}, {partEncryption, r.encryption}, {partOwnership, r.ownership},
		{partLifecycle, r.lifecycle}, {partPolicy, r.policy}, {partReplication, r.replication}, {partLock, r.lock}, {partFiles, r.files},
	}
	refused := make([]error, len(reads))
	var wg beside.Group
	for i, setting := range reads {
		wg.Go(func() { refused[i] = setting.read(&b) })
	}
	wg.Wait()
	for i, setting := range reads {
		b.note(setting.part, refused[i])
	}
	return b
}

type bucketReader struct {
	ctx    context.Context
	client *s3.Client
	bucket *string
}

func (r bucketReader) private(b *Bucket) error {
	out, err := r.client.GetPublicAccessBlock(r.ctx, &s3.GetPublicAccessBlockInput{Bucket: r.bucket})
	if steps.Absent(err, "NoSuchPublicAccessBlockConfiguration") {
		return nil
	}
	if err == nil && out.PublicAccessBlockConfiguration != nil {
		c := out.PublicAccessBlockConfiguration
		b.Private = aws.ToBool(c.BlockPublicAcls) && aws.ToBool(c.BlockPublicPolicy) && aws.ToBool(c.IgnorePublicAcls) && aws.ToBool(c.RestrictPublicBuckets)
	}
	return err
}

func (r bucketReader) versions(b *Bucket) error {
	out, err := r.client.GetBucketVersioning(r.ctx, &s3.GetBucketVersioningInput{Bucket: r.bucket})
	if err == nil {
		b.Versioned = out.Status == types.BucketVersioningStatusEnabled
	}
	return err
}

func (r bucketReader) encryption(b *Bucket) error {
	out, err := r.client.GetBucketEncryption(r.ctx, &s3.GetBucketEncryptionInput{Bucket: r.bucket})
	if steps.Absent(err, "ServerSideEncryptionConfigurationNotFoundError") {
		return nil
	}
	if err == nil && out.ServerSideEncryptionConfiguration != nil {
		for _, rule := range out.ServerSideEncryptionConfiguration.Rules {
			by := rule.ApplyServerSideEncryptionByDefault
			b.Encrypted = true
			b.Key = b.Key || by != nil && by.SSEAlgorithm != types.ServerSideEncryptionAes256
		}
	}
	return err
}

func (r bucketReader) ownership(b *Bucket) error {
	out, err := r.client.GetBucketOwnershipControls(r.ctx, &s3.GetBucketOwnershipControlsInput{Bucket: r.bucket})
	if steps.Absent(err, "OwnershipControlsNotFoundError") {
		return nil
	}
	if err == nil && out.OwnershipControls != nil {
		for _, rule := range out.OwnershipControls.Rules {
			b.OwnerEnforced = b.OwnerEnforced || rule.ObjectOwnership == types.ObjectOwnershipBucketOwnerEnforced
		}
	}
	return err
}

func (r bucketReader) lifecycle(b *Bucket) error {
	out, err := r.client.GetBucketLifecycleConfiguration(r.ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: r.bucket})
	if steps.Absent(err, "NoSuchLifecycleConfiguration") {
		return nil
	}
	if err == nil {
		b.Lifecycle = out.Rules
	}
	return err
}

func (r bucketReader) policy(b *Bucket) error {
	out, err := r.client.GetBucketPolicy(r.ctx, &s3.GetBucketPolicyInput{Bucket: r.bucket})
	if steps.Absent(err, "NoSuchBucketPolicy") {
		return nil
	}
	if err == nil {
		b.Policy = aws.ToString(out.Policy)
	}
	return err
}

func (r bucketReader) replication(b *Bucket) error {
	out, err := r.client.GetBucketReplication(r.ctx, &s3.GetBucketReplicationInput{Bucket: r.bucket})
	if steps.Absent(err, "ReplicationConfigurationNotFoundError") {
		return nil
	}
	if err == nil {
		b.Replication = out.ReplicationConfiguration
	}
	return err
}

func (r bucketReader) lock(b *Bucket) error {
	out, err := r.client.GetObjectLockConfiguration(r.ctx, &s3.GetObjectLockConfigurationInput{Bucket: r.bucket})
	if steps.Absent(err, "ObjectLockConfigurationNotFoundError", "ObjectLockConfigurationNotFound") {
		return nil
	}
	if err == nil && out.ObjectLockConfiguration != nil && out.ObjectLockConfiguration.Rule != nil &&
		out.ObjectLockConfiguration.Rule.DefaultRetention != nil {
		d := out.ObjectLockConfiguration.Rule.DefaultRetention
		b.LockMode, b.LockDays = string(d.Mode), aws.ToInt32(d.Days)+365*aws.ToInt32(d.Years)
	}
	return err
}

// files looks what is in the bucket, as far as it matters for taking it back: in two small requests, since a log bucket
// holds very many files. Deleted files count while old versions of them are kept.
func (r bucketReader) files(b *Bucket) error {
	canaries, err := r.client.ListObjectVersions(r.ctx, &s3.ListObjectVersionsInput{Bucket: r.bucket, Prefix: aws.String(canaryKey)})
	if err != nil {
		return err
	}
	for _, v := range canaries.Versions {
		b.Canaries = append(b.Canaries, aws.ToString(v.VersionId))
		if came := aws.ToTime(v.LastModified); came.After(b.Last) {
			b.Last = came
		}
	}
	for _, m := range canaries.DeleteMarkers {
		b.Canaries = append(b.Canaries, aws.ToString(m.VersionId))
	}
	some, err := r.client.ListObjectVersions(r.ctx, &s3.ListObjectVersionsInput{Bucket: r.bucket, MaxKeys: aws.Int32(int32(len(b.Canaries)) + 1)}) //nolint:gosec // a page has at most 1000
	if err != nil {
		return err
	}
	b.Files = len(some.Versions)+len(some.DeleteMarkers) > len(b.Canaries)
	return nil
}

// lastDay finds the day of the newest log file by the folders CloudTrail makes: …/CloudTrail/Region/year/month/day/.
func (r bucketReader) lastDay(b *Bucket, organization, account, region string) error {
	at, day := "AWSLogs/"+organization+"/"+account+"/CloudTrail/"+region+"/", ""
	for range 3 {
		out, err := r.client.ListObjectsV2(r.ctx, &s3.ListObjectsV2Input{Bucket: r.bucket, Prefix: aws.String(at), Delimiter: aws.String("/")})
		if err != nil || len(out.CommonPrefixes) == 0 {
			return err
		}
		folder := aws.ToString(out.CommonPrefixes[len(out.CommonPrefixes)-1].Prefix) // S3 gives them in order
		day, at = day+strings.TrimPrefix(folder, at), folder
	}
	came, err := time.Parse("2006/01/02/", day)
	if err == nil && came.After(b.Last) {
		b.Last = came
	}
	return nil // a folder of another name is none of CloudTrail's
}
