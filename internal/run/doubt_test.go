package run_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/internal/sandbox"
	"awswizard/steps"
)

// What must follow a call in doubt is not made before it is known that the call happened: here it did not.
func TestNothingOvertakesADoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if _, err := b.run(t.Context(), unitsStep(nil)); err != nil {
			t.Fatal(err)
		}
		b.front.events = nil
		broken := true
		b.sim.Faults(func(r sandbox.Request) error {
			if broken && r.Operation == "CreateOrganizationalUnit" {
				broken = false
				return sandbox.FailWith(500, "ServiceException", "AWS Organizations can't complete your request because of an internal service error.")
			}
			return nil
		})
		chain := func(c *plan.Call) {
			switch c.ID {
			case "units/unit/B":
				c.After = []string{"units/unit/A"}
			case "units/unit/C":
				c.After = []string{"units/unit/B"}
			}
		}
		r, err := b.run(t.Context(), unitsStep(chain, "A", "B", "C"))
		if err != nil || !r.Steps[0].Done {
			t.Fatalf("%+v %v", r, err)
		}
		var begun []string
		for _, e := range b.front.events {
			if e.Kind == run.Begin {
				begun = append(begun, e.Item)
			}
		}
		if want := []string{"units/unit/A", "units/unit/A", "units/unit/B", "units/unit/C"}; !slices.Equal(begun, want) {
			t.Errorf("begun %v, want %v", begun, want)
		}
	})
}

// A call whose reply was lost stays in doubt where AWS cannot be looked at afterwards: that the plan does not have it tells
// nothing then. The next start looks it up, and makes it once.
func TestADoubtStaysWhereNobodyCanLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if _, err := b.run(t.Context(), unitsStep(nil)); err != nil {
			t.Fatal(err)
		}
		b.sent = nil
		blind := false
		b.sim.Lose(func(r sandbox.Request) bool {
			lost := r.Operation == "CreateOrganizationalUnit" && !blind
			blind = blind || lost
			return lost
		})
		s := unitsStep(nil, "A")
		sees := s.Plan
		s.Plan = func(st steps.State, a answers.Answers, f plan.Facts) []plan.Item {
			if blind {
				return []plan.Item{{Blocked: &plan.Blocked{ID: "units/look", Step: "units", Code: "AccessDeniedException",
					What: "The units cannot be looked at.", Why: "a test wants it", Next: "Start again."}}}
			}
			return sees(st, a, f)
		}
		r, err := b.run(t.Context(), s)
		if err != nil || r.Steps[0].Done {
			t.Fatalf("%+v %v", r, err)
		}
		if d := b.journal.Replay().InDoubt(); len(d) != 1 || d[0].Item != "units/unit/A" {
			t.Fatalf("in doubt: %+v", d)
		}
		for _, e := range b.front.events {
			if e.Kind == run.OK && e.Item == "units/unit/A" {
				t.Error("told as done, and nobody could see it")
			}
		}
		b.sim.Lose(nil)
		blind = false
		if r, err = b.run(t.Context(), s); err != nil || !r.Steps[0].Done || len(b.sent) != 1 || len(b.journal.Replay().InDoubt()) != 0 {
			t.Errorf("%+v %v, sent %v", r, err, b.sent)
		}
	})
}
