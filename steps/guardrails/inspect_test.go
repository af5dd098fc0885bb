package guardrails

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
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
	made    steps.Made // what run did, as the journal tells it
	// unsettled is why a call failed after AWS had accepted it.
	unsettled string
}

// open gives a site whose organization the organization step has made.
func open(t *testing.T) *site {
	t.Helper()
	w, err := sandbox.NewWorld(sandbox.Admin, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, sim: sandbox.New(w), world: w, answers: founder(), made: steps.Made{}}
	s.facts = plan.NewFacts(map[string]string{plan.AccountFact(plan.Management): s.account()})
	return s
}

func (s *site) account() string { return s.world.Principals[s.world.Login()].Account }

func (s *site) config() aws.Config { return s.bound(globalRegion, s.sim.Credentials()) }

func (s *site) bound(region string, creds aws.CredentialsProvider) aws.Config {
	cfg := aws.Config{Region: region, Credentials: creds, RetryMaxAttempts: 1}
	s.sim.Bind(&cfg)
	return cfg
}

// enter goes into a place as the program does: members through their administrator role, or as root for a task.
func (s *site) enter(p plan.Place) (aws.Config, error) {
	id := s.facts.AccountID(p.Account)
	in := sts.NewFromConfig(s.bound("eu-west-1", s.sim.Credentials()))
	var given *types.Credentials
	switch {
	case p.Task != "":
		out, err := in.AssumeRoot(s.t.Context(), &sts.AssumeRootInput{TargetPrincipal: aws.String(id), TaskPolicyArn: &types.PolicyDescriptorType{Arn: aws.String(p.Task.PolicyARN())}})
		if err != nil {
			return aws.Config{}, err
		}
		given = out.Credentials
	case id != s.account():
		out, err := in.AssumeRole(s.t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::" + id + ":role/OrganizationAccountAccessRole"), RoleSessionName: aws.String("wizard")})
		if err != nil {
			return aws.Config{}, err
		}
		given = out.Credentials
	default:
		return s.bound(p.Region, s.sim.Credentials()), nil
	}
	return s.bound(p.Region, credentials.NewStaticCredentialsProvider(*given.AccessKeyId, *given.SecretAccessKey, *given.SessionToken)), nil
}

func (s *site) look(step steps.Step) (steps.State, []plan.Item) {
	s.t.Helper()
	state, err := step.Inspect(s.t.Context(), steps.Env{
		Caller: plan.Caller{Account: s.account(), Kind: plan.IAMUser}, Home: "eu-west-1", Facts: s.facts, Now: time.Now,
		Config: s.enter, Answers: s.answers,
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
		cfg, err := s.enter(c.Where)
		if err != nil {
			s.t.Fatalf("%s: %v", c.ID, err)
		}
		out, err := c.Request.Send(s.t.Context(), cfg, in)
		var api smithy.APIError
		if errors.As(err, &api) && c.Wait[api.ErrorCode()] > 0 { // the program sends it again until then
			s.world.Clock = s.world.Clock.Add(c.Wait[api.ErrorCode()])
			out, err = c.Request.Send(s.t.Context(), cfg, in)
		}
		if errors.As(err, &api) && slices.Contains(c.Done, api.ErrorCode()) {
			continue
		}
		if err != nil {
			s.t.Fatalf("%s: %v", c.ID, err)
		}
		m := steps.MadeCall{Step: c.Step, Service: c.Request.Service, Operation: c.Request.Operation, Account: s.facts.AccountID(c.Where.Account),
			Region: c.Where.Region, Before: c.Before}
		if m.Input, err = plan.RequestJSON(c, s.facts); err != nil {
			s.t.Fatal(err)
		}
		if c.Learn != nil {
			m.Facts = c.Learn(out)
			s.facts = s.facts.With(c.Learn(out))
		}
		if c.Settle != nil {
			at := c.Where
			if c.SettleIn.Account != "" {
				at = c.SettleIn
			}
			cfg, err := s.enter(at)
			if err != nil {
				s.t.Fatal(err)
			}
			done, facts, err := c.Settle(s.t.Context(), cfg, s.facts)
			var unsettled *plan.Unsettled
			if errors.As(err, &unsettled) {
				s.made[c.ID], s.unsettled = m, unsettled.Reason
				return // the engine leaves what waits for it
			}
			if err != nil || !done {
				s.t.Fatalf("%s: settled %v, %v", c.ID, done, err)
			}
			s.facts = s.facts.With(facts)
		}
		if len(c.TakesBack) == 0 {
			s.made[c.ID] = m
		}
		for _, id := range c.TakesBack {
			delete(s.made, id)
		}
	}
}

// wizard makes the organization, then the guardrails, and leaves nothing to do.
func (s *site) wizard() {
	s.t.Helper()
	for _, step := range []steps.Step{organization.Step(), Step()} {
		_, items := s.look(step)
		s.run(items)
		_, items = s.look(step) // what can be seen only now
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
		s.answers.NoCommitments = true
		state, items := s.look(Step())
		if len(plan.Calls(items)) != 28 || state.(State).Exists {
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

// An account that joined the organization loses what its root user brought along, and an account made by it has nothing.
func TestRootUsersAreStripped(t *testing.T) {
	s := open(t)
	s.wizard()
	joined := s.world.SeedInvitedMember("joined", "aws+joined@acme-robotics.example", 2)
	s.look(organization.Step()) // tells the accounts
	_, items := s.look(Step())
	var ids []string
	for _, c := range plan.Calls(items) {
		ids = append(ids, strings.TrimPrefix(c.ID, "guardrails/root/"+joined+"/"))
	}
	want := []string{"key/AKIASANDBOXROOT00001", "key/AKIASANDBOXROOT00002", "certificate/SANDBOXROOTCERTIFICATE1", "password",
		"device/arn:aws:iam::" + joined + ":mfa/root-account-mfa-device"}
	if !slices.Equal(ids, want) {
		t.Fatalf("planned %v, want %v", ids, want)
	}
	s.run(items)
	if a := s.world.Accounts[joined]; a.RootKeys != 0 || a.RootMFA || !a.RootPasswordGone || len(a.RootCertificates) != 0 {
		t.Errorf("left to root: %+v", a)
	}
	if _, items = s.look(Step()); len(plan.Calls(items)) != 0 {
		t.Errorf("left:\n%s", plan.Describe(items, s.facts))
	}
}

// A public bucket keeps its account and the company-wide block open until somebody closes it; all other accounts are
// closed for themselves.
func TestPublicBucketsMakeTheBlockWait(t *testing.T) {
	for name, make := range map[string]func(*sandbox.Bucket){
		"by policy":       func(*sandbox.Bucket) {},
		"by grants":       func(b *sandbox.Bucket) { b.Policy, b.PublicACL = "", true },
		"as a website":    func(b *sandbox.Bucket) { b.Website = true },
		"not public, old": func(b *sandbox.Bucket) { b.Policy = "" },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			_, items := s.look(organization.Step())
			s.run(items)
			s.look(organization.Step())
			production := s.facts.AccountID("production")
			s.world.SeedBucket(production, "ap-south-1", "acme-site", true)
			make(s.world.S3.Buckets["acme-site"])
			state, items := s.look(Step())
			var waits bool
			for _, i := range items {
				waits = waits || i.ID() == "guardrails/s3/public/production"
			}
			if public := name != "not public, old"; waits != public {
				t.Fatalf("waits: %v\n%s", waits, plan.Describe(items, s.facts))
			} else if !public {
				return
			}
			if name == "as a website" && !state.(State).Storage[indexOf(state.(State), production)].Public[0].Website {
				t.Error("that it is a website was not seen")
			}
			s.run(items)
			if s.world.S3PolicyBlocks(production) || s.world.S3.Blocks[production] != nil || s.world.S3.Blocks[s.facts.AccountID("development")] == nil {
				t.Error("the block did not wait, or only it did")
			}
			s.world.S3.Buckets["acme-site"].Block = &sandbox.PublicBlock{Acls: true, IgnoreAcls: true, Policy: true, Restrict: true} // a person closes it
			_, items = s.look(Step())
			s.run(items)
			if !s.world.S3PolicyBlocks(production) {
				t.Errorf("closed, and still not blocked:\n%s", plan.Describe(items, s.facts))
			}
			if _, items = s.look(Step()); len(items) != 0 {
				t.Errorf("left:\n%s", plan.Describe(items, s.facts))
			}
		})
	}
}

func indexOf(s State, account string) int {
	return slices.IndexFunc(s.Storage, func(st Storage) bool { return st.Account == account })
}
