package budgets

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	"github.com/aws/aws-sdk-go-v2/service/budgets/types"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// What is already gone needs no deleting.
var goneRecord = []string{"NotFoundException"}

// undone plans the way back: what the wizard made is deleted, and what was there before stays.
func undone(s State, a answers.Answers, f plan.Facts, made steps.Made) []plan.Item {
	if s.NoEntry {
		if !made.Under(name + "/") {
			return nil
		}
		return []plan.Item{{Later: &plan.Later{ID: name + "/undo/later", Step: name, Title: "Take back the budget and the cost alarms",
			Why: "Whoever is signed in now cannot enter the management account.",
			Operations: []string{"budgets:DeleteBudget", "budgets:UpdateBudget", "budgets:DeleteNotification", "budgets:DeleteSubscriber",
				"costexplorer:DeleteAnomalySubscription", "costexplorer:UpdateAnomalySubscription", "costexplorer:DeleteAnomalyMonitor", "sns:DeleteTopic", "sns:SetTopicAttributes"},
			Places: []plan.Place{here}, MostCalls: 4 + len(goals(a, f))*(1+len(alarms())*mostEmails)}}}
	}
	return append(undoBudgets(s, a, f, made), undoAnomalies(s, made)...)
}

// did gives the call that was made under an id, when it was this operation.
func did(made steps.Made, id, operation string) (steps.MadeCall, bool) {
	return made.Done(name+"/"+id, operation)
}

// madeIn are the ids of what was made under any of these beginnings.
func madeIn(made steps.Made, beginnings ...string) (ids []string) {
	for _, id := range slices.Sorted(maps.Keys(made)) {
		if slices.ContainsFunc(beginnings, func(b string) bool {
			return strings.HasPrefix(id+"/", name+"/"+b+"/") || strings.HasPrefix(id, name+"/"+b+"-change/")
		}) {
			ids = append(ids, id)
		}
	}
	return ids
}

// unlessChanged is steps.UnlessChanged on a call of this step.
func unlessChanged(c *plan.Call, changes []string) plan.Item {
	call := steps.UnlessChanged(*c, changes)
	return plan.Item{Call: &call}
}

// stays is what does not go now; adopted is what was there before, and stays on purpose.
func stays(id string, adopted bool, what, why, next string) plan.Item {
	return plan.Item{Blocked: &plan.Blocked{ID: name + "/undo/" + id, Step: name, What: what, Why: why, Next: next, Kept: adopted}}
}

const again = "Start the wizard again: it makes it anew."

// undoBudgets goes through the budgets that are wanted or were made: an answer may have changed since.
func undoBudgets(s State, a answers.Answers, f plan.Facts, made steps.Made) []plan.Item {
	if s.BudgetRefused != nil {
		if made.Under(name+"/budget") || made.Under(name+"/notification/") || made.Under(name+"/subscriber/") {
			return []plan.Item{blocked("undo-budget", "The budgets could not be looked at, so they stay for now", s.BudgetRefused)}
		}
		return nil
	}
	all := goals(a, f)
	for _, id := range madeIn(made, "budget") {
		called := id[strings.LastIndex(id, "/")+1:]
		if !slices.ContainsFunc(all, func(g goal) bool { return g.name == called }) {
			all = append(all, goal{name: called, alarms: alarms()})
		}
	}
	var items []plan.Item
	for _, g := range all {
		if b := s.of(g.name); b != nil {
			items = append(items, undoBudget(g, b, made)...)
		}
	}
	return items
}

