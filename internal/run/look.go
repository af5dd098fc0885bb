package run

import (
	"context"
	"time"

	"awswizard/internal/cloud"
	"awswizard/internal/plan"
	"awswizard/steps"
)

func (v *visit) lookUnlessStopped(ctx context.Context) (bool, error) {
	if _, stopped := v.e.stopped(v.step); stopped {
		return true, nil
	}
	return v.inspect(ctx, v.firstLook)
}

// firstLook takes the look that was begun before the step's turn, if there is one that still holds.
func (v *visit) firstLook(ctx context.Context) (steps.State, error) {
	if v.e.looks == nil {
		return v.lookNow(ctx)
	}
	v.e.looks.reach(v.n)
	return v.e.looks.look()
}

func (v *visit) lookNow(ctx context.Context) (steps.State, error) { return v.e.inspect(ctx, v.step) }

// look looks anew, after something was done or somebody was asked.
func (v *visit) look(ctx context.Context) (bool, error) {
	v.e.forget()
	return v.inspect(ctx, v.lookNow)
}

// seen takes back that a step could not be looked at.
func (e *Engine) seen(step string) {
	if _, told := e.Facts().Lookup(plan.UnreadFact(step)); told {
		e.learn(map[string]string{plan.UnreadFact(step): "no"})
	}
}

// inspect inspects, asking the person what to do when that fails; false means the step is left out.
func (v *visit) inspect(ctx context.Context, look func(context.Context) (steps.State, error)) (bool, error) {
	waited, pause := time.Duration(0), firstWait
	for ; ; look = v.lookNow {
		since := v.e.signedInSoFar()
		state, err := look(ctx)
		if err == nil {
			v.state, v.worn = state, false
			v.e.seen(v.step.Name)
			return true, nil
		}
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		again, ended := (&work{v: v, cancel: func() {}}).renew(ctx, err, since)
		if ended != nil {
			return false, ended
		}
		if again {
			continue
		}
		if cloud.Passing(err) && waited < patience && !v.worn {
			if err := v.e.bideTime(ctx, v.step.Name, "", err, pause, patience-waited); err != nil {
				return false, err
			}
			v.e.forget()
			waited += pause
			pause = min(pause*2, mostWait)
			continue
		}
		v.worn = waited >= patience || v.worn
		if state != nil {
			v.state = state // the plan says what could not be read
			return true, nil
		}
		v.e.forget()
		p := v.e.problemOf(err, "Reading the state of this step")
		v.problem("", v.step.Title, p)
		d, err := v.trouble(ctx, v.step.Name, p)
		if err != nil {
			return false, err
		}
		switch d {
		case Leave:
			return false, ErrLeft
		case Again:
			return false, errAgain
		case Skip:
			v.result.Unread = true
			v.e.learn(map[string]string{plan.UnreadFact(v.step.Name): "yes"})
			return false, nil
		}
		waited, pause, v.worn = 0, firstWait, false
	}
}
