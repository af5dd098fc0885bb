package budgets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	"github.com/aws/aws-sdk-go-v2/service/budgets/types"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
)

// What AWS allows (AWS Budgets quotas).
const (
	mostNotifications = 5  // per budget
	mostEmails        = 10 // per notification
)

// alarm is one notification we want.
type alarm struct {
	kind    types.NotificationType
	percent float64
}

func (al alarm) id() string { return strings.ToLower(string(al.kind)) + "-" + dollars(al.percent) }

func (al alarm) words() string {
	if al.kind == types.NotificationTypeForecasted {
		return "the month is forecast to pass " + dollars(al.percent) + " % of the limit"
	}
	return dollars(al.percent) + " % of the limit is spent"
}

func (al alarm) notification() *types.Notification {
	return &types.Notification{NotificationType: al.kind, ComparisonOperator: types.ComparisonOperatorGreaterThan,
		Threshold: al.percent, ThresholdType: types.ThresholdTypePercentage}
}

func (al alarm) is(n Notification) bool { return n.Kind == string(al.kind) && n.Percent == al.percent }

// alarms are the notifications we want. A forecast needs about five weeks of history, so that one is silent at first.
func alarms() []alarm {
	return []alarm{{types.NotificationTypeActual, 50}, {types.NotificationTypeActual, 80}, {types.NotificationTypeActual, 100},
		{types.NotificationTypeForecasted, 100}}
}

func planned(s State, a answers.Answers, f plan.Facts) []plan.Item {
	if s.NoEntry {
		return []plan.Item{{Later: &plan.Later{ID: name + "/later/budget", Step: name, Title: "Set the monthly budget and the cost alarms",
			Why:        "Whoever is signed in now cannot enter the management account.",
			Operations: []string{"budgets:CreateBudget", "budgets:UpdateBudget", "budgets:CreateNotification", "budgets:CreateSubscriber", "costexplorer:CreateAnomalyMonitor", "costexplorer:CreateAnomalySubscription", "costexplorer:UpdateAnomalySubscription"},
			Places:     []plan.Place{here}, MostCalls: 3 + len(alarms())*mostEmails}}}
	}
	return append(planBudget(s, a), planAnomalies(s, a)...)
}

func planBudget(s State, a answers.Answers) []plan.Item {
	var items []plan.Item
	notify := a.Budget.Notify
	if len(notify) == 0 {
		items = append(items, plan.Item{Blocked: &plan.Blocked{ID: name + "/nobody", Step: name, What: "Nobody would hear of the cost",
			Why: "No e-mail address is given.", Next: "Write one under budget.notify in wizard.yaml."}})
	}
	b := s.Budget
	switch {
	case s.BudgetRefused != nil:
		return append(items, blocked("budget", "The budgets could not be looked at", s.BudgetRefused))
	case b == nil:
		return append(items, plan.Item{Call: createBudget(a)})
	}
	if what := differs(b, a); what != "" {
		items = append(items, plan.Item{Call: updateBudget(b, a, what)})
	}
	if b.Refused != nil {
		return append(items, blocked("notifications", "The notifications of the budget "+budgetName+" could not be looked at", b.Refused))
	}
	if len(notify) == 0 {
		return items
	}
	return append(items, planNotifications(b, notify)...)
}

// wanted is the budget as it should be. FilterExpression and Metrics are the new way to say what is counted; AWS
// refuses them together with CostTypes.
func wanted(usd float64) *types.Budget {
	return &types.Budget{
		BudgetName: aws.String(budgetName), BudgetType: types.BudgetTypeCost, TimeUnit: types.TimeUnitMonthly,
		BudgetLimit: &types.Spend{Amount: aws.String(dollars(usd)), Unit: aws.String("USD")},
		Metrics:     []types.Metric{types.MetricUnblendedCost},
		FilterExpression: &types.Expression{Not: &types.Expression{Dimensions: &types.ExpressionDimensionValues{
			Key: types.DimensionRecordType, Values: []string{"Credit", "Refund"}}}},
	}
}

func budgetCall(c plan.Call) *plan.Call {
	c.Step, c.Lane, c.Where, c.IAMAction = name, lane, here, "budgets:ModifyBudget"
	return &c
}

func createBudget(a answers.Answers) *plan.Call {
	usd, notify := a.Budget.MonthlyUSD, slices.Clone(a.Budget.Notify)
	return budgetCall(plan.Call{
		ID: name + "/budget/" + budgetName, Effect: plan.Creates,
		Title: fmt.Sprintf("Set a budget of $%s a month for the whole organization", dollars(usd)),
		Why:   "You get an e-mail at 50, 80 and 100 % of it, and when the month is forecast to pass it. It only warns. Credits and refunds are left out of the count, so that it also warns while credits pay.",
		Undo:  "Delete the budget at any time.", Done: []string{"DuplicateRecordException"},
		Request: plan.To(budgets.NewFromConfig, (*budgets.Client).CreateBudget, func(f plan.Facts) *budgets.CreateBudgetInput {
			in := &budgets.CreateBudgetInput{AccountId: aws.String(f.AccountID(plan.Management)), Budget: wanted(usd)}
			if len(notify) == 0 {
				return in
			}
			for _, al := range alarms() {
				in.NotificationsWithSubscribers = append(in.NotificationsWithSubscribers,
					types.NotificationWithSubscribers{Notification: al.notification(), Subscribers: subscribers(notify)})
			}
			return in
		}),
	})
}

func subscribers(emails []string) []types.Subscriber {
	var to []types.Subscriber
	for _, e := range emails {
		to = append(to, types.Subscriber{Address: aws.String(e), SubscriptionType: types.SubscriptionTypeEmail})
	}
	return to
}

