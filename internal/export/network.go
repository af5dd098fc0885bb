package export

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"awswizard/internal/order"
	"awswizard/internal/plan"
)

const networkFile = "network.tf"

// networkReader reads one of the wizard's networks; refs are the addresses of its parts, by AWS id.
type networkReader struct {
	p                          *Project
	client                     *ec2.Client
	account, region, id, label string
	refs                       map[string]string
}

// networks exports the private networks the wizard made: facts "vpc.<account>.<region>.network".
func networks(ctx context.Context, p *Project) error {
	for _, key := range p.Source.Facts.Keys() {
		parts := strings.Split(key, ".")
		if len(parts) != 4 || parts[0] != "vpc" || parts[3] != "network" {
			continue
		}
		id, region := p.Source.Facts.AccountID(parts[1]), parts[2]
		if p.closed[id] {
			continue
		}
		cfg, err := p.Source.Config(plan.Place{Account: id, Region: region})
		if err == nil {
			r := &networkReader{p: p, client: ec2.NewFromConfig(cfg), account: id, region: region, id: p.Source.Facts.Get(key), label: Label(parts[1], region), refs: map[string]string{}}
			err = r.read(ctx)
		}
		if err := p.unread("the network of "+parts[1]+" in "+region, err); err != nil {
			return err
		}
	}
	return nil
}

func (r *networkReader) read(ctx context.Context) error {
	for _, part := range []func(context.Context) error{r.network, r.gateways, r.subnets, r.nats, r.tables, r.endpoints, r.group} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// add keeps a part of the network, so that others refer to it.
func (r *networkReader) add(kind, label, id string, body Body) {
	r.refs[id] = r.p.add(Resource{Type: kind, Label: Label(r.label, label), File: networkFile, Account: r.p.alias(r.account), Region: r.region, ID: id, Body: body}) + ".id"
}

// ref is the id of a part, by its resource where that is exported.
func (r *networkReader) ref(id *string) Value {
	if address, known := r.refs[aws.ToString(id)]; known {
		return Ref(address)
	}
	return Text(aws.ToString(id))
}

func (r *networkReader) inside() []types.Filter {
	return []types.Filter{{Name: aws.String("vpc-id"), Values: []string{r.id}}}
}

// named is what the wizard calls a part, and the rest of its id for a part of somebody else's.
func named(tags []types.Tag, id *string) string {
	for _, t := range tags {
		if aws.ToString(t.Key) == "wizard" {
			return aws.ToString(t.Value)
		}
	}
	return aws.ToString(id)
}

func (b *Body) ec2Tags(tags []types.Tag) {
	found := map[string]string{}
	for _, t := range tags {
		found[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	b.Tags(found)
}

func (r *networkReader) network(ctx context.Context) error {
	out, err := r.client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{r.id}})
	if err != nil {
		return err
	}
	for _, v := range out.Vpcs {
		var body Body
		body.Set("cidr_block", Text(aws.ToString(v.CidrBlock)))
		if v.InstanceTenancy != "" && v.InstanceTenancy != types.TenancyDefault {
			body.Set("instance_tenancy", Text(string(v.InstanceTenancy)))
		}
		for _, a := range []struct {
			name string
			key  types.VpcAttributeName
			of   func(*ec2.DescribeVpcAttributeOutput) *types.AttributeBooleanValue
		}{
			{"enable_dns_support", types.VpcAttributeNameEnableDnsSupport, func(o *ec2.DescribeVpcAttributeOutput) *types.AttributeBooleanValue { return o.EnableDnsSupport }},
			{"enable_dns_hostnames", types.VpcAttributeNameEnableDnsHostnames, func(o *ec2.DescribeVpcAttributeOutput) *types.AttributeBooleanValue { return o.EnableDnsHostnames }},
		} {
			found, err := r.client.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: &r.id, Attribute: a.key})
			if err != nil {
				return err
			}
			if value := a.of(found); value != nil {
				body.Set(a.name, Bool(aws.ToBool(value.Value)))
			}
		}
		body.ec2Tags(v.Tags)
		r.add("aws_vpc", "", r.id, body)
	}
	return nil
}

func (r *networkReader) gateways(ctx context.Context) error {
	list, err := all(ctx, ec2.NewDescribeInternetGatewaysPaginator(r.client, &ec2.DescribeInternetGatewaysInput{
		Filters: []types.Filter{{Name: aws.String("attachment.vpc-id"), Values: []string{r.id}}}}),
		func(o *ec2.DescribeInternetGatewaysOutput) []types.InternetGateway { return o.InternetGateways })
	for _, g := range list {
		var body Body
		body.Set("vpc_id", r.ref(&r.id))
		body.ec2Tags(g.Tags)
		r.add("aws_internet_gateway", "", aws.ToString(g.InternetGatewayId), body)
	}
	return err
}

