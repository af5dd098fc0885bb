package vpc

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
)

// The prices that AWS lists for us-east-1; other Regions cost up to half as much again.
const (
	natUSD     = 33   // a NAT gateway: $0.045 an hour
	addressUSD = 3.65 // a public IPv4 address: $0.005 an hour
)

// tables gives the public subnets one route table, with the way to the internet, and each private one a table of its own:
// each can then have the way out of its own zone.
func (b *builder) tables(zones int) {
	b.table(tagPublic, "public subnets")
	b.route(tagPublic, tagGateway, "attachment", "internet-gateway", b.net.Gateway)
	for i := range zones {
		b.associate(tagPublic, kinds[1].tag(i))
		b.table(numbered(tagPrivate, i), "private subnet "+numbered("", i))
		b.associate(numbered(tagPrivate, i), kinds[0].tag(i))
	}
}

func (b *builder) table(tag, of string) {
	if b.net.table(tag) != nil || b.elsewhere(tag) {
		return
	}
	b.add("table", tag, tag, []string{tagNetwork}, plan.Call{
		Title: "Make the route table of the " + of + b.in(), IAMAction: "ec2:CreateRouteTable",
		Why: "It says where traffic goes. The main table of the network stays as AWS made it, and leads nowhere.",
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).CreateRouteTable, func(f plan.Facts) *ec2.CreateRouteTableInput {
			return &ec2.CreateRouteTableInput{VpcId: b.known(f, tagNetwork), TagSpecifications: b.tags(types.ResourceTypeRouteTable, tag)}
		}),
		Learn: plan.Learned(func(out *ec2.CreateRouteTableOutput) map[string]string {
			return b.learn(tag, out.RouteTable.RouteTableId)
		}),
		Settle: b.tableThere(tag), SettleEvery: lookEvery, SettleLimit: lookLimit,
	})
}

// elsewhere reports whether all subnets that a table is for were given other tables, so that ours is not missed.
func (b *builder) elsewhere(tag string) bool {
	var subnets []string
	for i := range mostZones {
		if tag == tagPublic {
			subnets = append(subnets, kinds[1].tag(i))
		} else if tag == numbered(tagPrivate, i) {
			subnets = append(subnets, kinds[0].tag(i))
		}
	}
	return !slices.ContainsFunc(subnets, func(sub string) bool { return b.given(sub) == nil })
}

// given is the table a subnet was given, nil when none.
func (b *builder) given(sub string) *Table {
	for i := range mostZones {
		for _, k := range kinds {
			if s := b.net.subnet(k.block(b.block, i)); s != nil && k.tag(i) == sub {
				return b.net.tableOf(s.ID)
			}
		}
	}
	return nil
}

// ours reports whether a table is there, or is made in this plan.
func (b *builder) ours(tag string) bool { return b.net.table(tag) != nil || b.makes[tag] != "" }

func (b *builder) associate(table, sub string) {
	if b.given(sub) != nil || !b.ours(table) {
		return // somebody's choice stays
	}
	b.add("association", sub, "", []string{table, sub}, plan.Call{
		Title: "Give the subnet " + sub + " its route table" + b.in(), IAMAction: "ec2:AssociateRouteTable", Effect: plan.Changes,
		Why: "Without it, the main table of the network counts.", Done: []string{"Resource.AlreadyAssociated"},
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).AssociateRouteTable, func(f plan.Facts) *ec2.AssociateRouteTableInput {
			return &ec2.AssociateRouteTableInput{RouteTableId: b.known(f, table), SubnetId: b.known(f, sub)}
		}),
	})
}

// route leads a table to the internet, through the internet gateway or a NAT gateway (to, a tag). A way that somebody chose
// stays; one that is broken, or goes through another of the wizard's NAT gateways, is replaced.
func (b *builder) route(table, to, needs, noun, there string) {
	t := b.net.table(table)
	replaced := false
	if t != nil && t.Out != "" {
		ours := slices.ContainsFunc(b.net.NATs, func(g NAT) bool { return g.ID == t.Out && g.Tag != "" && t.Out != there })
		if !t.Broken && !ours {
			return
		}
		replaced = true
	}
	if !b.ours(table) {
		return
	}
	c := plan.Call{Title: "Lead " + table + " to the internet" + b.in(), Why: "Only what is in the public subnets, and has a public address, is reached from the internet."}
	if noun == "nat-gateway" {
		c.Why = "What is in the private subnet can call the internet; nobody can come in this way."
	}
	target := func(f plan.Facts) (gateway, nat *string) {
		if noun == "nat-gateway" {
			return nil, b.known(f, to)
		}
		return b.known(f, to), nil
	}
	if replaced {
		c.Effect, c.IAMAction = plan.Changes, "ec2:ReplaceRoute"
		c.Request = plan.To(ec2.NewFromConfig, (*ec2.Client).ReplaceRoute, func(f plan.Facts) *ec2.ReplaceRouteInput {
			in := &ec2.ReplaceRouteInput{RouteTableId: b.known(f, table), DestinationCidrBlock: aws.String(everywhere)}
			in.GatewayId, in.NatGatewayId = target(f)
			return in
		})
	} else {
		c.IAMAction, c.Done = "ec2:CreateRoute", []string{"RouteAlreadyExists"}
		c.Request = plan.To(ec2.NewFromConfig, (*ec2.Client).CreateRoute, func(f plan.Facts) *ec2.CreateRouteInput {
			in := &ec2.CreateRouteInput{RouteTableId: b.known(f, table), DestinationCidrBlock: aws.String(everywhere)}
			in.GatewayId, in.NatGatewayId = target(f)
			return in
		})
	}
	b.add("route", table, "", []string{table, needs}, c)
}

