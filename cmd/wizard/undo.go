package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/steps/identity"

	"github.com/spf13/cobra"
)

// closing is the operation that --close-accounts agrees to.
const closing = "CloseAccount"

func undoCommand(sys system, f *flags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "undo", Short: "Plan and run the way back of what the wizard made", Args: noArgs,
		Long: `undo takes back what the wizard made, from the last step to the first. It takes back nothing that was there
before, and nothing that others made since. Every call is shown first, as in the set-up. Stop at any time; start it
again to go on. Done twice, there is nothing to do.

At a terminal each step's way back is shown and approved. With --yes it runs unattended, but --yes alone agrees to
nothing that is lost for good or was changed by somebody since: such a call needs --agree with its id. Accounts are
closed only with --close-accounts.

What nobody can take back: a closed account stays in the organization for 90 days, and its e-mail address can never be
used for another account. So the organization can be deleted 90 days later at the earliest. The free plan and its
credits do not come back. Copies of the log that are locked stay until their lock ends.

To look at the way back without changing anything:  wizard undo --plan`,
		RunE: func(cmd *cobra.Command, _ []string) error { return undo(cmd.Context(), sys, f) },
	}
	cmd.Flags().BoolVar(&f.dry, "plan", false, "show the way back, change nothing")
	cmd.Flags().BoolVar(&f.json, "json", false, "JSON Lines on standard output")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "approve each step's way back as it is computed, without closing accounts")
	cmd.Flags().BoolVar(&f.closeAccounts, "close-accounts", false, "with --yes: close the accounts the wizard made; their addresses are lost for ever")
	cmd.Flags().StringArrayVar(&f.agree, "agree", nil, "with --yes: agree to the call `ID` that needs consent by itself; may be given more than once")
	stepFlag(cmd, f)
	return cmd
}

// undo is `wizard undo`.
func undo(ctx context.Context, sys system, f *flags) error {
	person := isTerminal(sys.in) && !f.json || byLine(sys, f) && !f.json
	switch {
	case f.dry && f.yes:
		return usage{errors.New("--plan changes nothing, so there is nothing for --yes to approve")}
	case !f.yes && (f.closeAccounts || len(f.agree) > 0):
		return usage{errors.New("--close-accounts and --agree go with --yes; without it you are asked")}
	case !f.dry && !f.yes && !person:
		return usage{errors.New("undo needs --yes when nobody can be asked. To look at the way back first: wizard undo --plan")}
	}
	const what = "wizard undo"
	if !f.dry && !f.yes {
		return atTerminal(ctx, sys, f, what, func(w *workplace) run.Options { return wayBack(w, f) })
	}
	w, err := open(ctx, sys, f)
	if err != nil {
		return err
	}
	defer w.close()
	o := wayBack(w, f)
	if f.dry {
		return look(ctx, sys, f, w, o)
	}
	o.Agreed = f.agreed
	return unattended(ctx, sys, f, w, o, what)
}

// wayBack are the engine's options of an undo.
func wayBack(w *workplace, f *flags) run.Options {
	o := w.options(f)
	o.Undo = true
	// The way back begins where the steps end, in the member accounts, so a root user signs in as themselves first.
	o.Steps = append(o.Steps, identity.SignInForUndo())
	if len(o.Only) > 0 {
		o.Only = append(slices.Clone(o.Only), identity.SignInForUndo().Name)
	}
	return o
}

// agreed reports whether the command line agrees to a call that needs consent by itself.
func (f *flags) agreed(c *plan.Call) bool {
	return slices.Contains(f.agree, c.ID) || f.closeAccounts && c.Request.Operation == closing
}

// unagreed says how to agree to the calls that --yes left out.
func unagreed(r *run.Result, o run.Options) string {
	if o.Agreed == nil {
		return ""
	}
	var text string
	for _, s := range r.Steps {
		for _, c := range plan.Calls(s.Left) {
			switch {
			case c.Consent != plan.Typed || o.Agreed(c):
			case c.Request.Operation == closing:
				text += fmt.Sprintf("  %s: --close-accounts, or --agree %s\n", c.Title, c.ID)
			default:
				text += fmt.Sprintf("  %s: --agree %s\n", c.Title, c.ID)
			}
		}
	}
	if text == "" {
		return ""
	}
	return "--yes alone does not agree to these. Add, or run wizard undo at a terminal:\n" + text + "\n"
}
