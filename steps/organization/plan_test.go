package organization

import (
	"reflect"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
)

const management = "111111111111"

func founder() answers.Answers {
	return answers.Answers{Company: "Acme Robotics", Email: "aws@acme-robotics.example", HomeRegion: "eu-west-1", AcceptPaidPlan: true}.WithDefaults()
}

// done is the state the plan is meant to reach.
func done() State {
	return State{
		Caller: management, Exists: true, ID: "o-acme000000", ARN: "arn:aws:organizations::111111111111:organization/o-acme000000",
		Management: management, ManagementEmail: "aws@acme-robotics.example", AllFeatures: true, Root: "r-acme",
		PolicyTypes: map[string]string{scpType: "ENABLED"},
		Trusted:     []string{"account.amazonaws.com", "cloudtrail.amazonaws.com"},
		Units: []Unit{
			{ID: "ou-acme-sec00000", Name: "Security", Parent: "r-acme"},
			{ID: "ou-acme-work0000", Name: "Workloads", Parent: "r-acme"},
		},
		Accounts: []Account{
			{ID: management, Name: "Acme", Email: "aws@acme-robotics.example", State: "ACTIVE", Parent: "r-acme"},
			{ID: "222222222222", Name: "security", Email: "aws+security@acme-robotics.example", State: "ACTIVE", Parent: "ou-acme-sec00000"},
			{ID: "333333333333", Name: "production", Email: "aws+production@acme-robotics.example", State: "ACTIVE", Parent: "ou-acme-work0000"},
			{ID: "444444444444", Name: "development", Email: "aws+development@acme-robotics.example", State: "PENDING_ACTIVATION", Parent: "ou-acme-work0000"},
		},
	}
}

// with is done, changed.
func with(change func(*State)) State {
	s := done()
	change(&s)
	return s
}

type planCase struct {
	state   State
	facts   map[string]string
	answers answers.Answers
}

func cases() map[string]planCase {
	standalone := State{Caller: management}
	free := map[string]string{"plan.type": "FREE", "plan.credits": "120.00 USD", "welcome.may_create": "true", "account.management.id": management}
	refusing := founder()
	refusing.AcceptPaidPlan = false
	return map[string]planCase{
		"fresh":             {state: standalone, answers: founder()},
		"free-plan":         {state: standalone, facts: free, answers: founder()},
		"free-plan-refused": {state: standalone, facts: free, answers: refusing},
		"may-not-create":    {state: standalone, facts: map[string]string{"welcome.may_create": "false"}, answers: founder()},
		"done":              {state: done(), answers: founder()},
		"half": {state: with(func(s *State) {
			s.Trusted, s.Units = nil, s.Units[:1]
			s.Accounts = s.Accounts[:2]
			s.Accounts[1].Parent = s.Root
			s.Making = []Request{{ID: "car-prod0000", Name: "production"}}
		}), answers: founder()},
		"drift": {state: with(func(s *State) {
			s.PolicyTypes = nil
			s.Units = append(s.Units, Unit{ID: "ou-acme-byhand00", Name: "Prod", Parent: "r-acme"})
			s.Accounts[1].Parent = "ou-acme-work0000"
			s.Accounts[2].Parent = "ou-acme-byhand00"
			s.Accounts[3].Parent = "r-acme"
		}), answers: founder()},
		"quota-of-a-new-account": {state: State{Caller: management, AccountLimit: 2, LimitCode: limitCode}, answers: founder()},
		"quota":                  {state: short(limitCode, Raise{}), answers: founder()},
		"quota-fixed":            {state: short("", Raise{}), answers: founder()},
		"quota-asked":            {state: short(limitCode, Raise{Status: "CASE_OPENED", To: 10}), answers: founder()},
		"quota-denied":           {state: short(limitCode, Raise{Status: "DENIED", To: 10}), answers: founder()},
		"quota-asked-for-less":   {state: short(limitCode, Raise{Status: "APPROVED", To: 3}), answers: founder()},
		"burnt-addresses": {state: with(func(s *State) {
			s.Accounts[2].State, s.Accounts[3].State = "CLOSED", "SUSPENDED"
			s.ManagementEmail = "aws+security@acme-robotics.example"
			s.Accounts[0].Email, s.Accounts = s.ManagementEmail, append(s.Accounts[:1], s.Accounts[2:]...)
		}), answers: founder()},
		"another-name-adopted": {state: with(func(s *State) {
			s.Accounts[2].Name = "Live"
			s.Accounts[2].Email = "live@acme-robotics.example"
		}), answers: func() answers.Answers {
			a := founder()
			a.Accounts[1].Email = "live@acme-robotics.example"
			return a
		}()},
		"trusted-access-refused": {state: with(func(s *State) { s.Trusted, s.TrustedRefused = nil, "AccessDeniedException" }), answers: founder()},
		"shared-bill-only":       {state: State{Caller: management, Exists: true, Management: management}, answers: founder()},
		"somebody-elses":         {state: State{Caller: management, Exists: true, Management: "999999999999", AllFeatures: true}, answers: founder()},
		"refused":                {state: State{Caller: management, Refused: "AccessDeniedException"}, answers: founder()},
	}
}

