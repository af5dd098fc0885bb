package run

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"awswizard/internal/beside"
	"awswizard/internal/plan"
)

// person is the lane of hand-offs: a person does one thing at a time, beside the lanes of the calls.
const person = "\x00person"

// work is one execution of approved items.
type work struct {
	v        *visit
	finished map[string]chan struct{} // by id; closed when the item is over, whatever its outcome
	titles   map[string]string        // by id
	slots    chan struct{}            // bounds the lanes that run side by side
	cancel   context.CancelFunc       // stops everything that has not begun

	mu    sync.Mutex // guards v's maps and the fields below
	stop  error      // the first reason to stop: ErrLeft, a broken journal
	total int
}

// execute runs calls and hand-offs: lanes side by side, one after another within a lane, each after what it names. It
// returns when everything is over. An error means that the run must stop.
func (v *visit) execute(ctx context.Context, items []plan.Item) error {
	if len(items) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := &work{v: v, finished: map[string]chan struct{}{}, titles: map[string]string{}, slots: make(chan struct{}, v.e.o.Lanes), cancel: cancel, total: len(items)}
	lanes := map[string][]plan.Item{}
	var order []string
	for _, i := range items {
		w.finished[i.ID()], w.titles[i.ID()] = make(chan struct{}), titleOf(i)
		lane := person
		if i.Call != nil {
			lane = i.Call.Lane
		}
		if _, ok := lanes[lane]; !ok {
			order = append(order, lane)
		}
		lanes[lane] = append(lanes[lane], i)
	}
	var all beside.Group
	for _, name := range order {
		all.Go(func() {
			defer w.stopOthers()
			for _, i := range lanes[name] {
				w.one(ctx, i)
				close(w.finished[i.ID()])
			}
		})
	}
	all.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stop != nil {
		return w.stop
	}
	return ctx.Err()
}

// stopOthers makes a panic of one lane the end of the others: they finish the call in flight. The panic goes on in the
// goroutine that waits for all lanes.
func (w *work) stopOthers() {
	if v := recover(); v != nil {
		w.cancel()
		panic(beside.PanicOf(v))
	}
}

// after are the ids of what the item must follow.
func after(i plan.Item) []string {
	switch {
	case i.Call != nil:
		return i.Call.After
	case i.HandOff != nil:
		return i.HandOff.After
	}
	return nil
}

// one waits for what the item must follow, then does it.
func (w *work) one(ctx context.Context, i plan.Item) {
	for _, id := range after(i) {
		ch, planned := w.finished[id]
		if !planned {
			if w.outcome(id) == failed || w.outcome(id) == left {
				w.leave(i, w.needs(id))
				return
			}
			continue // done before this round
		}
		select {
		case <-ch:
		case <-ctx.Done():
			return
		}
		switch w.outcome(id) {
		case made:
		case doubted, untried:
			return // the next look tells whether it was done; this one is tried then
		default:
			w.leave(i, w.needs(id))
			return
		}
	}
	if ctx.Err() != nil {
		return
	}
	if i.HandOff != nil {
		w.handOff(ctx, i.HandOff)
		return
	}
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	case <-ctx.Done():
		return
	}
	w.call(ctx, i.Call)
}

// needs says that an item waits for another one.
func (w *work) needs(id string) string {
	what := w.titles[id]
	if what == "" { // of an earlier round
		what = id
	}
	return fmt.Sprintf("it needs %q, which was not done", what)
}

func (w *work) outcome(id string) outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.v.outcomes[id]
}

// unknown deals with an item that needs a fact nobody told. Where something is in doubt, the next look may tell it.
func (w *work) unknown(i plan.Item, key string) {
	w.mu.Lock()
	doubt := false
	for _, o := range w.v.outcomes {
		doubt = doubt || o == doubted
	}
	w.mu.Unlock()
	if !doubt {
		w.leave(i, missing(key))
	}
}

func (w *work) set(id string, o outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.v.outcomes[id] = o
	switch o {
	case made:
		w.v.result.OK++
	case failed:
		w.v.result.Failed++
	}
}

// made marks a call as done and keeps it for the report.
func (w *work) made(c *plan.Call) {
	w.set(c.ID, made)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.v.result.Made = append(w.v.result.Made, c)
}

// firstOf reports whether this was not said before in this step.
func (w *work) firstOf(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	said := w.v.quiet[text]
	w.v.quiet[text] = true
	return !said
}

// leave marks an item as left out, with the reason.
func (w *work) leave(i plan.Item, why string) {
	w.set(i.ID(), left)
	w.v.e.event(Event{Kind: Skipped, Step: w.v.step.Name, Item: i.ID(), Text: titleOf(i) + " waits: " + why})
}

// fail marks an item as failed and keeps the problem for the report.
func (w *work) fail(id, title string, p Problem) {
	w.set(id, failed)
	w.mu.Lock()
	w.v.problem(id, title, p)
	w.mu.Unlock()
}

// halt stops the run for a reason.
func (w *work) halt(err error) {
	w.mu.Lock()
	if w.stop == nil && !errors.Is(err, context.Canceled) {
		w.stop = err
	}
	w.mu.Unlock()
	w.cancel()
}
