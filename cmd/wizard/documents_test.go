package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
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
	"awswizard/internal/plan"
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

// besides are the permissions AWS asks for together with those of an operation, from the Service Authorization Reference and the services' guides.
var besides = map[string]struct{ actions, why string }{
	"organizations:CreateOrganization":     {"iam:CreateServiceLinkedRole", "AWS makes the role AWSServiceRoleForOrganizations"},
	"organizations:EnableAWSServiceAccess": {"iam:CreateServiceLinkedRole", "some services make their role then"},
	"cloudtrail:CreateTrail":               {"iam:CreateServiceLinkedRole organizations:DescribeOrganization organizations:ListAWSServiceAccessForOrganization", "a trail of the organization"},
	"cloudtrail:UpdateTrail":               {"organizations:DescribeOrganization organizations:ListAWSServiceAccessForOrganization", "a trail of the organization"},
	"accessanalyzer:CreateAnalyzer":        {"iam:CreateServiceLinkedRole", "AWS makes the role of Access Analyzer"},
	"guardduty:CreateDetector":             {"iam:CreateServiceLinkedRole", "AWS makes the role of GuardDuty"},
	"s3:PutBucketReplication":              {"iam:PassRole", "the role that copies is handed to S3"},
	"lambda:CreateFunction":                {"iam:PassRole", "the role of the alerts is handed to Lambda"},
	"lambda:UpdateFunctionConfiguration":   {"iam:PassRole", "the role of the alerts is handed to Lambda"},
}

// needed is a permission, with where it is used and by which steps.
type needed struct {
	action     string
	operations []string
	write      bool
	management bool // asked for in the management account
	members    bool // asked for in the others
	steps      []string
}

// permissions collects what the requests need.
func (e *everyCall) permissions(steps ...string) []needed {
	all := map[string]*needed{}
	add := func(action, operation, step string, s cloud.Sent, write bool) {
		n := all[action]
		if n == nil {
			n = &needed{action: action}
			all[action] = n
		}
		n.write = n.write || write
		if s.Account == e.management || s.Account == "" {
			n.management = true
		} else {
			n.members = true
		}
		if !slices.Contains(n.operations, operation) {
			n.operations = append(n.operations, operation)
		}
		if !slices.Contains(n.steps, step) {
			n.steps = append(n.steps, step)
		}
	}
	for _, step := range steps {
		for _, s := range e.requests[step] {
			operation := s.Service + ":" + s.Operation
			class := cloud.Classify(s.Service, s.Operation)
			if class == cloud.Auth && s.Service != "sts" || operation == "sts:GetCallerIdentity" {
				continue // needs no permission
			}
			if class == cloud.Auth {
				s.Account = e.management // members are entered from there
			}
			add(plan.IAMAction(s.Service, s.Operation), operation, step, s, s.Write)
			for _, action := range strings.Fields(besides[operation].actions) {
				service, name, _ := strings.Cut(action, ":")
				add(action, operation, step, s, cloud.Classify(service, name) == cloud.Write)
			}
		}
	}
	var out []needed
	for _, action := range slices.Sorted(maps.Keys(all)) {
		n := all[action]
		slices.Sort(n.operations)
		out = append(out, *n)
	}
	return out
}

