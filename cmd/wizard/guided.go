package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"awswizard/internal/journal"
	"awswizard/internal/run"
	"awswizard/ui/login"
	"awswizard/ui/plain"
	"awswizard/ui/report"
	"awswizard/ui/tui"
)

// byLine reports whether the person wants, or the terminal needs, one line after another.
func byLine(sys system, f *flags) bool {
	return f.accessible || on(sys.getenv("WIZARD_ACCESSIBLE")) || on(sys.getenv("ACCESSIBLE")) || sys.getenv("TERM") == "dumb"
}

// on reads a switch of the environment: gh and others take 0, false and no for off.
func on(value string) bool {
	switch strings.ToLower(value) {
	case "", "0", "false", "no", "off":
		return false
	}
	return true
}

// guided is `wizard`: the set-up with a person.
func guided(ctx context.Context, sys system, f *flags) error {
	if !byLine(sys, f) && (!isTerminal(sys.in) || !isTerminal(sys.out)) {
		return usage{errors.New("this is not a terminal, so nothing can be asked. Use wizard plan and wizard apply, or wizard --accessible to answer line by line")}
	}
	return atTerminal(ctx, sys, f, "wizard", func(w *workplace) run.Options { return w.options(f) })
}

// atTerminal is a command with a person at the terminal, who may change to another AWS profile on the first screen: then
// all begins anew, with the account, the answers and the journal of that one. Nothing is locked before the run.
func atTerminal(ctx context.Context, sys system, f *flags, what string, options func(*workplace) run.Options) error {
	var lines *plain.UI
	for {
		w, err := openWithPerson(ctx, sys, f, lines)
		if err != nil {
			return err
		}
		err = withPerson(ctx, sys, f, w, options(w), what)
		lines = w.lines
		w.close()
		var other *otherProfile
		if !errors.As(err, &other) {
			if lines != nil {
				lines.Close()
			}
			return f.forgotten(err)
		}
		f.profile = other.name
	}
}

// withPerson runs the engine with a person at the terminal: the set-up or the way back, on full screens or line by line.
func withPerson(ctx context.Context, sys system, f *flags, w *workplace, o run.Options, what string) error {
	g := &guide{w: w, o: o, what: what, profiles: profiles(sys, f), again: f.again()}
	if !byLine(sys, f) {
		return g.onScreen(ctx, sys, f, g.setUp)
	}
	if w.lines == nil {
		w.lines = plain.New(sys.in, sys.out, plain.Options{Width: width(sys), Sandbox: w.sim != nil, Hide: hideTyping(sys.in)})
	}
	front := w.lines
	past, err := journal.Read(w.journalFile())
	if err != nil {
		return err
	}
	hello := plain.Welcome{Forgets: f.forgets(), Caller: w.caller, Region: o.Answers.WithDefaults().HomeRegion, Undo: o.Undo}
	if n := len(past.Entries); n > 0 {
		hello.Left = past.Entries[n-1].Time
	}
	front.Welcome(hello)
	if len(g.profiles) > 0 {
		switch p, other, err := front.Another(ctx, g.profiles); {
		case err != nil:
			return err
		case other:
			return &otherProfile{p.Name}
		}
	}
	o.FrontEnd = front
	result, err := g.run(ctx, o)
	return g.told(sys, result, err)
}

// guide leads a person through a run.
type guide struct {
	w        *workplace
	o        run.Options
	what     string // the command, for the lock
	profiles []login.Profile
	again    string // how to go on; "" for the same command
	front    *tui.Front
	past     journal.Replay
	engine   *run.Engine    // of the run, once it has begun
	after    report.Options // of it only the score is set
}

// run is the run itself. From here on the account is this program's alone.
func (g *guide) run(ctx context.Context, o run.Options) (*run.Result, error) {
	j, err := g.w.journal(g.what)
	if err != nil {
		return nil, err
	}
	o.Journal = j
	g.w.scoreBefore(ctx, o, j)
	g.engine = run.New(o)
	result, err := g.engine.Run(ctx)
	if err == nil {
		g.w.scoreAfter(ctx, o, &g.after)
	}
	return result, err
}

// finish is the run with its last screen. Somebody who stopped half-way wants out, not another screen.
func (g *guide) finish(ctx context.Context, o run.Options) (*run.Result, error) {
	result, err := g.run(ctx, o)
	if err != nil {
		return result, err
	}
	return result, g.front.Finish(ctx, report.Of(result, g.report(0)))
}

// report are the options of the report; width 0 is that of a file.
func (g *guide) report(width int) report.Options {
	o := report.Options{Width: width, Sandbox: g.w.sim != nil, Undo: g.o.Undo, Again: g.again, Facts: g.engine.Facts(), Score: g.after.Score, Yours: g.after.Yours}
	if past, err := journal.Read(g.w.journalFile()); err == nil {
		o.MonthlyUSD = run.MonthlyUSD(past)
	}
	return o
}

// keep writes the report into the account's folder and returns its path.
func (g *guide) keep(result *run.Result) (string, error) {
	path := filepath.Join(g.w.folder, "report.md")
	if err := journal.WriteFile(path, []byte(report.Of(result, g.report(0)).Markdown(result))); err != nil {
		return "", fmt.Errorf("keeping the report: %w", err)
	}
	return path, nil
}

