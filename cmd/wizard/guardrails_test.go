package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"awswizard/internal/journal"
	"awswizard/internal/sandbox"
	"awswizard/steps/alerts"

	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

// strict asks for all guardrails and for all that later steps can set up under them: also in Regions the guardrails close.
const strict = networkAnswers + `allowed_regions: [eu-west-1]
no_commitments: true
guardduty: all-regions
alerts: {slack: true}
trail: {sensitive_buckets: [acme-robotics-invoices], exclude_kms: true}
`

// runWithSlack is run with the address of a channel.
func (tr *trial) runWithSlack(args ...string) ran {
	tr.t.Helper()
	return wizardIn(func(name string) string {
		if name == alerts.WebhookVariable {
			return "https://hooks.slack.com/services/T00/B00/guardrails"
		}
		return ""
	}, append(args, "--sandbox="+tr.sandbox, "--answers", tr.answers, "--scenario", tr.scenario)...)
}

// TestGuardrailsDoNotStandInOurOwnWay sets everything up with all guardrails, and takes it back, on a sandbox that
// enforces them; and it asks the guardrails about every call planned for a member account, in words of IAM.
func TestGuardrailsDoNotStandInOurOwnWay(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "admin")
	tr.write(tr.answers, strict)
	tr.run("status")
	before := tr.world()
	all := wellFormed(t, tr.runWithSlack("apply", "--yes", "--json"))
	for _, made := range []string{"baseline/disks/production/us-west-2", "baseline/guardduty/all/us-west-2", "baseline/analyzer/us-east-1", "baseline/contact/production/security",
		"guardrails/attach/ec2-defaults/root", "alerts/function"} {
		if !slices.ContainsFunc(ofType(all, "ok"), func(l line) bool { return l.text("id") == made }) {
			t.Errorf("%s was not made", made)
		}
	}
	for _, l := range ofType(all, "fail") {
		t.Errorf("%s: %s %s", l.text("id"), l.text("code"), l.text("why"))
	}
	var file struct{ World sandbox.World }
	if err := json.Unmarshal([]byte(tr.read(tr.sandbox)), &file); err != nil {
		t.Fatal(err)
	}
	// What a rule about particular resources protects counts as the resource of every call.
	protected := []string{"", "arn:aws:iam::333333333333:role/OrganizationAccountAccessRole", "arn:aws:iam::333333333333:saml-provider/AWSSSO_0_DO_NOT_DELETE",
		"arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Administrator_0"}
	guards, asked := 0, 0
	for _, p := range file.World.Org.Policies {
		if !strings.HasPrefix(p.Name, "wizard-") || p.Type != "SERVICE_CONTROL_POLICY" {
			continue
		}
		guards++
		for _, l := range ofType(all, "call") {
			if l.text("account_name") == "management" {
				continue // guardrails never bind it
			}
			ask := sandbox.Ask{Principal: "arn:aws:iam::" + l.text("account") + ":role/OrganizationAccountAccessRole", Action: l.text("iam_action"), Region: l.text("region")}
			if l.text("root_task") != "" {
				ask.Principal, ask.AssumedRoot = "arn:aws:iam::"+l.text("account")+":root", true
			}
			for _, ask.Resource = range protected {
				asked++
				if sid, err := sandbox.Denies(p.Content, ask); err != nil || sid != "" {
					t.Errorf("%s (%s) would be denied by %s of %s: %v", l.text("id"), ask.Action, sid, p.Name, err)
				}
			}
		}
	}
	if guards != 5 || asked < 1000 {
		t.Errorf("%d guardrails were asked %d times", guards, asked)
	}
	// What the handover tells people to do in production is possible for whoever signs in there.
	for _, action := range []string{"iam:CreateOpenIDConnectProvider", "iam:CreateRole", "iam:PutRolePolicy", "ssm:PutParameter", "secretsmanager:CreateSecret",
		"acm:RequestCertificate", "s3:PutBucketPolicy", "elasticloadbalancing:CreateListener"} {
		for _, p := range file.World.Org.Policies {
			ask := sandbox.Ask{Principal: "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0", Action: action, Region: "eu-west-1",
				Resource: "arn:aws:iam::333333333333:role/deploy"}
			if sid, err := sandbox.Denies(p.Content, ask); p.Type == "SERVICE_CONTROL_POLICY" && (err != nil || sid != "") {
				t.Errorf("the handover tells to do %s, and %s of %s denies it: %v", action, sid, p.Name, err)
			}
		}
	}
	if again := tr.runWithSlack("apply", "--yes", "--json"); len(again.writes) != 0 {
		t.Errorf("a second apply wrote %v", again.writes)
	}

	tr.undone()
	tr.longClosed()
	tr.undone()
	for _, x := range differences(before, tr.ends(before), slices.Concat(alwaysRemains, remainsOf["admin"])) {
		t.Errorf("not as it was: %s", last(x, 300))
	}
}

// TestAGuardrailThatFailsItsTrialComesOff: in an account where it would refuse daily work it is taken off again in the same
// run, by a call that was shown and approved as any other, and goes no further.
func TestAGuardrailThatFailsItsTrialComesOff(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "admin")
	tr.must(exitDone, "apply", "--yes", "--json", "--step", "organization", "--step", "identity")
	sim, err := sandbox.OpenFile(tr.sandbox, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	development := ""
	if err := sim.Do(func(w *sandbox.World) {
		for id, a := range w.Accounts {
			if a.Name == "development" {
				development = id
			}
		}
		theirs := w.NewPolicy(types.PolicyTypeServiceControlPolicy, "theirs", "", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"lambda:*","Resource":"*"}]}`)
		w.Attach(theirs, development)
	}); err != nil {
		t.Fatal(err)
	}
	r := tr.run("apply", "--yes", "--json", "--step", "guardrails")
	all := wellFormed(t, r)
	if r.code != exitFailed {
		t.Errorf("exit %d", r.code)
	}
	past, err := journal.Read(tr.journal())
	if err != nil {
		t.Fatal(err)
	}
	for _, guard := range []string{"identity-guard", "security-guard"} {
		off, wide := "guardrails/untry/"+guard, "guardrails/attach/"+guard+"/workloads"
		ended := func(id string) bool {
			return slices.ContainsFunc(ofType(all, "ok"), func(l line) bool { return l.text("id") == id })
		}
		if !ended(off) || ended(wide) {
			t.Errorf("%s came off: %v, was attached widely: %v", guard, ended(off), ended(wide))
		}
		if !slices.ContainsFunc(past.Entries, func(e journal.Entry) bool { return e.Kind == journal.KindApprove && e.Items[off] != "" }) {
			t.Errorf("nobody approved %s", off)
		}
	}
	for _, w := range ofType(all, "fail") {
		if !strings.HasPrefix(w.text("id"), "guardrails/try/") || w.text("next") == "" {
			t.Errorf("failed: %v", w)
		}
	}
}
