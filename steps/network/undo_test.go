package network

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// madeBy are the calls of a plan as the journal knows them once they are done.
func madeBy(t *testing.T, calls []*plan.Call, f plan.Facts) steps.Made {
	t.Helper()
	made := steps.Made{}
	for _, c := range calls {
		input, err := plan.RequestJSON(c, f)
		if err != nil {
			t.Fatal(err)
		}
		made[c.ID] = steps.MadeCall{Time: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), Service: c.Request.Service, Operation: c.Request.Operation,
			Account: f.AccountID(c.Where.Account), Region: c.Where.Region, Input: input, Before: c.Before}
	}
	return made
}

func TestUndo(t *testing.T) {
	a, f := given()
	places := []Place{untouched("eu-west-1"), untouched("eu-west-2"), untouched("us-east-1")}
	all := plan.Calls(planned(State{Accounts: []Account{{ID: management, Places: places}, {ID: production, Places: places}}}, a, f))
	whole := madeBy(t, all, f)
	parts := madeBy(t, slices.DeleteFunc(slices.Clone(all), func(c *plan.Call) bool {
		return c.Where.Account != plan.Management || c.Where.Region != "eu-west-1" || c.Request.Operation == "DeleteVpc" || c.Request.Operation == "DeleteInternetGateway"
	}), f)
	halfway := Place{Region: "eu-west-1", VPC: "vpc-0aa", Gateway: "igw-0aa"}
	used := halfway
	used.Uses = []string{"instance i-0a"}
	closed := madeBy(t, plan.Calls(closing(Place{Region: "eu-west-1", VPC: "vpc-0aa", Group: openGroup()}, "production", f)), f)
	scp := &steps.Refusal{Code: "UnauthorizedOperation", Message: "You are not authorized to perform this operation with an explicit deny in a service control policy."}
	for name, tc := range map[string]struct {
		accounts []Account
		made     steps.Made
	}{
		"all":                                {[]Account{{ID: management}, {ID: production}}, whole},
		"nothing made":                       {[]Account{{ID: management}, {ID: production}}, steps.Made{}},
		"one there again":                    {[]Account{{ID: management, Places: []Place{untouched("eu-west-1")}}}, whole},
		"stopped half-way":                   {[]Account{{ID: management, Places: []Place{halfway}}}, parts},
		"half-way in use":                    {[]Account{{ID: management, Places: []Place{used}}}, parts},
		"half-way and gone":                  {[]Account{{ID: management}}, parts},
		"closed group":                       {[]Account{{ID: production, Places: []Place{{Region: "eu-west-1", VPC: "vpc-0aa", Uses: []string{"instance i-0a"}, Group: &Group{ID: "sg-0aa"}}}}}, closed},
		"closed group, one rule there again": {[]Account{{ID: production, Places: []Place{{Region: "eu-west-1", VPC: "vpc-0aa", Uses: []string{"instance i-0a"}, Group: &Group{ID: "sg-0aa", Rules: openGroup().Rules[:1]}}}}}, closed},
		"closed group is gone":               {[]Account{{ID: production, Places: []Place{{Region: "eu-west-1", VPC: "vpc-0new", Uses: []string{"instance i-0a"}, Group: &Group{ID: "sg-0new"}}}}}, closed},
		"cannot enter":                       {[]Account{{ID: production, NoEntry: true}}, whole},
		"account refused":                    {[]Account{{ID: production, Refused: scp}, {ID: management, Refused: &steps.Refusal{Code: "OptInRequired"}}}, whole},
		"Regions refused": {[]Account{{ID: production, Places: []Place{
			{Region: "eu-west-1", Refused: scp}, {Region: "eu-west-2", Refused: &steps.Refusal{Code: "AuthFailure"}}, {Region: "us-east-1", Refused: scp}}}}, whole},
	} {
		t.Run(name, func(t *testing.T) {
			s := State{Accounts: tc.accounts}
			items := undone(s, a, f, tc.made)
			if err := plan.Check(items); err != nil {
				t.Error(err)
			}
			if plan.Hash(items, f) != plan.Hash(undone(s, a, f, tc.made), f) {
				t.Error("planning twice gives two plans")
			}
			golden.RequireEqual(t, []byte(plan.Describe(items, f)))
		})
	}
}

