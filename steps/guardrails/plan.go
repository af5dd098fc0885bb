package guardrails

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
)

// planned is the plan of the guardrails step: each document made or brought up to date, then attached where it
// belongs, the one without everyday effect first.
func planned(s State, a answers.Answers, f plan.Facts) []plan.Item {
	if b := standsInTheWay(s, a, f); b != nil {
		return []plan.Item{{Blocked: b}}
	}
	var items []plan.Item
	coming := map[string]int{} // attachments this plan adds, by target
	for _, g := range wanted(a) {
		text, err := document(g, a)
		if err != nil {
			items = append(items, plan.Item{Blocked: &plan.Blocked{ID: policyID(g), Step: name,
				What: "The guardrail " + g.name + " cannot be made.", Why: err.Error(),
				Next: "Name fewer Regions in allowed_regions and start again."}})
			continue
		}
		items = append(items, guard(s, g, text, targets(g, a), a, f, coming)...)
	}
	items = append(items, unwanted(s, a, f)...)
	items = append(items, rootAccess(s, a, f)...)
	items = append(items, publicStorage(s, a, f)...)
	return append(items, declare(s, ec2Defaults, nil, f)...)
}

func standsInTheWay(s State, a answers.Answers, f plan.Facts) *plan.Blocked {
	b := &plan.Blocked{ID: "guardrails/organization", Step: name, Code: s.Refused}
	planType, _ := f.Lookup("plan.type")
	mayCreate, _ := f.Lookup("welcome.may_create")
	switch {
	case s.Refused != "":
		b.What = "The guardrails cannot be read."
		b.Why = "AWS refused to show this login the organization or its policies."
		b.Next = "Sign in as an administrator of the management account and start again."
	case s.Exists && s.Management != s.Caller:
		b.What = "Guardrails cannot be set up from this account."
		b.Why = "Only the management account (" + s.Management + ") can."
		b.Next = "Sign in there and start again."
	case !s.Exists && (mayCreate == "false" || (planType == "FREE" && !a.AcceptPaidPlan)):
		b.What = "There are no guardrails without an organization."
		b.Why = "The organization cannot be made yet; its step says why."
		b.Next = "Follow the advice there, then start again."
	default:
		return nil
	}
	return b
}

// unwanted takes off the guardrails of ours that the answers no longer ask for. The policies stay, without effect.
func unwanted(s State, a answers.Answers, f plan.Facts) []plan.Item {
	var items []plan.Item
	for _, g := range all() {
		policy, exists := s.policy(g.policyName())
		if g.chosen(a) || !exists {
			continue
		}
		for _, t := range targets(g, a) {
			if id, known := f.Lookup(t.fact); known && slices.Contains(s.Attached[id], policy.ID) {
				items = append(items, plan.Item{Call: detach(g, t, policy.ID, "Your answers no longer ask for it. What it refused is possible again, in seconds. The policy stays, without effect; wizard undo --step guardrails deletes it, with the others.")})
			}
		}
	}
	return items
}

// target is where a guardrail is attached.
type target struct{ fact, label, key string }

// targets are the root for the guardrail without everyday effect, and the units of the workload accounts for the
// others: the security account must stay able to manage the security services of all.
func targets(g guardrail, a answers.Answers) []target {
	if g.root {
		return []target{{rootFact, "the root, over all member accounts", "root"}}
	}
	units := []string{answers.UnitWorkloads}
	for _, acc := range a.Accounts {
		same := func(u string) bool { return strings.EqualFold(u, acc.Unit) }
		if acc.Unit != "" && !same(answers.UnitSecurity) && !slices.ContainsFunc(units, same) {
			units = append(units, acc.Unit)
		}
	}
	var out []target
	for _, unit := range units {
		key := answers.Account{Name: unit}.Key()
		out = append(out, target{unitPrefix + key, "the unit " + unit, key})
	}
	return out
}

