package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/ui/jsonl"
	"awswizard/ui/report"
	"awswizard/ui/safe"

	"github.com/charmbracelet/x/term"
)

// dryRun is `wizard plan`.
// On a terminal it is a review to go through; in a pipe, with --json or --out it is text.
func dryRun(ctx context.Context, sys system, f *flags) error {
	w, err := open(ctx, sys, f)
	if err != nil {
		return err
	}
	defer w.close()
	if !f.json && f.planFormat == "" && f.out == "" && !f.detailed && !byLine(sys, f) && isTerminal(sys.in) && isTerminal(sys.out) {
		g := &guide{w: w, o: w.options(f)}
		return g.onScreen(ctx, sys, f, g.reviewOnly)
	}
	return look(ctx, sys, f, w, w.options(f))
}

// look plans and shows the set-up or the way back, and changes nothing.
func look(ctx context.Context, sys system, f *flags, w *workplace, o run.Options) error {
	o.FrontEnd = quiet{}
	r, err := journal.Read(w.journalFile())
	switch {
	case err == nil:
		o.Past = &r
	case o.Undo:
		return err // without it nobody knows what is ours
	default:
		printf(sys.err, "%v\nThis plan is made from AWS alone.\n", err)
	}
	engine := run.New(o)
	planned, err := engine.Survey(ctx)
	if err != nil {
		return err
	}
	if f.out != "" {
		saved, err := run.Save(engine.Caller().Account, planned)
		if err != nil {
			return err
		}
		b, err := saved.Marshal()
		if err != nil {
			return err
		}
		if err := journal.WriteFile(f.out, b); err != nil {
			return fmt.Errorf("keeping the plan: %w", err)
		}
	}
	var items []plan.Item
	for _, p := range planned {
		items = append(items, p.Items...)
	}
	pending := !plan.Done(items)
	code := exitDone
	if f.detailed && pending {
		code = exitChanges
	}
	switch {
	case f.planFormat == "md":
		printf(sys.out, "%s", report.Plan(planned))
	case f.json:
		front := jsonl.New(sys.out, jsonl.Options{Now: time.Now})
		for _, p := range planned {
			front.Plan(p.Items, run.Page{Step: p.Step, Facts: p.Facts})
		}
		front.Summary(jsonl.CountsOf(plan.Sum(items)), run.HashOf(planned), code)
		if err := front.Err(); err != nil {
			return err
		}
	default:
		for _, p := range planned {
			printf(sys.out, "== %s ==\n\n", p.Step.Title)
			if len(p.Items) == 0 {
				printf(sys.out, "Nothing to do.\n\n")
				continue
			}
			printf(sys.out, "%s\n", safe.Text(plan.Describe(p.Items, p.Facts)))
		}
		printf(sys.out, "%s\nNothing was changed. Plan %s\n", plan.Sum(items), run.HashOf(planned))
	}
	if code != exitDone {
		return status(code)
	}
	return nil
}

func isTerminal(v any) bool {
	f, ok := v.(*os.File)
	return ok && term.IsTerminal(f.Fd())
}

// width is the terminal's width in columns; 80 where there is none.
func width(sys system) int {
	if f, ok := sys.out.(*os.File); ok {
		if w, _, err := term.GetSize(f.Fd()); err == nil && w > 0 {
			return w
		}
	}
	return 80
}

// quiet is a front end for looking only.
type quiet struct{ run.FrontEnd }

func (quiet) Tell(run.Event) {}
