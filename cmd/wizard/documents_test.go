package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"awswizard/internal/answers"
	"awswizard/internal/cloud"
	"awswizard/internal/doctest"
	"awswizard/internal/mototest"
	"awswizard/steps/alerts"
)

// documentAnswers ask for everything the set-up offers, so that the documents hold every kind of call.
const documentAnswers = founderAnswers + `  per_account: {production: 80}
allowed_regions: [eu-west-1]
no_commitments: true
guardduty: used-regions
vpc: {accounts: [production], nat: one}
`

// everyCall is a whole life: all of the set-up on a bare account, its standing and its way back, as JSON Lines, and every
// request by the step that made it.
type everyCall struct {
	setUp, undo []line
	requests    map[string][]cloud.Sent // by step; "check" and "export" are the commands
	management  string                  // the account's id
}

var wholeLife = sync.OnceValues(func() (*everyCall, error) {
	life := &everyCall{requests: map[string][]cloud.Sent{}}
	dir, err := os.MkdirTemp("", "wizard-documents-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "founder.yaml")
	if err := os.WriteFile(file, []byte(documentAnswers), 0o600); err != nil {
		return nil, err
	}
	run := func(command string, args ...string) ([]line, error) {
		out := &steppedOutput{step: command, whole: command != "apply"}
		getenv := func(name string) string {
			return map[string]string{alerts.WebhookVariable: mototest.Webhook, "AWS_CONFIG_FILE": filepath.Join(dir, "config")}[name]
		}
		var errs bytes.Buffer
		code := execute(system{args: append(args, "--sandbox="+filepath.Join(dir, "aws.json"), "--answers", file), in: strings.NewReader(""),
			out: out, err: &errs, pace: quick, getenv: getenv, sent: out.sent(life)})
		if code != exitDone && code != exitLeft && code != exitChanges {
			return nil, fmt.Errorf("wizard %v: exit %d\n%s", args, code, errs.String())
		}
		return out.lines, nil
	}
	if life.setUp, err = run("apply", "apply", "--yes", "--json"); err != nil {
		return nil, err
	}
	if _, err = run("check", "check", "--json"); err != nil {
		return nil, err
	}
	if _, err = run("export", "export", "terraform", "--out", filepath.Join(dir, "terraform")); err != nil {
		return nil, err
	}
	if life.undo, err = run("undo", "undo", "--yes", "--close-accounts", "--json"); err != nil {
		return nil, err
	}
	return life, nil
})

// steppedOutput takes JSON Lines and knows at which step the run is.
type steppedOutput struct {
	mu    sync.Mutex
	step  string // what requests are counted for: a step of the set-up, or another command as a whole
	whole bool
	part  []byte
	lines []line
}

func (o *steppedOutput) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.part = append(o.part, b...)
	for {
		text, rest, whole := bytes.Cut(o.part, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		o.part = rest
		var l line
		if json.Unmarshal(text, &l) != nil {
			continue // of a command that writes no JSON
		}
		if l.text("type") == "step" && !o.whole {
			o.step = l.text("step")
		}
		o.lines = append(o.lines, l)
	}
}

func (o *steppedOutput) sent(life *everyCall) func(cloud.Sent) {
	return func(s cloud.Sent) {
		o.mu.Lock()
		defer o.mu.Unlock()
		life.requests[o.step] = append(life.requests[o.step], s)
		if s.Service == "organizations" && s.Account != "" {
			life.management = s.Account
		}
	}
}

// TestDocumentOfSteps keeps docs/steps.md as a whole set-up on the simulated AWS goes.
func TestDocumentOfSteps(t *testing.T) {
	t.Parallel()
	life, err := wholeLife()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	out.WriteString(`# The steps and their calls

<!-- Made from a whole set-up on the simulated AWS by TestDocumentOfSteps -update. -->

This is every call of a set-up that begins with a bare account and asks for everything the wizard offers, with three accounts besides the
management account. On your account it is less where something exists already, and ` + "`wizard plan`" + ` shows exactly which calls it
will be, each with its whole request. Calls that are the same in many Regions are one row. What each call may do is in
[permissions.md](permissions.md), what the guardrails deny in [guardrails.md](guardrails.md).
`)
	for _, s := range allSteps() {
		calls := ofStep(ofType(life.setUp, "call", "file", "handoff"), s.Name)
		fmt.Fprintf(&out, "\n## %s: %s\n\n%s\n\n- **Why.** %s\n- **Cost.** %s\n- **Undo.** %s\n", s.Name, s.Title, s.About.What, s.About.Why, s.About.Cost, s.About.Undo)
		if len(s.About.Controls) > 0 {
			fmt.Fprintf(&out, "- **Controls** of the AWS Startup Security Baseline: %s ([what they are](controls.md))\n", strings.Join(s.About.Controls, ", "))
		}
		var asked []string
		for _, q := range s.Questions(nil, answers.Answers{}.WithDefaults()) {
			asked = append(asked, "`"+q.Key+"`")
		}
		if len(asked) > 0 {
			fmt.Fprintf(&out, "- **Asks for** %s (fields of wizard.yaml)\n", strings.Join(asked, ", "))
		}
		if len(calls) == 0 {
			out.WriteString("\nIt makes no calls here: it only looks.\n")
			continue
		}
		out.WriteString("\n| | call | operation | account | effect | cost | how to take it back |\n| --- | --- | --- | --- | --- | --- | --- |\n")
		for n, r := range rowsOf(calls) {
			fmt.Fprintf(&out, "| %d | %s |\n", n+1, strings.Join(r, " | "))
		}
	}
	doctest.Keep(t, "steps.md", out.String())
}

// mostAlike is how many calls that differ by account and Region only get a row each.
const mostAlike = 6

// rowsOf are the cells of the calls, in their order.
func rowsOf(calls []line) [][]string {
	type group struct {
		first line
		count int
	}
	kind := func(l line) string {
		return strings.Join([]string{l.text("type"), l.text("service"), l.text("operation"), l.text("effect"), l.text("undo"), l.text("why")}, "|")
	}
	alike, seen := map[string]int{}, map[string]bool{}
	unique := slices.DeleteFunc(slices.Clone(calls), func(l line) bool { // a plan that was made again is shown again
		again := seen[l.text("id")]
		seen[l.text("id")] = true
		return again
	})
	for _, l := range unique {
		alike[kind(l)]++
	}
	var groups []*group
	of := map[string]*group{}
	for _, l := range unique {
		k := kind(l)
		if g := of[k]; g != nil && alike[k] > mostAlike {
			g.count++
			continue
		}
		g := &group{l, 1}
		of[k] = g
		groups = append(groups, g)
	}
	var out [][]string
	for _, g := range groups {
		out = append(out, cells(g.first, g.count))
	}
	return out
}

func cells(l line, count int) []string {
	title := cell(l.text("title"))
	if count > 1 {
		title += fmt.Sprintf(" (and %d more like it)", count-1)
	}
	back := cell(cmp.Or(l.text("undo"), l.text("no_undo")))
	switch l.text("type") {
	case "handoff":
		return []string{title, "by you, in the browser", "", "", "", ""}
	case "file":
		return []string{title, "a file on your computer", "", l.text("effect"), "free", back}
	}
	cost := "free"
	if usd, _ := l["monthly_usd"].(float64); usd > 0 {
		cost = fmt.Sprintf("about $%.2f a month", usd)
	}
	return []string{title, "`" + l.text("service") + ":" + l.text("operation") + "`", cell(l.text("account_name")), l.text("effect"), cell(cmp.Or(l.text("cost_note"), cost)), back}
}

// cell is a text as it may stand in a table, without the numbers that differ from account to account.
func cell(text string) string {
	text = accountID.ReplaceAllString(text, "<account>")
	return strings.NewReplacer("|", "\\|", "\n", " ", "<", "&lt;").Replace(text)
}

func ofStep(all []line, step string) []line {
	var out []line
	for _, l := range all {
		if l.text("step") == step {
			out = append(out, l)
		}
	}
	return out
}
