// Package run is the engine: one loop per step of inspect → ask → plan → preview → approve → run → inspect again.
// Resuming, adopting what exists and finding drift are that same loop, since a step is done when its plan is empty.
package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/awsconfig"
	"awswizard/internal/cloud"
	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// Options are what an Engine works with. Cloud, FrontEnd and Steps are needed; Journal is needed to run calls.
type Options struct {
	Steps    []steps.Step
	Only     []string // names of the steps to act on; empty means all. The others are still inspected for their facts.
	Cloud    *cloud.Cloud
	Journal  *journal.Journal
	Past     *journal.Replay // what an earlier run recorded, for a dry run that holds no journal open
	FrontEnd FrontEnd
	Answers  answers.Answers
	Sources  map[string]string           // where an answer came from that is in no file, by the key of its question: "--region"
	Save     func(answers.Answers) error // keeps the answers after each question; nil keeps nothing
	// Secrets are what must never be written down, by name: requests hold only their names (plan.Secret).
	Secrets map[string]string
	// Unattended asks no questions; what has no answer and no default is a *MissingError.
	Unattended bool
	// Files are the shared files of the AWS tools; without them no profiles are written.
	Files awsconfig.Files
	// Undo plans the way back instead, from the last step to the first. It needs no answers: the journal and AWS know
	// what was made.
	Undo bool
	// Agreed says which calls of Typed consent are agreed to beforehand; the others are left out. Nil leaves it to the
	// front end.
	Agreed func(*plan.Call) bool
	// Saved approves only what a saved plan holds; nil leaves approval to the front end.
	Saved *Saved
	// StandIn plays the person's part of a hand-off on the sandbox; nil on real AWS.
	StandIn func(act string) error
	Now     func() time.Time
	Sleep   func(ctx context.Context, d time.Duration) error
	Log     *slog.Logger
	Lanes   int // lanes that run side by side, 4096 when zero: what AWS allows is per account and Region
}

// quietFor is how long after the start of a run the founder's alarms say nothing of what the wizard does.
const quietFor = time.Hour

// answered is the journal's note that the questions of a step were answered.
const answered = "answered"

// Engine runs the steps. It is used by one goroutine; the lanes it starts are waited for.
type Engine struct {
	o      Options
	caller plan.Caller

	mu       sync.Mutex
	facts    plan.Facts
	stop     plan.Blocked           // what keeps later steps from being done; its Stops says which
	started  plan.Caller            // who the requests were made as at first
	answered map[string]bool        // steps whose questions were answered
	states   map[string]steps.State // what was found last, by step
	sources  map[string]string      // where the answers came from that are in no file, by key
	changed  int                    // the first step a changed setting belongs to; no step's number when none was changed
	asking   map[string]int         // the question that was up when a setting was changed, by step
	// doubt are the calls of this direction, set-up or way back, whose reply was never recorded; other are those of the
	// other direction. By id.
	doubt, other map[string]journal.Entry
	// foreseen are the calls of the set-up that a dry run of the way back has planned to take back so far: the steps after
	// them plan as if they were gone.
	foreseen []string
	signIns  int           // how often somebody became who the requests are made as; see renew
	own      bool          // the session is one the wizard's own sign-in gave
	renewed  time.Time     // when that was tried last without the person
	memory   *cloud.Memory // what AWS answered in this look
	looks    *ahead        // those of this run that were begun before their turn; nil when what they find may be so no more
	renewing sync.Mutex    // one renewal at a time
	tell     sync.Mutex    // one event at a time
	ask      sync.Mutex    // one question to the person at a time
}

// New returns an Engine. Zero times and functions of o get their real-world defaults.
func New(o Options) *Engine {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = Sleep
	}
	if o.Lanes == 0 {
		o.Lanes = 4096
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Undo {
		o.Steps = slices.Clone(o.Steps)
		slices.Reverse(o.Steps)
	}
	sources := map[string]string{}
	maps.Copy(sources, o.Sources)
	return &Engine{o: o, answered: map[string]bool{}, states: map[string]steps.State{},
		sources: sources, asking: map[string]int{}, changed: len(o.Steps)}
}

