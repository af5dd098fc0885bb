package run

import (
	"context"
	"fmt"
	"slices"

	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// foresee learns, for an undo, what all steps know before the first of them is taken back: they come in the reverse of the
// order in which they learn from one another.
func (e *Engine) foresee(ctx context.Context) error {
	if !e.o.Undo {
		return nil
	}
	e.event(Event{Kind: Waiting, Text: "Looking at everything that was made"})
	for _, s := range slices.Backward(e.o.Steps) {
		if _, err := e.inspect(ctx, s); err != nil {
			e.o.Log.Info("looking ahead", "step", s.Name, "error", err)
		}
	}
	return ctx.Err()
}

// asStarted goes back to the credentials the program was started with, where a step's way back would saw off the branch
// it sits on: the sign-in through IAM Identity Center ends with that step.
func (e *Engine) asStarted(ctx context.Context, s steps.Step) error {
	if !e.o.Undo || !s.UndoAsStarted || e.Caller() == e.started {
		return nil
	}
	caller, err := e.o.Cloud.AsStarted(ctx)
	if err != nil {
		return fmt.Errorf("going back to the credentials of the start: %w", err)
	}
	e.setCaller(caller)
	e.mu.Lock()
	e.own = false
	e.mu.Unlock()
	return nil
}

// outlast waits until the calls of the other direction that are in doubt are so old that AWS shows what became of them:
// a deletion whose reply was lost, when the set-up goes on, or a creation, when it is taken back. From then on what AWS
// shows counts. A creation stays in doubt until the set-up or the end of the way back resolves it.
func (v *visit) outlast(ctx context.Context) error {
	e := v.e
	if !e.active(v.step) || e.o.Journal == nil {
		return nil
	}
	for id, begin := range e.other {
		if begin.Step != v.step.Name {
			continue
		}
		e.forget()
		if left := doubtLimit - e.o.Now().Sub(begin.Time); left > 0 {
			e.event(Event{Kind: Waiting, Step: v.step.Name, Item: id, Until: e.o.Now().Add(left),
				Text: "A request of an earlier run had no reply; waiting until AWS shows what became of it"})
			if err := e.o.Sleep(ctx, left); err != nil {
				return err
			}
		}
		if !e.o.Undo {
			end := journal.Entry{Kind: journal.KindFail, Step: begin.Step, Item: id, Service: begin.Service, Operation: begin.Operation,
				Account: begin.Account, Region: begin.Region, Fingerprint: begin.Fingerprint, Message: "given up: the set-up goes on from what AWS shows"}
			if err := e.record(end); err != nil {
				return err
			}
		}
		delete(e.other, id)
	}
	return nil
}

// undone notes that nothing the wizard made in this step is left, so that a later set-up begins afresh: it asks again,
// and what stands there then is somebody else's.
func (v *visit) undone() error {
	e, name := v.e, v.step.Name
	if !e.o.Undo || !v.result.Done || slices.ContainsFunc(v.result.Left, func(i plan.Item) bool { return i.Blocked != nil }) {
		return nil // what stays because others need it is still ours
	}
	past := e.past()
	known := past.answered[name]
	for _, m := range past.made {
		known = known || m.Step == name
	}
	if !known {
		return nil
	}
	return e.record(journal.Entry{Kind: journal.KindUndone, Step: name})
}
