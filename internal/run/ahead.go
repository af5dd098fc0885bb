package run

import (
	"context"
	"slices"
	"sync"
	"time"

	"awswizard/internal/beside"
	"awswizard/steps"
)

// ahead makes the looks at the steps beside one another, while nothing is changed and nobody is asked: each begins as soon as
// the steps whose facts it uses are over. Everything else goes in the order of the steps: what is told, what is learned, and
// the plans. The way back looks at one step after another, since who is signed in changes on it.
type ahead struct {
	e    *Engine
	ctx  context.Context
	stop context.CancelFunc
	all  beside.Group

	wanted  func(steps.Step) bool // which looks may begin before their turn
	begun   []*aheadLook          // by step; nil before the look begins
	reached int                   // the step it is the turn of
}

// lookLasts is how old a look may be when its step's turn comes.
const lookLasts = time.Minute

// aheadLook is the look at one step.
type aheadLook struct {
	since time.Time
	done  chan struct{}
	state steps.State
	err   error

	mu    sync.Mutex
	live  bool    // its step is at its turn: what was looked at is told at once
	waits []Event // until then
}

func (e *Engine) ahead(ctx context.Context, wanted func(steps.Step) bool) *ahead {
	a := &ahead{e: e, wanted: wanted, begun: make([]*aheadLook, len(e.o.Steps))}
	a.ctx, a.stop = context.WithCancel(ctx)
	return a
}

func every(steps.Step) bool { return true }

// begunBefore are the steps an earlier run worked on. Looking at the others ahead would be for nothing where the person is asked
// first, or much is to be done before.
func (e *Engine) begunBefore() func(steps.Step) bool {
	past := e.past()
	return func(s steps.Step) bool { return past.answered[s.Name] || len(past.made.Of(s.Name)) > 0 }
}

// end stops the looks that nobody asked for and waits for them.
func (a *ahead) end() {
	a.stop()
	a.all.Wait()
}

// reach says that it is the turn of a step: those before it are over. The looks that need wait no more begin.
func (a *ahead) reach(n int) {
	a.reached = n
	if a.e.o.Undo {
		return
	}
	for later, s := range a.e.o.Steps {
		waits := slices.ContainsFunc(a.e.o.Steps[n:], func(o steps.Step) bool { return slices.Contains(s.LooksAfter, o.Name) })
		if _, stopped := a.e.stopped(s); later >= n && !waits && !stopped && a.wanted(s) {
			a.begin(later)
		}
	}
}

func (a *ahead) begin(n int) {
	if l := a.begun[n]; l != nil && a.e.o.Now().Sub(l.since) < lookLasts {
		return
	}
	l := &aheadLook{since: a.e.o.Now(), done: make(chan struct{})}
	a.begun[n] = l
	s, facts := a.e.o.Steps[n], a.e.Facts()
	a.all.Go(func() {
		defer close(l.done)
		l.state, l.err = a.e.lookAt(a.ctx, s, facts, func(ev Event) { l.tell(a.e, ev) })
	})
}

// look gives what the look at the step found whose turn it is, and learns from it.
func (a *ahead) look() (steps.State, error) {
	a.begin(a.reached)
	l := a.begun[a.reached]
	l.turn(a.e)
	<-l.done
	switch {
	case l.state != nil:
		a.e.keepState(a.e.o.Steps[a.reached], l.state)
	case l.err == nil:
		a.end() // it panicked, and so does this
	}
	return l.state, l.err
}

func (l *aheadLook) tell(e *Engine, ev Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.live {
		l.waits = append(l.waits, ev)
		return
	}
	e.event(ev)
}

// turn tells what was looked at so far, in its order.
func (l *aheadLook) turn(e *Engine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.live = true
	for _, ev := range l.waits {
		e.event(ev)
	}
	l.waits = nil
}
