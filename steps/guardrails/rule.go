package guardrails

import (
	"encoding/json"
	"slices"

	"awswizard/internal/plan"
)

// ruleOf is a service control policy by what a person is told when it refuses something.
func ruleOf(p Policy) plan.Rule {
	r := plan.Rule{ID: p.ID, Name: p.Name, Denies: denied(p.Content)}
	if i := slices.IndexFunc(all(), func(g guardrail) bool { return g.policyName() == p.Name }); i >= 0 {
		g := all()[i]
		r.Does, r.Lift = g.why, g.lift
	}
	return r
}

// denied are the actions that a document denies by name, to somebody or everybody. A document that cannot be read names
// none.
func denied(document string) []string {
	texts, err := statements(document)
	if err != nil {
		return nil
	}
	var out []string
	for _, text := range texts {
		var st struct {
			Effect string
			Action []string
		}
		if err := json.Unmarshal([]byte(text), &st); err == nil && st.Effect == "Deny" {
			out = append(out, st.Action...)
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(action string) bool { return action == "*" }) // of somebody: the root users
}