func (r *networkReader) subnets(ctx context.Context) error {
	list, err := all(ctx, ec2.NewDescribeSubnetsPaginator(r.client, &ec2.DescribeSubnetsInput{Filters: r.inside()}),
		func(o *ec2.DescribeSubnetsOutput) []types.Subnet { return o.Subnets })
	order.By(list, func(a, b types.Subnet) int {
		return strings.Compare(named(a.Tags, a.SubnetId), named(b.Tags, b.SubnetId))
	})
	for _, s := range list {
		var body Body
		body.Set("vpc_id", r.ref(&r.id))
		body.Set("cidr_block", Text(aws.ToString(s.CidrBlock)))
		body.Some("availability_zone", aws.ToString(s.AvailabilityZone))
		if aws.ToBool(s.MapPublicIpOnLaunch) {
			body.Set("map_public_ip_on_launch", Bool(true))
		}
		body.ec2Tags(s.Tags)
		r.add("aws_subnet", named(s.Tags, s.SubnetId), aws.ToString(s.SubnetId), body)
	}
	return err
}

// nats exports the NAT gateways and their addresses.
func (r *networkReader) nats(ctx context.Context) error {
	list, err := all(ctx, ec2.NewDescribeNatGatewaysPaginator(r.client, &ec2.DescribeNatGatewaysInput{
		Filter: append(r.inside(), types.Filter{Name: aws.String("state"), Values: []string{"pending", "available"}})}),
		func(o *ec2.DescribeNatGatewaysOutput) []types.NatGateway { return o.NatGateways })
	if err != nil || len(list) == 0 {
		return err
	}
	addresses, err := r.client.DescribeAddresses(ctx, &ec2.DescribeAddressesInput{Filters: []types.Filter{{Name: aws.String("tag-key"), Values: []string{"wizard"}}}})
	if err != nil {
		return err
	}
	order.By(addresses.Addresses, func(a, b types.Address) int {
		return strings.Compare(named(a.Tags, a.AllocationId), named(b.Tags, b.AllocationId))
	})
	for _, a := range addresses.Addresses {
		var body Body
		body.Set("domain", Text("vpc"))
		body.ec2Tags(a.Tags)
		r.add("aws_eip", named(a.Tags, a.AllocationId), aws.ToString(a.AllocationId), body)
	}
	order.By(list, func(a, b types.NatGateway) int {
		return strings.Compare(named(a.Tags, a.NatGatewayId), named(b.Tags, b.NatGatewayId))
	})
	for _, g := range list {
		var body Body
		for _, a := range g.NatGatewayAddresses {
			if a.AllocationId != nil {
				body.Set("allocation_id", r.ref(a.AllocationId))
				break
			}
		}
		body.Set("subnet_id", r.ref(g.SubnetId))
		body.ec2Tags(g.Tags)
		r.add("aws_nat_gateway", named(g.Tags, g.NatGatewayId), aws.ToString(g.NatGatewayId), body)
	}
	return nil
}

// tables exports the route tables but the main one, which comes with the network, and what they are given to.
func (r *networkReader) tables(ctx context.Context) error {
	list, err := all(ctx, ec2.NewDescribeRouteTablesPaginator(r.client, &ec2.DescribeRouteTablesInput{Filters: r.inside()}),
		func(o *ec2.DescribeRouteTablesOutput) []types.RouteTable { return o.RouteTables })
	order.By(list, func(a, b types.RouteTable) int {
		return strings.Compare(named(a.Tags, a.RouteTableId), named(b.Tags, b.RouteTableId))
	})
	for _, t := range list {
		name, id := named(t.Tags, t.RouteTableId), aws.ToString(t.RouteTableId)
		if slices.ContainsFunc(t.Associations, func(a types.RouteTableAssociation) bool { return aws.ToBool(a.Main) }) {
			if len(t.Routes) > 1 || len(t.Associations) > 1 {
				r.p.leave("the main route table "+id+" of the network "+r.id, "the wizard does not set it; it stays as it is")
			}
			continue
		}
		var body Body
		body.Set("vpc_id", r.ref(&r.id))
		body.ec2Tags(t.Tags)
		for _, route := range t.Routes {
			if block := r.route(route); block != nil {
				body.Nest("route", block)
			}
		}
		r.add("aws_route_table", name, id, body)
		for _, a := range t.Associations {
			if a.SubnetId == nil {
				continue
			}
			var body Body
			body.Set("subnet_id", r.ref(a.SubnetId))
			body.Set("route_table_id", r.ref(&id))
			subnet := r.refs[*a.SubnetId] // "aws_subnet.<label>.id"
			r.p.add(Resource{Type: "aws_route_table_association", Label: strings.TrimSuffix(strings.TrimPrefix(subnet, "aws_subnet."), ".id"), File: networkFile,
				Account: r.p.alias(r.account), Region: r.region, ID: *a.SubnetId + "/" + id, Body: body})
		}
	}
	return err
}

