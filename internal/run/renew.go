package run

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"awswizard/internal/cloud"
	"awswizard/internal/plan"
)

// errSignedOut ends an unattended run whose session is over.
var errSignedOut = errors.New("the sign-in has run out")

// bideTime tells what is waited for and until when at the latest, and waits for d.
func (e *Engine) bideTime(ctx context.Context, step, item string, err error, d, most time.Duration) error {
	x := cloud.Explain(err)
	e.event(Event{Kind: Waiting, Step: step, Item: item, Until: e.o.Now().Add(d), Limit: e.o.Now().Add(most),
		Text: x.What + ": trying again by itself. " + strings.TrimSuffix(x.Why, ".")})
	return e.o.Sleep(ctx, d)
}

// signedInSoFar counts the sign-ins, so that requests that failed beside one another renew the session once.
func (e *Engine) signedInSoFar() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.signIns
}

// renew gets a new session when err says that the one used since is over; true means that the request can be made again.
// An unattended run ends then: the next start goes on.
func (w *work) renew(ctx context.Context, err error, since int) (bool, error) {
	e := w.v.e
	if !cloud.SignedOut(err) || ctx.Err() != nil {
		return false, nil
	}
	e.renewing.Lock()
	defer e.renewing.Unlock()
	if e.signedInSoFar() != since {
		return true, nil // somebody has done it meanwhile
	}
	e.mu.Lock()
	own := e.own
	anew := e.o.Now().Sub(e.renewed) > time.Minute // else AWS refuses what the portal has just given, and would go on so
	e.renewed = e.o.Now()
	e.mu.Unlock()
	if own && anew {
		if e.signInAgain(ctx) == nil && e.signedInSoFar() != since {
			return true, nil // the portal's own session was longer
		}
	}
	if e.o.Unattended {
		return false, fmt.Errorf("%w: %w", errSignedOut, err)
	}
	if own {
		return w.throughThePortal(ctx)
	}
	return w.v.throughTheChain(ctx, err)
}

// throughThePortal shows the sign-in again: the person signed in with it before.
func (w *work) throughThePortal(ctx context.Context) (bool, error) {
	e, step := w.v.e, w.v.step.Name
	h := &plan.HandOff{ID: step + "/sign-in-again", Step: step, StandIn: "sign-in",
		Title: "Sign in again: your sign-in has run out",
		Why:   "AWS ends each sign-in after some hours. Nothing is lost: the wizard goes on where it was.",
		Clicks: []string{
			"Sign in with your name and password, and allow the access.",
			"Come back here.",
		},
		Every:  time.Second,
		SignIn: &plan.SignIn{StartURLFact: startURLFact, RegionFact: portalRegion, PermissionSet: e.Facts().Get(signInRole)},
	}
	w.set(h.ID, untried)
	w.handOff(ctx, h)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.v.outcomes[h.ID] == made, w.stop
}

// throughTheChain has the person sign in by the means they came with, and reads the credentials anew.
func (v *visit) throughTheChain(ctx context.Context, err error) (bool, error) {
	e := v.e
	for tried := false; ; tried = true {
		p := e.problemOf(err, "Signing in")
		next, found := e.o.Cloud.HowToSignIn()
		p.Next, p.SignIn = next, SignInBeside
		if !found {
			p.SignIn = SignInAnew
		}
		if tried && cloud.SignedOut(err) {
			p.Why = "You tried again, and AWS still sees the old sign-in."
		}
		e.event(Event{Kind: Waiting, Step: v.step.Name, Text: p.What + ": waiting for you"})
		d, asked := v.trouble(ctx, v.step.Name, p)
		switch {
		case asked != nil:
			return false, asked
		case d == Leave:
			return false, ErrLeft
		case d != Go || !found:
			return false, nil
		}
		if err = e.o.Cloud.Reload(ctx); err == nil {
			caller, asked := e.o.Cloud.WhoAmI(ctx)
			if asked == nil {
				e.setCaller(caller)
				e.mu.Lock()
				e.signIns++
				e.mu.Unlock()
				return true, nil
			}
			err = asked
		}
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
	}
}
