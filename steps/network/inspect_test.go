package network

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/internal/sandbox"
	"awswizard/internal/steptest"
	"awswizard/steps"
)

// bench is a sandbox with two accounts, entered by an administrator of each.
type bench struct {
	sim   *sandbox.Sim
	world *sandbox.World
	mgmt  string
	prod  string

	mu   sync.Mutex
	seen map[string]int // requests by operation
}

func newBench(t *testing.T) *bench {
	t.Helper()
	w, err := sandbox.NewWorld(sandbox.Fresh, 1)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{world: w, sim: sandbox.New(w), seen: map[string]int{}}
	b.mgmt = w.NewAccount("Management", "aws@acme.example").ID
	b.prod = w.NewAccount("production", "aws+production@acme.example").ID
	for _, id := range []string{b.mgmt, b.prod} {
		w.Principals["KEY"+id] = sandbox.Principal{Account: id, ARN: "arn:aws:iam::" + id + ":user/admin"}
	}
	b.sim.Faults(func(r sandbox.Request) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.seen[r.Operation]++
		return nil
	})
	return b
}

func (b *bench) facts() plan.Facts {
	return plan.NewFacts(map[string]string{"account.management.id": b.mgmt, "account.production.id": b.prod,
		"organization.accounts": b.mgmt + "," + b.prod})
}