func undoBudget(g goal, b *Budget, made steps.Made) []plan.Item {
	create, ours := did(made, "budget/"+g.name, "CreateBudget")
	if !ours {
		return undoInAdopted(g, b, made)
	}
	takes := append([]string{name + "/budget/" + g.name}, madeIn(made, "budget-change/"+g.name)...)
	for _, al := range g.alarms {
		takes = append(takes, madeIn(made, "notification/"+g.id(al), "subscriber/"+g.id(al))...)
	}
	return []plan.Item{unlessChanged(budgetCall(plan.Call{
		ID: name + "/undo/budget/" + g.name, Effect: plan.Deletes, Title: "Delete the budget " + g.name,
		Why:  "The wizard made it on " + create.Day() + ". Nobody gets its mails any more.",
		Undo: again, Done: goneRecord, TakesBack: takes,
		Request: plan.To(budgets.NewFromConfig, (*budgets.Client).DeleteBudget, func(f plan.Facts) *budgets.DeleteBudgetInput {
			return &budgets.DeleteBudgetInput{AccountId: aws.String(f.AccountID(plan.Management)), BudgetName: aws.String(g.name)}
		}),
	}), budgetChanges(g, b, made))}
}

// madeBudget is as much of the budgets' requests as the way back looks at.
type madeBudget struct {
	Budget, NewBudget struct {
		BudgetLimit struct{ Amount string }
	}
	NotificationsWithSubscribers []struct{ Subscribers []struct{ Address string } }
	Subscribers                  []struct{ Address string }
	Subscriber                   struct{ Address string }
}

// budgetChanges says in words what somebody changed of the budget since the wizard made it.
func budgetChanges(g goal, b *Budget, made steps.Made) []string {
	limit, last := "", time.Time{}
	var to []string
	for id, m := range made {
		if !strings.HasPrefix(id, name+"/") {
			continue
		}
		in := steps.Input[madeBudget](m)
		if amount := in.Budget.BudgetLimit.Amount + in.NewBudget.BudgetLimit.Amount; strings.HasSuffix(id, "/"+g.name) && amount != "" && m.Time.After(last) {
			limit, last = amount, m.Time
		}
		for _, n := range in.NotificationsWithSubscribers {
			for _, s := range n.Subscribers {
				to = append(to, s.Address)
			}
		}
		for _, s := range append(in.Subscribers, in.Subscriber) {
			to = append(to, s.Address)
		}
	}
	var what []string
	if usd, err := strconv.ParseFloat(limit, 64); err == nil && usd != b.USD {
		what = append(what, fmt.Sprintf("its limit is $%s, and was $%s", dollars(b.USD), dollars(usd)))
	}
	if !b.MonthlyCost || !b.WithoutCredits {
		what = append(what, "it counts something else")
	}
	return append(what, strangers(b.Notifications, to)...)
}

// strangers names the addresses that hear of something and were not put there by the wizard.
func strangers(all []Notification, ours []string) []string {
	var who []string
	for _, n := range all {
		for _, e := range n.Emails {
			if !hasAddress(ours, e) && !hasAddress(who, e) {
				who = append(who, e)
			}
		}
	}
	if len(who) == 0 {
		return nil
	}
	return []string{strings.Join(who, ", ") + " was added to its mails"}
}

// undoInAdopted takes the wizard's mails out of a budget that was there before; the budget stays.
func undoInAdopted(g goal, b *Budget, made steps.Made) []plan.Item {
	var items []plan.Item
	if m, ok := did(made, "budget-change/"+g.name, "UpdateBudget"); ok {
		items = append(items, restoreBudget(g, b, m)...)
	}
	if b.Refused != nil && (made.Under(name+"/notification/") || made.Under(name+"/subscriber/")) {
		return append(items, blocked("undo-notifications", "The notifications of the budget "+g.name+" could not be looked at, so they stay for now", b.Refused))
	}
	for _, al := range g.alarms {
		i := slices.IndexFunc(b.Notifications, al.is)
		if i < 0 {
			continue
		}
		n := b.Notifications[i]
		if m, ok := did(made, "notification/"+g.id(al), "CreateNotification"); ok {
			items = append(items, deleteNotification(g, al, n, m, made))
			continue
		}
		for _, to := range n.Emails {
			if _, ok := did(made, "subscriber/"+g.id(al)+"/"+to, "CreateSubscriber"); ok {
				items = append(items, plan.Item{Call: deleteSubscriber(g, al, to)})
			}
		}
	}
	return items
}

