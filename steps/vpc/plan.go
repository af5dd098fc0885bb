package vpc

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

func planned(s State, a answers.Answers, f plan.Facts) []plan.Item {
	var items []plan.Item
	blocks := addresses(s, a)
	for _, ref := range a.VPCAccounts() {
		if _, exists := f.Lookup(plan.AccountFact(ref)); !exists {
			items = append(items, later(ref, "The account does not exist yet.", a))
			continue
		}
		entered := true
		for _, region := range a.VPCRegions() {
			i := slices.IndexFunc(s.Places, func(p Place) bool { return p.spot() == spot{ref, region} })
			switch {
			case i < 0:
			case s.Places[i].NoEntry:
				entered = false
			default:
				items = append(items, planPlace(s.Places[i], blocks[spot{ref, region}], a, f)...)
			}
		}
		if !entered {
			items = append(items, later(ref, "Whoever is signed in now cannot enter this account. Sign in as yourself first.", a))
		}
	}
	for _, p := range s.Places {
		if p.Network != nil && (!slices.Contains(a.VPCAccounts(), p.Ref) || !slices.Contains(a.VPCRegions(), p.Region)) {
			items = append(items, stays(p))
		}
	}
	return items
}

// stays says that a network the answers ask for no more is still there, and what it goes on costing.
func stays(p Place) plan.Item {
	n := 0
	for _, g := range p.Network.NATs {
		if !g.Going {
			n++
		}
	}
	cost := "It costs nothing."
	if n > 0 {
		cost = fmt.Sprintf("Its way out to the internet goes on costing %s.", plan.Monthly(float64(n)*(natUSD+addressUSD)))
	}
	item := blocked("stays", p, "The private network of "+steps.Called(p.Ref, p.Account)+" in "+p.Region+" stays.", "Your answers ask for none there any more. Something may run in it, so it is not taken away. "+cost,
		"wizard undo --step vpc takes away all networks the wizard made. A run of the wizard then makes those again that you still ask for.", "")
	if n > 0 {
		item.Blocked.Next = "To end the cost alone, ask for the network again with nat: none. " + item.Blocked.Next
	}
	item.Blocked.Kept = true
	return item
}

// addresses are the blocks of all networks that are wanted, also of those whose account does not exist yet: its turn is kept.
func addresses(s State, a answers.Answers) map[spot]netip.Prefix {
	var wanted []spot
	for _, ref := range a.VPCAccounts() {
		for _, region := range a.VPCRegions() {
			at := spot{ref, region}
			if !slices.ContainsFunc(s.Places, func(p Place) bool { return p.spot() == at && p.Network == nil && p.Other != "" }) {
				wanted = append(wanted, at)
			}
		}
	}
	ours := map[spot]netip.Prefix{}
	var taken []netip.Prefix
	for _, r := range s.Ranges {
		taken = append(taken, r.Block)
		if _, first := ours[r.Of]; r.Ours && !first {
			ours[r.Of] = r.Block
		}
	}
	return allot(a.VPCRange(), wanted, ours, taken)
}

func planPlace(p Place, block netip.Prefix, a answers.Answers, f plan.Facts) []plan.Item {
	at := "the private network of " + steps.Called(p.Ref, p.Account) + " in " + p.Region
	switch {
	case p.Refused != nil && p.Refused.Unready():
		return []plan.Item{laterIn(p.Ref, p.Region, p.Refused.Unfinished(), a)}
	case p.Refused != nil:
		return []plan.Item{blocked("look", p, "Where "+at+" belongs could not be looked at", p.Refused.Why(f), lift(p.Refused, f, "the wizard"), p.Refused.Code)}
	case p.Network == nil && p.Other != "":
		item := blocked("kept", p, steps.Called(p.Ref, p.Account)+" has a network of its own in "+p.Region+".", p.Other+" was made by somebody, so no second one is made beside it.",
			"Use it, or remove it in the VPC console and start the wizard again. Ways to S3 and DynamoDB are free there, too (Endpoints).", "")
		item.Blocked.Kept = true
		return []plan.Item{item}
	case p.Network == nil && !block.IsValid():
		return []plan.Item{blocked("range", p, "There are no addresses left for "+at, "Other networks take up "+a.VPCRange().String()+".",
			"Write another range into wizard.yaml (vpc: range), like 172.16.0.0/12.", "")}
	case len(p.Zones) == 0:
		return []plan.Item{blocked("zones", p, "AWS names no zone for "+at, "The account may be too new.", "Start the wizard again in an hour.", "")}
	}
	return build(p, block, a)
}

