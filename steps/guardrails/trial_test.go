package guardrails

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"awswizard/internal/plan"
	"awswizard/steps/organization"
)

// withPeople is a site with an organization, in whose account development somebody works whom the guardrails bind.
func withPeople(t *testing.T) *site {
	t.Helper()
	s := open(t)
	for range 2 {
		_, items := s.look(organization.Step())
		s.run(items)
	}
	cfg, err := s.enter(plan.Place{Account: "development", Region: globalRegion})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := iam.NewFromConfig(cfg).CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("app"),
		AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[]}`)}); err != nil {
		t.Fatal(err)
	}
	s.answers.AllowedRegions, s.answers.NoCommitments = []string{"eu-west-1"}, true
	return s
}

func (s *site) on(target string) []string {
	var names []string
	for _, a := range s.world.Org.Attached {
		for _, p := range s.world.Org.Policies {
			if a.Policy == p.ID && a.Target == s.facts.Get(target) && strings.HasPrefix(p.Name, "wizard-") && p.Type == string(scpType) {
				names = append(names, strings.TrimPrefix(p.Name, "wizard-"))
			}
		}
	}
	return names
}

func TestTriedOutBeforeWideAttachment(t *testing.T) {
	s := withPeople(t)
	_, items := s.look(Step())
	if err := plan.Check(items); err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, c := range plan.Calls(items) {
		if strings.Contains(c.ID, "region-guard") {
			order = append(order, c.ID)
		}
	}
	want := []string{"guardrails/policy/region-guard", "guardrails/try/region-guard", "guardrails/attach/region-guard/workloads", "guardrails/detach/region-guard/development"}
	if !slices.Equal(order, want) {
		t.Fatalf("order is %v, want %v", order, want)
	}
	s.run(items)
	if got := s.on("organization.unit.workloads"); len(got) != 4 {
		t.Errorf("on the unit are %v", got)
	}
	if got := s.on("account.development.id"); len(got) != 0 {
		t.Errorf("left on the account of the trial: %v", got)
	}
	if _, left := s.look(Step()); len(left) != 0 {
		t.Errorf("left:\n%s", plan.Describe(left, s.facts))
	}
}

// When daily work would be refused, the guardrail comes off the account again and goes no further.
func TestFailedTrialIsTakenOff(t *testing.T) {
	s := withPeople(t)
	id := s.world.NewPolicy(types.PolicyTypeServiceControlPolicy, "theirs", "", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"lambda:*","Resource":"*"}]}`)
	s.world.Attach(id, s.facts.AccountID("development"))
	_, items := s.look(Step())
	s.run(items)
	if s.unsettled != "GuardrailRefusesTooMuch" || !slices.Equal(s.on("account.development.id"), []string{"identity-guard"}) {
		t.Fatalf("unsettled %q, on the account %v", s.unsettled, s.on("account.development.id"))
	}
	_, items = s.look(Step())
	var ids []string
	for _, i := range items {
		if i.ID() == "guardrails/untry/identity-guard" || i.ID() == "guardrails/try/identity-guard" || strings.HasPrefix(i.ID(), "guardrails/attach/identity-guard") {
			ids = append(ids, i.ID())
		}
	}
	if want := []string{"guardrails/untry/identity-guard", "guardrails/try/identity-guard"}; !slices.Equal(ids, want) {
		t.Fatalf("planned %v, want %v:\n%s", ids, want, plan.Describe(items, s.facts))
	}
	for _, i := range items {
		if i.ID() == "guardrails/untry/identity-guard" {
			s.run([]plan.Item{i})
		}
	}
	if got := s.on("account.development.id"); len(got) != 0 {
		t.Errorf("still on the account: %v", got)
	}
}