const limitCode = "L-29A0C5DF"

// short is an organization with room for one account, where two are wanted.
func short(code string, r Raise) State {
	return with(func(s *State) { s.Accounts, s.AccountLimit, s.LimitCode, s.Raise = s.Accounts[:2], 3, code, r })
}

func (c planCase) plan() ([]plan.Item, plan.Facts) {
	f := plan.NewFacts(c.facts).With(c.state.Facts())
	return planned(c.state, c.answers, f), f
}

func TestPlans(t *testing.T) {
	for name, c := range cases() {
		t.Run(name, func(t *testing.T) {
			items, f := c.plan()
			if err := plan.Check(items); err != nil {
				t.Fatal(err)
			}
			again, _ := c.plan()
			if plan.Describe(items, f) != plan.Describe(again, f) || plan.Hash(items, f) != plan.Hash(again, f) {
				t.Error("planning twice gives two plans")
			}
			golden.RequireEqual(t, plan.Describe(items, f))
		})
	}
}

func TestForeseenStateNeedsNothing(t *testing.T) {
	for name, change := range map[string]func(*State){
		"as planned":              func(*State) {},
		"unit in another case":    func(s *State) { s.Units[1].Name = "WORKLOADS" },
		"address in another case": func(s *State) { s.Accounts[2].Email = "AWS+Production@acme-robotics.example" },
		"adopted by name": func(s *State) {
			s.Accounts[2].Email = "live@acme-robotics.example"
			s.Accounts[2].Name = "Production"
		},
		"in a unit below": func(s *State) {
			s.Units = append(s.Units, Unit{ID: "ou-acme-below000", Name: "Live", Parent: "ou-acme-work0000"})
			s.Accounts[2].Parent = "ou-acme-below000"
		},
		"policy type on its way": func(s *State) { s.PolicyTypes[scpType] = "PENDING_ENABLE" },
	} {
		t.Run(name, func(t *testing.T) {
			items, f := planCase{state: with(change), answers: founder()}.plan()
			if len(items) != 0 {
				t.Errorf("the plan is not empty:\n%s", plan.Describe(items, f))
			}
		})
	}
}

func TestAccountInTheMakingIsNeverAskedForTwice(t *testing.T) {
	s := with(func(s *State) {
		s.Accounts = s.Accounts[:1]
		s.Making = []Request{{ID: "car-1", Name: "Production"}}
	})
	items, _ := planCase{state: s, answers: founder()}.plan()
	for _, c := range plan.Calls(items) {
		if strings.HasSuffix(c.ID, "/production") {
			t.Errorf("%s is planned while AWS is making the account", c.ID)
		}
	}
	var awaited bool
	for _, i := range items {
		awaited = awaited || (i.Later != nil && i.Later.ID == "organization/account/production" && i.Later.Await > 0)
	}
	if !awaited {
		t.Error("the account in the making is not awaited")
	}
}

func TestFreePlanNeedsATypedYes(t *testing.T) {
	for planType, want := range map[string]plan.Consent{"FREE": plan.Typed, "PAID": plan.Step, "": plan.Step} {
		items, _ := planCase{state: State{Caller: management}, facts: map[string]string{"plan.type": planType}, answers: founder()}.plan()
		if got := plan.Calls(items)[0]; got.Request.Operation != "CreateOrganization" || got.Consent != want {
			t.Errorf("plan %q: %s with consent %q, want CreateOrganization with %q", planType, got.Request.Operation, got.Consent, want)
		}
	}
}

func TestFacts(t *testing.T) {
	s := with(func(s *State) {
		s.Accounts = append(s.Accounts, Account{ID: "555555555555", Name: "old", Email: "old@acme-robotics.example", State: "CLOSED"},
			Account{ID: "666666666666", Name: "management", Email: "m@acme-robotics.example", State: "ACTIVE"})
	})
	want := map[string]string{
		"organization.id": "o-acme000000", "organization.arn": s.ARN, "organization.root": "r-acme", "organization.management": management,
		"organization.unit.security": "ou-acme-sec00000", "organization.unit.workloads": "ou-acme-work0000",
		"organization.accounts": "111111111111,222222222222,333333333333,444444444444,666666666666",
		"account.management.id": management, "account.security.id": "222222222222",
		"account.production.id": "333333333333", "account.development.id": "444444444444",
	}
	if got := s.Facts(); !reflect.DeepEqual(got, want) {
		t.Errorf("facts are\n%v, want\n%v", got, want)
	}
	if got := (State{Caller: management}).Facts(); len(got) != 0 {
		t.Errorf("no organization tells %v", got)
	}
}
