package budgets

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
	"awswizard/steps/mailtopic"
)

const (
	management = "111122223333"
	monitor    = "arn:aws:ce::111122223333:anomalymonitor/0a0a0a0a-0000-0000-0000-000000000000"
	costs      = "costs@acme.example"
)

func given() (answers.Answers, plan.Facts) {
	a := answers.Answers{Company: "Acme", Email: "aws@acme.example", Budget: answers.Budget{MonthlyUSD: 150, Notify: []string{costs, "founder@acme.example"}}}
	return a.WithDefaults(), plan.NewFacts(map[string]string{"account.management.id": management})
}

// whole is a budget with everything we want.
func whole() *Budget {
	b := &Budget{USD: 150, Unit: "USD", MonthlyCost: true, WithoutCredits: true}
	for _, al := range alarms() {
		b.Notifications = append(b.Notifications, Notification{Kind: string(al.kind), Percent: al.percent, Emails: []string{costs, "founder@acme.example"}})
	}
	return b
}

func ours() Subscription {
	return Subscription{ARN: "arn:ours", Name: subscriptionName, Frequency: "DAILY", Monitors: []string{monitor},
		Emails: []string{"Costs@acme.example", "founder@acme.example"}, Threshold: leaves(threshold())}
}

func finished() State {
	return State{Budget: whole(), Monitor: monitor, Subscriptions: []Subscription{ours()}}
}

func TestPlan(t *testing.T) {
	aws := Subscription{ARN: "arn:aws", Name: awsSubscription, Frequency: "DAILY", Monitors: []string{monitor}, Emails: []string{"root@acme.example"},
		Threshold: "ANOMALY_TOTAL_IMPACT_ABSOLUTE>=100,ANOMALY_TOTAL_IMPACT_PERCENTAGE>=40"}
	refused := &steps.Refusal{Code: "InternalError", Message: "not served"}
	for name, tc := range map[string]struct {
		change func(*State)
		notify []string
	}{
		"nothing there":        {change: func(s *State) { *s = State{} }},
		"cost explorer closed": {change: func(s *State) { *s = State{CostExplorerClosed: true} }},
		"budget made by hand":  {change: func(s *State) { s.Budget = &Budget{USD: 500, Unit: "USD", MonthlyCost: true} }},
		"one address more":     {change: func(*State) {}, notify: []string{costs, "founder@acme.example", "cto@acme.example"}},
		"the mail of AWS":      {change: func(s *State) { s.Subscriptions = []Subscription{aws} }},
		"monitor was deleted":  {change: func(s *State) { s.Monitor = "" }},
		"no room": {change: func(s *State) {
			s.Budget.Notifications = slices.Repeat([]Notification{{Kind: "ACTUAL", Percent: 10}}, 4)
		}},
		"no access": {change: func(s *State) {
			*s = State{BudgetRefused: &steps.Refusal{Code: "AccessDeniedException"}, AnomalyRefused: refused}
		}},
		"subscribers not shown": {change: func(s *State) {
			s.Budget.Notifications[1].Refused, s.Budget.Notifications[2].Refused = refused, refused
		}},
		"not the management": {change: func(s *State) { *s = State{NoEntry: true} }},
		"being prepared":     {change: func(s *State) { s.AnomalyRefused = &steps.Refusal{Code: "DataUnavailableException"} }},
	} {
		t.Run(name, func(t *testing.T) {
			a, f := given()
			if tc.notify != nil {
				a.Budget.Notify = tc.notify
			}
			s := finished()
			tc.change(&s)
			items := planned(s, a, f)
			if err := plan.Check(items); err != nil {
				t.Error(err)
			}
			if plan.Hash(items, f) != plan.Hash(planned(s, a, f), f) {
				t.Error("planning twice gives two plans")
			}
			golden.RequireEqual(t, []byte(plan.Describe(items, f)))
		})
	}
}

// The further budgets: one for an account of its own, and the first cent on the free plan.
func TestFurtherBudgets(t *testing.T) {
	const production = "222233334444"
	a, f := given()
	f = f.With(map[string]string{"plan.type": "FREE"})
	a.Budget.PerAccount = map[string]float64{"production": 80, "development": 20.5}
	f = f.With(map[string]string{"account.production.id": production})
	byHand := finished()
	byHand.Others = map[string]*Budget{budgetName + "-production": {USD: 500, Unit: "USD", MonthlyCost: true, WithoutCredits: true}}
	for name, s := range map[string]State{"nothing there": finished(), "one made by hand": byHand} {
		t.Run(name, func(t *testing.T) {
			items := planned(s, a, f)
			if err := plan.Check(items); err != nil {
				t.Error(err)
			}
			golden.RequireEqual(t, []byte(plan.Describe(items, f)))
		})
	}
	for name, paid := range map[string]func(*answers.Answers, *plan.Facts){
		"the free plan is given up": func(a *answers.Answers, _ *plan.Facts) { a.AcceptPaidPlan = true },
		"a paid plan":               func(_ *answers.Answers, f *plan.Facts) { *f = f.With(map[string]string{"plan.type": "PAID"}) },
	} {
		a, f := a, f
		paid(&a, &f)
		for _, g := range goals(a, f) {
			if g.name == anySpendName {
				t.Errorf("%s: the first cent is told all the same", name)
			}
		}
	}
}

