package organization

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/smithy-go"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/internal/sandbox"
	"awswizard/steps"
)

// site is a simulated AWS on a clock that the test moves.
type site struct {
	t     *testing.T
	sim   *sandbox.Sim
	world *sandbox.World
	clock time.Time
	facts plan.Facts
}

func open(t *testing.T, sc sandbox.Scenario) *site {
	t.Helper()
	w, err := sandbox.NewWorld(sc, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, sim: sandbox.New(w), world: w, clock: w.Clock}
	w.SetClock(func() time.Time { return s.clock })
	s.facts = plan.NewFacts(map[string]string{plan.AccountFact(plan.Management): s.account()})
	return s
}

func (s *site) account() string { return s.world.Principals[s.world.Login()].Account }

func (s *site) config() aws.Config {
	cfg := aws.Config{Region: globalRegion, Credentials: s.sim.Credentials(), RetryMaxAttempts: 1}
	s.sim.Bind(&cfg)
	return cfg
}

// look inspects and plans, with the facts the engine would have.
func (s *site) look(a answers.Answers) (State, []plan.Item) {
	s.t.Helper()
	state, err := inspect(s.t.Context(), steps.Env{
		Caller: plan.Caller{Account: s.account(), Kind: plan.Root}, Home: "eu-west-1", Facts: s.facts, Answers: a, Now: func() time.Time { return s.clock },
		Config: func(plan.Place) (aws.Config, error) { return s.config(), nil },
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.facts = s.facts.With(state.Facts())
	return state, planned(state, a, s.facts)
}

// run makes the calls as the engine does, moving the clock where it would wait.
func (s *site) run(items []plan.Item) {
	s.t.Helper()
	for _, c := range plan.Calls(items) {
		if err := s.call(c); err != nil {
			s.t.Fatalf("%s: %v", c.ID, err)
		}
	}
}

func (s *site) call(c *plan.Call) error {
	ctx := s.t.Context()
	var out any
	for waited := time.Duration(0); ; waited += 5 * time.Second {
		in := c.Request.Build(s.facts)
		if key, unknown := plan.UnknownIn(in); unknown {
			return errors.New(key + " is not known")
		}
		var err error
		if out, err = c.Request.Send(ctx, s.config(), in); err == nil {
			break
		}
		var api smithy.APIError
		if errors.As(err, &api) && slices.Contains(c.Done, api.ErrorCode()) {
			return nil
		}
		if !errors.As(err, &api) || waited >= c.Wait[api.ErrorCode()] {
			return err
		}
		s.clock = s.clock.Add(5 * time.Second)
	}
	if c.Learn != nil {
		s.facts = s.facts.With(c.Learn(out))
	}
	return s.settle(ctx, c)
}

func (s *site) settle(ctx context.Context, c *plan.Call) error {
	for waited := time.Duration(0); c.Settle != nil; waited += c.SettleEvery {
		done, facts, err := c.Settle(ctx, s.config(), s.facts)
		if err != nil {
			return err
		}
		if done {
			s.facts = s.facts.With(facts)
			return nil
		}
		if waited > c.SettleLimit {
			return errors.New("did not settle")
		}
		s.clock = s.clock.Add(c.SettleEvery)
	}
	return nil
}

// answers are those of a founder with the mailbox of the simulated account.
func (s *site) answers() answers.Answers {
	return answers.Answers{Company: "Acme Robotics", Email: s.world.Accounts[s.account()].Email, HomeRegion: "eu-west-1", AcceptPaidPlan: true}.WithDefaults()
}

// The plan of a fresh account, run against AWS's real pace, leaves nothing to plan, and what was learned on the way
// is what a second look finds.
func TestPlanReachesItsGoal(t *testing.T) {
	for _, sc := range []sandbox.Scenario{sandbox.Fresh, sandbox.Admin} {
		for _, withoutTypes := range []bool{false, true} {
			s := open(t, sc)
			s.world.Pace, s.world.Org.NoDefaultTypes = 1, withoutTypes
			state, items := s.look(s.answers())
			if state.Exists || len(plan.Calls(items)) != 12 {
				t.Fatalf("%s: %d calls, organization %v", sc, len(plan.Calls(items)), state.Exists)
			}
			s.run(items)
			learned := s.facts.Map()
			after, left := s.look(s.answers())
			if len(left) != 0 {
				t.Errorf("%s: left to do:\n%s", sc, plan.Describe(left, s.facts))
			}
			for key, found := range after.Facts() {
				if known, ok := learned[key]; ok && known != found {
					t.Errorf("%s: %s was learned as %s and found as %s", sc, key, known, found)
				}
			}
			if len(after.Accounts) != 4 || s.facts.AccountID("security") == s.facts.AccountID("production") {
				t.Errorf("%s: accounts are %+v", sc, after.Accounts)
			}
		}
	}
}

// What is there already, ours or made by hand, is adopted: accounts are made only where our own set-up had stopped.
func TestScenariosWithAnOrganization(t *testing.T) {
	for sc, want := range map[sandbox.Scenario][]string{sandbox.Half: {"development"}, sandbox.Adopted: nil, sandbox.Project: nil} {
		s := open(t, sc)
		before, _ := s.look(s.answers())
		a := s.answers()
		if qs := questions(before, a); len(qs) > 0 {
			qs[0].Apply(&a, qs[0].Default)
		}
		_, items := s.look(a.WithDefaults())
		var made []string
		for _, c := range plan.Calls(items) {
			if in, ok := c.Request.Build(s.facts).(*organizations.CreateAccountInput); ok {
				made = append(made, aws.ToString(in.AccountName))
			}
		}
		if !slices.Equal(made, want) {
			t.Errorf("%s: accounts to make are %v, want %v", sc, made, want)
		}
		s.run(items)
		after, left := s.look(a.WithDefaults())
		if len(plan.Calls(left)) != 0 || len(after.Accounts) != len(before.Accounts)+len(want) {
			t.Errorf("%s: %d accounts, left to do:\n%s", sc, len(after.Accounts), plan.Describe(left, s.facts))
		}
	}
}

// Unattended, nobody confirms the names: accounts that are plainly meant are used, and no second one is made.
func TestAccountsOfCommonNamesAreAdopted(t *testing.T) {
	s := open(t, sandbox.Adopted)
	state, items := s.look(s.answers())
	for _, c := range plan.Calls(items) {
		if in, ok := c.Request.Build(s.facts).(*organizations.CreateAccountInput); ok && aws.ToString(in.AccountName) != "development" {
			t.Errorf("a second %s is made", aws.ToString(in.AccountName))
		}
	}
	for _, acc := range state.Accounts {
		if acc.Name == "Audit" && s.facts.AccountID("security") != acc.ID || acc.Name == "prod" && s.facts.AccountID("production") != acc.ID {
			t.Errorf("%s is not known by the answers' name: %v", acc.Name, s.facts.Map())
		}
	}
}

// A list of Organizations lags behind its writes: an account whose request succeeded counts, though no list has it.
func TestAccountNotListedYetIsAdopted(t *testing.T) {
	s := open(t, sandbox.Fresh)
	_, items := s.look(s.answers())
	for _, c := range plan.Calls(items) {
		if err := s.call(c); err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		if c.ID == "organization/account/security" {
			break
		}
	}
	id := s.facts.AccountID("security")
	r, earlier := reader{organizations.NewFromConfig(s.config()), t.Context()}, earlierRequests(s.facts)
	listed, err := r.inFlight(&State{}, earlier)
	if err != nil || len(earlier) != 1 || len(listed) != 1 || listed[0].account != id {
		t.Fatalf("the requests are %v, and %v in the list; want one, for %s (%v)", earlier, listed, id, err)
	}
	for which, requests := range map[string][]request{"the list has the request": listed, "no list has the request": earlier} {
		state := State{Root: s.facts.Get("organization.root")} // the list of accounts lacks it
		r.lookUp(&state, requests)
		want := []Account{{ID: id, Name: "security", Email: s.answers().Accounts[0].Email, State: stateActive, Parent: state.Root}}
		if !slices.Equal(state.Accounts, want) {
			t.Errorf("%s: accounts are %+v, want %+v", which, state.Accounts, want)
		}
	}
}

// A program killed while AWS makes an account must not ask for it again, whether or not it still knows the request.
func TestKilledWhileAnAccountIsMade(t *testing.T) {
	for name, keep := range map[string]func(map[string]string){
		"with the journal": func(map[string]string) {},
		"without it":       func(f map[string]string) { delete(f, requestFact("security")) },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, sandbox.Fresh)
			s.world.Pace = 1
			_, items := s.look(s.answers())
			for _, c := range plan.Calls(items) {
				if c.ID == "organization/account/security" {
					c.Settle = nil // killed here
				}
				if err := s.call(c); err != nil {
					t.Fatalf("%s: %v", c.ID, err)
				}
				if c.Settle == nil && c.Request.Operation == "CreateAccount" {
					break
				}
			}
			known := s.facts.Map()
			keep(known)
			s.facts = plan.NewFacts(known)

			_, items = s.look(s.answers())
			i := slices.IndexFunc(items, func(i plan.Item) bool { return i.ID() == "organization/account/security" })
			if i < 0 || items[i].Later == nil {
				t.Fatalf("the account in the making is not awaited:\n%s", plan.Describe(items, s.facts))
			}
			s.clock = s.clock.Add(time.Minute)
			_, items = s.look(s.answers())
			s.run(items)
			after, left := s.look(s.answers())
			if len(left) != 0 || len(after.Accounts) != 4 {
				t.Errorf("%d accounts, left to do:\n%s", len(after.Accounts), plan.Describe(left, s.facts))
			}
		})
	}
}

