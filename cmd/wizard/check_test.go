package main

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"awswizard/internal/answers"
	"awswizard/internal/baseline"
	"awswizard/internal/sandbox"

	"github.com/charmbracelet/x/exp/golden"
)

// checked is what a check came to: the exit code and the result of each control, as its worst account has it.
func checked(t *testing.T, r ran) map[string]baseline.Result {
	t.Helper()
	all := lines(t, r.out)
	out := map[string]baseline.Result{}
	for _, l := range ofType(all, "control") {
		id, result := l.text("id"), baseline.Result(l.text("result"))
		if !slices.Contains(baseline.Results(), result) || l.text("title") == "" || l.text("evidence") == "" || l.text("scope") == "" || l.text("account") == "" {
			t.Errorf("not a whole line: %v", l)
		}
		if was, ok := out[id]; !ok || slices.Index(baseline.Results(), result) < slices.Index(baseline.Results(), was) {
			out[id] = result
		}
	}
	if end := all[len(all)-1]; end.text("type") != "summary" || end["exit"] != float64(r.code) || end["controls"] == nil {
		t.Errorf("the last line is %v, the exit code %d", end, r.code)
	}
	return out
}

// TestCheck shows what a founder reads before and after the set-up, and that everything the wizard sets is in order then.
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, scenario := range []string{"fresh", "messy"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, scenario)
			tr.write(tr.answers, founderAnswers+"allowed_regions: [eu-west-1, us-east-1]\n")
			var text strings.Builder
			show := func(when string) map[string]baseline.Result {
				before := tr.readIfThere(tr.sandbox)
				r, js := tr.must(exitChanges, "check"), tr.must(exitChanges, "check", "--json")
				if len(r.writes)+len(js.writes) != 0 {
					t.Errorf("check wrote %v %v", r.writes, js.writes)
				}
				if after := tr.read(tr.sandbox); before != "" && after != before {
					t.Error("check changed the simulated AWS")
				}
				text.WriteString("wizard check, " + when + "\n\n" + accountID.ReplaceAllString(r.out, "<account>") + "\n")
				return checked(t, js)
			}
			was := show("before")
			tr.run("apply", "--yes", "--json")
			is := show("afterwards")
			for _, id := range []string{"ACCT.02", "ACCT.03", "ACCT.05", "ACCT.07", "ACCT.08", "ACCT.09", "ACCT.10", "ACCT.16", "ACCT.17"} {
				kept := scenario == "messy" && id == "ACCT.08" // the public bucket is the founder's
				if !kept && is[id] != baseline.Pass {
					t.Errorf("%s: %s before, %s afterwards", id, was[id], is[id])
				}
			}
			golden.RequireEqual(t, text.String())
		})
	}
}

// TestCheckOfEveryStart looks from every place a founder may start. It ends with 3, since something is wrong in each.
func TestCheckOfEveryStart(t *testing.T) {
	t.Parallel()
	for _, scenario := range scenarios() {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			r := newTrial(t, scenario).must(exitChanges, "check", "--json")
			results := checked(t, r)
			if len(results) != len(baseline.Controls()) || len(r.writes) != 0 {
				t.Errorf("%d controls, %d writes", len(results), len(r.writes))
			}
			for id, result := range results {
				// A root user cannot enter members; a member account cannot see the management account's things.
				inside := scenario == "half" || scenario == "project"
				if result == baseline.CannotCheck && !inside && !slices.Contains([]string{"ACCT.12"}, id) {
					t.Errorf("%s cannot be checked", id)
				}
			}
			switch scenario {
			case "half":
				if !strings.Contains(r.out, "root cannot enter the account") {
					t.Error("nothing says that root cannot enter members")
				}
			case "project":
				if results["ACCT.17"] != baseline.CannotCheck || results["ACCT.14"] != baseline.Fail && results["ACCT.14"] != baseline.CannotCheck {
					t.Errorf("inside a member: %v", results)
				}
			}
		})
	}
}

// TestCheckWithNothingWrong ends with 0 where what the set-up leaves to the founder is done as well.
func TestCheckWithNothingWrong(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	tr.write(tr.answers, founderAnswers+"allowed_regions: [eu-west-1, us-east-1]\n")
	tr.run("apply", "--yes", "--json")
	sim, err := sandbox.OpenFile(tr.sandbox, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Do(func(w *sandbox.World) {
		for id := range w.Accounts {
			for _, kind := range []string{"BILLING", "OPERATIONS", "SECURITY"} {
				w.SeedContact(id, kind, strings.ToLower(kind)+"@acme-robotics.example")
			}
			w.SeedAnalyzer(id, "eu-west-1", "strangers", "ACCOUNT")
			for _, region := range answers.Regions() {
				w.SeedDetector(id, region, true)
				w.SeedEncryption(id, region)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	r := tr.run("check", "--json")
	if r.code != exitDone {
		for _, l := range ofType(lines(t, r.out), "control") {
			if l.text("result") == string(baseline.Fail) {
				t.Errorf("%s: %s", l.text("id"), l.text("evidence"))
			}
		}
		t.Errorf("exit %d", r.code)
	}
	checked(t, r)
}

func TestCheckAsAPage(t *testing.T) {
	t.Parallel()
	r := newTrial(t, "messy").must(exitChanges, "check", "--format", "md")
	golden.RequireEqual(t, accountID.ReplaceAllString(r.out, "<account>"))
}

func TestCheckRefusesFormats(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	for _, args := range [][]string{{"--format", "pdf"}, {"--format", "md", "--json"}, {"production"}} {
		if r := tr.run(append([]string{"check"}, args...)...); r.code != exitUsage || r.err == "" {
			t.Errorf("%v: exit %d, %q", args, r.code, r.err)
		}
	}
}

// TestPageOfControls keeps docs/controls.md as the table says; -update writes it.
func TestPageOfControls(t *testing.T) {
	want := baseline.Page(hasStep)
	path := filepath.Join("..", "..", "docs", "controls.md")
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("docs/controls.md is not what the table says (%v); run go test ./cmd/wizard -run TestPageOfControls -update", err)
	}
}
