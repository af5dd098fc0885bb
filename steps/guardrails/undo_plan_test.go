package guardrails

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// madeOf is what making all guardrails of a state leaves in the journal.
func madeOf(t *testing.T, s State) steps.Made {
	t.Helper()
	made := steps.Made{}
	add := func(id, operation string, input map[string]string, facts map[string]string) {
		b, err := json.Marshal(input)
		if err != nil {
			t.Fatal(err)
		}
		made[id] = steps.MadeCall{Step: name, Service: "organizations", Operation: operation, Account: management, Region: globalRegion, Input: b, Facts: facts}
	}
	for _, g := range all() {
		p, ok := s.policy(g.policyName())
		if !ok {
			continue
		}
		add(policyID(g), "CreatePolicy", map[string]string{"Name": p.Name, "Content": p.Content}, map[string]string{g.fact(): p.ID})
		target, key := workloads, "workloads"
		if g.root {
			target, key = rootID, "root"
		}
		add("guardrails/attach/"+g.name+"/"+key, "AttachPolicy", map[string]string{"PolicyId": p.ID, "TargetId": target}, nil)
	}
	return made
}

func TestUndoPlans(t *testing.T) {
	s := done(t, founder())
	s.Targets = map[string][]string{}
	for target, on := range s.Attached {
		for _, id := range on {
			s.Targets[id] = append(s.Targets[id], target)
		}
	}
	changed, elsewhere, found := s, s, s
	changed.Policies = append([]Policy(nil), s.Policies...)
	changed.Policies[0].Content = `{"Version":"2012-10-17","Statement":[]}`
	elsewhere.Targets = map[string][]string{s.Policies[1].ID: {workloads, "222222222222"}}
	earlier := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sts:*","Resource":"*"}]}`
	content, err := json.Marshal(map[string]string{"PolicyId": s.Policies[0].ID, "Content": s.Policies[0].Content})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		state State
		made  steps.Made
	}{
		"whole":        {s, madeOf(t, s)},
		"changed":      {changed, madeOf(t, s)},
		"elsewhere":    {elsewhere, madeOf(t, s)},
		"gone":         {bare(), madeOf(t, s)},
		"earlier-text": {found, steps.Made{"guardrails/update/org-guard": {Step: name, Time: time.Unix(0, 0), Operation: "UpdatePolicy", Input: content, Before: map[string]string{contentBefore: earlier}}}},
		"refused":      {State{Caller: management, Refused: "AccessDeniedException"}, madeOf(t, s)},
		"nothing-ours": {s, steps.Made{}},
	} {
		t.Run(name, func(t *testing.T) {
			f := plan.NewFacts(known())
			items := undone(c.state, founder(), f, c.made)
			if err := plan.Check(items); err != nil {
				t.Fatal(err)
			}
			for _, call := range plan.Calls(items) {
				if len(call.TakesBack) == 0 {
					t.Errorf("%s takes nothing back", call.ID)
				}
			}
			golden.RequireEqual(t, plan.Describe(items, f))
		})
	}
}
