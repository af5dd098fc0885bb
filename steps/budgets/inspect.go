package budgets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	"github.com/aws/aws-sdk-go-v2/service/budgets/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/steps"
	"awswizard/steps/mailtopic"
)

// inspect reads the budget and the anomaly detection of the management account. What AWS refuses is kept as a reason
// with the thing it concerns; only the end of ctx ends the look.
func inspect(ctx context.Context, env steps.Env) (State, error) {
	cfg, err := env.Config(here)
	if errors.Is(err, plan.ErrNoEntry) {
		return State{NoEntry: true}, nil
	}
	if err != nil {
		return State{}, fmt.Errorf("entering the management account: %w", err)
	}
	account, ok := env.Facts.Lookup(plan.AccountFact(plan.Management))
	if !ok {
		account = env.Caller.Account
	}
	var s State
	var wg beside.Group
	wg.Go(func() { s.Budget, s.Others, s.BudgetRefused = readBudgets(ctx, budgets.NewFromConfig(cfg), account) })
	anomalies := State{}
	wg.Go(func() { anomalies.readAnomalies(ctx, cfg) })
	wg.Go(func() {
		var err error
		if s.Topic, err = mailtopic.Read(ctx, sns.NewFromConfig(cfg), topicARN(account)); err != nil {
			s.TopicRefused = steps.RefusalOf(err)
		}
	})
	wg.Wait()
	s.CostExplorerClosed, s.AnomalyRefused = anomalies.CostExplorerClosed, anomalies.AnomalyRefused
	s.Monitor, s.Subscriptions = anomalies.Monitor, anomalies.Subscriptions
	s.tell(env)
	return s, ctx.Err()
}

// tell tells what was found.
func (s State) tell(env steps.Env) {
	budget, monitor := "none with our name", "none"
	switch {
	case s.BudgetRefused != nil:
		budget = "may not be looked at: " + s.BudgetRefused.Code
	case s.Budget != nil:
		budget = "$" + dollars(s.Budget.USD) + " a month"
	}
	switch {
	case s.CostExplorerClosed:
		monitor = "Cost Explorer was never opened"
	case s.AnomalyRefused != nil:
		monitor = "may not be looked at: " + s.AnomalyRefused.Code
	case s.Monitor != "":
		monitor = "there already"
	}
	env.Check("Budget", budget)
	env.Check("Watch for unusual costs", monitor)
}

// readBudgets reads the budgets whose names begin as ours do; the one of the whole organization is given by itself.
func readBudgets(ctx context.Context, client *budgets.Client, account string) (whole *Budget, others map[string]*Budget, refused *steps.Refusal) {
	pages := budgets.NewDescribeBudgetsPaginator(client, &budgets.DescribeBudgetsInput{AccountId: aws.String(account), ShowFilterExpression: aws.Bool(true)})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if isNotFound(err) {
			break
		}
		if err != nil {
			return nil, nil, steps.RefusalOf(err)
		}
		for _, found := range out.Budgets {
			name := aws.ToString(found.BudgetName)
			if name != budgetName && name != anySpendName && !strings.HasPrefix(name, budgetName+"-") {
				continue
			}
			b := compared(&found)
			b.Whole = asItWas(found)
			b.Notifications, b.Refused = readNotifications(ctx, client, account, name)
			if name == budgetName {
				whole = b
				continue
			}
			if others == nil {
				others = map[string]*Budget{}
			}
			others[name] = b
		}
	}
	return whole, others, nil
}

// asItWas is the budget as it can be written again.
func asItWas(b types.Budget) string {
	b.CalculatedSpend, b.LastUpdatedTime, b.HealthStatus = nil, nil, nil // what AWS tells and does not take
	return asJSON(b)
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "" // the SDK's structs always encode
	}
	return string(text)
}

