package baseline

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// undone plans the way back of what is still as the wizard made it.
func undone(s State, a answers.Answers, f plan.Facts, made steps.Made) []plan.Item {
	u := undoer{s: s, f: f, refs: steps.ReferencesOf(a, f), ours: made.Of(name)}
	u.contacts()
	u.analyzers()
	u.guards()
	u.users()
	u.disks()
	return append(u.items, steps.NotTakenBack(name, title, u.ours, takenBack...)...)
}

// takenBack are the operations the way back knows.
var takenBack = []string{"PutAlternateContact", "CreateAnalyzer", "EnableAWSServiceAccess", "RegisterDelegatedAdministrator", "UpdateAccountPasswordPolicy", "UpdateAccessKey",
	"CreateDetector", "EnableOrganizationAdminAccount", "UpdateOrganizationConfiguration", "DisableOrganizationAdminAccount", "DeleteDetector", "EnableEbsEncryptionByDefault"}

// undoer collects the items of one way back.
type undoer struct {
	s     State
	f     plan.Facts
	refs  steps.References
	ours  steps.Made
	items []plan.Item
}

func undoID(id string) string { return name + "/undo/" + strings.TrimPrefix(id, name+"/") }

// contacts puts back the contacts that were there before, and deletes those where none was.
func (u *undoer) contacts() {
	made := u.ours.Does("PutAlternateContact")
	for _, id := range made.IDs() {
		m := made[id]
		of := m.Sent("AccountId")
		if of == "" {
			of = m.Account
		}
		acc, ok := u.s.account(of)
		ref, kind := u.refs.Of(of), Kind(m.Sent("AlternateContactType"))
		switch have, exists := acc.Contacts[kind]; {
		case !ok: // it left the organization
		case acc.ContactsRefused != nil:
			u.items = append(u.items, refused(undoID(id), "The "+word(kind)+" contact of "+steps.Called(ref, of)+" could not be looked at, so it stays", acc.ContactsRefused, u.f))
		case !exists: // somebody deleted it since
		default:
			u.contact(id, ref, of, kind, have, m)
		}
	}
}

func (u *undoer) contact(id, ref, of string, kind Kind, have Contact, m steps.MadeCall) {
	sent := Contact{Name: m.Sent("Name"), Title: m.Sent("Title"), Email: m.Sent("EmailAddress"), Phone: m.Sent("PhoneNumber")}
	c := plan.Call{ID: undoID(id), TakesBack: []string{id}, Undo: "Start the wizard again: it sets the contact."}
	if m.Before != nil {
		before := Contact{Name: m.Before[beforeName], Title: m.Before[beforeTitle], Email: m.Before[beforeEmail], Phone: m.Before[beforePhone]}
		if have == before {
			return // somebody put it back
		}
		c.Title, c.Effect, c.IAMAction = fmt.Sprintf("Set the %s contact of %s back to %s", word(kind), ref, before.Email), plan.Changes, putContact
		c.Why, c.Request = "The wizard changed it on "+m.Day()+".", writeContact(named(of, u.s.Caller), kind, before)
	} else {
		c.Title, c.Effect, c.IAMAction = fmt.Sprintf("Delete the %s contact of %s", word(kind), ref), plan.Deletes, "account:DeleteAlternateContact"
		c.Why, c.Done = "The wizard set it on "+m.Day()+". AWS then writes only to the address of the account's root user.", []string{"ResourceNotFoundException"}
		c.Request = plan.To(account.NewFromConfig, (*account.Client).DeleteAlternateContact, func(plan.Facts) *account.DeleteAlternateContactInput {
			return &account.DeleteAlternateContactInput{AlternateContactType: kind, AccountId: named(of, u.s.Caller)}
		})
	}
	var since []string
	if have != sent {
		since = []string{changes(sent, have)}
	}
	c = steps.UnlessChanged(c, since)
	u.items = append(u.items, plan.Item{Call: contactCall(c)})
}

// disks switches the encryption of new disks off where the wizard switched it on.
func (u *undoer) disks() {
	made := u.ours.Does("EnableEbsEncryptionByDefault")
	regions := map[string][]string{} // by account, where it is on and ours, or cannot be looked at
	ids := map[string]string{}       // by account and Region
	for _, id := range made.IDs() {
		m := made[id]
		regions[m.Account] = append(regions[m.Account], m.Region)
		ids[m.Account+"/"+m.Region] = id
	}
	for _, acc := range u.s.Accounts {
		ours := regions[acc.ID]
		ref := u.refs.Of(acc.ID)
		switch {
		case len(ours) == 0:
		case acc.NoEntry:
			u.items = append(u.items, undoDisksLater(ref, "Whoever is signed in now cannot enter this account. Sign in as yourself first.", ours))
		case acc.Refused != nil:
			u.items = append(u.items, refused(name+"/undo/look/disks/"+ref, "The Regions of "+steps.Called(ref, acc.ID)+" could not be listed, so the encryption of its new disks stays on", acc.Refused, u.f))
		default:
			u.disksOf(acc, ref, ours, ids)
		}
	}
}

func (u *undoer) disksOf(acc Account, ref string, ours []string, ids map[string]string) {
	var unseen []Region
	for _, code := range ours {
		r, ok := acc.region(code)
		switch {
		case !ok: // the Region was switched off since
		case r.Refused != nil:
			unseen = append(unseen, r)
		case r.Encrypted:
			u.items = append(u.items, plan.Item{Call: stopEncrypting(ref, code, ids[acc.ID+"/"+code])})
		}
	}
	u.items = append(u.items, refusedRegions(unseen, u.f, func(key string, codes []string, r *steps.Refusal) plan.Item {
		return refused(name+"/undo/look/disks/"+ref+"/"+key, fmt.Sprintf("The encryption of new disks stays on in %s of %s for now", strings.Join(codes, ", "), steps.Called(ref, acc.ID)), r, u.f)
	})...)
}

func undoDisksLater(ref, why string, regions []string) plan.Item {
	i := disksLater(ref, ref, why, regions)
	i.Later.ID, i.Later.Title = name+"/undo/later/disks/"+ref, "Switch the encryption of new disks off again in "+ref
	i.Later.Operations = []string{"ec2:DisableEbsEncryptionByDefault"}
	return i
}

func stopEncrypting(ref, region, id string) *plan.Call {
	return &plan.Call{
		ID: undoID(id), Step: name, Lane: lane(ref, region), Where: plan.Place{Account: ref, Region: region}, TakesBack: []string{id},
		Title: "Encrypt new disks by default no more in " + ref + ", " + region, Effect: plan.Changes, IAMAction: "ec2:DisableEbsEncryptionByDefault",
		Why:  "The wizard switched it on. Disks that are encrypted stay so.",
		Undo: "Start the wizard again: it switches it on.",
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).DisableEbsEncryptionByDefault, func(plan.Facts) *ec2.DisableEbsEncryptionByDefaultInput {
			return &ec2.DisableEbsEncryptionByDefaultInput{}
		}),
	}
}
