package baseline

import (
	"context"
	"fmt"
	"sync"
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

// bench is a sandbox with an organization of three accounts, entered by an administrator of each.
type bench struct {
	sim                  *sandbox.Sim
	world                *sandbox.World
	mgmt, security, prod string
	answers              answers.Answers
	noEntry              string // an account that cannot be entered

	mu   sync.Mutex
	seen map[string]int // requests by operation
}

func newBench(t *testing.T) *bench {
	t.Helper()
	w, err := sandbox.NewWorld(sandbox.Admin, 1)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{world: w, sim: sandbox.New(w), seen: map[string]int{}}
	b.mgmt = w.Principals[w.Login()].Account
	w.NewOrganization(b.mgmt)
	w.Trust("account.amazonaws.com")
	earlier := w.Clock.Add(-time.Hour)
	b.security = w.NewMember("security", "aws+security@acme.example", "OrganizationAccountAccessRole", earlier)
	b.prod = w.NewMember("production", "aws+production@acme.example", "OrganizationAccountAccessRole", earlier)
	for _, id := range []string{b.mgmt, b.security, b.prod} {
		w.Principals["KEY"+id] = sandbox.Principal{Account: id, ARN: "arn:aws:iam::" + id + ":user/admin"}
	}
	b.sim.Faults(func(r sandbox.Request) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.seen[r.Operation]++
		return nil
	})
	b.answers = answers.Answers{Company: "Acme", Email: "aws@acme.example", HomeRegion: "eu-west-1",
		Accounts: []answers.Account{{Name: "security"}, {Name: "production"}}}.WithDefaults()
	return b
}

func (b *bench) facts() plan.Facts {
	return plan.NewFacts(map[string]string{"account.management.id": b.mgmt, "account.security.id": b.security, "account.production.id": b.prod,
		"organization.id": "o-sandbox", "organization.accounts": b.mgmt + "," + b.security + "," + b.prod})
}

func (b *bench) config(p plan.Place) (aws.Config, error) {
	id := b.facts().AccountID(p.Account)
	if id == b.noEntry {
		return aws.Config{}, fmt.Errorf("root: %w", plan.ErrNoEntry)
	}
	cfg := aws.Config{Region: p.Region, Credentials: credentials.NewStaticCredentialsProvider("KEY"+id, "sandbox-secret", ""),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	b.sim.Bind(&cfg)
	return cfg, nil
}

func (b *bench) env() steps.Env {
	return steps.Env{Caller: plan.Caller{Account: b.mgmt, Kind: plan.IAMUser}, Home: "eu-west-1", Config: b.config, Facts: b.facts(), Answers: b.answers, Now: time.Now}
}

func (b *bench) inspect(t *testing.T) State {
	t.Helper()
	s, err := inspect(context.Background(), b.env())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *bench) plan(t *testing.T) []plan.Item {
	t.Helper()
	items := planned(b.inspect(t), b.answers, b.facts())
	if err := plan.Check(items); err != nil {
		t.Error(err)
	}
	return items
}

// run makes the calls in the order of the plan, and gives them as the journal keeps them.
func (b *bench) run(t *testing.T, calls []*plan.Call) steps.Made {
	t.Helper()
	f := b.facts()
	for _, c := range calls {
		var err error
		if f, err = steptest.Make(t, c, b.config, f, func(time.Duration) { t.Fatalf("%s is not settled at once", c.ID) }); err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
	}
	return madeBy(t, calls, f)
}

// madeBy are the calls of a plan as the journal knows them once they are done.
func madeBy(t *testing.T, calls []*plan.Call, f plan.Facts) steps.Made {
	t.Helper()
	made := steps.Made{}
	for _, c := range calls {
		input, err := plan.RequestJSON(c, f)
		if err != nil {
			t.Fatal(err)
		}
		made[c.ID] = steps.MadeCall{Step: name, Time: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), Service: c.Request.Service, Operation: c.Request.Operation,
			Account: f.AccountID(c.Where.Account), Region: c.Where.Region, Title: c.Title, Input: input, Before: c.Before}
	}
	return made
}
