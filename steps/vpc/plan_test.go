package vpc

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

const (
	management  = "111122223333"
	production  = "222233334444"
	development = "333344445555"
)

func given(vpc answers.VPC) (answers.Answers, plan.Facts) {
	a := answers.Answers{Company: "Acme", Email: "aws@acme.example", HomeRegion: "eu-west-1", VPC: vpc}.WithDefaults()
	return a, plan.NewFacts(map[string]string{"account.management.id": management, "account.production.id": production, "account.development.id": development})
}

func empty(region string) Place {
	zones := map[string][]string{"us-west-1": {"usw1-az1", "usw1-az3"}}[region]
	if zones == nil {
		zones = []string{"euw1-az1", "euw1-az2", "euw1-az3"}
	}
	return Place{Account: production, Ref: "production", Region: region, Zones: zones}
}

// whole is a place with everything, with one way out.
func whole() Place {
	p := empty("eu-west-1")
	block := netip.MustParsePrefix("10.16.0.0/18")
	n := &Network{ID: "vpc-0a", Block: block, Support: true, Hostnames: true, Gateway: "igw-0a", Group: Group{ID: "sg-0a"}}
	n.Tables = []Table{{ID: "rtb-0main", Main: true}, {ID: "rtb-0pub", Tag: tagPublic, Out: "igw-0a"}}
	served := []string{"rtb-0pub"}
	for i, zone := range p.Zones {
		private, public := numbered("subnet-0private", i), numbered("subnet-0public", i)
		n.Subnets = append(n.Subnets, Subnet{private, zone, privateBlock(block, i), true}, Subnet{public, zone, publicBlock(block, i), true})
		n.Tables[1].Subnets = append(n.Tables[1].Subnets, public)
		n.Tables = append(n.Tables, Table{ID: numbered("rtb-0private", i), Tag: numbered(tagPrivate, i), Subnets: []string{private}, Out: "nat-0a"})
		served = append(served, numbered("rtb-0private", i))
	}
	for _, s := range services {
		n.Endpoints = append(n.Endpoints, Endpoint{"vpce-0" + s.tag, "com.amazonaws.eu-west-1." + s.tag, served, true})
	}
	n.NATs = []NAT{{ID: "nat-0a", Tag: "nat-1", Subnet: "subnet-0public1"}}
	p.Addresses, p.Gateways = []Part{{"eipalloc-0a", "address-1"}}, []Part{{"igw-0a", tagGateway}}
	p.Network = n
	return p
}

// changed is a whole place after somebody's work.
func changed(change func(*Place, *Network)) State {
	p := whole()
	change(&p, p.Network)
	return State{Places: []Place{p}, Ranges: []Range{{p.Network.Block, p.spot(), true}}}
}

// stale is a network without a way out.
func stale() Place {
	p := whole()
	p.Network.NATs, p.Addresses = nil, nil
	return p
}

func TestPlan(t *testing.T) {
	prod := func(nat string, regions ...string) answers.VPC {
		return answers.VPC{Accounts: []string{"production"}, Regions: regions, NAT: nat}
	}
	scp := &steps.Refusal{Code: "UnauthorizedOperation", Message: "You are not authorized to perform this operation with an explicit deny in a service control policy."}
	for name, tc := range map[string]struct {
		vpc    answers.VPC
		state  State
		forget string // a fact not known
	}{
		"off":               {},
		"new":               {vpc: prod(""), state: State{Places: []Place{empty("eu-west-1")}}},
		"new with ways out": {vpc: prod(answers.NATPerZone, "us-west-1"), state: State{Places: []Place{empty("us-west-1")}}},
		"complete":          {vpc: prod(answers.NATOne), state: changed(func(*Place, *Network) {})},
		"not made yet":      {vpc: answers.VPC{Accounts: []string{"production", "development"}, NAT: answers.NATOne}, state: State{Places: []Place{whole()}}, forget: "account.development.id"},
		"cannot enter":      {vpc: prod(""), state: State{Places: []Place{{Account: production, Ref: "production", Region: "eu-west-1", NoEntry: true}}}},
		"not finished yet":  {vpc: prod(""), state: State{Places: []Place{{Account: production, Ref: "production", Region: "eu-west-1", Refused: &steps.Refusal{Code: "OptInRequired"}}}}},
		"refused":           {vpc: prod(""), state: State{Places: []Place{{Account: production, Ref: "production", Region: "eu-west-1", Refused: scp}}}},
		"one made by hand":  {vpc: prod(""), state: State{Places: []Place{{Account: production, Ref: "production", Region: "eu-west-1", Other: "vpc-0b (10.0.0.0/16)"}}}},
		"no addresses left": {vpc: prod(""), state: State{Places: []Place{empty("eu-west-1")}, Ranges: []Range{{Block: netip.MustParsePrefix("10.0.0.0/8")}}}},
		"off after on":      {state: changed(func(*Place, *Network) {})},
		"another Region":    {vpc: prod("", "us-west-1"), state: State{Places: []Place{empty("us-west-1"), stale()}}},
		"fewer ways out":    {vpc: prod(answers.NATNone), state: changed(func(*Place, *Network) {})},
		"more ways out":     {vpc: prod(answers.NATPerZone), state: changed(func(*Place, *Network) {})},
		"way out is coming": {vpc: prod(answers.NATOne), state: changed(func(_ *Place, n *Network) { n.NATs[0].Coming, n.Tables[2].Out = true, "" })},
		"endpoint is missing": {vpc: prod(answers.NATOne), state: changed(func(_ *Place, n *Network) {
			n.Endpoints = n.Endpoints[:1]
			n.Endpoints[0].Tables = n.Endpoints[0].Tables[:2]
		})},
		"routes are broken": {vpc: prod(answers.NATOne), state: changed(func(p *Place, n *Network) {
			n.Gateway, p.Gateways, n.NATs, n.Tables[1].Broken, n.Tables[2].Broken = "", nil, nil, true, true
		})},
		"somebody's choices": {vpc: prod(answers.NATOne), state: changed(func(_ *Place, n *Network) {
			n.Tables[2].Out, n.Group = "tgw-0a", Group{ID: "sg-0a", Out: true, More: true}
			n.Tables[3].Tag = ""
		})},
		"group is open": {vpc: prod(answers.NATOne), state: changed(func(_ *Place, n *Network) { n.Group.In, n.Hostnames, n.Support = true, false, false })},
	} {
		t.Run(name, func(t *testing.T) {
			a, f := given(tc.vpc)
			if tc.forget != "" {
				known := f.Map()
				delete(known, tc.forget)
				f = plan.NewFacts(known)
			}
			f = f.With(tc.state.Facts())
			items := planned(tc.state, a, f)
			if err := plan.Check(items); err != nil {
				t.Error(err)
			}
			if again := planned(tc.state, a, f); plan.Hash(items, f) != plan.Hash(again, f) {
				t.Error("planning twice gives two plans")
			}
			golden.RequireEqual(t, []byte(plan.Describe(items, f)))
		})
	}
}

