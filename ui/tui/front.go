package tui

import (
	"context"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"

	"awswizard/internal/plan"
	"awswizard/internal/run"
)

// front is the engine's side: it sends what happens to the screens and waits for their replies on channels.
type front struct {
	send  func(tea.Msg)
	ended <-chan struct{} // closed when the screens are gone
	last  atomic.Int64
}

var _ run.FrontEnd = (*front)(nil)

// eventMsg is something that happened.
type eventMsg struct{ run.Event }

// demand is something only a person can decide.
type demand struct {
	id       int64
	page     run.Page
	previous string           // for a question
	handOff  *plan.HandOff    // for a hand-off
	problem  *run.Problem     // for trouble
	reply    chan<- replyOnce // holds one
}

// withdrawn says that nobody waits for the reply to a demand any more.
type withdrawn struct{ id int64 }

type replyOnce struct {
	decision run.Decision
	answer   string
	refused  []string
}

// Tell implements run.FrontEnd.
func (f *front) Tell(e run.Event) { f.send(eventMsg{e}) }

// Ask implements run.FrontEnd.
func (f *front) Ask(ctx context.Context, p run.Page, previous string) (string, run.Decision, error) {
	r, err := f.demand(ctx, demand{page: p, previous: previous})
	return r.answer, r.decision, err
}

// Approve implements run.FrontEnd.
func (f *front) Approve(ctx context.Context, p run.Page) (run.Decision, []string, error) {
	r, err := f.demand(ctx, demand{page: p})
	return r.decision, r.refused, err
}

// HandOff implements run.FrontEnd.
func (f *front) HandOff(ctx context.Context, p run.Page, h *plan.HandOff) (run.Decision, error) {
	r, err := f.demand(ctx, demand{page: p, handOff: h})
	return r.decision, err
}

// Trouble implements run.FrontEnd.
func (f *front) Trouble(ctx context.Context, p run.Page, _ string, problem run.Problem) (run.Decision, error) {
	r, err := f.demand(ctx, demand{page: p, problem: &problem})
	return r.decision, err
}

func (f *front) demand(ctx context.Context, d demand) (replyOnce, error) {
	reply := make(chan replyOnce, 1)
	d.id, d.reply = f.last.Add(1), reply
	f.send(d)
	select {
	case r := <-reply:
		return r, nil
	case <-ctx.Done():
		f.send(withdrawn{d.id})
		return replyOnce{decision: run.Leave}, ctx.Err()
	case <-f.ended:
		return replyOnce{decision: run.Leave}, context.Canceled
	}
}