// services are those that have a free endpoint of the gateway kind.
var services = []struct{ tag, shown string }{{tagS3, "S3"}, {tagDynamoDB, "DynamoDB"}}

func (b *builder) endpoints(zones int) {
	var tables []string
	for _, tag := range append([]string{tagPublic}, privateTables(zones)...) {
		if b.ours(tag) {
			tables = append(tables, tag)
		}
	}
	if len(tables) == 0 {
		return
	}
	for _, s := range services {
		service := "com.amazonaws." + b.place.Region + "." + s.tag
		i := slices.IndexFunc(b.net.Endpoints, func(e Endpoint) bool { return e.Service == service })
		if i < 0 {
			b.add("endpoint", s.tag, s.tag, append([]string{tagNetwork}, tables...), plan.Call{
				Title: "Reach " + s.shown + " without the internet from the network" + b.in(), IAMAction: "ec2:CreateVpcEndpoint",
				Why:  "It is free, and nothing on the way to " + s.shown + " passes through the internet.",
				Done: []string{"RouteAlreadyExists"},
				Request: plan.To(ec2.NewFromConfig, (*ec2.Client).CreateVpcEndpoint, func(f plan.Facts) *ec2.CreateVpcEndpointInput {
					return &ec2.CreateVpcEndpointInput{VpcId: b.known(f, tagNetwork), VpcEndpointType: types.VpcEndpointTypeGateway, ServiceName: aws.String(service),
						RouteTableIds: b.knownAll(f, tables), TagSpecifications: b.tags(types.ResourceTypeVpcEndpoint, s.tag)}
				}),
				Learn: plan.Learned(func(out *ec2.CreateVpcEndpointOutput) map[string]string {
					return b.learn(s.tag, out.VpcEndpoint.VpcEndpointId)
				}),
				Settle: b.endpointThere(s.tag), SettleEvery: lookEvery, SettleLimit: lookLimit,
			})
			continue
		}
		there := b.net.Endpoints[i]
		missing := slices.DeleteFunc(slices.Clone(tables), func(tag string) bool {
			t := b.net.table(tag)
			return t != nil && slices.Contains(there.Tables, t.ID)
		})
		if len(missing) == 0 {
			continue
		}
		b.add("endpoint-routes", s.tag, "", missing, plan.Call{
			Title: "Lead more subnets to " + s.shown + " without the internet" + b.in(), IAMAction: "ec2:ModifyVpcEndpoint", Effect: plan.Changes,
			Why: "The endpoint " + there.ID + " does not serve them yet.", Done: []string{"RouteAlreadyExists"},
			Request: plan.To(ec2.NewFromConfig, (*ec2.Client).ModifyVpcEndpoint, func(f plan.Facts) *ec2.ModifyVpcEndpointInput {
				return &ec2.ModifyVpcEndpointInput{VpcEndpointId: aws.String(there.ID), AddRouteTableIds: b.knownAll(f, missing)}
			}),
		})
	}
}

func privateTables(zones int) []string {
	var out []string
	for i := range zones {
		out = append(out, numbered(tagPrivate, i))
	}
	return out
}

func (b *builder) knownAll(f plan.Facts, tags []string) []string {
	var out []string
	for _, tag := range tags {
		out = append(out, *b.known(f, tag))
	}
	return out
}

// wayOut makes the NAT gateways that were asked for, and takes away those of the wizard's that are no longer wanted: each
// costs money by the hour.
func (b *builder) wayOut(zones int, nat string) {
	wanted := min(ways(nat), zones)
	for i := range wanted {
		b.natGateway(i)
	}
	for i := range zones {
		if wanted == 0 {
			break
		}
		through := numbered(tagNAT, min(i, wanted-1))
		if nat == answers.NATOne {
			through = numbered(tagNAT, 0)
		}
		there := ""
		if g := b.nat(through); g != nil {
			there = g.ID
			if g.Coming {
				b.await(*g)
				continue
			}
		}
		b.route(numbered(tagPrivate, i), through, through, "nat-gateway", there)
	}
	b.surplus(wanted)
}