// narrow are the resources of the permissions that should not be given for everything.
var narrow = []struct {
	sid, resource string
	actions       []string
}{
	{"EnterYourAccounts", "arn:aws:iam::*:role/OrganizationAccountAccessRole", []string{"sts:AssumeRole"}},
	{"RootTasks", "arn:aws:iam::*:root", []string{"sts:AssumeRoot"}},
	{"FilesOfTheRecord", "arn:aws:s3:::org-trail-*/*", []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"}},
	{"HandOverRoles", "arn:aws:iam::*:role/org-*", []string{"iam:PassRole"}},
}

// mostOfAPolicy is how many characters AWS takes in a managed policy, spaces not counted.
const mostOfAPolicy = 6144

// policy is an IAM policy for the management account, as text.
func policy(t *testing.T, all []needed, write bool) string {
	t.Helper()
	type statement struct {
		Sid, Effect string
		Action      []string
		Resource    string
	}
	list := []*statement{{Sid: "Look", Effect: "Allow", Resource: "*"}, {Sid: "Change", Effect: "Allow", Resource: "*"}}
	of := map[string]*statement{}
	for _, n := range narrow {
		st := &statement{Sid: n.sid, Effect: "Allow", Resource: n.resource}
		list = append(list, st)
		for _, action := range n.actions {
			of[action] = st
		}
	}
	for _, n := range all {
		if !n.management || n.write && !write {
			continue
		}
		st := of[n.action]
		switch {
		case st != nil:
		case n.write:
			st = list[1]
		default:
			st = list[0]
		}
		st.Action = append(st.Action, n.action)
	}
	list = slices.DeleteFunc(list, func(st *statement) bool { return len(st.Action) == 0 })
	text, err := json.MarshalIndent(struct {
		Version   string
		Statement []*statement
	}{"2012-10-17", list}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(strings.Join(strings.Fields(string(text)), "")); n > mostOfAPolicy {
		t.Errorf("a policy has %d characters, more than the %d AWS takes", n, mostOfAPolicy)
	}
	return string(text)
}

// TestDocumentOfPermissions keeps docs/permissions.md as the requests of a whole set-up say.
func TestDocumentOfPermissions(t *testing.T) {
	t.Parallel()
	life, err := wholeLife()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	out.WriteString(`# The permissions needed

<!-- Made from the requests of a whole set-up on the simulated AWS by TestDocumentOfPermissions -update. -->

The plainest way is an administrator of the management account (the policy ` + "`AdministratorAccess`" + `), or root for the first hour: the wizard then
leads you to a sign-in of your own. If somebody wants to know exactly, or to give less, this page lists every permission by step.

- *Look* permissions are used by ` + "`wizard plan`, `status`, `check`, `report` and `export`" + `, and by every step before and after it acts.
- *Change* permissions are used only by calls that were shown and approved.
- **In the other accounts** the wizard enters by the role ` + "`OrganizationAccountAccessRole`" + `, which is an administrator there. You need
  nothing there yourself but the permission to take that role, from the management account.
- What you may not do is named with its reason, and the rest goes on. So a smaller policy does no harm: try it with ` + "`wizard plan`" + `.
- With ` + "`trail.bucket_prefix`" + ` in wizard.yaml, write your prefix in place of ` + "`org-trail`" + ` in the policies below.

| permission | for the operation | in | used by |
| --- | --- | --- | --- |
`)
	names := []string{}
	for _, s := range allSteps() {
		names = append(names, s.Name)
	}
	looking := slices.Concat(names, []string{"apply", "check", "export"})
	all := life.permissions(slices.Concat(looking, []string{"undo"})...)
	section := func(title string, write bool) {
		fmt.Fprintf(&out, "| **%s** | | | |\n", title)
		for _, n := range all {
			if n.write != write {
				continue
			}
			where := map[[2]bool]string{{true, false}: "management", {false, true}: "other accounts", {true, true}: "both"}[[2]bool{n.management, n.members}]
			fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", n.action, "`"+strings.Join(n.operations, "`, `")+"`", where, strings.Join(usedBy(n.steps), ", "))
		}
	}
	section("Look", false)
	section("Change", true)
	out.WriteString("\nSome calls need a second permission, which AWS asks for behind them:\n\n| operation | also needs | because |\n| --- | --- | --- |\n")
	for _, operation := range slices.Sorted(maps.Keys(besides)) {
		fmt.Fprintf(&out, "| `%s` | `%s` | %s |\n", operation, strings.Join(strings.Fields(besides[operation].actions), "`, `"), besides[operation].why)
	}
	fmt.Fprintf(&out, "\n## Looking only\n\nFor `wizard plan`, `status`, `check`, `report` and `export`, in the management account:\n\n```json\n%s\n```\n", policy(t, life.permissions(looking...), false))
	fmt.Fprintf(&out, "\n## Setting up\n\nFor `wizard` and `wizard apply`, in the management account:\n\n```json\n%s\n```\n", policy(t, life.permissions(slices.Concat(names, []string{"apply"})...), true))
	fmt.Fprintf(&out, "\n## Taking it back\n\nFor `wizard undo`, in the management account:\n\n```json\n%s\n```\n", policy(t, life.permissions("undo"), true))
	out.WriteString("\nA set-up was recorded for this page, on an account with nothing in it. What a step does only where something exists already, such as\nchanging a trail of yours, is named by `wizard plan` with its permission (`iam_action` in `--json`).\n")
	doctest.Keep(t, "permissions.md", out.String())
}

// usedBy names the users; the start of a run belongs to all.
func usedBy(steps []string) []string {
	out := slices.Clone(steps)
	for i, s := range out {
		if s == "apply" {
			out[i] = "every start"
		}
	}
	return out
}
