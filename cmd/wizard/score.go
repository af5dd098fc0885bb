package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"awswizard/internal/baseline"
	"awswizard/internal/journal"
	"awswizard/internal/run"
	"awswizard/ui/report"
)

const (
	// scoreNote is the journal's note of how the accounts stood before the wizard made anything.
	scoreNote = "score before"
	// scoreLimit bounds the measuring beside a set-up: a score is worth no long wait. wizard check waits as long as it takes.
	scoreLimit = time.Minute
)

// scoreBefore measures how the accounts stand, and notes it: once, before anything was made. Without it the report says
// only how they stand afterwards.
func (w *workplace) scoreBefore(ctx context.Context, o run.Options, j *journal.Journal) {
	if o.Undo || slices.ContainsFunc(j.Replay().Entries, func(e journal.Entry) bool { return e.Kind == journal.KindBegin || scored(e) }) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, scoreLimit)
	defer cancel()
	rows, _, err := w.controls(ctx, o)
	if err == nil {
		counts := map[string]string{}
		for result, n := range baseline.Of(rows) {
			counts[string(result)] = strconv.Itoa(n)
		}
		err = j.Append(journal.Entry{Kind: journal.KindNote, Message: scoreNote, Facts: counts})
	}
	if err != nil {
		w.log.Info("measuring the score", "error", err)
	}
}

func scored(e journal.Entry) bool { return e.Kind == journal.KindNote && e.Message == scoreNote }

// scoreAfter puts into a report how the accounts stood before and stand now, and which controls stay the founder's.
func (w *workplace) scoreAfter(ctx context.Context, o run.Options, to *report.Options) {
	if o.Undo {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, scoreLimit)
	defer cancel()
	rows, done, err := w.controls(ctx, o)
	if err != nil {
		w.log.Info("measuring the score", "error", err)
		return
	}
	to.Score, to.Yours = nil, report.Yours(rows, done)
	if past, err := journal.Read(w.journalFile()); err == nil {
		if i := slices.IndexFunc(past.Entries, scored); i >= 0 {
			before, all := past.Entries[i].Facts, 0
			for _, n := range before {
				of, _ := strconv.Atoi(n)
				all += of
			}
			to.Score = append(to.Score, scoreWas(before, all))
		}
	}
	to.Score = append(to.Score, "Now: "+report.ScoreLine(baseline.Of(rows)), "wizard check shows each of them, with what AWS says.")
}

// scoreWas is how the accounts stood, as it was noted. What could not be looked at then is no failure.
func scoreWas(before map[string]string, all int) string {
	text := fmt.Sprintf("Before: %s of %d controls of the AWS Startup Security Baseline passed", orNone(before[string(baseline.Pass)]), all)
	if n := before[string(baseline.CannotCheck)]; n != "" {
		text += "; " + n + " could not be checked"
	}
	return text + "."
}

// orNone is a number as it was noted; none was noted where there was nothing to count.
func orNone(n string) string {
	if n == "" {
		return "0"
	}
	return n
}
