package export

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"awswizard/internal/plan"
	"awswizard/steps"
)

const trailFile = "logging.tf"

// trail exports the organization's trail, its bucket, the copy in the security account and the role that copies.
func trail(ctx context.Context, p *Project) error {
	if p.Source.AccessLogs {
		p.leave("the access logs of the sensitive buckets, and the buckets they go to", "they are settings of buckets of yours, which are outside this project. They go on as they are")
	}
	name, known := p.Source.Facts.Lookup("trail.arn")
	if !known {
		p.leave("the trail", "there is none")
		return nil
	}
	region := p.Source.Facts.Get("trail.region")
	cfg, err := p.Source.Config(plan.Place{Account: p.Source.Management, Region: region})
	if err != nil {
		return err
	}
	bucket := p.Source.Facts.Get("trail.bucket")
	log, role, err := p.bucket(ctx, p.Source.Management, bucket, trailFile)
	if err != nil {
		return err
	}
	if err := p.oneTrail(ctx, cloudtrail.NewFromConfig(cfg), name, region, log); err != nil {
		return err
	}
	if archive, known := p.Source.Facts.Lookup("trail.archive_bucket"); known && !p.closed[p.Source.Facts.Get("trail.archive_account")] {
		if _, _, err := p.bucket(ctx, p.Source.Facts.Get("trail.archive_account"), archive, trailFile); err != nil {
			return err
		}
	}
	if role == "" {
		return nil
	}
	_, err = p.role(ctx, p.Source.Management, role[strings.LastIndex(role, "/")+1:], trailFile)
	return err
}

func (p *Project) oneTrail(ctx context.Context, client *cloudtrail.Client, arn, region, bucket string) error {
	name := arn[strings.LastIndex(arn, "/")+1:]
	trails, err := client.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{TrailNameList: []string{name}})
	if err != nil {
		return err
	}
	if len(trails.TrailList) == 0 {
		p.leave("the trail "+name, "AWS does not show it")
		return nil
	}
	t := trails.TrailList[0]
	var body Body
	body.Set("name", Text(name))
	body.Set("s3_bucket_name", Ref(bucket+".bucket"))
	body.Some("s3_key_prefix", aws.ToString(t.S3KeyPrefix))
	body.Set("is_multi_region_trail", Bool(aws.ToBool(t.IsMultiRegionTrail)))
	body.Set("is_organization_trail", Bool(aws.ToBool(t.IsOrganizationTrail)))
	body.Set("enable_log_file_validation", Bool(aws.ToBool(t.LogFileValidationEnabled)))
	if !aws.ToBool(t.IncludeGlobalServiceEvents) {
		body.Set("include_global_service_events", Bool(false))
	}
	status, err := client.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: &name})
	if err != nil {
		return err
	}
	if !aws.ToBool(status.IsLogging) {
		body.Set("enable_logging", Bool(false))
	}
	body.Some("kms_key_id", aws.ToString(t.KmsKeyId))
	body.Some("cloud_watch_logs_group_arn", aws.ToString(t.CloudWatchLogsLogGroupArn))
	body.Some("cloud_watch_logs_role_arn", aws.ToString(t.CloudWatchLogsRoleArn))
	tags, err := all(ctx, cloudtrail.NewListTagsPaginator(client, &cloudtrail.ListTagsInput{ResourceIdList: []string{arn}}),
		func(o *cloudtrail.ListTagsOutput) []trailtypes.ResourceTag { return o.ResourceTagList })
	if err := p.unread("the tags of the trail "+name, err); err != nil {
		return err
	}
	found := map[string]string{}
	for _, of := range tags {
		for _, t := range of.TagsList {
			found[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
	}
	body.Tags(found)
	selectors, err := client.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: &name})
	if err != nil {
		return err
	}
	if len(selectors.AdvancedEventSelectors) > 0 {
		body.advanced(selectors.AdvancedEventSelectors)
	} else {
		body.selectors(selectors.EventSelectors)
	}
	p.add(Resource{Type: "aws_cloudtrail", Label: Label(name), File: trailFile, Region: region, ID: arn, Body: body, PreventDestroy: true})
	return nil
}

