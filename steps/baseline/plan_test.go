package baseline

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

const (
	management = "111122223333"
	security   = "222233334444"
	production = "333344445555"
	unnamed    = "444455556666"
	signUp     = "+353 1 555 0100"
)

func facts() plan.Facts {
	return plan.NewFacts(map[string]string{"account.management.id": management, "account.security.id": security, "account.production.id": production})
}

func founder() answers.Answers {
	return answers.Answers{Company: "Acme", Email: "aws@acme.example", HomeRegion: "eu-west-1",
		Accounts: []answers.Account{{Name: "security"}, {Name: "production"}}, Budget: answers.Budget{Notify: []string{"costs@acme.example"}}}.WithDefaults()
}

// encrypted is a Region in which nothing is left to do.
func encrypted(code string) Region { return Region{Code: code, Encrypted: true} }

// settled is an account in which nothing is left to do.
func settled(id string) Account {
	acc := Account{ID: id, Regions: []Region{encrypted("eu-west-1"), encrypted("us-east-1")}, Contacts: map[Kind]Contact{}}
	for _, k := range kinds {
		acc.Contacts[k] = defaults(k, founder()).Over(Contact{Phone: signUp})
	}
	return acc
}

// plain is an account as AWS makes it.
func plain(id string) Account {
	return Account{ID: id, Regions: []Region{{Code: "eu-west-1"}, {Code: "us-east-1"}}}
}

// watched is an organization in which the security account runs the analyzers.
func watched() Organization {
	return Organization{Exists: true, Management: management, Trusted: []string{analyzerPrincipal}, Admins: map[string]string{analyzerPrincipal: security}}
}

func active(account string) Analyzer {
	return Analyzer{Account: account, Name: "by-hand", Status: "ACTIVE", All: true}
}

// watches are the used Regions, each with these analyzers.
func watches(analyzers ...Analyzer) []Watch {
	return []Watch{{Region: "eu-west-1", Analyzers: analyzers}, {Region: "us-east-1", Analyzers: analyzers}}
}

func scpRefusal() *steps.Refusal {
	return &steps.Refusal{Code: "UnauthorizedOperation", Message: "You are not authorized to perform this operation with an explicit deny in a service control policy."}
}

