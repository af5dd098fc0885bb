package sandbox

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// routeTable is a table besides the main one of a VPC, which has no record of its own.
type routeTable struct {
	ID, VPC string
	Out     string   `json:",omitempty"` // where 0.0.0.0/0 goes: an internet or a NAT gateway, also one that is gone
	Subnets []string `json:",omitempty"`
	Tags    ec2Tags  `json:",omitempty"`
}

func (s *Sim) registerEC2Tables() {
	on(s, describeRouteTables)
	on(s, createRouteTable)
	on(s, deleteRouteTable)
	on(s, associateRouteTable)
	on(s, createRoute)
	on(s, replaceRoute)
	on(s, deleteRoute)
}

func mainTable(vpcID string) string { return ec2ID("rtb", vpcID) }

func (n *network) table(id string) *routeTable {
	if i := slices.IndexFunc(n.Tables, func(t routeTable) bool { return t.ID == id }); i >= 0 {
		return &n.Tables[i]
	}
	return nil
}

// allTables are the main tables of all VPCs, and those made by hand.
func (n *network) allTables() []routeTable {
	var all []routeTable
	for _, v := range n.VPCs {
		all = append(all, routeTable{ID: mainTable(v.ID), VPC: v.ID, Out: v.Route})
	}
	return append(all, n.Tables...)
}

func describeRouteTables(r *Request, in *ec2.DescribeRouteTablesInput) (*ec2.DescribeRouteTablesOutput, error) {
	n, err := r.readNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	found, next, err := pick(query{in.RouteTableIds, "InvalidRouteTableID.NotFound", in.Filters, in.NextToken, in.MaxResults}, n.allTables(),
		func(t routeTable) string { return t.ID }, func(t routeTable) fields {
			return fields{"route-table-id": {t.ID}, "vpc-id": {t.VPC}, "association.main": yes(t.ID == mainTable(t.VPC)), "association.subnet-id": t.Subnets,
				"owner-id": {r.Principal.Account}}.with(t.Tags)
		})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeRouteTablesOutput{NextToken: next}
	for _, t := range found {
		out.RouteTables = append(out.RouteTables, r.shownTable(n, t))
	}
	return out, nil
}

func (r *Request) shownTable(n *network, t routeTable) types.RouteTable {
	shown := types.RouteTable{RouteTableId: aws.String(t.ID), VpcId: aws.String(t.VPC), OwnerId: aws.String(r.Principal.Account), Tags: t.Tags.shown(),
		Routes: []types.Route{{DestinationCidrBlock: aws.String(n.vpc(t.VPC).CIDR), GatewayId: aws.String("local"),
			Origin: types.RouteOriginCreateRouteTable, State: types.RouteStateActive}}}
	if t.ID == mainTable(t.VPC) {
		shown.Associations = []types.RouteTableAssociation{{Main: aws.Bool(true), RouteTableId: aws.String(t.ID), RouteTableAssociationId: aws.String(ec2ID("rtbassoc", t.VPC))}}
	}
	for _, sub := range t.Subnets {
		shown.Associations = append(shown.Associations, types.RouteTableAssociation{Main: aws.Bool(false), RouteTableId: aws.String(t.ID), SubnetId: aws.String(sub),
			RouteTableAssociationId: aws.String(ec2ID("rtbassoc", t.ID+sub)), AssociationState: &types.RouteTableAssociationState{State: types.RouteTableAssociationStateCodeAssociated}})
	}
	if t.Out != "" {
		route := types.Route{DestinationCidrBlock: aws.String("0.0.0.0/0"), Origin: types.RouteOriginCreateRoute, State: types.RouteStateBlackhole}
		if g := n.gateway(t.Out); g != nil && g.VPC == t.VPC {
			route.State = types.RouteStateActive
		}
		if nat := n.nat(t.Out); nat != nil && nat.state(r.World) == types.NatGatewayStateAvailable {
			route.State = types.RouteStateActive
		}
		if route.GatewayId = aws.String(t.Out); t.Out[:3] == "nat" {
			route.GatewayId, route.NatGatewayId = nil, aws.String(t.Out)
		}
		shown.Routes = append(shown.Routes, route)
	}
	for _, e := range n.Endpoints {
		if slices.Contains(e.Tables, t.ID) {
			shown.Routes = append(shown.Routes, types.Route{DestinationPrefixListId: aws.String(ec2ID("pl", e.Service)), GatewayId: aws.String(e.ID),
				Origin: types.RouteOriginCreateRoute, State: types.RouteStateActive})
		}
	}
	return shown
}

func createRouteTable(r *Request, in *ec2.CreateRouteTableInput) (*ec2.CreateRouteTableOutput, error) {
	n, done, err := r.writeNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	v, err := r.vpcToUse(n, in.VpcId)
	if err != nil {
		return nil, err
	}
	tags, err := tagged(in.TagSpecifications, types.ResourceTypeRouteTable)
	if err != nil {
		return nil, err
	}
	t := routeTable{ID: r.newEC2ID(n, "rtb"), VPC: v.ID, Tags: tags}
	n.Tables = append(n.Tables, t)
	done()
	shown := r.shownTable(n, t)
	return &ec2.CreateRouteTableOutput{RouteTable: &shown}, nil
}

// writeTable begins a request that changes a route table.
func (r *Request) writeTable(dryRun *bool, id *string) (*network, *routeTable, func(), error) {
	n, done, err := r.writeNetwork(dryRun)
	if err != nil {
		return nil, nil, nil, err
	}
	t, err := n.tableToUse(id)
	return n, t, done, err
}

