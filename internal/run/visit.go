package run

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"awswizard/internal/cloud"
	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/steps"
)

type outcome int

const (
	untried outcome = iota
	made            // done; AWS may not show it yet
	failed
	left // skipped by the person, or waiting for something that failed
	doubted
)

// visit is one passage through a step.
type visit struct {
	e      *Engine
	n      int
	step   steps.Step
	state  steps.State
	result StepResult

	outcomes map[string]outcome
	approved map[string]template // by call id
	shown    map[string]bool     // blocked and later items the person has seen
	blind    map[string]Problem  // by hand-off: why the last look could not tell whether it is done
	blindErr map[string]error
	told     map[string]bool // calls in doubt that were told as done
	quiet    map[string]bool // operation+code of problems the person chose to skip
	worn     bool            // a look waited as long as it may; those after it do not begin to wait anew
	part     bool            // the last round did what a person picked; it does not count as one of mostRounds
	idle     bool            // nothing was done in the last round, and nobody was there who could have done anything
}

func (e *Engine) visit(ctx context.Context, n int) (StepResult, error) {
	s := e.o.Steps[n]
	v := &visit{e: e, n: n, step: s, result: StepResult{Name: s.Name, Title: s.Title}, outcomes: map[string]outcome{},
		approved: map[string]template{}, shown: map[string]bool{}, quiet: map[string]bool{}, told: map[string]bool{},
		blind: map[string]Problem{}, blindErr: map[string]error{}}
	for id, begin := range e.doubt {
		if begin.Step == s.Name {
			v.outcomes[id] = doubted
		}
	}
	e.event(Event{Kind: StepBegin, Step: s.Name, Text: s.Title})
	if err := e.asStarted(ctx, s); err != nil {
		return v.result, err
	}
	if err := v.outlast(ctx); err != nil {
		return v.result, err
	}
	ok, err := v.lookUnlessStopped(ctx)
	if err != nil {
		return v.result, err
	}
	if !ok || !e.active(s) {
		v.result.Skipped = true
		e.event(Event{Kind: StepEnd, Step: s.Name, Text: "left out"})
		return v.result, nil
	}
	if blocked, stopped := e.stopped(s); stopped {
		e.event(Event{Kind: Skipped, Step: s.Name, Item: blocked.ID(), Text: blocked.Blocked.What + " " + blocked.Blocked.Why})
		v.result.Skipped = blocked.Blocked.Kept
		err = v.finish([]plan.Item{blocked})
		e.event(Event{Kind: StepEnd, Step: s.Name, Text: v.verdict()})
		return v.result, err
	}
	if !v.mayGoOn() {
		if err := v.questions(ctx); err != nil {
			return v.result, err
		}
	}
	err = v.rounds(ctx)
	e.event(Event{Kind: StepEnd, Step: s.Name, Text: v.verdict()})
	return v.result, err
}

func (v *visit) verdict() string {
	switch {
	case v.result.Done && v.result.Optional() > 0:
		return "done; " + Optional(v.result.Optional())
	case v.result.Done:
		return "done"
	case v.result.Skipped:
		return "left out"
	case v.result.work() == 0:
		return "not finished"
	}
	return fmt.Sprintf("%d left", v.result.work())
}

func (v *visit) problem(id, title string, p Problem) {
	v.result.Problems = append(v.result.Problems, ItemProblem{id, title, p})
}

// finish notes what is left.
func (v *visit) finish(items []plan.Item) error {
	if err := v.resolve(items); err != nil {
		return err
	}
	v.result.Left = items
	v.result.Done = !v.result.Skipped && plan.Done(items) && v.result.Failed == 0
	for _, i := range items {
		if c := i.Call; c != nil && (v.outcomes[c.ID] == left || v.outcomes[c.ID] == failed) {
			v.e.goneWithout(c, v.outcomes[c.ID])
		}
		if b := i.Blocked; b != nil && !b.Kept {
			v.problem(b.ID, b.What, Problem{What: b.What, Why: b.Why, Next: b.Next, Code: b.Code})
			v.result.Done = false
		}
	}
	return v.undone()
}

// resolve ends the doubts about calls that AWS shows as done: the plan no longer has them. Where AWS did not let itself be
// looked at, a call may be missing for that reason, and stays in doubt.
func (v *visit) resolve(items []plan.Item) error {
	for id := range v.doneAfterAll(items) {
		if err := v.e.record(journal.Entry{Kind: journal.KindSettled, Step: v.step.Name, Item: id}); err != nil {
			return err
		}
		v.outcomes[id] = made
		delete(v.e.doubt, id)
	}
	return nil
}

// doneAfterAll are the calls in doubt that a plan no longer has. What follows them goes on in this round already, so they
// are told as done at once.
func (v *visit) doneAfterAll(items []plan.Item) map[string]bool {
	done := map[string]bool{}
	if slices.ContainsFunc(items, func(i plan.Item) bool { return i.Blocked != nil && i.Blocked.Code != "" }) {
		return done
	}
	for id, o := range v.outcomes {
		if o != doubted || slices.ContainsFunc(items, func(i plan.Item) bool { return i.ID() == id }) {
			continue
		}
		done[id] = true
		if !v.told[id] {
			v.told[id] = true
			v.e.event(Event{Kind: OK, Step: v.step.Name, Item: id, Text: "AWS shows that it was done: " + id})
		}
	}
	return done
}

// trouble asks the person what to do about a problem.
func (v *visit) trouble(ctx context.Context, id string, p Problem) (Decision, error) {
	v.e.ask.Lock()
	defer v.e.ask.Unlock()
	return v.e.o.FrontEnd.Trouble(ctx, v.e.page(v.n), id, p)
}

// problemOf puts an error in the founder's words; what is used when AWS's error is not a known one.
func (e *Engine) problemOf(err error, what string) Problem {
	if local := (*plan.LocalError)(nil); errors.As(err, &local) {
		return Problem{What: local.What, Why: local.Why, Next: local.Next}
	}
	x := cloud.ExplainKnowing(e.Facts(), err)
	p := Problem{What: x.What, Why: x.Why, Next: x.Next, Code: x.Code, RequestID: x.RequestID}
	if p.What == "" {
		p.What = what + " failed."
	}
	return p
}

func titleOf(i plan.Item) string {
	switch {
	case i.Call != nil:
		return i.Call.Title
	case i.HandOff != nil:
		return i.HandOff.Title
	case i.Later != nil:
		return i.Later.Title
	}
	return i.Blocked.What
}
