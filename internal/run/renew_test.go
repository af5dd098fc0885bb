package run_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/internal/sandbox"
	"awswizard/steps"
)

// TestASessionThatEndsInARunIsRenewed: root's session ends between two calls; the person signs in again, and the call that
// failed is made again. Nothing is lost and nothing is made twice.
func TestASessionThatEndsInARunIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		ended := false
		b.sim.Latency(func(r sandbox.Request) time.Duration {
			if r.Operation == "CreateOrganizationalUnit" && !ended {
				ended = true
				b.sim.EndSessions()
			}
			return 0
		})
		asked := 0
		b.front.trouble = func(_ string, p run.Problem) run.Decision {
			asked++
			if asked == 2 { // the first time the person has forgotten to sign in
				b.sim.Renew()
			}
			return run.Go
		}
		r, err := b.run(t.Context(), unitsStep(nil, "Security", "Workloads"))
		if err != nil || !r.Steps[0].Done || asked != 2 {
			t.Fatalf("%+v, %v, asked %d times", r, err, asked)
		}
		if p := b.front.problems[0]; !strings.Contains(p.Next, "another window") || p.SignIn != run.SignInBeside {
			t.Errorf("what to do: %+v", p)
		}
		if p := b.front.problems[1]; !strings.Contains(p.Why, "still sees the old sign-in") {
			t.Errorf("tried too early: %+v", p)
		}
		if n := b.made("CreateOrganizationalUnit"); n != 2 {
			t.Errorf("%d units were made", n)
		}
	})
}

// TestASessionThatEndsInALook: what is only looked at asks for the sign-in, too, though the looks put up with refusals.
func TestASessionThatEndsInALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.sim.EndSessionsAfter(3)
		b.front.trouble = func(string, run.Problem) run.Decision { b.sim.Renew(); return run.Go }
		tolerant := unitsStep(nil, "Security")
		inspect := tolerant.Inspect
		tolerant.Inspect = func(ctx context.Context, env steps.Env) (steps.State, error) {
			s, err := inspect(ctx, env)
			if err != nil {
				return &orgState{units: map[string]string{}}, nil //nolint:nilerr // this look puts up with refusals, as those of the steps do
			}
			return s, nil
		}
		r, err := b.run(t.Context(), tolerant)
		if err != nil || !r.Steps[0].Done || len(b.front.problems) != 1 {
			t.Fatalf("%+v, %v, %+v", r, err, b.front.problems)
		}
	})
}

// TestACodeThatRunsOutIsRenewed shows the sign-in with a new code by itself when nobody confirmed the first one in time.
func TestACodeThatRunsOutIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		var codes []string
		b.front.handOff = func(ctx context.Context, h *plan.HandOff) run.Decision {
			codes = append(codes, h.Clicks[0])
			if len(codes) == 2 {
				if err := b.sim.StandIn("sign-in"); err != nil {
					t.Error(err)
				}
			}
			<-ctx.Done() // the person only looks; the engine sees what happened
			return run.Go
		}
		step := b.portalStep()
		r, err := b.run(t.Context(), step)
		if err != nil || !r.Steps[0].Done {
			t.Fatalf("%+v, %v, told %+v", r, err, b.front.events)
		}
		if len(codes) != 2 || codes[0] == codes[1] {
			t.Errorf("shown: %q", codes)
		}
	})
}

// TestASessionOfThePortalThatEndsIsRenewedThere: who signed in through IAM Identity Center is shown that sign-in again, and
// the requests go on as before, not as root.
func TestASessionOfThePortalThatEndsIsRenewedThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		portal := b.portalStep()
		var titles []string
		b.front.handOff = func(ctx context.Context, h *plan.HandOff) run.Decision {
			titles = append(titles, h.Title)
			if err := b.sim.StandIn("sign-in"); err != nil {
				t.Error(err)
			}
			<-ctx.Done()
			return run.Go
		}
		ended := false
		b.sim.Latency(func(r sandbox.Request) time.Duration {
			if r.Operation == "CreateOrganizationalUnit" && !ended {
				ended = true
				b.sim.EndSessions()
			}
			return 0
		})
		r, err := b.run(t.Context(), portal, unitsStep(nil, "Security"))
		if err != nil || !r.Steps[1].Done || len(titles) != 2 || !strings.Contains(titles[1], "Sign in again") {
			t.Fatalf("%+v, %v, shown %q, told %+v", r, err, titles, b.front.events)
		}
		if n := b.made("CreateOrganizationalUnit"); n != 1 || len(b.front.problems) != 0 {
			t.Errorf("%d units, problems %+v", n, b.front.problems)
		}
	})
}

