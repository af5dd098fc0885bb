package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"awswizard/internal/sandbox"

	"github.com/spf13/cobra"
)

// TestCompletion asks as a shell does when Tab is pressed.
func TestCompletion(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(config, []byte("[profile acme]\nregion = eu-west-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	getenv := func(name string) string { return map[string]string{"AWS_CONFIG_FILE": config}[name] }
	for _, c := range []struct {
		name  string
		typed []string
		want  []string // lines among those offered
	}{
		{"commands", []string{""}, []string{"plan\tDry run: show every call, change nothing", "undo\tPlan and run the way back of what the wizard made"}},
		{"scenarios", []string{"--scenario", ""}, []string{"fresh", "messy", "quota", ":4"}},
		{"scenarios of a command", []string{"plan", "--scenario", "fr"}, []string{"fresh", ":4"}},
		{"steps", []string{"plan", "--step", ""}, []string{"organization\tOrganization and accounts", "network\tDefault networks", ":4"}},
		{"steps to take back", []string{"undo", "--step", "tr"}, []string{":4"}},
		{"formats of a plan", []string{"plan", "--format", ""}, []string{"text", "md", "json", ":4"}},
		{"formats of a check", []string{"check", "--format", ""}, []string{"text", "md", ":4"}},
		{"formats of a report", []string{"report", "--format", "h"}, []string{"html", ":4"}},
		{"Regions", []string{"--region", "eu-c"}, []string{"eu-central-1", ":4"}},
		{"profiles", []string{"--profile", ""}, []string{"acme", ":4"}},
		{"the answers' file", []string{"--answers", ""}, []string{"yaml", "yml", ":8"}},
		{"folders", []string{"export", "terraform", "--out", ""}, []string{":16"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := wizardIn(getenv, append([]string{cobra.ShellCompRequestCmd}, c.typed...)...)
			if r.code != exitDone {
				t.Fatalf("exit %d: %s", r.code, r.err)
			}
			offered := strings.Split(r.out, "\n")
			for _, want := range c.want {
				found := false
				for _, line := range offered {
					found = found || line == want
				}
				if !found {
					t.Errorf("%q is not offered:\n%s", want, r.out)
				}
			}
			if len(r.writes) != 0 {
				t.Errorf("wrote %v", r.writes)
			}
		})
	}
}

// TestCompletionOfFormatsIsTrue: what is offered is taken.
func TestCompletionOfFormatsIsTrue(t *testing.T) {
	t.Parallel()
	for command, formats := range formatsOf {
		for _, format := range formats {
			tr := newTrial(t, string(sandbox.Fresh))
			if r := tr.run(command, "--format", format); r.code != exitDone && r.code != exitChanges {
				t.Errorf("%s --format %s: exit %d, %s", command, format, r.code, r.err)
			}
		}
	}
}

// TestShells writes the completion of every shell.
func TestShells(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if r := wizard("completion", shell); r.code != exitDone || !strings.Contains(r.out, cobra.ShellCompRequestCmd) || !strings.Contains(r.out, shell) {
			t.Errorf("%s: exit %d, %s\n%s", shell, r.code, r.err, last(r.out, 500))
		}
	}
}
