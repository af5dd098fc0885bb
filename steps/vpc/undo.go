package vpc

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// mostNamed is how many uses are named; the rest are counted.
const mostNamed = 5

// undone plans to take away the networks that the wizard made, where nothing runs in them.
func undone(s State, _ answers.Answers, f plan.Facts, made steps.Made) []plan.Item {
	var items []plan.Item
	for _, p := range s.Places {
		ours := steps.Made{}
		for _, id := range made.Of(name).IDs() {
			if m := made[id]; m.Account == p.Account && m.Region == p.Region {
				ours[id] = m
			}
		}
		if len(ours) > 0 {
			items = append(items, undoPlace(p, f, ours)...)
		}
	}
	return items
}

func undoPlace(p Place, f plan.Facts, made steps.Made) []plan.Item {
	at := "The private network of " + steps.Called(p.Ref, p.Account) + " in " + p.Region
	switch {
	case p.NoEntry || p.Refused != nil && p.Refused.Unready():
		why := "Whoever is signed in now cannot enter this account. Sign in as yourself first."
		if p.Refused != nil {
			why = p.Refused.Unfinished()
		}
		return []plan.Item{{Later: &plan.Later{ID: id("undo/later", p, ""), Step: name, Title: "Delete the private network of " + p.Ref + " in " + p.Region, Why: why,
			Operations: unmaking, Places: []plan.Place{p.where()}, MostCalls: mostCalls + mostCallsOutward}}}
	case p.Refused != nil:
		return []plan.Item{blocked("undo/look", p, at+" could not be looked at, so it stays.", p.Refused.Why(f), lift(p.Refused, f, "wizard undo"), p.Refused.Code)}
	}
	if uses := p.uses(); len(uses) > 0 {
		named := strings.Join(uses[:min(len(uses), mostNamed)], ", ")
		return []plan.Item{blocked("undo/kept", p, at+" stays.", "It is in use: "+named+".", "If none of it is needed, remove it, and start wizard undo again.", "")}
	}
	u := unbuilder{place: p, made: made}
	u.all()
	return u.items
}

// uses are what keeps a network from being deleted: what is not the wizard's.
func (p Place) uses() []string {
	n := p.Network
	if n == nil {
		return nil
	}
	uses := slices.Clone(n.Uses)
	for _, s := range n.Subnets {
		if !s.Ours {
			uses = append(uses, "the added subnet "+s.ID)
		}
	}
	for _, t := range n.Tables {
		if t.Tag == "" && !t.Main {
			uses = append(uses, "the added route table "+t.ID)
		}
	}
	for _, e := range n.Endpoints {
		if !e.Ours {
			uses = append(uses, "the added endpoint "+e.ID)
		}
	}
	for _, g := range n.NATs {
		if g.Tag == "" {
			uses = append(uses, "the added NAT gateway "+g.ID)
		}
	}
	if _, ours := part(p.Gateways, tagGateway); n.Gateway != "" && !slices.ContainsFunc(p.Gateways, func(g Part) bool { return ours && g.ID == n.Gateway }) {
		uses = append(uses, "the added internet gateway "+n.Gateway)
	}
	return uses
}

var unmaking = []string{"ec2:DeleteVpcEndpoints", "ec2:DeleteNatGateway", "ec2:ReleaseAddress", "ec2:DeleteSubnet", "ec2:DeleteRouteTable",
	"ec2:DetachInternetGateway", "ec2:DeleteInternetGateway", "ec2:DeleteVpc"}

// unbuilder collects the calls of the way back at a place, each after the one before it.
type unbuilder struct {
	place Place
	made  steps.Made
	items []plan.Item
	taken map[string]bool // made calls that a call takes back already
}

func (u *unbuilder) in() string { return " in " + u.place.Ref + ", " + u.place.Region }

// takes are the ids of made calls about parts, by noun and tag, as far as they were made.
func (u *unbuilder) takes(parts ...[2]string) []string {
	var ids []string
	for _, part := range parts {
		made := id(part[0], u.place, part[1])
		if _, ok := u.made[made]; ok && !u.taken[made] {
			ids = append(ids, made)
			u.taken[made] = true
		}
	}
	return ids
}