func (b *Body) advanced(list []trailtypes.AdvancedEventSelector) {
	for _, s := range list {
		var block Body
		block.Some("name", aws.ToString(s.Name))
		for _, f := range s.FieldSelectors {
			var field Body
			field.Set("field", Text(aws.ToString(f.Field)))
			for _, c := range []struct {
				name   string
				values []string
			}{{"equals", f.Equals}, {"not_equals", f.NotEquals}, {"starts_with", f.StartsWith}, {"not_starts_with", f.NotStartsWith},
				{"ends_with", f.EndsWith}, {"not_ends_with", f.NotEndsWith}} {
				if len(c.values) > 0 {
					field.Set(c.name, Texts(c.values))
				}
			}
			block.Nest("field_selector", field)
		}
		b.Nest("advanced_event_selector", block)
	}
}

// selectors writes the basic selectors, except the one a trail has from the start.
func (b *Body) selectors(list []trailtypes.EventSelector) {
	for _, s := range list {
		if len(list) == 1 && s.ReadWriteType == trailtypes.ReadWriteTypeAll && aws.ToBool(s.IncludeManagementEvents) && len(s.DataResources)+len(s.ExcludeManagementEventSources) == 0 {
			return
		}
		var block Body
		block.Set("read_write_type", Text(string(s.ReadWriteType)))
		block.Set("include_management_events", Bool(aws.ToBool(s.IncludeManagementEvents)))
		if len(s.ExcludeManagementEventSources) > 0 {
			block.Set("exclude_management_event_sources", Texts(s.ExcludeManagementEventSources))
		}
		for _, d := range s.DataResources {
			var data Body
			data.Set("type", Text(aws.ToString(d.Type)))
			data.Set("values", Texts(d.Values))
			block.Nest("data_resource", data)
		}
		b.Nest("event_selector", block)
	}
}

// role exports a role and its inline policies, and gives its address. Attached policies stay as they are: they are left out.
func (p *Project) role(ctx context.Context, account, name, file string) (address string, err error) {
	cfg, err := p.Source.Config(plan.Place{Account: account, Region: "us-east-1"})
	if err != nil {
		return "", err
	}
	client := iam.NewFromConfig(cfg)
	out, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if err != nil {
		return "", err
	}
	var body Body
	body.Set("name", Text(name))
	if path := aws.ToString(out.Role.Path); path != "/" {
		body.Some("path", path)
	}
	body.Some("description", aws.ToString(out.Role.Description))
	if d := aws.ToInt32(out.Role.MaxSessionDuration); d != 0 && d != 3600 {
		body.Set("max_session_duration", Whole(int64(d)))
	}
	body.Set("assume_role_policy", p.policy(Label("trust", name), steps.DecodedPolicy(out.Role.AssumeRolePolicyDocument)))
	tags := map[string]string{}
	for _, t := range out.Role.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	body.Tags(tags)
	address = p.add(Resource{Type: "aws_iam_role", Label: Label(name), File: file, Account: p.alias(account), ID: name, Body: body})
	policies, err := all(ctx, iam.NewListRolePoliciesPaginator(client, &iam.ListRolePoliciesInput{RoleName: &name}),
		func(o *iam.ListRolePoliciesOutput) []string { return o.PolicyNames })
	if err != nil {
		return "", err
	}
	slices.Sort(policies)
	for _, policy := range policies {
		out, err := client.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &name, PolicyName: &policy})
		if err != nil {
			return "", err
		}
		var body Body
		body.Set("name", Text(policy))
		body.Set("role", Ref(address+".name"))
		body.Set("policy", p.policy(Label(name, policy), steps.DecodedPolicy(out.PolicyDocument)))
		p.add(Resource{Type: "aws_iam_role_policy", Label: Label(name, policy), File: file, Account: p.alias(account), ID: name + ":" + policy, Body: body})
	}
	return address, nil
}
