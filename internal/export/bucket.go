package export

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// bucketReader exports one bucket and its settings, each a resource of its own.
type bucketReader struct {
	p       *Project
	client  *s3.Client
	name    string
	file    string
	alias   string
	address string // of the bucket
	role    string // ARN of the role that copies, "" when nothing is copied
}

// bucket exports a bucket in the home Region and gives its address, and the role of its replication.
func (p *Project) bucket(ctx context.Context, account, name, file string) (address, role string, err error) {
	cfg, err := p.Source.Config(plan.Place{Account: account, Region: p.Source.Home})
	if err != nil {
		return "", "", err
	}
	r := &bucketReader{p: p, client: s3.NewFromConfig(cfg), name: name, file: file, alias: p.alias(account)}
	for _, read := range []func(context.Context) error{r.self, r.ownership, r.privacy, r.versions, r.encryption, r.lifecycle, r.lock, r.policy, r.replication, r.notification} {
		if err := read(ctx); err != nil {
			return "", "", err
		}
	}
	return r.address, r.role, nil
}

// setting adds one of the bucket's settings; its id is the bucket's name.
func (r *bucketReader) setting(kind string, body Body) {
	r.p.add(Resource{Type: "aws_s3_bucket_" + kind, Label: Label(r.name), File: r.file, Account: r.alias, ID: r.name,
		Body: append(Body{{Name: "bucket", Value: Ref(r.address + ".bucket")}}, body...)})
}

func (r *bucketReader) self(ctx context.Context) error {
	var body Body
	body.Set("bucket", Text(r.name))
	lock, err := r.client.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &r.name})
	if err != nil && !steps.Absent(err, "ObjectLockConfigurationNotFoundError") {
		return err
	}
	if err == nil && lock.ObjectLockConfiguration != nil && lock.ObjectLockConfiguration.ObjectLockEnabled == types.ObjectLockEnabledEnabled {
		body.Set("object_lock_enabled", Bool(true))
	}
	tags, err := r.client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &r.name})
	if err != nil && !steps.Absent(err, "NoSuchTagSet") {
		return err
	}
	if err == nil {
		found := map[string]string{}
		for _, t := range tags.TagSet {
			found[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
		body.Tags(found)
	}
	r.address = r.p.add(Resource{Type: "aws_s3_bucket", Label: Label(r.name), File: r.file, Account: r.alias, ID: r.name, Body: body, PreventDestroy: true})
	return nil
}

func (r *bucketReader) ownership(ctx context.Context) error {
	out, err := r.client.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: &r.name})
	if steps.Absent(err, "OwnershipControlsNotFoundError") {
		return nil
	}
	if err != nil {
		return err
	}
	var body, rule Body
	for _, o := range out.OwnershipControls.Rules {
		rule.Set("object_ownership", Text(string(o.ObjectOwnership)))
	}
	body.Nest("rule", rule)
	r.setting("ownership_controls", body)
	return nil
}

func (r *bucketReader) privacy(ctx context.Context) error {
	out, err := r.client.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: &r.name})
	if steps.Absent(err, "NoSuchPublicAccessBlockConfiguration") {
		return nil
	}
	if err != nil {
		return err
	}
	c := out.PublicAccessBlockConfiguration
	r.setting("public_access_block", closed(c.BlockPublicAcls, c.BlockPublicPolicy, c.IgnorePublicAcls, c.RestrictPublicBuckets))
	return nil
}

// closed are the four switches that keep a bucket, or all buckets of an account, from being open to everybody.
func closed(blockACLs, blockPolicy, ignoreACLs, restrict *bool) (body Body) {
	body.Set("block_public_acls", Bool(aws.ToBool(blockACLs)))
	body.Set("block_public_policy", Bool(aws.ToBool(blockPolicy)))
	body.Set("ignore_public_acls", Bool(aws.ToBool(ignoreACLs)))
	body.Set("restrict_public_buckets", Bool(aws.ToBool(restrict)))
	return body
}