// guard plans one guardrail.
func guard(s State, g guardrail, text string, on []target, a answers.Answers, f plan.Facts, coming map[string]int) []plan.Item {
	root, _ := f.Lookup(rootFact)
	policy, exists := s.policy(g.policyName())
	// Where somebody else's policies say the same already, ours is not added; what sits on the root reaches every unit.
	var missing []target
	var items []plan.Item
	for _, t := range on {
		id, known := f.Lookup(t.fact)
		switch {
		case known && exists && len(onlyOurs(s.on(id, root), policy.ID)) > 0:
			// attached, though perhaps out of date
		case known && covered(text, s.on(id, root)):
		case known && len(s.Attached[id])+coming[id] >= mostAttached:
			items = append(items, plan.Item{Blocked: full(g, t, len(s.Attached[id])+coming[id])})
		default:
			missing = append(missing, t)
			if known {
				coming[id]++
			}
		}
	}
	switch {
	case exists && !same(policy.Content, text):
		items = append(items, plan.Item{Call: update(g, text, policy)})
	case !exists && len(missing) > 0:
		items = append(items, plan.Item{Call: create(g, text)})
	}
	before, wide, after := tried(s, g, a, f, missing)
	if !wide {
		missing = nil
	}
	// One after another: each waits for those before it.
	for _, i := range before {
		items = append(items, following(items, i))
	}
	for _, t := range missing {
		items = append(items, following(items, plan.Item{Call: attach(g, t)}))
	}
	for _, i := range after {
		items = append(items, following(items, i))
	}
	return items
}

// following makes a call wait for the calls before it.
func following(before []plan.Item, i plan.Item) plan.Item {
	for _, c := range plan.Calls(before) {
		if i.Call != nil {
			i.Call.After = append(i.Call.After, c.ID)
		}
	}
	return i
}

func onlyOurs(on []Policy, id string) []Policy {
	return slices.DeleteFunc(on, func(p Policy) bool { return p.ID != id })
}

func full(g guardrail, t target, n int) *plan.Blocked {
	return &plan.Blocked{ID: attachID(g, t), Step: name, Code: "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
		What: fmt.Sprintf("The guardrail %s cannot be attached to %s.", g.name, t.label),
		Why:  fmt.Sprintf("%d service control policies are attached there (or planned), and AWS allows %d.", n, mostAttached),
		Next: "Detach one that is no longer needed at https://console.aws.amazon.com/organizations/v2/home/policies/service-control-policy, or merge two into one, and start again."}
}

func policyID(g guardrail) string           { return "guardrails/policy/" + g.name }
func updateID(g guardrail) string           { return "guardrails/update/" + g.name }
func attachID(g guardrail, t target) string { return "guardrails/attach/" + g.name + "/" + t.key }

// call fills in what all calls of this step share.
func call(c plan.Call) *plan.Call {
	c.Step, c.Lane, c.Where = name, "organizations", place()
	c.IAMAction = plan.IAMAction(c.Request.Service, c.Request.Operation)
	c.Wait = map[string]time.Duration{
		"ConcurrentModificationException":  5 * time.Minute,
		"TooManyRequestsException":         5 * time.Minute,
		"PolicyChangesInProgressException": 5 * time.Minute,
		// The policy type was just switched on and is not everywhere yet.
		"PolicyTypeNotEnabledException":   5 * time.Minute,
		"FinalizingOrganizationException": time.Hour,
	}
	return &c
}

func create(g guardrail, text string) *plan.Call {
	return call(plan.Call{
		ID: policyID(g), Title: "Create the " + g.noun() + " " + g.name, Effect: plan.Creates,
		Why:  g.why + " It has no effect until it is attached.",
		Undo: "Can be deleted at any time once it is detached.",
		Done: []string{"DuplicatePolicyException"},
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).CreatePolicy,
			func(plan.Facts) *organizations.CreatePolicyInput {
				return &organizations.CreatePolicyInput{
					Name: aws.String(g.policyName()), Description: aws.String(g.description), Type: g.policyType(), Content: aws.String(text)}
			}),
		Learn: plan.Learned(func(out *organizations.CreatePolicyOutput) map[string]string {
			if out.Policy == nil || out.Policy.PolicySummary == nil {
				return nil
			}
			return map[string]string{g.fact(): aws.ToString(out.Policy.PolicySummary.Id)}
		}),
	})
}

