package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/steps"
)

// terminal is a pseudo-terminal with a screen that can be waited for.
type terminal struct {
	tty, keys *os.File // the program's side and the person's
	shown     chan struct{}

	mu      sync.Mutex
	changed *sync.Cond
	screen  *vt.Emulator
	raw     strings.Builder
}

func newTerminal(t *testing.T) *terminal {
	keys, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	term := &terminal{tty: tty, keys: keys, shown: make(chan struct{}), screen: vt.NewEmulator(80, 24)}
	term.changed = sync.NewCond(&term.mu)
	answered := make(chan struct{})
	go func() { // the emulator's answers to questions
		defer close(answered)
		io.Copy(keys, term.screen)
	}()
	go func() {
		defer close(term.shown)
		io.Copy(term, keys)
	}()
	t.Cleanup(func() {
		term.close()
		if c, ok := term.screen.InputPipe().(io.Closer); ok {
			c.Close() // ends its answers; its own Close would race with the Read that waits for them
		}
		<-answered
		keys.Close()
	})
	return term
}

// close ends the program's side and waits until all it wrote is on the screen.
func (t *terminal) close() {
	t.tty.Close()
	<-t.shown
}

// Write implements io.Writer.
func (t *terminal) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.raw.Write(b)
	t.changed.Broadcast()
	return t.screen.Write(b)
}

// wait returns when the text is on the screen; the test's own limit of time ends a wait for ever.
func (t *terminal) wait(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for !strings.Contains(t.screen.String(), text) {
		t.changed.Wait()
	}
}

func (t *terminal) restored(test *testing.T) {
	test.Helper()
	t.close()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.screen.IsAltScreen() || !strings.Contains(t.raw.String(), "\x1b[?1049l") || !strings.Contains(t.raw.String(), "\x1b[?25h") {
		test.Errorf("the terminal was left as it was: %q", t.raw.String())
	}
}

type outcome struct {
	result *run.Result
	err    error
}

// show runs the program on a terminal; keys is where to type.
func show(t *testing.T, ctx context.Context, work func(context.Context, *Front) (*run.Result, error)) (term *terminal, keys io.Writer, end <-chan outcome) {
	term = newTerminal(t)
	ended := make(chan outcome, 1)
	go func() {
		r, err := start(ctx, term.tty, term.tty, Options{Steps: allSteps(), Getenv: func(string) string { return "" }}, work,
			tea.WithEnvironment([]string{"TERM=xterm-256color"}))
		ended <- outcome{r, err}
	}()
	return term, term.keys, ended
}

func TestNoColor(t *testing.T) {
	for value, coloured := range map[string]bool{"": true, "yes": false} {
		term := newTerminal(t)
		_, err := start(t.Context(), term.tty, term.tty, Options{Getenv: func(k string) string { return map[string]string{"NO_COLOR": value}[k] }},
			func(context.Context, *Front) (*run.Result, error) {
				term.wait("Looking at your account")
				return nil, nil
			}, tea.WithEnvironment([]string{"TERM=xterm-256color"}))
		if err != nil {
			t.Fatal(err)
		}
		term.restored(t)
		if got := strings.Contains(term.raw.String(), "38;5;") || strings.Contains(term.raw.String(), "\x1b[9") || strings.Contains(term.raw.String(), ";9"); got != coloured {
			t.Errorf("NO_COLOR=%q: coloured %v: %q", value, got, term.raw.String())
		}
	}
}

func press(keys io.Writer, s string) { io.WriteString(keys, s) }