// plans are the cases of the plan: all that is settled but for what the case is about.
func plans() map[string]struct {
	state   State
	answers func(*answers.Answers)
} {
	with := func(accounts ...Account) State {
		return State{Caller: management, Phone: signUp, Accounts: accounts, Organization: watched(), Watches: watches(active(security))}
	}
	byHand := settled(management)
	byHand.Contacts = map[Kind]Contact{types.AlternateContactTypeSecurity: {Name: "Ada", Title: "CTO", Email: "ada@acme.example", Phone: "+1 555 0199"}}
	partly := settled(production)
	partly.Regions = []Region{encrypted("eu-west-1"), {Code: "eu-west-2"}, {Code: "sa-east-1", Refused: scpRefusal()}, {Code: "us-west-1", Refused: scpRefusal()},
		{Code: "ap-south-1", Refused: &steps.Refusal{Code: "OptInRequired"}}}
	noPhone := with(plain(management), settled(security))
	noPhone.Phone = ""
	denied, untrusted := settled(management), settled(production)
	denied.ContactsRefused = &steps.Refusal{Code: "AccessDeniedException", Message: "You are not authorized."}
	untrusted.ContactsRefused = &steps.Refusal{Code: "AccessDeniedException", Message: "User: x is not authorized (Your organization must first enable trusted access with AWS Account Management.)"}
	type test = struct {
		state   State
		answers func(*answers.Answers)
	}
	watch := func(o Organization, w ...Watch) State {
		s := with(settled(management), settled(security))
		s.Organization, s.Watches = o, w
		return s
	}
	bare := Organization{Exists: true, Management: management}
	broken, mine := active(security), active(management)
	broken.Status, mine.All = "FAILED", false
	people := func(p *Policy, users ...User) State {
		s := with(settled(management), settled(security), settled(production))
		s.Accounts[2].Users, s.Accounts[2].Policy = users, p
		return s
	}
	ada := User{Name: "ada", Password: true, SignedIn: true, Idle: 40, Keys: []Key{{ID: "AKIAADA", Active: true, Idle: 1, Used: true}}}
	deploy := User{Name: "deploy", Keys: []Key{{ID: "AKIAOLD", Active: true, Idle: 400}, {ID: "AKIAOFF", Idle: 500, Used: true}}}
	enough := strong(nil)
	unread := people(nil)
	unread.Accounts[2].UsersRefused = scpRefusal()
	alarm := func(a *answers.Answers) { a.GuardDuty = answers.GuardDutyUsed }
	guarded := func(guards ...Guard) State {
		s := with(settled(management), settled(security), settled(production))
		s.Guards = guards
		return s
	}
	off := func(s State) State {
		day := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
		made := func(operation, account, input string) steps.MadeCall {
			return steps.MadeCall{Step: name, Time: day, Service: "guardduty", Operation: operation, Account: account, Region: "eu-west-1", Input: json.RawMessage(input)}
		}
		s.GuardsMade = steps.Made{
			name + "/guardduty/own/eu-west-1":           made("CreateDetector", management, `{}`),
			name + "/guardduty/watcher/eu-west-1":       made("CreateDetector", security, `{}`),
			name + "/guardduty/administrator/eu-west-1": made("EnableOrganizationAdminAccount", management, `{"AdminAccountId":"`+security+`"}`),
			name + "/guardduty/all/eu-west-1":           made("UpdateOrganizationConfiguration", security, `{}`),
			trustGuardID: {Step: name, Time: day, Service: "organizations", Operation: "EnableAWSServiceAccess", Account: management, Region: globalRegion,
				Input: json.RawMessage(`{"ServicePrincipal":"` + guardPrincipal + `"}`)},
		}
		s.Organization.Trusted = append(slices.Clone(s.Organization.Trusted), guardPrincipal)
		return s
	}
	return map[string]test{
		"GuardDuty":                 {state: guarded(Guard{Region: "eu-west-1"}, Guard{Region: "us-east-1"}), answers: alarm},
		"GuardDuty, on in part":     {state: guarded(Guard{Region: "eu-west-1", Admin: security, Auto: "NEW", Detectors: map[string]string{management: "d1", security: "d2"}}), answers: alarm},
		"GuardDuty, run by another": {state: guarded(Guard{Region: "eu-west-1", Admin: unnamed}), answers: alarm},
		"GuardDuty, cannot be seen": {state: guarded(Guard{Region: "eu-west-1", Refused: scpRefusal()}, Guard{Region: "us-east-1", NoEntry: []string{security}}), answers: alarm},
		"GuardDuty, off after on": {state: guarded(Guard{Region: "eu-west-1", Ours: true, Admin: security, Auto: "ALL", Detectors: map[string]string{security: "d2"}},
			Guard{Region: "us-east-1", Ours: true}, Guard{Region: "us-west-2", Detectors: map[string]string{security: "d3"}})},
		"GuardDuty, off by a word": {state: off(guarded(Guard{Region: "eu-west-1", Ours: true, Admin: security, Auto: "ALL", Detectors: map[string]string{management: "d1", security: "d2", production: "d3"}})),
			answers: func(a *answers.Answers) { a.GuardDuty = answers.GuardDutyOff }},
		"GuardDuty, off by a word, cannot enter": {state: off(guarded(Guard{Region: "eu-west-1", Ours: true, NoEntry: []string{security}})),
			answers: func(a *answers.Answers) { a.GuardDuty = answers.GuardDutyOff }},
		"GuardDuty, never on, off by a word": {state: guarded(Guard{Region: "eu-west-1"}), answers: func(a *answers.Answers) { a.GuardDuty = answers.GuardDutyOff }},
		"GuardDuty, in fewer Regions": {state: guarded(Guard{Region: "eu-west-1", Ours: true, Admin: security, Auto: "ALL", Detectors: map[string]string{management: "d1", security: "d2"}},
			Guard{Region: "sa-east-1", Ours: true, Admin: security, Auto: "ALL", Detectors: map[string]string{management: "d3", security: "d4"}}), answers: alarm},
		"GuardDuty, not wanted":       {state: guarded(Guard{Region: "eu-west-1"})},
		"IAM users":                   {state: people(nil, ada, deploy)},
		"IAM users, weak passwords":   {state: people(&Policy{Length: 8, MaxAge: 90, Lower: true}, ada)},
		"IAM users, strong passwords": {state: people(&enough, ada)},
		"IAM users without a way in":  {state: people(nil, User{Name: "mail"})},
		"IAM users unread":            {state: unread},
		"nobody watches":              {state: watch(bare, watches()...)},
		"watched in one Region":       {state: watch(watched(), watches(active(security))[0], watches()[1])},
		"a broken analyzer":           {state: watch(watched(), watches(broken)...)},
		"watches itself only":         {state: watch(bare, watches(mine)...)},
		"no security account": {state: watch(bare, watches()...), answers: func(a *answers.Answers) {
			a.Accounts = []answers.Account{{Name: "production", Unit: answers.UnitWorkloads}}
		}},
		"not in an organization":    {state: watch(Organization{}, watches()...)},
		"in another's organization": {state: watch(Organization{Exists: true, Management: "999988887777"}, watches()...)},
		"another account watches": {state: watch(Organization{Exists: true, Management: management, Trusted: []string{analyzerPrincipal},
			Admins: map[string]string{analyzerPrincipal: unnamed}}, watches()...)},
		"organization unread":   {state: watch(Organization{Refused: &steps.Refusal{Code: "AccessDeniedException", Message: "You are not authorized."}}, watches()...)},
		"analyzers unseen":      {state: watch(bare, Watch{Region: "eu-west-1", Refused: scpRefusal()}, Watch{Region: "us-east-1", NoEntry: true})},
		"untouched":             {state: with(plain(management), plain(security), plain(production))},
		"settled":               {state: with(settled(management), settled(security), settled(production), settled(unnamed))},
		"contacts made by hand": {state: with(byHand, plain(production))},
		"contact changed": {state: with(byHand, settled(production)), answers: func(a *answers.Answers) {
			a.Contacts.Security = answers.Contact{Email: "security@acme.example"}
		}},
		"contacts given": {state: with(plain(management)), answers: func(a *answers.Answers) {
			a.Contacts = answers.Contacts{Phone: "+1 555 0100", Security: answers.Contact{Name: "On call", Email: "first.last@acme.example"},
				Billing: answers.Contact{Phone: "+1 555 0101"}}
		}},
		"no phone known":  {state: noPhone},
		"no phone wanted": {state: with(plain(management)), answers: func(a *answers.Answers) { a.Contacts.Phone = answers.NoContacts }},
		"refused":         {state: with(denied, Account{ID: security, Refused: scpRefusal(), ContactsRefused: denied.ContactsRefused}, partly)},
		"not trusted yet": {state: with(settled(management), untrusted)},
		"cannot enter":    {state: with(settled(management), Account{ID: production, NoEntry: true, Contacts: settled(production).Contacts})},
		"not made yet":    {state: with(settled(management)), answers: func(a *answers.Answers) { a.Accounts = append(a.Accounts, answers.Account{Name: "staging"}) }},
	}
}

