package sandbox

import (
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"awswizard/internal/pattern"
)

// S3State is what Amazon S3 remembers. Bucket names are one space for everybody.
type S3State struct {
	Buckets map[string]*Bucket      `json:"buckets,omitempty"`
	Blocks  map[string]*PublicBlock `json:"blocks,omitempty"` // account-level Block Public Access, by account
}

// Bucket is a bucket with its settings and objects. What a new bucket has is AWS's default since 2023.
type Bucket struct {
	Name, Account, Region string
	Created               time.Time
	Versioning            string // empty (never), Enabled or Suspended
	Lock                  *s3types.ObjectLockConfiguration
	Block                 *PublicBlock
	Ownership             s3types.ObjectOwnership
	Encryption            []s3types.ServerSideEncryptionRule
	Policy                string
	PublicACL             bool `json:",omitempty"` // the list of grants lets everybody read; only buckets older than 2023 still have such lists
	Website               bool `json:",omitempty"`
	Lifecycle             []s3types.LifecycleRule
	Replication           *s3types.ReplicationConfiguration
	Replicates            time.Time               `json:",omitzero"` // the rules take up objects from then on
	Notifications         *Notifications          `json:",omitempty"`
	Logging               *s3types.LoggingEnabled `json:",omitempty"`
	Tags                  map[string]string
	Objects               []*Object
}

// PublicBlock is a Block Public Access setting.
type PublicBlock struct{ Acls, IgnoreAcls, Policy, Restrict bool }

func blockAll() *PublicBlock {
	return &PublicBlock{Acls: true, IgnoreAcls: true, Policy: true, Restrict: true}
}

