package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/cloud"
	"awswizard/internal/crashtest"
	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/internal/sandbox"
)

// moment is all that is left when the program dies: AWS as it is then, the journal up to its last byte, and the sign-in.
type moment struct {
	when, call string // which boundary of which operation or item
	place      string // " in Region", of an operation
	kind       string // with the step and without the place
	world      []byte
	journal    int               // length in bytes
	tokens     map[string][]byte // files of the sign-in
	effects    int               // writes that had taken effect
}

func (m moment) String() string { return m.when + " " + m.call + m.place }

// before is the boundary between the journal's word of a request and its effect.
const before = "before"

// machine is a computer on which the whole set-up runs unattended on a sandbox, inside a synctest bubble.
type machine struct {
	t   *testing.T
	dir string
	sim *sandbox.Sim

	keep    bool                        // every moment
	lose    func(sandbox.Request) error // what comes in the place of a write's reply
	told    func(run.Event)             // what else hears of the run; nil for nobody
	step    string
	refused []string

	mu      sync.Mutex
	effects []string // "Operation in Region" of each write that took effect
	moments []moment
}

func newMachine(t *testing.T, w *sandbox.World) *machine {
	t.Helper()
	m := &machine{t: t, dir: t.TempDir(), sim: sandbox.New(w)}
	m.sim.Faults(func(r sandbox.Request) error {
		if crashtest.Write(r.Operation) {
			m.snap(r.World, before, r.Operation, " in "+r.Region)
		}
		return nil
	})
	m.sim.Reply(func(r sandbox.Request) error {
		if !crashtest.Write(r.Operation) {
			return nil
		}
		m.mu.Lock()
		m.effects = append(m.effects, r.Operation+" in "+r.Region)
		m.mu.Unlock()
		m.snap(r.World, "after the effect of", r.Operation, " in "+r.Region)
		if m.lose == nil {
			return nil
		}
		return m.lose(r)
	})
	return m
}

