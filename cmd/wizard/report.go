package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/steps/handover"
	"awswizard/ui/dossier"

	"github.com/spf13/cobra"
)

func reportCommand(sys system, f *flags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "report", Short: "What was made, when, by which call; what it costs and what cannot be undone", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return writeReport(cmd.Context(), sys, f) },
	}
	cmd.Flags().StringVar(&f.format, "format", "md", "write it as `FORMAT`: md, html or json")
	cmd.Flags().StringVar(&f.out, "out", "", "write to `FILE` instead of standard output")
	return cmd
}

// writeReport is `wizard report`.
func writeReport(ctx context.Context, sys system, f *flags) error {
	render := map[string]func(dossier.Document) ([]byte, error){
		"md":   func(d dossier.Document) ([]byte, error) { return dossier.Markdown(d), nil },
		"html": func(d dossier.Document) ([]byte, error) { return dossier.HTML(d), nil },
		"json": dossier.JSON,
	}[f.format]
	if render == nil {
		return usage{fmt.Errorf("there is no format %q; there are md, html and json", f.format)}
	}
	w, err := open(ctx, sys, f)
	if err != nil {
		return err
	}
	defer w.close()
	d, err := document(ctx, w, f)
	if err != nil {
		return err
	}
	b, err := render(d)
	if err != nil {
		return err
	}
	if f.out == "" {
		_, err = sys.out.Write(b)
		return err
	}
	if err := journal.WriteFile(f.out, b); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	printf(sys.out, "The report: %s\n", f.out)
	return nil
}

// document looks at the set-up and at its way back, changing nothing.
func document(ctx context.Context, w *workplace, f *flags) (dossier.Document, error) {
	past, damage := journal.Read(w.journalFile())
	survey := func(undo bool) (*run.Engine, []run.StepPlan, error) {
		o := w.options(f)
		o.FrontEnd, o.Undo = quiet{}, undo
		if damage == nil {
			o.Past = &past
		}
		engine := run.New(o)
		planned, err := engine.Survey(ctx)
		var missing *run.MissingError
		if errors.As(err, &missing) {
			return engine, nil, nil // what was made can be told without the answers
		}
		return engine, planned, err
	}
	engine, planned, err := survey(false)
	if err != nil {
		return dossier.Document{}, err
	}
	s := dossier.Sources{Now: time.Now(), Sandbox: w.sim != nil, Caller: engine.Caller().ARN, Answers: engine.Answers().WithDefaults(), Past: past,
		Yours: topics(engine.Answers(), engine.Facts()), Damage: damage, Planned: planned, Facts: engine.Facts(), Standing: run.StandingOf(allSteps(), past, planned)}
	if damage == nil && len(past.Entries) > 0 {
		if _, s.Undo, err = survey(true); err != nil {
			return dossier.Document{}, err
		}
	}
	return dossier.Of(s), nil
}

// topics are what stays with the founder, for the report.
func topics(a answers.Answers, f plan.Facts) []dossier.Topic {
	var out []dossier.Topic
	for _, t := range handover.Topics(a, f) {
		out = append(out, dossier.Topic{Title: t.Title, Why: t.Why, Controls: t.Controls, URL: t.URL, Next: t.Next})
	}
	return out
}
