package export

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	budgettypes "github.com/aws/aws-sdk-go-v2/service/budgets/types"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"

	"awswizard/internal/order"
	"awswizard/internal/plan"
	"awswizard/steps"
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
	list, err := all(ctx, budgets.NewDescribeBudgetsPaginator(client, &budgets.DescribeBudgetsInput{AccountId: &account, ShowFilterExpression: aws.Bool(true)}),
		func(o *budgets.DescribeBudgetsOutput) []budgettypes.Budget { return o.Budgets })
	if err != nil {
		return err
	}
	order.By(list, func(a, b budgettypes.Budget) int {
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
		if !body.counted(b) {
			p.leave("the budget "+name, "what it counts is nested deeper than the provider can say")
			continue
		}
		if err := budgetTags(ctx, p, client, account, name, &body); err != nil {
			return err
		}
		if err := notifications(ctx, client, account, name, &body); err != nil {
			return err
		}
		p.add(Resource{Type: "aws_budgets_budget", Label: Label(name), File: budgetsFile, ID: account + ":" + name, Body: body,
			Note: "Every warning is written down: one that is missing here would be deleted."})
	}
	return nil
}

// counted writes which costs the budget counts: AWS's new way (filter_expression with metrics) or the old one (cost_filter
// with cost_types). It is false for an expression the provider has no blocks for.
func (b *Body) counted(of budgettypes.Budget) bool {
	if of.FilterExpression == nil && len(of.Metrics) == 0 {
		for _, name := range sortedKeys(of.CostFilters) {
			var filter Body
			filter.Set("name", Text(name))
			filter.Set("values", Texts(of.CostFilters[name]))
			b.Nest("cost_filter", filter)
		}
		if of.CostTypes != nil {
			b.costTypes(of.CostTypes)
		}
		return true
	}
	if len(of.Metrics) > 0 {
		var names []string
		for _, m := range of.Metrics {
			names = append(names, string(m))
		}
		b.Set("metrics", Texts(names))
	}
	if of.FilterExpression == nil {
		return true
	}
	filter, fits := budgetFilter(of.FilterExpression, budgetFilterDepth)
	if fits {
		b.Nest("filter_expression", filter)
	}
	return fits
}

// budgetFilterDepth is how deep the provider nests and, or and not.
const budgetFilterDepth = 2

// budgetFilter writes an expression with at most depth further expressions within each other.
func budgetFilter(e *budgettypes.Expression, depth int) (Body, bool) {
	var out Body
	for _, nested := range []struct {
		name  string
		parts []budgettypes.Expression
	}{{"and", e.And}, {"or", e.Or}, {"not", one(e.Not)}} {
		for _, part := range nested.parts {
			block, fits := budgetFilter(&part, depth-1)
			if !fits || depth == 0 {
				return nil, false
			}
			out.Nest(nested.name, block)
		}
	}
	if d := e.Dimensions; d != nil {
		out.Nest("dimensions", matching(string(d.Key), d.MatchOptions, d.Values))
	}
	if t := e.Tags; t != nil {
		out.Nest("tags", matching(aws.ToString(t.Key), t.MatchOptions, t.Values))
	}
	if c := e.CostCategories; c != nil {
		out.Nest("cost_categories", matching(aws.ToString(c.Key), c.MatchOptions, c.Values))
	}
	return out, true
}

// matching is one condition of an expression, its values as AWS writes them: "20" and "20.0" differ here.
func matching[O ~string](key string, options []O, values []string) Body {
	var block Body
	block.Some("key", key)
	if len(options) > 0 {
		var names []string
		for _, o := range options {
			names = append(names, string(o))
		}
		block.Set("match_options", Texts(names))
	}
	if len(values) > 0 {
		block.Set("values", Texts(values))
	}
	return block
}

// budgetTags adds the budget's tags.
func budgetTags(ctx context.Context, p *Project, client *budgets.Client, account, name string, body *Body) error {
	out, err := client.ListTagsForResource(ctx, &budgets.ListTagsForResourceInput{ResourceARN: aws.String("arn:aws:budgets::" + account + ":budget/" + name)})
	if err != nil {
		return p.unread("the tags of the budget "+name, err)
	}
	tags := map[string]string{}
	for _, t := range out.ResourceTags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	body.Tags(tags)
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
	if err != nil && !steps.Absent(err, "NotFoundException") {
		return err
	}
	order.By(list, func(a, b budgettypes.Notification) int {
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
		if err != nil && !steps.Absent(err, "NotFoundException") {
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
