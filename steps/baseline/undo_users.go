package baseline

import (
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// users puts back what was asked of passwords, and switches keys on again.
func (u *undoer) users() {
	for _, operation := range []string{"UpdateAccountPasswordPolicy", "UpdateAccessKey"} {
		made := u.ours.Does(operation)
		for _, id := range made.IDs() {
			m := made[id]
			acc, ok := u.s.account(m.Account)
			ref := u.refs.Of(m.Account)
			why := acc.UsersRefused
			if acc.Refused != nil {
				why = acc.Refused
			}
			switch {
			case !ok: // it left the organization
			case acc.NoEntry:
				u.items = append(u.items, plan.Item{Later: &plan.Later{ID: undoID(id), Step: name, Title: "Take back: " + m.Title, MostCalls: 1,
					Why:        "Whoever is signed in now cannot enter this account. Sign in as yourself first.",
					Operations: []string{updatePassword, "iam:DeleteAccountPasswordPolicy", updateKey}, Places: []plan.Place{global(ref)}}})
			case why != nil:
				u.items = append(u.items, refused(undoID(id), "The IAM users of "+steps.Called(ref, m.Account)+" could not be looked at, so this stays: "+m.Title, why, u.f))
			case operation == "UpdateAccessKey":
				u.key(id, ref, acc, m)
			case acc.Policy != nil: // else somebody deleted it
				u.passwords(id, ref, *acc.Policy, m)
			}
		}
	}
}

func (u *undoer) passwords(id, ref string, have Policy, m steps.MadeCall) {
	var before *Policy
	if text := m.Before[policyBefore]; text != "" && json.Unmarshal([]byte(text), &before) != nil {
		before = nil
	}
	if before != nil && *before == have {
		return // somebody put it back
	}
	c := plan.Call{ID: undoID(id), TakesBack: []string{id}, Title: "Ask for the passwords of before in " + ref, IAMAction: updatePassword,
		Why: "The wizard changed what is asked on " + m.Day() + ".", Undo: "Start the wizard again: it asks for strong passwords while IAM users have one."}
	if before != nil {
		c.Request = writePolicy(*before)
	} else {
		c.Title, c.IAMAction, c.Done = "Ask for no particular passwords in "+ref, "iam:DeleteAccountPasswordPolicy", []string{"NoSuchEntity"}
		c.Request = plan.To(iam.NewFromConfig, (*iam.Client).DeleteAccountPasswordPolicy, func(plan.Facts) *iam.DeleteAccountPasswordPolicyInput {
			return &iam.DeleteAccountPasswordPolicyInput{}
		})
	}
	var since []string
	if have != strong(before) {
		since = []string{"what is asked of passwords"}
	}
	u.items = append(u.items, plan.Item{Call: iamCall(ref, steps.UnlessChanged(c, since))})
}

func (u *undoer) key(id, ref string, acc Account, m steps.MadeCall) {
	user, key := m.Sent("UserName"), m.Sent("AccessKeyId")
	off := slices.ContainsFunc(acc.Users, func(have User) bool {
		return have.Name == user && slices.ContainsFunc(have.Keys, func(k Key) bool { return k.ID == key && !k.Active })
	})
	if !off {
		return // it was switched on again, or deleted
	}
	u.items = append(u.items, plan.Item{Call: iamCall(ref, plan.Call{
		ID: undoID(id), TakesBack: []string{id}, Title: "Switch on the access key " + key + " of " + user + " in " + ref + " again", IAMAction: updateKey,
		Why: "The wizard switched it off on " + m.Day() + ", as nobody had used it for 90 days or more.", Undo: "Can be switched off again at any time.",
		Request: setKey(user, key, types.StatusTypeActive),
	})})
}