func (r *bucketReader) versions(ctx context.Context) error {
	out, err := r.client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &r.name})
	if err != nil || out.Status == "" {
		return err
	}
	var body, block Body
	block.Set("status", Text(string(out.Status)))
	body.Nest("versioning_configuration", block)
	r.setting("versioning", body)
	return nil
}

func (r *bucketReader) encryption(ctx context.Context) error {
	out, err := r.client.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: &r.name})
	if steps.Absent(err, "ServerSideEncryptionConfigurationNotFoundError") {
		return nil
	}
	if err != nil {
		return err
	}
	var body Body
	for _, e := range out.ServerSideEncryptionConfiguration.Rules {
		var rule Body
		if aws.ToBool(e.BucketKeyEnabled) {
			rule.Set("bucket_key_enabled", Bool(true))
		}
		if d := e.ApplyServerSideEncryptionByDefault; d != nil {
			var block Body
			block.Set("sse_algorithm", Text(string(d.SSEAlgorithm)))
			block.Some("kms_master_key_id", aws.ToString(d.KMSMasterKeyID))
			rule.Nest("apply_server_side_encryption_by_default", block)
		}
		body.Nest("rule", rule)
	}
	r.setting("server_side_encryption_configuration", body)
	return nil
}

func (r *bucketReader) lifecycle(ctx context.Context) error {
	out, err := r.client.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &r.name})
	if steps.Absent(err, "NoSuchLifecycleConfiguration") {
		return nil
	}
	if err != nil {
		return err
	}
	var body Body
	for _, l := range out.Rules {
		var rule, filter Body
		rule.Set("id", Text(aws.ToString(l.ID)))
		rule.Set("status", Text(string(l.Status)))
		if l.Filter != nil {
			if l.Filter.And != nil || l.Filter.Tag != nil {
				r.p.leave("the lifecycle of "+r.name, "a rule of it filters by tags")
				return nil
			}
			filter.Some("prefix", aws.ToString(l.Filter.Prefix))
		}
		rule.Nest("filter", filter)
		if e := l.Expiration; e != nil {
			var block Body
			if e.Days != nil {
				block.Set("days", Whole(int64(*e.Days)))
			} else if e.ExpiredObjectDeleteMarker != nil {
				block.Set("expired_object_delete_marker", Bool(*e.ExpiredObjectDeleteMarker))
			}
			rule.Nest("expiration", block)
		}
		if n := l.NoncurrentVersionExpiration; n != nil {
			var block Body
			block.Set("noncurrent_days", Whole(int64(aws.ToInt32(n.NoncurrentDays))))
			rule.Nest("noncurrent_version_expiration", block)
		}
		if a := l.AbortIncompleteMultipartUpload; a != nil {
			var block Body
			block.Set("days_after_initiation", Whole(int64(aws.ToInt32(a.DaysAfterInitiation))))
			rule.Nest("abort_incomplete_multipart_upload", block)
		}
		for _, t := range l.Transitions {
			var block Body
			if t.Days != nil {
				block.Set("days", Whole(int64(*t.Days)))
			}
			block.Set("storage_class", Text(string(t.StorageClass)))
			rule.Nest("transition", block)
		}
		body.Nest("rule", rule)
	}
	r.setting("lifecycle_configuration", body)
	return nil
}

func (r *bucketReader) lock(ctx context.Context) error {
	out, err := r.client.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &r.name})
	if steps.Absent(err, "ObjectLockConfigurationNotFoundError") {
		return nil
	}
	if err != nil {
		return err
	}
	c := out.ObjectLockConfiguration
	if c == nil || c.Rule == nil || c.Rule.DefaultRetention == nil {
		return nil
	}
	var body, rule, keep Body
	keep.Set("mode", Text(string(c.Rule.DefaultRetention.Mode)))
	if y := aws.ToInt32(c.Rule.DefaultRetention.Years); y > 0 {
		keep.Set("years", Whole(int64(y)))
	} else {
		keep.Set("days", Whole(int64(aws.ToInt32(c.Rule.DefaultRetention.Days))))
	}
	rule.Nest("default_retention", keep)
	body.Nest("rule", rule)
	r.setting("object_lock_configuration", body)
	return nil
}