// add plans a deletion, when it takes back something that was made here.
func (u *unbuilder) add(noun, tag string, takes []string, c plan.Call) {
	if len(takes) == 0 {
		return
	}
	if n := len(u.items); n > 0 {
		c.After = []string{u.items[n-1].ID()}
	}
	c.ID, c.TakesBack = id("undo/"+noun, u.place, tag), takes
	c.Undo = "Start the wizard again: it makes a new one."
	u.items = append(u.items, plan.Item{Call: complete(u.place, c)})
}

// complete fills in what all deletions have in common.
func complete(p Place, c plan.Call) *plan.Call {
	c.Step, c.Where, c.Lane, c.Effect = name, p.where(), lane(p), plan.Deletes
	if c.Wait == nil {
		c.Wait = stillThere()
	}
	return &c
}

func (u *unbuilder) all() {
	u.taken = map[string]bool{}
	p, n := u.place, u.place.Network
	if n == nil {
		n = &Network{}
	}
	u.endpoints(n)
	for i := range mostZones {
		if j := slices.IndexFunc(n.NATs, func(g NAT) bool { return g.Tag == numbered(tagNAT, i) }); j >= 0 {
			u.add("nat", n.NATs[j].Tag, u.takes([2]string{"nat", n.NATs[j].Tag}), deleteNAT(p, n.NATs[j]))
		}
	}
	for _, a := range p.Addresses {
		u.add("address", a.Tag, u.takes([2]string{"address", a.Tag}), release(p, a.ID))
	}
	for i := range mostZones {
		for _, k := range kinds {
			if n.ID == "" {
				break
			}
			if s := n.subnet(k.block(n.Block, i)); s != nil && s.Ours {
				u.add("subnet", k.tag(i), u.takes([2]string{"subnet", k.tag(i)}, [2]string{"association", k.tag(i)}), deleteSubnet(u.in(), s.ID))
			}
		}
	}
	for _, t := range n.Tables {
		if t.Tag != "" {
			u.add("table", t.Tag, u.takes([2]string{"table", t.Tag}, [2]string{"route", t.Tag}), deleteTable(u.in(), t.ID))
		}
	}
	for _, g := range p.Gateways {
		if n.Gateway == g.ID {
			u.add("attach", "", u.takes([2]string{"attach", ""}), u.detach(n, g.ID))
		}
		u.add("gateway", "", u.takes([2]string{"gateway", ""}), deleteGateway(u.in(), g.ID))
	}
	if _, ours := u.made[id("network", p, "")]; ours && n.ID != "" {
		u.takes([2]string{"network", ""})
		rest := []string{id("network", p, "")}
		for _, made := range u.made.IDs() {
			if !u.taken[made] {
				rest = append(rest, made) // settings of the network, and what is gone already
			}
		}
		u.add("network", "", rest, deleteNetwork(u.in(), n.ID))
	}
}

func (u *unbuilder) endpoints(n *Network) {
	var ids, takes []string
	for _, e := range n.Endpoints {
		for _, s := range services {
			if e.Ours && strings.HasSuffix(e.Service, "."+s.tag) {
				if mine := u.takes([2]string{"endpoint", s.tag}, [2]string{"endpoint-routes", s.tag}); len(mine) > 0 {
					ids, takes = append(ids, e.ID), append(takes, mine...)
				}
			}
		}
	}
	u.add("endpoints", "", takes, plan.Call{
		Title: "Delete the endpoints" + u.in(), IAMAction: "ec2:DeleteVpcEndpoints", Why: "They are the network's ways to S3 and DynamoDB.",
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).DeleteVpcEndpoints, func(plan.Facts) *ec2.DeleteVpcEndpointsInput {
			return &ec2.DeleteVpcEndpointsInput{VpcEndpointIds: ids}
		}),
		Settle: endpointsGone(ids), SettleEvery: lookEvery, SettleLimit: lookLimit,
	})
}

func (u *unbuilder) detach(n *Network, gateway string) plan.Call {
	return plan.Call{
		Title: "Detach the internet gateway" + u.in(), IAMAction: "ec2:DetachInternetGateway", Why: "Nothing uses it any more.",
		Done: []string{"Gateway.NotAttached", "InvalidInternetGatewayID.NotFound"},
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).DetachInternetGateway, func(plan.Facts) *ec2.DetachInternetGatewayInput {
			return &ec2.DetachInternetGatewayInput{InternetGatewayId: aws.String(gateway), VpcId: aws.String(n.ID)}
		}),
	}
}
