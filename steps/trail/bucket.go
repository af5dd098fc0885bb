package trail

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"awswizard/internal/plan"
)

// Bucket is a bucket as far as this step compares it.
type Bucket struct {
	Name                                string
	Exists                              bool
	Private                             bool // all four public access blocks are on
	Versioned, Encrypted, OwnerEnforced bool
	Lifecycle                           []types.LifecycleRule
	Policy                              string
	Replication                         *types.ReplicationConfiguration
	LockMode                            string // default retention of Object Lock, e.g. "GOVERNANCE"
	LockDays                            int32
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
)

func (b *Bucket) note(p Part, err error) {
	if err == nil {
		return
	}
	if b.Unread == nil {
		b.Unread = map[Part]Unread{}
	}
	b.Unread[p] = Unread{Code: code(err), Message: err.Error()}
}

// readBucket reads a bucket of the account owner. Each setting that cannot be read is noted by itself.
func readBucket(ctx context.Context, client *s3.Client, bucket, owner string) Bucket {
	b := Bucket{Name: bucket}
	_, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket, ExpectedBucketOwner: &owner})
	if absent(err, "NotFound", "NoSuchBucket") {
		return b
	}
	if err != nil {
		b.denied = errors.Is(err, plan.ErrNoEntry) // members are entered at the first request
		b.note(partBucket, err)
		return b
	}
	b.Exists = true
	r := bucketReader{ctx, client, &bucket}
	b.note(partPrivate, r.private(&b))
	b.note(partVersions, r.versions(&b))
	b.note(partEncryption, r.encryption(&b))
	b.note(partOwnership, r.ownership(&b))
	b.note(partLifecycle, r.lifecycle(&b))
	b.note(partPolicy, r.policy(&b))
	b.note(partReplication, r.replication(&b))
	b.note(partLock, r.lock(&b))
	return b
}

type bucketReader struct {
	ctx    context.Context
	client *s3.Client
	bucket *string
}

func (r bucketReader) private(b *Bucket) error {
	out, err := r.client.GetPublicAccessBlock(r.ctx, &s3.GetPublicAccessBlockInput{Bucket: r.bucket})
	if absent(err, "NoSuchPublicAccessBlockConfiguration") {
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
	if absent(err, "ServerSideEncryptionConfigurationNotFoundError") {
		return nil
	}
	if err == nil && out.ServerSideEncryptionConfiguration != nil {
		b.Encrypted = len(out.ServerSideEncryptionConfiguration.Rules) > 0
	}
	return err
}

func (r bucketReader) ownership(b *Bucket) error {
	out, err := r.client.GetBucketOwnershipControls(r.ctx, &s3.GetBucketOwnershipControlsInput{Bucket: r.bucket})
	if absent(err, "OwnershipControlsNotFoundError") {
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
	if absent(err, "NoSuchLifecycleConfiguration") {
		return nil
	}
	if err == nil {
		b.Lifecycle = out.Rules
	}
	return err
}

func (r bucketReader) policy(b *Bucket) error {
	out, err := r.client.GetBucketPolicy(r.ctx, &s3.GetBucketPolicyInput{Bucket: r.bucket})
	if absent(err, "NoSuchBucketPolicy") {
		return nil
	}
	if err == nil {
		b.Policy = aws.ToString(out.Policy)
	}
	return err
}

func (r bucketReader) replication(b *Bucket) error {
	out, err := r.client.GetBucketReplication(r.ctx, &s3.GetBucketReplicationInput{Bucket: r.bucket})
	if absent(err, "ReplicationConfigurationNotFoundError") {
		return nil
	}
	if err == nil {
		b.Replication = out.ReplicationConfiguration
	}
	return err
}

func (r bucketReader) lock(b *Bucket) error {
	out, err := r.client.GetObjectLockConfiguration(r.ctx, &s3.GetObjectLockConfigurationInput{Bucket: r.bucket})
	if absent(err, "ObjectLockConfigurationNotFoundError", "ObjectLockConfigurationNotFound") {
		return nil
	}
	if err == nil && out.ObjectLockConfiguration != nil && out.ObjectLockConfiguration.Rule != nil &&
		out.ObjectLockConfiguration.Rule.DefaultRetention != nil {
		d := out.ObjectLockConfiguration.Rule.DefaultRetention
		b.LockMode, b.LockDays = string(d.Mode), aws.ToInt32(d.Days)+365*aws.ToInt32(d.Years)
	}
	return err
}