func TestRunReturnsWhatTheWorkReturned(t *testing.T) {
	want := &run.Result{}
	term, keys, end := show(t, t.Context(), func(ctx context.Context, f *Front) (*run.Result, error) {
		f.Tell(run.Event{Kind: run.StepBegin, Step: "organization", Text: "Organization"})
		p, q := onePage(), textQuestion()
		p.Question = &q
		answer, d, err := f.Ask(ctx, p, q.Default)
		if err != nil || answer != "a@b.example" || d != run.Go {
			return nil, fmt.Errorf("got %q, %s, %w", answer, d, err)
		}
		p.Question, p.Items = nil, []plan.Item{{Call: unitCall("Security")}}
		d, refused, err := f.Approve(ctx, p)
		if err != nil || d != run.Go || len(refused) > 0 {
			return nil, fmt.Errorf("got %s, %v, %w", d, refused, err)
		}
		return want, run.ErrLeft
	})
	term.wait("Enter goes on to")
	press(keys, "\r")
	term.wait("Which mailbox")
	press(keys, "a@b.example\r")
	term.wait("1 of 1 seen")
	press(keys, "\r")
	term.wait("Type yes")
	press(keys, "yes\r")
	if o := <-end; o.result != want || !errors.Is(o.err, run.ErrLeft) || errors.Is(o.err, ErrInterrupted) {
		t.Errorf("got %+v", o)
	}
	term.restored(t)
}

func TestAPanicInTheWorkRestoresTheTerminal(t *testing.T) {
	term, keys, end := show(t, t.Context(), func(ctx context.Context, f *Front) (*run.Result, error) {
		p, q := onePage(), textQuestion()
		p.Question = &q
		f.Ask(ctx, p, "")
		panic("the work broke")
	})
	term.wait("Enter goes on to")
	press(keys, "\r")
	term.wait("Which mailbox")
	press(keys, "\r")
	var crash *CrashError
	if o := <-end; !errors.As(o.err, &crash) || crash.Value != "the work broke" || !strings.Contains(o.err.Error(), "tui_test.go") {
		t.Errorf("got %v", o.err)
	}
	term.restored(t)
}

func TestAPanicOnAScreenRestoresTheTerminal(t *testing.T) {
	for name, c := range map[string]struct {
		page run.Page
		wait string
		keys string
	}{
		"update": {func() run.Page {
			p := onePage()
			p.Question = &steps.Question{Key: "k", Title: "Which one?", Validate: func(string) error { panic("the screen broke") }}
			return p
		}(), "Which one?", "\r"},
		"view": {func() run.Page {
			p, c := onePage(), unitCall("Security")
			c.Request = plan.Request{}
			p.Items = []plan.Item{{Call: c}}
			return p
		}(), "1 of 1 seen", "2"},
	} {
		t.Run(name, func(t *testing.T) {
			worked := make(chan error, 1)
			term, keys, end := show(t, t.Context(), func(ctx context.Context, f *Front) (*run.Result, error) {
				var err error
				if c.page.Question != nil {
					_, _, err = f.Ask(ctx, c.page, "")
				} else {
					_, _, err = f.Approve(ctx, c.page)
				}
				worked <- err
				f.Tell(run.Event{Kind: run.StepEnd}) // nobody is there; it must not wait
				return nil, err
			})
			if c.page.Question != nil {
				term.wait("Enter goes on to")
			} else {
				term.wait("Enter shows the calls")
			}
			press(keys, "\r")
			term.wait(c.wait)
			press(keys, c.keys)
			var crash *CrashError
			if o := <-end; !errors.As(o.err, &crash) || len(crash.Stack) == 0 {
				t.Errorf("got %v", o.err)
			}
			if err := <-worked; !errors.Is(err, context.Canceled) {
				t.Errorf("the work got %v", err)
			}
			term.restored(t)
		})
	}
}

func TestCtrlCLetsTheCallInFlightEnd(t *testing.T) {
	release, stopped := make(chan struct{}), make(chan struct{})
	term, keys, end := show(t, t.Context(), func(ctx context.Context, f *Front) (*run.Result, error) {
		<-ctx.Done()
		close(stopped)
		<-release
		return &run.Result{}, fmt.Errorf("stopped: %w", ctx.Err())
	})
	term.wait("Looking at your account")
	press(keys, "\x03")
	<-stopped
	term.wait("Stopping after the call in flight")
	close(release)
	if o := <-end; !errors.Is(o.err, ErrInterrupted) || !errors.Is(o.err, context.Canceled) || o.result == nil {
		t.Errorf("got %+v", o)
	}
	term.restored(t)
}

