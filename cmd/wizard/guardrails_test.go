package main

import (
	"encoding/json"
	"strings"
	"testing"

	"awswizard/internal/sandbox"
)

// TestGuardrailsDoNotStandInOurOwnWay sets everything up with all guardrails, and takes it back, on a sandbox that
// enforces them; and it asks the guardrails about every call planned for a member account, in words of IAM.
func TestGuardrailsDoNotStandInOurOwnWay(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "admin")
	tr.write(tr.answers, founderAnswers+"allowed_regions: [eu-west-1]\nno_commitments: true\n")
	all := lines(t, tr.run("apply", "--yes", "--json").out)
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
	if again := tr.run("apply", "--yes", "--json"); len(again.writes) != 0 {
		t.Errorf("a second apply wrote %v", again.writes)
	}

	back := lines(t, tr.run("undo", "--yes", "--json").out)
	for _, l := range ofType(back, "fail") {
		t.Errorf("taking back %s: %s %s", l.text("id"), l.text("code"), l.text("why"))
	}
	if len(ofType(back, "ok")) == 0 {
		t.Error("nothing was taken back")
	}
}
