package sandbox

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// trailPolicy lets the trail acme of an account write below a folder of the bucket.
func trailPolicy(account, trail, folder string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::acme-logs","Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:eu-west-1:%[1]s:trail/%[2]s"}}},
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-logs/AWSLogs/%[3]s/*","Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control","aws:SourceArn":"arn:aws:cloudtrail:eu-west-1:%[1]s:trail/%[2]s"}}},
		{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::acme-logs","arn:aws:s3:::acme-logs/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, account, trail, folder)
}

func TestOrganizationTrailIsChecked(t *testing.T) {
	s := newStage(t)
	bucket := s.logs(s.member, "acme-logs") // CloudTrail writes into other accounts' buckets, too
	create := func(account string, change func(*cloudtrail.CreateTrailInput)) error {
		input := &cloudtrail.CreateTrailInput{Name: aws.String("acme"), S3BucketName: aws.String("acme-logs"), IsOrganizationTrail: aws.Bool(true), IsMultiRegionTrail: aws.Bool(true), EnableLogFileValidation: aws.Bool(true)}
		if change != nil {
			change(input)
		}
		_, err := cloudtrail.NewFromConfig(s.as(account, "eu-west-1")).CreateTrail(t.Context(), input)
		return err
	}
	good := trailPolicy(s.management, "acme", s.world.Org.ID)
	s.must(s.policy(bucket, "acme-logs", good))
	s.want("no trusted access", create(s.management, nil), "CloudTrailAccessNotEnabledException")
	s.world.Trust(trailService)
	s.want("trusted access a moment ago", create(s.management, nil), "CloudTrailAccessNotEnabledException")
	s.pass(time.Minute)
	s.want("from a member", create(s.member, nil), "NotOrganizationMasterAccountException")
	s.want("from outside", create(s.stranger, nil), "OrganizationsNotInUseException")
	s.want("no bucket", create(s.management, func(in *cloudtrail.CreateTrailInput) { in.S3BucketName = aws.String("acme-nothing") }), "S3BucketDoesNotExistException")
	s.want("a bad name", create(s.management, func(in *cloudtrail.CreateTrailInput) { in.Name = aws.String("my-_trail") }), "InvalidTrailNameException")
	for what, policy := range map[string]string{
		"only for the account":  trailPolicy(s.management, "acme", s.management),
		"for another trail":     trailPolicy(s.management, "other", s.world.Org.ID),
		"for another account's": trailPolicy(s.member, "acme", s.world.Org.ID),
		"with a denial for all": good[:len(good)-2] + `,{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-logs/*"}]}`,
		"below another folder":  trailPolicy(s.management, "acme", "o-0000000000"),
	} {
		s.must(s.policy(bucket, "acme-logs", policy))
		s.want("a policy "+what, create(s.management, nil), "InsufficientS3BucketPolicyException")
	}
	s.must(s.policy(bucket, "acme-logs", good))
	s.want("with a prefix the policy has not", create(s.management, func(in *cloudtrail.CreateTrailInput) { in.S3KeyPrefix = aws.String("p") }), "InsufficientS3BucketPolicyException")
	s.want("all as it must be", create(s.management, nil), "")
	s.want("again", create(s.management, nil), "TrailAlreadyExistsException")
	if !s.world.roleExists(s.management, "AWSServiceRoleForCloudTrail") {
		t.Error("CloudTrail's role is missing")
	}
}

// recording is a stage with an organization trail.
func recording(t *testing.T) (*stage, *cloudtrail.Client, *string) {
	s := newStage(t)
	bucket := s.logs(s.management, "acme-logs")
	s.must(s.policy(bucket, "acme-logs", trailPolicy(s.management, "acme", s.world.Org.ID)))
	s.world.Trust(trailService)
	s.pass(time.Minute)
	client := cloudtrail.NewFromConfig(s.as(s.management, "eu-west-1"))
	out, err := client.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{Name: aws.String("acme"), S3BucketName: aws.String("acme-logs"), IsOrganizationTrail: aws.Bool(true), IsMultiRegionTrail: aws.Bool(true), EnableLogFileValidation: aws.Bool(true)})
	s.must(err)
	return s, client, out.TrailARN
}

func TestTrailRecordsOnlyAfterItWasStarted(t *testing.T) {
	s, client, arn := recording(t)
	status := func() *cloudtrail.GetTrailStatusOutput {
		out, err := client.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: arn})
		s.must(err)
		return out
	}
	s.pass(time.Hour)
	if got := status(); *got.IsLogging || got.LatestDeliveryTime != nil {
		t.Errorf("a new trail records: %+v", got)
	}
	_, err := client.StartLogging(t.Context(), &cloudtrail.StartLoggingInput{Name: arn})
	s.must(err)
	if got := status(); !*got.IsLogging || got.LatestDeliveryTime != nil {
		t.Errorf("right after the start: %+v", got)
	}
	s.pass(6 * time.Minute)
	if got := status(); got.LatestDeliveryTime == nil || got.LatestDigestDeliveryTime != nil {
		t.Errorf("six minutes later: %+v", got)
	}
	s.pass(time.Hour)
	if got := status(); got.LatestDigestDeliveryTime == nil {
		t.Errorf("an hour later: %+v", got)
	}
	s.world.S3.Buckets["acme-logs"].Policy = ""
	if got := status(); !*got.IsLogging || aws.ToString(got.LatestDeliveryError) != "AccessDenied" {
		t.Errorf("the policy is gone: %+v", got)
	}
	delete(s.world.S3.Buckets, "acme-logs")
	if got := status(); aws.ToString(got.LatestDeliveryError) != "NoSuchBucket" {
		t.Errorf("the bucket is gone: %+v", got)
	}
	_, err = client.StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: aws.String("acme")})
	s.must(err)
	if got := status(); *got.IsLogging || got.StopLoggingTime == nil {
		t.Errorf("stopped: %+v", got)
	}
}

func TestTrailFromElsewhere(t *testing.T) {
	s, _, arn := recording(t)
	seen := func(account, region string, shadows *bool) int {
		out, err := cloudtrail.NewFromConfig(s.as(account, region)).DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: shadows})
		s.must(err)
		return len(out.TrailList)
	}
	for _, c := range []struct {
		account, region string
		shadows         *bool
		want            int
	}{
		{s.management, "eu-west-1", aws.Bool(false), 1}, {s.management, "us-east-1", nil, 1}, {s.management, "us-east-1", aws.Bool(false), 0},
		{s.member, "eu-west-1", nil, 1}, {s.stranger, "eu-west-1", nil, 0},
	} {
		if got := seen(c.account, c.region, c.shadows); got != c.want {
			t.Errorf("%s in %s sees %d trails, want %d", c.account, c.region, got, c.want)
		}
	}
	stop := func(account, region string, name *string) error {
		_, err := cloudtrail.NewFromConfig(s.as(account, region)).StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: name})
		return err
	}
	s.want("stopping it in another Region", stop(s.management, "us-east-1", arn), "InvalidHomeRegionException")
	s.want("stopping it from a member", stop(s.member, "eu-west-1", arn), "NotOrganizationMasterAccountException")
	s.want("stopping what is not there", stop(s.management, "eu-west-1", aws.String("nothing")), "TrailNotFoundException")
}

func TestFiveTrailsInARegion(t *testing.T) {
	s, client, _ := recording(t)
	for n := range trailsPerRegion - 1 {
		s.world.SeedTrail(s.management, "eu-west-1", fmt.Sprintf("old-%d", n), "acme-logs", false, false)
	}
	_, err := client.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{Name: aws.String("sixth"), S3BucketName: aws.String("acme-logs")})
	s.want("the sixth", err, "MaximumNumberOfTrailsExceededException")
}

func TestEventSelectorsReplaceAll(t *testing.T) {
	s, client, arn := recording(t)
	category := func(c string) types.AdvancedFieldSelector {
		return types.AdvancedFieldSelector{Field: aws.String("eventCategory"), Equals: []string{c}}
	}
	put := func(fields ...types.AdvancedFieldSelector) error {
		_, err := client.PutEventSelectors(t.Context(), &cloudtrail.PutEventSelectorsInput{TrailName: arn, AdvancedEventSelectors: []types.AdvancedEventSelector{{FieldSelectors: fields}}})
		return err
	}
	get := func() *cloudtrail.GetEventSelectorsOutput {
		out, err := client.GetEventSelectors(t.Context(), &cloudtrail.GetEventSelectorsInput{TrailName: arn})
		s.must(err)
		return out
	}
	if got := get(); len(got.EventSelectors) != 1 || !*got.EventSelectors[0].IncludeManagementEvents {
		t.Errorf("a new trail selects %+v", got)
	}
	s.want("no category", put(types.AdvancedFieldSelector{Field: aws.String("readOnly"), Equals: []string{"false"}}), "InvalidEventSelectorsException")
	s.want("a category by its beginning", put(types.AdvancedFieldSelector{Field: aws.String("eventCategory"), StartsWith: []string{"D"}}), "InvalidEventSelectorsException")
	s.want("data events alone", put(category("Data")), "")
	if got := get(); len(got.EventSelectors) != 0 || len(got.AdvancedEventSelectors) != 1 {
		t.Errorf("management events are still selected: %+v", got)
	}
	out, err := client.GetTrail(t.Context(), &cloudtrail.GetTrailInput{Name: arn})
	s.must(err)
	if !*out.Trail.HasCustomEventSelectors {
		t.Error("the trail does not say that it has selectors of its own")
	}
}
