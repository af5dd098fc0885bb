package sandbox

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"
)

func in(region string) *s3types.CreateBucketConfiguration {
	return &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(region)}
}

func TestCreateBucket(t *testing.T) {
	s := newStage(t)
	ireland, virginia, other := s3.NewFromConfig(s.as(s.management, "eu-west-1")), s3.NewFromConfig(s.as(s.management, "us-east-1")), s3.NewFromConfig(s.as(s.stranger, "eu-west-1"))
	regional := "acme-" + s.management + "-eu-west-1-an"
	for _, c := range []struct {
		what   string
		client *s3.Client
		input  s3.CreateBucketInput
		code   string
	}{
		{"without a Region", ireland, s3.CreateBucketInput{Bucket: aws.String("acme-logs")}, "IllegalLocationConstraintException"},
		{"in another Region", ireland, s3.CreateBucketInput{Bucket: aws.String("acme-logs"), CreateBucketConfiguration: in("eu-central-1")}, "IllegalLocationConstraintException"},
		{"naming us-east-1", virginia, s3.CreateBucketInput{Bucket: aws.String("acme-logs"), CreateBucketConfiguration: in("us-east-1")}, "InvalidLocationConstraint"},
		{"in capitals", ireland, s3.CreateBucketInput{Bucket: aws.String("Acme-Logs"), CreateBucketConfiguration: in("eu-west-1")}, "InvalidBucketName"},
		{"like an address", ireland, s3.CreateBucketInput{Bucket: aws.String("10.0.0.1"), CreateBucketConfiguration: in("eu-west-1")}, "InvalidBucketName"},
		{"well", ireland, s3.CreateBucketInput{Bucket: aws.String("acme-logs"), CreateBucketConfiguration: in("eu-west-1")}, ""},
		{"again", ireland, s3.CreateBucketInput{Bucket: aws.String("acme-logs"), CreateBucketConfiguration: in("eu-west-1")}, "BucketAlreadyOwnedByYou"},
		{"that somebody has", other, s3.CreateBucketInput{Bucket: aws.String("acme-logs"), CreateBucketConfiguration: in("eu-west-1")}, "BucketAlreadyExists"},
		{"in us-east-1", virginia, s3.CreateBucketInput{Bucket: aws.String("acme-old")}, ""},
		{"in us-east-1 again", virginia, s3.CreateBucketInput{Bucket: aws.String("acme-old")}, ""},
		{"of the account", ireland, s3.CreateBucketInput{Bucket: &regional, BucketNamespace: s3types.BucketNamespaceAccountRegional, CreateBucketConfiguration: in("eu-west-1")}, ""},
		{"of another account", ireland, s3.CreateBucketInput{Bucket: aws.String("acme-999999999999-eu-west-1-an"), BucketNamespace: s3types.BucketNamespaceAccountRegional, CreateBucketConfiguration: in("eu-west-1")}, "InvalidNamespaceHeader"},
		{"with the account suffix, for everybody", ireland, s3.CreateBucketInput{Bucket: aws.String("acme-x-an"), CreateBucketConfiguration: in("eu-west-1")}, "InvalidBucketName"},
	} {
		_, err := c.client.CreateBucket(t.Context(), &c.input)
		s.want("a bucket "+c.what, err, c.code)
	}
	head := func(client *s3.Client, name string) error {
		_, err := client.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: &name})
		return err
	}
	s.want("heading it", head(ireland, "acme-logs"), "")
	s.want("heading it elsewhere", head(virginia, "acme-logs"), "MovedPermanently")
	s.want("heading somebody else's", head(other, "acme-logs"), "Forbidden")
	var missing *s3types.NotFound
	if err := head(ireland, "acme-nothing"); !errors.As(err, &missing) {
		t.Errorf("heading nothing: %v", err)
	}
	_, err := virginia.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: aws.String("acme-logs")})
	s.want("asking in another Region", err, "PermanentRedirect")
	_, err = ireland.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: aws.String("acme-logs"), ExpectedBucketOwner: &s.member})
	s.want("expecting another owner", err, "AccessDenied")
	_, err = ireland.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: aws.String("acme-nothing")})
	s.want("asking about nothing", err, "NoSuchBucket")
}

// logs is a bucket of an account in eu-west-1 and a client for it.
func (s *stage) logs(account, name string) *s3.Client {
	s.Helper()
	client := s3.NewFromConfig(s.as(account, "eu-west-1"))
	_, err := client.CreateBucket(s.Context(), &s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: in("eu-west-1")})
	s.must(err)
	return client
}

