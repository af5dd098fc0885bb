package run_test

import (
	"testing"
	"testing/synctest"

	"awswizard/internal/plan"
	"awswizard/internal/run"
)

// TestOneCallAtATime approves each call by itself: each is made alone, and the rest is shown again.
func TestOneCallAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		names := []string{"A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V"}
		rounds := 0
		b.front.approve = func(p run.Page) (run.Decision, []string) {
			rounds++
			var rest []string
			for _, c := range plan.Calls(p.Items)[1:] {
				rest = append(rest, c.ID)
			}
			return run.Part, rest
		}
		result, err := b.run(t.Context(), unitsStep(nil, names...))
		if err != nil {
			t.Fatal(err)
		}
		if want := 1 + len(names); rounds != want || !result.Steps[0].Done || result.Steps[0].OK != want {
			t.Errorf("%d rounds, want the organization and each unit; %+v", rounds, result.Steps[0])
		}
		for _, e := range b.front.events {
			if e.Kind == run.Skipped {
				t.Errorf("told as left out: %+v", e)
			}
		}
	})
}

// TestALeftOutOrganizationStopsWhatNeedsIt: the steps that need one say so, and those that do not go on.
func TestALeftOutOrganizationStopsWhatNeedsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.front.approve = func(p run.Page) (run.Decision, []string) { return run.Skip, nil }
		first := unitsStep(func(c *plan.Call) {
			if c.ID == "units/organization" {
				c.Stops = plan.StopsOrganization
			}
		})
		needs, alone := unitsStep(nil), unitsStep(nil)
		needs.Name, alone.Name, alone.Alone = "needs", "alone", true
		result, err := b.run(t.Context(), first, needs, alone)
		if err != nil {
			t.Fatal(err)
		}
		if items := result.Steps[1].Left; len(items) != 1 || items[0].ID() != "needs/stopped" {
			t.Errorf("the step that needs an organization has left %v", items)
		}
		if items := result.Steps[2].Left; len(plan.Calls(items)) == 0 {
			t.Errorf("the step that needs none has left %v", items)
		}
	})
}