// Sleep waits for d or until ctx ends, and returns ctx's error then.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// MissingError says which answers an unattended run lacks.
type MissingError struct{ Fields []string }

// Error implements error.
func (e *MissingError) Error() string { return "missing answers: " + strings.Join(e.Fields, ", ") }

// InvalidError says which answers cannot be used.
type InvalidError struct{ Problems []answers.Problem }

// Error implements error.
func (e *InvalidError) Error() string {
	var lines []string
	for _, p := range e.Problems {
		lines = append(lines, fmt.Sprintf("%s: %s %s", p.Field, p.What, p.Next))
	}
	return "wizard.yaml cannot be used: " + strings.Join(lines, "; ")
}

// ErrLeft means the person chose to stop here and continue another day.
var ErrLeft = errors.New("stopped with work left")

// Run leads through all steps. The result tells how far it came, also when an error is returned: ErrLeft, the
// context's error, *MissingError, *InvalidError, or a failure of the journal (nothing is sent without one).
func (e *Engine) Run(ctx context.Context) (*Result, error) {
	res := &Result{}
	if err := e.begin(ctx); err != nil {
		return res, err
	}
	if err := e.record(journal.Entry{Kind: journal.KindOpen}); err != nil {
		return res, err
	}
	e.learn(map[string]string{plan.QuietUntil: e.o.Now().UTC().Add(quietFor).Truncate(time.Minute).Format(time.RFC3339)})
	if e.o.Unattended && !e.o.Undo {
		if missing := e.Answers().Missing(); len(missing) > 0 {
			return res, &MissingError{missing}
		}
		if problems := e.Answers().WithDefaults().Validate(); len(problems) > 0 {
			return res, &InvalidError{problems}
		}
	}
	if err := e.foresee(ctx); err != nil {
		return res, err
	}
	if !e.o.Undo {
		e.looks = e.ahead(ctx, e.begunBefore())
		defer e.looks.end()
	}
	for n := 0; n < len(e.o.Steps); n++ {
		r, err := e.visit(ctx, n)
		res.put(n, r)
		if back, changed := e.takeChange(n, err); changed {
			n = back - 1
			continue
		}
		if err != nil {
			for _, s := range e.o.Steps[len(res.Steps):] {
				res.Steps = append(res.Steps, StepResult{Name: s.Name, Title: s.Title, NotReached: true})
			}
			return res, err
		}
	}
	return res, nil
}

// begin finds out who is calling and what the journal knows that AWS cannot tell.
func (e *Engine) begin(ctx context.Context) error {
	caller, err := e.o.Cloud.WhoAmI(ctx)
	if err != nil {
		return fmt.Errorf("finding out who is signed in: %w", err)
	}
	past := e.past()
	e.facts = e.facts.With(past.facts)
	e.answered = past.answered
	e.doubt, e.other = past.doubts, past.undoing
	if e.o.Undo {
		e.doubt, e.other = past.undoing, past.doubts
	}
	e.setCaller(caller)
	e.started = caller
	for name, value := range e.o.Secrets {
		e.keep(name, value)
	}
	if caller.Kind == plan.Root {
		if err := e.signInAgain(ctx); err != nil {
			e.o.Log.Info("signing in with the kept token", "error", err)
		}
	}
	return nil
}

// past reads the journal as it is now.
func (e *Engine) past() past {
	switch {
	case e.o.Journal != nil:
		return pastOf(e.o.Journal.Replay())
	case e.o.Past != nil:
		return pastOf(*e.o.Past)
	}
	return pastOf(journal.Replay{})
}

func (e *Engine) setCaller(c plan.Caller) {
	e.mu.Lock()
	e.caller = c
	e.mu.Unlock()
	e.forget()
	e.learn(map[string]string{"caller.kind": string(c.Kind), "caller.account": c.Account})
}

// Caller is who the requests are made as now.
func (e *Engine) Caller() plan.Caller {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.caller
}

