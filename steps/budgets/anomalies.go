package budgets

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer/types"
	"github.com/aws/smithy-go"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// The names of the subscriptions that are ours to change: our own, and the one AWS makes for the e-mail address of the
// root user when Cost Explorer is opened, which stays silent below $100.
const (
	subscriptionName   = "wizard-anomalies"
	awsSubscription    = "Default-Services-Subscription"
	lookForMonitorEach = 20 * time.Second
)

// threshold: an anomaly is worth a mail from $20 on, or from $5 on when the cost is half as much again as expected.
func threshold() *types.Expression {
	over := func(key types.Dimension, value string) types.Expression {
		return types.Expression{Dimensions: &types.DimensionValues{Key: key, MatchOptions: []types.MatchOption{types.MatchOptionGreaterThanOrEqual}, Values: []string{value}}}
	}
	return &types.Expression{Or: []types.Expression{
		over(types.DimensionAnomalyTotalImpactAbsolute, "20"),
		{And: []types.Expression{over(types.DimensionAnomalyTotalImpactPercentage, "50"), over(types.DimensionAnomalyTotalImpactAbsolute, "5")}},
	}}
}

// leaves are the conditions of an expression, sorted; how AWS nests them in its reply does not matter.
func leaves(e *types.Expression) string {
	var all []string
	var walk func(*types.Expression)
	walk = func(e *types.Expression) {
		if e == nil {
			return
		}
		if e.Dimensions != nil {
			all = append(all, string(e.Dimensions.Key)+">="+strings.TrimSuffix(strings.Join(e.Dimensions.Values, "|"), ".0"))
		}
		walk(e.Not)
		for _, sub := range slices.Concat(e.And, e.Or) {
			walk(&sub)
		}
	}
	walk(e)
	slices.Sort(all)
	return strings.Join(all, ",")
}

// readAnomalies fills in what Cost Anomaly Detection has. Its reads are not those billed at $0.01 (GetCostAndUsage).
func (s *State) readAnomalies(ctx context.Context, cfg aws.Config) {
	client := costexplorer.NewFromConfig(cfg)
	var err error
	if s.Monitor, err = serviceMonitor(ctx, client); err != nil {
		if s.CostExplorerClosed = closed(err); !s.CostExplorerClosed {
			s.AnomalyRefused = steps.RefusalOf(err)
		}
		return
	}
	pages := costexplorer.NewGetAnomalySubscriptionsPaginator(client, &costexplorer.GetAnomalySubscriptionsInput{})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			s.AnomalyRefused = steps.RefusalOf(err)
			return
		}
		for _, found := range out.AnomalySubscriptions {
			one := Subscription{ARN: aws.ToString(found.SubscriptionArn), Name: aws.ToString(found.SubscriptionName), Frequency: string(found.Frequency),
				Monitors: found.MonitorArnList, Threshold: leaves(found.ThresholdExpression), Whole: asJSON(found)}
			for _, to := range found.Subscribers {
				if to.Type == types.SubscriberTypeEmail {
					one.Emails = append(one.Emails, aws.ToString(to.Address))
				} else {
					one.Topics = append(one.Topics, aws.ToString(to.Address))
				}
			}
			s.Subscriptions = append(s.Subscriptions, one)
		}
	}
}

// serviceMonitor finds the monitor of all AWS services, "" when there is none.
func serviceMonitor(ctx context.Context, client *costexplorer.Client) (arn string, err error) {
	pages := costexplorer.NewGetAnomalyMonitorsPaginator(client, &costexplorer.GetAnomalyMonitorsInput{})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return "", err
		}
		for _, m := range out.AnomalyMonitors {
			if m.MonitorType == types.MonitorTypeDimensional && m.MonitorDimension == types.MonitorDimensionService {
				return aws.ToString(m.MonitorArn), nil
			}
		}
	}
	return "", nil
}

// closed reports whether AWS says that Cost Explorer was never opened: AccessDeniedException "User not enabled for
// cost explorer access". The code alone is also that of a missing permission.
func closed(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && strings.Contains(strings.ToLower(api.ErrorMessage()), "not enabled for cost explorer")
}

