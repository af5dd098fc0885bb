package run

import (
	"fmt"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// plan makes and checks a step's plan.
func (e *Engine) plan(s steps.Step, state steps.State) ([]plan.Item, error) {
	a, f := e.Answers().WithDefaults(), e.Facts()
	var items []plan.Item
	switch {
	case !e.o.Undo:
		items = s.Plan(state, a, f)
	case s.Undo != nil:
		made := e.past().made
		for _, id := range e.foreseen {
			delete(made, id)
		}
		items = s.Undo(state, a, f, made)
	default:
		items = steps.NotTakenBack(s.Name, s.Title, e.past().made)
	}
	if err := plan.Check(items); err != nil {
		return nil, fmt.Errorf("the plan of %s is wrong: %w", s.Name, err)
	}
	if e.stop.Step == s.Name {
		e.stop = plan.Blocked{} // it is judged anew
	}
	for _, i := range items {
		if i.Blocked != nil && !e.o.Undo && i.Blocked.Stops != plan.StopsNothing && e.stop.Stops != plan.StopsEverything {
			e.stop = *i.Blocked
		}
	}
	return items, nil
}

// goneWithout notes what cannot be done because a person left this call out, or because it failed.
func (e *Engine) goneWithout(c *plan.Call, how outcome) {
	if e.o.Undo || c.Stops == plan.StopsNothing || e.stop.Stops == plan.StopsEverything {
		return
	}
	e.stop = plan.Blocked{Step: c.Step, Stops: c.Stops, What: "\"" + c.Title + "\" was left out, and this step needs it.",
		Next: "Start the wizard again and approve it. Nothing is lost until then."}
	if how == failed {
		e.stop.What = "\"" + c.Title + "\" did not work, and this step needs it."
		e.stop.Next = "Start the wizard again when that is mended. Nothing is lost until then."
	}
}

// stopped reports whether something found in an earlier step keeps this one from being done, and says so in an item.
func (e *Engine) stopped(s steps.Step) (plan.Item, bool) {
	if e.stop.Step == s.Name || e.stop.Stops == plan.StopsNothing || e.stop.Stops == plan.StopsOrganization && s.Alone {
		return plan.Item{}, false
	}
	what := "This step has to wait: "
	if e.stop.Kept {
		what = "This step is left out on purpose: "
	}
	return plan.Item{Blocked: &plan.Blocked{ID: s.Name + "/stopped", Step: s.Name, Code: e.stop.Code, Kept: e.stop.Kept,
		What: what + s.Title + ".", Why: e.stop.What, Next: e.stop.Next}}, true
}