func (s *stage) version(client *s3.Client, name string, status s3types.BucketVersioningStatus) error {
	_, err := client.PutBucketVersioning(s.Context(), &s3.PutBucketVersioningInput{Bucket: &name, VersioningConfiguration: &s3types.VersioningConfiguration{Status: status}})
	return err
}

func (s *stage) policy(client *s3.Client, name, content string) error {
	_, err := client.PutBucketPolicy(s.Context(), &s3.PutBucketPolicyInput{Bucket: &name, Policy: &content})
	return err
}

func TestNewBucketsAreShut(t *testing.T) {
	s := newStage(t)
	client, name := s.logs(s.management, "acme-logs"), aws.String("acme-logs")
	block, err := client.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: name})
	s.must(err)
	if c := block.PublicAccessBlockConfiguration; !*c.BlockPublicAcls || !*c.IgnorePublicAcls || !*c.BlockPublicPolicy || !*c.RestrictPublicBuckets {
		t.Errorf("block %+v", c)
	}
	owned, err := client.GetBucketOwnershipControls(t.Context(), &s3.GetBucketOwnershipControlsInput{Bucket: name})
	s.must(err)
	if owned.OwnershipControls.Rules[0].ObjectOwnership != s3types.ObjectOwnershipBucketOwnerEnforced {
		t.Errorf("ownership %+v", owned.OwnershipControls)
	}
	_, err = client.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: name})
	s.want("no policy", err, "NoSuchBucketPolicy")
	_, err = client.GetBucketReplication(t.Context(), &s3.GetBucketReplicationInput{Bucket: name})
	s.want("no replication", err, "ReplicationConfigurationNotFoundError")
	_, err = client.GetBucketLifecycleConfiguration(t.Context(), &s3.GetBucketLifecycleConfigurationInput{Bucket: name})
	s.want("no lifecycle", err, "NoSuchLifecycleConfiguration")
	_, err = client.GetObjectLockConfiguration(t.Context(), &s3.GetObjectLockConfigurationInput{Bucket: name})
	s.want("no Object Lock", err, "ObjectLockConfigurationNotFoundError")
	_, err = client.GetBucketTagging(t.Context(), &s3.GetBucketTaggingInput{Bucket: name})
	s.want("no tags", err, "NoSuchTagSet")
}