func TestPlan(t *testing.T) {
	for name, tc := range plans() {
		t.Run(name, func(t *testing.T) {
			a, f := founder(), facts()
			if tc.answers != nil {
				tc.answers(&a)
			}
			items := planned(tc.state, a, f)
			if err := plan.Check(items); err != nil {
				t.Error(err)
			}
			if plan.Hash(items, f) != plan.Hash(planned(tc.state, a, f), f) {
				t.Error("planning twice gives two plans")
			}
			golden.RequireEqual(t, []byte(plan.Describe(items, f)))
		})
	}
}

func TestQuestions(t *testing.T) {
	a := founder()
	qs := questions(State{Phone: signUp, Caller: management, Accounts: []Account{settled(management)}}, a)
	if len(qs) < 2 || qs[0].Default != signUp || !qs[0].Found {
		t.Fatalf("the number of the sign-up is not proposed: %+v", qs)
	}
	for value, good := range map[string]bool{"": true, "none": true, "+1 555 0100": true, "call me": false, "+": false, "123456789012345678901234567": false} {
		if err := qs[0].Validate(value); (err == nil) != good {
			t.Errorf("the phone number %q: %v", value, err)
		}
	}
	for value, good := range map[string]bool{"security@acme.example": true, "security": false} {
		if err := qs[1].Validate(value); (err == nil) != good {
			t.Errorf("the address %q: %v", value, err)
		}
	}
	on := State{Guards: []Guard{{Region: "eu-west-1", Ours: true, Detectors: map[string]string{security: "d2"}}}}
	if alarm := questions(on, founder())[2]; alarm.Default != answers.GuardDutyUsed {
		t.Errorf("GuardDuty is on, and Enter would turn it off: %q", alarm.Default)
	}
	qs[1].Apply(&a, " security@acme.example ")
	if a.Contacts.Security.Email != "security@acme.example" {
		t.Errorf("the answer was kept as %+v", a.Contacts)
	}
}
