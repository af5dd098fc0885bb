package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUsage is the table of what the program refuses before it does anything.
func TestUsage(t *testing.T) {
	t.Parallel()
	yaml := func(old, new string) string { return strings.Replace(founderAnswers, old, new, 1) }
	for _, c := range []struct {
		name, answers string
		args          []string
		want          []string // in what standard error says
	}{
		{"no company and no mailbox", "home_region: eu-west-1\n", []string{"plan"}, []string{"company", "email"}},
		{"no mailbox, unattended", yaml("email: aws@acme-robotics.example\n", ""), []string{"apply", "--yes"}, []string{"email"}},
		{"an unknown field", yaml("session_hours", "sesion_hours"), []string{"plan"}, []string{"line 8", "sesion_hours"}},
		{"no YAML", founderAnswers + "  - {name: [\n", []string{"plan"}, []string{"line"}},
		{"a bad mailbox", yaml("aws@acme-robotics.example", "not-a-mailbox"), []string{"apply", "--yes"}, []string{"email"}},
		{"an unknown step", founderAnswers, []string{"plan", "--step", "nonsense"}, []string{"nonsense"}},
		{"an unknown step to apply", founderAnswers, []string{"apply", "--yes", "--step", "nonsense"}, []string{"nonsense"}},
		{"an unknown format", founderAnswers, []string{"plan", "--format", "docx"}, []string{"docx", "md"}},
		{"an unknown flag", founderAnswers, []string{"plan", "--nonsense"}, []string{"--nonsense"}},
		{"an unknown command", founderAnswers, []string{"nonsense"}, []string{"nonsense"}},
		{"an argument too many", founderAnswers, []string{"plan", "x"}, []string{"plan"}},
		{"two plan files", founderAnswers, []string{"apply", "a", "b"}, []string{"one plan file"}},
		{"apply with nobody to ask", founderAnswers, []string{"apply"}, []string{"--yes"}},
		{"apply --json with nobody to ask", founderAnswers, []string{"apply", "--json"}, []string{"--yes"}},
		{"the guided set-up without a terminal", founderAnswers, nil, []string{"terminal", "--accessible"}},
		{"an unknown fault", founderAnswers, []string{"plan", "--sandbox-fault", "nonsense"}, []string{"nonsense", "cut[=DURATION]", "lost=OPERATION"}},
		{"a fault that lasts for no time", founderAnswers, []string{"plan", "--sandbox-fault", "cut=soon"}, []string{"cut=soon", "3m"}},
		{"a fault of no operation", founderAnswers, []string{"plan", "--sandbox-fault", "deny=s3:MakeCoffee"}, []string{"MakeCoffee"}},
		{"an unknown scenario", founderAnswers, []string{"plan", "--scenario", "nonsense"}, []string{"nonsense", "fresh"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, "")
			tr.write(tr.answers, c.answers)
			r := tr.run(c.args...)
			if r.code != exitUsage {
				t.Errorf("exit %d, want %d", r.code, exitUsage)
			}
			for _, want := range c.want {
				if !strings.Contains(r.err, want) {
					t.Errorf("standard error does not say %q:\n%s", want, r.err)
				}
			}
			if len(r.writes) != 0 {
				t.Errorf("wrote %v", r.writes)
			}
		})
	}
}

// TestFaultsNeedASandbox: nothing is made to fail at the real AWS.
func TestFaultsNeedASandbox(t *testing.T) {
	t.Parallel()
	if r := wizard("plan", "--sandbox-fault", "cut"); r.code != exitUsage || !strings.Contains(r.err, "--sandbox") {
		t.Errorf("exit %d, %q", r.code, r.err)
	}
}

// TestScenarioNeedsASandbox must not reach for the real AWS.
func TestScenarioNeedsASandbox(t *testing.T) {
	t.Parallel()
	if r := wizard("plan", "--scenario", "messy"); r.code != exitUsage || !strings.Contains(r.err, "--sandbox") {
		t.Errorf("exit %d, %q", r.code, r.err)
	}
}

// TestTheFreePlanIsNotEndedUnasked stops before the first write when nobody agreed to pay.
func TestTheFreePlanIsNotEndedUnasked(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"accept_paid_plan: false\n", ""} {
		tr := newTrial(t, "")
		tr.write(tr.answers, strings.Replace(founderAnswers, "accept_paid_plan: true\n", answer, 1))
		r := tr.run("apply", "--yes")
		if r.code != exitUsage || !strings.Contains(r.err+r.out, "accept_paid_plan") {
			t.Errorf("%q: exit %d, %s\n%s", answer, r.code, r.err, last(r.out, 1500))
		}
		if len(r.writes) != 0 {
			t.Errorf("%q: wrote %v", answer, r.writes)
		}
	}
}

// TestAForeignFileIsLeftAlone does not take any JSON for a sandbox.
func TestAForeignFileIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"my notes\n", "{}\n", `{"version": 99}`, ""} {
		tr := newTrial(t, "")
		tr.write(tr.sandbox, text)
		r := tr.run("apply", "--yes")
		if r.code == exitDone || !strings.Contains(r.err, tr.sandbox) {
			t.Errorf("%q: exit %d, %q", text, r.code, r.err)
		}
		if tr.read(tr.sandbox) != text {
			t.Errorf("%q was overwritten", text)
		}
	}
	tr := newTrial(t, "messy")
	tr.must(exitDone, "status")
	tr.scenario = "quota"
	if r := tr.run("status"); r.code == exitDone || !strings.Contains(r.err, "messy") || !strings.Contains(r.err, "quota") {
		t.Errorf("another scenario: exit %d, %q", r.code, r.err)
	}
}

// TestStatus tells where the set-up stands, from its beginning to its end.
func TestStatus(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	says := func(want ...string) {
		t.Helper()
		r := tr.must(exitDone, "status")
		for _, w := range want {
			if !strings.Contains(r.out, w) {
				t.Errorf("status does not say %q:\n%s", w, r.out)
			}
		}
	}
	says("Signed in as arn:aws:iam::", ":root", "nothing was done by the wizard here", "organization   6 to create")
	tr.must(exitDone, "apply", "--yes", "--json", "--step", "organization")
	says("entries in", "organization   done", "trail          ")
	tr.must(exitDone, "apply", "--yes", "--json")
	r := tr.must(exitDone, "status")
	for _, s := range allSteps() {
		if !strings.Contains(r.out, s.Name) {
			t.Errorf("%s is not there:\n%s", s.Name, r.out)
		}
	}
	if got := strings.Count(r.out, " done\n") + strings.Count(r.out, " nothing to do\n"); got != len(allSteps()) {
		t.Errorf("%d steps are done, want %d:\n%s", got, len(allSteps()), r.out)
	}
	wellFormed(t, tr.must(exitDone, "status", "--json"))
}

// TestNoAnswersFile names what is missing, and makes no file.
func TestNoAnswersFile(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	tr.answers = filepath.Join(tr.dir, "none.yaml")
	if r := tr.run("apply", "--yes"); r.code != exitUsage || !strings.Contains(r.err, "company") || !strings.Contains(r.err, "There is no answers file "+tr.answers) {
		t.Errorf("exit %d, %q", r.code, r.err)
	}
	if _, err := os.Stat(tr.answers); !os.IsNotExist(err) {
		t.Errorf("the answers file: %v", err)
	}
}
