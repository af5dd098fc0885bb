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
	"awswizard/steps"
)

// What AWS allows (AWS Budgets quotas).
const (
	mostNotifications = 5  // per budget
	mostEmails        = 10 // per notification
)

// alarm is one notification we want.
type alarm struct {
	kind    types.NotificationType
	percent float64 // of the limit
	usd     float64 // or in dollars, when percent is 0
}

func (al alarm) id() string {
	if al.usd > 0 {
		return strings.ToLower(string(al.kind)) + "-usd-" + dollars(al.usd)
	}
	return strings.ToLower(string(al.kind)) + "-" + dollars(al.percent)
}

func (al alarm) words() string {
	if al.kind == types.NotificationTypeForecasted {
		return "the month is forecast to pass " + dollars(al.percent) + " % of the limit"
	}
	if al.usd > 0 {
		return "more than $" + dollars(al.usd) + " is spent"
	}
	return dollars(al.percent) + " % of the limit is spent"
}

func (al alarm) notification() *types.Notification {
	if al.usd > 0 {
		return &types.Notification{NotificationType: al.kind, ComparisonOperator: types.ComparisonOperatorGreaterThan,
			Threshold: al.usd, ThresholdType: types.ThresholdTypeAbsoluteValue}
	}
	return &types.Notification{NotificationType: al.kind, ComparisonOperator: types.ComparisonOperatorGreaterThan,
		Threshold: al.percent, ThresholdType: types.ThresholdTypePercentage}
}

func (al alarm) is(n Notification) bool {
	return n.Kind == string(al.kind) && n.Percent == al.percent && n.USD == al.usd
}

// alarms are the notifications we want. A forecast needs about five weeks of history, so that one is silent at first.
func alarms() []alarm {
	return []alarm{{kind: types.NotificationTypeActual, percent: 50}, {kind: types.NotificationTypeActual, percent: 80},
		{kind: types.NotificationTypeActual, percent: 100}, {kind: types.NotificationTypeForecasted, percent: 100}}
}

func planned(s State, a answers.Answers, f plan.Facts) []plan.Item {
	if s.NoEntry {
		return []plan.Item{{Later: &plan.Later{ID: name + "/later/budget", Step: name, Title: "Set the monthly budget and the cost alarms",
			Why:        "Whoever is signed in now cannot enter the management account.",
			Operations: append([]string{"budgets:CreateBudget", "budgets:UpdateBudget", "budgets:CreateNotification", "budgets:CreateSubscriber"}, anomalyOperations(a)...),
			Places:     []plan.Place{here}, MostCalls: anomalyCalls(a) + len(goals(a, f))*(1+len(alarms())*mostEmails)}}}
	}
	return append(planBudgets(s, a, f), planAnomalies(s, a, f)...)
}

func planBudgets(s State, a answers.Answers, f plan.Facts) []plan.Item {
	var items []plan.Item
	if len(a.Budget.Notify) == 0 {
		items = append(items, plan.Item{Blocked: &plan.Blocked{ID: name + "/nobody", Step: name, What: "Nobody would hear of the cost",
			Why: "No e-mail address is given.", Next: "Write one under budget.notify in wizard.yaml."}})
	}
	if s.BudgetRefused != nil {
		return append(items, blocked("budget", "The budgets could not be looked at", s.BudgetRefused))
	}
	for _, g := range goals(a, f) {
		items = append(items, planBudget(g, s.of(g.name), a.Budget.Notify, f)...)
	}
	return items
}

func planBudget(g goal, b *Budget, notify []string, f plan.Facts) []plan.Item {
	if b == nil {
		return []plan.Item{{Call: createBudget(g, notify)}}
	}
	var items []plan.Item
	if what := differs(b, g, f); what != "" {
		items = append(items, plan.Item{Call: updateBudget(b, g, what)})
	}
	if b.Refused != nil {
		return append(items, blocked(strings.TrimSuffix("notifications/"+g.other(), "/"), "The notifications of the budget "+g.name+" could not be looked at", b.Refused))
	}
	if len(notify) == 0 {
		return items
	}
	return append(items, planNotifications(g, b, notify)...)
}

func budgetCall(c plan.Call) *plan.Call {
	c.Step, c.Lane, c.Where, c.IAMAction = name, lane, here, "budgets:ModifyBudget"
	return &c
}