// told prints what the run came to on the normal screen.
func (g *guide) told(sys system, result *run.Result, err error) error {
	if result != nil && len(result.Steps) > 0 {
		printf(sys.out, "%s\n", report.Text(result, g.report(width(sys))))
		if g.w.answersFile != "" {
			printf(sys.out, "Your answers: %s\nThe record of every call: %s\n", g.w.answersFile, g.w.journalFile())
			path, failed := g.keep(result)
			if failed == nil {
				printf(sys.out, "This report, with every call: %s\n", path)
			}
			err = errors.Join(err, failed)
		}
	}
	if err != nil || result == nil {
		return err
	}
	return exitOf(result)
}

// onScreen shows the full screen while work runs.
func (g *guide) onScreen(ctx context.Context, sys system, f *flags, work func(context.Context) (*run.Result, error)) error {
	var err error
	if g.past, err = journal.Read(g.w.journalFile()); err != nil {
		return err
	}
	result, err := tui.Run(ctx, sys.in, sys.out, tui.Options{
		Sandbox: g.w.sim != nil, Forgets: f.forgets(), Undo: g.o.Undo, NoColor: f.plain || sys.getenv("NO_COLOR") != "", Getenv: sys.getenv, Browser: browser(sys.getenv),
		Steps: inOrder(g.o), Region: g.o.Answers.WithDefaults().HomeRegion, Log: g.w.logFile, AtOnce: sys.atOnce},
		func(ctx context.Context, front *tui.Front) (*run.Result, error) {
			g.front = front
			return work(ctx)
		})
	return g.told(sys, result, err)
}

// looker is an engine that only looks.
func (g *guide) looker() *run.Engine {
	o := g.o
	o.FrontEnd, o.Past = g.front, &g.past
	return run.New(o)
}

// setUp is the first screen and what the person wants of it.
func (g *guide) setUp(ctx context.Context) (*run.Result, error) {
	start := tui.Start{Caller: g.w.caller, Region: g.o.Answers.WithDefaults().HomeRegion, Profiles: g.profiles}
	if len(g.past.Entries) > 0 && !g.o.Undo {
		planned, err := g.looker().Survey(ctx)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			start.Unread = err.Error()
		}
		standing := run.StandingOf(g.o.Steps, g.past, planned)
		start.Standing = &standing
	}
	for {
		engine := g.looker()
		if !g.o.Undo {
			start.Settings, start.Set = engine.Settings(), engine.Set
		}
		choice, profile, err := g.front.Start(ctx, start)
		if err != nil {
			return nil, err
		}
		g.o.Answers, g.o.Sources = engine.Answers(), engine.Sources()
		switch choice {
		case tui.Begin:
			o := g.o
			o.FrontEnd = g.front
			return g.finish(ctx, o)
		case tui.LookOnly:
			if d, err := g.review(ctx, true); err != nil || d == run.Leave {
				return nil, err
			}
		case tui.SignInAs:
			return nil, &otherProfile{profile}
		case tui.Stop:
			return nil, nil
		}
	}
}

// reviewOnly is `wizard plan` on a terminal.
func (g *guide) reviewOnly(ctx context.Context) (*run.Result, error) {
	_, err := g.review(ctx, false)
	return nil, err
}

// review shows all plans, and makes them anew when a setting was changed. Answers that were not given yet are those of an
// example, so that everything can be seen before anything is told; they are not kept.
func (g *guide) review(ctx context.Context, home bool) (run.Decision, error) {
	o := g.o
	o.FrontEnd, o.Past, o.Save = g.front, &g.past, nil
	example := o.Answers.Missing()
	if len(example) > 0 {
		o.Answers.Company, o.Answers.Email = cmp.Or(o.Answers.Company, "Example Company"), cmp.Or(o.Answers.Email, "aws@company.example")
		o.Answers.AcceptPaidPlan = true
		o.Sources = map[string]string{"accept_paid_plan": "example"}
		for _, field := range example {
			o.Sources[field] = "example"
		}
	}
	engine := run.New(o)
	for {
		planned, err := engine.Survey(ctx)
		if err != nil {
			return run.Leave, err
		}
		d, err := g.front.Review(ctx, tui.Review{Caller: engine.Caller(), Plans: planned, Example: len(example) > 0, Home: home,
			Settings: engine.Settings(), Set: engine.Set,
			Save: func() ([]string, error) { return writeReview(engine.Caller().Account, planned, len(example) > 0) }})
		if err != nil || d != run.Again {
			return d, err
		}
	}
}

// The files a review is written to, in the working folder.
const (
	reviewText = "wizard-plan.md"
	reviewJSON = "wizard-plan.json"
)

// ofExample stands in the text of such a plan, which may be read by somebody who did not see the screen.
const ofExample = "No company and no mailbox were given yet, so this is the plan of an example company."

// writeReview writes a plan for people and for wizard apply.
func writeReview(account string, planned []run.StepPlan, example bool) ([]string, error) {
	saved, err := run.Save(account, planned)
	if err != nil {
		return nil, err
	}
	b, err := saved.Marshal()
	if err != nil {
		return nil, err
	}
	var notes []string
	if example {
		notes = append(notes, ofExample)
	}
	if err := journal.WriteFile(reviewText, []byte(report.Plan(planned, notes...))); err != nil {
		return nil, fmt.Errorf("writing the plan: %w", err)
	}
	if err := journal.WriteFile(reviewJSON, b); err != nil {
		return nil, fmt.Errorf("writing the plan: %w", err)
	}
	return []string{reviewText + " (to read and pass on)", reviewJSON + " (for wizard apply)"}, nil
}

// inOrder are the steps in the order in which they are gone through.
func inOrder(o run.Options) []step {
	list := slices.Clone(o.Steps)
	if o.Undo {
		slices.Reverse(list)
	}
	return list
}
