package baseline

import (
	"slices"
	"strings"
)

func regions(s *State, a *Account) Verdict {
	if s.Organization.ID == "" {
		return Verdict{Result: Fail, Evidence: a.says("organizations:DescribeOrganization", "no organization, so nothing can be denied above the account"),
			Next: "Put allowed_regions into wizard.yaml, then start wizard."}
	}
	g := s.Organization.Guardrails
	if v, no := refused(a, g); no {
		return v
	}
	var names, open, watching []string
	var on []string
	for _, p := range g.Value {
		if p.Regions && len(p.On) > 0 {
			names, on = append(names, p.Name), append(on, p.On...)
		}
	}
	if len(names) == 0 {
		return Verdict{Result: Fail, Evidence: a.says(g.Call, "%d service control policies of your own, none denies other Regions", len(g.Value))}
	}
	for i := range s.Accounts {
		switch member := &s.Accounts[i]; {
		case member.Top || member.under(on): // a policy never binds the management account
		case member.watches():
			watching = append(watching, member.Name)
		default:
			open = append(open, member.Name)
		}
	}
	const call = "organizations:ListTargetsForPolicy"
	if len(open) > 0 {
		return Verdict{Result: Fail, Evidence: a.says(call, "%s is attached, but not over: %s", few(names), few(open))}
	}
	v := Verdict{Result: Pass, Evidence: a.says(call, "%s is attached", few(names))}
	if len(watching) > 0 {
		v.Note = "It is not on " + few(watching) + ", from where the other accounts are watched in all Regions."
	}
	return v
}

// under reports whether the account is one of these, or in one of these units. Where AWS does not tell its units, any unit
// counts.
func (a *Account) under(ids []string) bool {
	path := strings.Split(a.Path, "/")
	return slices.ContainsFunc(ids, func(id string) bool {
		return id == a.ID || slices.Contains(path, id) || a.Path == "" && (strings.HasPrefix(id, "r-") || strings.HasPrefix(id, "ou-"))
	})
}

// watches reports whether the account is there for the others: it has their analyzer, or the name of such an account.
func (a *Account) watches() bool {
	name := strings.ToLower(a.Name)
	return slices.ContainsFunc([]string{"security", "audit", "log"}, func(word string) bool { return strings.Contains(name, word) }) ||
		slices.ContainsFunc(a.Regions, func(r Region) bool { return slices.Contains(r.Analyzers.Value, "ORGANIZATION") })
}
