package sandbox

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// none is the 404 of a setting that was never made.
func none(code, message string) error { return FailWith(http.StatusNotFound, code, message) }

func malformedXML() error {
	return Fail("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
}

func (s *Sim) registerBucketSettings() {
	onBucket(s, func(r *Request, b *Bucket, in *s3.PutBucketVersioningInput) (*s3.PutBucketVersioningOutput, error) {
		status := in.VersioningConfiguration.Status
		switch {
		case status != s3types.BucketVersioningStatusEnabled && status != s3types.BucketVersioningStatusSuspended:
			return nil, malformedXML()
		case status == s3types.BucketVersioningStatusSuspended && b.Lock != nil:
			return nil, FailWith(http.StatusConflict, "InvalidBucketState", "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.")
		case status == s3types.BucketVersioningStatusSuspended && b.Replication != nil:
			return nil, FailWith(http.StatusConflict, "InvalidBucketState", "A replication configuration is present on this bucket, so you cannot change the versioning state. To change the versioning state, first delete the replication configuration.")
		}
		b.Versioning = string(status)
		r.World.Changed()
		return &s3.PutBucketVersioningOutput{}, nil
	})
	onBucket(s, func(_ *Request, b *Bucket, _ *s3.GetBucketVersioningInput) (*s3.GetBucketVersioningOutput, error) {
		return &s3.GetBucketVersioningOutput{Status: s3types.BucketVersioningStatus(b.Versioning)}, nil
	})
	onBucket(s, func(r *Request, b *Bucket, in *s3.PutPublicAccessBlockInput) (*s3.PutPublicAccessBlockOutput, error) {
		c := in.PublicAccessBlockConfiguration
		b.Block = &PublicBlock{Acls: aws.ToBool(c.BlockPublicAcls), IgnoreAcls: aws.ToBool(c.IgnorePublicAcls), Policy: aws.ToBool(c.BlockPublicPolicy), Restrict: aws.ToBool(c.RestrictPublicBuckets)}
		r.World.Changed()
		return &s3.PutPublicAccessBlockOutput{}, nil
	})
	onBucket(s, func(_ *Request, b *Bucket, _ *s3.GetPublicAccessBlockInput) (*s3.GetPublicAccessBlockOutput, error) {
		if b.Block == nil {
			return nil, none("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")
		}
		block := *b.Block
		return &s3.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{
			BlockPublicAcls: &block.Acls, IgnorePublicAcls: &block.IgnoreAcls, BlockPublicPolicy: &block.Policy, RestrictPublicBuckets: &block.Restrict}}, nil
	})
	onBucket(s, func(r *Request, b *Bucket, _ *s3.DeletePublicAccessBlockInput) (*s3.DeletePublicAccessBlockOutput, error) {
		b.Block = nil
		r.World.Changed()
		return &s3.DeletePublicAccessBlockOutput{}, nil
	})
	onBucket(s, func(r *Request, b *Bucket, in *s3.PutBucketOwnershipControlsInput) (*s3.PutBucketOwnershipControlsOutput, error) {
		if len(in.OwnershipControls.Rules) != 1 {
			return nil, malformedXML()
		}
		b.Ownership = in.OwnershipControls.Rules[0].ObjectOwnership
		r.World.Changed()
		return &s3.PutBucketOwnershipControlsOutput{}, nil
	})
	onBucket(s, func(_ *Request, b *Bucket, _ *s3.GetBucketOwnershipControlsInput) (*s3.GetBucketOwnershipControlsOutput, error) {
		return &s3.GetBucketOwnershipControlsOutput{OwnershipControls: &s3types.OwnershipControls{Rules: []s3types.OwnershipControlsRule{{ObjectOwnership: b.Ownership}}}}, nil
	})
	onBucket(s, func(r *Request, b *Bucket, in *s3.PutBucketEncryptionInput) (*s3.PutBucketEncryptionOutput, error) {
		if len(in.ServerSideEncryptionConfiguration.Rules) != 1 {
			return nil, malformedXML()
		}
		b.Encryption = in.ServerSideEncryptionConfiguration.Rules
		r.World.Changed()
		return &s3.PutBucketEncryptionOutput{}, nil
	})
	onBucket(s, func(_ *Request, b *Bucket, _ *s3.GetBucketEncryptionInput) (*s3.GetBucketEncryptionOutput, error) {
		return &s3.GetBucketEncryptionOutput{ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{Rules: b.Encryption}}, nil
	})
	onBucket(s, func(r *Request, b *Bucket, in *s3.PutBucketLifecycleConfigurationInput) (*s3.PutBucketLifecycleConfigurationOutput, error) {
		if in.LifecycleConfiguration == nil || len(in.LifecycleConfiguration.Rules) == 0 || len(in.LifecycleConfiguration.Rules) > 1000 {
			return nil, malformedXML()
		}
		for _, rule := range in.LifecycleConfiguration.Rules {
			if rule.Expiration == nil && rule.NoncurrentVersionExpiration == nil && rule.AbortIncompleteMultipartUpload == nil &&
				len(rule.Transitions)+len(rule.NoncurrentVersionTransitions) == 0 {
				return nil, Fail("InvalidRequest", "At least one action needs to be specified in a rule")
			}
		}
		b.Lifecycle = in.LifecycleConfiguration.Rules
		r.World.Changed()
		return &s3.PutBucketLifecycleConfigurationOutput{}, nil
	})
	onBucket(s, func(_ *Request, b *Bucket, _ *s3.GetBucketLifecycleConfigurationInput) (*s3.GetBucketLifecycleConfigurationOutput, error) {
		if b.Lifecycle == nil {
			return nil, none("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")
		}
		return &s3.GetBucketLifecycleConfigurationOutput{Rules: b.Lifecycle}, nil
	})
	onBucket(s, func(r *Request, b *Bucket, in *s3.PutObjectLockConfigurationInput) (*s3.PutObjectLockConfigurationOutput, error) {
		c := in.ObjectLockConfiguration
		if c == nil || c.ObjectLockEnabled != s3types.ObjectLockEnabledEnabled {
			return nil, malformedXML()
		}
		if c.Rule != nil && (c.Rule.DefaultRetention == nil || (c.Rule.DefaultRetention.Days == nil) == (c.Rule.DefaultRetention.Years == nil) || c.Rule.DefaultRetention.Mode == "") {
			return nil, malformedXML()
		}
		if b.Versioning != "Enabled" {
			return nil, FailWith(http.StatusConflict, "InvalidBucketState", "Versioning must be 'Enabled' on the bucket to apply an Object Lock configuration")
		}
		b.Lock = c
		r.World.Changed()
		return &s3.PutObjectLockConfigurationOutput{}, nil
	})
	onBucket(s, func(_ *Request, b *Bucket, _ *s3.GetObjectLockConfigurationInput) (*s3.GetObjectLockConfigurationOutput, error) {
		if b.Lock == nil {
			return nil, none("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket")
		}
		return &s3.GetObjectLockConfigurationOutput{ObjectLockConfiguration: b.Lock}, nil
	})
	onBucket(s, func(r *Request, b *Bucket, in *s3.PutBucketTaggingInput) (*s3.PutBucketTaggingOutput, error) {
		b.tag(in.Tagging.TagSet)
		r.World.Changed()
		return &s3.PutBucketTaggingOutput{}, nil
	})
	onBucket(s, func(_ *Request, b *Bucket, _ *s3.GetBucketTaggingInput) (*s3.GetBucketTaggingOutput, error) {
		if len(b.Tags) == 0 {
			return nil, none("NoSuchTagSet", "The TagSet does not exist")
		}
		out := &s3.GetBucketTaggingOutput{}
		for _, key := range sortedKeys(b.Tags) {
			out.TagSet = append(out.TagSet, s3types.Tag{Key: aws.String(key), Value: aws.String(b.Tags[key])})
		}
		return out, nil
	})
	onBucket(s, func(_ *Request, b *Bucket, _ *s3.GetBucketAclInput) (*s3.GetBucketAclOutput, error) {
		o := owner(b.Account)
		grants := []s3types.Grant{{Grantee: &s3types.Grantee{Type: s3types.TypeCanonicalUser, ID: o.ID}, Permission: s3types.PermissionFullControl}}
		if b.PublicACL {
			grants = append(grants, s3types.Grant{Permission: s3types.PermissionRead,
				Grantee: &s3types.Grantee{Type: s3types.TypeGroup, URI: aws.String("http://acs.amazonaws.com/groups/global/AllUsers")}})
		}
		return &s3.GetBucketAclOutput{Owner: o, Grants: grants}, nil
	})
	onBucket(s, func(_ *Request, b *Bucket, _ *s3.GetBucketWebsiteInput) (*s3.GetBucketWebsiteOutput, error) {
		if !b.Website {
			return nil, none("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration")
		}
		return &s3.GetBucketWebsiteOutput{IndexDocument: &s3types.IndexDocument{Suffix: aws.String("index.html")}}, nil
	})
	onBucket(s, func(_ *Request, b *Bucket, _ *s3.GetBucketLoggingInput) (*s3.GetBucketLoggingOutput, error) {
		return &s3.GetBucketLoggingOutput{LoggingEnabled: b.Logging}, nil
	})
	onBucket(s, putBucketLogging)
}
