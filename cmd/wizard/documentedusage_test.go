package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var (
	overview = regexp.MustCompile("(?s)```text\n(wizard .*?)```")
	flagName = regexp.MustCompile(`--([a-z][a-z-]*)`)
)

// TestReadmeOverview: the README names every command with every flag that people are shown, and no others.
func TestReadmeOverview(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	m := overview.FindStringSubmatch(string(readme))
	if m == nil {
		t.Fatal("the README has no overview of the commands")
	}
	named := map[string]string{} // the flags said of each command
	command := ""
	for line := range strings.Lines(m[1]) {
		switch {
		case strings.HasPrefix(line, "wizard"):
			command, _, _ = strings.Cut(line, "  ")
			command, _, _ = strings.Cut(command, " [")
		case strings.HasPrefix(line, "global:"):
			command = "global"
		}
		named[command] += line
	}
	root := root(system{getenv: func(string) string { return "" }})
	check := func(of string, flags *pflag.FlagSet) {
		t.Helper()
		text, there := named[of]
		delete(named, of)
		if !there {
			t.Errorf("the overview leaves out %s", of)
		}
		said := map[string]bool{}
		for _, m := range flagName.FindAllStringSubmatch(text, -1) {
			said[m[1]] = true
		}
		flags.VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && !said[f.Name] && f.Name != "help" && f.Name != "version" {
				t.Errorf("%s: the overview leaves out --%s", of, f.Name)
			}
			delete(said, f.Name)
		})
		for name := range said {
			t.Errorf("%s has no --%s", of, name)
		}
	}
	check("global", root.PersistentFlags())
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
		if cmd.Runnable() && !cmd.HasSubCommands() || cmd == root {
			check(cmd.CommandPath(), cmd.LocalNonPersistentFlags())
		}
	}
	walk(root)
	delete(named, "wizard completion SHELL") // cobra's own, which is there when the program runs
	for of := range named {
		t.Errorf("there is no command %s", of)
	}
}