// differs says in words how the budget differs from what is wanted; "" when it does not.
func differs(b *Budget, a answers.Answers) string {
	var what []string
	if b.USD != a.Budget.MonthlyUSD || b.Unit != "USD" {
		what = append(what, fmt.Sprintf("the limit goes from %s %s to %s USD", dollars(b.USD), b.Unit, dollars(a.Budget.MonthlyUSD)))
	}
	if !b.MonthlyCost {
		what = append(what, "it counts the cost of each month")
	}
	if !b.WithoutCredits {
		what = append(what, "it leaves out credits and refunds, and nothing else, so that it also warns while credits pay")
	}
	return strings.Join(what, "; ")
}

func updateBudget(b *Budget, a answers.Answers, what string) *plan.Call {
	usd := a.Budget.MonthlyUSD
	return budgetCall(plan.Call{
		ID: name + "/budget-change/" + budgetName, Effect: plan.Changes,
		Title: "Change the budget " + budgetName,
		Why:   "A budget of that name exists, and this is changed: " + what + ". AWS shows its spend as zero until it has counted again.",
		Undo:  fmt.Sprintf("Change it back: wizard undo does. Its limit was %s %s.", dollars(b.USD), b.Unit), Before: before("budget", b.Whole),
		Request: plan.To(budgets.NewFromConfig, (*budgets.Client).UpdateBudget, func(f plan.Facts) *budgets.UpdateBudgetInput {
			return &budgets.UpdateBudgetInput{AccountId: aws.String(f.AccountID(plan.Management)), NewBudget: wanted(usd)}
		}),
	})
}

// planNotifications adds what the budget's notifications lack. What is there beyond it stays.
func planNotifications(b *Budget, notify []string) []plan.Item {
	var items []plan.Item
	var unread *Refusal
	room := mostNotifications - len(b.Notifications)
	for _, al := range alarms() {
		i := slices.IndexFunc(b.Notifications, al.is)
		switch {
		case i < 0 && room <= 0:
			items = append(items, plan.Item{Blocked: &plan.Blocked{ID: name + "/full/" + al.id(), Step: name,
				What: "No mail when " + al.words(), Why: "The budget " + budgetName + " has five notifications, which is all AWS allows.",
				Next: "Delete one that is not needed in the Billing console and start the wizard again."}})
		case i < 0:
			room--
			items = append(items, plan.Item{Call: createNotification(al, notify)})
		case b.Notifications[i].Refused != nil:
			unread = b.Notifications[i].Refused
		default:
			items = append(items, planSubscribers(al, b.Notifications[i].Emails, notify)...)
		}
	}
	if unread != nil {
		items = append(items, blocked("subscribers", "Who hears of the budget "+budgetName+" could not be looked at", unread))
	}
	return items
}

func createNotification(al alarm, notify []string) *plan.Call {
	return budgetCall(plan.Call{
		ID: name + "/notification/" + al.id(), Effect: plan.Creates,
		Title: "Send a mail when " + al.words() + " to " + strings.Join(notify, ", "),
		Why:   "The budget " + budgetName + " exists but does not say so yet.",
		Undo:  "Delete the notification at any time.", Done: []string{"DuplicateRecordException"},
		Request: plan.To(budgets.NewFromConfig, (*budgets.Client).CreateNotification, func(f plan.Facts) *budgets.CreateNotificationInput {
			return &budgets.CreateNotificationInput{AccountId: aws.String(f.AccountID(plan.Management)), BudgetName: aws.String(budgetName),
				Notification: al.notification(), Subscribers: subscribers(notify)}
		}),
	})
}

func planSubscribers(al alarm, have, notify []string) []plan.Item {
	var items []plan.Item
	room := mostEmails - len(have)
	for _, to := range notify {
		if hasAddress(have, to) {
			continue
		}
		if room--; room < 0 {
			items = append(items, plan.Item{Blocked: &plan.Blocked{ID: name + "/full/" + al.id() + "/" + to, Step: name,
				What: "No mail to " + to + " when " + al.words(), Why: "Ten addresses hear of it already, which is all AWS allows.",
				Next: "Use a mailing list, or delete an address in the Billing console."}})
			continue
		}
		items = append(items, plan.Item{Call: budgetCall(plan.Call{
			ID: name + "/subscriber/" + al.id() + "/" + to, Effect: plan.Creates,
			Title: "Send a mail to " + to + " too when " + al.words(), Why: "The notification exists; this address is not on it.",
			Undo: "Delete the address from the notification at any time.", Done: []string{"DuplicateRecordException"},
			Request: plan.To(budgets.NewFromConfig, (*budgets.Client).CreateSubscriber, func(f plan.Facts) *budgets.CreateSubscriberInput {
				return &budgets.CreateSubscriberInput{AccountId: aws.String(f.AccountID(plan.Management)), BudgetName: aws.String(budgetName),
					Notification: al.notification(), Subscriber: &subscribers([]string{to})[0]}
			}),
		})})
	}
	return items
}

// blocked is an item for what could not be read: it costs only itself.
func blocked(id, what string, r *Refusal) plan.Item {
	why, next := "AWS answered: "+r.Message, "Nothing was changed there. Start the wizard again: it looks once more."
	if r.Message == "" {
		why = "AWS answered " + r.Code + "."
	}
	if strings.Contains(r.Code, "AccessDenied") {
		next = "Sign in as somebody who may see the billing of the management account, and start the wizard again."
	}
	return plan.Item{Blocked: &plan.Blocked{ID: name + "/look/" + id, Step: name, What: what, Why: why, Next: next, Code: r.Code}}
}
