package inspect_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"awswizard/internal/baseline"
	"awswizard/internal/baseline/inspect"
	"awswizard/internal/cloud"
	"awswizard/internal/plan"
	"awswizard/internal/sandbox"
)

// at looks at a world of the sandbox and judges it; every write that reaches the gate fails the test.
func at(t *testing.T, sc sandbox.Scenario, change func(*sandbox.Sim)) []baseline.Row {
	t.Helper()
	w, err := sandbox.NewWorld(sc, 1)
	if err != nil {
		t.Fatal(err)
	}
	sim := sandbox.New(w)
	if change != nil {
		change(sim)
	}
	var mu sync.Mutex
	c, err := cloud.Open(t.Context(), cloud.Options{Region: "eu-west-1", Credentials: sim.Credentials(), Bind: sim.Bind,
		Backoff: func(int) time.Duration { return 0 },
		Observe: func(s cloud.Sent) {
			mu.Lock()
			defer mu.Unlock()
			if s.Write {
				t.Errorf("check wrote %s.%s", s.Service, s.Operation)
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	caller, err := c.WhoAmI(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s, err := inspect.Inspect(t.Context(), inspect.Source{Config: c.Read, Caller: caller, Home: "eu-west-1", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return baseline.Evaluate(s, func(string) bool { return false })
}

func result(t *testing.T, rows []baseline.Row, id string) baseline.Row {
	t.Helper()
	i := slices.IndexFunc(rows, func(r baseline.Row) bool { return r.Control.ID == id })
	if i < 0 {
		t.Fatalf("no row of %s", id)
	}
	return rows[i]
}

// TestOneRefusedServiceSpoilsItsOwnControlsOnly refuses one service after the other.
func TestOneRefusedServiceSpoilsItsOwnControlsOnly(t *testing.T) {
	before := at(t, sandbox.Messy, nil)
	for service, own := range map[string][]string{
		"Account": {"ACCT.01"}, "GuardDuty": {"ACCT.14"}, "AccessAnalyzer": {"ACCT.11"}, "Budgets": {"ACCT.10"}, "Cost Explorer": {"ACCT.16"},
		"CloudTrail": {"ACCT.07", "WKLD.07"}, "S3 Control": {"ACCT.08"}, "Support": {"ACCT.12"}, "Lambda": {"WKLD.03"},
		"S3":  {"WKLD.07"},
		"IAM": {"ACCT.02", "ACCT.03", "ACCT.04", "ACCT.05", "ACCT.06", "ACCT.13", "ACCT.15", "WKLD.15"},
	} {
		t.Run(service, func(t *testing.T) {
			rows := at(t, sandbox.Messy, func(s *sandbox.Sim) {
				s.Faults(func(r sandbox.Request) error {
					if r.Service == service {
						return sandbox.FailWith(403, "AccessDeniedException", "not today")
					}
					return nil
				})
			})
			if len(rows) != len(before) {
				t.Fatalf("%d rows, before %d", len(rows), len(before))
			}
			for i, r := range rows {
				if slices.Contains(own, r.Control.ID) {
					if r.Result != baseline.CannotCheck || !strings.Contains(r.Evidence, "AccessDeniedException: not today") {
						t.Errorf("%s: %+v", r.Control.ID, r.Verdict)
					}
				} else if r.Result != before[i].Result {
					t.Errorf("%s: %s became %s", r.Control.ID, before[i].Result, r.Result)
				}
			}
		})
	}
}

// TestTheRegionsStayKnownWithoutTheirList looks into those that no account can switch off.
func TestTheRegionsStayKnownWithoutTheirList(t *testing.T) {
	rows := at(t, sandbox.Fresh, func(s *sandbox.Sim) {
		s.Faults(func(r sandbox.Request) error {
			if r.Operation == "DescribeRegions" {
				return sandbox.FailWith(403, "UnauthorizedOperation", "no")
			}
			return nil
		})
	})
	if r := result(t, rows, "ACCT.09"); r.Result != baseline.Fail || !strings.Contains(r.Evidence, "14 more") {
		t.Errorf("%+v", r.Verdict)
	}
}

func TestWithASupportPlan(t *testing.T) {
	rows := at(t, sandbox.Fresh, func(s *sandbox.Sim) {
		_ = s.Do(func(w *sandbox.World) {
			for _, a := range w.Accounts {
				a.SupportPlan = "Business Support+"
			}
		})
	})
	if r := result(t, rows, "ACCT.12"); r.Result != baseline.Fail || !strings.Contains(r.Evidence, "1 of 2 checks") {
		t.Errorf("%+v", r.Verdict)
	}
}

// TestAccessLogsCount looks at the buckets where no trail records files, in whichever Region they are.
func TestAccessLogsCount(t *testing.T) {
	rows := at(t, sandbox.Admin, func(s *sandbox.Sim) {
		_ = s.Do(func(w *sandbox.World) {
			w.SeedBucket(account(w), "eu-west-1", "plain", false)
			w.SeedBucket(account(w), "us-west-2", "invoices", false)
			w.S3.Buckets["invoices"].Logging = &types.LoggingEnabled{TargetBucket: aws.String("logs"), TargetPrefix: aws.String("")}
		})
	})
	if r := result(t, rows, "WKLD.07"); r.Result != baseline.Pass || !strings.HasSuffix(r.Evidence, "access logs are on: invoices") {
		t.Errorf("%+v", r.Verdict)
	}
}

// TestNamesOfSecretsNotValues looks through all that was found for the value of a variable.
func TestNamesOfSecretsNotValues(t *testing.T) {
	const value = "very-private-value"
	variables := map[string]string{"DB_PASSWORD": value, "STAGE": "prod", "API_TOKEN_PARAMETER": "/mail/token", "STRIPE_SECRET": "arn:aws:secretsmanager:eu-west-1:1:secret:x", "AWS_ACCESS_KEY_ID": value}
	rows := at(t, sandbox.Admin, func(s *sandbox.Sim) {
		_ = s.Do(func(w *sandbox.World) { w.SeedFunction(account(w), "eu-west-1", "mail", variables) })
	})
	r := result(t, rows, "WKLD.03")
	if r.Result != baseline.Fail || !strings.Contains(r.Evidence, "mail (AWS_ACCESS_KEY_ID, DB_PASSWORD)") {
		t.Errorf("%+v", r.Verdict)
	}
	for _, r := range rows {
		if strings.Contains(r.Evidence+r.Next+r.Note, value) {
			t.Errorf("%s shows the value: %+v", r.Control.ID, r.Verdict)
		}
	}
}

// TestTheCallerStopsIt ends with the context.
func TestTheCallerStopsIt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	refuse := func(plan.Place) (cfg aws.Config, err error) { return cfg, plan.ErrNoEntry }
	if _, err := inspect.Inspect(ctx, inspect.Source{Config: refuse, Home: "eu-west-1", Now: time.Now}); err == nil {
		t.Error("no error")
	}
}

// account is the id of the one account there is.
func account(w *sandbox.World) string {
	for id := range w.Accounts {
		return id
	}
	return ""
}

// TestTheSignInMayBeInAnotherRegion finds IAM Identity Center where somebody enabled it, and not only at home.
func TestTheSignInMayBeInAnotherRegion(t *testing.T) {
	evidence := func(change func(*sandbox.Sim)) string {
		rows := at(t, sandbox.Adopted, change)
		i := slices.IndexFunc(rows, func(r baseline.Row) bool { return r.Control.ID == "ACCT.03" && r.Name == plan.Management })
		return rows[i].Evidence
	}
	home := evidence(nil)
	away := evidence(func(s *sandbox.Sim) {
		_ = s.Do(func(w *sandbox.World) {
			for _, i := range w.Identity.Instances {
				i.Region = "us-west-2"
			}
		})
	})
	if home != away || !strings.Contains(home, "in IAM Identity Center") || strings.Contains(home, "nobody") {
		t.Errorf("at home %q, elsewhere %q", home, away)
	}
}
