package export

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	budgettypes "github.com/aws/aws-sdk-go-v2/service/budgets/types"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	cetypes "github.com/aws/aws-sdk-go-v2/service/costexplorer/types"

	"awswizard/internal/plan"
)

const budgetsFile = "budgets.tf"

func costs(ctx context.Context, p *Project) error {
	cfg, err := p.Source.Config(plan.Place{Account: p.Source.Management, Region: "us-east-1"})
	if err != nil {
		return err
	}
	if err := p.unread("the budgets", budgetsOf(ctx, p, budgets.NewFromConfig(cfg))); err != nil {
		return err
	}
	return anomalies(ctx, p, costexplorer.NewFromConfig(cfg))
}

func budgetsOf(ctx context.Context, p *Project, client *budgets.Client) error {
	account := p.Source.Management
	list, err := all(ctx, budgets.NewDescribeBudgetsPaginator(client, &budgets.DescribeBudgetsInput{AccountId: &account}),
		func(o *budgets.DescribeBudgetsOutput) []budgettypes.Budget { return o.Budgets })
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b budgettypes.Budget) int {
		return strings.Compare(aws.ToString(a.BudgetName), aws.ToString(b.BudgetName))
	})
	for _, b := range list {
		name := aws.ToString(b.BudgetName)
		var body Body
		body.Set("name", Text(name))
		body.Set("budget_type", Text(string(b.BudgetType)))
		body.Set("time_unit", Text(string(b.TimeUnit)))
		switch {
		case b.AutoAdjustData != nil || b.BudgetLimit == nil:
			p.leave("the budget "+name, "its limit moves by itself")
			continue
		default:
			body.Set("limit_amount", Text(aws.ToString(b.BudgetLimit.Amount)))
			body.Set("limit_unit", Text(aws.ToString(b.BudgetLimit.Unit)))
		}
		if b.FilterExpression != nil || len(b.CostFilters) > 0 {
			p.leave("the budget "+name, "it counts a part of the costs only, and the provider does not know every such part")
			continue
		}
		if t := b.CostTypes; t != nil {
			body.costTypes(t)
		}
		if err := notifications(ctx, client, account, name, &body); err != nil {
			return err
		}
		p.add(Resource{Type: "aws_budgets_budget", Label: Label(name), File: budgetsFile, ID: account + ":" + name, Body: body,
			Note: "Every warning is written down: one that is missing here would be deleted."})
	}
	return nil
}

// costTypes writes what differs from AWS's defaults: everything counted, nothing blended or amortized.
func (b *Body) costTypes(t *budgettypes.CostTypes) {
	var types Body
	for _, f := range []struct {
		name  string
		value *bool
		usual bool
	}{
		{"include_credit", t.IncludeCredit, true}, {"include_discount", t.IncludeDiscount, true}, {"include_other_subscription", t.IncludeOtherSubscription, true},
		{"include_recurring", t.IncludeRecurring, true}, {"include_refund", t.IncludeRefund, true}, {"include_subscription", t.IncludeSubscription, true},
		{"include_support", t.IncludeSupport, true}, {"include_tax", t.IncludeTax, true}, {"include_upfront", t.IncludeUpfront, true},
		{"use_amortized", t.UseAmortized, false}, {"use_blended", t.UseBlended, false},
	} {
		if f.value != nil && *f.value != f.usual {
			types.Set(f.name, Bool(*f.value))
		}
	}
	if len(types) > 0 {
		b.Nest("cost_types", types)
	}
}

