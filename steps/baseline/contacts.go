package baseline

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/account/types"

	"awswizard/internal/answers"
	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// Kind is what a contact is for.
type Kind = types.AlternateContactType

// kinds are the alternate contacts an account can have (ACCT.01).
var kinds = []Kind{types.AlternateContactTypeSecurity, types.AlternateContactTypeBilling, types.AlternateContactTypeOperations}

// Contact is one as AWS has it; all four fields are required there.
type Contact = answers.Contact

const (
	putContact = "account:PutAlternateContact"
	// contactsLane: AWS takes about one write of contacts in a second.
	contactsLane = name + "/contacts"
)

func word(k Kind) string { return strings.ToLower(string(k)) }

// phone is the number given to AWS at the sign-up. It is a proposal only, so a refusal is not told.
func (l looker) phone(ctx context.Context) string {
	cfg, err := l.config(l.env.Caller.Account, globalRegion)
	if err != nil {
		return ""
	}
	var out *account.GetContactInformationOutput
	err = l.do(ctx, func() error {
		out, err = account.NewFromConfig(cfg).GetContactInformation(ctx, &account.GetContactInformationInput{})
		return err
	})
	if err != nil || out.ContactInformation == nil {
		return ""
	}
	return aws.ToString(out.ContactInformation.PhoneNumber)
}

// contacts reads the contacts of an account from the caller's own. It writes nothing else of a.
func (l looker) contacts(ctx context.Context, a *Account) {
	cfg, err := l.config(l.env.Caller.Account, globalRegion)
	if err != nil {
		a.ContactsRefused = steps.RefusalOf(err)
		return
	}
	client := account.NewFromConfig(cfg)
	found := make([]*types.AlternateContact, len(kinds))
	err = beside.Try(kinds, func(n int, kind Kind) error {
		err := l.do(ctx, func() error {
			out, err := client.GetAlternateContact(ctx, &account.GetAlternateContactInput{AlternateContactType: kind, AccountId: named(a.ID, l.env.Caller.Account)})
			if err == nil {
				found[n] = out.AlternateContact
			}
			return err
		})
		if steps.Absent(err, "ResourceNotFoundException") {
			return nil
		}
		return err
	})
	if err != nil {
		a.ContactsRefused = steps.RefusalOf(err)
	}
	a.Contacts = map[Kind]Contact{}
	for n, kind := range kinds {
		if c := found[n]; c != nil {
			a.Contacts[kind] = Contact{Name: aws.ToString(c.Name), Title: aws.ToString(c.Title), Email: aws.ToString(c.EmailAddress), Phone: aws.ToString(c.PhoneNumber)}
		}
	}
}

// named is the account id a request carries: AWS wants it left out for the caller's own account.
func named(id, caller string) *string {
	if id == caller {
		return nil
	}
	return aws.String(id)
}

// defaults is a contact for which the founder said nothing. Teams outlive people.
func defaults(k Kind, a answers.Answers) Contact {
	c := Contact{Email: a.Email}
	switch k {
	case types.AlternateContactTypeSecurity:
		c.Name, c.Title = "Security team", "Security contact"
	case types.AlternateContactTypeBilling:
		c.Name, c.Title = "Billing team", "Billing contact"
		if len(a.Budget.Notify) > 0 {
			c.Email = a.Budget.Notify[0]
		}
	case types.AlternateContactTypeOperations:
		c.Name, c.Title = "Operations team", "Operations contact"
	}
	return c
}

func given(k Kind, a answers.Answers) Contact {
	switch k {
	case types.AlternateContactTypeSecurity:
		return a.Contacts.Security
	case types.AlternateContactTypeBilling:
		return a.Contacts.Billing
	}
	return a.Contacts.Operations
}

// planContacts plans the contacts of all accounts. One that is there stays as it is, but for what the founder asked for.
func planContacts(s State, a answers.Answers, f plan.Facts) []plan.Item {
	refs := steps.ReferencesOf(a, f)
	var items []plan.Item
	var without []string // of what a phone number is missing for
	same := map[string]bool{}
	later := steps.NotMade(a, f)
	why := "These accounts do not exist yet."
	for _, acc := range s.Accounts {
		ref := refs.Of(acc.ID)
		if r := acc.ContactsRefused; r != nil && strings.Contains(r.Message, "must first enable trusted access") {
			why = "The contacts of all accounts can be set once the step organization has given Account Management its trusted access."
			later = append(later, ref)
			continue
		} else if r != nil {
			if !same[r.Code] { // the same reason keeps all accounts from it
				items = append(items, refused(name+"/look/contacts/"+ref, "The contacts of "+steps.Called(ref, acc.ID)+" could not be looked at, so none is set", r, f))
			}
			same[r.Code] = true
			continue
		}
		for _, kind := range kinds {
			have, exists := acc.Contacts[kind]
			want := given(kind, a).Over(have)
			if !exists {
				want = given(kind, a).Over(s.model(kind)).Over(defaults(kind, a)).Over(Contact{Phone: phoneOf(s, a)})
			}
			switch {
			case want == have:
			case want.Phone == "":
				without = append(without, word(kind)+" of "+ref)
			default:
				items = append(items, plan.Item{Call: setContact(s, acc.ID, ref, kind, want, have, exists)})
			}
		}
	}
	if len(without) > 0 {
		return append(items, noPhone(a, without))
	}
	if len(later) > 0 {
		items = append(items, plan.Item{Later: &plan.Later{ID: name + "/later/contacts", Step: name, Title: "Set the contacts of " + strings.Join(later, ", "), Why: why,
			Operations: []string{putContact}, Places: []plan.Place{global(plan.Management)}, MostCalls: len(kinds) * len(later)}})
	}
	return items
}

