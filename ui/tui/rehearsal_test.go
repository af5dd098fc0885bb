package tui

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go"

	"awswizard/internal/answers"
	"awswizard/internal/awsconfig"
	"awswizard/internal/cloud"
	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/internal/sandbox"
	"awswizard/steps/setup"
	"awswizard/ui/report"
)

// rehearsal is a whole set-up of all real steps on the simulated AWS, and what it asked and told its front end: what
// the pictures show.
type rehearsal struct {
	start   Start          // of the first run
	review  []run.StepPlan // everything, before anything was made
	looked  []run.Event    // what the look for it told
	resumed Start          // of the run after the person left at the first hand-off
	end     Finish

	typed   map[string]string // answers the person gives, by the key of the question
	leaveAt string            // the hand-off at which the person leaves
	asked   []demand          // by the engine, in order
	told    []run.Event
}

// rehearse makes the set-up, one lane after another so that it is the same each time, on virtual time.
func rehearse(t *testing.T) *rehearsal {
	r := &rehearsal{leaveAt: "identity/enable", typed: map[string]string{
		"company": "Acme Robotics", "email": "aws@acme-robotics.example", "accept_paid_plan": "yes", "people[0].name": "Ada Byron", "people[0].email": "ada@acme-robotics.example"}}
	synctest.Test(t, func(t *testing.T) { r.whole(t) })
	return r
}

func (r *rehearsal) whole(t *testing.T) {
	<-time.After(time.Until(noon)) // virtual time begins in 2000
	world, err := sandbox.NewWorld(sandbox.Fresh, 7)
	if err != nil {
		t.Fatal(err)
	}
	world.Pace = 1
	sim := sandbox.New(world)
	refused := false
	sim.Faults(func(q sandbox.Request) error { // once, so that there is a picture of a refusal
		if refused || q.Operation != "CreateOrganizationalUnit" {
			return nil
		}
		refused = true
		return &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "You don't have permissions to access this resource."}
	})
	sim.Lag(func(q sandbox.Request) time.Duration { // so that there is a picture of a wait
		if q.Operation == "ListAccountsForParent" {
			return 15 * time.Second
		}
		return 0
	})
	dir := t.TempDir()
	file := filepath.Join(dir, "journal.jsonl")
	to, err := cloud.Open(t.Context(), cloud.Options{Credentials: sim.Credentials(), Bind: sim.Bind, Region: "eu-west-1", TokenDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	caller, err := to.WhoAmI(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o := run.Options{Steps: setup.Steps(), Cloud: to, FrontEnd: r, Lanes: 1, StandIn: sim.StandIn,
		Answers: answers.Answers{HomeRegion: "eu-west-1"}, Sources: map[string]string{"home_region": "--region"},
		Files: awsconfig.Files{Config: filepath.Join(dir, "aws-config"), Shown: "~/.aws/config"}}
	first := run.New(o)
	r.start = Start{Caller: caller, Region: "eu-west-1", Settings: first.Settings(), Set: first.Set}

	looked := o
	looked.Answers = answers.Answers{HomeRegion: "eu-west-1", Company: "Acme Robotics", Email: "aws@acme-robotics.example", AcceptPaidPlan: true}
	if r.review, err = run.New(looked).Survey(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.looked, r.told = r.told, nil

	kept := o.Answers
	o.Save = func(a answers.Answers) error { kept = a; return nil }
	if err := r.run(t, o, file); !errors.Is(err, run.ErrLeft) {
		t.Fatalf("the person left, and the run ends with %v", err)
	}
	past, err := journal.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	o.Answers, o.Sources, o.Past = kept, nil, &past
	told := len(r.told)
	again := run.New(o)
	found, err := again.Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.told = r.told[:told]
	standing := run.StandingOf(o.Steps, past, found)
	r.resumed = Start{Caller: caller, Region: "eu-west-1", Standing: &standing, Settings: again.Settings(), Set: again.Set}

	o.Past, r.leaveAt = nil, ""
	if err := r.run(t, o, file); err != nil {
		t.Fatal(err)
	}
}

func (r *rehearsal) run(t *testing.T, o run.Options, file string) error {
	j, err := journal.Open(file, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	o.Journal = j
	e := run.New(o)
	result, err := e.Run(t.Context())
	if err != nil {
		return err
	}
	past, err := journal.Read(file)
	if err != nil {
		return err
	}
	r.end = report.Of(result, report.Options{Sandbox: true, Facts: e.Facts(), MonthlyUSD: run.MonthlyUSD(past)})
	return nil
}

// Tell implements run.FrontEnd.
func (r *rehearsal) Tell(e run.Event) { r.told = append(r.told, e) }

// Ask implements run.FrontEnd.
func (r *rehearsal) Ask(_ context.Context, p run.Page, previous string) (string, run.Decision, error) {
	r.asked = append(r.asked, demand{page: p, previous: previous})
	if typed, ok := r.typed[p.Question.Key]; ok {
		return typed, run.Go, nil
	}
	return previous, run.Go, nil
}

// Approve implements run.FrontEnd.
func (r *rehearsal) Approve(_ context.Context, p run.Page) (run.Decision, []string, error) {
	r.asked = append(r.asked, demand{page: p})
	return run.Go, nil, nil
}

// HandOff implements run.FrontEnd.
func (r *rehearsal) HandOff(_ context.Context, p run.Page, h *plan.HandOff) (run.Decision, error) {
	r.asked = append(r.asked, demand{page: p, handOff: h})
	if h.ID == r.leaveAt {
		return run.Leave, nil
	}
	return run.Go, nil
}

// Trouble implements run.FrontEnd.
func (r *rehearsal) Trouble(_ context.Context, p run.Page, _ string, problem run.Problem) (run.Decision, error) {
	r.asked = append(r.asked, demand{page: p, problem: &problem})
	return run.Go, nil
}

// demand is the first that was put and is so.
func (r *rehearsal) demand(t *testing.T, is func(demand) bool) demand {
	t.Helper()
	i := slices.IndexFunc(r.asked, is)
	if i < 0 {
		t.Fatal("the set-up did not come to this screen")
	}
	return r.asked[i]
}

// question, approval and handOff are demands by what they are about.
func (r *rehearsal) question(t *testing.T, key string) demand {
	t.Helper()
	return r.demand(t, func(d demand) bool { return d.page.Question != nil && d.page.Question.Key == key })
}

func (r *rehearsal) approval(t *testing.T, step string) demand {
	t.Helper()
	return r.demand(t, func(d demand) bool {
		return d.page.Step.Name == step && d.page.Question == nil && d.handOff == nil && d.problem == nil && len(plan.Calls(d.page.Items)) > 0
	})
}

func (r *rehearsal) handOff(t *testing.T, id string) demand {
	t.Helper()
	return r.demand(t, func(d demand) bool { return d.handOff != nil && d.handOff.ID == id })
}