func createBudget(g goal, to []string) *plan.Call {
	notify := slices.Clone(to)
	return budgetCall(plan.Call{
		ID: name + "/budget/" + g.name, Effect: plan.Creates,
		Title: fmt.Sprintf("Set a budget of $%s a month %s", dollars(g.usd), g.what), Why: g.why,
		Undo: "Delete the budget at any time.", Done: []string{"DuplicateRecordException"},
		Request: plan.To(budgets.NewFromConfig, (*budgets.Client).CreateBudget, func(f plan.Facts) *budgets.CreateBudgetInput {
			in := &budgets.CreateBudgetInput{AccountId: aws.String(f.AccountID(plan.Management)), Budget: g.wanted(f)}
			if len(notify) == 0 {
				return in
			}
			for _, al := range g.alarms {
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

// differs says in sentences how the budget differs from what is wanted; "" when it does not.
func differs(b *Budget, g goal, f plan.Facts) string {
	var what []string
	if b.USD != g.usd || b.Unit != "USD" {
		what = append(what, fmt.Sprintf("The limit goes from %s %s to %s USD", dollars(b.USD), b.Unit, dollars(g.usd)))
	}
	if !b.MonthlyCost {
		what = append(what, "It counts the cost of each month")
	}
	if id := f.AccountID(g.account); g.account != "" && b.Account != id || g.account == "" && b.Account != "" {
		what = append(what, "It counts "+strings.TrimPrefix(g.what, "for "))
	}
	if !b.WithoutCredits {
		what = append(what, "It leaves out credits and refunds, and nothing else, so that it also warns while credits pay")
	}
	return strings.Join(what, ". ")
}

func updateBudget(b *Budget, g goal, what string) *plan.Call {
	return budgetCall(plan.Call{
		ID: name + "/budget-change/" + g.name, Effect: plan.Changes,
		Title: "Change the budget " + g.name,
		Why:   "A budget of that name exists, and this is changed. " + what + ". AWS shows its spend as zero until it has counted again.",
		Undo:  fmt.Sprintf("Change it back: wizard undo does. Its limit was %s %s.", dollars(b.USD), b.Unit), Before: before("budget", b.Whole),
		Request: plan.To(budgets.NewFromConfig, (*budgets.Client).UpdateBudget, func(f plan.Facts) *budgets.UpdateBudgetInput {
			return &budgets.UpdateBudgetInput{AccountId: aws.String(f.AccountID(plan.Management)), NewBudget: g.wanted(f)}
		}),
	})
}

// planNotifications adds what the budget's notifications lack. What is there beyond it stays.
func planNotifications(g goal, b *Budget, notify []string) []plan.Item {
	var items []plan.Item
	var unread *steps.Refusal
	room := mostNotifications - len(b.Notifications)
	for _, al := range g.alarms {
		i := slices.IndexFunc(b.Notifications, al.is)
		switch {
		case i < 0 && room <= 0:
			items = append(items, plan.Item{Blocked: &plan.Blocked{ID: name + "/full/" + g.id(al), Step: name,
				What: "No mail when " + al.words(), Why: "The budget " + g.name + " has five notifications, which is all AWS allows.",
				Next: "Delete one that is not needed in the Billing console and start the wizard again."}})
		case i < 0:
			room--
			items = append(items, plan.Item{Call: createNotification(g, al, notify)})
		case b.Notifications[i].Refused != nil:
			unread = b.Notifications[i].Refused
		default:
			items = append(items, planSubscribers(g, al, b.Notifications[i].Emails, notify)...)
		}
	}
	if unread != nil {
		items = append(items, blocked(strings.TrimSuffix("subscribers/"+g.other(), "/"), "Who hears of the budget "+g.name+" could not be looked at", unread))
	}
	return items
}

func createNotification(g goal, al alarm, notify []string) *plan.Call {
	return budgetCall(plan.Call{
		ID: name + "/notification/" + g.id(al), Effect: plan.Creates,
		Title: "Send a mail when " + al.words() + " to " + strings.Join(notify, ", "),
		Why:   "The budget " + g.name + " exists but does not say so yet.",
		Undo:  "Delete the notification at any time.", Done: []string{"DuplicateRecordException"},
		Request: plan.To(budgets.NewFromConfig, (*budgets.Client).CreateNotification, func(f plan.Facts) *budgets.CreateNotificationInput {
			return &budgets.CreateNotificationInput{AccountId: aws.String(f.AccountID(plan.Management)), BudgetName: aws.String(g.name),
				Notification: al.notification(), Subscribers: subscribers(notify)}
		}),
	})
}

func planSubscribers(g goal, al alarm, have, notify []string) []plan.Item {
	var items []plan.Item
	room := mostEmails - len(have)
	for _, to := range notify {
		if hasAddress(have, to) {
			continue
		}
		if room--; room < 0 {
			items = append(items, plan.Item{Blocked: &plan.Blocked{ID: name + "/full/" + g.id(al) + "/" + to, Step: name,
				What: "No mail to " + to + " when " + al.words(), Why: "Ten addresses hear of it already, which is all AWS allows.",
				Next: "Use a mailing list, or delete an address in the Billing console."}})
			continue
		}
		items = append(items, plan.Item{Call: budgetCall(plan.Call{
			ID: name + "/subscriber/" + g.id(al) + "/" + to, Effect: plan.Creates,
			Title: "Send a mail to " + to + " too when " + al.words(), Why: "The notification exists; this address is not on it.",
			Undo: "Delete the address from the notification at any time.", Done: []string{"DuplicateRecordException"},
			Request: plan.To(budgets.NewFromConfig, (*budgets.Client).CreateSubscriber, func(f plan.Facts) *budgets.CreateSubscriberInput {
				return &budgets.CreateSubscriberInput{AccountId: aws.String(f.AccountID(plan.Management)), BudgetName: aws.String(g.name),
					Notification: al.notification(), Subscriber: &subscribers([]string{to})[0]}
			}),
		})})
	}
	return items
}

// blocked is an item for what could not be read: it costs only itself.
func blocked(id, what string, r *steps.Refusal) plan.Item {
	next := r.Next("Nothing was changed there. Start the wizard again: it looks once more.")
	if strings.Contains(r.Code, "AccessDenied") {
		next = "Sign in as somebody who may see the billing of the management account, and start the wizard again."
	}
	return plan.Item{Blocked: &plan.Blocked{ID: name + "/look/" + id, Step: name, What: what, Why: r.Why(plan.Facts{}), Next: next, Code: r.Code}}
}