// tableToUse finds the table a request names; the sandbox does not change main tables.
func (n *network) tableToUse(id *string) (*routeTable, error) {
	if slices.ContainsFunc(n.VPCs, func(v vpc) bool { return mainTable(v.ID) == aws.ToString(id) }) {
		return nil, FailWith(http.StatusNotImplemented, "SandboxNotImplemented", "the sandbox changes no main route table")
	}
	t := n.table(aws.ToString(id))
	if t == nil {
		return nil, notFound("InvalidRouteTableID.NotFound", aws.ToString(id))
	}
	return t, nil
}

func deleteRouteTable(r *Request, in *ec2.DeleteRouteTableInput) (*ec2.DeleteRouteTableOutput, error) {
	n, t, done, err := r.writeTable(in.DryRun, in.RouteTableId)
	if err != nil {
		return nil, err
	}
	if len(t.Subnets) > 0 {
		return nil, dependency("routeTable", t.ID)
	}
	id := t.ID
	n.Tables = slices.DeleteFunc(n.Tables, func(o routeTable) bool { return o.ID == id })
	for i := range n.Endpoints {
		n.Endpoints[i].Tables = slices.DeleteFunc(n.Endpoints[i].Tables, func(o string) bool { return o == id })
	}
	done()
	return &ec2.DeleteRouteTableOutput{}, nil
}

func associateRouteTable(r *Request, in *ec2.AssociateRouteTableInput) (*ec2.AssociateRouteTableOutput, error) {
	n, t, done, err := r.writeTable(in.DryRun, in.RouteTableId)
	if err != nil {
		return nil, err
	}
	sub := aws.ToString(in.SubnetId)
	i := slices.IndexFunc(n.Subnets, func(s subnet) bool { return s.ID == sub })
	switch {
	case i < 0:
		return nil, notFound("InvalidSubnetID.NotFound", sub)
	case n.Subnets[i].VPC != t.VPC:
		return nil, Fail("InvalidParameterValue", fmt.Sprintf("Route table %s and subnet %s belong to different networks", t.ID, sub))
	case slices.ContainsFunc(n.Tables, func(o routeTable) bool { return slices.Contains(o.Subnets, sub) }):
		return nil, Fail("Resource.AlreadyAssociated", "the specified association for route table "+t.ID+" conflicts with an existing association")
	}
	t.Subnets = append(t.Subnets, sub)
	done()
	return &ec2.AssociateRouteTableOutput{AssociationId: aws.String(ec2ID("rtbassoc", t.ID+sub))}, nil
}

// target checks where a route is to go.
func (r *Request) target(n *network, t *routeTable, gateway, nat *string) (string, error) {
	if nat != nil {
		g := n.nat(*nat)
		switch {
		case g == nil || g.VPC != t.VPC:
			return "", notFound("InvalidNatGatewayID.NotFound", *nat)
		case g.state(r.World) != types.NatGatewayStateAvailable && g.state(r.World) != types.NatGatewayStatePending:
			return "", notFound("InvalidNatGatewayID.NotFound", *nat)
		}
		return g.ID, nil
	}
	g := n.gateway(aws.ToString(gateway))
	switch {
	case g == nil:
		return "", notFound("InvalidInternetGatewayID.NotFound", aws.ToString(gateway))
	case g.VPC != t.VPC:
		return "", Fail("InvalidParameterValue", fmt.Sprintf("route table %s and network gateway %s belong to different networks", t.ID, g.ID))
	}
	return g.ID, nil
}

func createRoute(r *Request, in *ec2.CreateRouteInput) (*ec2.CreateRouteOutput, error) {
	n, t, done, err := r.writeTable(in.DryRun, in.RouteTableId)
	if err != nil {
		return nil, err
	}
	if aws.ToString(in.DestinationCidrBlock) != "0.0.0.0/0" {
		return nil, FailWith(http.StatusNotImplemented, "SandboxNotImplemented", "the sandbox knows routes to 0.0.0.0/0 only")
	}
	to, err := r.target(n, t, in.GatewayId, in.NatGatewayId)
	if err != nil {
		return nil, err
	}
	if t.Out != "" {
		return nil, Fail("RouteAlreadyExists", "The route identified by 0.0.0.0/0 already exists.")
	}
	t.Out = to
	done()
	return &ec2.CreateRouteOutput{Return: aws.Bool(true)}, nil
}

func replaceRoute(r *Request, in *ec2.ReplaceRouteInput) (*ec2.ReplaceRouteOutput, error) {
	n, t, done, err := r.writeTable(in.DryRun, in.RouteTableId)
	if err != nil {
		return nil, err
	}
	to, err := r.target(n, t, in.GatewayId, in.NatGatewayId)
	if err != nil {
		return nil, err
	}
	if t.Out == "" {
		return nil, Fail("InvalidParameterValue", "There is no route defined for '0.0.0.0/0' in the route table. Use CreateRoute instead.")
	}
	t.Out = to
	done()
	return &ec2.ReplaceRouteOutput{}, nil
}

func deleteRoute(r *Request, in *ec2.DeleteRouteInput) (*ec2.DeleteRouteOutput, error) {
	_, t, done, err := r.writeTable(in.DryRun, in.RouteTableId)
	if err != nil {
		return nil, err
	}
	if t.Out == "" {
		return nil, Fail("InvalidRoute.NotFound", "no route with destination-cidr-block 0.0.0.0/0 in route table "+t.ID)
	}
	t.Out = ""
	done()
	return &ec2.DeleteRouteOutput{}, nil
}
