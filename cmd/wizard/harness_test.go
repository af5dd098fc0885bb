package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"awswizard/internal/cloud"
)

// quick is the sandbox's pace in tests: an hour at AWS takes 0.4 seconds.
const quick = 1.0 / 9000

// founderAnswers is a complete wizard.yaml.
const founderAnswers = `company: Acme Robotics
email: aws@acme-robotics.example
home_region: eu-west-1
accounts: [security, production, development]
people:
  - {name: First Founder, email: first@acme-robotics.example, groups: [administrators]}
  - {name: First Engineer, email: engineer@acme-robotics.example, groups: [developers]}
session_hours: 8
accept_paid_plan: true
budget:
  monthly_usd: 200
  notify: [aws-billing@acme-robotics.example]
`

// trial is a sandbox in a file with its answers, as somebody at a command line has it.
type trial struct {
	t        *testing.T
	dir      string
	sandbox  string
	answers  string
	scenario string
}

// ran is what one run of the program left.
type ran struct {
	code     int
	out, err string
	writes   []cloud.Sent
}

func newTrial(t *testing.T, scenario string) *trial {
	t.Helper()
	dir := t.TempDir()
	tr := &trial{t: t, dir: dir, sandbox: filepath.Join(dir, "aws.json"), answers: filepath.Join(dir, "founder.yaml"), scenario: scenario}
	tr.write(tr.answers, founderAnswers)
	return tr
}

func (tr *trial) write(path, text string) {
	tr.t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *trial) read(path string) string {
	tr.t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		tr.t.Fatal(err)
	}
	return string(b)
}

// run runs a command on the trial's sandbox with its answers.
func (tr *trial) run(args ...string) ran {
	tr.t.Helper()
	args = append(args, "--sandbox="+tr.sandbox, "--answers", tr.answers)
	if tr.scenario != "" {
		args = append(args, "--scenario", tr.scenario)
	}
	return wizard(args...)
}

// must is run, and the exit code has to be want.
func (tr *trial) must(want int, args ...string) ran {
	tr.t.Helper()
	r := tr.run(args...)
	if r.code != want {
		tr.t.Fatalf("wizard %s: exit %d, want %d\n%s\n%s", strings.Join(args, " "), r.code, want, r.err, last(r.out, 2000))
	}
	return r
}

// readIfThere is read, and "" for a file that is not there yet.
func (tr *trial) readIfThere(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(b)
}

// state is the folder of the trial's journal and log.
func (tr *trial) state() string { return tr.sandbox + ".state" }

// journal is the trial's journal; there has to be one.
func (tr *trial) journal() string {
	tr.t.Helper()
	found, err := filepath.Glob(filepath.Join(tr.state(), "*", "journal.jsonl"))
	if err != nil || len(found) != 1 {
		tr.t.Fatalf("journals: %v, %v", found, err)
	}
	return found[0]
}

// wizard runs the program without a terminal and without an environment.
func wizard(args ...string) ran { return wizardIn(func(string) string { return "" }, args...) }

// wizardIn is wizard in an environment.
func wizardIn(getenv func(string) string, args ...string) ran {
	var (
		out, errs bytes.Buffer
		mu        sync.Mutex
		r         ran
	)
	r.code = execute(system{args: args, in: strings.NewReader(""), out: &out, err: &errs, pace: quick,
		getenv: getenv,
		sent: func(s cloud.Sent) {
			mu.Lock()
			defer mu.Unlock()
			if s.Write {
				r.writes = append(r.writes, s)
			}
		}})
	r.out, r.err = out.String(), errs.String()
	return r
}

// line is a line of --json.
type line map[string]any

func (l line) text(field string) string {
	s, _ := l[field].(string)
	return s
}

// lines reads JSON Lines; every line has to be an object.
func lines(t *testing.T, out string) []line {
	t.Helper()
	var all []line
	for n, text := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("line %d is not JSON: %v\n%s", n+1, err, text)
		}
		all = append(all, l)
	}
	return all
}

func ofType(all []line, types ...string) []line {
	var out []line
	for _, l := range all {
		for _, want := range types {
			if l.text("type") == want {
				out = append(out, l)
			}
		}
	}
	return out
}

var accountID = regexp.MustCompile(`\b\d{12}\b`)

// readable puts the names of accounts in the place of their ids.
func readable(text string, all []line) string {
	names := map[string]string{}
	for _, l := range ofType(all, "call") {
		if l.text("account_name") != "" {
			names[l.text("account")] = l.text("account_name")
		}
	}
	return accountID.ReplaceAllStringFunc(text, func(id string) string {
		if name := names[id]; name != "" {
			return "<" + name + ">"
		}
		return "<account>"
	})
}

// files are the contents of all files below dir, by path.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func last(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}
