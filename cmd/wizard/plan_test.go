package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/run"
)

// TestPlanOfAFreshAccount shows the dry run as a founder reads it.
func TestPlanOfAFreshAccount(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	r := tr.must(exitDone, "plan")
	if r.err != "" || !strings.Contains(r.out, "(known after ") {
		t.Errorf("standard error: %q", r.err)
	}
	golden.RequireEqual(t, r.out)
}

// TestPlanAsMarkdown is the dry run to pass on: every step, and each call with its request and its command line.
func TestPlanAsMarkdown(t *testing.T) {
	t.Parallel()
	r := newTrial(t, "").must(exitDone, "plan", "--format", "md")
	for _, want := range []string{"# What wizard would do", "## Organization and accounts", "### Create your organization",
		`"FeatureSet": "ALL"`, "aws organizations create-organization", "### Later: "} {
		if !strings.Contains(r.out, want) {
			t.Errorf("the Markdown lacks %q", want)
		}
	}
	if len(r.writes) > 0 || r.err != "" {
		t.Errorf("wrote %v; standard error %q", r.writes, r.err)
	}
}

// TestLookingChangesNothing compares the simulated AWS byte for byte.
func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "messy")
	tr.must(exitDone, "status")
	before := tr.read(tr.sandbox)
	for _, args := range [][]string{{"plan"}, {"plan", "--json"}, {"status"}, {"status", "--json"}, {"plan", "--detailed-exitcode"}, {"plan", "--step", "network"}} {
		r := tr.run(args...)
		if len(r.writes) != 0 {
			t.Errorf("%v wrote %v", args, r.writes)
		}
		if tr.read(tr.sandbox) != before {
			t.Fatalf("%v changed the simulated AWS", args)
		}
		if r.out == "" || r.code != exitDone && r.code != exitChanges {
			t.Errorf("%v: exit %d\n%s", args, r.code, r.err)
		}
	}
	if found, err := filepath.Glob(filepath.Join(tr.state(), "*", "journal.jsonl")); err != nil || len(found) != 0 {
		t.Errorf("looking left a journal: %v, %v", found, err)
	}
}

// TestApplyASavedPlan runs a kept plan: its calls and nothing else, and for what could not be planned only calls inside
// the bounds.
func TestApplyASavedPlan(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	file := filepath.Join(tr.dir, "plan.json")
	tr.must(exitDone, "plan", "--out", file)
	var saved struct {
		Calls  []struct{ Service, Operation string }
		Laters []struct {
			Operations []string
			MostCalls  int `json:"most_calls"`
		}
	}
	if err := json.Unmarshal([]byte(tr.read(file)), &saved); err != nil {
		t.Fatal(err)
	}
	allowed, most, bound := map[string]int{}, 0, map[string]bool{}
	for _, c := range saved.Calls {
		allowed[c.Service+":"+c.Operation]++
	}
	for _, l := range saved.Laters {
		most += l.MostCalls
		for _, op := range l.Operations {
			bound[op] = true
		}
	}
	if len(allowed) == 0 || most == 0 {
		t.Fatalf("the plan holds %d operations and at most %d later calls", len(allowed), most)
	}
	r := tr.must(exitDone, "apply", file, "--json")
	all := wellFormed(t, r)
	made := map[string]int{}
	for _, w := range r.writes {
		if w.Code == "" {
			made[w.Service+":"+w.Operation]++
		}
	}
	later := 0
	for op, n := range made {
		// Signing in is the person's own doing, in the browser; it writes nothing that stays.
		if n <= allowed[op] || strings.HasPrefix(op, "ssooidc:") {
			continue
		}
		if !bound[op] {
			t.Errorf("%s was made %d times, the plan has it %d times", op, n, allowed[op])
		}
		later += n - allowed[op]
	}
	if later == 0 || later > most {
		t.Errorf("%d calls were made later, of at most %d", later, most)
	}
	if got := len(ofType(all, "fail")); got != 0 {
		t.Errorf("%d calls failed", got)
	}
	tr.must(exitDone, "plan", "--detailed-exitcode")
}

// TestApplyLeavesOutWhatWasNotPlanned keeps to a plan of one step, though the others have calls, too.
func TestApplyLeavesOutWhatWasNotPlanned(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "admin")
	tr.must(exitDone, "apply", "--yes", "--json", "--step", "organization", "--step", "identity")
	file := filepath.Join(tr.dir, "plan.json")
	tr.must(exitDone, "plan", "--out", file, "--step", "budgets")
	r := tr.must(exitLeft, "apply", file, "--json")
	if len(r.writes) == 0 {
		t.Error("nothing was written")
	}
	for _, w := range r.writes {
		if w.Service != "budgets" && w.Service != "costexplorer" {
			t.Errorf("wrote %s.%s", w.Service, w.Operation)
		}
	}
}