func planAnomalies(s State, a answers.Answers, f plan.Facts) []plan.Item {
	switch {
	case len(a.Budget.Notify) == 0:
		return nil // said once, with the budget
	case s.CostExplorerClosed:
		return []plan.Item{{HandOff: openCostExplorer()}, anomaliesLater(a, "What is to do depends on what AWS makes itself when Cost Explorer is opened.")}
	case s.AnomalyRefused != nil && s.AnomalyRefused.Code == "DataUnavailableException":
		return []plan.Item{anomaliesLater(a, "Cost Explorer was opened a short time ago; AWS needs up to 24 hours to prepare it.")}
	case s.AnomalyRefused != nil:
		return []plan.Item{blocked("anomalies", "Cost Anomaly Detection could not be looked at", s.AnomalyRefused)}
	}
	var items []plan.Item
	var after []string
	monitor := s.Monitor
	if monitor == "" {
		c := createMonitor()
		items, after = append(items, plan.Item{Call: c}), []string{c.ID}
	}
	adopted, change := s.adopt(monitor, a.Budget.Notify)
	switch {
	case adopted == nil:
		items = append(items, plan.Item{Call: createSubscription(monitor, a.Budget.Notify, after)})
	case change:
		items = append(items, plan.Item{Call: updateSubscription(*adopted, monitor, a.Budget.Notify, after)})
	}
	return append(items, planImmediate(s, a, f, after)...)
}

// adopt finds the subscription that does the work. One made by hand counts as it is when all addresses hear of it;
// ours and the one AWS makes are brought up to date.
func (s State) adopt(monitor string, notify []string) (found *Subscription, change bool) {
	missing := func(sub Subscription) bool {
		return monitor == "" || !slices.Contains(sub.Monitors, monitor) ||
			slices.ContainsFunc(notify, func(to string) bool { return !hasAddress(sub.Emails, to) })
	}
	for _, sub := range s.Subscriptions {
		if sub.Name != subscriptionName && sub.Name != awsSubscription && !missing(sub) {
			return &sub, false
		}
	}
	for _, wanted := range []string{subscriptionName, awsSubscription} {
		for _, sub := range s.Subscriptions {
			if sub.Name == wanted {
				daily := sub.Frequency == string(types.AnomalySubscriptionFrequencyDaily)
				return &sub, missing(sub) || !daily || sub.Threshold != leaves(threshold())
			}
		}
	}
	return nil, false
}

func anomaliesLater(a answers.Answers, why string) plan.Item {
	return plan.Item{Later: &plan.Later{ID: name + "/later/anomalies", Step: name,
		Title: "Turn on Cost Anomaly Detection", Why: why,
		Operations: anomalyOperations(a), Places: []plan.Place{here}, MostCalls: anomalyCalls(a)}}
}

func openCostExplorer() *plan.HandOff {
	return &plan.HandOff{
		ID: costExplorerID, Step: name, Title: "Open Cost Explorer once",
		Why: "Cost Anomaly Detection is a part of Cost Explorer, and AWS lets only a person switch that on. It is free, and data shows up tomorrow.",
		URL: "https://console.aws.amazon.com/costmanagement/home#/cost-explorer",
		Clicks: []string{
			"Sign in to the management account and open the link.",
			"Press Launch Cost Explorer. If you see a chart or a note that data is being prepared, it is on already.",
		},
		Stuck: []string{
			"The page says you have no access: sign in as the root user, or let the root user switch on Activate IAM access under Account.",
			"It can take some minutes until AWS shows it as open; the wizard looks every 20 seconds.",
		},
		Poll: func(ctx context.Context, read plan.Reader, _ plan.Facts) (bool, map[string]string, error) {
			cfg, err := read(here)
			if err != nil {
				return false, nil, err
			}
			monitor, err := serviceMonitor(ctx, costexplorer.NewFromConfig(cfg))
			if closed(err) {
				return false, nil, nil
			}
			if err != nil {
				return false, nil, err
			}
			return true, map[string]string{monitorFact: monitor}, nil
		},
		Every: lookForMonitorEach, StandIn: "open-cost-explorer",
	}
}

