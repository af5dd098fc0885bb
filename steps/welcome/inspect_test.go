package welcome

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"awswizard/internal/plan"
	"awswizard/internal/sandbox"
	"awswizard/steps"
)

// site is a simulated AWS with the scenario's caller signed in.
type site struct {
	t     *testing.T
	sim   *sandbox.Sim
	world *sandbox.World
}

func open(t *testing.T, sc sandbox.Scenario) *site {
	t.Helper()
	w, err := sandbox.NewWorld(sc, 1)
	if err != nil {
		t.Fatal(err)
	}
	return &site{t: t, sim: sandbox.New(w), world: w}
}

func (s *site) read(plan.Place) (aws.Config, error) {
	cfg := aws.Config{Region: globalRegion, Credentials: s.sim.Credentials(), RetryMaxAttempts: 1}
	s.sim.Bind(&cfg)
	return cfg, nil
}

func (s *site) look() (State, error) {
	p := s.world.Principals[s.world.Login()]
	kind := plan.IAMUser
	if strings.HasSuffix(p.ARN, ":root") {
		kind = plan.Root
	}
	return inspect(s.t.Context(), steps.Env{
		Caller: plan.Caller{Account: p.Account, ARN: p.ARN, Kind: kind}, Home: "eu-west-1", Now: time.Now, Config: s.read,
	})
}

func (s *site) mustLook() State {
	s.t.Helper()
	state, err := s.look()
	if err != nil {
		s.t.Fatal(err)
	}
	return state
}

func TestInspect(t *testing.T) {
	for sc, want := range map[sandbox.Scenario]struct {
		c        Case
		planType string
		credits  string
		mfa      bool
		rootKeys int
		userKeys []string
	}{
		sandbox.Fresh:   {c: Standalone, planType: "FREE", credits: "120.00 USD"},
		sandbox.Admin:   {c: Standalone, planType: "PAID", credits: "0.00 USD", mfa: true, userKeys: []string{"admin"}},
		sandbox.Project: {c: Project, planType: "FREE", credits: "100.00 USD", mfa: true},
	} {
		got := open(t, sc).mustLook()
		if got.Case != want.c || got.PlanType != want.planType || got.Credits != want.credits || !got.SummaryKnown ||
			got.RootMFA != want.mfa || got.RootKeys != want.rootKeys || !slices.Equal(got.UserKeys, want.userKeys) {
			t.Errorf("%s: state is %+v", sc, got)
		}
	}
	messy := open(t, sandbox.Messy).mustLook()
	if messy.RootMFA || messy.RootKeys != 1 {
		t.Errorf("messy: root keys and the missing MFA are not seen: %+v", messy)
	}
}

func TestOrganizationTellsTheCase(t *testing.T) {
	own := open(t, sandbox.Admin)
	caller := own.world.Principals[own.world.Login()].Account
	own.world.NewOrganization(caller)
	if got := own.mustLook(); got.Case != Manager || got.Management != caller {
		t.Errorf("own organization: %+v", got)
	}

	foreign := open(t, sandbox.Admin)
	other := foreign.world.NewAccount("Other", "other@acme-robotics.example")
	foreign.world.NewOrganization(other.ID)
	id := foreign.world.NewMember("Member", "member@acme-robotics.example", "OrganizationAccountAccessRole", foreign.world.Clock)
	foreign.world.Principals[foreign.world.Login()] = sandbox.Principal{Account: id, ARN: "arn:aws:iam::" + id + ":root"}
	if got := foreign.mustLook(); got.Case != Member || got.Management != other.ID {
		t.Errorf("somebody else's organization: %+v", got)
	}
}

// A read that is refused or not there leaves its matter unknown; only the organization's own failure ends the look.
func TestFailuresStayWhereTheyAre(t *testing.T) {
	fail := func(operation, code string) func(sandbox.Request) error {
		return func(r sandbox.Request) error {
			if r.Operation == operation {
				return sandbox.Fail(code, "no")
			}
			return nil
		}
	}
	for name, c := range map[string]struct {
		operation, code string
		ok              func(State) bool
	}{
		"plan":        {"GetAccountPlanState", "InternalFailure", func(s State) bool { return s.PlanType == "" && s.Case == Standalone && s.SummaryKnown }},
		"summary":     {"GetAccountSummary", "AccessDenied", func(s State) bool { return !s.SummaryKnown && s.PlanType == "FREE" }},
		"users":       {"ListUsers", "AccessDenied", func(s State) bool { return s.SummaryKnown && len(s.UserKeys) == 0 }},
		"not allowed": {"DescribeOrganization", "AccessDeniedException", func(s State) bool { return s.Case == Refused && s.Code == "AccessDeniedException" }},
		"not active":  {"DescribeOrganization", "OptInRequired", func(s State) bool { return s.Case == Inactive }},
	} {
		s := open(t, sandbox.Fresh)
		s.sim.Faults(fail(c.operation, c.code))
		if got := s.mustLook(); !c.ok(got) {
			t.Errorf("%s: state is %+v", name, got)
		}
	}
	s := open(t, sandbox.Fresh)
	s.sim.Faults(fail("DescribeOrganization", "ServiceException"))
	if _, err := s.look(); err == nil || steps.Code(err) != "ServiceException" {
		t.Errorf("a broken service gives %v", err)
	}
}

// What the hand-offs ask for is seen when a person has done it, and then no longer planned.
func TestHandOffsAreSeenDone(t *testing.T) {
	for id, change := range map[string]func(*sandbox.World, *sandbox.Account){
		"welcome/root-mfa":  func(_ *sandbox.World, a *sandbox.Account) { a.RootMFA = false },
		"welcome/root-keys": func(_ *sandbox.World, a *sandbox.Account) { a.RootKeys = 1 },
	} {
		s := open(t, sandbox.Admin)
		change(s.world, s.world.Accounts[s.world.Principals[s.world.Login()].Account])
		find := func() *plan.HandOff {
			state := s.mustLook()
			for _, i := range planned(state, founder(), plan.NewFacts(state.Facts())) {
				if i.ID() == id {
					return i.HandOff
				}
			}
			return nil
		}
		h := find()
		if h == nil {
			t.Fatalf("%s is not planned", id)
		}
		if done, _, err := h.Poll(t.Context(), s.read, plan.Facts{}); done || err != nil {
			t.Errorf("%s: before it is done, the poll says %v, %v", id, done, err)
		}
		if err := s.sim.StandIn(h.StandIn); err != nil {
			t.Fatal(err)
		}
		if done, _, err := h.Poll(t.Context(), s.read, plan.Facts{}); !done || err != nil {
			t.Errorf("%s: after it was done, the poll says %v, %v", id, done, err)
		}
		if find() != nil {
			t.Errorf("%s is planned though it is done", id)
		}
		unreadable := errors.New("unreadable")
		if done, _, err := h.Poll(t.Context(), func(plan.Place) (aws.Config, error) { return aws.Config{}, unreadable }, plan.Facts{}); done || !errors.Is(err, unreadable) {
			t.Errorf("%s: unreadable, the poll says %v, %v", id, done, err)
		}
	}
}