// What a Later item names must hold what it becomes, or a saved plan could not approve it.
func TestLaterBounds(t *testing.T) {
	a, f := given(answers.VPC{Accounts: []string{"production"}, NAT: answers.NATPerZone})
	calls := plan.Calls(planned(State{Places: []Place{empty("eu-west-1")}}, a, f))
	unentered := empty("eu-west-1")
	unentered.NoEntry = true
	bounds := planned(State{Places: []Place{unentered}}, a, f)[0].Later
	if len(calls) > bounds.MostCalls || len(calls) < bounds.MostCalls-1 {
		t.Errorf("%d calls, the bound is %d", len(calls), bounds.MostCalls)
	}
	for _, c := range calls {
		if !slices.Contains(bounds.Operations, c.Request.Service+":"+c.Request.Operation) || !slices.Contains(bounds.Places, c.Where) {
			t.Errorf("%s in %v is outside the bounds", c.IAMAction, c.Where)
		}
	}
}

// madeBy are the calls of a plan as the journal knows them once they are done.
func madeBy(calls []*plan.Call, f plan.Facts) steps.Made {
	made := steps.Made{}
	for _, c := range calls {
		made[c.ID] = steps.MadeCall{Step: name, Time: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), Service: c.Request.Service, Operation: c.Request.Operation,
			Account: f.AccountID(c.Where.Account), Region: c.Where.Region}
	}
	return made
}

func TestUndo(t *testing.T) {
	a, f := given(answers.VPC{Accounts: []string{"production"}, NAT: answers.NATOne})
	all := madeBy(plan.Calls(planned(State{Places: []Place{empty("eu-west-1")}}, a, f)), f)
	only := func(ids ...string) steps.Made {
		made := steps.Made{}
		for _, id := range ids {
			made[id] = all[id]
		}
		return made
	}
	at := Place{Account: production, Ref: "production", Region: "eu-west-1"}
	with := func(change func(*Place)) State {
		p := at
		change(&p)
		return State{Places: []Place{p}}
	}
	for name, tc := range map[string]struct {
		state State
		made  steps.Made
	}{
		"all":                    {changed(func(*Place, *Network) {}), all},
		"nothing made":           {changed(func(*Place, *Network) {}), steps.Made{}},
		"only parts made":        {changed(func(*Place, *Network) {}), only("vpc/endpoint/production/eu-west-1/s3", "vpc/address/production/eu-west-1/address-1", "vpc/nat/production/eu-west-1/nat-1")},
		"in use":                 {changed(func(_ *Place, n *Network) { n.Uses = []string{"instance i-0a", "network interface eni-0a"} }), all},
		"in use by what is near": {changed(func(_ *Place, n *Network) { n.Endpoints[0].Ours, n.Tables[2].Tag, n.NATs[0].Tag = false, "", "" }), all},
		"gone but for the bill":  {with(func(p *Place) { p.Addresses, p.Gateways = whole().Addresses, whole().Gateways }), all},
		"gone":                   {with(func(*Place) {}), all},
		"cannot enter":           {with(func(p *Place) { p.NoEntry = true }), all},
		"refused":                {with(func(p *Place) { p.Refused = &steps.Refusal{Code: "AuthFailure"} }), all},
	} {
		t.Run(name, func(t *testing.T) {
			f := f.With(tc.state.Facts())
			items := undone(tc.state, a, f, tc.made)
			if err := plan.Check(items); err != nil {
				t.Error(err)
			}
			if plan.Hash(items, f) != plan.Hash(undone(tc.state, a, f, tc.made), f) {
				t.Error("planning twice gives two plans")
			}
			for _, c := range plan.Calls(items) {
				if !slices.Contains(unmaking, c.Request.Service+":"+c.Request.Operation) {
					t.Errorf("%s is outside the bounds of a later item", c.IAMAction)
				}
			}
			golden.RequireEqual(t, []byte(plan.Describe(items, f)))
		})
	}
}