var (
	bucketName    = pattern.Of(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	ipAddressName = pattern.Of(`^\d+\.\d+\.\d+\.\d+$`)
)

func (b *Bucket) arn() string { return "arn:aws:s3:::" + b.Name }

// SeedBucket puts a bucket into the world; a public one lets everybody read.
func (w *World) SeedBucket(account, region, name string, public bool) {
	b := w.newBucket(account, region, name)
	if public {
		b.Block = &PublicBlock{}
		b.Policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"` + b.arn() + `/*"}]}`
	}
}

func (w *World) newBucket(account, region, name string) *Bucket {
	if w.S3.Buckets == nil {
		w.S3.Buckets = map[string]*Bucket{}
	}
	b := &Bucket{Name: name, Account: account, Region: region, Created: w.Now(), Block: blockAll(), Ownership: s3types.ObjectOwnershipBucketOwnerEnforced,
		Encryption: []s3types.ServerSideEncryptionRule{{BucketKeyEnabled: aws.Bool(false),
			ApplyServerSideEncryptionByDefault: &s3types.ServerSideEncryptionByDefault{SSEAlgorithm: s3types.ServerSideEncryptionAes256}}}}
	w.S3.Buckets[name] = b
	w.Changed()
	return b
}

// onBucket is on for operations about a bucket: it must exist, here, belong to the expected owner, and its policy
// must let the caller in.
func onBucket[I, O any](s *Sim, f func(r *Request, b *Bucket, in I) (O, error)) {
	on(s, func(r *Request, in I) (out O, err error) {
		b, err := r.bucket(textMember(in, "Bucket"), textMember(in, "ExpectedBucketOwner"), textMember(in, "Key"), textMember(in, "VersionId"))
		if err != nil {
			return out, err
		}
		return f(r, b, in)
	})
}

// textMember reads a member that many inputs have, but no interface names.
func textMember(in any, name string) string {
	f := reflect.ValueOf(in).Elem().FieldByName(name)
	if !f.IsValid() {
		return ""
	}
	s, _ := f.Interface().(*string)
	return aws.ToString(s)
}

func (r *Request) bucket(name, expected, key, version string) (*Bucket, error) {
	head := strings.HasPrefix(r.Operation, "Head")
	b := r.World.S3.Buckets[name]
	switch {
	case b == nil && head:
		return nil, withStatus(http.StatusNotFound, &s3types.NotFound{})
	case b == nil:
		return nil, withStatus(http.StatusNotFound, &s3types.NoSuchBucket{Message: aws.String("The specified bucket does not exist")})
	case expected != "" && expected != b.Account || !r.allowedOn(b, key, version):
		return nil, s3Denied(head)
	case b.Region != r.Region && head:
		return nil, FailWith(http.StatusMovedPermanently, "MovedPermanently", "Moved Permanently")
	case b.Region != r.Region:
		return nil, FailWith(http.StatusMovedPermanently, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.")
	}
	b.expire(r.World)
	return b, nil
}

// s3Denied is 403; an answer to HEAD has no body, so the SDK makes the code from the status.
func s3Denied(head bool) error {
	if head {
		return FailWith(http.StatusForbidden, "Forbidden", "Forbidden")
	}
	return FailWith(http.StatusForbidden, "AccessDenied", "Access Denied")
}

func (s *Sim) registerS3() {
	on(s, createBucket)
	onBucket(s, func(_ *Request, b *Bucket, _ *s3.HeadBucketInput) (*s3.HeadBucketOutput, error) {
		return &s3.HeadBucketOutput{BucketRegion: aws.String(b.Region), BucketArn: aws.String(b.arn()), AccessPointAlias: aws.Bool(false)}, nil
	})
	on(s, func(r *Request, in *s3.ListBucketsInput) (*s3.ListBucketsOutput, error) {
		var all []s3types.Bucket
		for _, name := range sortedKeys(r.World.S3.Buckets) {
			b := r.World.S3.Buckets[name]
			if b.Account == r.Principal.Account && strings.HasPrefix(name, aws.ToString(in.Prefix)) && (in.BucketRegion == nil || *in.BucketRegion == b.Region) {
				all = append(all, s3types.Bucket{Name: aws.String(name), BucketArn: aws.String(b.arn()), BucketRegion: aws.String(b.Region), CreationDate: aws.Time(b.Created)})
			}
		}
		out, next, err := pageOf(all, in.MaxBuckets, in.ContinuationToken, 10000)
		return &s3.ListBucketsOutput{Buckets: out, ContinuationToken: next, Owner: owner(r.Principal.Account), Prefix: in.Prefix}, err
	})
	onBucket(s, func(_ *Request, b *Bucket, _ *s3.GetBucketLocationInput) (*s3.GetBucketLocationOutput, error) {
		if b.Region == "us-east-1" { // which has no location constraint
			return &s3.GetBucketLocationOutput{}, nil
		}
		return &s3.GetBucketLocationOutput{LocationConstraint: s3types.BucketLocationConstraint(b.Region)}, nil
	})
	onBucket(s, func(r *Request, b *Bucket, _ *s3.DeleteBucketInput) (*s3.DeleteBucketOutput, error) {
		if len(b.Objects) > 0 {
			return nil, FailWith(http.StatusConflict, "BucketNotEmpty", "The bucket you tried to delete is not empty. You must delete all versions in the bucket.")
		}
		delete(r.World.S3.Buckets, b.Name)
		r.World.Changed()
		return &s3.DeleteBucketOutput{}, nil
	})
	s.registerBucketSettings()
	s.registerBucketPolicies()
	s.registerReplication()
	s.registerNotifications()
	s.registerObjects()
	s.registerAccountBlock()
}

// owner is a bucket owner's canonical user id.
func owner(account string) *s3types.Owner {
	return &s3types.Owner{ID: aws.String(digest("canonical" + account))}
}

func createBucket(r *Request, in *s3.CreateBucketInput) (*s3.CreateBucketOutput, error) {
	name, region := aws.ToString(in.Bucket), r.Region
	constraint := s3types.BucketLocationConstraint("")
	if in.CreateBucketConfiguration != nil {
		constraint = in.CreateBucketConfiguration.LocationConstraint
	}
	switch {
	case constraint == "us-east-1":
		return nil, Fail("InvalidLocationConstraint", "The specified location-constraint is not valid")
	case constraint == "" && region != "us-east-1":
		return nil, Fail("IllegalLocationConstraintException", "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.")
	case constraint != "" && region != "us-east-1" && string(constraint) != region:
		return nil, Fail("IllegalLocationConstraintException", "The "+string(constraint)+" location constraint is incompatible for the region specific endpoint this request was sent to.")
	case constraint != "":
		region = string(constraint)
	}
	if !bucketName().MatchString(name) || strings.Contains(name, "..") || ipAddressName().MatchString(name) ||
		strings.HasPrefix(name, "xn--") || strings.HasPrefix(name, "sthree-") || strings.HasSuffix(name, "-s3alias") || strings.HasSuffix(name, "--ol-s3") {
		return nil, Fail("InvalidBucketName", "The specified bucket is not valid.")
	}
	regional := in.BucketNamespace == s3types.BucketNamespaceAccountRegional
	if suffix := "-" + r.Principal.Account + "-" + region + "-an"; regional && !strings.HasSuffix(name, suffix) {
		return nil, Fail("InvalidNamespaceHeader", "The requested bucket was not created. Account-regional bucket names must end with "+suffix)
	}
	if !regional && strings.HasSuffix(name, "-an") {
		return nil, Fail("InvalidBucketName", "Names that end with -an are kept for the account-regional namespace.")
	}
	if b := r.World.S3.Buckets[name]; b != nil {
		switch {
		case b.Account != r.Principal.Account:
			return nil, withStatus(http.StatusConflict, &s3types.BucketAlreadyExists{Message: aws.String("The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.")})
		case r.Region != "us-east-1" || b.Region != "us-east-1":
			return nil, withStatus(http.StatusConflict, &s3types.BucketAlreadyOwnedByYou{Message: aws.String("Your previous request to create the named bucket succeeded and you already own it.")})
		}
		// In us-east-1 making one's own bucket again succeeds, a habit of the oldest Region.
		return &s3.CreateBucketOutput{Location: aws.String("/" + name), BucketArn: aws.String(b.arn())}, nil
	}
	b := r.World.newBucket(r.Principal.Account, region, name)
	if in.ObjectOwnership != "" {
		b.Ownership = in.ObjectOwnership
	}
	if aws.ToBool(in.ObjectLockEnabledForBucket) {
		b.Versioning = "Enabled"
		b.Lock = &s3types.ObjectLockConfiguration{ObjectLockEnabled: s3types.ObjectLockEnabledEnabled}
	}
	if in.CreateBucketConfiguration != nil {
		b.tag(in.CreateBucketConfiguration.Tags)
	}
	return &s3.CreateBucketOutput{Location: aws.String("/" + name), BucketArn: aws.String(b.arn())}, nil
}

func (b *Bucket) tag(tags []s3types.Tag) {
	b.Tags = map[string]string{}
	for _, t := range tags {
		b.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
}

// registerAccountBlock serves the account-level Block Public Access settings of s3control.
func (s *Sim) registerAccountBlock() {
	foreign := func(r *Request, account *string) error {
		if aws.ToString(account) != r.Principal.Account {
			return s3Denied(false)
		}
		return nil
	}
	managed := func(r *Request) error {
		if r.World.S3PolicyBlocks(r.Principal.Account) {
			return FailWith(http.StatusForbidden, "AccessDenied", "This account does not allow changes to its account-level S3 Block Public Access settings due to an organizational S3 Block Public Access policy in effect.")
		}
		return nil
	}
	on(s, func(r *Request, in *s3control.GetPublicAccessBlockInput) (*s3control.GetPublicAccessBlockOutput, error) {
		if err := foreign(r, in.AccountId); err != nil {
			return nil, err
		}
		block := r.World.accountBlock(r.Principal.Account)
		if block == nil {
			return nil, withStatus(http.StatusNotFound, &controltypes.NoSuchPublicAccessBlockConfiguration{Message: aws.String("The public access block configuration was not found")})
		}
		return &s3control.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &controltypes.PublicAccessBlockConfiguration{
			BlockPublicAcls: &block.Acls, IgnorePublicAcls: &block.IgnoreAcls, BlockPublicPolicy: &block.Policy, RestrictPublicBuckets: &block.Restrict}}, nil
	})
	on(s, func(r *Request, in *s3control.PutPublicAccessBlockInput) (*s3control.PutPublicAccessBlockOutput, error) {
		if err := foreign(r, in.AccountId); err != nil {
			return nil, err
		}
		if err := managed(r); err != nil {
			return nil, err
		}
		if r.World.S3.Blocks == nil {
			r.World.S3.Blocks = map[string]*PublicBlock{}
		}
		c := in.PublicAccessBlockConfiguration
		r.World.S3.Blocks[r.Principal.Account] = &PublicBlock{Acls: aws.ToBool(c.BlockPublicAcls), IgnoreAcls: aws.ToBool(c.IgnorePublicAcls),
			Policy: aws.ToBool(c.BlockPublicPolicy), Restrict: aws.ToBool(c.RestrictPublicBuckets)}
		r.World.Changed()
		return &s3control.PutPublicAccessBlockOutput{}, nil
	})
	on(s, func(r *Request, in *s3control.DeletePublicAccessBlockInput) (*s3control.DeletePublicAccessBlockOutput, error) {
		if err := foreign(r, in.AccountId); err != nil {
			return nil, err
		}
		if err := managed(r); err != nil {
			return nil, err
		}
		delete(r.World.S3.Blocks, r.Principal.Account)
		r.World.Changed()
		return &s3control.DeletePublicAccessBlockOutput{}, nil
	})
}

// accountBlock is what is in force for an account: an organization's S3 policy goes before the account's setting.
func (w *World) accountBlock(account string) *PublicBlock {
	if w.S3PolicyBlocks(account) {
		return blockAll()
	}
	return w.S3.Blocks[account]
}