func notifications(ctx context.Context, client *budgets.Client, account, budget string, body *Body) error {
	list, err := all(ctx, budgets.NewDescribeNotificationsForBudgetPaginator(client, &budgets.DescribeNotificationsForBudgetInput{AccountId: &account, BudgetName: &budget}),
		func(o *budgets.DescribeNotificationsForBudgetOutput) []budgettypes.Notification {
			return o.Notifications
		})
	if err != nil && !absent(err, "NotFoundException") {
		return err
	}
	slices.SortFunc(list, func(a, b budgettypes.Notification) int {
		if c := strings.Compare(string(a.NotificationType), string(b.NotificationType)); c != 0 {
			return c
		}
		return int(a.Threshold - b.Threshold)
	})
	for _, n := range list {
		who, err := all(ctx, budgets.NewDescribeSubscribersForNotificationPaginator(client, &budgets.DescribeSubscribersForNotificationInput{AccountId: &account, BudgetName: &budget, Notification: &n}),
			func(o *budgets.DescribeSubscribersForNotificationOutput) []budgettypes.Subscriber {
				return o.Subscribers
			})
		if err != nil && !absent(err, "NotFoundException") {
			return err
		}
		var mails, topics []string
		for _, s := range who {
			if s.SubscriptionType == budgettypes.SubscriptionTypeSns {
				topics = append(topics, aws.ToString(s.Address))
			} else {
				mails = append(mails, aws.ToString(s.Address))
			}
		}
		slices.Sort(mails)
		slices.Sort(topics)
		kind := n.ThresholdType
		if kind == "" {
			kind = budgettypes.ThresholdTypePercentage
		}
		var block Body
		block.Set("notification_type", Text(string(n.NotificationType)))
		block.Set("comparison_operator", Text(string(n.ComparisonOperator)))
		block.Set("threshold", Number(n.Threshold))
		block.Set("threshold_type", Text(string(kind)))
		if len(mails) > 0 {
			block.Set("subscriber_email_addresses", Texts(mails))
		}
		if len(topics) > 0 {
			block.Set("subscriber_sns_topic_arns", Texts(topics))
		}
		body.Nest("notification", block)
	}
	return nil
}

func anomalies(ctx context.Context, p *Project, client *costexplorer.Client) error {
	monitors, err := all(ctx, costexplorer.NewGetAnomalyMonitorsPaginator(client, &costexplorer.GetAnomalyMonitorsInput{}),
		func(o *costexplorer.GetAnomalyMonitorsOutput) []cetypes.AnomalyMonitor { return o.AnomalyMonitors })
	if err != nil {
		return err
	}
	refs := map[string]string{}
	for _, m := range monitors {
		arn, name := aws.ToString(m.MonitorArn), aws.ToString(m.MonitorName)
		if m.MonitorType != cetypes.MonitorTypeDimensional || m.MonitorDimension != cetypes.MonitorDimensionService {
			p.leave("the anomaly monitor "+name, "the provider knows monitors by service only")
			continue
		}
		var body Body
		body.Set("name", Text(name))
		body.Set("monitor_type", Text(string(m.MonitorType)))
		body.Set("monitor_dimension", Text(string(m.MonitorDimension)))
		refs[arn] = p.add(Resource{Type: "aws_ce_anomaly_monitor", Label: Label(name), File: budgetsFile, ID: arn, Body: body}) + ".arn"
	}
	subscriptions, err := all(ctx, costexplorer.NewGetAnomalySubscriptionsPaginator(client, &costexplorer.GetAnomalySubscriptionsInput{}),
		func(o *costexplorer.GetAnomalySubscriptionsOutput) []cetypes.AnomalySubscription {
			return o.AnomalySubscriptions
		})
	if err != nil {
		return err
	}
	for _, s := range subscriptions {
		name := aws.ToString(s.SubscriptionName)
		threshold, simple := simpleThreshold(s.ThresholdExpression)
		if !simple {
			p.leave("the anomaly alert "+name, "its threshold is made of several conditions or of the old kind")
			continue
		}
		var body Body
		body.Set("name", Text(name))
		body.Set("frequency", Text(string(s.Frequency)))
		var arns []Value
		for _, m := range s.MonitorArnList {
			if ref, known := refs[m]; known {
				arns = append(arns, Ref(ref))
			} else {
				arns = append(arns, Text(m))
			}
		}
		body.Set("monitor_arn_list", List(arns...))
		for _, who := range s.Subscribers {
			var block Body
			block.Set("type", Text(string(who.Type)))
			block.Set("address", Text(aws.ToString(who.Address)))
			body.Nest("subscriber", block)
		}
		body.Nest("threshold_expression", threshold)
		p.add(Resource{Type: "aws_ce_anomaly_subscription", Label: Label(name), File: budgetsFile, ID: aws.ToString(s.SubscriptionArn), Body: body})
	}
	return nil
}

// simpleThreshold is a threshold of one dimension, with its values as AWS writes them: "20" and "20.0" differ here.
func simpleThreshold(e *cetypes.Expression) (Body, bool) {
	if e == nil || e.Dimensions == nil || len(e.And)+len(e.Or) > 0 || e.Not != nil || e.Tags != nil || e.CostCategories != nil {
		return nil, false
	}
	var options []string
	for _, o := range e.Dimensions.MatchOptions {
		options = append(options, string(o))
	}
	var dimension, block Body
	dimension.Set("key", Text(string(e.Dimensions.Key)))
	dimension.Set("match_options", Texts(options))
	dimension.Set("values", Texts(e.Dimensions.Values))
	block.Nest("dimension", dimension)
	return block, true
}