// TestWhatChangedSinceAPlanWasSaved is told: what is not in it, and what is otherwise by now. It is not made, and everything
// else is.
func TestWhatChangedSinceAPlanWasSaved(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "admin")
	file := filepath.Join(tr.dir, "plan.json")
	only := []string{"--step", "organization", "--step", "budgets"}
	tr.must(exitDone, append([]string{"plan", "--out", file}, only...)...)
	tr.write(tr.answers, strings.Replace(strings.Replace(founderAnswers, "monthly_usd: 200", "monthly_usd: 900", 1), "production", "live", 1))
	r := tr.must(exitLeft, append([]string{"apply", file}, only...)...)
	for _, want := range []string{"AWS or wizard.yaml changed since the plan was saved. These were not made:", "Create the account live: it is not in the saved plan",
		`Budget.BudgetLimit.Amount was "200", and now it is "900"`, "wizard plan --out FILE, then wizard apply FILE"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("%q is not said:\n%s", want, last(r.out, 2500))
		}
	}
	if strings.Contains(r.out, "Start the same command again") {
		t.Error("the same plan is recommended again")
	}
	made := map[string]bool{}
	for _, w := range r.writes {
		made[w.Operation] = true
	}
	if made["CreateBudget"] || !made["CreateOrganization"] {
		t.Errorf("made %v", made)
	}
	skipped := ofType(wellFormed(t, tr.must(exitLeft, append([]string{"apply", file, "--json"}, only...)...)), "skip")
	if !slices.ContainsFunc(skipped, func(l line) bool { return strings.Contains(l.text("reason"), `was "200", and now it is "900"`) }) {
		t.Errorf("--json does not say it: %v", skipped)
	}
}

// TestPlanFilesThatAreRefused changes nothing and says why.
func TestPlanFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	file := filepath.Join(tr.dir, "plan.json")
	tr.must(exitDone, "plan", "--out", file)
	good, world := tr.read(file), tr.read(tr.sandbox)
	for _, c := range []struct{ name, text, want string }{
		{"edited by hand", strings.Replace(good, "CreateOrganization", "DeleteOrganization", 1), "changed after it was made"},
		{"another amount", strings.Replace(good, "200", "900", 1), "changed after it was made"},
		{"cut short", good[:len(good)/2], "damaged"},
		{"no plan at all", "hello", "damaged"},
		{"empty", "", "damaged"},
		{"of a newer program", strings.Replace(good, `"v": 1`, `"v": 2`, 1), "version 2"},
		{"of an older program", strings.Replace(good, `"v": 1`, `"v": 0`, 1), "version 0"},
		{"of another account", forAccount(t, good, "999999999999"), "was made for account 999999999999, and you are signed in to "},
	} {
		if c.text == good {
			t.Fatalf("%s: nothing was changed", c.name)
		}
		tr.write(file, c.text)
		r := tr.run("apply", file)
		if r.code != exitUsage || !strings.Contains(r.err, c.want) || !strings.Contains(r.err, "plan.json") {
			t.Errorf("%s: exit %d, %q, want 2 and %q", c.name, r.code, r.err, c.want)
		}
	}
	if r := tr.run("apply", filepath.Join(tr.dir, "none.json")); r.code != exitUsage || !strings.Contains(r.err, "none.json") {
		t.Errorf("no such file: exit %d, %q", r.code, r.err)
	}
	if tr.read(tr.sandbox) != world {
		t.Error("a refused plan changed the simulated AWS")
	}
}

// forAccount is a plan file that was made in the same way for another account.
func forAccount(t *testing.T, file, account string) string {
	t.Helper()
	s, err := run.ReadSaved([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	s.Account, s.Hash = account, ""
	plain, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(plain)
	s.Hash = "sha256:" + hex.EncodeToString(sum[:])
	b, err := s.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestASavedPlanOfAFile keeps the lines for the AWS tools in a plan, as on a new computer, and writes them only while the
// file is as it was then.
func TestASavedPlanOfAFile(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	tr.must(exitDone, "apply", "--yes", "--json")
	config := filepath.Join(tr.state(), "aws-config")
	whole := tr.read(config)
	if !strings.Contains(whole, "[sso-session ") {
		t.Fatalf("aws-config holds %q", whole)
	}
	tr.write(config, "[profile mine]\nregion = eu-west-1\n")
	file := filepath.Join(tr.dir, "plan.json")
	tr.must(exitDone, "plan", "--out", file)
	saved, err := run.ReadSaved([]byte(tr.read(file)))
	if err != nil || len(saved.Calls) != 1 || saved.Calls[0].Service != "file" {
		t.Fatalf("%+v, %v", saved, err)
	}

	// Another profile does not touch what was approved.
	tr.write(config, "[profile mine]\nregion = us-east-1\n")
	r := tr.must(exitDone, "apply", file, "--json")
	if got := tr.read(config); !strings.HasPrefix(got, "[profile mine]\nregion = us-east-1\n") || !strings.Contains(got, "[sso-session ") {
		t.Errorf("aws-config became %q", got)
	}
	if len(r.writes) != 0 {
		t.Errorf("wrote %v to AWS", r.writes)
	}

	// The lines stand there otherwise by now: this is another change, which nobody approved.
	other := strings.Replace(tr.read(config), "output = json", "output = text", 1)
	tr.write(config, other)
	r = tr.run("apply", file, "--json")
	if r.code != exitLeft || tr.read(config) != other {
		t.Errorf("exit %d, aws-config is %q", r.code, tr.read(config))
	}
}