// Unusual costs told at once: the topic, the addresses that have to agree, and the subscription.
func TestPlanOfImmediateMails(t *testing.T) {
	a, f := given()
	a.Budget.Anomalies = answers.AnomaliesImmediate
	arn := topicARN(management)
	now := Subscription{ARN: "arn:now", Name: immediateName, Frequency: "IMMEDIATE", Monitors: []string{monitor}, Topics: []string{arn}, Threshold: leaves(threshold())}
	agreed := &mailtopic.State{Policy: sentPolicy(t, a, f), Mails: map[string]bool{costs: true, "founder@acme.example": true}}
	for name, change := range map[string]func(*State){
		"nothing there":       func(s *State) { s.Monitor, s.Subscriptions = "", nil },
		"daily mail is there": func(*State) {},
		"not agreed yet": func(s *State) {
			s.Topic, s.Subscriptions = &mailtopic.State{Policy: agreed.Policy, Mails: map[string]bool{costs: true, "founder@acme.example": false}}, append(s.Subscriptions, now)
		},
		"topic of somebody else": func(s *State) {
			s.Topic = &mailtopic.State{Policy: `{"Statement":[{"Sid":"theirs","Effect":"Allow","Principal":{"AWS":"*"},"Action":"sns:Publish"}]}`, Mails: map[string]bool{costs: true}}
			s.Subscriptions = append(s.Subscriptions, Subscription{ARN: "arn:now", Name: immediateName, Frequency: "IMMEDIATE", Topics: []string{"arn:other"}, Whole: "{}"})
		},
		"theirs counts": func(s *State) {
			theirs := now
			theirs.Name, theirs.Topics = "chat", []string{"arn:aws:sns:us-east-1:111122223333:chat"}
			s.Subscriptions = append(s.Subscriptions, theirs)
		},
		"topic not seen":       func(s *State) { s.TopicRefused = &steps.Refusal{Code: "AuthorizationError", Message: "not authorized"} },
		"cost explorer closed": func(s *State) { *s = State{Budget: whole(), CostExplorerClosed: true} },
		"all there":            func(s *State) { s.Topic, s.Subscriptions = agreed, append(s.Subscriptions, now) },
	} {
		t.Run(name, func(t *testing.T) {
			s := finished()
			change(&s)
			items := planned(s, a, f)
			if err := plan.Check(items); err != nil {
				t.Error(err)
			}
			golden.RequireEqual(t, []byte(plan.Describe(items, f)))
		})
	}
	on := finished()
	on.Subscriptions = append(on.Subscriptions, now)
	a.Budget.Anomalies = ""
	if items := planned(on, a, f); len(items) != 1 || items[0].Blocked == nil || !items[0].Blocked.Kept {
		t.Errorf("an answer that is changed takes something away:\n%s", plan.Describe(items, f))
	}
}

// sentPolicy is the topic's policy as its creation sends it.
func sentPolicy(t *testing.T, a answers.Answers, f plan.Facts) string {
	t.Helper()
	calls, _ := topic(a.Budget.Notify).Plan(nil, f)
	for _, c := range plan.Calls(calls) {
		if in, is := c.Request.Build(f).(*sns.CreateTopicInput); is {
			return in.Attributes["Policy"]
		}
	}
	t.Fatal("no topic is made")
	return ""
}

func TestNothingToDo(t *testing.T) {
	byHand := ours()
	byHand.Name, byHand.Frequency, byHand.Threshold = "finance", "WEEKLY", ""
	more := finished()
	more.Budget.Notifications = append(more.Budget.Notifications, Notification{Kind: "ACTUAL", Percent: 10})
	for name, s := range map[string]State{
		"as we leave it":                   finished(),
		"a mail made by hand tells all":    {Budget: whole(), Monitor: monitor, Subscriptions: []Subscription{byHand}},
		"more notifications than we asked": more,
	} {
		a, f := given()
		if items := planned(s, a, f); len(items) != 0 {
			t.Errorf("%s: %s", name, plan.Describe(items, f))
		}
	}
}

func TestQuestions(t *testing.T) {
	a, _ := given()
	a.Budget.Notify = []string{"someone@gmail.com"}
	qs := questions(State{}, a)
	var text strings.Builder
	for _, q := range qs {
		text.WriteString(q.Title + "\n" + q.Why + "\n")
	}
	golden.RequireEqual(t, []byte(text.String()))
	for n, tries := range []map[string]bool{
		{"100": true, "$49.50": true, "80 USD": true, "": false, "many": false, "-5": false, "0": false, "NaN": false},
		{costs: true, costs + ", founder@acme.example": true, "": false, "nobody": false, costs + " nobody": false,
			"a1@acme.example,a2@acme.example,a3@acme.example,a4@acme.example,a5@acme.example,a6@acme.example,a7@acme.example,a8@acme.example,a9@acme.example,a10@acme.example,a11@acme.example": false},
		{"none": true, "": false, "production 150": true, "Production: $150, development 30 USD": true, "production": false, "production many": false, "staging 5": false},
	} {
		for v, ok := range tries {
			if err := qs[n].Validate(v); (err == nil) != ok {
				t.Errorf("%s: %q: %v", qs[n].Key, v, err)
			}
		}
	}
	qs[0].Apply(&a, " $49.50 ")
	qs[1].Apply(&a, costs+"; "+"COSTS@acme.example\tfounder@acme.example")
	for v, want := range map[string]map[string]float64{"Production: $150, development 30": {"production": 150, "development": 30}, "none": nil} {
		if qs[2].Apply(&a, v); !maps.Equal(a.Budget.PerAccount, want) {
			t.Errorf("%q became %v", v, a.Budget.PerAccount)
		}
	}
	if a.Budget.MonthlyUSD != 49.5 || !slices.Equal(a.Budget.Notify, []string{costs, "founder@acme.example"}) {
		t.Errorf("the answers became %+v", a.Budget)
	}
}