func createMonitor() *plan.Call {
	return &plan.Call{
		ID: name + "/monitor/services", Step: name, Lane: lane, Where: here,
		Title:  "Watch the cost of every AWS service for anomalies",
		Why:    "AWS learns what each service usually costs and sees when one costs more, such as a forgotten server or a stolen key.",
		Effect: plan.Creates, Undo: "Delete the monitor at any time, its subscriptions first.", IAMAction: "ce:CreateAnomalyMonitor",
		Request: plan.To(costexplorer.NewFromConfig, (*costexplorer.Client).CreateAnomalyMonitor, func(plan.Facts) *costexplorer.CreateAnomalyMonitorInput {
			return &costexplorer.CreateAnomalyMonitorInput{AnomalyMonitor: &types.AnomalyMonitor{MonitorName: aws.String("wizard-services"),
				MonitorType: types.MonitorTypeDimensional, MonitorDimension: types.MonitorDimensionService}}
		}),
		Learn: plan.Learned(func(out *costexplorer.CreateAnomalyMonitorOutput) map[string]string {
			return map[string]string{monitorFact: aws.ToString(out.MonitorArn)}
		}),
	}
}

// watched is the monitor's ARN: the one found, or what its creation tells.
func watched(monitor string, f plan.Facts) string {
	if monitor != "" {
		return monitor
	}
	return f.Get(monitorFact)
}

func mailTo(emails []string) []types.Subscriber {
	var to []types.Subscriber
	for _, e := range emails {
		to = append(to, types.Subscriber{Address: aws.String(e), Type: types.SubscriberTypeEmail})
	}
	return to
}

func createSubscription(monitor string, notify, after []string) *plan.Call {
	return &plan.Call{
		ID: name + "/subscription/" + subscriptionName, Step: name, Lane: lane, After: after, Where: here,
		Title:  "Send a daily mail about anomalies to " + strings.Join(notify, ", "),
		Why:    "You hear of an unusual cost of $20 or more, or of $5 or more when it is 50 % above the usual.",
		Effect: plan.Creates, Undo: "Delete the subscription at any time.", IAMAction: "ce:CreateAnomalySubscription",
		Request: plan.To(costexplorer.NewFromConfig, (*costexplorer.Client).CreateAnomalySubscription, func(f plan.Facts) *costexplorer.CreateAnomalySubscriptionInput {
			return &costexplorer.CreateAnomalySubscriptionInput{AnomalySubscription: &types.AnomalySubscription{
				SubscriptionName: aws.String(subscriptionName), Frequency: types.AnomalySubscriptionFrequencyDaily,
				MonitorArnList: []string{watched(monitor, f)}, Subscribers: mailTo(notify), ThresholdExpression: threshold()}}
		}),
	}
}

func updateSubscription(sub Subscription, monitor string, notify, after []string) *plan.Call {
	emails := slices.Clone(sub.Emails)
	for _, to := range notify {
		if !hasAddress(emails, to) {
			emails = append(emails, to)
		}
	}
	return &plan.Call{
		ID: name + "/subscription-change/" + sub.Name, Step: name, Lane: lane, After: after, Where: here,
		Title:  "Change the anomaly mail " + sub.Name + " to reach " + strings.Join(notify, ", "),
		Why:    "It exists already. You then hear daily of an unusual cost of $20 or more, or of $5 or more when it is 50 % above the usual.",
		Effect: plan.Changes, Undo: sub.changeBack(), IAMAction: "ce:UpdateAnomalySubscription", Before: before("subscription", sub.Whole),
		Request: plan.To(costexplorer.NewFromConfig, (*costexplorer.Client).UpdateAnomalySubscription, func(f plan.Facts) *costexplorer.UpdateAnomalySubscriptionInput {
			monitors := slices.Clone(sub.Monitors)
			if on := watched(monitor, f); !slices.Contains(monitors, on) {
				monitors = append(monitors, on)
			}
			return &costexplorer.UpdateAnomalySubscriptionInput{SubscriptionArn: aws.String(sub.ARN), Frequency: types.AnomalySubscriptionFrequencyDaily,
				MonitorArnList: monitors, Subscribers: mailTo(emails), ThresholdExpression: threshold()}
		}),
	}
}

// changeBack says how a changed subscription is set back by hand.
func (sub Subscription) changeBack() string {
	undo := "Change it back: it went " + strings.ToLower(sub.Frequency) + " to " + strings.Join(append(slices.Clone(sub.Emails), sub.Topics...), ", ")
	if sub.Threshold != "" {
		undo += ", with the conditions " + sub.Threshold
	}
	return undo + "."
}

// before are the values a call replaces, where they are known.
func before(what, value string) map[string]string {
	if value == "" {
		return nil
	}
	return map[string]string{what: value}
}
