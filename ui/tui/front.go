package tui

import (
	"context"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/ui/login"
	"awswizard/ui/report"
)

// Front is the engine's side: it sends what happens to the screens and waits for their replies on channels. Besides what
// the engine needs it has the screens before and after a run, which whoever starts the engine shows.
type Front struct {
	send  func(tea.Msg)
	ended <-chan struct{} // closed when the screens are gone
	last  atomic.Int64
}

var _ run.FrontEnd = (*Front)(nil)

// eventMsg is something that happened.
type eventMsg struct{ run.Event }

// demand is something only a person can decide.
type demand struct {
	id       int64
	page     run.Page
	previous string           // for a question
	handOff  *plan.HandOff    // for a hand-off
	problem  *run.Problem     // for trouble
	start    *Start           // for the first screen
	review   *Review          // for the review
	finish   *Finish          // for the last screen
	reply    chan<- replyOnce // holds one
}

// withdrawn says that nobody waits for the reply to a demand any more.
type withdrawn struct{ id int64 }

type replyOnce struct {
	decision run.Decision
	answer   string
	refused  []string
	profile  string // of the first screen's SignInAs
}

// Tell implements run.FrontEnd.
func (f *Front) Tell(e run.Event) { f.send(eventMsg{e}) }

// Ask implements run.FrontEnd.
func (f *Front) Ask(ctx context.Context, p run.Page, previous string) (string, run.Decision, error) {
	r, err := f.demand(ctx, demand{page: p, previous: previous})
	return r.answer, r.decision, err
}

// Approve implements run.FrontEnd.
func (f *Front) Approve(ctx context.Context, p run.Page) (run.Decision, []string, error) {
	r, err := f.demand(ctx, demand{page: p})
	return r.decision, r.refused, err
}

// HandOff implements run.FrontEnd.
func (f *Front) HandOff(ctx context.Context, p run.Page, h *plan.HandOff) (run.Decision, error) {
	r, err := f.demand(ctx, demand{page: p, handOff: h})
	return r.decision, err
}

// Trouble implements run.FrontEnd.
func (f *Front) Trouble(ctx context.Context, p run.Page, _ string, problem run.Problem) (run.Decision, error) {
	r, err := f.demand(ctx, demand{page: p, problem: &problem})
	return r.decision, err
}

// Start is what the first screen shows.
type Start struct {
	Caller   plan.Caller
	Region   string        // home Region
	Standing *run.Standing // of a set-up that was begun earlier; nil for a new one
	Unread   string        // why AWS could not be read for Standing; "" when it was
	Settings []run.Setting
	Set      func(key, answer string) ([]run.Setting, error)
	Profiles []login.Profile // to change to; without any the key is not there
}

// Choice is what a person wants of the first screen.
type Choice string

// The choices.
const (
	Begin      Choice = "begin"
	LookOnly   Choice = "review"
	StartAgain Choice = "again"   // a setting was changed: show the first screen anew
	SignInAs   Choice = "profile" // another profile
	Stop       Choice = "stop"
)

// Start shows the first screen, or where a set-up stands that was begun earlier. The profile is that of SignInAs.
func (f *Front) Start(ctx context.Context, s Start) (choice Choice, profile string, err error) {
	r, err := f.demand(ctx, demand{start: &s, page: run.Page{Caller: s.Caller, Settings: s.Settings, Set: s.Set}})
	switch {
	case err != nil:
		return Stop, "", err
	case r.answer != "":
		return Choice(r.answer), r.profile, nil
	case r.decision == run.Again:
		return StartAgain, "", nil
	}
	return Stop, "", nil
}

// Review is what a review without changes shows.
type Review struct {
	Caller   plan.Caller
	Plans    []run.StepPlan
	Example  bool // the plan is for example answers, since none were given yet
	Home     bool // there is a first screen to go back to
	Settings []run.Setting
	Set      func(key, answer string) ([]run.Setting, error)
	// Save writes the plan to files and returns their names, each with what it is for.
	Save func() ([]string, error)
}

// Review shows every step and every call without a way to approve any. Back is back to the first screen; Again asks for
// another look, since a setting was changed; Leave ends the program.
func (f *Front) Review(ctx context.Context, r Review) (run.Decision, error) {
	reply, err := f.demand(ctx, demand{review: &r, page: run.Page{Caller: r.Caller, Settings: r.Settings, Set: r.Set}})
	return reply.decision, err
}

// Finish is what the last screen shows.
type Finish = report.Report

// Finish shows the last screen until the person leaves it.
func (f *Front) Finish(ctx context.Context, x Finish) error {
	_, err := f.demand(ctx, demand{finish: &x})
	return err
}

func (f *Front) demand(ctx context.Context, d demand) (replyOnce, error) {
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
