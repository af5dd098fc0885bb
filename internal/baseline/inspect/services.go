package inspect

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

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
	"awswizard/internal/beside"
	"awswizard/steps"
)

// services looks at what an account has once, for all Regions.
func (l *look) services(ctx context.Context, a *baseline.Account) {
	cfg, err := l.config(a.ID, l.src.Home)
	if err != nil {
		return // enter has been here already
	}
	buckets := sync.OnceValues(func() ([]s3types.Bucket, error) { return list(ctx, cfg) }) // in accounts that need them
	beside.All(
		func() {
			a.Storage = ask(ctx, l, "s3control:GetPublicAccessBlock", func() (baseline.Storage, error) { return l.storage(ctx, cfg, a.ID, buckets) })
		},
		func() {
			a.Trails = ask(ctx, l, "cloudtrail:DescribeTrails", func() ([]baseline.Trail, error) { return l.trails(ctx, cfg, a) })
			if !slices.ContainsFunc(a.Trails.Value, baseline.Trail.RecordsFiles) {
				a.AccessLogs = l.accessLogs(ctx, a.ID, buckets)
			}
		},
		func() {
			a.Support = ask(ctx, l, "support:DescribeSeverityLevels", func() (baseline.Support, error) { return advice(ctx, cfg) })
		},
		func() {
			a.Machines = ask(ctx, l, "ec2:GetInstanceMetadataDefaults", func() (baseline.Machines, error) { return machines(ctx, ec2.NewFromConfig(cfg)) })
		},
		func() { l.money(ctx, cfg, a) },
	)
}

// money looks at what warns of costs, which is judged in the account that pays.
func (l *look) money(ctx context.Context, cfg aws.Config, a *baseline.Account) {
	if !a.Top {
		return
	}
	beside.All(
		func() {
			a.Budgets = ask(ctx, l, "budgets:DescribeBudgets", func() ([]baseline.Budget, error) { return limits(ctx, cfg, a.ID) })
		},
		func() {
			a.Anomalies = ask(ctx, l, "ce:GetAnomalyMonitors", func() (baseline.Anomalies, error) { return anomalies(ctx, cfg) })
		},
	)
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

func (l *look) storage(ctx context.Context, cfg aws.Config, id string, list func() ([]s3types.Bucket, error)) (baseline.Storage, error) {
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
	// What cannot be asked changes nothing from here on: the account's setting is not on, so the control fails anyway.
	var found baseline.Storage
	buckets, _ := list()
	for _, b := range buckets {
		there, err := l.config(id, cmp.Or(aws.ToString(b.BucketRegion), l.src.Home))
		if err != nil {
			return baseline.Storage{}, err
		}
		status, err := s3.NewFromConfig(there).GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: b.Name})
		if err == nil && status.PolicyStatus != nil && aws.ToBool(status.PolicyStatus.IsPublic) {
			found.Public = append(found.Public, aws.ToString(b.Name))
		}
	}
	return found, nil
}

// list are the buckets of an account.
func list(ctx context.Context, cfg aws.Config) ([]s3types.Bucket, error) {
	return all(func(token *string) ([]s3types.Bucket, *string, error) {
		// That a page size is asked for makes S3 tell the Region of each bucket.
		out, err := s3.NewFromConfig(cfg).ListBuckets(ctx, &s3.ListBucketsInput{ContinuationToken: token, MaxBuckets: aws.Int32(1000)})
		if err != nil {
			return nil, nil, err
		}
		return out.Buckets, out.ContinuationToken, nil
	})
}

