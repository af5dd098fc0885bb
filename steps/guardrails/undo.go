package guardrails

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// undone is the way back: each guardrail is detached where the wizard attached it, and deleted when the wizard made it. A
// text that was there before is written back.
func undone(s State, _ answers.Answers, f plan.Facts, made steps.Made) []plan.Item {
	ours := made.Of(name)
	items := steps.NotTakenBack(name, title, made, takenBack...)
	if s.Refused != "" && len(ours) > 0 {
		return append(items, plan.Item{Blocked: &plan.Blocked{ID: "guardrails/undo/refused", Step: name, Code: s.Refused,
			What: "The guardrails cannot be read, so none is taken back.",
			Why:  "AWS refused to show this login the organization or its policies.",
			Next: "Sign in as an administrator of the management account and start wizard undo again."}})
	}
	s = s.everyPolicy()
	u := &undoer{s: s, f: f, ours: ours, items: items, created: map[string]string{}, detaching: map[string][]string{}}
	for id, m := range ours.Does("CreatePolicy") {
		told := toldPolicy(m)
		i := slices.IndexFunc(s.Policies, func(p Policy) bool { return p.ID == told || told == "" && p.Name == m.Sent("Name") })
		if i >= 0 {
			u.created[s.Policies[i].ID] = id
		}
	}
	u.detach()
	u.giveBack()
	u.remove()
	u.settings()
	return u.items
}

// toldPolicy is the id of the policy that a reply told, "" where it was lost.
func toldPolicy(m steps.MadeCall) string {
	for _, id := range m.Facts {
		if strings.HasPrefix(id, "p-") {
			return id
		}
	}
	return ""
}

// undoer collects the items of one way back.
type undoer struct {
	s         State
	f         plan.Facts
	ours      steps.Made
	created   map[string]string // the creating call, by policy id, of those still there
	items     []plan.Item
	detached  []string            // ids of the detaching calls
	detaching map[string][]string // the same calls by policy id
}

func (u *undoer) add(c plan.Call) { u.items = append(u.items, plan.Item{Call: call(c)}) }

func (u *undoer) named(policy string) string {
	for _, p := range u.s.Policies {
		if p.ID == policy {
			return strings.TrimPrefix(p.Name, "wizard-")
		}
	}
	return policy
}

// label names a target for a person.
func (u *undoer) label(target string) string {
	for _, key := range u.f.Keys() {
		switch unit, isUnit := strings.CutPrefix(key, unitPrefix); {
		case u.f.Get(key) != target:
		case key == rootFact:
			return "the root"
		case isUnit:
			return "the unit " + unit
		case key == plan.AccountFact(strings.TrimSuffix(strings.TrimPrefix(key, "account."), ".id")):
			return "the account " + strings.TrimSuffix(strings.TrimPrefix(key, "account."), ".id")
		}
	}
	return target
}

func (u *undoer) detach() {
	attached := u.ours.Does("AttachPolicy")
	for _, id := range attached.IDs() {
		policy, target := attached[id].Sent("PolicyId"), attached[id].Sent("TargetId")
		if !slices.Contains(u.s.Attached[target], policy) {
			continue
		}
		u.detached = append(u.detached, undoID(id))
		u.detaching[policy] = append(u.detaching[policy], undoID(id))
		c := plan.Call{
			ID: undoID(id), TakesBack: []string{id}, Effect: plan.Changes,
			Title: fmt.Sprintf("Detach the guardrail %s from %s", u.named(policy), u.label(target)),
			Why:   "The wizard attached it. What it forbids is allowed there again, in seconds.",
			Undo:  "Can be attached again at any time.",
			Done:  []string{"PolicyNotAttachedException", "PolicyNotFoundException", "TargetNotFoundException"},
			Request: plan.To(organizations.NewFromConfig, (*organizations.Client).DetachPolicy,
				func(plan.Facts) *organizations.DetachPolicyInput {
					return &organizations.DetachPolicyInput{PolicyId: aws.String(policy), TargetId: aws.String(target)}
				}),
		}
		if i := slices.IndexFunc(u.s.Policies, func(p Policy) bool { return p.ID == policy }); i >= 0 && u.changed(u.s.Policies[i]) {
			c.Consent = plan.Typed
			c.ConsentAsk = "Somebody changed the text of the guardrail " + u.named(policy) + " since the wizard wrote it. Detached from " + u.label(target) +
				", it forbids nothing there any more. Detach it all the same?"
		}
		u.add(c)
	}
}