// await waits for a NAT gateway that an earlier run asked for: until it works, a route to it leads nowhere.
func (b *builder) await(g NAT) {
	coming := plan.Item{Later: &plan.Later{ID: id("coming", b.place, g.Tag), Step: name, Title: "Lead private subnets through the NAT gateway " + g.ID + b.in(),
		Why: "AWS is making it, which takes some minutes.", Operations: []string{"ec2:CreateRoute", "ec2:ReplaceRoute"},
		Places: []plan.Place{b.place.where()}, MostCalls: mostZones, Await: natLimit}}
	if !slices.ContainsFunc(b.items, func(i plan.Item) bool { return i.ID() == coming.ID() }) {
		b.items = append(b.items, coming)
	}
}

// nat is the NAT gateway with this tag, if it is there to stay.
func (b *builder) nat(tag string) *NAT {
	if i := slices.IndexFunc(b.net.NATs, func(g NAT) bool { return g.Tag == tag && !g.Going }); i >= 0 {
		return &b.net.NATs[i]
	}
	return nil
}

func (b *builder) natGateway(i int) {
	tag, address, subnet := numbered(tagNAT, i), numbered(tagAddress, i), kinds[1].tag(i)
	if b.nat(tag) != nil {
		return
	}
	if _, there := part(b.place.Addresses, address); !there {
		b.add("address", address, address, nil, plan.Call{
			Title: "Reserve a public address for the way out" + b.in(), IAMAction: "ec2:AllocateAddress", MonthlyUSD: addressUSD,
			CostNote: "$0.005 for each hour it is reserved",
			Why:      "Your private servers show this address to the internet. Partners can put it on their lists.",
			Request: plan.To(ec2.NewFromConfig, (*ec2.Client).AllocateAddress, func(plan.Facts) *ec2.AllocateAddressInput {
				return &ec2.AllocateAddressInput{Domain: types.DomainTypeVpc, TagSpecifications: b.tags(types.ResourceTypeElasticIp, address)}
			}),
			Learn:  plan.Learned(func(out *ec2.AllocateAddressOutput) map[string]string { return b.learn(address, out.AllocationId) }),
			Settle: b.addressThere(address), SettleEvery: lookEvery, SettleLimit: lookLimit,
		})
	}
	b.add("nat", tag, tag, []string{address, subnet, "attachment"}, plan.Call{
		Title: "Make the NAT gateway " + strings.TrimPrefix(tag, tagNAT) + b.in(), IAMAction: "ec2:CreateNatGateway", MonthlyUSD: natUSD,
		CostNote: "plus $0.045 for each GB that goes through it; some Regions cost more",
		Why:      "You asked for a way out to the internet for the private subnets.",
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).CreateNatGateway, func(f plan.Facts) *ec2.CreateNatGatewayInput {
			return &ec2.CreateNatGatewayInput{SubnetId: b.known(f, subnet), AllocationId: b.known(f, address), ConnectivityType: types.ConnectivityTypePublic,
				TagSpecifications: b.tags(types.ResourceTypeNatgateway, tag)}
		}),
		Learn: plan.Learned(func(out *ec2.CreateNatGatewayOutput) map[string]string {
			return b.learn(tag, out.NatGateway.NatGatewayId)
		}),
		Settle: b.natThere(tag), SettleEvery: natEvery, SettleLimit: natLimit,
	})
}

// surplus takes away the NAT gateways of the wizard's beyond those wanted, with their routes and addresses.
func (b *builder) surplus(wanted int) {
	for i := wanted; i < mostZones; i++ {
		var after []string
		if g := b.nat(numbered(tagNAT, i)); g != nil {
			for _, t := range b.net.Tables {
				if wanted == 0 && t.Out == g.ID && t.Tag != "" {
					after = append(after, id("unroute", b.place, t.Tag))
					b.add("unroute", t.Tag, "", nil, b.unroute(t))
				}
			}
			for _, item := range b.items {
				if strings.HasPrefix(item.ID(), id("route", b.place, tagPrivate)) {
					after = append(after, item.ID()) // nothing goes through it any more
				}
			}
			c := deleteNAT(b.place, *g)
			c.After, c.TakesBack = after, []string{id("nat", b.place, g.Tag)}
			b.add("remove-nat", g.Tag, "", nil, c)
			after = []string{id("remove-nat", b.place, g.Tag)}
		}
		if allocation, there := part(b.place.Addresses, numbered(tagAddress, i)); there {
			c := release(b.place, allocation)
			c.After, c.TakesBack = after, []string{id("address", b.place, numbered(tagAddress, i))}
			b.add("remove-address", numbered(tagAddress, i), "", nil, c)
		}
	}
}

func (b *builder) unroute(t Table) plan.Call {
	return plan.Call{Title: "Take the way out from " + t.Tag + b.in(), IAMAction: "ec2:DeleteRoute", Effect: plan.Deletes,
		Why: "wizard.yaml asks for fewer ways out (vpc: nat).", Undo: "Ask for a way out again: it gets another public address.", Done: []string{"InvalidRoute.NotFound"},
		TakesBack: []string{id("route", b.place, t.Tag)},
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).DeleteRoute, func(plan.Facts) *ec2.DeleteRouteInput {
			return &ec2.DeleteRouteInput{RouteTableId: aws.String(t.ID), DestinationCidrBlock: aws.String(everywhere)}
		})}
}