// contentBefore is the key of a policy's earlier text in plan.Call.Before.
const contentBefore = "Content"

func update(g guardrail, text string, have Policy) *plan.Call {
	c := call(plan.Call{
		ID: updateID(g), Title: "Bring the " + g.noun() + " " + g.name + " up to date", Effect: plan.Changes,
		Why:  "Its text in AWS differs from the one below: it was changed by hand, or your answers changed. It takes effect at once wherever it is attached. " + g.why,
		Undo: "Write the old text back in the console (save it first if you made it yourself), or detach the policy; both take seconds.",
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).UpdatePolicy,
			func(plan.Facts) *organizations.UpdatePolicyInput {
				return &organizations.UpdatePolicyInput{PolicyId: aws.String(have.ID), Content: aws.String(text)}
			}),
		Before: map[string]string{contentBefore: have.Content},
	})
	if g.name == regionGuard {
		otherRegions(c, have.Content, text)
	}
	return c
}

// otherRegions says which Regions a new text of the Region guard opens and closes, where nothing else is told.
func otherRegions(c *plan.Call, was, will string) {
	before, after := namedRegions(was), namedRegions(will)
	without := func(list, other []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(r string) bool { return slices.Contains(other, r) })
	}
	opened, closed := without(after, before), without(before, after)
	switch {
	case len(before) == 0 || len(opened)+len(closed) == 0:
		return
	case len(closed) == 0:
		c.Title = "Allow work in " + strings.Join(opened, ", ") + ", too"
		c.Why = "Your answers name it now. It takes effect at once in all accounts the guardrail is on. All else stays refused outside your Regions."
	default:
		c.Title = "Allow no more work in " + strings.Join(closed, ", ")
		if len(opened) > 0 {
			c.Title += ", but in " + strings.Join(opened, ", ")
		}
		c.Why = "Your answers do not name it any more. It takes effect at once in all accounts the guardrail is on. What stops working: " +
			"whatever is there can no longer be reached or changed from its account. It goes on running, and costing, so look there before: " +
			"delete what is not needed, and move the rest."
	}
	c.Undo = "Name the Regions in allowed_regions as before and start the wizard again; it takes effect in seconds."
}

// namedRegions are the Regions a document of the Region guard allows; none when it is another document.
func namedRegions(document string) []string {
	var doc struct {
		Statement []struct {
			Condition map[string]map[string]any
		}
	}
	if json.Unmarshal([]byte(document), &doc) != nil {
		return nil
	}
	for _, st := range doc.Statement {
		if list, ok := st.Condition["StringNotEquals"]["aws:RequestedRegion"]; ok {
			return sorted(list, strings.ToLower)
		}
	}
	return nil
}

func attach(g guardrail, t target) *plan.Call {
	return call(plan.Call{
		ID: attachID(g, t), Title: fmt.Sprintf("Attach the %s %s to %s", g.noun(), g.name, t.label), Effect: plan.Changes,
		Why:  g.why + " What stops working: " + g.breaks,
		Undo: "Detach it from this account: effective in seconds. Guardrails never apply to this account, so that always works.",
		Done: []string{"DuplicatePolicyAttachmentException"},
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).AttachPolicy,
			func(f plan.Facts) *organizations.AttachPolicyInput {
				return &organizations.AttachPolicyInput{PolicyId: aws.String(f.Get(g.fact())), TargetId: aws.String(f.Get(t.fact))}
			}),
	})
}