// compared keeps of a budget what is compared.
func compared(b *types.Budget) *Budget {
	out := &Budget{MonthlyCost: b.BudgetType == types.BudgetTypeCost && b.TimeUnit == types.TimeUnitMonthly}
	out.Account, out.WithoutCredits = counts(b)
	if b.BudgetLimit != nil {
		// An amount that is no number differs from every answer, and so is changed.
		out.USD, _ = strconv.ParseFloat(aws.ToString(b.BudgetLimit.Amount), 64)
		out.Unit = aws.ToString(b.BudgetLimit.Unit)
	}
	return out
}

// counts tells of a budget which one account it counts, "" for all, and whether it counts everything there but credits and
// refunds; said in the new way (a filter) or the old one (cost types).
func counts(b *types.Budget) (account string, withoutCredits bool) {
	if f := b.FilterExpression; f != nil {
		if len(f.And) == 2 && f.And[0].Dimensions != nil && f.And[0].Dimensions.Key == types.DimensionLinkedAccount && len(f.And[0].Dimensions.Values) == 1 {
			account, f = f.And[0].Dimensions.Values[0], &f.And[1]
		}
		return account, f.Not != nil && f.Not.Dimensions != nil && f.Not.Dimensions.Key == types.DimensionRecordType &&
			len(f.Not.Dimensions.Values) == 2 && slices.Contains(f.Not.Dimensions.Values, "Credit") && slices.Contains(f.Not.Dimensions.Values, "Refund")
	}
	// Filled in by AWS for budgets made the old way; absent, both are counted.
	c := b.CostTypes
	return "", c != nil && len(b.CostFilters) == 0 &&
		c.IncludeCredit != nil && !*c.IncludeCredit && c.IncludeRefund != nil && !*c.IncludeRefund
}

func readNotifications(ctx context.Context, client *budgets.Client, account, name string) ([]Notification, *steps.Refusal) {
	var all []types.Notification
	pages := budgets.NewDescribeNotificationsForBudgetPaginator(client, &budgets.DescribeNotificationsForBudgetInput{
		AccountId: aws.String(account), BudgetName: aws.String(name)})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if isNotFound(err) {
			break // no notifications
		}
		if err != nil {
			return nil, steps.RefusalOf(err)
		}
		all = append(all, out.Notifications...)
	}
	found := make([]Notification, len(all))
	beside.Each(all, func(i int, n types.Notification) {
		one := Notification{Kind: string(n.NotificationType)}
		if n.ThresholdType == types.ThresholdTypeAbsoluteValue && n.ComparisonOperator == types.ComparisonOperatorGreaterThan {
			one.USD = n.Threshold
		}
		if n.ThresholdType != types.ThresholdTypeAbsoluteValue && n.ComparisonOperator == types.ComparisonOperatorGreaterThan {
			one.Percent = n.Threshold
		}
		one.Emails, one.Refused = readSubscribers(ctx, client, account, name, n)
		found[i] = one
	})
	return found, nil
}

func readSubscribers(ctx context.Context, client *budgets.Client, account, name string, n types.Notification) (emails []string, refused *steps.Refusal) {
	n.NotificationState = "" // not part of what names a notification
	pages := budgets.NewDescribeSubscribersForNotificationPaginator(client, &budgets.DescribeSubscribersForNotificationInput{
		AccountId: aws.String(account), BudgetName: aws.String(name), Notification: &n})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if isNotFound(err) {
			break // no subscribers
		}
		if err != nil {
			return nil, steps.RefusalOf(err)
		}
		for _, s := range out.Subscribers {
			if s.SubscriptionType == types.SubscriptionTypeEmail {
				emails = append(emails, aws.ToString(s.Address))
			}
		}
	}
	return emails, nil
}

func isNotFound(err error) bool {
	var none *types.NotFoundException
	return errors.As(err, &none)
}

func hasAddress(emails []string, address string) bool {
	return slices.ContainsFunc(emails, func(e string) bool { return strings.EqualFold(e, address) })
}