func TestQuotaScenarioMakesWhatFits(t *testing.T) {
	s := open(t, sandbox.Quota)
	state, items := s.look(s.answers())
	s.world.Pace = 1
	if state.AccountLimit != 3 {
		t.Fatalf("the quota is read as %d", state.AccountLimit)
	}
	s.run(items)
	after, left := s.look(s.answers())
	if len(after.Accounts) != 3 || len(left) != 1 || left[0].Blocked == nil || left[0].Blocked.Code != "ACCOUNT_NUMBER_LIMIT_EXCEEDED" {
		t.Errorf("%d accounts, left:\n%s", len(after.Accounts), plan.Describe(left, s.facts))
	}
	if !strings.Contains(left[0].Blocked.Next, "was asked for 10") || !after.asked() {
		t.Errorf("nothing says that more was asked for: %+v, %s", after.Raise, left[0].Blocked.Next)
	}
	s.clock = s.clock.Add(24 * time.Hour)
	after, items = s.look(s.answers())
	if s.run(items); after.AccountLimit != 10 {
		t.Errorf("the quota is %d after a day", after.AccountLimit)
	}
	if after, left = s.look(s.answers()); len(after.Accounts) != 4 || len(left) != 0 {
		t.Errorf("%d accounts, left:\n%s", len(after.Accounts), plan.Describe(left, s.facts))
	}
}

