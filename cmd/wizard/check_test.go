package main

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"awswizard/internal/baseline"

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

// everything asks for all that the wizard sets only when it is asked, and so for every control an API can set.
const everything = founderAnswers + `allowed_regions: [eu-west-1, us-east-1]
guardduty: all-regions
trail: {sensitive_buckets: [acme-robotics-invoices]}
`

// staysOpen are the controls that no API sets, or that only the founder settles, each with the reason. It holds for every
// scenario; staysOpenIn adds what a scenario's founder has made.
var (
	staysOpen = map[string]string{
		"ACCT.12": "the Basic plan shows no Trusted Advisor, and a plan is bought in the console",
		"ACCT.15": "it costs $20 to $60 a month and can wait",
		"WKLD.02": "how narrow a policy has to be is design",
		"WKLD.04": "the code is outside AWS",
		"WKLD.05": "the code is outside AWS",
		"WKLD.15": "the pipeline is outside AWS",
	}
	staysOpenIn = map[string]map[string]string{
		"messy": {
			"ACCT.04": "the user deploy has rights of its own, and something may work with them",
			"ACCT.08": "a bucket of the founder's is public, and something may depend on it",
			"ACCT.13": "the key of the user deploy is used",
			"WKLD.01": "an instance of the founder's has no role; it would have to be given its rights",
			"WKLD.03": "a secret is in a variable of the founder's function",
			"WKLD.08": "the disk of the founder's instance is not encrypted, and AWS cannot do it where it is",
			"WKLD.10": "an instance of the founder's is public, and may be meant to be",
		},
	}
	// changedByUse are the controls that the way back does not put back as they were.
	changedByUse = map[string]string{
		"ACCT.05": "a person gave root a second factor",
		"ACCT.16": "a person opened Cost Explorer; AWS then made a monitor of its own",
	}
)

// TestCheck shows what a founder reads before and after the set-up: every control that an API can set is in order then. The
// way back leaves the accounts as they were, to the same score.
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, scenario := range []string{"fresh", "messy"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, scenario)
			tr.write(tr.answers, everything)
			var text strings.Builder
			show := func(when string) map[string]baseline.Result {
				before := tr.readIfThere(tr.sandbox)
				r, js := tr.run("check"), tr.run("check", "--json")
				if len(r.writes)+len(js.writes) != 0 || r.code != js.code {
					t.Errorf("check wrote %v %v and ended with %d, %d", r.writes, js.writes, r.code, js.code)
				}
				if after := tr.read(tr.sandbox); before != "" && after != before {
					t.Error("check changed the simulated AWS")
				}
				text.WriteString("wizard check, " + when + "\n\n" + accountID.ReplaceAllString(r.out, "<account>") + "\n")
				return checked(t, js)
			}
			was := show("before")
			world := tr.world()
			tr.run("apply", "--yes", "--json")
			tr.reached()
			is := show("afterwards")
			open := maps.Clone(staysOpen)
			maps.Copy(open, staysOpenIn[scenario])
			for id, result := range is {
				inOrder := result == baseline.Pass || result == baseline.NotApplicable
				if why := open[id]; inOrder != (why == "") {
					t.Errorf("%s: %s before, %s afterwards (stays open: %q)", id, was[id], result, why)
				}
			}
			if scenario == "fresh" {
				tr.undone()
				tr.longClosed()
				tr.undone()
				for _, x := range differences(world, tr.ends(world), slices.Concat(alwaysRemains, remainsOf[scenario])) {
					t.Errorf("not as it was: %s", last(x, 300))
				}
				for id, result := range show("after the way back") {
					if (result != was[id]) != (changedByUse[id] != "") {
						t.Errorf("%s: %s before, %s after the way back (%s)", id, was[id], result, changedByUse[id])
					}
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
				// A root user cannot enter members, nobody can by our role those that Control Tower made; a member account cannot
				// see the management account's things.
				inside := scenario == "half" || scenario == "project" || scenario == "controltower"
				if result == baseline.CannotCheck && !inside && !slices.Contains([]string{"ACCT.12"}, id) {
					t.Errorf("%s cannot be checked", id)
				}
			}
			for _, step := range refusedSteps(t, scenario) {
				for _, advice := range []string{"--step " + step, "he step " + step} {
					if strings.Contains(r.out, advice+" ") || strings.Contains(r.out, advice+".") || strings.Contains(r.out, advice+`"`) {
						t.Errorf("somebody is sent to the step %s, which the wizard leaves out here", step)
					}
				}
			}
			switch scenario {
			case "half":
				if !strings.Contains(r.out, "root cannot enter the account") {
					t.Error("nothing says that root cannot enter members")
				}
			case "controltower":
				if !strings.Contains(r.out, "sts:AssumeRole of OrganizationAccountAccessRole") {
					t.Error("nothing says that the members cannot be entered")
				}
			case "project":
				if results["ACCT.17"] != baseline.CannotCheck || results["ACCT.14"] != baseline.Fail && results["ACCT.14"] != baseline.CannotCheck {
					t.Errorf("inside a member: %v", results)
				}
			}
		})
	}
}

// refusedSteps are the steps that the wizard leaves out in a scenario because of where it is.
func refusedSteps(t *testing.T, scenario string) []string {
	t.Helper()
	var out []string
	for _, l := range ofType(lines(t, newTrial(t, scenario).run("plan", "--json").out), "blocked") {
		if strings.HasSuffix(l.text("id"), "/stopped") {
			out = append(out, l.text("step"))
		}
	}
	if stopped := scenario == "controltower" || scenario == "project"; stopped != (len(out) > 0) {
		t.Errorf("left out in %s: %v", scenario, out)
	}
	return out
}

// TestCheckWithNothingWrong ends with 0 where everything was asked for.
func TestCheckWithNothingWrong(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	tr.write(tr.answers, everything)
	tr.run("apply", "--yes", "--json")
	tr.reached()
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
	want := baseline.Page(func(name string) bool {
		return slices.ContainsFunc(allSteps(), func(s step) bool { return s.Name == name })
	})
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
