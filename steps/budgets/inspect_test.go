package budgets

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/internal/sandbox"
	"awswizard/internal/steptest"
	"awswizard/steps"
)

// bench is a sandbox whose only account is the management account.
type bench struct {
	sim   *sandbox.Sim
	world *sandbox.World
	facts plan.Facts
	mgmt  string
	more  map[string]float64 // budgets of single accounts
	fast  string             // how fast an unusual cost is told
}

func newBench(t *testing.T) *bench {
	t.Helper()
	w, err := sandbox.NewWorld(sandbox.Fresh, 1)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{world: w, sim: sandbox.New(w), mgmt: w.Principals[w.Login()].Account}
	b.facts = plan.NewFacts(map[string]string{"account.management.id": b.mgmt})
	return b
}

func (b *bench) config(p plan.Place) (aws.Config, error) {
	cfg := aws.Config{Region: p.Region, Credentials: credentials.NewStaticCredentialsProvider(b.world.Login(), "sandbox-secret", ""),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	b.sim.Bind(&cfg)
	return cfg, nil
}

func (b *bench) inspect(t *testing.T) State {
	t.Helper()
	s, err := inspect(context.Background(), steps.Env{Caller: plan.Caller{Account: b.mgmt, Kind: plan.Root}, Home: "eu-west-1",
		Config: b.config, Facts: b.facts, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *bench) answers() answers.Answers {
	return answers.Answers{Company: "Acme", Email: "aws@acme.example", Budget: answers.Budget{MonthlyUSD: 150, Notify: []string{"costs@acme.example"}, PerAccount: b.more, Anomalies: b.fast}}.WithDefaults()
}

func (b *bench) plan(t *testing.T) []plan.Item {
	t.Helper()
	s := b.inspect(t)
	b.facts = b.facts.With(s.Facts())
	return planned(s, b.answers(), b.facts)
}

// run makes the calls of a plan in order.
func (b *bench) run(t *testing.T, items []plan.Item) (operations []string) {
	t.Helper()
	for _, c := range plan.Calls(items) {
		var err error
		if b.facts, err = steptest.Make(t, c, b.config, b.facts, func(time.Duration) { t.Fatalf("%s is not done at once", c.ID) }); err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		operations = append(operations, c.Request.Operation)
	}
	return operations
}

func (b *bench) done(t *testing.T) {
	t.Helper()
	if left := b.plan(t); len(left) != 0 {
		t.Errorf("after the run there is left:\n%s", plan.Describe(left, b.facts))
	}
}

// A fresh account: the budget can be made at once, the rest only after a person has opened Cost Explorer. AWS then
// makes a monitor itself, and that one is used.
func TestFreshAccount(t *testing.T) {
	b := newBench(t)
	items := b.plan(t)
	if got := b.run(t, items); !slices.Equal(got, []string{"CreateBudget"}) {
		t.Errorf("first %v", got)
	}
	items = b.plan(t)
	if len(items) != 2 || items[0].HandOff == nil || items[1].Later == nil {
		t.Fatalf("a hand-off and what follows it are wanted:\n%s", plan.Describe(items, b.facts))
	}
	h := items[0].HandOff
	if done, _, err := h.Poll(context.Background(), b.config, b.facts); done || err != nil {
		t.Errorf("before it is opened the poll says %v, %v", done, err)
	}
	if err := b.sim.StandIn(h.StandIn); err != nil {
		t.Fatal(err)
	}
	done, facts, err := h.Poll(context.Background(), b.config, b.facts)
	if !done || err != nil || facts[monitorFact] == "" {
		t.Errorf("once it is open the poll says %v, %v, %v", done, facts, err)
	}
	bounds := items[1].Later
	items = b.plan(t)
	for _, c := range plan.Calls(items) {
		if !slices.Contains(bounds.Operations, c.Request.Service+":"+c.Request.Operation) || !slices.Contains(bounds.Places, c.Where) {
			t.Errorf("%s is outside the bounds shown before", c.ID)
		}
	}
	if got := b.run(t, items); !slices.Equal(got, []string{"UpdateAnomalySubscription"}) {
		t.Errorf("then %v", got)
	}
	b.done(t)
}

// Where somebody deleted what AWS had made, both are made again.
func TestMonitorIsMade(t *testing.T) {
	b := newBench(t)
	b.world.OpenCostExplorer(b.mgmt)
	b.world.Costs.Monitors, b.world.Costs.Subscriptions = nil, nil
	if got := b.run(t, b.plan(t)); !slices.Equal(got, []string{"CreateBudget", "CreateAnomalyMonitor", "CreateAnomalySubscription"}) {
		t.Errorf("made %v", got)
	}
	b.done(t)
}

// A budget with our name is brought up to date and not made twice.
func TestBudgetWithOurName(t *testing.T) {
	b := newBench(t)
	b.world.OpenCostExplorer(b.mgmt)
	b.world.SeedBudget(b.mgmt, "something-else", 10)
	b.world.SeedBudget(b.mgmt, budgetName, 500)
	want := []string{"UpdateBudget", "CreateNotification", "CreateNotification", "CreateNotification", "CreateNotification", "UpdateAnomalySubscription"}
	if got := b.run(t, b.plan(t)); !slices.Equal(got, want) {
		t.Errorf("made %v, want %v", got, want)
	}
	b.done(t)
	if got := b.world.Budgets.Budgets[b.mgmt]; len(got) != 2 || *got[0].Budget.BudgetLimit.Amount != "10" || *got[1].Budget.BudgetLimit.Amount != "150" {
		t.Errorf("the budgets are %+v", got)
	}
}

// Budgets of single accounts are made and found again; AWS refuses one for an account that is not of the organization.
func TestBudgetsOfAccounts(t *testing.T) {
	b := newBench(t)
	b.world.OpenCostExplorer(b.mgmt)
	b.more = map[string]float64{"production": 20}
	b.facts = b.facts.With(map[string]string{"plan.type": "FREE", "account.production.id": b.mgmt})
	if got := b.run(t, b.plan(t)); !slices.Equal(got, []string{"CreateBudget", "CreateBudget", "CreateBudget", "UpdateAnomalySubscription"}) {
		t.Errorf("made %v", got)
	}
	b.done(t)
	b.more["production"] = 30
	b.world.Budgets.Budgets[b.mgmt][1].Notifications = nil
	if got := b.run(t, b.plan(t)); !slices.Equal(got, []string{"UpdateBudget", "CreateNotification", "CreateNotification", "CreateNotification", "CreateNotification"}) {
		t.Errorf("changed by %v", got)
	}
	b.done(t)
	b.more = map[string]float64{"development": 5}
	b.facts = b.facts.With(map[string]string{"account.development.id": "999999999999"})
	c := plan.Calls(b.plan(t))[0]
	cfg, err := b.config(c.Where)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Request.Send(context.Background(), cfg, c.Request.Build(b.facts)); err == nil || steps.RefusalOf(err).Code != "InvalidParameterException" {
		t.Errorf("a budget for a foreign account: %v", err)
	}
}

// Unusual costs are told at once only when somebody has agreed to the mails; the subscription is made all the same.
func TestImmediateMails(t *testing.T) {
	b := newBench(t)
	b.world.OpenCostExplorer(b.mgmt)
	b.fast = answers.AnomaliesImmediate
	if got := b.run(t, b.plan(t)); !slices.Equal(got, []string{"CreateBudget", "UpdateAnomalySubscription", "CreateTopic", "Subscribe", "CreateAnomalySubscription"}) {
		t.Errorf("made %v", got)
	}
	left := b.plan(t)
	if len(left) != 1 || left[0].HandOff == nil || !left[0].HandOff.Optional {
		t.Fatalf("the click is left to do:\n%s", plan.Describe(left, b.facts))
	}
	h := left[0].HandOff
	if done, _, err := h.Poll(context.Background(), b.config, b.facts); done || err != nil {
		t.Errorf("before the click the poll says %v, %v", done, err)
	}
	if err := b.sim.StandIn(h.StandIn); err != nil {
		t.Fatal(err)
	}
	if done, facts, err := h.Poll(context.Background(), b.config, b.facts); !done || facts == nil || err != nil {
		t.Errorf("after the click the poll says %v, %v", done, err)
	}
	b.done(t)
	b.world.SNS.Topics[0].Policy = `{"Statement":[]}` // somebody took the service's right away
	if got := b.run(t, b.plan(t)); !slices.Equal(got, []string{"SetTopicAttributes"}) {
		t.Errorf("the right is given back by %v", got)
	}
	b.done(t)
}

// AWS forgets an address that does not agree within two days, and it is asked again.
func TestAnAddressThatDidNotAgreeIsAskedAgain(t *testing.T) {
	b := newBench(t)
	b.world.OpenCostExplorer(b.mgmt)
	b.fast = answers.AnomaliesImmediate
	b.run(t, b.plan(t))
	b.world.SNS.Topics[0].Mails[0].Requested = b.world.Now().Add(-49 * time.Hour)
	if got := b.run(t, b.plan(t)); !slices.Equal(got, []string{"Subscribe"}) {
		t.Errorf("two days later %v", got)
	}
}

// What AWS, or a stand-in for it, does not serve costs only its own items.
func TestUnservedReads(t *testing.T) {
	for operation, wantBlocked := range map[string]string{
		"DescribeSubscribersForNotification": "budgets/look/subscribers",
		"DescribeNotificationsForBudget":     "budgets/look/notifications",
		"DescribeBudgets":                    "budgets/look/budget",
		"GetAnomalyMonitors":                 "budgets/look/anomalies",
		"GetAnomalySubscriptions":            "budgets/look/anomalies",
		"GetTopicAttributes":                 "budgets/look/topic",
		"ListSubscriptionsByTopic":           "budgets/look/topic",
	} {
		b := newBench(t)
		b.world.OpenCostExplorer(b.mgmt)
		b.fast = answers.AnomaliesImmediate
		b.run(t, b.plan(t))
		if wantBlocked == "budgets/look/topic" {
			b.world.Costs.Subscriptions[b.mgmt] = b.world.Costs.Subscriptions[b.mgmt][:1]
		}
		if err := b.sim.StandIn("confirm-mail"); err != nil {
			t.Fatal(err)
		}
		b.sim.Faults(func(r sandbox.Request) error {
			if r.Operation == operation {
				return sandbox.FailWith(501, "InternalFailure", "not served")
			}
			return nil
		})
		items := b.plan(t)
		if len(items) != 1 || items[0].Blocked == nil || items[0].Blocked.ID != wantBlocked || items[0].Blocked.Code != "InternalFailure" {
			t.Errorf("%s:\n%s", operation, plan.Describe(items, b.facts))
		}
	}
}

func TestNoEntry(t *testing.T) {
	s, err := inspect(context.Background(), steps.Env{Config: func(plan.Place) (aws.Config, error) { return aws.Config{}, plan.ErrNoEntry }})
	if err != nil || !s.NoEntry {
		t.Errorf("where nobody can go: %+v, %v", s, err)
	}
	b := newBench(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := inspect(ctx, steps.Env{Caller: plan.Caller{Account: b.mgmt}, Config: b.config}); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped look says %v", err)
	}
}