func TestTheSecondCtrlCLeavesAtOnce(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	term, keys, end := show(t, t.Context(), func(ctx context.Context, f *Front) (*run.Result, error) {
		<-release // deaf to the context
		return nil, nil
	})
	term.wait("Looking at your account")
	press(keys, "\x03")
	term.wait("ctrl+c again leaves at once")
	press(keys, "\x03")
	if o := <-end; !errors.Is(o.err, ErrInterrupted) {
		t.Errorf("got %+v", o)
	}
	term.restored(t)
}

func TestASignalIsNotTheKeyboard(t *testing.T) {
	ctx, signal := context.WithCancel(t.Context())
	term, _, end := show(t, ctx, func(ctx context.Context, f *Front) (*run.Result, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	term.wait("Looking at your account")
	signal()
	if o := <-end; !errors.Is(o.err, context.Canceled) || errors.Is(o.err, ErrInterrupted) {
		t.Errorf("got %+v", o)
	}
	term.restored(t)
}

func TestTheSecondSignalLeavesAtOnce(t *testing.T) {
	term, release, second := newTerminal(t), make(chan struct{}), make(chan struct{})
	defer close(release)
	ctx, first := context.WithCancel(t.Context())
	go func() {
		term.wait("Looking at your account")
		first()
		term.wait("Stopping after the call in flight")
		close(second)
	}()
	_, err := start(ctx, term.tty, term.tty, Options{AtOnce: second}, func(context.Context, *Front) (*run.Result, error) {
		<-release
		return nil, nil
	}, tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	term.restored(t)
}

func TestADemandEndsWithItsContext(t *testing.T) {
	term, keys, end := show(t, t.Context(), func(ctx context.Context, f *Front) (*run.Result, error) {
		showing, seen := context.WithCancel(ctx)
		go func() {
			f.Tell(run.Event{Kind: run.Waiting, Text: "x"})
			seen()
		}()
		_, err := f.HandOff(showing, onePage(), oneHandOff())
		if !errors.Is(err, context.Canceled) || ctx.Err() != nil {
			return nil, fmt.Errorf("got %w", err)
		}
		d, err := f.Trouble(ctx, onePage(), "x", run.Problem{What: "Next one."})
		return nil, errors.Join(err, errors.New(string(d)))
	})
	term.wait("Next one.")
	press(keys, "s")
	if o := <-end; o.err == nil || o.err.Error() != string(run.Skip) {
		t.Errorf("got %v", o.err)
	}
}

func TestManyTellWhileTheWindowChanges(t *testing.T) {
	term := newTerminal(t)
	m := newModel(Options{Steps: allSteps(), Getenv: func(string) string { return "" }}, func() {})
	p := tea.NewProgram(m, tea.WithInput(term.tty), tea.WithOutput(term.tty), tea.WithoutSignalHandler(),
		tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	f := &Front{send: p.Send, ended: make(chan struct{})}
	page := onePage()
	for a := range 4 {
		for r := range 10 {
			page.Items = append(page.Items, plan.Item{Call: vpcCall(fmt.Sprint("account", a), fmt.Sprint("region-", r))})
		}
	}
	m.work = newProgress(page, nil)
	m.current = m.work
	go func() {
		var all sync.WaitGroup
		for _, i := range page.Items {
			all.Go(func() {
				f.Tell(run.Event{Kind: run.Begin, Item: i.ID(), Time: noon})
				f.Tell(run.Event{Kind: run.Waiting, Item: i.ID(), Time: noon, Text: "waiting"})
				f.Tell(run.Event{Kind: run.OK, Item: i.ID(), Time: noon})
			})
		}
		all.Go(func() {
			for n := range 100 {
				p.Send(tea.WindowSizeMsg{Width: 30 + n, Height: 5 + n/3})
			}
		})
		all.Wait()
		p.Send(tea.WindowSizeMsg{Width: 80, Height: 24})
		p.Send(done{})
	}()
	if _, err := p.Run(); err != nil {
		t.Fatal(err)
	}
	if m.crash != nil {
		t.Fatal(m.crash)
	}
	if finished, total := m.work.counts(); finished != 40 || total != 40 {
		t.Errorf("%d of %d are over", finished, total)
	}
}
