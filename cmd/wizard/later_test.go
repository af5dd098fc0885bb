package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"awswizard/internal/sandbox"
)

// laterAnswers asks for each option that can be changed one day, under guardrails that close the other Regions.
const laterAnswers = founderAnswers + `allowed_regions: [eu-west-1]
no_commitments: true
guardduty: used-regions
access_attributes: [department]
alerts: {slack: true, heartbeat_hours: 6}
trail: {data_events: write, sensitive_buckets: [acme-robotics-invoices]}
vpc: {accounts: [production], nat: one}
`

// copied is a trial that goes on from where this one stands.
func (tr *trial) copied(t *testing.T, answers string) *trial {
	t.Helper()
	next := newTrial(t, tr.scenario)
	if err := os.CopyFS(next.state(), os.DirFS(tr.state())); err != nil {
		t.Fatal(err)
	}
	next.write(next.sandbox, tr.read(tr.sandbox))
	next.write(next.answers, answers)
	return next
}

// ids are those of the lines of a type.
func ids(all []line, kind string) []string {
	var out []string
	for _, l := range ofType(all, kind) {
		out = append(out, l.text("id"))
	}
	return out
}

// goesThrough plans, applies without a failure, and applies once more without a write. It gives the plan and what was done.
func (tr *trial) goesThrough() (planned, done []line) {
	tr.t.Helper()
	planned = wellFormed(tr.t, tr.runWithSlack("plan", "--json"))
	done = wellFormed(tr.t, tr.runWithSlack("apply", "--yes", "--json"))
	for _, l := range ofType(done, "fail") {
		tr.t.Errorf("%s: %s %s", l.text("id"), l.text("code"), l.text("why"))
	}
	if again := tr.runWithSlack("apply", "--yes", "--json"); len(again.writes) != 0 {
		tr.t.Errorf("a second apply wrote %v", again.writes)
	}
	return planned, done
}

// regionGuard is the policy that closes Regions, as it stands at AWS.
func (tr *trial) regionGuard() string {
	tr.t.Helper()
	var file struct{ World sandbox.World }
	if err := json.Unmarshal([]byte(tr.read(tr.sandbox)), &file); err != nil {
		tr.t.Fatal(err)
	}
	for _, p := range file.World.Org.Policies {
		if p.Name == "wizard-region-guard" {
			return p.Content
		}
	}
	tr.t.Fatal("there is no Region guard")
	return ""
}

