package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"awswizard/internal/answers"
	"awswizard/internal/export"
	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/steps/alerts"

	"github.com/spf13/cobra"
)

func exportCommand(sys system, f *flags) *cobra.Command {
	group := &cobra.Command{Use: "export", Short: "Take the set-up with you", Args: func(_ *cobra.Command, args []string) error {
		return usage{errors.New("what is to be exported? wizard export terraform --out DIR")}
	}, RunE: func(*cobra.Command, []string) error { return nil }}
	cmd := &cobra.Command{
		Use: "terraform", Short: "Terraform (or OpenTofu) with import blocks for everything the wizard manages; reads only", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return exportTerraform(cmd.Context(), sys, f) },
	}
	cmd.Flags().StringVar(&f.out, "out", "", "the folder `DIR` to write, new or empty or of an earlier export")
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	group.AddCommand(cmd)
	return group
}

// exportTerraform is `wizard export terraform`.
func exportTerraform(ctx context.Context, sys system, f *flags) error {
	if f.out == "" {
		return usage{errors.New("say where to: wizard export terraform --out DIR")}
	}
	if err := free(f.out); err != nil {
		return usage{err}
	}
	w, err := open(ctx, sys, f)
	if err != nil {
		return err
	}
	defer w.close()
	o := w.options(f)
	o.FrontEnd = quiet{}
	if past, err := journal.Read(w.journalFile()); err == nil {
		o.Past = &past // who signed in last: root cannot enter the other accounts
	}
	engine := run.New(o)
	source, err := exportSource(ctx, engine)
	if err != nil {
		return err
	}
	project, err := export.Read(ctx, source)
	if err != nil {
		return err
	}
	files := project.Render()
	var paths []string
	for path := range files {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		to := filepath.Join(f.out, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return fmt.Errorf("writing the export: %w", err)
		}
		if err := journal.WriteFile(to, files[path]); err != nil {
			return fmt.Errorf("writing the export: %w", err)
		}
	}
	imported, added := project.Counts()
	printf(sys.out, "%d resources in %s. Nothing was changed at AWS.\n", imported+added, f.out)
	for _, u := range project.Unmanaged {
		printf(sys.out, "  not exported: %s: %s\n", u.What, u.Why)
	}
	printf(sys.out, "Next: read %s.\n", filepath.Join(f.out, "README.md"))
	return nil
}

// exportSource learns from all steps where things are.
func exportSource(ctx context.Context, engine *run.Engine) (export.Source, error) {
	facts, err := engine.Look(ctx)
	if err != nil {
		return export.Source{}, err
	}
	a := engine.Answers().WithDefaults()
	s := export.Source{Config: engine.Reader(), Home: a.HomeRegion, Management: facts.AccountID(plan.Management),
		Accounts: map[string]string{}, Used: slices.Compact(slices.Sorted(slices.Values(append([]string{"us-east-1", a.HomeRegion}, a.AllowedRegions...)))), Facts: facts}
	s.Program = export.Program{Function: alerts.FunctionName, Variables: alerts.Variables(), Secret: alerts.SecretVariable}
	s.AccessLogs = a.Trail.DataEvents == answers.AccessLogs
	s.Program.Zip, s.Program.Hash = alerts.Package()
	if _, unknown := plan.Unknown(s.Management); unknown {
		s.Management = engine.Caller().Account
	}
	for _, key := range facts.Keys() {
		name, ok := strings.CutPrefix(key, "account.")
		if id := facts.Get(key); ok && strings.HasSuffix(name, ".id") && plan.IsAccountID(id) {
			s.Accounts[id] = strings.TrimSuffix(name, ".id")
			if s.Accounts[id] == a.Security() {
				s.Security = id
			}
		}
	}
	return s, nil
}

// free reports an error when the folder holds something an export has not written.
func free(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	before, err := os.ReadFile(filepath.Join(dir, "imports.tf"))
	if err == nil && strings.HasPrefix(string(before), export.Mark) {
		return nil
	}
	return fmt.Errorf("%s is not empty and is no earlier export: name another folder", dir)
}
