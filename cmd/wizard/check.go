package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"awswizard/internal/baseline"
	"awswizard/internal/baseline/inspect"
	"awswizard/internal/journal"
	"awswizard/internal/run"
	"awswizard/ui/jsonl"
	"awswizard/ui/report"

	"github.com/spf13/cobra"
)

func checkCommand(sys system, f *flags) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: "check", Short: "Score this account or organization against the AWS Startup Security Baseline; reads only", Args: noArgs,
		Long: `check looks at this account, or at every account of the organization, and scores it against the AWS Startup
Security Baseline (ACCT.01 to ACCT.17, WKLD.01 to WKLD.15). It changes nothing, and what AWS does not let it see it says.
It ends with 3 when a control fails, with 0 otherwise.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return check(cmd.Context(), sys, f, format) },
	}
	cmd.Flags().BoolVar(&f.json, "json", false, "JSON Lines on standard output")
	cmd.Flags().StringVar(&format, "format", "text", "write it as `FORMAT`: text or md")
	return cmd
}

// check is `wizard check`.
func check(ctx context.Context, sys system, f *flags, format string) error {
	switch {
	case format != "text" && format != "md":
		return usage{fmt.Errorf("there is no format %q; there are text and md", format)}
	case f.json && format != "text":
		return usage{fmt.Errorf("--json and --format %s exclude each other", format)}
	}
	w, err := open(ctx, sys, f)
	if err != nil {
		return err
	}
	defer w.close()
	rows, _, err := w.controls(ctx, w.options(f))
	if err != nil {
		return err
	}
	score, code := baseline.Of(rows), exitDone
	if score[baseline.Fail] > 0 {
		code = exitChanges
	}
	switch {
	case f.json:
		front := jsonl.New(sys.out, jsonl.Options{Now: time.Now})
		for _, r := range rows {
			front.Control(jsonl.Control{ID: r.Control.ID, Title: r.Control.Title, Scope: string(r.Control.Scope), Result: string(r.Result),
				Evidence: r.Evidence, Account: r.Account, AccountName: r.Name, Next: r.Next, Note: r.Note})
		}
		front.Score(jsonl.Controls{Pass: score[baseline.Pass], Fail: score[baseline.Fail], CannotCheck: score[baseline.CannotCheck],
			NeedsYou: score[baseline.NeedsYou], NotApplicable: score[baseline.NotApplicable]}, code)
		if err := front.Err(); err != nil {
			return err
		}
	case format == "md":
		printf(sys.out, "%s", report.ChecksMarkdown(rows))
	default:
		printf(sys.out, "%s", report.Checks(rows, report.Options{Width: width(sys), Sandbox: w.sim != nil}))
	}
	if code != exitDone {
		return status(code)
	}
	return nil
}

// controls looks at all accounts and judges them, and says which steps are done there. With a sign-in that is still good it
// is not root who looks.
func (w *workplace) controls(ctx context.Context, o run.Options) (rows []baseline.Row, done func(step string) bool, err error) {
	o.Steps, o.FrontEnd, o.Journal = nil, quiet{}, nil
	if past, err := journal.Read(w.journalFile()); err == nil {
		o.Past = &past
	}
	engine := run.New(o)
	if _, err := engine.Look(ctx); err != nil {
		return nil, nil, err
	}
	found, err := inspect.Inspect(ctx, inspect.Source{Config: engine.Reader(), Caller: engine.Caller(), Home: engine.Answers().WithDefaults().HomeRegion, Now: time.Now})
	if err != nil {
		return nil, nil, err
	}
	done = func(name string) bool { return doesHere(found, name) }
	return baseline.Evaluate(found, done), done, nil
}

// doesHere reports whether the wizard does the step where it looked: in somebody else's organization it does none, and in
// one that Control Tower runs those that need no organization of the founder's own.
func doesHere(s baseline.State, name string) bool {
	return !s.Member && slices.ContainsFunc(allSteps(), func(st step) bool { return st.Name == name && (st.Alone || !s.Organization.ControlTower) })
}
