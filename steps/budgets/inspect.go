package budgets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	"github.com/aws/aws-sdk-go-v2/service/budgets/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"awswizard/internal/plan"
	"awswizard/steps"
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
	var wg sync.WaitGroup
	wg.Go(func() { s.Budget, s.BudgetRefused = readBudget(ctx, budgets.NewFromConfig(cfg), account) })
	anomalies := State{}
	wg.Go(func() { anomalies.readAnomalies(ctx, cfg) })
	wg.Wait()
	s.CostExplorerClosed, s.AnomalyRefused = anomalies.CostExplorerClosed, anomalies.AnomalyRefused
	s.Monitor, s.Subscriptions = anomalies.Monitor, anomalies.Subscriptions
	return s, ctx.Err()
}

func readBudget(ctx context.Context, client *budgets.Client, account string) (*Budget, *Refusal) {
	var found *types.Budget
	pages := budgets.NewDescribeBudgetsPaginator(client, &budgets.DescribeBudgetsInput{AccountId: aws.String(account), ShowFilterExpression: aws.Bool(true)})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if isNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, refusal(err)
		}
		for _, b := range out.Budgets {
			if aws.ToString(b.BudgetName) == budgetName {
				found = &b
			}
		}
	}
	if found == nil {
		return nil, nil
	}
	b := compared(found)
	b.Whole = asItWas(*found)
	b.Notifications, b.Refused = readNotifications(ctx, client, account)
	return b, nil
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
	out := &Budget{MonthlyCost: b.BudgetType == types.BudgetTypeCost && b.TimeUnit == types.TimeUnitMonthly, WithoutCredits: withoutCredits(b)}
	if b.BudgetLimit != nil {
		// An amount that is no number differs from every answer, and so is changed.
		out.USD, _ = strconv.ParseFloat(aws.ToString(b.BudgetLimit.Amount), 64)
		out.Unit = aws.ToString(b.BudgetLimit.Unit)
	}
	return out
}

// withoutCredits reports whether the budget counts everything but credits and refunds, said in the new way (a filter)
// or the old one (cost types).
func withoutCredits(b *types.Budget) bool {
	if f := b.FilterExpression; f != nil {
		return f.Not != nil && f.Not.Dimensions != nil && f.Not.Dimensions.Key == types.DimensionRecordType &&
			len(f.Not.Dimensions.Values) == 2 && slices.Contains(f.Not.Dimensions.Values, "Credit") && slices.Contains(f.Not.Dimensions.Values, "Refund")
	}
	// Filled in by AWS for budgets made the old way; absent, both are counted.
	c := b.CostTypes
	return c != nil && len(b.CostFilters) == 0 &&
		c.IncludeCredit != nil && !*c.IncludeCredit && c.IncludeRefund != nil && !*c.IncludeRefund
}

func readNotifications(ctx context.Context, client *budgets.Client, account string) ([]Notification, *Refusal) {
	var all []types.Notification
	pages := budgets.NewDescribeNotificationsForBudgetPaginator(client, &budgets.DescribeNotificationsForBudgetInput{
		AccountId: aws.String(account), BudgetName: aws.String(budgetName)})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if isNotFound(err) {
			break // no notifications
		}
		if err != nil {
			return nil, refusal(err)
		}
		all = append(all, out.Notifications...)
	}
	var found []Notification
	for _, n := range all {
		one := Notification{Kind: string(n.NotificationType)}
		if n.ThresholdType != types.ThresholdTypeAbsoluteValue && n.ComparisonOperator == types.ComparisonOperatorGreaterThan {
			one.Percent = n.Threshold
		}
		one.Emails, one.Refused = readSubscribers(ctx, client, account, n)
		found = append(found, one)
	}
	return found, nil
}

func readSubscribers(ctx context.Context, client *budgets.Client, account string, n types.Notification) (emails []string, refused *Refusal) {
	n.NotificationState = "" // not part of what names a notification
	pages := budgets.NewDescribeSubscribersForNotificationPaginator(client, &budgets.DescribeSubscribersForNotificationInput{
		AccountId: aws.String(account), BudgetName: aws.String(budgetName), Notification: &n})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if isNotFound(err) {
			break // no subscribers
		}
		if err != nil {
			return nil, refusal(err)
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

// refusal keeps of an error what a founder or the support can use.
func refusal(err error) *Refusal {
	var api smithy.APIError
	if errors.As(err, &api) {
		return &Refusal{Code: api.ErrorCode(), Message: api.ErrorMessage()}
	}
	// An answer that is no AWS error, such as a page of a proxy.
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) {
		return &Refusal{Message: fmt.Sprintf("HTTP status %d, with a text that does not come from AWS's programs", answer.HTTPStatusCode())}
	}
	return &Refusal{Message: err.Error()}
}

func hasAddress(emails []string, address string) bool {
	return slices.ContainsFunc(emails, func(e string) bool { return strings.EqualFold(e, address) })
}
