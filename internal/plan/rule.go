package plan

import (
	"path"
	"slices"
	"strings"

	"awswizard/internal/pattern"
)

// Rule is a service control policy of the organization, as a person knows it. The guardrails tell the rules that stand
// as facts, so that a refusal by one of them can be named wherever it comes up.
type Rule struct {
	ID   string // "p-…"
	Name string // in AWS
	// Does says what the rule is for, and Lift how to get round it other than by detaching it. Both are set only for
	// rules of the wizard's own.
	Does, Lift string
	Denies     []string // the actions it denies by name, with * and ?
}

// Ours reports whether the rule is one of the wizard's own.
func (r Rule) Ours() bool { return r.Does != "" }

const rulePrefix = "rule."

// Facts are the facts by which RuleOf knows the rule.
func (r Rule) Facts() map[string]string {
	at := rulePrefix + r.ID
	return map[string]string{at + ".name": r.Name, at + ".does": r.Does, at + ".lift": r.Lift, at + ".denies": strings.Join(r.Denies, " ")}
}

// rules are the rules in the facts, by id.
func rules(f Facts) []Rule {
	var out []Rule
	for _, key := range f.Keys() {
		id, of := strings.CutPrefix(key, rulePrefix)
		id, isName := strings.CutSuffix(id, ".name")
		if !of || !isName {
			continue
		}
		at := rulePrefix + id
		r := Rule{ID: id, Name: f.values[at+".name"], Does: f.values[at+".does"], Lift: f.values[at+".lift"]}
		r.Denies = strings.Fields(f.values[at+".denies"])
		out = append(out, r)
	}
	return out
}

var (
	// byPolicy reads AWS's sentence about an explicit deny, and the policy's ARN when AWS gives it.
	byPolicy = pattern.Of(`explicit deny in a service control policy(?:: arn:aws[a-z-]*:organizations::[^\s"]*?/(p-[0-9a-z]+))?`)
	refused  = pattern.Of(`not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9]+)`)
)

// RuleOf finds the rule behind a refusal by AWS's message: by the policy's ARN, or, where AWS leaves it out, by the action
// when one rule only denies that. Certain is false for the latter. Refused is whether a service control policy is behind it at all.
func RuleOf(f Facts, message string) (rule Rule, certain, refusedByOne bool) {
	m := byPolicy().FindStringSubmatch(message)
	if m == nil {
		return Rule{}, false, false
	}
	all := rules(f)
	if id := m[1]; id != "" {
		if i := slices.IndexFunc(all, func(r Rule) bool { return r.ID == id }); i >= 0 {
			return all[i], true, true
		}
		return Rule{ID: id}, true, true
	}
	action := refused().FindStringSubmatch(message)
	if action == nil {
		return Rule{}, false, true
	}
	might := slices.DeleteFunc(all, func(r Rule) bool { return !r.denies(action[1]) })
	if len(might) == 1 {
		return might[0], false, true
	}
	return Rule{}, false, true
}

func (r Rule) denies(action string) bool {
	return slices.ContainsFunc(r.Denies, func(pattern string) bool {
		match, err := path.Match(strings.ToLower(pattern), strings.ToLower(action)) // no action has a slash
		return err == nil && match
	})
}

// Forbidden says that the rule forbids an action: what happened, why, and how to lift it. A rule that is not known by
// name is told by its id, and one without that as some rule of the organization.
func (r Rule) Forbidden(action string, certain bool) (what, why, next string) {
	page := "https://us-east-1.console.aws.amazon.com/organizations/v2/home/policies/service-control-policy"
	if r.ID != "" {
		page += "/" + r.ID
	}
	detach := "detach it in the management account: " + page + " (Targets → Detach; it takes seconds and can be undone)"
	is := "It is"
	if !certain {
		is = "AWS does not say which rule it was; the only one known to forbid this is"
	}
	switch {
	case r.Ours():
		next = sentenceOf(detach) + " Then try again."
		if r.Lift != "" {
			next = r.Lift + " Or " + detach + "."
		}
		return "Your guardrail " + r.Name + " forbids " + action, r.Does + " " + is + " the policy " + r.Name + " (" + r.ID + ") of this wizard.", next
	case r.Name != "":
		return "A rule of your organization forbids " + action,
			is + " the service control policy " + r.Name + " (" + r.ID + "). It is not the wizard's: somebody in your company made it.",
			"Ask who made it and why. If this is wanted, change it, or " + detach + "."
	case r.ID != "":
		return "A guardrail of your organization forbids " + action,
			"The service control policy " + r.ID + " denies it in this account, even to administrators.",
			"If it is wanted, " + detach + ", and try again."
	}
	return "A guardrail of your organization forbids " + action,
		"A service control policy denies it in this account, even to administrators. AWS does not say which.",
		"Look through the policies in the management account: " + page + ". What is detached there takes effect in seconds and can be attached again."
}

func sentenceOf(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }
