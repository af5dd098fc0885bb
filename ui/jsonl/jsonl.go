// Package jsonl is the front end of --json: one JSON object a line, for programs. It never asks a person anything;
// what would be asked is decided by its options.
package jsonl

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"awswizard/internal/plan"
	"awswizard/internal/run"
)

// Options decide what nobody is there to decide.
type Options struct {
	// Yes approves every plan as it is computed. Consent to a bill is part of the answers then (accept_paid_plan),
	// without which the steps plan no such call.
	Yes bool
	// StandIn says that a stand-in does what only a person can do (the sandbox). Otherwise hand-offs are left out, and
	// reported.
	StandIn bool
	Now     func() time.Time // the time of lines that are no events; nil is time.Now
}

// UI writes JSON Lines. It is safe for use by several goroutines.
type UI struct {
	o Options

	mu  sync.Mutex
	w   io.Writer
	err error
}

var _ run.FrontEnd = (*UI)(nil)

// New returns a UI that writes to w.
func New(w io.Writer, o Options) *UI {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &UI{o: o, w: w}
}

// Err is the first failure to write, e.g. of a closed pipe. Nothing is written after it.
func (u *UI) Err() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.err
}

// Plan writes a line for each item.
func (u *UI) Plan(items []plan.Item, p run.Page) {
	for _, i := range items {
		line, err := itemLine(i, p.Facts, u.o.Now())
		if err != nil {
			u.fail(err)
			return
		}
		u.write(line)
	}
}

// Tell implements run.FrontEnd.
func (u *UI) Tell(e run.Event) {
	if e.Kind != run.Checked && e.Kind != run.Looking { // the lines are an interface to programs, which read AWS themselves
		u.write(lineOf(e))
	}
}

// Control writes one row of the baseline's score.
func (u *UI) Control(c Control) { u.write(controlLine{headOf("control", u.o.Now()), c}) }

// Summary writes the last line.
func (u *UI) Summary(c Counts, planHash string, exit int) {
	u.write(summaryLine{headOf("summary", u.o.Now()), c, planHash, exit})
}

// Score writes the last line of a check.
func (u *UI) Score(c Controls, exit int) { u.write(scoreLine{headOf("summary", u.o.Now()), c, exit}) }

// Ask implements run.FrontEnd: the previous answer stands, and where there is none, it is an error that names the
// field of wizard.yaml.
func (u *UI) Ask(_ context.Context, p run.Page, previous string) (string, run.Decision, error) {
	if previous == "" {
		return "", run.Leave, fmt.Errorf("ask %s: %w", p.Question.Key, &run.MissingError{Fields: []string{p.Question.Key}})
	}
	return previous, run.Go, nil
}

// Approve implements run.FrontEnd: it writes the plan, and approves it if everything is approved. A plan that could
// not be written was not shown, so it is not approved.
func (u *UI) Approve(_ context.Context, p run.Page) (run.Decision, []string, error) {
	u.Plan(p.Items, p)
	if err := u.Err(); err != nil {
		return run.Leave, nil, err
	}
	if u.o.Yes {
		return run.Go, nil, nil
	}
	return run.Leave, nil, nil
}

// HandOff implements run.FrontEnd. The address and the code of a sign-in, known only now, are not written: whoever has
// them can let somebody in.
func (u *UI) HandOff(context.Context, run.Page, *plan.HandOff) (run.Decision, error) {
	if u.o.StandIn {
		return run.Go, nil
	}
	return run.Skip, nil
}

// Trouble implements run.FrontEnd: the problem was told, and nobody can mend it now.
func (u *UI) Trouble(context.Context, run.Page, string, run.Problem) (run.Decision, error) {
	return run.Skip, nil
}

func (u *UI) write(line any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(line); err != nil {
		u.fail(err)
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.err != nil {
		return
	}
	if _, err := u.w.Write(b.Bytes()); err != nil {
		u.err = fmt.Errorf("write the JSON lines: %w", err)
	}
}

func (u *UI) fail(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.err == nil {
		u.err = fmt.Errorf("write the JSON lines: %w", err)
	}
}
