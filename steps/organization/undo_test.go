package organization

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// madeAll is what a whole set-up from nothing leaves in the journal.
func madeAll() steps.Made {
	call := func(operation, input string, facts map[string]string) steps.MadeCall {
		return steps.MadeCall{Step: name, Service: "organizations", Operation: operation, Account: management, Region: globalRegion,
			Input: json.RawMessage(input), Facts: facts}
	}
	made := steps.Made{
		organizationID: call("CreateOrganization", `{"FeatureSet":"ALL"}`, map[string]string{"organization.id": "o-acme000000"}),
		"organization/policy-type/service-control-policy": call("EnablePolicyType", `{"RootId":"r-acme","PolicyType":"SERVICE_CONTROL_POLICY"}`, nil),
		"organization/trusted-access/cloudtrail":          call("EnableAWSServiceAccess", `{"ServicePrincipal":"cloudtrail.amazonaws.com"}`, nil),
		"organization/unit/security":                      call("CreateOrganizationalUnit", `{"ParentId":"r-acme","Name":"Security"}`, map[string]string{"organization.unit.security": "ou-acme-sec00000"}),
		"organization/unit/workloads":                     call("CreateOrganizationalUnit", `{"ParentId":"r-acme","Name":"Workloads"}`, map[string]string{"organization.unit.workloads": "ou-acme-work0000"}),
	}
	for _, a := range []struct{ id, name, unit string }{
		{"222222222222", "security", "ou-acme-sec00000"}, {"333333333333", "production", "ou-acme-work0000"}, {"444444444444", "development", "ou-acme-work0000"},
	} {
		made["organization/account/"+a.name] = call("CreateAccount", `{"AccountName":"`+a.name+`","Email":"aws+`+a.name+`@acme-robotics.example"}`,
			map[string]string{"organization.request." + a.name: "car-" + a.name, "account." + a.name + ".id": a.id})
		made["organization/move/"+a.name] = call("MoveAccount", `{"AccountId":"`+a.id+`","SourceParentId":"r-acme","DestinationParentId":"`+a.unit+`"}`, nil)
	}
	return made
}

func without(made steps.Made, ids ...string) steps.Made {
	for _, id := range ids {
		delete(made, id)
	}
	return made
}

func TestUndo(t *testing.T) {
	closed := func(s *State) {
		for i := range s.Accounts[1:] {
			s.Accounts[i+1].State, s.Accounts[i+1].Parent = "CLOSED", "r-acme"
		}
	}
	lost := madeAll()["organization/unit/workloads"]
	lost.InDoubt, lost.Facts = true, nil
	trail := madeAll()
	trail["trail/trail"] = steps.MadeCall{Step: "trail", Operation: "CreateTrail"}
	hanging := madeAll() // a guardrail on a unit, and a contact that only the trusted access reaches
	hanging["guardrails/attach/org-guard/workloads"] = steps.MadeCall{Step: "guardrails", Operation: "AttachPolicy", Input: json.RawMessage(`{"PolicyId":"p-1","TargetId":"ou-acme-work0000"}`)}
	hanging["organization/trusted-access/account-management"] = steps.MadeCall{Step: name, Operation: "EnableAWSServiceAccess", Input: json.RawMessage(`{"ServicePrincipal":"account.amazonaws.com"}`)}
	hanging["baseline/contact/production/billing"] = steps.MadeCall{Step: "baseline", Operation: "PutAlternateContact", Input: json.RawMessage(`{"AccountId":"333333333333"}`)}
	for name, c := range map[string]struct {
		state State
		made  steps.Made
		facts map[string]string
	}{
		"whole":    {state: done(), made: madeAll()},
		"closed":   {state: with(closed), made: without(madeAll(), "organization/account/security", "organization/account/production", "organization/account/development")},
		"gone":     {state: with(func(s *State) { s.Accounts, s.Units, s.Trusted = s.Accounts[:1], nil, nil }), made: madeAll()},
		"others":   {state: with(func(s *State) { s.Accounts = s.Accounts[:1] }), made: without(madeAll(), "organization/unit/workloads"), facts: map[string]string{"guardrails.others": "DenyAll"}},
		"adopted":  {state: done(), made: steps.Made{"organization/move/production": madeAll()["organization/move/production"]}},
		"in-use":   {state: with(func(s *State) { s.Accounts[2].Parent = "ou-acme-sec00000" }), made: without(madeAll(), organizationID, "organization/account/production")},
		"in-doubt": {state: with(func(s *State) { s.Accounts = s.Accounts[:2] }), made: steps.Made{"organization/unit/workloads": lost}},
		"making": {state: with(func(s *State) {
			s.Accounts, s.Making = s.Accounts[:3], []Request{{ID: "car-development", Name: "development"}}
		}), made: madeAll()},
		"trail":   {state: done(), made: trail},
		"hanging": {state: done(), made: hanging},
		"refused": {state: State{Caller: management, Refused: "AccessDeniedException"}, made: madeAll()},
	} {
		t.Run(name, func(t *testing.T) {
			f := plan.NewFacts(map[string]string{"account.management.id": management, "organization.root": "r-acme"}).With(c.facts)
			items := undone(c.state, founder(), f, c.made)
			if err := plan.Check(items); err != nil {
				t.Fatal(err)
			}
			for _, call := range plan.Calls(items) {
				if len(call.TakesBack) == 0 {
					t.Errorf("%s takes nothing back", call.ID)
				}
				if call.Request.Operation == "CloseAccount" && (call.Consent != plan.Typed || call.Undo != "") {
					t.Errorf("%s: closing needs a consent of its own, and cannot be undone", call.ID)
				}
			}
			again := undone(c.state, founder(), f, c.made)
			if !reflect.DeepEqual(plan.Describe(items, f), plan.Describe(again, f)) {
				t.Error("planning twice gives two plans")
			}
			golden.RequireEqual(t, plan.Describe(items, f))
		})
	}
}

// TestUndoTakesOnlyWhatWasMade: without a journal nothing is ours, whatever it is called.
func TestUndoTakesOnlyWhatWasMade(t *testing.T) {
	if items := undone(done(), founder(), plan.NewFacts(nil), steps.Made{}); len(items) > 0 {
		t.Errorf("planned %s", plan.Describe(items, plan.NewFacts(nil)))
	}
}
