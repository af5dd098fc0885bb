package run_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/internal/sandbox"
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