// TestLaterChangesUnderGuardrails changes the answers of an organization that is done, on a sandbox that enforces its
// guardrails: the plan says what is changed and what stays, and none of our own calls is refused.
func TestLaterChangesUnderGuardrails(t *testing.T) {
	t.Parallel()
	base := newTrial(t, "admin")
	base.write(base.answers, laterAnswers)
	if r := base.runWithSlack("apply", "--yes", "--json"); r.code != exitDone {
		t.Fatalf("exit %d: %s", r.code, last(r.out, 2000))
	}
	work := sandbox.Ask{Principal: "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0", Action: "ec2:RunInstances", Region: "eu-central-1"}
	has := func(t *testing.T, list []string, want ...string) {
		t.Helper()
		for _, id := range want {
			if !slices.Contains(list, id) {
				t.Errorf("%s is not among %v", id, list)
			}
		}
	}
	of := func(all []line, id string) line {
		if i := slices.IndexFunc(all, func(l line) bool { return l.text("id") == id }); i >= 0 {
			return all[i]
		}
		return line{}
	}

	t.Run("Regions", func(t *testing.T) {
		t.Parallel()
		wide := strings.NewReplacer("allowed_regions: [eu-west-1]", "allowed_regions: [eu-west-1, eu-central-1]", "accounts: [production], nat", "accounts: [production], regions: [eu-west-1, eu-central-1], nat").Replace(laterAnswers)
		tr := base.copied(t, wide)
		planned, done := tr.goesThrough()
		if title := of(planned, "guardrails/update/region-guard").text("title"); title != "Allow work in eu-central-1, too" {
			t.Errorf("the plan says %q", title)
		}
		has(t, ids(done, "ok"), "guardrails/update/region-guard", "vpc/network/production/eu-central-1", "baseline/guardduty/all/eu-central-1", "baseline/analyzer/eu-central-1")
		if sid, err := sandbox.Denies(tr.regionGuard(), work); err != nil || sid != "" {
			t.Errorf("work there is denied by %s: %v", sid, err)
		}

		narrow := tr.copied(t, laterAnswers)
		planned, _ = narrow.goesThrough()
		change := of(planned, "guardrails/update/region-guard")
		if change.text("title") != "Allow no more work in eu-central-1" || !strings.Contains(change.text("why"), "What stops working") {
			t.Errorf("the plan says %q: %q", change.text("title"), change.text("why"))
		}
		has(t, ids(planned, "blocked"), "vpc/stays/production/eu-central-1", "baseline/guardduty-on")
		if sid, err := sandbox.Denies(narrow.regionGuard(), work); err != nil || sid == "" {
			t.Errorf("work there is not denied: %v", err)
		}
		back := wellFormed(t, narrow.runWithSlack("undo", "--yes", "--json", "--step", "vpc"))
		has(t, ids(back, "ok"), "vpc/undo/network/production/eu-central-1")
		for _, l := range ofType(back, "fail") {
			t.Errorf("taking back %s: %s %s", l.text("id"), l.text("code"), l.text("why"))
		}
	})

	t.Run("another account", func(t *testing.T) {
		t.Parallel()
		tr := base.copied(t, strings.NewReplacer("production, development]", "production, development, staging]", "accounts: [production], nat", "accounts: [production, staging], nat").Replace(laterAnswers))
		planned, done := tr.goesThrough()
		has(t, ids(planned, "call"), "organization/account/staging")
		has(t, ids(planned, "later"), "network/later/staging", "vpc/later/staging")
		has(t, ids(done, "ok"), "organization/account/staging", "organization/move/staging", "baseline/disks/staging/us-west-2", "baseline/contact/staging/security", "vpc/network/staging/eu-west-1")
	})

	t.Run("options off", func(t *testing.T) {
		t.Parallel()
		tr := base.copied(t, founderAnswers+"alerts: {slack: false}\n")
		planned, done := tr.goesThrough()
		for id, costs := range map[string]string{"identity/attributes-stay": "cost nothing", "alerts/on": "", "vpc/stays/production/eu-west-1": "goes on costing about $36.65 a month", "baseline/guardduty-on": "$1 to $10 a month"} {
			l := of(planned, id)
			if l["kept"] != true || l.text("next") == "" || !strings.Contains(l.text("why"), costs) {
				t.Errorf("%s: kept %v, why %q, next %q", id, l["kept"], l.text("why"), l.text("next"))
			}
		}
		has(t, ids(done, "ok"), "guardrails/detach/region-guard/workloads", "guardrails/detach/money-guard/workloads", "trail/selectors/organization-trail")

		// The way the plan names for GuardDuty alone does what it says.
		for _, args := range [][]string{{"undo", "--yes", "--json", "--step", "baseline"}, {"apply", "--yes", "--json", "--step", "baseline"}} {
			all := wellFormed(t, tr.runWithSlack(args...))
			for _, l := range ofType(all, "fail") {
				t.Errorf("%s, %s: %s %s", args[0], l.text("id"), l.text("code"), l.text("why"))
			}
		}
		if left := ids(wellFormed(t, tr.runWithSlack("plan", "--json")), "blocked"); slices.Contains(left, "baseline/guardduty-on") || !slices.Contains(left, "vpc/stays/production/eu-west-1") {
			t.Errorf("after the way back of the baseline: %v", left)
		}
	})
}
