package vpc

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"awswizard/internal/beside"
	"awswizard/internal/order"
	"awswizard/steps"
	"awswizard/steps/network"
)

// place looks closely at a place, whose networks are these.
func (l looker) place(ctx context.Context, p *Place, vpcs []types.Vpc) error {
	client, err := l.client(p.Account, p.Region)
	if err != nil {
		return err
	}
	looks := []func(context.Context, *ec2.Client) error{p.readZones, p.readAddresses, p.readGateways}
	for _, v := range vpcs {
		switch {
		case tag(v.Tags) == tagNetwork && p.Network == nil:
			block, err := netip.ParsePrefix(aws.ToString(v.CidrBlock))
			if err != nil {
				return err
			}
			n := &Network{ID: aws.ToString(v.VpcId), Block: block}
			p.Network = n
			looks = append(looks, n.readNames, n.readSubnets, n.readTables, n.readGateway, n.readEndpoints, n.readNATs, n.readGroup, n.readUses)
		case tag(v.Tags) != tagNetwork && !aws.ToBool(v.IsDefault) && p.Other == "":
			p.Other = aws.ToString(v.VpcId) + " (" + aws.ToString(v.CidrBlock) + ")"
		}
	}
	errs := make([]error, len(looks))
	var wg beside.Group
	for i, look := range looks {
		wg.Go(func() { errs[i] = l.do(ctx, func() error { return look(ctx, client) }) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (p *Place) readZones(ctx context.Context, client *ec2.Client) (err error) {
	p.Zones, err = zones(ctx, client)
	return err
}

func (p *Place) readAddresses(ctx context.Context, client *ec2.Client) error {
	out, err := client.DescribeAddresses(ctx, &ec2.DescribeAddressesInput{Filters: []types.Filter{filter("tag-key", tagKey)}})
	if err != nil {
		return err
	}
	for _, a := range out.Addresses {
		p.Addresses = append(p.Addresses, Part{aws.ToString(a.AllocationId), tag(a.Tags)})
	}
	order.By(p.Addresses, byTag)
	return nil
}

func (p *Place) readGateways(ctx context.Context, client *ec2.Client) error {
	return steps.EachPage(ctx, ec2.NewDescribeInternetGatewaysPaginator(client, &ec2.DescribeInternetGatewaysInput{Filters: []types.Filter{filter("tag-key", tagKey)}}),
		func(page *ec2.DescribeInternetGatewaysOutput) {
			for _, g := range page.InternetGateways {
				p.Gateways = append(p.Gateways, Part{aws.ToString(g.InternetGatewayId), tag(g.Tags)})
			}
			order.By(p.Gateways, byTag)
		})
}

func byTag(a, b Part) int { return cmp.Or(strings.Compare(a.Tag, b.Tag), strings.Compare(a.ID, b.ID)) }

func (n *Network) readNames(ctx context.Context, client *ec2.Client) error {
	support, err := client.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: aws.String(n.ID), Attribute: types.VpcAttributeNameEnableDnsSupport})
	if err != nil {
		return err
	}
	names, err := client.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: aws.String(n.ID), Attribute: types.VpcAttributeNameEnableDnsHostnames})
	if err != nil {
		return err
	}
	on := func(v *types.AttributeBooleanValue) bool { return v != nil && aws.ToBool(v.Value) }
	n.Support, n.Hostnames = on(support.EnableDnsSupport), on(names.EnableDnsHostnames)
	return nil
}

func (n *Network) inside() []types.Filter { return []types.Filter{filter("vpc-id", n.ID)} }

func (n *Network) readSubnets(ctx context.Context, client *ec2.Client) error {
	err := steps.EachPage(ctx, ec2.NewDescribeSubnetsPaginator(client, &ec2.DescribeSubnetsInput{Filters: n.inside()}), func(page *ec2.DescribeSubnetsOutput) {
		for _, s := range page.Subnets {
			block, err := netip.ParsePrefix(aws.ToString(s.CidrBlock))
			if err == nil {
				n.Subnets = append(n.Subnets, Subnet{ID: aws.ToString(s.SubnetId), Zone: aws.ToString(s.AvailabilityZoneId), Block: block, Ours: tag(s.Tags) != ""})
			}
		}
	})
	order.By(n.Subnets, func(a, b Subnet) int { return a.Block.Addr().Compare(b.Block.Addr()) })
	return err
}

func (n *Network) readTables(ctx context.Context, client *ec2.Client) error {
	err := steps.EachPage(ctx, ec2.NewDescribeRouteTablesPaginator(client, &ec2.DescribeRouteTablesInput{Filters: n.inside()}), func(page *ec2.DescribeRouteTablesOutput) {
		for _, t := range page.RouteTables {
			table := Table{ID: aws.ToString(t.RouteTableId), Tag: tag(t.Tags)}
			for _, a := range t.Associations {
				if table.Main = table.Main || aws.ToBool(a.Main); a.SubnetId != nil {
					table.Subnets = append(table.Subnets, *a.SubnetId)
				}
			}
			for _, r := range t.Routes {
				if aws.ToString(r.DestinationCidrBlock) == everywhere {
					table.Out = cmp.Or(aws.ToString(r.NatGatewayId), aws.ToString(r.GatewayId), aws.ToString(r.TransitGatewayId), aws.ToString(r.NetworkInterfaceId), aws.ToString(r.VpcPeeringConnectionId), "another way")
					table.Broken = r.State == types.RouteStateBlackhole
				}
			}
			n.Tables = append(n.Tables, table)
		}
	})
	order.By(n.Tables, func(a, b Table) int { return cmp.Or(strings.Compare(a.Tag, b.Tag), strings.Compare(a.ID, b.ID)) })
	return err
}

