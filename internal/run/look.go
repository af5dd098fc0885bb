package run

import (
	"context"
	"time"

	"awswizard/internal/cloud"
	"awswizard/internal/plan"
)

func (v *visit) lookUnlessStopped(ctx context.Context) (bool, error) {
	if _, stopped := v.e.stopped(v.step); stopped {
		return true, nil
	}
	return v.look(ctx)
}

// seen takes back that a step could not be looked at.
func (e *Engine) seen(step string) {
	if _, told := e.Facts().Lookup(plan.UnreadFact(step)); told {
		e.learn(map[string]string{plan.UnreadFact(step): "no"})
	}
}

// look inspects, asking the person what to do when that fails; false means the step is left out.
func (v *visit) look(ctx context.Context) (bool, error) {
	waited, pause := time.Duration(0), firstWait
	for {
		since := v.e.signedInSoFar()
		state, err := v.e.inspect(ctx, v.step)
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
			waited += pause
			pause = min(pause*2, mostWait)
			continue
		}
		v.worn = waited >= patience || v.worn
		if state != nil {
			v.state = state // the plan says what could not be read
			return true, nil
		}
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
