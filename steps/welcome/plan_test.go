package welcome

import (
	"reflect"
	"testing"

	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
)

const accountID = "111111111111"

func founder() answers.Answers {
	return answers.Answers{Company: "Acme Robotics", Email: "aws@acme-robotics.example", HomeRegion: "eu-west-1"}
}

// safe is a standalone account with nothing to complain about.
func safe() State {
	return State{
		Caller: plan.Caller{Account: accountID, ARN: "arn:aws:iam::111111111111:root", Kind: plan.Root},
		Home:   "eu-west-1", Case: Standalone, PlanType: "PAID", SummaryKnown: true, RootMFA: true,
	}
}

func with(change func(*State)) State {
	s := safe()
	change(&s)
	return s
}

type planCase struct {
	state   State
	answers answers.Answers
}

func cases() map[string]planCase {
	agreed := founder()
	agreed.AcceptPaidPlan = true
	free := with(func(s *State) { s.PlanType, s.Credits, s.PlanEnds = "FREE", "120.00 USD", "2027-05-01" })
	return map[string]planCase{
		"all-well":           {safe(), founder()},
		"unsafe":             {with(func(s *State) { s.RootMFA, s.RootKeys, s.UserKeys = false, 2, []string{"ci", "deploy"} }), founder()},
		"root-key-in-use":    {with(func(s *State) { s.RootKeys, s.RootKeyInUse = 1, true }), founder()},
		"summary-unknown":    {with(func(s *State) { s.SummaryKnown, s.RootMFA = false, false }), founder()},
		"free-plan-refused":  {free, founder()},
		"free-plan-accepted": {free, agreed},
		// In an organization already: the free plan is over, whatever AWS answers for a while.
		"free-plan-in-organization": {with(func(s *State) { s.PlanType, s.Case, s.Management = "FREE", Manager, accountID }), founder()},
		"control-tower":             {with(func(s *State) { s.Case, s.Management, s.ControlTower = Manager, accountID, true }), founder()},
		"member":                    {with(func(s *State) { s.Case, s.Management, s.RootMFA = Member, "999999999999", false }), founder()},
		"project":                   {with(func(s *State) { s.Case, s.Management = Project, "999999999999" }), founder()},
		"refused":                   {with(func(s *State) { s.Case, s.Code = Refused, "AccessDeniedException" }), founder()},
		"inactive":                  {with(func(s *State) { s.Case, s.Code = Inactive, "OptInRequired" }), founder()},
	}
}

func TestPlans(t *testing.T) {
	for name, c := range cases() {
		t.Run(name, func(t *testing.T) {
			f := plan.NewFacts(c.state.Facts())
			items := planned(c.state, c.answers.WithDefaults(), f)
			if err := plan.Check(items); err != nil {
				t.Fatal(err)
			}
			if len(plan.Calls(items)) != 0 || !plan.Done(items) {
				t.Error("the welcome step makes calls or never ends")
			}
			if again := planned(c.state, c.answers.WithDefaults(), f); plan.Describe(again, f) != plan.Describe(items, f) {
				t.Error("planning twice gives two plans")
			}
			golden.RequireEqual(t, plan.Describe(items, f))
		})
	}
}

func TestFacts(t *testing.T) {
	for name, c := range map[string]struct {
		state State
		want  map[string]string
	}{
		"standalone": {with(func(s *State) { s.PlanType, s.Credits = "FREE", "120.00 USD" }), map[string]string{
			"caller.kind": "root", "plan.type": "FREE", "plan.credits": "120.00 USD", "account.management.id": accountID,
			"welcome.case": "standalone", "welcome.may_create": "true"}},
		"manager": {with(func(s *State) { s.Case, s.Management = Manager, accountID }), map[string]string{
			"caller.kind": "root", "plan.type": "PAID", "account.management.id": accountID,
			"welcome.case": "management", "welcome.may_create": "false"}},
		"member": {with(func(s *State) { s.Case, s.Management = Member, "999999999999" }), map[string]string{
			"caller.kind": "root", "plan.type": "PAID", "welcome.case": "member", "welcome.may_create": "false"}},
	} {
		if got := plan.NewFacts(nil).With(c.state.Facts()).Map(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: facts are %v, want %v", name, got, c.want)
		}
	}
}
