package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"awswizard/internal/run"
	"awswizard/ui/jsonl"
	"awswizard/ui/plain"
	"awswizard/ui/report"
)

// apply is `wizard apply`.
func apply(ctx context.Context, sys system, f *flags, args []string) error {
	if len(args) == 0 && !f.yes && (f.json || !isTerminal(sys.in) && !byLine(sys, f)) {
		return usage{errors.New("apply needs --yes or a plan file (wizard plan --out FILE) when nobody can be asked")}
	}
	var saved *run.Saved
	if len(args) == 1 {
		b, err := os.ReadFile(args[0])
		if err != nil {
			return usage{fmt.Errorf("reading the plan: %w", err)}
		}
		if saved, err = run.ReadSaved(b); err != nil {
			return usage{fmt.Errorf("%s: %w", args[0], err)}
		}
	}
	w, err := open(ctx, sys, f)
	if err != nil {
		return err
	}
	defer w.close()
	if saved != nil && saved.Account != w.account {
		return usage{fmt.Errorf("%s was made for account %s, and you are signed in to %s", args[0], saved.Account, w.account)}
	}
	o := w.options(f)
	o.Saved = saved
	return unattended(ctx, sys, f, w, o, "wizard apply")
}

// unattended runs the engine without questions. What is approved is decided by --yes, by a saved plan, or line by line by
// a person at the terminal.
func unattended(ctx context.Context, sys system, f *flags, w *workplace, o run.Options, what string) error {
	j, err := w.journal(what)
	if err != nil {
		return err
	}
	yes := f.yes || o.Saved != nil
	o.Journal, o.Unattended, o.Save = j, true, nil
	var lines *jsonl.UI
	if f.json {
		lines = jsonl.New(sys.out, jsonl.Options{Yes: yes, StandIn: w.sim != nil, Now: time.Now})
		o.FrontEnd = lines
	} else {
		front := plain.New(sys.in, sys.out, plain.Options{Width: width(sys), Yes: yes, Sandbox: w.sim != nil})
		defer front.Close()
		o.FrontEnd = front
	}
	w.scoreBefore(ctx, o, j)
	engine := run.New(o)
	result, err := engine.Run(ctx)
	if err == nil {
		err = exitOf(result)
	}
	if lines != nil {
		lines.Summary(resultCounts(result), lastHash(result), sys.exitCode(err))
		if broken := lines.Err(); broken != nil && err == nil {
			return broken
		}
	} else if len(result.Steps) > 0 {
		told := report.Options{Width: width(sys), Sandbox: w.sim != nil, Undo: o.Undo, Again: f.again(), Facts: engine.Facts()}
		if err == nil || errors.As(err, new(status)) {
			w.scoreAfter(ctx, o, &told)
		}
		differs := unlike(result, o)
		if differs != "" {
			told.Again = "The saved plan does not hold all that is left. What differs stands below."
		}
		printf(sys.out, "%s\n", report.Text(result, told))
		printf(sys.out, "%s%s", differs, unagreed(result, o))
	}
	return err
}

// unlike says what the saved plan does not hold as it is now.
func unlike(r *run.Result, o run.Options) string {
	if o.Saved == nil {
		return ""
	}
	var text string
	for _, s := range r.Steps {
		for _, i := range s.Left {
			why := o.Saved.Differs()[i.ID()]
			switch {
			case why == "":
			case i.Call != nil:
				text += fmt.Sprintf("  %s: %s\n", i.Call.Title, why)
			case i.HandOff != nil:
				text += fmt.Sprintf("  %s: %s\n", i.HandOff.Title, why)
			}
		}
	}
	if text == "" {
		return ""
	}
	return "AWS or wizard.yaml changed since the plan was saved. These were not made:\n" + text +
		"To look at them and approve them: wizard plan --out FILE, then wizard apply FILE\n\n"
}

func resultCounts(r *run.Result) jsonl.Counts {
	ok, failed, left := r.Counts()
	return jsonl.Counts{OK: ok, Failed: failed, Left: left, Kept: r.Kept()}
}

// lastHash is the hash of the last plan that was approved.
func lastHash(r *run.Result) string {
	for i := len(r.Steps) - 1; i >= 0; i-- {
		if r.Steps[i].Hash != "" {
			return r.Steps[i].Hash
		}
	}
	return ""
}
