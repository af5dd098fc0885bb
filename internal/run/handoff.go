package run

import (
	"context"
	"errors"
	"strings"
	"time"

	"awswizard/internal/journal"
	"awswizard/internal/plan"
)

// saidDone is the fact that remembers a hand-off AWS gives no way to see: "identity/first-password" is remembered as
// "identity.first_password".
func saidDone(id string) string {
	return strings.ReplaceAll(strings.ReplaceAll(id, "/", "."), "-", "_")
}

// What a person did in the console is looked for this long before they are asked again; the stand-in needs no second asking.
const (
	personLimit  = 20 * time.Second
	standInLimit = 5 * time.Minute
)

// mostTries is how often an unattended run looks whether the stand-in's work is seen.
const mostTries = 5

// handOff shows what only a person can do, and looks by itself whether it is done.
func (w *work) handOff(ctx context.Context, h *plan.HandOff) {
	h = known(h, w.v.e.Facts())
	look := h.Poll
	if h.SignIn != nil {
		in, shown, err := w.v.e.startSignIn(ctx, h)
		if err != nil {
			p := problemOf(err, h.Title)
			w.v.e.event(Event{Kind: Failed, Step: w.v.step.Name, Item: h.ID, Text: h.Title, Problem: &p})
			w.fail(h.ID, h.Title, p)
			return
		}
		h, look = shown, in
	}
	w.v.e.event(Event{Kind: Begin, Step: w.v.step.Name, Item: h.ID, Text: h.Title})
	for tries := 1; ; tries++ {
		d, facts, err := w.waitForPerson(ctx, h, look)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			w.halt(err)
			return
		case facts != nil:
			w.handed(h, facts)
			return
		case d == Leave:
			w.halt(ErrLeft)
			return
		case d == Skip, w.v.e.o.Unattended && tries == mostTries:
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

type poll = func(ctx context.Context, read plan.Reader, f plan.Facts) (bool, map[string]string, error)

// waitForPerson shows the hand-off once, polling beside it. Facts that are not nil mean it is done.
func (w *work) waitForPerson(ctx context.Context, h *plan.HandOff, look poll) (Decision, map[string]string, error) {
	e := w.v.e
	if done, facts := w.seen(ctx, h, look); done {
		return Go, facts, nil
	}
	showing, close := context.WithCancel(ctx)
	defer close()
	found := make(chan map[string]string, 1)
	ended := make(chan struct{})
	go func() {
		defer func() { ended <- struct{}{} }()
		if look == nil {
			return
		}
		every := h.Every
		if every <= 0 {
			every = 5 * time.Second
		}
		for e.o.Sleep(showing, every) == nil {
			if done, facts := w.seen(showing, h, look); done {
				found <- facts
				close()
				return
			}
		}
	}()
	e.ask.Lock()
	d, err := e.o.FrontEnd.HandOff(showing, w.v.e.page(w.v.n), h)
	e.ask.Unlock()
	close()
	<-ended
	select {
	case facts := <-found:
		return Go, facts, nil
	default:
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
	if e.o.StandIn != nil {
		limit = standInLimit
	}
	for waited := time.Duration(0); waited < limit; waited += max(h.Every, time.Second) {
		if done, facts := w.seen(ctx, h, look); done {
			return Go, facts, nil
		}
		if err := e.o.Sleep(ctx, max(h.Every, time.Second)); err != nil {
			return d, nil, err
		}
	}
	e.event(Event{Kind: Waiting, Step: w.v.step.Name, Item: h.ID, Text: "AWS does not show it yet: " + h.Title})
	return d, nil, nil
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
		p := problemOf(err, h.Title)
		if ctx.Err() == nil && w.firstOf(h.ID+" "+p.Code) {
			w.v.e.event(Event{Kind: Waiting, Step: w.v.step.Name, Item: h.ID, Text: "Looking whether it is done failed: " + p.What + " " + p.Next})
		}
		return false, nil
	}
	if done && learned == nil {
		learned = map[string]string{}
	}
	return done, learned
}
