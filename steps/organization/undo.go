package organization

import (
	"fmt"
	"slices"
	"strings"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// undone is the way back: accounts go back to where they were and are closed, each only with a consent of its own; then
// go the units, the trusted access and the policy types, and at last the organization, once nothing else is in it.
func undone(s State, _ answers.Answers, f plan.Facts, made steps.Made) []plan.Item {
	ours := made.Of(name)
	items := steps.NotTakenBack(name, title, ours, "CreateOrganization", "EnablePolicyType", "EnableAWSServiceAccess",
		"CreateOrganizationalUnit", "CreateAccount", "MoveAccount", "RequestServiceQuotaIncrease")
	if s.Refused != "" && len(ours) > 0 {
		return append(items, plan.Item{Blocked: &plan.Blocked{ID: "organization/undo/refused", Step: name, Code: s.Refused,
			What: "The organization cannot be read, so nothing of it is taken back.",
			Why:  "AWS refused organizations:DescribeOrganization for this login.",
			Next: "Sign in as an administrator of the management account and start wizard undo again."}})
	}
	if !s.manages() {
		return items // it is gone, or somebody else's
	}
	u := undoer{planner: planner{s: s, items: items}, f: f, made: made, ours: ours}
	u.moves()
	u.accounts()
	u.units()
	u.trustedAccess()
	u.policyTypes()
	u.organization()
	return u.items
}

// undoer collects the items of one way back.
type undoer struct {
	planner
	f          plan.Facts
	made, ours steps.Made
	// moved are the accounts this plan moves, by id: the parent each comes to; moving is the id of that call.
	moved, moving map[string]string
}

// moves brings each account that was moved back to where it came from, if it still is where it was put.
func (u *undoer) moves() {
	u.moved, u.moving = map[string]string{}, map[string]string{}
	moves := u.ours.Does("MoveAccount")
	for _, id := range moves.IDs() {
		m := moves[id]
		from, to := m.Sent("SourceParentId"), m.Sent("DestinationParentId")
		have, there := u.byID(m.Sent("AccountId"))
		switch {
		case !there || have.Parent == from || have.Parent == "":
		case have.Parent != to && u.ourAccount(have):
			// Somebody put it elsewhere since. It is closed from there, or stays.
		case have.Parent != to:
			u.block(plan.Blocked{ID: undoID(id), Kept: true, What: fmt.Sprintf("The account %q stays where it is.", have.Name),
				Why:  "Somebody moved it again after the wizard did.",
				Next: "Move it by hand where it belongs: https://console.aws.amazon.com/organizations/v2/home/accounts."})
		case u.guarded(to):
			u.block(plan.Blocked{ID: undoID(id), What: fmt.Sprintf("The account %q stays in %s.", have.Name, u.labelOf(to)), Why: guardsLeft, Next: guardsFirst})
		case !u.isParent(from):
			u.block(plan.Blocked{ID: undoID(id), Kept: true, What: fmt.Sprintf("The account %q stays in its unit.", have.Name),
				Why:  "The unit it came from does not exist any more.",
				Next: "Move it by hand where it belongs: https://console.aws.amazon.com/organizations/v2/home/accounts."})
		default:
			u.moved[have.ID], u.moving[have.ID] = from, undoID(id)
			u.add(moveBack(id, have, from, to, u.labelOf(from)))
		}
	}
}

// accounts closes the accounts the wizard made. The address tells which: no two accounts ever have the same.
func (u *undoer) accounts() {
	making := u.ours.Does("CreateAccount")
	for _, id := range making.IDs() {
		m := making[id]
		if u.beingMade(m) {
			u.items = append(u.items, plan.Item{Later: stillMaking(id, m)})
			continue
		}
		if have, ok := u.byEmail(m.Sent("Email")); ok && have.usable() && have.ID != u.s.Management {
			u.add(closeAccount(id, have, u.after(u.moving[have.ID])))
		}
	}
}

func (u *undoer) beingMade(m steps.MadeCall) bool {
	return slices.ContainsFunc(u.s.Making, func(r Request) bool {
		for key, request := range m.Facts {
			if strings.HasPrefix(key, requestPrefix) && request == r.ID {
				return true
			}
		}
		return m.InDoubt && r.Name == m.Sent("AccountName")
	})
}

// units deletes the units the wizard made, the deepest first, once they are empty.
func (u *undoer) units() {
	units := u.ours.Does("CreateOrganizationalUnit")
	for _, id := range units.IDs() {
		unit, ok := u.unitMadeBy(units[id])
		if !ok {
			continue
		}
		if u.guarded(unit.ID) {
			u.block(plan.Blocked{ID: undoID(id), What: fmt.Sprintf("The unit %s stays.", unit.Name), Why: guardsLeft, Next: guardsFirst})
			continue
		}
		if inside := u.inside(unit.ID); len(inside) > 0 {
			u.block(plan.Blocked{ID: undoID(id), Kept: true, What: fmt.Sprintf("The unit %s stays.", unit.Name),
				Why:  "In it are: " + strings.Join(inside, ", ") + ". The wizard did not put them there, and AWS deletes only empty units.",
				Next: "Move them at https://console.aws.amazon.com/organizations/v2/home/accounts and start wizard undo again, or keep the unit; it is free."})
			continue
		}
		u.add(deleteUnit(id, unit, u.calls("MoveAccount")))
	}
}

const (
	guardsLeft  = "Guardrails that the wizard attached there still hold. Without the unit they would hold nothing."
	guardsFirst = "Take them back first (wizard undo --step guardrails), then start wizard undo again."
)

// guarded reports whether a guardrail that the wizard attached to the unit is there still: somebody may have made it their
// own since, and it stays.
func (u *undoer) guarded(unit string) bool {
	attached := u.made.Does("AttachPolicy")
	return slices.ContainsFunc(attached.IDs(), func(id string) bool { return attached[id].Sent("TargetId") == unit })
}

// unitMadeBy is the unit a call made: the one of the id its reply told, or of its name where the reply was lost.
func (u *undoer) unitMadeBy(m steps.MadeCall) (Unit, bool) {
	told := m.Facts[unitFact(m.Sent("Name"))]
	i := slices.IndexFunc(u.s.Units, func(have Unit) bool {
		return have.ID == told || told == "" && have.Name == m.Sent("Name") && have.Parent == m.Sent("ParentId")
	})
	if i < 0 {
		return Unit{}, false
	}
	return u.s.Units[i], true
}

// inside names what would still be in a unit after the moves of this plan.
func (u *undoer) inside(unit string) []string {
	var in []string
	for _, acc := range u.s.Accounts {
		parent := acc.Parent
		if to, moves := u.moved[acc.ID]; moves {
			parent = to
		}
		if parent == unit {
			in = append(in, "the account "+acc.Name)
		}
	}
	for _, child := range u.s.Units {
		if child.Parent == unit {
			in = append(in, "the unit "+child.Name)
		}
	}
	return in
}

// trustedAccess switches trusted access off for the services it was switched on for.
func (u *undoer) trustedAccess() {
	trusts := u.ours.Does("EnableAWSServiceAccess")
	for _, id := range trusts.IDs() {
		principal := trusts[id].Sent("ServicePrincipal")
		switch {
		case u.s.TrustedRefused != "":
			u.block(plan.Blocked{ID: undoID(id), Code: u.s.TrustedRefused, What: "The trusted access of " + principal + " stays.",
				Why:  "AWS refused or failed organizations:ListAWSServiceAccessForOrganization.",
				Next: "Sign in as an administrator of the management account and start wizard undo again."})
		case !slices.Contains(u.s.Trusted, principal):
		case principal == "cloudtrail.amazonaws.com" && len(u.made.Does("CreateTrail")) > 0:
			u.block(plan.Blocked{ID: undoID(id), What: "The trusted access of CloudTrail stays.",
				Why:  "The trail the wizard made is still there, and it records all accounts through it.",
				Next: "Take the trail back first (wizard undo --step trail), then start wizard undo again."})
		case principal == accountPrincipal && u.contactsLeft():
			u.block(plan.Blocked{ID: undoID(id), What: "The trusted access of Account Management stays.",
				Why:  "Contacts that the wizard set in other accounts are still there, and can be taken back only through it.",
				Next: "Take them back first (wizard undo --step baseline), then start wizard undo again."})
		default:
			u.add(distrust(id, principal))
		}
	}
}

// contactsLeft reports whether contacts that the wizard set stand in accounts that still work.
func (u *undoer) contactsLeft() bool {
	contacts := u.made.Does("PutAlternateContact")
	return slices.ContainsFunc(contacts.IDs(), func(id string) bool {
		have, there := u.byID(contacts[id].Sent("AccountId"))
		return there && have.usable() && have.ID != u.s.Caller
	})
}

// policyTypes switches policy types off that the wizard switched on. Switching off detaches every policy of the type, so
// it is not done while others have some.
func (u *undoer) policyTypes() {
	types := u.ours.Does("EnablePolicyType")
	for _, id := range types.IDs() {
		kind := types[id].Sent("PolicyType")
		if status := u.s.PolicyTypes[kind]; status == "" || status == "PENDING_DISABLE" {
			continue
		}
		others, _ := u.f.Lookup("guardrails.others")
		switch {
		case kind == scpType && others != "" && others != "none":
			u.block(plan.Blocked{ID: undoID(id), Kept: true, What: "Service control policies stay switched on.",
				Why:  "Somebody made others than the wizard's since: " + others + ". Switching the kind off would detach them all.",
				Next: "Nothing needs to be done; it is free. Delete those policies if nobody needs them, and start wizard undo again."})
		case kind == scpType && len(u.made.Of("guardrails").Does("CreatePolicy")) > 0:
			u.block(plan.Blocked{ID: undoID(id), What: "Service control policies stay switched on.",
				Why:  "Guardrails that the wizard made are still there.",
				Next: "Take them back first: wizard undo --step guardrails."})
		default:
			u.add(disablePolicies(id, kind))
		}
	}
}

// organization deletes the organization, if the wizard made it and nobody else is in it.
func (u *undoer) organization() {
	id := organizationID
	if _, ours := u.ours[id]; !ours {
		return
	}
	var open, closed []string
	for _, acc := range u.s.Accounts {
		switch {
		case acc.ID == u.s.Management:
		case acc.usable():
			open = append(open, acc.Name)
		default:
			closed = append(closed, acc.Name)
		}
	}
	for _, m := range u.s.Making {
		open = append(open, m.Name)
	}
	switch {
	case len(open) > 0:
		u.block(plan.Blocked{ID: undoID(id), Code: "OrganizationNotEmptyException", What: "The organization stays: it has other accounts (" + strings.Join(open, ", ") + ").",
			Why:  "AWS deletes only an organization with no account but this one, and a closed account stays in it for 90 days.",
			Next: "It is free to keep. To delete it, close the accounts, wait 90 days, and start wizard undo again. The free plan and its credits do not come back in any case."})
	case len(closed) > 0:
		u.block(plan.Blocked{ID: undoID(id), Code: "OrganizationNotEmptyException", What: "The organization stays for now: closed accounts are still in it (" + strings.Join(closed, ", ") + ").",
			Why:  "AWS keeps a closed account for 90 days, counted from the day it was closed. Until then AWS Support can open it again.",
			Next: "Start wizard undo again 90 days after the day they were closed; it deletes the organization then. Until then it is free."})
	default:
		u.add(deleteOrganization(u.s.ID, u.foreign(), u.calls("")))
	}
}

// foreign names what others made in the organization; it would go with it.
func (u *undoer) foreign() []string {
	ours := map[string]bool{}
	for _, m := range u.ours.Does("CreateOrganizationalUnit") {
		if unit, ok := u.unitMadeBy(m); ok {
			ours[unit.ID] = true
		}
	}
	var out []string
	for _, unit := range u.s.Units {
		if !ours[unit.ID] {
			out = append(out, "the unit "+unit.Name)
		}
	}
	if others, _ := u.f.Lookup("guardrails.others"); others != "" && others != "none" {
		out = append(out, "the policies "+others)
	}
	return out
}

// calls are the ids of this plan's calls of an operation; "" stands for all.
func (u *undoer) calls(operation string) []string {
	var ids []string
	for _, c := range plan.Calls(u.items) {
		if operation == "" || c.Request.Operation == operation {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func (u *undoer) byID(id string) (Account, bool) {
	i := slices.IndexFunc(u.s.Accounts, func(a Account) bool { return a.ID == id })
	if i < 0 {
		return Account{}, false
	}
	return u.s.Accounts[i], true
}

func (u *undoer) byEmail(email string) (Account, bool) {
	i := slices.IndexFunc(u.s.Accounts, func(a Account) bool { return email != "" && strings.EqualFold(a.Email, email) })
	if i < 0 {
		return Account{}, false
	}
	return u.s.Accounts[i], true
}

func (u *undoer) ourAccount(have Account) bool {
	for _, m := range u.ours.Does("CreateAccount") {
		if strings.EqualFold(m.Sent("Email"), have.Email) {
			return true
		}
	}
	return false
}

func (u *undoer) isParent(id string) bool {
	return id == u.s.Root || slices.ContainsFunc(u.s.Units, func(unit Unit) bool { return unit.ID == id })
}

func (u *undoer) labelOf(parent string) string {
	for _, unit := range u.s.Units {
		if unit.ID == parent {
			return "the unit " + unit.Name
		}
	}
	return "the root"
}

// undoID is the id of the item that takes back what the item id made.
func undoID(id string) string { return name + "/undo/" + strings.TrimPrefix(id, name+"/") }