func (b *bench) config(p plan.Place) (aws.Config, error) {
	id := b.facts().AccountID(p.Account)
	cfg := aws.Config{Region: p.Region, Credentials: credentials.NewStaticCredentialsProvider("KEY"+id, "sandbox-secret", ""),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	b.sim.Bind(&cfg)
	return cfg, nil
}

func (b *bench) env() steps.Env {
	return steps.Env{Caller: plan.Caller{Account: b.mgmt, Kind: plan.IAMUser}, Home: "eu-west-1", Config: b.config, Facts: b.facts(), Now: time.Now}
}

func (b *bench) inspect(t *testing.T) State {
	t.Helper()
	s, err := inspect(context.Background(), b.env())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *bench) answers() answers.Answers {
	return answers.Answers{Company: "Acme", Email: "aws@acme.example", Accounts: []answers.Account{{Name: "production"}}}.WithDefaults()
}

// run makes the calls in the order of the plan.
func (b *bench) run(t *testing.T, calls []*plan.Call) {
	t.Helper()
	for _, c := range calls {
		if _, err := steptest.Make(t, c, b.config, b.facts(), func(time.Duration) { t.Fatalf("%s is not done at once", c.ID) }); err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
	}
}

// A function that sleeps has no interface. Its network stays; those of the other Regions go, and in an account without
// functions Lambda is not asked at all.
func TestANetworkThatASleepingFunctionNamesStays(t *testing.T) {
	b := newBench(t)
	var vpc string
	for _, p := range b.inspect(t).Accounts[1].Places {
		if p.Region == "eu-west-3" {
			vpc = p.VPC
		}
	}
	if roles, functions := b.seen["ListRoles"], b.seen["ListFunctions"]; roles != 2 || functions != 0 {
		t.Errorf("%d looks at the roles of two accounts, %d at functions where no role is for one", roles, functions)
	}
	b.world.SeedFunctionInVPC(b.prod, "eu-west-3", "invoices", vpc)
	b.world.SeedServiceRole(b.prod, "rds.amazonaws.com", "AWSServiceRoleForRDS")
	b.world.SeedServiceRole(b.prod, "support.amazonaws.com", "AWSServiceRoleForSupport")
	s := b.inspect(t)
	if b.seen["ListFunctions"] != len(s.Accounts[1].Places) {
		t.Errorf("%d looks at functions in %d Regions", b.seen["ListFunctions"], len(s.Accounts[1].Places))
	}
	for _, c := range plan.Calls(planned(s, b.answers(), b.facts())) {
		if c.Where.Account == "production" && c.Where.Region == "eu-west-3" {
			t.Errorf("planned: %s", c.Title)
		}
		if told := strings.Contains(c.Why, "once used databases (RDS)."); told != (c.Where.Account == "production" && c.IAMAction == "ec2:DeleteVpc") {
			t.Errorf("%s: %s", c.ID, c.Why)
		}
	}
	for _, p := range s.Accounts[1].Places {
		if p.Region == "eu-west-3" && !reflect.DeepEqual(p.Uses, []string{"function invoices"}) {
			t.Errorf("uses %v", p.Uses)
		}
	}
}

// Whoever may not look at roles is told of functions all the same; one who may not look at those keeps the networks.
func TestWithoutALookAtTheRoles(t *testing.T) {
	for name, refused := range map[string][]string{"roles": {"ListRoles"}, "roles and functions": {"ListRoles", "ListFunctions"}} {
		b := newBench(t)
		b.sim.Faults(func(r sandbox.Request) error {
			if slices.Contains(refused, r.Operation) {
				return sandbox.FailWith(403, "AccessDenied", "not today")
			}
			return nil
		})
		s := b.inspect(t)
		for _, p := range s.Accounts[0].Places {
			if (p.Refused != nil) != (len(refused) == 2) {
				t.Errorf("%s refused, %s: %+v", name, p.Region, p.Refused)
			}
		}
		if len(s.Accounts[0].Places) == 0 || len(plan.Calls(planned(s, b.answers(), b.facts()))) > 0 != (len(refused) == 1) {
			t.Errorf("%s refused: %d places", name, len(s.Accounts[0].Places))
		}
	}
}

func TestEveryDefaultNetworkIsRemoved(t *testing.T) {
	b := newBench(t)
	s := b.inspect(t)
	if !reflect.DeepEqual(s, b.inspect(t)) {
		t.Error("looking twice gives two states")
	}
	calls := plan.Calls(planned(s, b.answers(), b.facts()))
	vpcs := 0
	for _, c := range calls {
		if c.IAMAction == "ec2:DeleteVpc" {
			vpcs++
		}
	}
	if want := 2 * len(answers.Regions()); vpcs != want {
		t.Errorf("%d networks to delete, want %d", vpcs, want)
	}
	b.run(t, calls)
	b.seen = map[string]int{}
	if left := planned(b.inspect(t), b.answers(), b.facts()); len(left) != 0 {
		t.Errorf("after the run %d items are left: %s", len(left), plan.Describe(left, b.facts()))
	}
	if want := map[string]int{"DescribeRegions": 2, "DescribeVpcs": 2 * len(answers.Regions())}; !reflect.DeepEqual(b.seen, want) {
		t.Errorf("where nothing is found, one request is enough: %v", b.seen)
	}
}

// A run can be stopped after any call: what is left is found again, down to a gateway that is attached to nothing.
func TestStoppedAnywhere(t *testing.T) {
	b := newBench(t)
	here := func() (calls []*plan.Call) {
		for _, c := range plan.Calls(planned(b.inspect(t), b.answers(), b.facts())) {
			if c.Where == (plan.Place{Account: "production", Region: "eu-west-1"}) {
				calls = append(calls, c)
			}
		}
		return calls
	}
	var made []string
	for calls := here(); len(calls) > 0; calls = here() {
		made = append(made, calls[0].IAMAction)
		b.run(t, calls[:1])
	}
	if want := []string{"ec2:DeleteSubnet", "ec2:DeleteSubnet", "ec2:DeleteSubnet", "ec2:DetachInternetGateway", "ec2:DeleteInternetGateway", "ec2:DeleteVpc"}; !reflect.DeepEqual(made, want) {
		t.Errorf("one call at a time: %v, want %v", made, want)
	}
	cfg, err := b.config(plan.Place{Account: "production", Region: "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	out, err := ec2.NewFromConfig(cfg).DescribeInternetGateways(context.Background(), &ec2.DescribeInternetGatewaysInput{})
	if err != nil || len(out.InternetGateways) != 0 {
		t.Errorf("left behind: %v, %v", out, err)
	}
}

func TestInUseIsNamedAndKept(t *testing.T) {
	b := newBench(t)
	b.world.SeedInstanceInDefaultVPC(b.prod, "eu-west-1")
	items := planned(b.inspect(t), b.answers(), b.facts())
	var kept []string
	for _, i := range items {
		if i.Blocked != nil {
			kept = append(kept, i.Blocked.ID+": "+i.Blocked.Why)
		}
		if i.Call != nil && i.Call.Lane == "network/production/eu-west-1" {
			t.Errorf("%s is planned in a network that is in use", i.Call.ID)
		}
	}
	if len(kept) != 1 || !strings.HasPrefix(kept[0], "network/kept/production/eu-west-1: ") ||
		!strings.Contains(kept[0], "instance i-") || !strings.Contains(kept[0], "network interface eni-") {
		t.Errorf("kept: %q", kept)
	}
}

// One refused place costs only itself.
func TestRefusalStaysInItsPlace(t *testing.T) {
	b := newBench(t)
	b.sim.Faults(func(r sandbox.Request) error {
		if r.Operation == "DescribeVpnGateways" && r.Region == "sa-east-1" && r.Principal.Account == b.prod {
			return sandbox.Fail("UnauthorizedOperation", "You are not authorized to perform this operation.")
		}
		return nil
	})
	items := planned(b.inspect(t), b.answers(), b.facts())
	var blocked []string
	for _, i := range items {
		if i.Blocked != nil {
			blocked = append(blocked, i.Blocked.ID+" "+i.Blocked.Code)
		}
	}
	if want := []string{"network/look/production/UnauthorizedOperation/sa-east-1 UnauthorizedOperation"}; !reflect.DeepEqual(blocked, want) {
		t.Errorf("blocked %q, want %q", blocked, want)
	}
	if n := len(plan.Calls(items)); n < 33*6-10 {
		t.Errorf("only %d calls are planned in the other places", n)
	}
}

func TestNoEntryIsLater(t *testing.T) {
	b := newBench(t)
	env := b.env()
	env.Config = func(p plan.Place) (aws.Config, error) {
		if p.Account == b.prod {
			return aws.Config{}, fmt.Errorf("root: %w", plan.ErrNoEntry)
		}
		return b.config(p)
	}
	s, err := inspect(context.Background(), env)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range planned(s, b.answers(), b.facts()) {
		if i.Later != nil && i.Later.ID == "network/later/production" {
			return
		}
	}
	t.Error("the account that cannot be entered is not left for later")
}

func TestStoppedCensus(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := inspect(ctx, b.env()); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped census says %v", err)
	}
}

// Only Regions that are on are looked into; those of other partitions, which some stand-ins for AWS list, never.
func TestOptedInRegionsAreLookedInto(t *testing.T) {
	b := newBench(t)
	b.world.Accounts[b.prod].Regions["eu-south-1"] = "opted-in"
	var with []string
	for _, a := range b.inspect(t).Accounts {
		for _, p := range a.Places {
			if p.Region == "eu-south-1" {
				with = append(with, a.ID)
			}
		}
	}
	if !reflect.DeepEqual(with, []string{b.prod}) {
		t.Errorf("eu-south-1 was found in %v, want only %s", with, b.prod)
	}
}