// restoreBudget sets a budget that was there before back as it was.
func restoreBudget(g goal, b *Budget, m steps.MadeCall) []plan.Item {
	var was types.Budget
	if json.Unmarshal([]byte(m.Before["budget"]), &was) != nil {
		return []plan.Item{stays("adopted-budget", true, "The budget "+g.name+" stays, with the limit of $"+dollars(b.USD)+".",
			"It was there before, and how it was is not known any more. The wizard changed it on "+m.Day()+".",
			"Change it back, or delete it, in the Billing console: https://console.aws.amazon.com/costmanagement/home#/budgets")}
	}
	if b.Whole == m.Before["budget"] {
		return nil
	}
	old := compared(&was)
	var since []string
	if set, err := strconv.ParseFloat(steps.Input[madeBudget](m).NewBudget.BudgetLimit.Amount, 64); err == nil && set != b.USD {
		since = append(since, fmt.Sprintf("its limit is $%s, and was $%s", dollars(b.USD), dollars(set)))
	}
	return []plan.Item{unlessChanged(budgetCall(plan.Call{
		ID: name + "/undo/budget-change/" + g.name, Effect: plan.Changes,
		Title: "Set the budget " + g.name + " back as it was, to " + dollars(old.USD) + " " + old.Unit,
		Why:   "It was there before the wizard, which changed it on " + m.Day() + ". AWS shows its spend as zero until it has counted again.",
		Undo:  "Start the wizard again: it changes the budget again.", TakesBack: []string{name + "/budget-change/" + g.name},
		Request: plan.To(budgets.NewFromConfig, (*budgets.Client).UpdateBudget, func(f plan.Facts) *budgets.UpdateBudgetInput {
			return &budgets.UpdateBudgetInput{AccountId: aws.String(f.AccountID(plan.Management)), NewBudget: &was}
		}),
	}), since)}
}

func deleteNotification(g goal, al alarm, n Notification, m steps.MadeCall, made steps.Made) plan.Item {
	var ours []string
	for _, s := range steps.Input[madeBudget](m).Subscribers {
		ours = append(ours, s.Address)
	}
	for id := range made {
		if to, ok := strings.CutPrefix(id, name+"/subscriber/"+g.id(al)+"/"); ok {
			ours = append(ours, to)
		}
	}
	return unlessChanged(budgetCall(plan.Call{
		ID: name + "/undo/notification/" + g.id(al), Effect: plan.Deletes, Title: "Send no mail any more when " + al.words(),
		Why: "The wizard added it to the budget " + g.name + ", which stays.", Undo: again, Done: goneRecord,
		TakesBack: madeIn(made, "notification/"+g.id(al), "subscriber/"+g.id(al)),
		Request: plan.To(budgets.NewFromConfig, (*budgets.Client).DeleteNotification, func(f plan.Facts) *budgets.DeleteNotificationInput {
			return &budgets.DeleteNotificationInput{AccountId: aws.String(f.AccountID(plan.Management)), BudgetName: aws.String(g.name), Notification: al.notification()}
		}),
	}), strangers([]Notification{n}, ours))
}

func deleteSubscriber(g goal, al alarm, to string) *plan.Call {
	return budgetCall(plan.Call{
		ID: name + "/undo/subscriber/" + g.id(al) + "/" + to, Effect: plan.Deletes, Title: "Send no mail to " + to + " any more when " + al.words(),
		Why: "The wizard added this address to a notification that was there before.", Undo: again, Done: goneRecord,
		TakesBack: []string{name + "/subscriber/" + g.id(al) + "/" + to},
		Request: plan.To(budgets.NewFromConfig, (*budgets.Client).DeleteSubscriber, func(f plan.Facts) *budgets.DeleteSubscriberInput {
			return &budgets.DeleteSubscriberInput{AccountId: aws.String(f.AccountID(plan.Management)), BudgetName: aws.String(g.name),
				Notification: al.notification(), Subscriber: &types.Subscriber{Address: aws.String(to), SubscriptionType: types.SubscriptionTypeEmail}}
		}),
	})
}
