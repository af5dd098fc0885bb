package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/ui/jsonl"
)

// where is `wizard status`.
func where(ctx context.Context, sys system, f *flags) error {
	w, err := open(ctx, sys, f)
	if err != nil {
		return err
	}
	defer w.close()
	past, damage := journal.Read(w.journalFile())
	o := w.options(f)
	o.FrontEnd = quiet{}
	if damage == nil {
		o.Past = &past
	}
	engine := run.New(o)
	planned, err := engine.Survey(ctx)
	if err != nil {
		return err
	}
	if f.json {
		printf(sys.err, "%s", w.aboutState(past, damage))
		front := jsonl.New(sys.out, jsonl.Options{Now: time.Now})
		var items []plan.Item
		for _, p := range planned {
			front.Plan(p.Items, run.Page{Step: p.Step, Facts: p.Facts})
			items = append(items, p.Items...)
		}
		front.Summary(jsonl.CountsOf(plan.Sum(items)), run.HashOf(planned), exitDone)
		return front.Err()
	}
	printf(sys.out, "Signed in as %s\n", engine.Caller().ARN)
	switch {
	case damage != nil:
	case len(past.Entries) == 0:
		printf(sys.out, "Journal: none yet; nothing was done by the wizard here.\n")
	default:
		printf(sys.out, "Journal: %d entries in %s\n", len(past.Entries), w.journalFile())
	}
	printf(sys.out, "%s\n", w.aboutState(past, damage))
	standing := map[string]run.StepStanding{}
	for _, st := range run.StandingOf(o.Steps, past, planned).Steps {
		standing[st.Name] = st
	}
	for _, p := range planned {
		state := standing[p.Step.Name].Words()
		if !plan.Done(p.Items) {
			state = plan.Sum(p.Items).Work()
		}
		printf(sys.out, "  %-14s %s\n", p.Step.Name, state)
		for _, i := range p.Items {
			if i.Blocked != nil {
				printf(sys.out, "                 %s: %s %s\n", strings.ToLower(i.Blocked.Heading()), i.Blocked.What, i.Blocked.Next)
			}
		}
	}
	if d := past.InDoubt(); len(d) > 0 {
		var ids []string
		for _, e := range d {
			ids = append(ids, e.Item)
		}
		printf(sys.out, "\nIn doubt (asked for, no answer seen): %s. The next run looks first whether they happened.\n", strings.Join(ids, ", "))
	}
	return nil
}

// aboutState says what is out of the ordinary with the journal, and who works with it just now.
func (w *workplace) aboutState(past journal.Replay, damage error) string {
	var text string
	if damage != nil {
		text = "Journal: " + strings.Join(aboutJournal(damage), "\n  ") + "\n"
	}
	if past.Torn {
		text += "The journal's last line was cut while it was written, as by a power cut. Nothing is lost:\n" +
			"  the next run sets that line aside, looks at AWS what was done, and goes on.\n"
	}
	if holder := journal.Holder(w.folder); holder != nil {
		text += "At work: " + holder.Error() + "\n"
	}
	return text
}

// aboutJournal says what is wrong with a journal that cannot be used, what that means and what to do; nothing about any
// other error.
func aboutJournal(err error) []string {
	var (
		damaged *journal.DamagedError
		newer   *journal.NewerError
		unread  *journal.ReadError
	)
	const why = "It tells what the wizard made. Nothing is changed in AWS while that is not certain, and the file stays as it is."
	switch {
	case errors.As(err, &damaged):
		return []string{damaged.Error(), why,
			"wizard plan and wizard status still look at AWS. To go on, put a good copy of the file in its place.",
			"Or move it to another folder and start again: what stands in AWS is found there.",
			"But then wizard undo does not know any more that the wizard made it."}
	case errors.As(err, &newer):
		return []string{newer.Error(), why,
			"Get the newer wizard, or go on where it is. wizard plan and wizard status still look at AWS."}
	case errors.As(err, &unread):
		return []string{unread.Error(), why,
			"See that it is a file that you may read and write, then give the same command again."}
	}
	return nil
}
