package mototest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"awswizard/internal/journal"
)

// Account is the management account of the tests, and Region their home Region.
const (
	Account = "210000000001"
	Region  = "eu-west-1"
)

// Answers is the wizard.yaml of the tests.
const Answers = `company: Acme
email: founder@acme.example
home_region: ` + Region + `
accept_paid_plan: true
alerts: {slack: true, heartbeat_hours: 6}
trail: {data_events: write, sensitive_buckets: [acme-invoices]}
vpc: {accounts: [production, development], nat: one}
people:
  - name: Ada
    email: ada@acme.example
    groups: [administrators, billing]
budget:
  monthly_usd: 50
  notify: [founder@acme.example]
contacts:
  phone: "+1 555 0100"
`

// Webhook is the address of a Slack channel that is never called: moto runs no function.
const Webhook = "https://hooks.slack.com/services/TMOTO00/BMOTO00/never-called"

// handOffs are what only a person can do; unattended they are left, on moto as on AWS.
var handOffs = []string{"handover/pipeline", "identity/first-password", "welcome/root-mfa", "welcome/user-keys"}

// CheckLeft reads the JSON lines of an apply: everything is done but for what the gaps explain and what is a person's.
func CheckLeft(t *testing.T, lines []byte, again, mended bool) {
	t.Helper()
	var asked, want []string
	left := map[string]bool{}
	planned, done := map[string]bool{}, map[string]bool{}
	for _, line := range bytes.Split(bytes.TrimSpace(lines), []byte("\n")) {
		var l struct {
			Type, ID string
			Kept     bool // stays as it is on purpose
		}
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		switch l.Type {
		case "handoff":
			asked = append(asked, l.ID)
		case "call", "file":
			planned[l.ID] = true
		case "ok":
			done[l.ID] = true
		case "fail", "skip", "blocked":
			if !l.Kept {
				left[l.ID] = true
			}
		}
	}
	for _, g := range Gaps() {
		switch {
		case mended && g.Mended:
		case again:
			want = append(want, g.Again...)
		default:
			want = append(want, g.Leaves...)
		}
	}
	slices.Sort(asked)
	persons := slices.Clone(handOffs)
	for _, g := range Gaps() {
		if !again {
			persons = append(persons, g.Once...)
		}
	}
	slices.Sort(persons)
	if !slices.Equal(asked, persons) {
		t.Errorf("left to a person: %v, want %v", asked, persons)
	}
	for _, id := range asked {
		delete(left, id)
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(left)); !slices.Equal(got, want) {
		t.Errorf("not done:\n  %s\nwhat moto's gaps explain:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	for id := range planned {
		if !done[id] && !left[id] {
			t.Errorf("%s was planned, and nothing says what became of it", id)
		}
	}
}

// CheckJournal compares the journal with the write requests that reached moto: each was approved and begun, and each
// that was begun came. Requests without a name are S3's and Lambda's and are counted only.
func CheckJournal(t *testing.T, path string, reached []Request) {
	t.Helper()
	r, err := journal.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	approved, begun, came := map[string]bool{}, map[string]int{}, map[string]int{}
	named := !slices.ContainsFunc(reached, func(r Request) bool { return r.Operation == "" })
	count := 0
	for _, e := range r.Entries {
		switch e.Kind {
		case journal.KindApprove:
			for id := range e.Items {
				approved[id] = true
			}
		case journal.KindBegin:
			if e.Service == "file" {
				continue // a change on this computer
			}
			count++
			if !approved[e.Item] {
				t.Errorf("%s was begun without approval", e.Item)
			}
			if (e.Service == "s3" || e.Service == "s3control" || e.Service == "lambda") && !named {
				e.Operation = ""
			}
			begun[e.Operation]++
		}
	}
	for _, r := range reached {
		came[r.Operation]++
	}
	if len(reached) == 0 || count != len(reached) || !maps.Equal(begun, came) {
		t.Errorf("%d approved calls in the journal, %d write requests reached moto:\n%v\n%v", count, len(reached), begun, came)
	}
}

// Names are the operations of the requests, in order of their names.
func Names(requests []Request) []string {
	var out []string
	for _, r := range requests {
		out = append(out, r.Operation)
	}
	slices.Sort(out)
	return out
}