// Facts are the facts known now.
func (e *Engine) Facts() plan.Facts {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.facts
}

func (e *Engine) learn(facts map[string]string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.facts = e.facts.With(facts)
}

// Answers are the answers as given so far.
func (e *Engine) Answers() answers.Answers {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.o.Answers
}

func (e *Engine) active(s steps.Step) bool {
	return len(e.o.Only) == 0 || slices.Contains(e.o.Only, s.Name)
}

// inspect looks at a step and learns what it tells.
func (e *Engine) inspect(ctx context.Context, s steps.Step) (steps.State, error) {
	state, err := e.lookAt(ctx, s, e.Facts(), e.event)
	if state != nil {
		e.keepState(s, state)
	}
	return state, err
}

// lookAt looks at a step with these facts.
func (e *Engine) lookAt(ctx context.Context, s steps.Step, facts plan.Facts, tell func(Event)) (steps.State, error) {
	a := e.Answers().WithDefaults()
	env := steps.Env{Caller: e.Caller(), Home: a.HomeRegion, Config: e.reader(facts), Facts: facts, Answers: a, Made: e.past().made, Files: e.o.Files, Now: e.o.Now,
		Told: func(what, answer string) { tell(Event{Kind: Checked, Step: s.Name, Text: what, Answer: answer}) }}
	ctx, trouble := cloud.Watched(e.remembering(ctx))
	state, err := s.Inspect(ctx, env)
	if err != nil {
		return nil, fmt.Errorf("looking at %s: %w", s.Title, err)
	}
	if err := trouble.Err(); err != nil {
		return state, &partialError{err}
	}
	return state, nil
}

func (e *Engine) keepState(s steps.Step, state steps.State) {
	e.learn(state.Facts())
	e.mu.Lock()
	defer e.mu.Unlock()
	e.states[s.Name] = state
}

func (e *Engine) remembering(ctx context.Context) context.Context {
	e.mu.Lock()
	defer e.mu.Unlock()
	return cloud.Remembering(ctx, e.memory)
}

// forget drops what AWS answered, when it may answer otherwise now: something was changed, or a person had the time to do so.
func (e *Engine) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.memory = &cloud.Memory{}
	if e.looks != nil {
		e.looks.stop()
		e.looks = nil
	}
}

// partialError is a passing failure that a look put up with: what it saw is true, and may not be all.
type partialError struct{ err error }

func (e *partialError) Error() string { return e.err.Error() }
func (e *partialError) Unwrap() error { return e.err }

// reader gives reading configurations by place.
func (e *Engine) reader(f plan.Facts) plan.Reader {
	return func(p plan.Place) (cfg awsConfig, err error) {
		account := f.AccountID(p.Account)
		if p.Account == "" {
			account = e.Caller().Account
		}
		if key, unknown := plan.Unknown(account); unknown {
			if p.Account != plan.Management {
				return cfg, fmt.Errorf("%s is not known yet: %w", key, plan.ErrNoEntry)
			}
			account = e.Caller().Account
		}
		p.Account = account
		return e.o.Cloud.Read(p)
	}
}

func (e *Engine) event(ev Event) {
	ev.Time = e.o.Now()
	e.tell.Lock()
	defer e.tell.Unlock()
	e.o.FrontEnd.Tell(ev)
}

// record writes to the journal; with none, nothing may be sent.
func (e *Engine) record(entry journal.Entry) error {
	if e.o.Journal == nil {
		return errors.New("there is no journal, so nothing can be changed")
	}
	entry.Caller = e.Caller().ARN
	if err := e.o.Journal.Append(entry); err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	return nil
}

func (e *Engine) page(n int) Page {
	p := Page{Step: e.o.Steps[n], Number: n + 1, Of: len(e.o.Steps), Caller: e.Caller(), Sandbox: e.o.StandIn != nil, Undo: e.o.Undo, Facts: e.Facts()}
	if !e.o.Undo {
		p.Settings, p.Set = e.Settings(), e.Set
	}
	return p
}