func (r *bucketReader) policy(ctx context.Context) error {
	out, err := r.client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &r.name})
	if steps.Absent(err, "NoSuchBucketPolicy") {
		return nil
	}
	if err != nil {
		return err
	}
	var body Body
	body.Set("policy", r.p.policy(Label("bucket", r.name), aws.ToString(out.Policy)))
	r.setting("policy", body)
	return nil
}

func (r *bucketReader) replication(ctx context.Context) error {
	out, err := r.client.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: &r.name})
	if steps.Absent(err, "ReplicationConfigurationNotFoundError") {
		return nil
	}
	if err != nil {
		return err
	}
	c := out.ReplicationConfiguration
	r.role = aws.ToString(c.Role)
	var body Body
	body.Set("role", Text(r.role))
	for _, rep := range c.Rules {
		var rule, filter, target Body
		rule.Some("id", aws.ToString(rep.ID))
		rule.Set("status", Text(string(rep.Status)))
		if rep.Priority != nil {
			rule.Set("priority", Whole(int64(*rep.Priority)))
		}
		if rep.Filter != nil {
			filter.Some("prefix", aws.ToString(rep.Filter.Prefix))
			rule.Nest("filter", filter)
		}
		if m := rep.DeleteMarkerReplication; m != nil {
			var block Body
			block.Set("status", Text(string(m.Status)))
			rule.Nest("delete_marker_replication", block)
		}
		d := rep.Destination
		target.Set("bucket", Text(aws.ToString(d.Bucket)))
		target.Some("account", aws.ToString(d.Account))
		target.Some("storage_class", string(d.StorageClass))
		if d.AccessControlTranslation != nil {
			var block Body
			block.Set("owner", Text(string(d.AccessControlTranslation.Owner)))
			target.Nest("access_control_translation", block)
		}
		rule.Nest("destination", target)
		body.Nest("rule", rule)
	}
	r.setting("replication_configuration", body)
	return nil
}

// notification: there is one configuration for a bucket, and Terraform's is complete, like AWS's.
func (r *bucketReader) notification(ctx context.Context) error {
	out, err := r.client.GetBucketNotificationConfiguration(ctx, &s3.GetBucketNotificationConfigurationInput{Bucket: &r.name})
	if err != nil {
		return err
	}
	if len(out.QueueConfigurations)+len(out.TopicConfigurations) > 0 {
		r.p.leave("the notifications of "+r.name, "some go to a queue or a topic the wizard did not make")
		return nil
	}
	var body Body
	if out.EventBridgeConfiguration != nil {
		body.Set("eventbridge", Bool(true))
	}
	for _, l := range out.LambdaFunctionConfigurations {
		var block Body
		var events []string
		for _, e := range l.Events {
			events = append(events, string(e))
		}
		block.Some("id", aws.ToString(l.Id))
		block.Set("lambda_function_arn", Text(aws.ToString(l.LambdaFunctionArn)))
		block.Set("events", Texts(events))
		if l.Filter != nil && l.Filter.Key != nil {
			for _, f := range l.Filter.Key.FilterRules {
				switch f.Name {
				case types.FilterRuleNamePrefix, "Prefix":
					block.Some("filter_prefix", aws.ToString(f.Value))
				case types.FilterRuleNameSuffix, "Suffix":
					block.Some("filter_suffix", aws.ToString(f.Value))
				}
			}
		}
		body.Nest("lambda_function", block)
	}
	if len(body) > 0 {
		r.setting("notification", body)
	}
	return nil
}
