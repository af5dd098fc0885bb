//go:build unix

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTerminalReview goes through all there is to see and changes nothing, from the first screen and as wizard plan.
func TestTerminalReview(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args  []string
		opens func(*Terminal)
		ends  func(*Terminal)
	}{
		"from the first screen": {nil, func(x *Terminal) { x.Expect("r review only").WrongKeys().Type("r") },
			func(x *Terminal) { x.Esc().Expect("enter begin").Type("q") }},
		"as wizard plan": {[]string{"plan"}, func(*Terminal) {}, func(x *Terminal) { x.Expect("esc leave").Esc() }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "aws.json")
			x := start(t, setting{cols: 120, rows: 40, dir: dir}, append(c.args, "--sandbox="+file)...)
			c.opens(x)
			x.Expect("Review: nothing can be changed here.", "the plan of an example company", "In all:").WrongKeys()
			x.Type("j").Expect("▸ Organization and accounts").Enter().Expect("Step 2 of", "Enter shows the calls to AWS.").WrongKeys()
			x.Enter().Expect("▸ + Create your organization", "1 of 1", " seen").WrongKeys()
			for _, key := range []string{"a", "x", "o", "b"} { // what would approve, leave out or go back in a set-up
				x.Type(key)
			}
			x.Expect("Review: nothing can be changed here.").Type("2").Expect("[2 JSON]", `"FeatureSet": "ALL"`)
			x.Type("3").Expect("[3 command]", "aws organizations ")
			x.Type("/").Type("create-account").Expect("/create-account").Enter().Expect(`"create-account": `)
			if s := x.Screen(); holds(s, "Type agree") || holds(s, "Type yes") {
				t.Errorf("a review asks for consent:\n%s", s)
			}
			x.Type("e").Expect("Written: wizard-plan.md")
			x.Esc().until("the end of the search", func(s string) bool { return holds(s, " seen") && !holds(s, "n next") })
			x.Esc().Expect("Enter shows the calls to AWS.").Esc().Expect("In all:")
			c.ends(x)
			x.Exits(0)
			if made := calls(t, file); len(made) > 0 {
				t.Errorf("a review made calls: %v", operations(made))
			}
			exported(t, dir)
		})
	}
}

// exported reads what a review wrote: a plan for people, and one that wizard apply takes.
func exported(t *testing.T, dir string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "wizard-plan.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# What wizard would do", "the plan of an example company", "## Organization and accounts", "aws organizations create-organization"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the plan as text does not have %q", want)
		}
	}
	saved, err := os.ReadFile(filepath.Join(dir, "wizard-plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	var plan map[string]any
	if err := json.Unmarshal(saved, &plan); err != nil || len(plan) == 0 {
		t.Errorf("the plan for programs is not JSON: %v", err)
	}
}
