package run

import (
	"context"
	"errors"
	"strings"
	"time"

	"awswizard/internal/beside"
	"awswizard/internal/cloud"
	"awswizard/internal/journal"
	"awswizard/internal/plan"
)

// saidDone is the fact that remembers a hand-off AWS gives no way to see: "identity/first-password" is remembered as
// "identity.first_password".
func saidDone(id string) string {
	return strings.ReplaceAll(strings.ReplaceAll(id, "/", "."), "-", "_")
}

// What a person did in the console is looked for this long before they are asked again; the stand-in needs no second
// asking. An unattended run asks nobody twice: what is not seen by then is left for the next start.
const (
	personLimit  = 20 * time.Second
	standInLimit = 5 * time.Minute
)

// handOff shows what only a person can do, and looks by itself whether it is done.
func (w *work) handOff(ctx context.Context, h *plan.HandOff) {
	h = known(h, w.v.e.Facts())
	look := h.Poll
	planned := h
	if h.SignIn != nil {
		if h, look = w.signIn(ctx, planned); h == nil {
			return
		}
	}
	w.v.e.event(Event{Kind: Begin, Step: w.v.step.Name, Item: h.ID, Text: h.Title})
	for {
		since := w.v.e.signedInSoFar()
		d, facts, err := w.waitForPerson(ctx, h, look)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errSignedOut):
			again, ended := w.renew(ctx, w.lastLook(h), since)
			if ended != nil {
				w.halt(ended)
				return
			}
			if !again {
				w.leave(plan.Item{HandOff: h}, "left for later")
				return
			}
		case errors.Is(err, errNewCode):
			w.v.e.event(Event{Kind: Waiting, Step: w.v.step.Name, Item: h.ID, Text: "The code can no longer be confirmed. Here is a new one."})
			if h, look = w.signIn(ctx, planned); h == nil {
				return
			}
		case err != nil:
			w.halt(err)
			return
		case facts != nil:
			w.handed(h, facts)
			return
		case d == Leave:
			w.halt(ErrLeft)
			return
		case d == Again:
			w.halt(errAgain)
			return
		case d == Skip, w.v.e.o.Unattended:
			if w.v.e.o.Unattended {
				w.unseen(h)
			}
			w.leave(plan.Item{HandOff: h}, "left for later")
			return
		}
	}
}

// known is the hand-off with what has become known since it was planned.
func known(h *plan.HandOff, f plan.Facts) *plan.HandOff {
	now := *h
	fill := func(s string) string { return string(filled([]byte(s), f)) }
	now.Title, now.Why, now.URL = fill(h.Title), fill(h.Why), fill(h.URL)
	now.Clicks, now.Stuck = nil, nil
	for _, s := range h.Clicks {
		now.Clicks = append(now.Clicks, fill(s))
	}
	for _, s := range h.Stuck {
		now.Stuck = append(now.Stuck, fill(s))
	}
	return &now
}

func (w *work) handed(h *plan.HandOff, facts map[string]string) {
	e := w.v.e
	if err := e.record(journal.Entry{Kind: journal.KindHandoff, Step: w.v.step.Name, Item: h.ID, Facts: facts, TakesBack: h.TakesBack}); err != nil {
		w.halt(err)
		return
	}
	e.learn(facts)
	w.set(h.ID, made)
	w.mu.Lock()
	w.v.result.OK-- // a hand-off is not a call
	w.mu.Unlock()
	e.event(Event{Kind: OK, Step: w.v.step.Name, Item: h.ID, Text: h.Title, Facts: facts})
}

// errNewCode means that the code of a sign-in can no longer be confirmed, and a new one is needed.
var errNewCode = errors.New("the code of the sign-in is used up")

// signIn starts the device flow; nil means that it could not be started, and that this was told.
func (w *work) signIn(ctx context.Context, h *plan.HandOff) (*plan.HandOff, poll) {
	e, step := w.v.e, w.v.step.Name
	waited, pause := time.Duration(0), firstWait
	for {
		look, shown, err := e.startSignIn(ctx, h)
		if err == nil {
			w.mu.Lock()
			delete(w.v.blindErr, h.ID)
			w.mu.Unlock()
			return shown, look
		}
		if ctx.Err() != nil {
			return nil, nil
		}
		if cloud.Passing(err) && waited < patience {
			if e.bideTime(ctx, step, h.ID, err, pause, patience-waited) != nil {
				return nil, nil
			}
			waited += pause
			pause = min(pause*2, mostWait)
			continue
		}
		p := e.problemOf(err, h.Title)
		e.event(Event{Kind: Failed, Step: step, Item: h.ID, Text: h.Title, Problem: &p})
		d, asked := w.v.trouble(ctx, h.ID, p)
		switch {
		case asked != nil:
			w.halt(asked)
			return nil, nil
		case d == Leave:
			w.halt(ErrLeft)
			return nil, nil
		case d != Go:
			w.fail(h.ID, h.Title, p)
			return nil, nil
		}
		waited, pause = 0, firstWait
	}
}

// unseen keeps the reason why a hand-off was not seen as done, for the report.
func (w *work) unseen(h *plan.HandOff) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p, known := w.v.blind[h.ID]; known {
		w.v.problem(h.ID, h.Title, p)
	}
}

type poll = func(ctx context.Context, read plan.Reader, f plan.Facts) (bool, map[string]string, error)

