package budgets

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
	"awswizard/steps/mailtopic"
)

// madeBy are the calls of a plan as the journal knows them once they are done.
func madeBy(t *testing.T, items []plan.Item, f plan.Facts) steps.Made {
	t.Helper()
	made := steps.Made{}
	for _, c := range plan.Calls(items) {
		input, err := plan.RequestJSON(c, f)
		if err != nil {
			t.Fatal(err)
		}
		made[c.ID] = steps.MadeCall{Time: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), Service: c.Request.Service, Operation: c.Request.Operation,
			Account: f.AccountID(c.Where.Account), Region: c.Where.Region, Input: input, Facts: map[string]string{}, Before: c.Before}
	}
	if m, ok := made["budgets/monitor/services"]; ok {
		m.Facts[monitorFact] = monitor
	}
	return made
}

// theirBudget is one made by hand, as it is kept for the way back.
const theirBudget = `{"BudgetName":"wizard-monthly","BudgetType":"COST","TimeUnit":"MONTHLY","BudgetLimit":{"Amount":"500","Unit":"USD"},"CostTypes":{"IncludeCredit":true}}`

const theirMail = `{"SubscriptionName":"Default-Services-Subscription","Frequency":"DAILY","MonitorArnList":["` + monitor + `"],"Subscribers":[{"Address":"root@acme.example","Type":"EMAIL"}]}`

func TestUndo(t *testing.T) {
	a, f := given()
	all := madeBy(t, planned(State{}, a, f), f)
	more := a
	more.Budget.Notify = append(slices.Clone(a.Budget.Notify), "cto@acme.example")
	adopted := State{Budget: &Budget{USD: 500, Unit: "USD", MonthlyCost: true, Whole: theirBudget, Notifications: []Notification{
		{Kind: "ACTUAL", Percent: 80, Emails: []string{"boss@acme.example"}}}},
		Monitor: monitor, Subscriptions: []Subscription{{ARN: "arn:aws", Name: awsSubscription, Frequency: "DAILY", Monitors: []string{monitor}, Emails: []string{"root@acme.example"}, Whole: theirMail}}}
	inAdopted := madeBy(t, planned(adopted, more, f), f)
	forgotten := maps.Clone(inAdopted)
	for id, m := range forgotten {
		m.Before = nil
		forgotten[id] = m
	}
	fast := a
	fast.Budget.Anomalies = answers.AnomaliesImmediate
	atOnce := madeBy(t, planned(State{}, fast, f), f)
	refused := &steps.Refusal{Code: "AccessDeniedException", Message: "not authorized"}
	for name, tc := range map[string]struct {
		change func(*State)
		made   steps.Made
	}{
		"all of it":    {change: func(*State) {}, made: all},
		"nothing made": {change: func(*State) {}, made: steps.Made{}},
		"gone already": {change: func(s *State) { *s = State{} }, made: all},
		"changed since": {made: all, change: func(s *State) {
			s.Budget.USD, s.Budget.Notifications[0].Emails = 900, []string{costs, "boss@acme.example"}
			s.Subscriptions[0].Emails, s.Subscriptions[0].Threshold = append(s.Subscriptions[0].Emails, "boss@acme.example"), "ANOMALY_TOTAL_IMPACT_ABSOLUTE>=1000"
			s.Subscriptions = append(s.Subscriptions, Subscription{ARN: "arn:theirs", Name: "finance", Monitors: []string{monitor}})
		}},
		"adopted": {made: inAdopted, change: func(s *State) {
			*s = adopted
			b := *whole()
			b.Notifications = slices.Clone(b.Notifications)
			b.Notifications[1].Emails = []string{"boss@acme.example", costs, "founder@acme.example", "cto@acme.example"}
			b.Notifications[2].Emails = []string{costs, "boss@acme.example"}
			s.Budget, s.Subscriptions = &b, slices.Clone(s.Subscriptions)
			s.Subscriptions[0].Whole, s.Subscriptions[0].Emails = "{}", []string{"root@acme.example", costs, "founder@acme.example", "cto@acme.example"}
		}},
		"told at once": {made: atOnce, change: func(s *State) {
			s.Topic = &mailtopic.State{Mails: map[string]bool{costs: true, "founder@acme.example": false}}
			s.Subscriptions = append(s.Subscriptions, Subscription{ARN: "arn:now", Name: immediateName, Frequency: "IMMEDIATE", Monitors: []string{monitor}, Threshold: leaves(threshold())})
		}},
		"told at once, to others, too": {made: atOnce, change: func(s *State) {
			s.Topic = &mailtopic.State{Mails: map[string]bool{costs: true, "boss@acme.example": true}}
		}},
		"topic of theirs": {change: func(s *State) { s.Topic = &mailtopic.State{Policy: `{"Statement":[]}`} }, made: steps.Made{"budgets/topic/" + topicName + "/policy": {
			Service: "sns", Operation: "SetTopicAttributes", Before: map[string]string{"policy": `{"Statement":[{"Sid":"theirs"}]}`}, Time: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}}},
		"topic refused":                 {made: atOnce, change: func(s *State) { s.Subscriptions, s.TopicRefused = nil, refused }},
		"adopted, not known how it was": {made: forgotten, change: func(s *State) { *s = adopted }},
		"not the management":            {change: func(s *State) { *s = State{NoEntry: true} }, made: all},
		"refused":                       {change: func(s *State) { *s = State{BudgetRefused: refused, AnomalyRefused: refused} }, made: all},
	} {
		t.Run(name, func(t *testing.T) {
			s := finished()
			tc.change(&s)
			items := undone(s, a, f, tc.made)
			if err := plan.Check(items); err != nil {
				t.Error(err)
			}
			if plan.Hash(items, f) != plan.Hash(undone(s, a, f, tc.made), f) {
				t.Error("planning twice gives two plans")
			}
			for _, c := range plan.Calls(items) {
				if len(c.TakesBack) == 0 {
					t.Errorf("%s takes nothing back", c.ID)
				}
			}
			golden.RequireEqual(t, []byte(plan.Describe(items, f)))
		})
	}
}

