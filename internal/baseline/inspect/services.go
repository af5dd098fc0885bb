package inspect

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	budgettypes "github.com/aws/aws-sdk-go-v2/service/budgets/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	costtypes "github.com/aws/aws-sdk-go-v2/service/costexplorer/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/support"

	"awswizard/internal/baseline"
)

// services looks at what an account has once, for all Regions.
func (l *look) services(ctx context.Context, a *baseline.Account) {
	cfg, err := l.config(a.ID, l.src.Home)
	if err != nil {
		return // enter has been here already
	}
	a.Storage = ask(ctx, l, "s3control:GetPublicAccessBlock", func() (baseline.Storage, error) { return l.storage(ctx, cfg, a.ID) })
	a.Trails = ask(ctx, l, "cloudtrail:DescribeTrails", func() ([]baseline.Trail, error) { return l.trails(ctx, cfg, a) })
	a.Support = ask(ctx, l, "support:DescribeSeverityLevels", func() (baseline.Support, error) { return advice(ctx, cfg) })
	a.Machines = ask(ctx, l, "ec2:GetInstanceMetadataDefaults", func() (baseline.Machines, error) { return machines(ctx, ec2.NewFromConfig(cfg)) })
	if !a.Top {
		return // the rest is judged in the account that pays
	}
	a.Budgets = ask(ctx, l, "budgets:DescribeBudgets", func() ([]baseline.Budget, error) { return limits(ctx, cfg, a.ID) })
	a.Anomalies = ask(ctx, l, "ce:GetAnomalyMonitors", func() (baseline.Anomalies, error) { return anomalies(ctx, cfg) })
}

func machines(ctx context.Context, client *ec2.Client) (baseline.Machines, error) {
	metadata, err := client.GetInstanceMetadataDefaults(ctx, &ec2.GetInstanceMetadataDefaultsInput{})
	if err != nil {
		return baseline.Machines{}, err
	}
	snapshots, err := client.GetSnapshotBlockPublicAccessState(ctx, &ec2.GetSnapshotBlockPublicAccessStateInput{})
	if err != nil {
		return baseline.Machines{}, err
	}
	found := baseline.Machines{Unshared: snapshots.State == ec2types.SnapshotBlockPublicAccessStateBlockAllSharing}
	if level := metadata.AccountLevel; level != nil {
		found.IMDSv2 = level.HttpTokens == ec2types.HttpTokensStateRequired
		found.Declared = level.ManagedBy == ec2types.ManagedByDeclarativePolicy && snapshots.ManagedBy == ec2types.ManagedByDeclarativePolicy
	}
	return found, nil
}

func (l *look) storage(ctx context.Context, cfg aws.Config, id string) (baseline.Storage, error) {
	out, err := s3control.NewFromConfig(cfg).GetPublicAccessBlock(ctx, &s3control.GetPublicAccessBlockInput{AccountId: &id})
	if err != nil && code(err) != "NoSuchPublicAccessBlockConfiguration" {
		return baseline.Storage{}, err
	}
	if err == nil && out.PublicAccessBlockConfiguration != nil {
		c := out.PublicAccessBlockConfiguration
		if aws.ToBool(c.BlockPublicAcls) && aws.ToBool(c.IgnorePublicAcls) && aws.ToBool(c.BlockPublicPolicy) && aws.ToBool(c.RestrictPublicBuckets) {
			return baseline.Storage{Blocked: true}, nil
		}
	}
	buckets, err := all(func(token *string) ([]s3types.Bucket, *string, error) {
		// That a page size is asked for makes S3 tell the Region of each bucket.
		out, err := s3.NewFromConfig(cfg).ListBuckets(ctx, &s3.ListBucketsInput{ContinuationToken: token, MaxBuckets: aws.Int32(1000)})
		if err != nil {
			return nil, nil, err
		}
		return out.Buckets, out.ContinuationToken, nil
	})
	if err != nil {
		return baseline.Storage{}, err
	}
	var found baseline.Storage
	for _, b := range buckets {
		there, err := l.config(id, cmp.Or(aws.ToString(b.BucketRegion), l.src.Home))
		if err != nil {
			return baseline.Storage{}, err
		}
		status, err := s3.NewFromConfig(there).GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: b.Name})
		// A bucket that cannot be asked changes nothing: the account's setting is not on, so the control fails anyway.
		if err == nil && status.PolicyStatus != nil && aws.ToBool(status.PolicyStatus.IsPublic) {
			found.Public = append(found.Public, aws.ToString(b.Name))
		}
	}
	return found, nil
}

