package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"awswizard/internal/run"
	"awswizard/internal/sandbox"

	"github.com/spf13/cobra"
)

// inMemory is the value of --sandbox without a file. Help and man pages show it; a file of this name is ./memory.
const inMemory = "memory"

// flags are what the command line says.
type flags struct {
	sandbox, scenario        string
	faults                   []string // of the sandbox
	profile, region          string
	byItself                 bool // somebody was signed in without a profile
	answers, stateDir        string
	accessible, plain, debug bool
	json, yes, detailed      bool
	out, format              string
	planFormat               string // of plan: "", text, md or json
	steps                    []string
	dry, closeAccounts       bool     // of undo
	agree                    []string // of undo
}

// root is the command with its sub-commands.
func root(sys system) *cobra.Command {
	f := &flags{}
	cmd := &cobra.Command{
		Use:     "wizard",
		Version: version(),
		Short:   "Set up a safe AWS organization, one approved call at a time",
		Long: `wizard walks you from a bare AWS account to a safe multi-account organization.
Every call to AWS is shown before it is made. Stop at any time; start again to go on.

Try it first without an AWS account:  wizard --sandbox`,
		SilenceUsage: true, SilenceErrors: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage{fmt.Errorf("there is no command %q; see wizard --help", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return guided(cmd.Context(), sys, f) },
	}
	cmd.SetArgs(sys.args)
	cmd.SetIn(sys.in)
	cmd.SetOut(sys.out)
	cmd.SetErr(sys.err)
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage{fmt.Errorf("%w; see wizard --help", err)} })

	p := cmd.PersistentFlags()
	p.StringVar(&f.sandbox, "sandbox", "", "work on a simulated AWS, in memory or kept in `FILE`; nothing real is touched")
	p.Lookup("sandbox").NoOptDefVal = inMemory
	p.StringVar(&f.scenario, "scenario", "", "how the simulated AWS starts, as `NAME`: "+strings.Join(scenarios(), ", "))
	p.StringArrayVar(&f.faults, "sandbox-fault", nil, "let something go wrong in the simulated AWS, as `FAULT`; may be given more than once:\n"+sandbox.FaultForms())
	_ = p.MarkHidden("sandbox-fault") // for trying failures out: docs/reliability.md
	p.StringVar(&f.profile, "profile", "", "AWS profile `NAME` to use")
	p.StringVar(&f.region, "region", "", "home `REGION`, e.g. eu-west-1")
	p.StringVar(&f.answers, "answers", "", "the answers `FILE` (default wizard.yaml)")
	p.StringVar(&f.stateDir, "state-dir", "", "the folder `DIR` for the journal and the log")
	p.BoolVar(&f.accessible, "accessible", false, "line by line, nothing is redrawn (for screen readers)")
	p.BoolVar(&f.plain, "no-color", false, "no colours")
	p.BoolVar(&f.debug, "debug", false, "write more to the log")

	cmd.AddCommand(planCommand(sys, f), applyCommand(sys, f), undoCommand(sys, f), checkCommand(sys, f), statusCommand(sys, f), reportCommand(sys, f), exportCommand(sys, f))
	for _, c := range cmd.Commands() {
		c.SilenceUsage, c.SilenceErrors = true, true
	}
	completions(cmd, sys)
	return cmd
}

func planCommand(sys system, f *flags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "plan", Short: "Dry run: show every call, change nothing", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch f.planFormat {
			case "json":
				f.json = true
			case "", "text", "md":
			default:
				return usage{fmt.Errorf("there is no format %q; there are text, md and json", f.planFormat)}
			}
			return dryRun(cmd.Context(), sys, f)
		},
	}
	cmd.Flags().BoolVar(&f.json, "json", false, "JSON Lines on standard output")
	cmd.Flags().StringVar(&f.planFormat, "format", "", "write the plan as `FORMAT`: text, md (Markdown, to pass on) or json")
	cmd.Flags().StringVar(&f.out, "out", "", "keep the plan in `FILE` for wizard apply FILE")
	cmd.Flags().BoolVar(&f.detailed, "detailed-exitcode", false, "exit 3 when changes are pending")
	stepFlag(cmd, f)
	return cmd
}

func applyCommand(sys system, f *flags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "apply [PLANFILE]", Short: "Run unattended what was planned",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage{errors.New("apply takes one plan file at most")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return apply(cmd.Context(), sys, f, args) },
	}
	cmd.Flags().BoolVar(&f.json, "json", false, "JSON Lines on standard output")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "approve each step's plan as it is computed")
	stepFlag(cmd, f)
	return cmd
}

func statusCommand(sys system, f *flags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "status", Short: "Where the set-up stands, from the journal and from AWS", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return where(cmd.Context(), sys, f) },
	}
	cmd.Flags().BoolVar(&f.json, "json", false, "JSON Lines on standard output")
	return cmd
}

func stepFlag(cmd *cobra.Command, f *flags) {
	cmd.Flags().StringArrayVar(&f.steps, "step", nil, "only this `STEP`; may be given more than once")
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage{fmt.Errorf("%s takes no arguments", cmd.Name())}
	}
	return nil
}

func scenarios() []string {
	var out []string
	for _, s := range sandbox.Scenarios() {
		out = append(out, string(s))
	}
	return out
}

// check refuses flags that cannot be meant.
func (f *flags) check() error {
	if f.scenario != "" && f.sandbox == "" {
		return usage{errors.New("--scenario needs --sandbox")}
	}
	if f.scenario != "" && !slices.Contains(scenarios(), f.scenario) {
		return usage{fmt.Errorf("there is no scenario %q; there are %s", f.scenario, strings.Join(scenarios(), ", "))}
	}
	if len(f.faults) > 0 && f.sandbox == "" {
		return usage{errors.New("--sandbox-fault needs --sandbox: nothing is made to fail at the real AWS")}
	}
	for _, text := range f.faults {
		if _, err := sandbox.ParseFault(text); err != nil {
			return usage{fmt.Errorf("--sandbox-fault: %w", err)}
		}
	}
	for _, s := range f.steps {
		if !slices.ContainsFunc(allSteps(), func(st step) bool { return st.Name == s }) {
			var names []string
			for _, st := range allSteps() {
				names = append(names, st.Name)
			}
			return usage{fmt.Errorf("there is no step %q; there are %s", s, strings.Join(names, ", "))}
		}
	}
	return nil
}

// exitOf is the exit code of a finished run.
func exitOf(r *run.Result) error {
	_, failed, left := r.Counts()
	switch {
	case failed > 0:
		return status(exitFailed)
	case left > 0:
		return status(exitLeft)
	}
	return nil
}

func printf(w io.Writer, format string, args ...any) { fmt.Fprintf(w, format, args...) }