// phoneOf is the number for contacts that have none of their own.
func phoneOf(s State, a answers.Answers) string {
	switch a.Contacts.Phone {
	case answers.NoContacts:
		return ""
	case "":
		return s.Phone
	}
	return a.Contacts.Phone
}

// model is the contact the founder set by hand in the caller's own account: the other accounts get the same.
func (s State) model(k Kind) Contact {
	own, _ := s.account(s.Caller)
	return own.Contacts[k]
}

func noPhone(a answers.Answers, without []string) plan.Item {
	b := &plan.Blocked{ID: name + "/contacts", Step: name, What: "Contacts are not set: " + strings.Join(without, ", ") + ".",
		Why:  "AWS wants a phone number with each, and none is known.",
		Next: `Write a number in wizard.yaml, like contacts: {phone: "+353 1 555 0100"}, or phone: none to go without. Then start the wizard again.`}
	if a.Contacts.Phone == answers.NoContacts {
		b.Kept = true
		b.Why = "You wanted none (contacts.phone is " + answers.NoContacts + "). AWS then writes only to the address of each account's root user."
		b.Next = "Write a phone number in the place of none, and start the wizard again: it sets them."
	}
	return plan.Item{Blocked: b}
}

var reasons = map[Kind]string{
	types.AlternateContactTypeSecurity:   "AWS writes here when it finds your keys on the internet, or an attack from your account.",
	types.AlternateContactTypeBilling:    "AWS writes here about invoices and failed payments.",
	types.AlternateContactTypeOperations: "AWS writes here when it retires or repairs something you use.",
}

// The names under which a contact that is replaced is kept for the way back.
const (
	beforeName, beforeTitle, beforeEmail, beforePhone = "name", "title", "email", "phone"
)

func setContact(s State, id, ref string, k Kind, want, have Contact, exists bool) *plan.Call {
	c := contactCall(plan.Call{
		ID: name + "/contact/" + ref + "/" + word(k), Title: fmt.Sprintf("Set the %s contact of %s to %s", word(k), ref, want.Email),
		Effect: plan.Creates, IAMAction: putContact, Why: reasons[k], Undo: "Can be deleted or changed at any time.",
		Request: writeContact(named(id, s.Caller), k, want),
	})
	if answers.PersonalAddress(want.Email) {
		c.Why += " " + want.Email + " looks like one person's own address; a shared mailbox is still read when that person is away."
	}
	if exists {
		c.Effect, c.Title = plan.Changes, fmt.Sprintf("Change the %s contact of %s: %s", word(k), ref, changes(have, want))
		c.Undo = "Can be set back to what it was at any time."
		c.Before = map[string]string{beforeName: have.Name, beforeTitle: have.Title, beforeEmail: have.Email, beforePhone: have.Phone}
	}
	return c
}

// contactCall completes a call about contacts: all are made from the caller's own account.
func contactCall(c plan.Call) *plan.Call {
	c.Step, c.Lane, c.Where = name, contactsLane, global(plan.Management)
	return &c
}

func writeContact(id *string, k Kind, c Contact) plan.Request {
	return plan.To(account.NewFromConfig, (*account.Client).PutAlternateContact, func(plan.Facts) *account.PutAlternateContactInput {
		return &account.PutAlternateContactInput{AlternateContactType: k, AccountId: id,
			Name: aws.String(c.Name), Title: aws.String(c.Title), EmailAddress: aws.String(c.Email), PhoneNumber: aws.String(c.Phone)}
	})
}

// changes says in words what is another after than before.
func changes(before, after Contact) string {
	var out []string
	for _, field := range []struct{ what, before, after string }{
		{"name", before.Name, after.Name}, {"title", before.Title, after.Title}, {"address", before.Email, after.Email}, {"phone", before.Phone, after.Phone},
	} {
		if field.before != field.after {
			out = append(out, fmt.Sprintf("%s %s, was %s", field.what, field.after, field.before))
		}
	}
	return strings.Join(out, "; ")
}
