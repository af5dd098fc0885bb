package sandbox

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	"github.com/aws/aws-sdk-go-v2/service/budgets/types"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	cetypes "github.com/aws/aws-sdk-go-v2/service/costexplorer/types"
)

func costClients(t *testing.T) (*World, *budgets.Client, *costexplorer.Client, *string) {
	t.Helper()
	w, err := NewWorld(Fresh, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := New(w)
	cfg := aws.Config{Region: "us-east-1", Credentials: s.Credentials(), Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	s.Bind(&cfg)
	return w, budgets.NewFromConfig(cfg), costexplorer.NewFromConfig(cfg), aws.String(w.Principals[w.Login()].Account)
}

func mails(n int) []types.Subscriber {
	var out []types.Subscriber
	for i := range n {
		out = append(out, types.Subscriber{Address: aws.String("a" + strconv.Itoa(i) + "@acme.example"), SubscriptionType: types.SubscriptionTypeEmail})
	}
	return out
}

func at(percent float64) *types.Notification {
	return &types.Notification{NotificationType: types.NotificationTypeActual, ComparisonOperator: types.ComparisonOperatorGreaterThan, Threshold: percent}
}

func TestBudgetsLimits(t *testing.T) {
	w, c, _, account := costClients(t)
	w.Pace = 1
	ctx := context.Background()
	simple := func(name string) *types.Budget {
		return &types.Budget{BudgetName: aws.String(name), BudgetType: types.BudgetTypeCost, TimeUnit: types.TimeUnitMonthly,
			BudgetLimit: &types.Spend{Amount: aws.String("100"), Unit: aws.String("USD")}}
	}
	create := func(b *types.Budget, account *string) error {
		_, err := c.CreateBudget(ctx, &budgets.CreateBudgetInput{AccountId: account, Budget: b})
		return err
	}
	wantCode(t, "another account", create(simple("ours"), aws.String("999999999999")), "AccessDeniedException")
	mixed := simple("ours")
	mixed.Metrics, mixed.CostTypes = []types.Metric{types.MetricUnblendedCost}, &types.CostTypes{}
	wantCode(t, "both ways to say what is counted", create(mixed, account), "InvalidParameterException")
	wantCode(t, "a name with a colon", create(simple("a:b"), account), "InvalidParameterException")
	wantCode(t, "a good one", create(simple("ours"), account), "")
	wantCode(t, "the same again", create(simple("ours"), account), "DuplicateRecordException")

	notify := func(n *types.Notification, to []types.Subscriber) error {
		_, err := c.CreateNotification(ctx, &budgets.CreateNotificationInput{AccountId: account, BudgetName: aws.String("ours"), Notification: n, Subscribers: to})
		return err
	}
	wantCode(t, "eleven addresses", notify(at(10), mails(11)), "CreationLimitExceededException")
	for i := range 5 {
		wantCode(t, "one of five", notify(at(float64(10*(i+1))), mails(10)), "")
	}
	wantCode(t, "a sixth", notify(at(60), mails(1)), "CreationLimitExceededException")
	wantCode(t, "a second one like it", notify(at(50), mails(1)), "DuplicateRecordException")
	_, err := c.CreateSubscriber(ctx, &budgets.CreateSubscriberInput{AccountId: account, BudgetName: aws.String("ours"), Notification: at(50),
		Subscriber: &types.Subscriber{Address: aws.String("new@acme.example"), SubscriptionType: types.SubscriptionTypeEmail}})
	wantCode(t, "an eleventh address", err, "CreationLimitExceededException")

	one, err := c.DescribeBudget(ctx, &budgets.DescribeBudgetInput{AccountId: account, BudgetName: aws.String("ours")})
	if err != nil || one.Budget.CalculatedSpend != nil || !aws.ToBool(one.Budget.CostTypes.IncludeCredit) {
		t.Errorf("new, it knows no spend and counts credits: %+v, %v", one, err)
	}
	later := w.Clock.Add(12 * time.Hour)
	w.SetClock(func() time.Time { return later })
	if one, err = c.DescribeBudget(ctx, &budgets.DescribeBudgetInput{AccountId: account, BudgetName: aws.String("ours")}); err != nil || one.Budget.CalculatedSpend == nil {
		t.Errorf("half a day later it knows: %+v, %v", one, err)
	}
}

func TestAnomalyDetection(t *testing.T) {
	w, _, c, account := costClients(t)
	w.Pace = 1
	ctx := context.Background()
	_, err := c.GetAnomalyMonitors(ctx, &costexplorer.GetAnomalyMonitorsInput{})
	wantCode(t, "never opened", err, "AccessDeniedException")
	if err == nil || !strings.Contains(err.Error(), "User not enabled for cost explorer access") {
		t.Errorf("the message is %v", err)
	}
	w.OpenCostExplorer(*account)
	_, err = c.GetCostAndUsage(ctx, &costexplorer.GetCostAndUsageInput{Granularity: cetypes.GranularityMonthly, Metrics: []string{"UnblendedCost"},
		TimePeriod: &cetypes.DateInterval{Start: aws.String("2026-11-01"), End: aws.String("2026-12-01")}})
	wantCode(t, "just opened", err, "DataUnavailableException")
	out, err := c.GetAnomalyMonitors(ctx, &costexplorer.GetAnomalyMonitorsInput{})
	if err != nil || len(out.AnomalyMonitors) != 1 {
		t.Fatalf("AWS makes one monitor itself: %+v, %v", out, err)
	}
	monitor := out.AnomalyMonitors[0].MonitorArn
	_, err = c.CreateAnomalyMonitor(ctx, &costexplorer.CreateAnomalyMonitorInput{AnomalyMonitor: &cetypes.AnomalyMonitor{
		MonitorName: aws.String("second"), MonitorType: cetypes.MonitorTypeDimensional, MonitorDimension: cetypes.MonitorDimensionService}})
	wantCode(t, "a second one", err, "ValidationException")
	_, err = c.CreateAnomalySubscription(ctx, &costexplorer.CreateAnomalySubscriptionInput{AnomalySubscription: &cetypes.AnomalySubscription{
		SubscriptionName: aws.String("now"), Frequency: cetypes.AnomalySubscriptionFrequencyDaily, MonitorArnList: []string{*monitor}, Threshold: aws.Float64(10),
		Subscribers: []cetypes.Subscriber{{Type: cetypes.SubscriberTypeSns, Address: aws.String("arn:aws:sns:us-east-1:111122223333:costs")}}}})
	if wantCode(t, "daily to a topic", err, "ValidationException"); err == nil || !strings.Contains(err.Error(), "only support Email") {
		t.Errorf("the message is %v", err)
	}
	_, err = c.DeleteAnomalyMonitor(ctx, &costexplorer.DeleteAnomalyMonitorInput{MonitorArn: monitor})
	wantCode(t, "a monitor with subscriptions", err, "ValidationException")
}