// accessLogs finds the buckets whose requests S3 writes down itself. A bucket that cannot be asked hides nothing where
// another one has them.
func (l *look) accessLogs(ctx context.Context, id string, list func() ([]s3types.Bucket, error)) baseline.Seen[[]string] {
	buckets := ask(ctx, l, "s3:ListBuckets", list)
	found := baseline.Seen[[]string]{Call: "s3:GetBucketLogging"}
	if buckets.Why != "" {
		found.Call, found.Why = buckets.Call, buckets.Why
		return found
	}
	looks := make([]baseline.Seen[bool], len(buckets.Value))
	var wg beside.Group
	for i, b := range buckets.Value {
		wg.Go(func() {
			looks[i] = ask(ctx, l, found.Call, func() (bool, error) {
				there, err := l.config(id, cmp.Or(aws.ToString(b.BucketRegion), l.src.Home))
				if err != nil {
					return false, err
				}
				out, err := s3.NewFromConfig(there).GetBucketLogging(ctx, &s3.GetBucketLoggingInput{Bucket: b.Name})
				return err == nil && out.LoggingEnabled != nil, err
			})
		})
	}
	wg.Wait()
	for i, b := range buckets.Value {
		if looks[i].Value {
			found.Value = append(found.Value, aws.ToString(b.Name))
		}
		found.Why = cmp.Or(found.Why, looks[i].Why)
	}
	if len(found.Value) > 0 {
		found.Why = ""
	}
	return found
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
	trail := baseline.Trail{Name: aws.ToString(t.Name), Bucket: aws.ToString(t.S3BucketName), Organization: aws.ToBool(t.IsOrganizationTrail),
		MultiRegion: aws.ToBool(t.IsMultiRegionTrail), Validate: aws.ToBool(t.LogFileValidationEnabled)}
	var status *cloudtrail.GetTrailStatusOutput
	beside.All(
		func() {
			status, err = client.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: t.TrailARN})
		},
		func() {
			selectors, err := client.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: t.TrailARN})
			switch {
			case err == nil:
				trail.Files = files(selectors)
				trail.Leaves = map[steps.Management]string{steps.NoManagement: "everything but data events", steps.SomeManagement: "some of the calls"}[steps.ManagementOf(selectors)]
			case aws.ToBool(t.HasCustomEventSelectors):
				trail.LeavesWhy = reason(err)
			}
		},
		func() {
			if a.Top {
				protection(ctx, s3.NewFromConfig(there), &trail)
			}
		},
	)
	if err != nil {
		return baseline.Trail{}, err
	}
	trail.Logging, trail.Undelivered = aws.ToBool(status.IsLogging), aws.ToString(status.LatestDeliveryError)
	return trail, nil
}

// files are the buckets whose objects' reads or writes are recorded.
func files(s *cloudtrail.GetEventSelectorsOutput) (names []string) {
	const objects = "AWS::S3::Object"
	of := func(arns []string) {
		for _, arn := range arns {
			// "arn:aws:s3" and "arn:aws:s3:::" stand for all buckets.
			bucket, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(arn, "arn:aws:s3"), ":::"), "/")
			names = append(names, cmp.Or(bucket, baseline.AllBuckets))
		}
	}
	for _, e := range s.EventSelectors {
		for _, d := range e.DataResources {
			if aws.ToString(d.Type) == objects {
				of(d.Values)
			}
		}
	}
	for _, e := range s.AdvancedEventSelectors {
		var arns []string
		about := false
		for _, f := range e.FieldSelectors {
			switch aws.ToString(f.Field) {
			case "resources.type":
				about = slices.Contains(f.Equals, objects)
			case "resources.ARN":
				arns = slices.Concat(f.Equals, f.StartsWith)
			}
		}
		if about && len(arns) == 0 {
			arns = []string{"arn:aws:s3"} // no bucket is named, or some are left out
		}
		if about {
			of(arns)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
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
		out, err := client.DescribeBudgets(ctx, &budgets.DescribeBudgetsInput{AccountId: &id, NextToken: token, ShowFilterExpression: aws.Bool(true)})
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
		out := baseline.Budget{Name: aws.ToString(b.BudgetName), Cost: b.BudgetType == budgettypes.BudgetTypeCost, Notifications: len(warnings),
			Part: !everything(b.FilterExpression)}
		for key := range b.CostFilters { //nolint:staticcheck // budgets made the old way have these
			out.Part = out.Part || key != "RecordType"
		}
		if b.TimePeriod != nil {
			out.Ends = aws.ToTime(b.TimePeriod.End)
		}
		found = append(found, out)
	}
	return found, nil
}

// everything reports whether a budget's filter leaves nothing out but kinds of entries, such as credits.
func everything(f *budgettypes.Expression) bool {
	if f == nil {
		return true
	}
	if f.Tags != nil || f.CostCategories != nil || f.Dimensions != nil && f.Dimensions.Key != budgettypes.DimensionRecordType || !everything(f.Not) {
		return false
	}
	part := func(g budgettypes.Expression) bool { return !everything(&g) }
	return !slices.ContainsFunc(f.And, part) && !slices.ContainsFunc(f.Or, part)
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
