package run

import (
	"context"

	"awswizard/internal/cloud"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// StepPlan is one step's plan as a dry run sees it.
type StepPlan struct {
	Step  steps.Step
	Items []plan.Item
	Facts plan.Facts
}

// LookedAt is the text of the StepEnd of a step that was only looked at.
const LookedAt = "looked at"

// Survey is the dry run: every step is inspected and planned, nothing is asked and nothing is changed. A step that
// cannot be read becomes a Blocked item, and the others go on.
func (e *Engine) Survey(ctx context.Context) ([]StepPlan, error) {
	if err := e.begin(ctx); err != nil {
		return nil, err
	}
	if missing := e.Answers().Missing(); len(missing) > 0 && !e.o.Undo {
		return nil, &MissingError{missing}
	}
	if problems := e.Answers().WithDefaults().Validate(); len(problems) > 0 && !e.o.Undo {
		return nil, &InvalidError{problems}
	}
	if err := e.foresee(ctx); err != nil {
		return nil, err
	}
	looks := e.ahead(ctx, every)
	defer looks.end()
	var out []StepPlan
	for n, s := range e.o.Steps {
		looks.reach(n)
		e.event(Event{Kind: StepBegin, Step: s.Name, Text: s.Title})
		if blocked, stopped := e.stopped(s); stopped {
			e.event(Event{Kind: StepEnd, Step: s.Name, Text: LookedAt})
			if e.active(s) {
				out = append(out, StepPlan{Step: s, Items: []plan.Item{blocked}, Facts: e.Facts()})
			}
			continue
		}
		if err := e.asStarted(ctx, s); err != nil {
			return out, err
		}
		state, err := looks.look()
		e.event(Event{Kind: StepEnd, Step: s.Name, Text: LookedAt})
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if !e.active(s) {
			continue
		}
		var items []plan.Item
		if cloud.SignedOut(err) {
			return out, err
		}
		if state != nil {
			err = nil // what was seen is planned for; what could not be read is said in the plan
		}
		if err != nil {
			e.learn(map[string]string{plan.UnreadFact(s.Name): "yes"})
			p := e.problemOf(err, s.Title)
			items = []plan.Item{{Blocked: &plan.Blocked{ID: s.Name + "/inspect", Step: s.Name, What: p.What, Why: p.Why, Next: p.Next, Code: p.Code}}}
		} else if items, err = e.plan(s, state); err != nil {
			return out, err
		}
		for _, c := range plan.Calls(items) {
			e.foreseen = append(e.foreseen, c.TakesBack...)
		}
		out = append(out, StepPlan{Step: s, Items: items, Facts: e.Facts()})
	}
	return out, nil
}

// HashOf is the hash of a whole dry run.
func HashOf(planned []StepPlan) string {
	var items []plan.Item
	var facts plan.Facts
	for _, p := range planned {
		items = append(items, p.Items...)
		facts = p.Facts
	}
	return plan.Hash(items, facts)
}

// Look inspects every step for the facts it tells, and plans nothing. A step that cannot be read tells none.
func (e *Engine) Look(ctx context.Context) (plan.Facts, error) {
	if err := e.begin(ctx); err != nil {
		return plan.Facts{}, err
	}
	looks := e.ahead(ctx, every)
	defer looks.end()
	for n, s := range e.o.Steps {
		looks.reach(n)
		if _, err := looks.look(); err != nil {
			e.o.Log.Info("looking", "step", s.Name, "error", err)
		}
		if ctx.Err() != nil {
			return plan.Facts{}, ctx.Err()
		}
	}
	return e.Facts(), nil
}

// Reader gives configurations that only read, by place, as the facts are now.
func (e *Engine) Reader() plan.Reader { return e.reader(e.Facts()) }