// EMAIL_ALREADY_EXISTS arrives in the poll, after the request was accepted.
func TestTakenAddressFailsInThePoll(t *testing.T) {
	s := open(t, sandbox.Admin)
	a := s.answers()
	a.Accounts = []answers.Account{{Name: "security", Email: s.world.Org.Taken[0], Unit: answers.UnitSecurity}}
	_, items := s.look(a)
	var failed *plan.Unsettled
	for _, c := range plan.Calls(items) {
		if err := s.call(c); err != nil {
			if c.ID != "organization/account/security" || !errors.As(err, &failed) {
				t.Fatalf("%s: %v", c.ID, err)
			}
			break
		}
	}
	if failed == nil || failed.Reason != "EMAIL_ALREADY_EXISTS" {
		t.Errorf("the failure is %v", failed)
	}
}

func TestMemberSeesWhoManages(t *testing.T) {
	s := open(t, sandbox.Admin)
	other := s.world.NewAccount("Other", "other@acme-robotics.example")
	s.world.NewOrganization(other.ID)
	if _, err := organizations.NewFromConfig(s.config()).DescribeOrganization(t.Context(), nil); err == nil {
		t.Fatal("the caller is in the organization already")
	}
	id := s.world.NewMember("Member", "member@acme-robotics.example", memberRole, s.clock)
	s.world.Principals[s.world.Login()] = sandbox.Principal{Account: id, ARN: "arn:aws:iam::" + id + ":root"}
	state, items := s.look(s.answers())
	want := State{Caller: id, Exists: true, ID: state.ID, ARN: state.ARN, Management: other.ID, ManagementEmail: "other@acme-robotics.example", AllFeatures: true, AccountLimit: state.AccountLimit,
		LimitCode: state.LimitCode, Wanted: state.Wanted}
	if !reflect.DeepEqual(state, want) {
		t.Errorf("state is %+v", state)
	}
	if len(items) != 1 || items[0].Blocked == nil {
		t.Errorf("planned from a member:\n%s", plan.Describe(items, s.facts))
	}
}

// A service that fails makes only its own items wait.
func TestRefusedReads(t *testing.T) {
	refuse := func(operations ...string) func(sandbox.Request) error {
		return func(r sandbox.Request) error {
			if slices.Contains(operations, r.Operation) {
				return sandbox.Fail("AccessDeniedException", "You don't have permissions to access this resource.")
			}
			return nil
		}
	}
	s := open(t, sandbox.Fresh)
	_, items := s.look(s.answers())
	s.run(items)
	s.sim.Faults(refuse("ListAWSServiceAccessForOrganization", "ListServiceQuotas"))
	if _, left := s.look(s.answers()); len(left) != 1 || left[0].ID() != "organization/trusted-access" {
		t.Errorf("left:\n%s", plan.Describe(left, s.facts))
	}
	s.sim.Faults(refuse("DescribeOrganization"))
	if state, left := s.look(s.answers()); state.Refused != "AccessDeniedException" || len(left) != 1 || left[0].Blocked == nil {
		t.Errorf("refused %q, left:\n%s", state.Refused, plan.Describe(left, s.facts))
	}
}