// Taking back everything leaves the account as it was before the set-up, and nothing to take back.
func TestUndoLeavesTheAccountAsItWas(t *testing.T) {
	for name, prepare := range map[string]func(*bench){
		"nothing there":        func(*bench) {},
		"cost explorer opened": func(b *bench) { b.world.OpenCostExplorer(b.mgmt) },
		"monitor deleted": func(b *bench) {
			b.world.OpenCostExplorer(b.mgmt)
			b.world.Costs.Monitors, b.world.Costs.Subscriptions = nil, nil
		},
		"further budgets": func(b *bench) {
			b.facts = b.facts.With(map[string]string{"plan.type": "FREE", "account.production.id": b.mgmt})
			b.more = map[string]float64{"production": 20}
		},
		"told at once": func(b *bench) {
			b.world.OpenCostExplorer(b.mgmt)
			b.fast = answers.AnomaliesImmediate
		},
		"budget made by hand": func(b *bench) { b.world.SeedBudget(b.mgmt, budgetName, 500) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			prepare(b)
			undoOnTheSandbox(t, b)
		})
	}
}

func undoOnTheSandbox(t *testing.T, b *bench) {
	t.Helper()
	before := b.inspect(t)
	items := planned(before, b.answers(), b.facts)
	b.run(t, items)
	made := madeBy(t, items, b.facts)
	if m, ok := made["budgets/monitor/services"]; ok {
		m.Facts[monitorFact] = b.facts.Get(monitorFact)
	}
	back := undone(b.inspect(t), b.answers(), b.facts, made)
	b.run(t, back)
	after := b.inspect(t)
	if !reflect.DeepEqual(before, after) {
		t.Errorf("before: %+v; after: %+v", before, after)
	}
	if left := plan.Calls(undone(after, b.answers(), b.facts, made)); len(left) > 0 {
		t.Errorf("left: %v", left[0].ID)
	}
}
