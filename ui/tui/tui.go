// Package tui is the full-screen front end. One Bubble Tea model holds plain structs, one per screen; the engine runs
// beside it and speaks to it through channels. Nothing here reads or writes anything but the terminal.
package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"awswizard/internal/run"
	"awswizard/steps"
)

// ErrInterrupted means that the person pressed ctrl+c.
var ErrInterrupted = errors.New("interrupted by ctrl+c")

// fps is how often a second a frame may be written; twice what is usual, so that the first one and that after a key wait
// for 8 ms at most. What the engine tells comes at another pace (drawEvery).
const fps = 120

// Options say how the screens look.
type Options struct {
	Sandbox bool
	Forgets bool // the trial run is kept in memory: who leaves it cannot go on
	Undo    bool // it is the way back
	NoColor bool // as does a NO_COLOR of any value but none
	Getenv  func(string) string
	Steps   []steps.Step // for the list at the left; without it only the steps begun are named
	Region  string       // home Region, while no answer has named it
	Log     string       // path of the log, for a person who looks for the cause of a problem
	Browser Browser
	// AtOnce, when closed, makes Run leave as the second ctrl+c does, e.g. for a second signal: to exit without it
	// would leave the terminal broken.
	AtOnce <-chan struct{}
}

// CrashError is a panic of the work or of the screens, with the stack it happened on.
type CrashError struct {
	Value any
	Stack []byte
}

// Error implements error. The stack is in it, to be printed once the terminal is itself again.
func (e *CrashError) Error() string { return fmt.Sprintf("internal error: %v\n\n%s", e.Value, e.Stack) }

// done is the work's end.
type done struct {
	result *run.Result
	err    error
}

// cancelled says that the caller's context ended, e.g. by a signal; atOnce that nothing is waited for any more.
type (
	cancelled struct{}
	atOnce    struct{}
)

// Run shows the screens on in and out while work runs, and returns what work returned. The first ctrl+c, or the end of
// ctx, ends the context of work, which then finishes the call in flight; the second ctrl+c returns at once without
// waiting for work. Both add ErrInterrupted when it was the keyboard. A panic in work or on a screen becomes a
// *CrashError. The terminal is as it was before when Run returns.
func Run(ctx context.Context, in io.Reader, out io.Writer, o Options, work func(ctx context.Context, front *Front) (*run.Result, error)) (*run.Result, error) {
	return start(ctx, in, out, o, work)
}

// start is Run with options of the program for tests.
func start(ctx context.Context, in io.Reader, out io.Writer, o Options, work func(ctx context.Context, front *Front) (*run.Result, error), more ...tea.ProgramOption) (*run.Result, error) {
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	if o.Getenv("NO_COLOR") != "" {
		o.NoColor = true // Bubble Tea itself would not take NO_COLOR=yes
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	options := append([]tea.ProgramOption{tea.WithInput(in), tea.WithOutput(out), tea.WithoutSignalHandler(), tea.WithFPS(fps)}, more...)
	if o.NoColor {
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
	}
	m := newModel(o, stop)
	p := tea.NewProgram(m, options...)
	m.wake = func() { go p.Send(nudge{}) }

	ended := make(chan struct{})
	told := newQueue()
	go told.pump(p.Send, ended)
	finished := make(chan done, 1)
	go func() {
		d := guarded(working, &Front{send: told.put, ended: ended}, work)
		finished <- d
		told.put(d)
	}()
	go func() {
		select {
		case <-ctx.Done():
			p.Send(cancelled{})
		case <-ended:
		}
	}()
	go func() {
		select {
		case <-o.AtOnce:
			p.Send(atOnce{})
		case <-ended:
		}
	}()
	_, err := p.Run()
	close(ended)
	stop()
	if m.atOnce {
		return nil, errors.Join(ErrInterrupted, context.Canceled)
	}
	d := <-finished
	switch {
	case m.crash != nil:
		return d.result, errors.Join(m.crash, d.err)
	case err != nil:
		return d.result, errors.Join(fmt.Errorf("showing the screens: %w", err), d.err)
	case d.err != nil && m.interrupted:
		return d.result, errors.Join(ErrInterrupted, d.err)
	case d.err != nil && m.left && errors.Is(d.err, context.Canceled):
		return d.result, errors.Join(run.ErrLeft, d.err)
	}
	return d.result, d.err
}

// guarded makes a panic of work an error: one in a goroutine of ours would leave the terminal broken.
func guarded(ctx context.Context, f *Front, work func(context.Context, *Front) (*run.Result, error)) (d done) {
	defer func() {
		if v := recover(); v != nil {
			d = done{err: &CrashError{v, debug.Stack()}}
		}
	}()
	result, err := work(ctx, f)
	return done{result, err}
}
