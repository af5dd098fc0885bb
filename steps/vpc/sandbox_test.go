package vpc

import (
	"context"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
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

// bench is a sandbox with an organization's accounts, entered by an administrator of each.
type bench struct {
	t     *testing.T
	sim   *sandbox.Sim
	ids   map[string]string // account ids by reference
	learn map[string]string // facts of replies
	made  steps.Made
	seen  map[string]int // requests by operation
	a     answers.Answers
}

func newBench(t *testing.T, vpc answers.VPC) *bench {
	t.Helper()
	w, err := sandbox.NewWorld(sandbox.Fresh, 1)
	if err != nil {
		t.Fatal(err)
	}
	w.Regions = []string{"eu-west-1", "us-east-1", "us-west-1"}
	b := &bench{t: t, sim: sandbox.New(w), ids: map[string]string{}, learn: map[string]string{}, made: steps.Made{}, seen: map[string]int{}}
	for _, ref := range []string{plan.Management, "security", "production", "development"} {
		id := w.NewAccount(ref, "aws+"+ref+"@acme.example").ID
		b.ids[ref] = id
		w.Principals["KEY"+id] = sandbox.Principal{Account: id, ARN: "arn:aws:iam::" + id + ":user/admin"}
	}
	b.a = answers.Answers{Company: "Acme", Email: "aws@acme.example", HomeRegion: "eu-west-1", VPC: vpc}.WithDefaults()
	b.sim.Faults(func(r sandbox.Request) error { b.seen[r.Operation]++; return nil })
	return b
}

func (b *bench) facts() plan.Facts {
	facts := map[string]string{}
	var all []string
	for ref, id := range b.ids {
		facts[plan.AccountFact(ref)] = id
		all = append(all, id)
	}
	slices.Sort(all)
	facts["organization.accounts"] = strings.Join(all, ",")
	return plan.NewFacts(facts).With(b.learn)
}

func (b *bench) config(p plan.Place) (aws.Config, error) {
	cfg := aws.Config{Region: p.Region, Credentials: credentials.NewStaticCredentialsProvider("KEY"+b.facts().AccountID(p.Account), "sandbox-secret", ""),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	b.sim.Bind(&cfg)
	return cfg, nil
}

func (b *bench) inspect() State {
	b.t.Helper()
	s, err := inspect(context.Background(), steps.Env{Caller: plan.Caller{Account: b.ids[plan.Management], Kind: plan.IAMUser}, Home: b.a.HomeRegion,
		Config: b.config, Facts: b.facts(), Answers: b.a, Made: b.made, Now: time.Now})
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// look inspects and learns, as the engine does before it plans.
func (b *bench) look() (State, plan.Facts) {
	b.t.Helper()
	s := b.inspect()
	return s, b.facts().With(s.Facts())
}

func (b *bench) plan() []plan.Item {
	b.t.Helper()
	s, f := b.look()
	items := planned(s, b.a, f)
	if err := plan.Check(items); err != nil {
		b.t.Error(err)
	}
	return items
}

// run makes the calls in the order of the plan, as the engine does: what each makes must be there at once on the sandbox.
func (b *bench) run(calls []*plan.Call) {
	b.t.Helper()
	_, found := b.look()
	for _, c := range calls {
		b.send(c, found)
	}
}

func (b *bench) send(c *plan.Call, found plan.Facts) {
	b.t.Helper()
	known, err := steptest.Make(b.t, c, b.config, found.With(b.learn), func(time.Duration) { b.t.Fatalf("%s is not there at once", c.ID) })
	if err != nil {
		b.t.Fatalf("%s: %v", c.ID, err)
	}
	for key, value := range known.Map() {
		if found.Get(key) != value {
			b.learn[key] = value
		}
	}
	b.made[c.ID] = steps.MadeCall{Step: name, Time: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), Service: c.Request.Service, Operation: c.Request.Operation,
		Account: b.facts().AccountID(c.Where.Account), Region: c.Where.Region}
	for _, id := range c.TakesBack {
		delete(b.made, id)
	}
	if len(c.TakesBack) > 0 {
		delete(b.made, c.ID)
	}
}

func (b *bench) client(ref, region string) *ec2.Client {
	cfg, _ := b.config(plan.Place{Account: ref, Region: region})
	return ec2.NewFromConfig(cfg)
}

func both(nat string, regions ...string) answers.VPC {
	return answers.VPC{Accounts: []string{"production", "development"}, Regions: regions, NAT: nat}
}

func TestNothingIsLookedAtUnlessAsked(t *testing.T) {
	b := newBench(t, answers.VPC{})
	if items := b.plan(); len(items) > 0 || len(b.seen) > 0 {
		t.Errorf("%d items, requests %v", len(items), b.seen)
	}
}

// Networks over two Regions of two accounts: whole, apart from each other, found again, and taken away again.
func TestNetworksAreMadeAndTakenBack(t *testing.T) {
	for _, nat := range []string{answers.NATNone, answers.NATOne, answers.NATPerZone} {
		t.Run(nat, func(t *testing.T) {
			b := newBench(t, both(nat, "eu-west-1", "us-west-1"))
			calls := plan.Calls(b.plan())
			b.run(calls)
			s := b.inspect()
			if left := b.plan(); len(left) > 0 {
				t.Fatalf("left:\n%s", plan.Describe(left, b.facts()))
			}
			if !reflect.DeepEqual(s, b.inspect()) {
				t.Error("looking twice gives two states")
			}
			for i, p := range s.Places {
				n := p.Network
				zones := 3
				if p.Region == "us-west-1" {
					zones = 2 // it offers no more
				}
				ways := map[string]int{answers.NATOne: 1, answers.NATPerZone: zones}[nat]
				if n == nil || len(n.Subnets) != 2*zones || len(n.Tables) != zones+2 || len(n.Endpoints) != 2 || len(n.NATs) != ways || len(p.Addresses) != ways || !n.Hostnames || n.Group.In || n.Group.Out {
					t.Fatalf("%+v\n%+v", p, n)
				}
				for j, other := range s.Places {
					if j != i && other.Network.Block.Overlaps(n.Block) {
						t.Errorf("%s of %v overlaps %s of %v", n.Block, p.spot(), other.Network.Block, other.spot())
					}
				}
				for _, e := range n.Endpoints {
					if len(e.Tables) != zones+1 {
						t.Errorf("the endpoint of %s serves %v", e.Service, e.Tables)
					}
				}
				for _, tab := range n.Tables {
					if private := strings.HasPrefix(tab.Tag, tagPrivate); tab.Broken || private && (strings.HasPrefix(tab.Out, "nat-") != (ways > 0)) || tab.Tag == tagPublic && tab.Out != n.Gateway {
						t.Errorf("%s leads to %q", tab.Tag, tab.Out)
					}
				}
			}
			b.back()
			for ref := range b.ids {
				for _, region := range []string{"eu-west-1", "us-west-1"} {
					out, err := b.client(ref, region).DescribeVpcs(context.Background(), &ec2.DescribeVpcsInput{})
					if err != nil || len(out.Vpcs) != 1 || !aws.ToBool(out.Vpcs[0].IsDefault) {
						t.Errorf("%s in %s has %d networks: %v", ref, region, len(out.Vpcs), err)
					}
					left, err := b.client(ref, region).DescribeAddresses(context.Background(), &ec2.DescribeAddressesInput{})
					if err != nil || len(left.Addresses) > 0 {
						t.Errorf("%d addresses still cost money: %v", len(left.Addresses), err)
					}
				}
			}
			if len(b.made) > 0 {
				t.Errorf("not taken back: %v", b.made.IDs())
			}
		})
	}
}

// back takes back what was made, round by round as far as the plan goes.
func (b *bench) back() {
	b.t.Helper()
	s, f := b.look()
	items := undone(s, b.a, f, b.made)
	if err := plan.Check(items); err != nil {
		b.t.Error(err)
	}
	b.run(plan.Calls(items))
	s, f = b.look()
	if left := undone(s, b.a, f, b.made); len(left) > 0 {
		b.t.Errorf("left:\n%s", plan.Describe(left, f))
	}
}

// However far the making came before it was stopped, it goes on from there without making anything twice; and however far
// it came, all of it can be taken back.
func TestStoppedAnywhere(t *testing.T) {
	vpc := answers.VPC{Accounts: []string{"production"}, NAT: answers.NATOne}
	whole := len(plan.Calls(newBench(t, vpc).plan()))
	for n := range whole {
		b := newBench(t, vpc)
		b.run(plan.Calls(b.plan())[:n])
		again := newBench(t, vpc)
		again.run(plan.Calls(again.plan())[:n])
		b.learn = map[string]string{} // a new start
		b.run(plan.Calls(b.plan()))
		if left := b.plan(); len(left) > 0 {
			t.Errorf("stopped after %d calls, left:\n%s", n, plan.Describe(left, b.facts()))
		}
		p := b.inspect().Places[0]
		if len(p.Gateways) != 1 || len(p.Addresses) != 1 || len(p.Network.NATs) != 1 || len(p.Network.Subnets) != 6 || len(p.Network.Tables) != 5 {
			t.Errorf("stopped after %d calls: %+v %+v", n, p, p.Network)
		}
		again.learn = map[string]string{}
		again.back()
		if p := again.inspect(); len(p.Places) > 0 && (p.Places[0].Network != nil || len(p.Places[0].Gateways)+len(p.Places[0].Addresses) > 0) {
			t.Errorf("taken back after %d calls: %+v", n, p.Places[0])
		}
	}
}

// An account that is added later gets addresses of its own, and moves nobody's.
func TestAnAccountAddedLater(t *testing.T) {
	b := newBench(t, answers.VPC{Accounts: []string{"development"}})
	b.run(plan.Calls(b.plan()))
	b.a.VPC = both(answers.NATNone)
	b.run(plan.Calls(b.plan()))
	got := map[string]netip.Prefix{}
	for _, p := range b.inspect().Places {
		got[p.Ref] = p.Network.Block
	}
	if want := "map[development:10.16.0.0/18 production:10.17.0.0/18]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// A network made by hand stays, is the only one there, and its addresses are used nowhere else.
func TestANetworkMadeByHand(t *testing.T) {
	b := newBench(t, both(answers.NATNone))
	if _, err := b.client("production", "eu-west-1").CreateVpc(context.Background(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.16.0.0/16")}); err != nil {
		t.Fatal(err)
	}
	items := b.plan()
	if items[0].Blocked == nil || !items[0].Blocked.Kept {
		t.Errorf("the first item is %s", plan.Describe(items[:1], b.facts()))
	}
	b.run(plan.Calls(items))
	for _, p := range b.inspect().Places {
		if p.Ref == "development" && p.Network.Block.String() != "10.17.0.0/18" || p.Ref == "production" && p.Network != nil {
			t.Errorf("%+v %+v", p, p.Network)
		}
	}
}

// Fewer ways out are taken away, since each costs money by the hour; more are added without a gap.
func TestTheWayOutIsChanged(t *testing.T) {
	b := newBench(t, answers.VPC{Accounts: []string{"production"}, NAT: answers.NATOne})
	for _, step := range []struct {
		nat  string
		ways int
	}{{answers.NATOne, 1}, {answers.NATPerZone, 3}, {answers.NATOne, 1}, {answers.NATNone, 0}, {answers.NATOne, 1}} {
		b.a.VPC.NAT = step.nat
		b.run(plan.Calls(b.plan()))
		if left := b.plan(); len(left) > 0 {
			t.Errorf("%s: left:\n%s", step.nat, plan.Describe(left, b.facts()))
		}
		p := b.inspect().Places[0]
		if len(p.Network.NATs) != step.ways || len(p.Addresses) != step.ways {
			t.Errorf("%s: %d gateways, %d addresses", step.nat, len(p.Network.NATs), len(p.Addresses))
		}
		for _, tab := range p.Network.Tables {
			if strings.HasPrefix(tab.Tag, tagPrivate) && (tab.Broken || (tab.Out != "") != (step.ways > 0)) {
				t.Errorf("%s: %s leads to %q", step.nat, tab.Tag, tab.Out)
			}
		}
	}
}

// What somebody put into a network keeps it from being deleted, and says so.
func TestAUsedNetworkStays(t *testing.T) {
	b := newBench(t, answers.VPC{Accounts: []string{"production"}})
	b.run(plan.Calls(b.plan()))
	p := b.inspect().Places[0]
	if _, err := b.client("production", "eu-west-1").CreateSubnet(context.Background(), &ec2.CreateSubnetInput{VpcId: aws.String(p.Network.ID), CidrBlock: aws.String("10.16.60.0/24")}); err != nil {
		t.Fatal(err)
	}
	s, f := b.look()
	items := undone(s, b.a, f, b.made)
	if len(items) != 1 || items[0].Blocked == nil || !strings.Contains(items[0].Blocked.Why, "the added subnet subnet-") {
		t.Errorf("the way back is:\n%s", plan.Describe(items, f))
	}
}