// TestAnUnattendedRunEndsWithItsSession and the next start goes on.
func TestAnUnattendedRunEndsWithItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.sim.EndSessionsAfter(6)
		o := run.Options{Steps: []steps.Step{unitsStep(nil, "Security")}, Cloud: b.cloud, Journal: b.journal, FrontEnd: b.front, Unattended: true,
			Answers: answers.Answers{Company: "Acme", Email: "aws@acme.example"}}
		if _, err := run.New(o).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "run out") {
			t.Fatalf("ended with %v", err)
		}
		if len(b.front.problems) > 1 {
			t.Errorf("asked about %+v", b.front.problems)
		}
		b.sim.Renew()
		b.restart()
		r, err := b.run(t.Context(), unitsStep(nil, "Security"))
		if err != nil || !r.Steps[0].Done || b.made("CreateOrganizationalUnit") != 1 {
			t.Fatalf("%+v, %v, sent %v", r, err, b.sent)
		}
	})
}

// made counts the requests of an operation that AWS has carried out.
func (b *bench) made(operation string) int {
	n := 0
	for _, s := range b.done {
		if s == operation {
			n++
		}
	}
	return n
}

// portalState is where to sign in.
type portalState struct{ url, account string }

func (s *portalState) Facts() map[string]string {
	return map[string]string{"identity.start_url": s.url, "identity.region": "eu-west-1", plan.AccountFact(plan.Management): s.account}
}

// portalStep has the person sign in through IAM Identity Center; the bench's AWS becomes one that has it.
func (b *bench) portalStep() steps.Step {
	b.t.Helper()
	world, err := sandbox.NewWorld(sandbox.Adopted, 7)
	if err != nil {
		b.t.Fatal(err)
	}
	world.Pace = 1
	b.sim = sandbox.New(world)
	b.restart()
	url := "https://" + world.Identity.Instances[0].Store + ".awsapps.com/start"
	return steps.Define(steps.Step{Name: "portal", Title: "Portal"}, nil,
		func(context.Context, steps.Env) (*portalState, error) {
			return &portalState{url, world.Org.Management}, nil
		},
		func(_ *portalState, _ answers.Answers, f plan.Facts) []plan.Item {
			if _, done := f.Lookup("identity.sign_in_role"); done {
				return nil
			}
			return []plan.Item{{HandOff: &plan.HandOff{ID: "portal/sign-in", Step: "portal", Title: "Sign in", Clicks: []string{"Allow"},
				Every: time.Second, URL: url, Why: "a test wants it",
				SignIn: &plan.SignIn{StartURLFact: "identity.start_url", RegionFact: "identity.region", PermissionSet: "AdministratorAccess"}}}}
		})
}

// TestARefusalThatStaysIsNotRenewedForEver: AWS may go on refusing what the portal gives.
func TestARefusalThatStaysIsNotRenewedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		portal := b.portalStep()
		b.front.handOff = func(ctx context.Context, _ *plan.HandOff) run.Decision {
			if err := b.sim.StandIn("sign-in"); err != nil {
				t.Error(err)
			}
			<-ctx.Done()
			return run.Go
		}
		b.sim.Faults(func(r sandbox.Request) error {
			if r.Operation == "CreateOrganizationalUnit" {
				return sandbox.Fail("ExpiredToken", "The security token included in the request is expired")
			}
			return nil
		})
		o := run.Options{Steps: []steps.Step{portal, unitsStep(nil, "Security")}, Cloud: b.cloud, Journal: b.journal, FrontEnd: b.front, Unattended: true,
			Answers: answers.Answers{Company: "Acme", Email: "aws@acme.example"}}
		if _, err := run.New(o).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "run out") {
			t.Fatalf("ended with %v", err)
		}
		if len(b.sent) > 6 {
			t.Errorf("sent %v", b.sent)
		}
	})
}