// changed reports whether somebody else wrote the text that a policy of ours has now.
func (u *undoer) changed(p Policy) bool {
	_, text := u.wrote(p)
	return text != "" && !same(text, p.Content)
}

// wrote are the calls that made and changed a policy of ours, and the text it had from the last of them; none of a policy
// that is not ours.
func (u *undoer) wrote(p Policy) (ids []string, text string) {
	id, mine := u.created[p.ID]
	if !mine {
		return nil, ""
	}
	last := u.ours[id]
	ids, text = []string{id}, last.Sent("Content")
	for update, m := range u.ours.Does("UpdatePolicy") {
		if m.Sent("PolicyId") == p.ID {
			ids = append(ids, update)
			if m.Time.After(last.Time) {
				last, text = m, m.Sent("Content")
			}
		}
	}
	return ids, text
}

// giveBack writes the earlier text into policies that were there before, where they still have the wizard's.
func (u *undoer) giveBack() {
	updates := u.ours.Does("UpdatePolicy")
	for _, id := range updates.IDs() {
		m := updates[id]
		policy, before := m.Sent("PolicyId"), m.Before[contentBefore]
		i := slices.IndexFunc(u.s.Policies, func(p Policy) bool { return p.ID == policy })
		if _, mine := u.created[policy]; mine || i < 0 || before == "" || !same(u.s.Policies[i].Content, m.Sent("Content")) || same(u.s.Policies[i].Content, before) {
			continue
		}
		u.add(plan.Call{
			ID: undoID(id), TakesBack: []string{id}, Effect: plan.Changes,
			Title: "Write the earlier text back into the policy " + u.s.Policies[i].Name,
			Why:   "It was there before the wizard, with the text below.",
			Undo:  "Can be changed again at any time.",
			Request: plan.To(organizations.NewFromConfig, (*organizations.Client).UpdatePolicy,
				func(plan.Facts) *organizations.UpdatePolicyInput {
					return &organizations.UpdatePolicyInput{PolicyId: aws.String(policy), Content: aws.String(before)}
				}),
		})
	}
}

// remove deletes the policies the wizard made. Where somebody attached one to something else since, it stays.
func (u *undoer) remove() {
	for _, p := range u.s.Policies {
		id, mine := u.created[p.ID]
		if !mine {
			continue
		}
		takes, _ := u.wrote(p)
		if elsewhere := u.elsewhere(p.ID); len(elsewhere) > 0 {
			u.items = append(u.items, plan.Item{Blocked: &plan.Blocked{ID: undoID(id), Step: name, Kept: true,
				What: "The guardrail " + strings.TrimPrefix(p.Name, "wizard-") + " stays.",
				Why:  "Somebody attached it since to: " + strings.Join(elsewhere, ", ") + ". AWS deletes only what is attached to nothing.",
				Next: "Detach it there at https://console.aws.amazon.com/organizations/v2/home/policies/service-control-policy and start wizard undo again, or keep it; it is free."}})
			continue
		}
		c := plan.Call{
			ID: undoID(id), TakesBack: takes, After: u.detaching[p.ID], Effect: plan.Deletes,
			Title: "Delete the guardrail " + strings.TrimPrefix(p.Name, "wizard-"),
			Why:   "The wizard made it, and it is attached to nothing any more.",
			Undo:  "It can be made again: wizard.",
			Done:  []string{"PolicyNotFoundException"},
			Request: plan.To(organizations.NewFromConfig, (*organizations.Client).DeletePolicy,
				func(plan.Facts) *organizations.DeletePolicyInput {
					return &organizations.DeletePolicyInput{PolicyId: aws.String(p.ID)}
				}),
		}
		if u.changed(p) {
			c.Consent = plan.Typed
			c.ConsentAsk = "Somebody changed the text of the guardrail " + p.Name + " since the wizard wrote it. The change is lost with it. Delete it all the same?"
		}
		u.add(c)
	}
}

// elsewhere are the targets of a policy that this plan does not detach.
func (u *undoer) elsewhere(policy string) []string {
	var out []string
	for _, target := range u.s.Targets[policy] {
		ours := slices.ContainsFunc(u.ours.Does("AttachPolicy").IDs(), func(id string) bool {
			m := u.ours[id]
			return m.Sent("PolicyId") == policy && m.Sent("TargetId") == target && slices.Contains(u.s.Attached[target], policy)
		})
		if !ours {
			out = append(out, u.label(target))
		}
	}
	return out
}

// undoID is the id of the item that takes back what the item id made.
func undoID(id string) string { return name + "/undo/" + strings.TrimPrefix(id, name+"/") }
