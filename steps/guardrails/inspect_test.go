package guardrails

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/smithy-go"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/internal/sandbox"
	"awswizard/steps"
	"awswizard/steps/organization"
)

// site is a simulated AWS where everything happens at once.
type site struct {
	t       *testing.T
	sim     *sandbox.Sim
	world   *sandbox.World
	facts   plan.Facts
	answers answers.Answers
}

// open gives a site whose organization the organization step has made.
func open(t *testing.T) *site {
	t.Helper()
	w, err := sandbox.NewWorld(sandbox.Admin, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, sim: sandbox.New(w), world: w, answers: founder()}
	s.facts = plan.NewFacts(map[string]string{plan.AccountFact(plan.Management): s.account()})
	return s
}

func (s *site) account() string { return s.world.Principals[s.world.Login()].Account }

func (s *site) config() aws.Config {
	cfg := aws.Config{Region: globalRegion, Credentials: s.sim.Credentials(), RetryMaxAttempts: 1}
	s.sim.Bind(&cfg)
	return cfg
}

func (s *site) look(step steps.Step) (steps.State, []plan.Item) {
	s.t.Helper()
	state, err := step.Inspect(s.t.Context(), steps.Env{
		Caller: plan.Caller{Account: s.account(), Kind: plan.IAMUser}, Home: "eu-west-1", Facts: s.facts, Now: time.Now,
		Config: func(plan.Place) (aws.Config, error) { return s.config(), nil },
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.facts = s.facts.With(state.Facts())
	return state, step.Plan(state, s.answers, s.facts)
}

// run makes the calls; what AWS calls done already is done.
func (s *site) run(items []plan.Item) {
	s.t.Helper()
	for _, c := range plan.Calls(items) {
		in := c.Request.Build(s.facts)
		if key, unknown := plan.UnknownIn(in); unknown {
			s.t.Fatalf("%s: %s is not known", c.ID, key)
		}
		out, err := c.Request.Send(s.t.Context(), s.config(), in)
		var api smithy.APIError
		if errors.As(err, &api) && slices.Contains(c.Done, api.ErrorCode()) {
			continue
		}
		if err != nil {
			s.t.Fatalf("%s: %v", c.ID, err)
		}
		if c.Learn != nil {
			s.facts = s.facts.With(c.Learn(out))
		}
		if c.Settle != nil {
			done, facts, err := c.Settle(s.t.Context(), s.config(), s.facts)
			if err != nil || !done {
				s.t.Fatalf("%s: settled %v, %v", c.ID, done, err)
			}
			s.facts = s.facts.With(facts)
		}
	}
}

// wizard makes the organization, then the guardrails, and leaves nothing to do.
func (s *site) wizard() {
	s.t.Helper()
	for _, step := range []steps.Step{organization.Step(), Step()} {
		_, items := s.look(step)
		s.run(items)
		if _, left := s.look(step); len(left) != 0 {
			s.t.Fatalf("%s leaves:\n%s", step.Name, plan.Describe(left, s.facts))
		}
	}
}

// AWS's checks of size and grammar take the documents, under the old limits too, and a second look finds them.
func TestPlanReachesItsGoal(t *testing.T) {
	for _, oldLimits := range []bool{false, true} {
		s := open(t)
		s.world.Org.OldPolicyLimits = oldLimits
		s.answers.AllowedRegions = []string{"eu-west-1", "eu-central-1"}
		state, items := s.look(Step())
		if len(plan.Calls(items)) != 8 || state.(State).Exists {
			t.Fatalf("before there is an organization, %d calls:\n%s", len(plan.Calls(items)), plan.Describe(items, s.facts))
		}
		s.wizard()
		for _, g := range all() {
			if _, known := s.facts.Lookup(g.fact()); !known {
				t.Errorf("%s is not known", g.fact())
			}
		}
	}
}

// What a person changed by hand is found and put back: a text, an attachment.
func TestDriftIsRepaired(t *testing.T) {
	s := open(t)
	s.wizard()
	client := organizations.NewFromConfig(s.config())
	id := func(name string) *string { return aws.String(s.facts.Get("guardrails." + name + ".id")) }
	if _, err := client.UpdatePolicy(t.Context(), &organizations.UpdatePolicyInput{PolicyId: id("org-guard"),
		Content: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}]}`)}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.DetachPolicy(t.Context(), &organizations.DetachPolicyInput{PolicyId: id("identity-guard"),
		TargetId: aws.String(s.facts.Get("organization.unit.workloads"))}); err != nil {
		t.Fatal(err)
	}
	_, items := s.look(Step())
	var ids []string
	for _, i := range items {
		ids = append(ids, i.ID())
	}
	if want := []string{"guardrails/update/org-guard", "guardrails/attach/identity-guard/workloads"}; !slices.Equal(ids, want) {
		t.Fatalf("planned %v, want %v", ids, want)
	}
	s.run(items)
	if _, left := s.look(Step()); len(left) != 0 {
		t.Errorf("left:\n%s", plan.Describe(left, s.facts))
	}
}

// The rules bind the members and never the management account, which can therefore always take them off.
func TestTheManagementAccountStaysFree(t *testing.T) {
	s := open(t)
	s.wizard()
	client := organizations.NewFromConfig(s.config())
	for _, g := range wanted(s.answers) {
		for _, on := range targets(g, s.answers) {
			if _, err := client.DetachPolicy(t.Context(), &organizations.DetachPolicyInput{
				PolicyId: aws.String(s.facts.Get(g.fact())), TargetId: aws.String(s.facts.Get(on.fact))}); err != nil {
				t.Errorf("detaching %s: %v", g.name, err)
			}
		}
	}
	if _, items := s.look(Step()); len(plan.Calls(items)) != 3 {
		t.Errorf("after detaching everything:\n%s", plan.Describe(items, s.facts))
	}
}

func TestRefusedReads(t *testing.T) {
	s := open(t)
	s.wizard()
	for _, operation := range []string{"DescribeOrganization", "ListPolicies", "DescribePolicy", "ListPoliciesForTarget"} {
		s.sim.Faults(func(r sandbox.Request) error {
			if r.Operation == operation {
				return sandbox.Fail("AccessDeniedException", "You don't have permissions to access this resource.")
			}
			return nil
		})
		if _, items := s.look(Step()); len(items) != 1 || items[0].Blocked == nil || items[0].Blocked.Code != "AccessDeniedException" {
			t.Errorf("%s refused:\n%s", operation, plan.Describe(items, s.facts))
		}
	}
}

// A unit deleted since its fact was learned is planned anew by the organization step; here it must not end the look.
func TestDeletedUnit(t *testing.T) {
	s := open(t)
	s.wizard()
	s.facts = s.facts.With(map[string]string{"organization.unit.gone": "ou-gone-00000000"})
	if _, left := s.look(Step()); len(left) != 0 {
		t.Errorf("left:\n%s", plan.Describe(left, s.facts))
	}
}