// snap keeps the moment. The world stands still meanwhile: the sandbox serves one request at a time.
func (m *machine) snap(w *sandbox.World, when, what, where string) {
	if !m.keep {
		return
	}
	world, err := json.Marshal(w)
	if err != nil {
		m.t.Error(err)
	}
	info, err := os.Stat(m.journalFile())
	if err != nil {
		m.t.Error(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.moments = append(m.moments, moment{when: when, call: what, place: where, kind: m.step + " " + when + " " + what, world: world,
		journal: int(info.Size()), tokens: m.tokens(), effects: len(m.effects)})
}

func (m *machine) journalFile() string { return filepath.Join(m.dir, "journal.jsonl") }

func (m *machine) tokens() map[string][]byte {
	out := map[string][]byte{}
	found, err := filepath.Glob(filepath.Join(m.dir, "sso", "*"))
	if err != nil {
		m.t.Error(err)
	}
	for _, path := range found {
		b, err := os.ReadFile(path)
		if err != nil {
			m.t.Error(err)
		}
		out[filepath.Base(path)] = b
	}
	return out
}

// restart is a machine as it was found at that moment.
func restart(t *testing.T, from *machine, journal []byte, at moment) *machine {
	t.Helper()
	var w sandbox.World
	if err := json.Unmarshal(at.world, &w); err != nil {
		t.Fatal(err)
	}
	<-time.After(time.Until(w.Clock)) // the bubble's time goes on where the other's stood
	m := newMachine(t, &w)
	m.effects = slices.Clone(from.effects[:at.effects])
	if err := os.WriteFile(m.journalFile(), journal[:at.journal], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(m.dir, "sso"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, b := range at.tokens {
		if err := os.WriteFile(filepath.Join(m.dir, "sso", name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// setUp runs the whole set-up to its end, or to the end of ctx.
func (m *machine) setUp(ctx context.Context, a answers.Answers) *run.Result {
	m.t.Helper()
	j, err := journal.Open(m.journalFile(), time.Now)
	if err != nil {
		m.t.Fatal(err)
	}
	defer j.Close()
	to, err := cloud.Open(ctx, cloud.Options{Credentials: m.sim.Credentials(), Bind: m.sim.Bind, Region: "eu-west-1",
		TokenDir: filepath.Join(m.dir, "sso")})
	if err != nil {
		m.t.Fatal(err)
	}
	result, err := run.New(run.Options{Steps: allSteps(), Cloud: to, Journal: j, FrontEnd: m, Answers: a, Unattended: true, StandIn: m.sim.StandIn}).Run(ctx)
	if err != nil && ctx.Err() == nil {
		m.t.Error(err)
	}
	return result
}

// picture is AWS as it is now.
func (m *machine) picture() (p crashtest.Picture) {
	m.t.Helper()
	var err error
	doing := m.sim.Do(func(w *sandbox.World) {
		var world []byte
		if world, err = json.Marshal(w); err == nil {
			p, err = crashtest.Draw(world)
		}
	})
	if doing != nil || err != nil {
		m.t.Fatal(doing, err)
	}
	return p
}

// Tell implements run.FrontEnd.
func (m *machine) Tell(e run.Event) {
	if m.told != nil {
		m.told(e)
	}
	switch e.Kind {
	case run.StepBegin:
		m.step = e.Step
	case run.Failed:
		m.refused = append(m.refused, e.Item+": "+e.Problem.What+" "+e.Problem.Code)
	case run.OK, run.Waiting:
		if e.Item != "" {
			if err := m.sim.Do(func(w *sandbox.World) { m.snap(w, "recorded "+string(e.Kind)+" of", e.Item, "") }); err != nil {
				m.t.Error(err)
			}
		}
	}
}

// Ask implements run.FrontEnd.
func (m *machine) Ask(_ context.Context, _ run.Page, previous string) (string, run.Decision, error) {
	return previous, run.Go, nil
}

// Approve implements run.FrontEnd.
func (m *machine) Approve(context.Context, run.Page) (run.Decision, []string, error) {
	return run.Go, nil, nil
}

// HandOff implements run.FrontEnd.
func (m *machine) HandOff(context.Context, run.Page, *plan.HandOff) (run.Decision, error) {
	return run.Go, nil
}

// Trouble implements run.FrontEnd.
func (m *machine) Trouble(context.Context, run.Page, string, run.Problem) (run.Decision, error) {
	return run.Skip, nil
}

// undisturbed is the set-up that all others are compared with.
type undisturbed struct {
	*machine
	journal []byte
	end     crashtest.Picture // AWS afterwards
	answers answers.Answers
}

// theAnswers are the founder's answers, read as the program reads them.
func theAnswers(t *testing.T) answers.Answers {
	t.Helper()
	return answersIn(t, founderAnswers)
}

func answersIn(t *testing.T, text string) answers.Answers {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wizard.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := answers.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// setUpUndisturbed sets everything up once, keeping every moment at which the program may die. Accounts begin with default
// networks in the Regions named; without any, in all.
func setUpUndisturbed(t *testing.T, scenario sandbox.Scenario, regions ...string) *undisturbed {
	t.Helper()
	return setUpUndisturbedWith(t, theAnswers(t), scenario, regions...)
}

func setUpUndisturbedWith(t *testing.T, a answers.Answers, scenario sandbox.Scenario, regions ...string) *undisturbed {
	t.Helper()
	u := &undisturbed{answers: a}
	synctest.Test(t, func(t *testing.T) {
		w, err := sandbox.NewWorld(scenario, 1)
		if err != nil {
			t.Fatal(err)
		}
		w.Pace, w.EC2.Only = 1, regions
		u.machine = newMachine(t, w)
		u.keep = true
		u.setUp(t.Context(), u.answers)
		u.end = u.picture()
		if u.journal, err = os.ReadFile(u.journalFile()); err != nil {
			t.Fatal(err)
		}
	})
	u.t, u.keep = t, false
	return u
}

// goesOn dies at the moment, starts again and compares.
func (u *undisturbed) goesOn(t *testing.T, at moment, disturb func(*machine)) {
	t.Helper()
	m := restart(t, u.machine, u.journal, at)
	if disturb != nil {
		disturb(m)
	}
	u.same(t, m, m.setUp(t.Context(), u.answers))
}

// same fails where what is left differs from the undisturbed set-up.
func (u *undisturbed) same(t *testing.T, m *machine, result *run.Result) {
	t.Helper()
	for _, s := range result.Steps {
		for _, p := range s.Problems {
			t.Errorf("%s: %s %s %s", p.Item, p.Problem.What, p.Problem.Why, p.Problem.Code)
		}
		if !s.Done {
			t.Errorf("the step %s is not done", s.Name)
		}
	}
	for _, f := range m.refused {
		t.Errorf("failed: %s", f)
	}
	if different := crashtest.Difference(u.end, m.picture()); different != "" {
		t.Errorf("AWS is not as after an undisturbed set-up:\n%s", different)
	}
	if repeated := crashtest.Repeated(u.effects, m.effects); repeated != "" {
		t.Errorf("calls were repeated:\n%s", repeated)
	}
	r, err := journal.Read(m.journalFile())
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range crashtest.Unapproved(r, m.effects) {
		t.Error(wrong)
	}
	if d := r.InDoubt(); len(d) > 0 {
		t.Errorf("%s is still in doubt, and %d more", d[0].Item, len(d)-1)
	}
}
