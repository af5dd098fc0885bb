package run_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/steps"
)

// seenAt is the state of a step whose looks take a second.
type seenAt struct {
	name  string
	heard string // what the look knew of another step
	nth   int
}

func (s *seenAt) Facts() map[string]string { return map[string]string{"seen." + s.name: "yes"} }

// looks notes which looks were made, and when.
type looks struct {
	mu    sync.Mutex
	since time.Time
	at    map[string][]time.Duration // by step
}

// step looks for a second and plans nothing, but for what stands in its way.
func (l *looks) step(name string, stops plan.Stop, after ...string) steps.Step {
	inspect := func(ctx context.Context, env steps.Env) (*seenAt, error) {
		l.mu.Lock()
		l.at[name] = append(l.at[name], time.Since(l.since))
		s := &seenAt{name: name, nth: len(l.at[name])}
		l.mu.Unlock()
		env.Check(name+" before", "")
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return s, ctx.Err()
		}
		env.Check(name+" after", "")
		s.heard, _ = env.Facts.Lookup("seen.first")
		return s, nil
	}
	planned := func(s *seenAt, _ answers.Answers, _ plan.Facts) []plan.Item {
		if stops != plan.StopsNothing {
			return []plan.Item{{Blocked: &plan.Blocked{ID: name + "/stop", Step: name, What: "No.", Why: "It is a test.", Next: "None.", Stops: stops}}}
		}
		return nil
	}
	return steps.Define(steps.Step{Name: name, Title: name, LooksAfter: after}, nil, inspect, planned)
}

func newLooks() *looks { return &looks{since: time.Now(), at: map[string][]time.Duration{}} }

func (b *bench) survey(list ...steps.Step) []run.StepPlan {
	b.t.Helper()
	planned, err := run.New(run.Options{Steps: list, Cloud: b.cloud, FrontEnd: b.front, Answers: answers.Answers{Company: "Acme", Email: "aws@acme.example"}}).Survey(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return planned
}

// What needs nothing of another step is looked at beside it, and is told in the order of the steps.
func TestStepsAreLookedAtBesideOneAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, l := newBench(t), newLooks()
		l.since = time.Now()
		b.survey(l.step("first", plan.StopsNothing), l.step("second", plan.StopsNothing), l.step("third", plan.StopsNothing, "first"))
		if took := time.Since(l.since); took != 2*time.Second {
			t.Errorf("the looks took %v, want 2 s", took)
		}
		if l.at["second"][0] != 0 || l.at["third"][0] != time.Second {
			t.Errorf("the looks began at %v", l.at)
		}
		var told []string
		for _, e := range b.front.events {
			told = append(told, strings.TrimSpace(string(e.Kind)+" "+e.Step+" "+strings.TrimPrefix(e.Text, e.Step)))
		}
		var want []string
		for _, s := range []string{"first", "second", "third"} {
			want = append(want, "step "+s, "check "+s+"  before", "check "+s+"  after", "step-end "+s+" "+run.LookedAt)
		}
		if !slices.Equal(told, want) {
			t.Errorf("told\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
		}
	})
}

// A look that uses another step's facts has them, and no step is looked at that an earlier one keeps from being done.
func TestLooksAheadKnowWhatTheyNeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, l := newBench(t), newLooks()
		heard := ""
		second := l.step("second", plan.StopsEverything, "first")
		plans := second.Plan
		second.Plan = func(s steps.State, a answers.Answers, f plan.Facts) []plan.Item {
			heard = s.(*seenAt).heard
			return plans(s, a, f)
		}
		planned := b.survey(l.step("first", plan.StopsNothing), second, l.step("third", plan.StopsNothing, "first", "second"))
		if heard != "yes" {
			t.Error("the second look did not know the first step's fact")
		}
		if len(l.at["third"]) != 0 || planned[2].Items[0].Blocked == nil {
			t.Errorf("the third step was looked at: %v", l.at["third"])
		}
	})
}

// The next start looks at what was worked on before beside one another; but what was seen before something is changed holds
// no more after it.
func TestNothingIsUsedThatWasSeenBeforeAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, l := newBench(t), newLooks()
		units := func(names ...string) steps.Step { return unitsStep(nil, names...) }
		used := 0
		last := l.step("last", plan.StopsNothing)
		last.Plan = func(s steps.State, _ answers.Answers, _ plan.Facts) []plan.Item {
			used = s.(*seenAt).nth
			return nil
		}
		begin := func(list ...steps.Step) {
			b.restart()
			l.at = map[string][]time.Duration{}
			if _, err := b.run(t.Context(), list...); err != nil {
				t.Fatal(err)
			}
		}
		begin(units("Security"), last)
		if len(l.at["last"]) != 1 {
			t.Fatalf("the first run looked %d times ahead", len(l.at["last"])-1)
		}
		begin(units("Security"), last)
		if len(l.at["last"]) != 1 || used != 1 {
			t.Errorf("with nothing to do, it was looked at %d times, and look %d was used", len(l.at["last"]), used)
		}
		begin(units("Security", "Workloads"), last)
		if !slices.Contains(b.done, "CreateOrganizationalUnit") || len(l.at["last"]) != 2 || used != 2 {
			t.Errorf("after a write, it was looked at %d times, and look %d was used", len(l.at["last"]), used)
		}
	})
}

// A look that panics does so where the terminal can be given back.
func TestAPanicOfALookAheadComesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, l := newBench(t), newLooks()
		bad := l.step("second", plan.StopsNothing)
		bad.Inspect = func(context.Context, steps.Env) (steps.State, error) { panic("boom") }
		defer func() {
			if v, ok := recover().(error); !ok || !strings.Contains(v.Error(), "boom") {
				t.Errorf("recovered %v", v)
			}
		}()
		b.survey(l.step("first", plan.StopsNothing), bad)
		t.Error(errors.New("the survey went on"))
	})
}
