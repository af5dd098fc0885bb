package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// replicatingTakes is how long a small object takes to the other bucket; AWS promises most within 15 minutes.
const replicatingTakes = 20 * time.Second

// ruleKnownTakes is how long it takes until new rules are known everywhere. An object that comes before is not copied, also
// not later.
const ruleKnownTakes = 5 * time.Second

func (s *Sim) registerReplication() {
	onBucket(s, func(r *Request, b *Bucket, in *s3.PutBucketReplicationInput) (*s3.PutBucketReplicationOutput, error) {
		if err := r.checkReplication(b, in.ReplicationConfiguration); err != nil {
			return nil, err
		}
		if b.Replication == nil {
			b.Replicates = r.World.Now().Add(r.World.Takes(ruleKnownTakes))
		}
		b.Replication = in.ReplicationConfiguration
		r.World.Changed()
		return &s3.PutBucketReplicationOutput{}, nil
	})
	onBucket(s, func(_ *Request, b *Bucket, _ *s3.GetBucketReplicationInput) (*s3.GetBucketReplicationOutput, error) {
		if b.Replication == nil {
			return nil, none("ReplicationConfigurationNotFoundError", "The replication configuration was not found")
		}
		return &s3.GetBucketReplicationOutput{ReplicationConfiguration: b.Replication}, nil
	})
	onBucket(s, func(r *Request, b *Bucket, _ *s3.DeleteBucketReplicationInput) (*s3.DeleteBucketReplicationOutput, error) {
		b.Replication, b.Replicates = nil, time.Time{}
		r.World.Changed()
		return &s3.DeleteBucketReplicationOutput{}, nil
	})
}

// checkReplication is all S3 looks at when a rule is made: not whether the role may read and write. That shows
// only on the objects.
func (r *Request) checkReplication(b *Bucket, c *s3types.ReplicationConfiguration) error {
	request := func(m string) error { return Fail("InvalidRequest", m) }
	if c == nil || len(c.Rules) == 0 || !strings.HasPrefix(aws.ToString(c.Role), "arn:aws:iam::") {
		return malformedXML()
	}
	if b.Versioning != "Enabled" {
		return request("Versioning must be 'Enabled' on the bucket to apply a replication configuration")
	}
	if !strings.HasPrefix(*c.Role, "arn:aws:iam::"+b.Account+":role/") {
		return FailWith(http.StatusForbidden, "AccessDenied", "Access Denied") // iam:PassRole works inside an account
	}
	for _, rule := range c.Rules {
		d := rule.Destination
		if d == nil || rule.Filter != nil && (rule.Priority == nil || rule.DeleteMarkerReplication == nil) {
			return malformedXML()
		}
		account := aws.ToString(d.Account)
		if d.AccessControlTranslation != nil && account == "" {
			return request("Account is required when Owner override is specified in AccessControlTranslation.")
		}
		to := r.World.S3.Buckets[strings.TrimPrefix(aws.ToString(d.Bucket), "arn:aws:s3:::")]
		switch {
		case to == nil:
			return request("Destination bucket must exist.")
		case to.Versioning != "Enabled":
			return request("Destination bucket must have versioning enabled.")
		case account != "" && account != to.Account:
			return Fail("InvalidArgument", "The Account is not the owner of the destination bucket.")
		case b.Lock != nil && to.Lock == nil:
			return request("Destination bucket must have Object Lock enabled.")
		}
	}
	return nil
}

// replicate sends a new object on its way, as the rules of its bucket say. What comes of it is decided now and can
// be seen when the copying is through.
func (r *Request) replicate(b *Bucket, o *Object) {
	if b.Replication == nil || r.World.Now().Before(b.Replicates) {
		return
	}
	for _, rule := range b.Replication.Rules {
		prefix := ""
		if rule.Filter != nil {
			prefix = aws.ToString(rule.Filter.Prefix)
			if rule.Filter.And != nil {
				prefix = aws.ToString(rule.Filter.And.Prefix)
			}
		}
		if rule.Status != s3types.ReplicationRuleStatusEnabled || !strings.HasPrefix(o.Key, prefix) {
			continue
		}
		o.Copied = r.World.Now().Add(r.World.Takes(replicatingTakes))
		to := r.World.S3.Buckets[strings.TrimPrefix(aws.ToString(rule.Destination.Bucket), "arn:aws:s3:::")]
		o.CopyFailed = !r.World.canReplicate(b, to, o.Key, aws.ToString(b.Replication.Role), rule.Destination)
		if !o.CopyFailed {
			replica := *o
			replica.Replica, replica.Copied = true, time.Time{}
			replica.Modified, replica.Visible = o.Copied, o.Copied
			to.retain(&replica)
			to.Objects = append(to.Objects, &replica)
			r.World.notify(to, &replica)
		}
		return
	}
}

// canReplicate evaluates the role's policies and the destination's: the role must be trusted to S3, for some seconds at least, may read
// here and write there, and a destination in another account must let it.
func (w *World) canReplicate(from, to *Bucket, key, roleARN string, d *s3types.Destination) bool {
	role := w.role(from.Account, policyName(roleARN))
	if role == nil || w.Now().Before(role.Created.Add(w.Takes(roleKnownTakes))) || role.arn(from.Account) != roleARN || !strings.Contains(role.Trust, `"s3.amazonaws.com"`) || to == nil || to.Versioning != "Enabled" {
		return false
	}
	reads := []string{"s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl"}
	if from.Lock != nil {
		reads = append(reads, "s3:GetObjectRetention", "s3:GetObjectLegalHold")
	}
	writes := []string{"s3:ReplicateObject"}
	if d.AccessControlTranslation != nil {
		writes = append(writes, "s3:ObjectOwnerOverrideToBucketOwner")
	}
	q := inquiry{Account: from.Account, ARN: roleARN}
	may := func(action, resource string, destination bool) bool {
		q.Action, q.Resource = action, resource
		if !role.allows(q) {
			return false
		}
		bucket := from
		if destination {
			bucket = to
		}
		allow, deny := decide(bucket.Policy, q)
		return !deny && (allow || bucket.Account == from.Account)
	}
	if !may("s3:GetReplicationConfiguration", from.arn(), false) || !may("s3:ListBucket", from.arn(), false) {
		return false
	}
	return !slices.ContainsFunc(reads, func(a string) bool { return !may(a, from.arn()+"/"+key, false) }) &&
		!slices.ContainsFunc(writes, func(a string) bool { return !may(a, to.arn()+"/"+key, true) })
}

// allows evaluates a role's own policies.
func (role *iamRole) allows(q inquiry) bool {
	allowed := slices.Contains(role.Managed, "arn:aws:iam::aws:policy/AdministratorAccess") || slices.Contains(role.Managed, "arn:aws:iam::aws:policy/AmazonS3FullAccess")
	for _, content := range role.Inline {
		allow, deny := decide(content, q)
		if deny {
			return false
		}
		allowed = allowed || allow
	}
	return allowed
}