// Where a network was removed there is a whole one again, with a subnet in every zone; where one was in use it is as it was.
func TestUndoMakesDefaultNetworks(t *testing.T) {
	b := newBench(t)
	b.world.SeedInstanceInDefaultVPC(b.prod, "eu-west-3")
	before := b.inspect(t)
	calls := plan.Calls(planned(before, b.answers(), b.facts()))
	b.run(t, calls)
	made := madeBy(t, calls, b.facts())
	back := plan.Calls(undone(b.inspect(t), b.answers(), b.facts(), made))
	b.run(t, back)
	after := b.inspect(t)
	for i, acc := range before.Accounts {
		if len(after.Accounts[i].Places) != len(acc.Places) {
			t.Fatalf("account %s had %d default networks, and has %d", acc.ID, len(acc.Places), len(after.Accounts[i].Places))
		}
		for n, was := range acc.Places {
			is := after.Accounts[i].Places[n]
			if len(is.Subnets) != len(was.Subnets) || !is.Attached || (is.VPC == was.VPC) != (len(was.Uses) > 0) {
				t.Errorf("%s in %s: %+v, was %+v", acc.ID, was.Region, is, was)
			}
		}
	}
	if left := undone(after, b.answers(), b.facts(), made); len(left) > 0 {
		t.Errorf("left:\n%s", plan.Describe(left, b.facts()))
	}
}

// The default group of a network that stays is closed only where nothing has it, and is as it was after the way back.
func TestTheDefaultGroupIsClosedAndOpenedAgain(t *testing.T) {
	b := newBench(t)
	b.world.SeedInstanceInDefaultVPC(b.mgmt, "eu-west-3") // has the default group
	b.world.SeedInstanceInDefaultVPC(b.prod, "eu-west-3")
	b.world.SeedSecurityGroup(b.prod, "eu-west-3", "launch-wizard-1")
	kept := func() map[string]Place {
		places := map[string]Place{}
		for _, acc := range b.inspect(t).Accounts {
			for _, p := range acc.Places {
				if p.Region == "eu-west-3" {
					places[acc.ID] = p
				}
			}
		}
		return places
	}
	before := kept()
	calls := slices.DeleteFunc(plan.Calls(planned(b.inspect(t), b.answers(), b.facts())), func(c *plan.Call) bool { return c.Where.Region != "eu-west-3" })
	if len(calls) != 2 || calls[0].Where.Account != "production" {
		t.Fatalf("%d calls; only the group of production is used by nothing", len(calls))
	}
	b.run(t, calls)
	if after := kept(); len(after[b.prod].Group.Rules) > 0 || len(after[b.mgmt].Group.Rules) != 2 {
		t.Errorf("after the closing: %+v", after)
	}
	b.run(t, plan.Calls(undone(b.inspect(t), b.answers(), b.facts(), madeBy(t, calls, b.facts()))))
	for i, r := range kept()[b.prod].Group.Rules {
		if was := before[b.prod].Group.Rules; !slices.ContainsFunc(was, func(o types.SecurityGroupRule) bool { return sameRule(o, r) }) || len(was) != 2 {
			t.Errorf("rule %d was not there before: %+v", i, r)
		}
	}
	if n := len(kept()[b.prod].Group.Rules); n != 2 {
		t.Errorf("%d rules after the way back", n)
	}
}

// However far the removal came before it was stopped, the way back ends with a whole default network.
func TestUndoOfARemovalStoppedAnywhere(t *testing.T) {
	first := func(calls []*plan.Call) []*plan.Call {
		return slices.DeleteFunc(calls, func(c *plan.Call) bool { return c.Where != plan.Place{Account: plan.Management, Region: "eu-west-1"} })
	}
	for n := range 7 {
		b := newBench(t)
		calls := first(plan.Calls(planned(b.inspect(t), b.answers(), b.facts())))[:n]
		b.run(t, calls)
		b.run(t, plan.Calls(undone(b.inspect(t), b.answers(), b.facts(), madeBy(t, calls, b.facts()))))
		for _, p := range b.inspect(t).Accounts[0].Places {
			if p.Region == "eu-west-1" && (len(p.Subnets) != 3 || !p.Attached) {
				t.Errorf("stopped after %d calls: %+v", n, p)
			}
		}
	}
}