// trails are those that record the account, wherever they are kept: ListTrails names the Regions of all, and DescribeTrails
// tells about those of one Region and about those of all Regions.
func (l *look) trails(ctx context.Context, cfg aws.Config, a *baseline.Account) ([]baseline.Trail, error) {
	list, err := all(func(token *string) ([]trailtypes.TrailInfo, *string, error) {
		out, err := cloudtrail.NewFromConfig(cfg).ListTrails(ctx, &cloudtrail.ListTrailsInput{NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Trails, out.NextToken, nil
	})
	if err != nil {
		return nil, err
	}
	regions := []string{l.src.Home}
	for _, t := range list {
		if region := aws.ToString(t.HomeRegion); !slices.Contains(regions, region) {
			regions = append(regions, region)
		}
	}
	var found []baseline.Trail
	var seen []string
	for _, region := range regions {
		there, err := l.config(a.ID, region)
		if err != nil {
			return nil, err
		}
		out, err := cloudtrail.NewFromConfig(there).DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{})
		if err != nil {
			return nil, err
		}
		for _, t := range out.TrailList {
			if arn := aws.ToString(t.TrailARN); !slices.Contains(seen, arn) {
				seen = append(seen, arn)
				trail, err := l.trail(ctx, a, t)
				if err != nil {
					return nil, err
				}
				found = append(found, trail)
			}
		}
	}
	return found, nil
}

func (l *look) trail(ctx context.Context, a *baseline.Account, t trailtypes.Trail) (baseline.Trail, error) {
	there, err := l.config(a.ID, aws.ToString(t.HomeRegion))
	if err != nil {
		return baseline.Trail{}, err
	}
	client := cloudtrail.NewFromConfig(there)
	status, err := client.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: t.TrailARN})
	if err != nil {
		return baseline.Trail{}, err
	}
	trail := baseline.Trail{Name: aws.ToString(t.Name), Bucket: aws.ToString(t.S3BucketName), Organization: aws.ToBool(t.IsOrganizationTrail),
		MultiRegion: aws.ToBool(t.IsMultiRegionTrail), Validate: aws.ToBool(t.LogFileValidationEnabled), Logging: aws.ToBool(status.IsLogging)}
	if selectors, err := client.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: t.TrailARN}); err == nil {
		trail.DataEvents = dataEvents(selectors)
	}
	if a.Top {
		protection(ctx, s3.NewFromConfig(there), &trail)
	}
	return trail, nil
}

// dataEvents reports whether reads or writes of objects in S3 are recorded.
func dataEvents(s *cloudtrail.GetEventSelectorsOutput) bool {
	const objects = "AWS::S3::Object"
	for _, e := range s.EventSelectors {
		for _, d := range e.DataResources {
			if aws.ToString(d.Type) == objects && len(d.Values) > 0 {
				return true
			}
		}
	}
	for _, e := range s.AdvancedEventSelectors {
		for _, f := range e.FieldSelectors {
			if aws.ToString(f.Field) == "resources.type" && slices.Contains(f.Equals, objects) {
				return true
			}
		}
	}
	return false
}

// protection looks at the bucket a trail writes to. It may be another account's, which does not let us look.
func protection(ctx context.Context, client *s3.Client, t *baseline.Trail) {
	versions, err := client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &t.Bucket})
	if err != nil {
		t.BucketWhy = reason(err)
		return
	}
	t.Versions = versions.Status == s3types.BucketVersioningStatusEnabled
	block, err := client.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: &t.Bucket})
	if err != nil {
		if code(err) != "NoSuchPublicAccessBlockConfiguration" {
			t.BucketWhy = reason(err)
		}
		return
	}
	c := block.PublicAccessBlockConfiguration
	t.Private = c != nil && aws.ToBool(c.BlockPublicAcls) && aws.ToBool(c.IgnorePublicAcls) && aws.ToBool(c.BlockPublicPolicy) && aws.ToBool(c.RestrictPublicBuckets)
}

