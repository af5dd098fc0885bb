package identity

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/internal/sandbox"
	"awswizard/internal/steptest"
	"awswizard/steps"
)

// stage is a simulated organization of a management account and three members, and a clock.
type stage struct {
	*testing.T
	world *sandbox.World
	sim   *sandbox.Sim
	now   time.Time
	facts plan.Facts
}

func newStage(t *testing.T, kind plan.CallerKind) *stage {
	t.Helper()
	w, err := sandbox.NewWorld(sandbox.Admin, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{T: t, world: w, now: w.Clock}
	w.SetClock(func() time.Time { return s.now })
	w.Pace = 1
	management := w.Principals[w.Login()].Account
	w.NewOrganization(management)
	ids := []string{management}
	facts := map[string]string{
		"organization.id": "o-acme123456", "organization.management": management, "account.management.id": management, "caller.kind": string(kind),
	}
	for _, name := range []string{"security", "production", "development"} {
		id := w.NewMember(name, "aws+"+name+"@acme.example", "OrganizationAccountAccessRole", s.now)
		facts[plan.AccountFact(name)] = id
		ids = append(ids, id)
	}
	facts["organization.accounts"] = strings.Join(ids, ",")
	s.facts, s.sim = plan.NewFacts(facts), sandbox.New(w)
	return s
}

func (s *stage) read(p plan.Place) (aws.Config, error) {
	cfg := aws.Config{Region: p.Region, Credentials: s.sim.Credentials(), Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	s.sim.Bind(&cfg)
	return cfg, nil
}

func (s *stage) inspect() State {
	s.Helper()
	caller := plan.Caller{Account: s.facts.AccountID(plan.Management), Kind: plan.CallerKind(s.facts.Get("caller.kind"))}
	state, err := inspect(context.Background(), steps.Env{Caller: caller, Home: "eu-west-1", Config: s.read, Facts: s.facts, Now: func() time.Time { return s.now }})
	if err != nil {
		s.Fatal(err)
	}
	s.facts = s.facts.With(state.Facts())
	return state
}

// run does what the items say, in order, and gives the ids of what failed.
func (s *stage) run(items []plan.Item) (failed map[string]error) {
	s.Helper()
	failed = map[string]error{}
	for _, i := range items {
		switch {
		case i.HandOff != nil:
			s.handOff(i.HandOff)
		case i.Call != nil:
			if err := s.call(i.Call); err != nil {
				failed[i.ID()] = err
			}
		}
	}
	return failed
}

func (s *stage) handOff(h *plan.HandOff) {
	s.Helper()
	if err := s.sim.StandIn(h.StandIn); err != nil {
		s.Fatal(err)
	}
	for tries := 0; h.Poll != nil; tries++ {
		done, facts, err := h.Poll(context.Background(), s.read, s.facts)
		if err != nil || tries > 100 {
			s.Fatalf("%s: not seen after %d looks: %v", h.ID, tries, err)
		}
		if done {
			s.facts = s.facts.With(facts)
			return
		}
		s.now = s.now.Add(h.Every)
	}
	if h.SignIn != nil {
		s.facts = s.facts.With(map[string]string{"caller.kind": "identity-center"})
		return
	}
	s.facts = s.facts.With(map[string]string{"identity." + strings.ReplaceAll(strings.TrimPrefix(h.ID, "identity/"), "-", "_"): "done"})
}

func (s *stage) call(c *plan.Call) (err error) {
	s.Helper()
	s.facts, err = steptest.Make(s.T, c, s.read, s.facts, func(d time.Duration) { s.now = s.now.Add(d) })
	return err
}

func TestFreshRunLeavesNothingToDo(t *testing.T) {
	s := newStage(t, plan.Root)
	if failed := s.run(planned(s.inspect(), acme(), s.facts)); len(failed) > 0 {
		t.Fatalf("failed: %v", failed)
	}
	if left := planned(s.inspect(), acme(), s.facts); len(left) > 0 {
		t.Errorf("left after a run:\n%s", plan.Describe(left, s.facts))
	}
	if url := s.facts.Get("identity.start_url"); !strings.HasPrefix(url, "https://d-") || !strings.HasSuffix(url, ".awsapps.com/start") {
		t.Errorf("start URL %s", url)
	}
	if _, known := s.facts.Lookup("identity.user." + founderEmail); !known {
		t.Errorf("the founder's id is not among the facts %v", s.facts.Keys())
	}
}

// Stopping after any call and starting again must come to the same end, without a second of anything.
func TestStoppedAnywhereGoesOn(t *testing.T) {
	total := len(planned(enabledState(), acme(), known()))
	for n := 1; n < total; n += 4 {
		s := newStage(t, plan.IAMUser)
		s.run(planned(s.inspect(), acme(), s.facts)[:n])
		if failed := s.run(planned(s.inspect(), acme(), s.facts)); len(failed) > 0 {
			t.Fatalf("stopped after %d: failed: %v", n, failed)
		}
		if left := planned(s.inspect(), acme(), s.facts); len(left) > 0 {
			t.Errorf("stopped after %d: left:\n%s", n, plan.Describe(left, s.facts))
		}
	}
}

func TestSessionDriftIsBroughtIntoTheAccounts(t *testing.T) {
	s := newStage(t, plan.IdentityCenter)
	s.run(planned(s.inspect(), acme(), s.facts))
	longer := acme()
	longer.SessionHours = 12
	items := planned(s.inspect(), longer, s.facts)
	// PowerUserAccess is changed, and the run stops before the change reaches the accounts.
	stopped := slices.IndexFunc(items, func(i plan.Item) bool { return i.ID() == "identity/permission-set-roles/PowerUserAccess" })
	if stopped < 0 {
		t.Fatalf("no call carries the change into the accounts:\n%s", plan.Describe(items, s.facts))
	}
	s.run(items[:stopped])
	again := planned(s.inspect(), longer, s.facts)
	if again[0].ID() != "identity/permission-set-roles/PowerUserAccess" {
		t.Errorf("the old role of PowerUserAccess is forgotten; first is %s", again[0].ID())
	}
	s.run(again)
	if left := planned(s.inspect(), longer, s.facts); len(left) > 0 {
		t.Errorf("left:\n%s", plan.Describe(left, s.facts))
	}
}

// Attributes come along, are added to, and go again; those of somebody else are set back.
func TestAttributes(t *testing.T) {
	for _, byHand := range []bool{false, true} {
		s := newStage(t, plan.IdentityCenter)
		s.run(planned(s.inspect(), acme(), s.facts))
		a := acme()
		if byHand {
			s.world.Identity.Instances[0].Attributes = map[string]string{"team": "${path:userType}"}
		}
		made := steps.Made{}
		run := func(names ...string) {
			t.Helper()
			a.AccessAttributes = names
			items := planned(s.inspect(), a, s.facts)
			for _, c := range plan.Calls(items) {
				input, err := plan.RequestJSON(c, s.facts)
				if err != nil {
					t.Fatal(err)
				}
				if _, again := made[c.ID]; !again {
					made[c.ID] = steps.MadeCall{Step: name, Service: c.Request.Service, Operation: c.Request.Operation, Before: c.Before, Time: s.now}
				}
				m := made[c.ID]
				m.Input = input
				made[c.ID] = m
			}
			if failed := s.run(items); len(failed) > 0 {
				t.Fatal(failed)
			}
			if left := planned(s.inspect(), a, s.facts); len(left) > 0 {
				t.Errorf("left:\n%s", plan.Describe(left, s.facts))
			}
		}
		run("department")
		run("department", "email")
		if failed := s.run(undone(s.inspect(), a, s.facts, made)); len(failed) > 0 {
			t.Fatal(failed)
		}
		left := s.world.Identity.Instances[0].Attributes
		if !byHand && left != nil || byHand && !maps.Equal(left, map[string]string{"team": "${path:userType}"}) {
			t.Errorf("by hand %v: left are %v", byHand, left)
		}
	}
}

func TestAttributesQuestion(t *testing.T) {
	a := acme()
	q := attributesQuestion(a)
	for v, ok := range map[string]bool{"none": true, "department, costCenter": true, "shoe size": false} {
		if err := q.Validate(v); (err == nil) != ok {
			t.Errorf("%q: %v", v, err)
		}
	}
	if q.Apply(&a, "department, costCenter"); attributesQuestion(a).Default != "department, costCenter" {
		t.Errorf("they became %v", a.AccessAttributes)
	}
	if q.Apply(&a, "none"); len(a.AccessAttributes) != 0 || q.Default != "none" {
		t.Errorf("none became %v", a.AccessAttributes)
	}
	for _, name := range answers.Attributes() {
		if !strings.HasPrefix(sources[name], "${path:") {
			t.Errorf("where the directory holds %s is not known", name)
		}
	}
}

func TestInstanceInAnotherRegionIsKept(t *testing.T) {
	s := newStage(t, plan.IAMUser)
	if err := s.world.EnableIdentityCenter("eu-central-1"); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(5 * time.Minute)
	state := s.inspect()
	if state.Instance == nil || state.Instance.Region != "eu-central-1" {
		t.Fatalf("instance %+v, want the one in eu-central-1", state.Instance)
	}
	if failed := s.run(planned(state, acme(), s.facts)); len(failed) > 0 {
		t.Errorf("failed: %v", failed)
	}
}

func TestPollSaysThatTheRegionIsAnother(t *testing.T) {
	s := newStage(t, plan.IAMUser)
	if err := s.world.EnableIdentityCenter("eu-central-1"); err != nil {
		t.Fatal(err)
	}
	done, _, err := enabled("eu-west-1")(context.Background(), s.read, s.facts)
	if done || err == nil || !strings.Contains(err.Error(), "eu-central-1") {
		t.Errorf("poll gives %v, %v", done, err)
	}
}

func TestInstanceIsWaitedFor(t *testing.T) {
	s := newStage(t, plan.IAMUser)
	if err := s.world.EnableIdentityCenter("eu-west-1"); err != nil {
		t.Fatal(err)
	}
	state := s.inspect()
	if items := planned(state, acme(), s.facts); items[0].ID() != enableID || items[0].HandOff == nil {
		t.Errorf("while it is being created the plan begins with %s", items[0].ID())
	}
	s.world.Identity.Instances = nil
	s.world.Identity.FailEnabling = "KMS key not found"
	if err := s.world.EnableIdentityCenter("eu-west-1"); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(5 * time.Minute)
	if items := planned(s.inspect(), acme(), s.facts); len(items) != 1 || items[0].Blocked == nil || !strings.Contains(items[0].Blocked.Why, "KMS key") {
		t.Errorf("after a failed creation: %s", plan.Describe(items, s.facts))
	}
}

func TestAccountInstanceIsNotTakenForTheOrganizations(t *testing.T) {
	s := newStage(t, plan.IAMUser)
	account := &sandbox.IdentityInstance{ARN: "arn:aws:sso:::instance/ssoins-old", Store: "d-old", Owner: s.facts.Get("account.management.id"), Region: "eu-west-1"}
	s.world.Identity.Instances = append(s.world.Identity.Instances, account)
	if err := s.world.EnableIdentityCenter("eu-west-1"); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(5 * time.Minute)
	if got := s.inspect().Instance; got == nil || got.Store == "d-old" {
		t.Errorf("instance %+v, want the organization's", got)
	}
	s.facts = plan.NewFacts(map[string]string{"account.management.id": s.facts.Get("account.management.id"), "caller.kind": "root"})
	s.world.Identity.Instances = []*sandbox.IdentityInstance{account}
	items := planned(s.inspect(), acme(), s.facts)
	if len(items) != 1 || items[0].ID() != "identity/account-instance" {
		t.Errorf("an account instance without an organization: %s", plan.Describe(items, s.facts))
	}
}

func TestFailedAssignmentIsReported(t *testing.T) {
	s := newStage(t, plan.IAMUser)
	s.world.Identity.FailAssignments = map[string]string{s.facts.Get("account.production.id"): "no rights there"}
	failed := s.run(planned(s.inspect(), acme(), s.facts))
	if len(failed) != 3 {
		t.Errorf("%d failures, want the three assignments in production: %v", len(failed), failed)
	}
	for id, err := range failed {
		if !strings.HasPrefix(id, "identity/assignment/production/") || !strings.Contains(err.Error(), "no rights there") {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// A read that is refused takes only its own items with it.
func TestRefusedReads(t *testing.T) {
	for operation, missing := range map[string]Part{
		"ListGroups": partGroups, "ListUsers": partUsers, "ListGroupMemberships": partMembers, "ListAccountAssignments": partAssignments,
		"DescribePermissionSet": partPermissionSets, "DescribeInstanceAccessControlAttributeConfiguration": partAttributes,
	} {
		t.Run(operation, func(t *testing.T) {
			s := newStage(t, plan.IAMUser)
			s.run(planned(s.inspect(), acme(), s.facts))
			s.world.Identity.Instances[0].Attributes = map[string]string{"department": sources["department"]}
			s.sim.Faults(func(r sandbox.Request) error {
				if r.Operation == operation {
					return &smithy.GenericAPIError{Code: "UnknownOperationException", Message: "not here"}
				}
				return nil
			})
			a := acme()
			a.AccessAttributes = []string{"department"}
			items := planned(s.inspect(), a, s.facts)
			if !slices.ContainsFunc(items, func(i plan.Item) bool { return i.Blocked != nil && i.ID() == "identity/"+string(missing) }) {
				t.Errorf("nothing says that %s is refused:\n%s", operation, plan.Describe(items, s.facts))
			}
			if err := plan.Check(items); err != nil {
				t.Error(err)
			}
			for _, c := range plan.Calls(items) {
				t.Errorf("%s is planned on what was not read", c.ID)
			}
		})
	}
}

// Where AWS does not list all Regions at once, each is asked, as in accounts that moto simulates.
func TestRegionsAreAskedOneByOne(t *testing.T) {
	s := newStage(t, plan.IAMUser)
	if err := s.world.EnableIdentityCenter("ap-southeast-2"); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(5 * time.Minute)
	read := func(p plan.Place) (aws.Config, error) {
		cfg, err := s.read(p)
		cfg.APIOptions = append(cfg.APIOptions, refuseAllRegions)
		return cfg, err
	}
	found, err := findInstances(context.Background(), read, "eu-west-1")
	if err != nil || len(found) != 1 || found[0].Region != "ap-southeast-2" {
		t.Errorf("found %+v, %v", found, err)
	}
}

// refuseAllRegions answers as an endpoint that does not know the parameter yet.
func refuseAllRegions(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("RefuseAllRegions",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			if list, ok := in.Parameters.(*ssoadmin.ListInstancesInput); ok && list.RegionScope == ssotypes.RegionScopeAllRegions {
				return middleware.InitializeOutput{}, middleware.Metadata{}, &smithy.GenericAPIError{Code: "ValidationException", Message: "RegionScope"}
			}
			return next.HandleInitialize(ctx, in)
		}), middleware.Before)
}