func blocked(noun string, p Place, what, why, next, code string) plan.Item {
	return plan.Item{Blocked: &plan.Blocked{ID: id(noun, p, ""), Step: name, What: what, Why: why, Next: next, Code: code}}
}

func lift(r *steps.Refusal, f plan.Facts, program string) string {
	if _, next := r.Forbidden(f, program); next != "" {
		return next
	}
	return "Nothing was changed there. Start " + program + " again: it looks once more."
}

// id is the id of an item about a place, or about a part there.
func id(noun string, p Place, tag string) string {
	return strings.TrimSuffix(name+"/"+noun+"/"+p.Ref+"/"+p.Region+"/"+tag, "/")
}

func later(ref, why string, a answers.Answers) plan.Item {
	return laterIn(ref, "", why, a)
}

// laterIn names the most that networks may become; in one Region, or in all.
func laterIn(ref, region, why string, a answers.Answers) plan.Item {
	regions, where := a.VPCRegions(), strings.Join(a.VPCRegions(), ", ")
	key := ref
	if region != "" {
		regions, where, key = []string{region}, region, ref+"/"+region
	}
	l := plan.Later{ID: name + "/later/" + key, Step: name, Title: "Make the private network of " + ref + " in " + where, Why: why,
		Operations: slices.Clone(making), MostCalls: mostCalls * len(regions)}
	if n := ways(a.VPC.NAT); n > 0 {
		l.Operations = append(l.Operations, outward...)
		l.MostCalls += mostCallsOutward * len(regions)
		l.MonthlyUSD, l.CostNote = float64(n*len(regions))*(natUSD+addressUSD), "for the way out to the internet; plus $0.045 for each GB that goes through it"
	}
	for _, r := range regions {
		l.Places = append(l.Places, plan.Place{Account: ref, Region: r})
	}
	return plan.Item{Later: &l}
}

// ways is how many NAT gateways a network gets, at most.
func ways(nat string) int {
	switch nat {
	case answers.NATOne:
		return 1
	case answers.NATPerZone:
		return mostZones
	}
	return 0
}

var (
	making = []string{"ec2:CreateVpc", "ec2:ModifyVpcAttribute", "ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress", "ec2:CreateInternetGateway",
		"ec2:AttachInternetGateway", "ec2:CreateSubnet", "ec2:CreateRouteTable", "ec2:AssociateRouteTable", "ec2:CreateRoute", "ec2:ReplaceRoute", "ec2:CreateVpcEndpoint", "ec2:ModifyVpcEndpoint"}
	outward = []string{"ec2:AllocateAddress", "ec2:CreateNatGateway"}
)

// The most calls a network is made of: itself, two settings of names, its security group closed both ways, the internet
// gateway and its attachment, two subnets in each zone with their tables, two endpoints. A way out has an address, a gateway
// and a route for each zone.
const (
	mostCalls        = 1 + 2 + 2 + 2 + mostZones*2*2 + (mostZones + 1) + 1 + 2
	mostCallsOutward = mostZones * 3
)

// kind is a kind of subnet.
type kind struct {
	name  string
	block func(network netip.Prefix, n int) netip.Prefix
}

var kinds = []kind{{"private", privateBlock}, {"public", publicBlock}}

// tag is that of the kind's subnet in the n-th zone, from 0; people count from 1.
func (k kind) tag(n int) string { return k.name + "-" + strconv.Itoa(n+1) }

func numbered(prefix string, n int) string { return prefix + strconv.Itoa(n+1) }