// route is one way of a table, nil for those that come by themselves: within the network, and to S3 and DynamoDB.
func (r *networkReader) route(is types.Route) Body {
	if aws.ToString(is.GatewayId) == "local" || strings.HasPrefix(aws.ToString(is.GatewayId), "vpce-") || is.Origin == types.RouteOriginEnableVgwRoutePropagation {
		return nil
	}
	var block Body
	block.Some("cidr_block", aws.ToString(is.DestinationCidrBlock))
	block.Some("ipv6_cidr_block", aws.ToString(is.DestinationIpv6CidrBlock))
	block.Some("destination_prefix_list_id", aws.ToString(is.DestinationPrefixListId))
	for _, to := range []struct {
		name string
		id   *string
	}{{"gateway_id", is.GatewayId}, {"nat_gateway_id", is.NatGatewayId}, {"transit_gateway_id", is.TransitGatewayId},
		{"vpc_peering_connection_id", is.VpcPeeringConnectionId}, {"egress_only_gateway_id", is.EgressOnlyInternetGatewayId}, {"network_interface_id", is.NetworkInterfaceId}} {
		if aws.ToString(to.id) != "" {
			block.Set(to.name, r.ref(to.id))
		}
	}
	return block
}

// endpoints exports the ways to services of AWS that cost nothing. Their policy is left out: it stays as it is.
func (r *networkReader) endpoints(ctx context.Context) error {
	list, err := all(ctx, ec2.NewDescribeVpcEndpointsPaginator(r.client, &ec2.DescribeVpcEndpointsInput{Filters: r.inside()}),
		func(o *ec2.DescribeVpcEndpointsOutput) []types.VpcEndpoint { return o.VpcEndpoints })
	order.By(list, func(a, b types.VpcEndpoint) int {
		return strings.Compare(named(a.Tags, a.VpcEndpointId), named(b.Tags, b.VpcEndpointId))
	})
	for _, e := range list {
		if e.VpcEndpointType != types.VpcEndpointTypeGateway {
			r.p.leave("the endpoint "+aws.ToString(e.VpcEndpointId), "the wizard makes none of that kind")
			continue
		}
		if state := strings.ToLower(string(e.State)); strings.HasPrefix(state, "delet") || state == "failed" {
			continue
		}
		var body Body
		body.Set("vpc_id", r.ref(&r.id))
		body.Set("service_name", Text(aws.ToString(e.ServiceName)))
		var tables []Value
		order.By(e.RouteTableIds, func(a, b string) int { return strings.Compare(r.refs[a], r.refs[b]) })
		for _, t := range e.RouteTableIds {
			tables = append(tables, r.ref(&t))
		}
		body.Set("route_table_ids", List(tables...))
		body.ec2Tags(e.Tags)
		r.add("aws_vpc_endpoint", named(e.Tags, e.VpcEndpointId), aws.ToString(e.VpcEndpointId), body)
	}
	return err
}

// group exports the default security group, closed as the wizard closes it. One with rules keeps them: they are left out.
func (r *networkReader) group(ctx context.Context) error {
	out, err := r.client.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{Filters: append(r.inside(), types.Filter{Name: aws.String("group-name"), Values: []string{"default"}})})
	if err != nil {
		return err
	}
	for _, g := range out.SecurityGroups {
		var body Body
		body.Set("vpc_id", r.ref(&r.id))
		note := "Its rules are not written here, and stay as they are."
		if len(g.IpPermissions)+len(g.IpPermissionsEgress) == 0 {
			note = "It lets nothing in or out: whatever is made without a group of its own gets this one."
			body.Set("ingress", List())
			body.Set("egress", List())
		}
		body.ec2Tags(g.Tags)
		r.p.add(Resource{Type: "aws_default_security_group", Label: r.label, File: networkFile, Account: r.p.alias(r.account), Region: r.region, ID: aws.ToString(g.GroupId), Body: body, Note: note})
	}
	return nil
}