func limits(ctx context.Context, cfg aws.Config, id string) ([]baseline.Budget, error) {
	client := budgets.NewFromConfig(cfg, func(o *budgets.Options) { o.Region = "us-east-1" })
	list, err := all(func(token *string) ([]budgettypes.Budget, *string, error) {
		out, err := client.DescribeBudgets(ctx, &budgets.DescribeBudgetsInput{AccountId: &id, NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Budgets, out.NextToken, nil
	})
	if err != nil {
		return nil, err
	}
	var found []baseline.Budget
	for _, b := range list {
		// AWS lets no notification be without a subscriber, so these are warnings that somebody gets.
		warnings, err := all(func(token *string) ([]budgettypes.Notification, *string, error) {
			out, err := client.DescribeNotificationsForBudget(ctx, &budgets.DescribeNotificationsForBudgetInput{AccountId: &id, BudgetName: b.BudgetName, NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return out.Notifications, out.NextToken, nil
		})
		if err != nil && code(err) != "NotFoundException" {
			return nil, err
		}
		found = append(found, baseline.Budget{Name: aws.ToString(b.BudgetName), Cost: b.BudgetType == budgettypes.BudgetTypeCost, Notifications: len(warnings)})
	}
	return found, nil
}

func anomalies(ctx context.Context, cfg aws.Config) (baseline.Anomalies, error) {
	client := costexplorer.NewFromConfig(cfg, func(o *costexplorer.Options) { o.Region = "us-east-1" })
	monitors, err := all(func(token *string) ([]costtypes.AnomalyMonitor, *string, error) {
		out, err := client.GetAnomalyMonitors(ctx, &costexplorer.GetAnomalyMonitorsInput{NextPageToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.AnomalyMonitors, out.NextPageToken, nil
	})
	if code(err) == "AccessDeniedException" && strings.Contains(err.Error(), "not enabled for cost explorer") {
		return baseline.Anomalies{Off: true}, nil
	}
	if err != nil {
		return baseline.Anomalies{}, err
	}
	subscriptions, err := all(func(token *string) ([]costtypes.AnomalySubscription, *string, error) {
		out, err := client.GetAnomalySubscriptions(ctx, &costexplorer.GetAnomalySubscriptionsInput{NextPageToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.AnomalySubscriptions, out.NextPageToken, nil
	})
	if err != nil {
		return baseline.Anomalies{}, err
	}
	found := baseline.Anomalies{Monitors: len(monitors)}
	for _, s := range subscriptions {
		for _, who := range s.Subscribers {
			if who.Status != costtypes.SubscriberStatusDeclined {
				found.Listeners++
			}
		}
	}
	return found, nil
}

// advice looks at Trusted Advisor where the support plan has an API. All of it is in us-east-1 only.
func advice(ctx context.Context, cfg aws.Config) (baseline.Support, error) {
	client := support.NewFromConfig(cfg, func(o *support.Options) { o.Region = "us-east-1" })
	_, err := client.DescribeSeverityLevels(ctx, &support.DescribeSeverityLevelsInput{})
	if code(err) == "SubscriptionRequiredException" {
		return baseline.Support{}, nil
	}
	if err != nil {
		return baseline.Support{}, err
	}
	list, err := client.DescribeTrustedAdvisorChecks(ctx, &support.DescribeTrustedAdvisorChecksInput{Language: aws.String("en")})
	if err != nil {
		return baseline.Support{}, err
	}
	var ids []*string
	for _, c := range list.Checks {
		ids = append(ids, c.Id)
	}
	found := baseline.Support{Paid: true, Checks: len(ids)}
	if len(ids) == 0 {
		return found, nil
	}
	sums, err := client.DescribeTrustedAdvisorCheckSummaries(ctx, &support.DescribeTrustedAdvisorCheckSummariesInput{CheckIds: ids})
	if err != nil {
		return baseline.Support{}, err
	}
	for _, s := range sums.Summaries {
		if aws.ToString(s.Status) == "error" {
			found.Red++
		}
	}
	return found, nil
}