func (n *Network) readGateway(ctx context.Context, client *ec2.Client) error {
	return steps.EachPage(ctx, ec2.NewDescribeInternetGatewaysPaginator(client, &ec2.DescribeInternetGatewaysInput{Filters: []types.Filter{filter("attachment.vpc-id", n.ID)}}),
		func(page *ec2.DescribeInternetGatewaysOutput) {
			for _, g := range page.InternetGateways {
				n.Gateway = aws.ToString(g.InternetGatewayId)
			}
		})
}

func (n *Network) readEndpoints(ctx context.Context, client *ec2.Client) error {
	err := steps.EachPage(ctx, ec2.NewDescribeVpcEndpointsPaginator(client, &ec2.DescribeVpcEndpointsInput{Filters: n.inside()}), func(page *ec2.DescribeVpcEndpointsOutput) {
		for _, e := range page.VpcEndpoints {
			// AWS writes the states in small letters, other than its model.
			if state := strings.ToLower(string(e.State)); state == "deleted" || state == "deleting" || state == "failed" {
				continue
			}
			tables := slices.Clone(e.RouteTableIds)
			slices.Sort(tables)
			n.Endpoints = append(n.Endpoints, Endpoint{ID: aws.ToString(e.VpcEndpointId), Service: aws.ToString(e.ServiceName), Tables: tables, Ours: tag(e.Tags) != ""})
		}
	})
	order.By(n.Endpoints, func(a, b Endpoint) int { return strings.Compare(a.ID, b.ID) })
	return err
}

func (n *Network) readNATs(ctx context.Context, client *ec2.Client) error {
	err := steps.EachPage(ctx, ec2.NewDescribeNatGatewaysPaginator(client, &ec2.DescribeNatGatewaysInput{Filter: append(n.inside(), filter("state", "pending", "available", "deleting"))}),
		func(page *ec2.DescribeNatGatewaysOutput) {
			for _, g := range page.NatGateways {
				n.NATs = append(n.NATs, NAT{ID: aws.ToString(g.NatGatewayId), Tag: tag(g.Tags), Subnet: aws.ToString(g.SubnetId), Coming: g.State == types.NatGatewayStatePending, Going: g.State == types.NatGatewayStateDeleting})
			}
		})
	order.By(n.NATs, func(a, b NAT) int { return cmp.Or(strings.Compare(a.Tag, b.Tag), strings.Compare(a.ID, b.ID)) })
	return err
}

func (n *Network) readGroup(ctx context.Context, client *ec2.Client) error {
	id, err := defaultGroup(ctx, client, n.ID)
	if err != nil || id == "" {
		return err
	}
	n.Group.ID = id
	err = steps.EachPage(ctx, ec2.NewDescribeSecurityGroupRulesPaginator(client, &ec2.DescribeSecurityGroupRulesInput{Filters: []types.Filter{filter("group-id", id)}}),
		func(page *ec2.DescribeSecurityGroupRulesOutput) {
			for _, r := range page.SecurityGroupRules {
				everything := aws.ToString(r.IpProtocol) == "-1"
				switch out := aws.ToBool(r.IsEgress); {
				case everything && !out && r.ReferencedGroupInfo != nil && aws.ToString(r.ReferencedGroupInfo.GroupId) == id:
					n.Group.In = true
				case everything && out && aws.ToString(r.CidrIpv4) == everywhere:
					n.Group.Out = true
				default:
					n.Group.More = true
				}
			}
		})
	if err != nil {
		return err
	}
	return steps.EachPage(ctx, ec2.NewDescribeNetworkInterfacesPaginator(client, &ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{filter("group-id", id)}}),
		func(page *ec2.DescribeNetworkInterfacesOutput) {
			n.Group.Used = n.Group.Used || len(page.NetworkInterfaces) > 0
		})
}

// defaultGroup is the id of the security group that AWS makes with a network, "" when AWS does not show it yet.
func defaultGroup(ctx context.Context, client *ec2.Client, vpc string) (string, error) {
	out, err := client.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{Filters: []types.Filter{filter("vpc-id", vpc), filter("group-name", "default")}})
	if err != nil || len(out.SecurityGroups) == 0 {
		return "", err
	}
	return aws.ToString(out.SecurityGroups[0].GroupId), nil
}

func (n *Network) readUses(ctx context.Context, client *ec2.Client) (err error) {
	n.Uses, err = network.Uses(ctx, client, n.ID)
	return err
}