func TestBucketPolicies(t *testing.T) {
	s := newStage(t)
	client := s.logs(s.management, "acme-logs")
	statement := func(rest string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-logs/*",` + rest + `}]}`
	}
	for _, c := range []struct{ what, content, code string }{
		{"no JSON", `{`, "MalformedPolicy"},
		{"no principal", `{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-logs/*"}]}`, "MalformedPolicy"},
		{"another bucket", strings.ReplaceAll(statement(`"Principal":{"AWS":"`+s.member+`"}`), "acme-logs", "acme-other"), "MalformedPolicy"},
		{"a role that is not there", statement(`"Principal":{"AWS":"arn:aws:iam::` + s.member + `:role/nobody"}`), "MalformedPolicy"},
		{"everybody", statement(`"Principal":"*"`), "AccessDenied"},
		{"everybody in the organization", statement(`"Principal":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`), ""},
		{"an account", statement(`"Principal":{"AWS":"arn:aws:iam::` + s.member + `:root"}`), ""},
	} {
		s.want(c.what, s.policy(client, "acme-logs", c.content), c.code)
	}
	_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("acme-logs"), Key: aws.String("a"), Body: strings.NewReader("x")})
	s.must(err)
	get := func(account string) error {
		_, err := s3.NewFromConfig(s.as(account, "eu-west-1")).GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("acme-logs"), Key: aws.String("a")})
		return err
	}
	s.want("the account the policy names", get(s.member), "")
	s.want("another account", get(s.stranger), "AccessDenied")
	s.must(s.policy(client, "acme-logs", `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject*","Resource":"arn:aws:s3:::acme-logs/*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::`+s.management+`:role/breakglass"}}}]}`))
	_, err = client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("acme-logs"), Key: aws.String("a")})
	s.want("what the policy denies", err, "AccessDenied")
	s.want("what it does not", get(s.management), "")
}

func TestAccountBlock(t *testing.T) {
	s := newStage(t)
	client := s3control.NewFromConfig(s.as(s.member, "eu-west-1"))
	get := func(account string) error {
		_, err := client.GetPublicAccessBlock(t.Context(), &s3control.GetPublicAccessBlockInput{AccountId: &account})
		return err
	}
	s.want("before", get(s.member), "NoSuchPublicAccessBlockConfiguration")
	s.want("of another account", get(s.management), "AccessDenied")
	yes := aws.Bool(true)
	_, err := client.PutPublicAccessBlock(t.Context(), &s3control.PutPublicAccessBlockInput{AccountId: &s.member, PublicAccessBlockConfiguration: &controltypes.PublicAccessBlockConfiguration{
		BlockPublicAcls: yes, IgnorePublicAcls: yes, BlockPublicPolicy: yes, RestrictPublicBuckets: yes}})
	s.must(err)
	s.want("after", get(s.member), "")
}

func TestObjectLockKeeps(t *testing.T) {
	s := newStage(t)
	client, name := s3.NewFromConfig(s.as(s.member, "eu-west-1")), aws.String("acme-archive")
	_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: name, ObjectLockEnabledForBucket: aws.Bool(true), CreateBucketConfiguration: in("eu-west-1")})
	s.must(err)
	_, err = client.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{Bucket: name, ObjectLockConfiguration: &s3types.ObjectLockConfiguration{
		ObjectLockEnabled: s3types.ObjectLockEnabledEnabled, Rule: &s3types.ObjectLockRule{DefaultRetention: &s3types.DefaultRetention{Mode: s3types.ObjectLockRetentionModeGovernance, Days: aws.Int32(30)}}}})
	s.must(err)
	s.want("suspending versioning", s.version(client, *name, s3types.BucketVersioningStatusSuspended), "InvalidBucketState")
	put, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: name, Key: aws.String("a"), Body: strings.NewReader("x")})
	s.must(err)
	remove := func(version *string, bypass bool) error {
		_, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: name, Key: aws.String("a"), VersionId: version, BypassGovernanceRetention: &bypass})
		return err
	}
	s.want("deleting the version", remove(put.VersionId, false), "AccessDenied")
	s.want("marking it deleted", remove(nil, false), "")
	_, err = client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: name, Key: aws.String("a")})
	s.want("reading it then", err, "NoSuchKey")
	_, err = client.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: name})
	s.want("deleting the bucket", err, "BucketNotEmpty")
	s.pass(31 * 24 * time.Hour)
	s.want("deleting the version a month later", remove(put.VersionId, false), "")
}

// replicated is a pair of buckets with everything replication needs.
func replicated(t *testing.T) (s *stage, from, to *s3.Client, put func(c s3types.ReplicationConfiguration) error, good s3types.ReplicationConfiguration) {
	s = newStage(t)
	from, to = s.logs(s.management, "acme-logs"), s.logs(s.member, "acme-archive")
	role := "arn:aws:iam::" + s.management + ":role/replication"
	s.world.putRole(s.management, &iamRole{Name: "replication", Created: s.now, Trust: `{"Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sts:AssumeRole"}]}`,
		Inline: map[string]string{"copy": `{"Statement":[{"Effect":"Allow","Action":["s3:GetReplicationConfiguration","s3:ListBucket"],"Resource":"arn:aws:s3:::acme-logs"},
		{"Effect":"Allow","Action":["s3:GetObjectVersionForReplication","s3:GetObjectVersionAcl","s3:GetObjectVersionTagging"],"Resource":"arn:aws:s3:::acme-logs/*"},
		{"Effect":"Allow","Action":["s3:ReplicateObject","s3:ReplicateTags","s3:ObjectOwnerOverrideToBucketOwner"],"Resource":"arn:aws:s3:::acme-archive/*"}]}`}})
	put = func(c s3types.ReplicationConfiguration) error {
		_, err := from.PutBucketReplication(t.Context(), &s3.PutBucketReplicationInput{Bucket: aws.String("acme-logs"), ReplicationConfiguration: &c})
		return err
	}
	good = s3types.ReplicationConfiguration{Role: &role, Rules: []s3types.ReplicationRule{{Status: s3types.ReplicationRuleStatusEnabled, Priority: aws.Int32(1),
		Filter: &s3types.ReplicationRuleFilter{Prefix: aws.String("")}, DeleteMarkerReplication: &s3types.DeleteMarkerReplication{Status: s3types.DeleteMarkerReplicationStatusDisabled},
		Destination: &s3types.Destination{Bucket: aws.String("arn:aws:s3:::acme-archive"), Account: &s.member, AccessControlTranslation: &s3types.AccessControlTranslation{Owner: s3types.OwnerOverrideDestination}}}}}
	return s, from, to, put, good
}

func TestReplicationIsChecked(t *testing.T) {
	s, from, to, put, good := replicated(t)
	with := func(change func(*s3types.ReplicationRule)) s3types.ReplicationConfiguration {
		c, d := good, *good.Rules[0].Destination
		c.Rules = []s3types.ReplicationRule{good.Rules[0]}
		c.Rules[0].Destination = &d
		change(&c.Rules[0])
		return c
	}
	s.want("source without versions", put(good), "InvalidRequest")
	s.must(s.version(from, "acme-logs", s3types.BucketVersioningStatusEnabled))
	s.want("destination without versions", put(good), "InvalidRequest")
	s.must(s.version(to, "acme-archive", s3types.BucketVersioningStatusEnabled))
	s.want("no priority", put(with(func(r *s3types.ReplicationRule) { r.Priority = nil })), "MalformedXML")
	s.want("another owner", put(with(func(r *s3types.ReplicationRule) { r.Destination.Account = &s.stranger })), "InvalidArgument")
	s.want("owner without account", put(with(func(r *s3types.ReplicationRule) { r.Destination.Account = nil })), "InvalidRequest")
	s.want("no destination", put(with(func(r *s3types.ReplicationRule) { r.Destination.Bucket = aws.String("arn:aws:s3:::acme-nothing") })), "InvalidRequest")
	s.want("all as it must be", put(good), "")
	s.want("suspending versions then", s.version(from, "acme-logs", s3types.BucketVersioningStatusSuspended), "InvalidBucketState")
}

func TestReplicationShowsOnTheObject(t *testing.T) {
	s, from, to, put, good := replicated(t)
	s.must(s.version(from, "acme-logs", s3types.BucketVersioningStatusEnabled))
	s.must(s.version(to, "acme-archive", s3types.BucketVersioningStatusEnabled))
	s.must(put(good))
	write := func(key string) {
		_, err := from.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("acme-logs"), Key: &key, Body: strings.NewReader("canary")})
		s.must(err)
	}
	status := func(client *s3.Client, bucket, key string) string {
		out, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
		if err != nil {
			return errorCode(err)
		}
		return string(out.ReplicationStatus)
	}
	write("early")
	if got := status(from, "acme-logs", "early"); got != "" {
		t.Errorf("a file that comes with the rule is taken up: %s", got)
	}
	s.pass(10 * time.Second)
	write("refused")
	if got := status(from, "acme-logs", "refused"); got != "PENDING" {
		t.Errorf("at once: %s", got)
	}
	s.pass(time.Minute)
	if got := status(from, "acme-logs", "refused"); got != "FAILED" {
		t.Errorf("the destination does not let it, status %s", got)
	}
	s.must(s.policy(to, "acme-archive", `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"`+*good.Role+`"},"Action":["s3:ReplicateObject","s3:ReplicateTags","s3:ObjectOwnerOverrideToBucketOwner"],"Resource":"arn:aws:s3:::acme-archive/*"}]}`))
	write("canary")
	if got := status(to, "acme-archive", "canary"); got != "NotFound" {
		t.Errorf("the replica is there at once: %s", got)
	}
	s.pass(time.Minute)
	s.world.dirty = false
	if a, b := status(from, "acme-logs", "canary"), status(to, "acme-archive", "canary"); a != "COMPLETED" || b != "REPLICA" {
		t.Errorf("a minute later: %s and %s", a, b)
	}
	if s.world.dirty {
		t.Error("reading changed the world")
	}
	got, err := to.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("acme-archive"), Key: aws.String("canary")})
	s.must(err)
	if body, err := io.ReadAll(got.Body); err != nil || string(body) != "canary" {
		t.Errorf("the replica holds %q, %v", body, err)
	}
	s.must(s.version(to, "acme-archive", s3types.BucketVersioningStatusSuspended))
	write("late")
	s.pass(time.Minute)
	if got := status(from, "acme-logs", "late"); got != "FAILED" {
		t.Errorf("the destination keeps no versions, status %s", got)
	}
}
