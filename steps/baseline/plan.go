package baseline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

func planned(s State, a answers.Answers, f plan.Facts) []plan.Item {
	return slices.Concat(planContacts(s, a, f), planAnalyzers(s, a, f), planGuards(s, a, f), planUsers(s, f, steps.ReferencesOf(a, f)), planDisks(s, a, f))
}

const (
	signInFirst = "Whoever is signed in now cannot enter this account. Sign in as yourself first, then we look into it."
	notMadeYet  = "The account does not exist yet."
)

// refused says that something could not be looked at.
func refused(id, what string, r *steps.Refusal, f plan.Facts) plan.Item {
	next := r.Next("Nothing was changed there. Start the wizard again: it looks once more.")
	_, lift := r.Forbidden(f, "the wizard")
	switch {
	case lift != "":
		next = lift
	case r.Code == "AuthFailure":
		next = "The Region may be on its way on or off in this account. Start the wizard again in an hour."
	case strings.HasPrefix(r.Code, "AccessDenied"), r.Code == "UnauthorizedOperation":
		next = "Sign in as an administrator of the management account, and start the wizard again."
	}
	return plan.Item{Blocked: &plan.Blocked{ID: id, Step: name, What: what, Why: r.Why(f), Next: next, Code: r.Code}}
}

// refusedRegions makes one item of all Regions of an account where AWS gave the same reason, with what follows from it.
func refusedRegions(regions []Region, f plan.Facts, item func(key string, codes []string, r *steps.Refusal) plan.Item) []plan.Item {
	type reason struct{ code, rule string }
	// AWS names the Region in its message, so the code is what the Regions have in common.
	same := map[reason][]Region{}
	var order []reason
	for _, r := range regions {
		if r.Refused == nil {
			continue
		}
		rule, _ := r.Refused.Forbidden(f, "")
		why := reason{r.Refused.Code, rule}
		if len(same[why]) == 0 {
			order = append(order, why)
		}
		same[why] = append(same[why], r)
	}
	var items []plan.Item
	for _, why := range order {
		var codes []string
		for _, r := range same[why] {
			codes = append(codes, r.Code)
		}
		items = append(items, item(fmt.Sprintf("%s/%s", cmp.Or(why.code, "unreachable"), codes[0]), codes, same[why][0].Refused))
	}
	return items
}