// waitForPerson shows the hand-off once, polling beside it. Facts that are not nil mean it is done.
func (w *work) waitForPerson(ctx context.Context, h *plan.HandOff, look poll) (Decision, map[string]string, error) {
	e := w.v.e
	if done, facts := w.seen(ctx, h, look); done {
		return Go, facts, nil
	}
	if over := w.lookOver(h); over != nil {
		return Go, nil, over
	}
	showing, close := context.WithCancel(ctx)
	defer close()
	found := make(chan map[string]string, 1)
	var polling beside.Group
	polling.Go(func() {
		if look == nil {
			return
		}
		defer close()
		every := h.Every
		if every <= 0 {
			every = 5 * time.Second
		}
		for {
			e.event(Event{Kind: Looking, Step: w.v.step.Name, Item: h.ID, Text: h.Title, Until: e.o.Now().Add(every)})
			if e.o.Sleep(showing, every) != nil {
				return
			}
			done, facts := w.seen(showing, h, look)
			if done {
				found <- facts
			}
			if done || w.lookOver(h) != nil {
				return
			}
		}
	})
	d, err := w.showHandOff(showing, h)
	close()
	polling.Wait()
	select {
	case facts := <-found:
		return Go, facts, nil
	default:
	}
	if over := w.lookOver(h); over != nil && ctx.Err() == nil {
		return Go, nil, over
	}
	if err != nil && ctx.Err() == nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	if err != nil || d != Go {
		return d, nil, err
	}
	if e.o.StandIn != nil && h.StandIn != "" {
		if err := e.o.StandIn(h.StandIn); err != nil {
			e.event(Event{Kind: Waiting, Step: w.v.step.Name, Item: h.ID, Text: "It could not be done: " + err.Error()})
			return d, nil, nil
		}
	}
	if look == nil {
		return Go, map[string]string{saidDone(h.ID): "done"}, nil
	}
	limit := personLimit
	switch {
	case e.o.StandIn != nil && h.StandIn == "":
		limit = 0 // nobody plays it, so nothing will have changed
	case e.o.StandIn != nil:
		limit = standInLimit
	}
	for waited := time.Duration(0); waited < limit; waited += max(h.Every, time.Second) {
		if done, facts := w.seen(ctx, h, look); done {
			return Go, facts, nil
		}
		if over := w.lookOver(h); over != nil {
			return Go, nil, over
		}
		if e.o.Unattended && w.denied(h) {
			break // waiting does not give a permission
		}
		if err := e.o.Sleep(ctx, max(h.Every, time.Second)); err != nil {
			return d, nil, err
		}
	}
	e.event(Event{Kind: Waiting, Step: w.v.step.Name, Item: h.ID, Text: "AWS does not show it yet: " + h.Title})
	return d, nil, nil
}

func (w *work) showHandOff(ctx context.Context, h *plan.HandOff) (Decision, error) {
	e := w.v.e
	e.ask.Lock()
	defer e.ask.Unlock()
	return e.o.FrontEnd.HandOff(ctx, e.page(w.v.n), h)
}

// seen looks once. A poll that fails is not an answer: it is told once, written to the log and made again.
func (w *work) seen(ctx context.Context, h *plan.HandOff, look poll) (bool, map[string]string) {
	if look == nil {
		return false, nil
	}
	facts := w.v.e.Facts()
	done, learned, err := look(ctx, w.v.e.reader(facts), facts)
	if errors.Is(err, plan.ErrPlanAgain) {
		w.v.e.event(Event{Kind: Waiting, Step: w.v.step.Name, Item: h.ID, Text: h.Title + ": " + err.Error()})
		w.halt(err)
		return false, nil
	}
	if err != nil {
		w.v.e.o.Log.Info("looking whether a hand-off is done", "item", h.ID, "error", err)
		p := w.v.e.problemOf(err, h.Title)
		w.mu.Lock()
		w.v.blind[h.ID], w.v.blindErr[h.ID] = p, err
		w.mu.Unlock()
		if ctx.Err() == nil && w.firstOf(h.ID+" "+p.Code) {
			w.v.e.event(Event{Kind: Waiting, Step: w.v.step.Name, Item: h.ID, Text: "Looking whether it is done failed: " + p.What + " " + p.Next})
		}
		return false, nil
	}
	w.mu.Lock()
	delete(w.v.blind, h.ID)
	delete(w.v.blindErr, h.ID)
	w.mu.Unlock()
	if done && learned == nil {
		learned = map[string]string{}
	}
	return done, learned
}

// lookOver is why the last look shows that looking on is of no use: the code shown can no longer be confirmed (errNewCode), or
// the session that looks is over (errSignedOut).
func (w *work) lookOver(h *plan.HandOff) error {
	err := w.lastLook(h)
	var creds *cloud.CredentialsError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &creds) && (creds.Kind == cloud.SignInExpired || creds.Kind == cloud.SignInRefused):
		return errNewCode
	case cloud.SignedOut(err):
		return errSignedOut
	}
	return nil
}

// denied reports whether the last look was refused for want of a permission.
func (w *work) denied(h *plan.HandOff) bool {
	err := w.lastLook(h)
	return err != nil && cloud.Explain(err).Kind == cloud.Denied
}

func (w *work) lastLook(h *plan.HandOff) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.v.blindErr[h.ID]
}
