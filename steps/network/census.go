package network

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"awswizard/internal/beside"
	"awswizard/internal/order"
	"awswizard/steps"
)

// look is one read of what is in a VPC. It gives what it found in use, in words.
type look func(ctx context.Context, client *ec2.Client, p *Place) (uses []string, err error)

// inside makes all reads of a default VPC side by side. One refused read is enough to leave the VPC alone: it may hide
// what the VPC is used for. What has a network interface in any case is looked for only where there is one.
func (c *census) inside(ctx context.Context, client *ec2.Client, p *Place, signs func() signs) error {
	roles := func(context.Context, *ec2.Client, *Place) ([]string, error) { signs(); return nil, nil }
	err := c.looks(ctx, client, p, roles, subnets, tables, gateway, interfaces, endpoints, peerings, vpnGateways, egressGateways, groups, lists, flowLogs)
	if err == nil && p.interfaces {
		err = c.looks(ctx, client, p, instances, natGateways, transitAttachments)
	}
	if err == nil && len(p.Uses) > 0 {
		if refused := c.do(ctx, func() error { return readGroup(ctx, client, p) }); refused != nil {
			p.GroupRefused = steps.RefusalOf(refused) // the network stays in any case
		}
	}
	if err != nil || p.Attached || p.routed == "" {
		return err
	}
	return c.do(ctx, func() error { return detached(ctx, client, p) })
}

// looks makes these reads side by side and adds the uses they find, in their order.
func (c *census) looks(ctx context.Context, client *ec2.Client, p *Place, looks ...look) error {
	uses, errs := make([][]string, len(looks)), make([]error, len(looks))
	var wg beside.Group
	for i, l := range looks {
		wg.Go(func() {
			errs[i] = c.do(ctx, func() (err error) {
				uses[i], err = l(ctx, client, p)
				return err
			})
		})
	}
	wg.Wait()
	for _, u := range uses {
		p.Uses = append(p.Uses, u...)
	}
	return errors.Join(errs...)
}

// each goes through all pages of a Describe operation and gives what of finds in each.
func each[O any, P interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*ec2.Options)) (*O, error)
}](ctx context.Context, pages P, of func(*O)) error {
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		of(out)
	}
	return nil
}

func inVPC(p *Place) []types.Filter { return []types.Filter{filter("vpc-id", p.VPC)} }

// subnets writes p.Subnets, which no other look does.
func subnets(ctx context.Context, client *ec2.Client, p *Place) (uses []string, err error) {
	var found []types.Subnet
	err = each(ctx, ec2.NewDescribeSubnetsPaginator(client, &ec2.DescribeSubnetsInput{Filters: inVPC(p)}),
		func(out *ec2.DescribeSubnetsOutput) { found = append(found, out.Subnets...) })
	order.By(found, func(a, b types.Subnet) int {
		return cmp.Or(cmp.Compare(aws.ToString(a.AvailabilityZone), aws.ToString(b.AvailabilityZone)), cmp.Compare(aws.ToString(a.SubnetId), aws.ToString(b.SubnetId)))
	})
	for _, s := range found {
		p.Subnets = append(p.Subnets, aws.ToString(s.SubnetId))
		if !aws.ToBool(s.DefaultForAz) {
			uses = append(uses, "the added subnet "+aws.ToString(s.SubnetId))
		}
	}
	return uses, err
}

// tables writes p.routed, which no other look does: the gateway the main route table names although it is not attached
// any more (the route's state is then "blackhole"), as when an earlier run was stopped between detaching and deleting it.
func tables(ctx context.Context, client *ec2.Client, p *Place) (uses []string, err error) {
	err = each(ctx, ec2.NewDescribeRouteTablesPaginator(client, &ec2.DescribeRouteTablesInput{Filters: inVPC(p)}),
		func(out *ec2.DescribeRouteTablesOutput) {
			for _, t := range out.RouteTables {
				if !slices.ContainsFunc(t.Associations, func(a types.RouteTableAssociation) bool { return aws.ToBool(a.Main) }) {
					uses = append(uses, "the added route table "+aws.ToString(t.RouteTableId))
					continue
				}
				for _, r := range t.Routes {
					if aws.ToString(r.DestinationCidrBlock) == "0.0.0.0/0" && r.State == types.RouteStateBlackhole {
						p.routed = aws.ToString(r.GatewayId)
					}
				}
			}
		})
	return uses, err
}

// gateway writes p.Gateway and p.Attached, which no other look does.
func gateway(ctx context.Context, client *ec2.Client, p *Place) (uses []string, err error) {
	return nil, gateways(ctx, client, filter("attachment.vpc-id", p.VPC), func(g types.InternetGateway) {
		p.Gateway, p.Attached = aws.ToString(g.InternetGatewayId), true
	})
}

// detached looks whether the gateway that the main route table still names is there. By filter, since asking for an id that
// is gone is an error.
func detached(ctx context.Context, client *ec2.Client, p *Place) error {
	return gateways(ctx, client, filter("internet-gateway-id", p.routed), func(g types.InternetGateway) {
		if len(g.Attachments) == 0 {
			p.Gateway = p.routed
		}
	})
}

func gateways(ctx context.Context, client *ec2.Client, which types.Filter, of func(types.InternetGateway)) error {
	return each(ctx, ec2.NewDescribeInternetGatewaysPaginator(client, &ec2.DescribeInternetGatewaysInput{Filters: []types.Filter{which}}),
		func(out *ec2.DescribeInternetGatewaysOutput) {
			for _, g := range out.InternetGateways {
				of(g)
			}
		})
}

// interfaces writes p.interfaces, which no other look does. It finds most uses: instances, load balancers, databases,
// functions and containers all have a network interface.
func interfaces(ctx context.Context, client *ec2.Client, p *Place) (uses []string, err error) {
	err = each(ctx, ec2.NewDescribeNetworkInterfacesPaginator(client, &ec2.DescribeNetworkInterfacesInput{Filters: inVPC(p)}),
		func(out *ec2.DescribeNetworkInterfacesOutput) {
			for _, e := range out.NetworkInterfaces {
				p.interfaces = true
				if e.InterfaceType == types.NetworkInterfaceTypeNatGateway {
					continue // the gateway itself is looked for
				}
				use := "network interface " + aws.ToString(e.NetworkInterfaceId)
				if d := aws.ToString(e.Description); d != "" {
					use += " (" + d + ")"
				}
				uses = append(uses, use)
			}
		})
	return uses, err
}

func instances(ctx context.Context, client *ec2.Client, p *Place) (uses []string, err error) {
	err = each(ctx, ec2.NewDescribeInstancesPaginator(client, &ec2.DescribeInstancesInput{Filters: inVPC(p)}),
		func(out *ec2.DescribeInstancesOutput) {
			for _, r := range out.Reservations {
				for _, i := range r.Instances {
					if i.State == nil || i.State.Name != types.InstanceStateNameTerminated {
						uses = append(uses, "instance "+aws.ToString(i.InstanceId))
					}
				}
			}
		})
	return uses, err
}

func natGateways(ctx context.Context, client *ec2.Client, p *Place) (uses []string, err error) {
	err = each(ctx, ec2.NewDescribeNatGatewaysPaginator(client, &ec2.DescribeNatGatewaysInput{Filter: append(inVPC(p), filter("state", "pending", "available", "deleting"))}),
		func(out *ec2.DescribeNatGatewaysOutput) {
			for _, g := range out.NatGateways {
				uses = append(uses, "NAT gateway "+aws.ToString(g.NatGatewayId))
			}
		})
	return uses, err
}

// endpoints: those of the gateway kind have no network interface.
func endpoints(ctx context.Context, client *ec2.Client, p *Place) (uses []string, err error) {
	err = each(ctx, ec2.NewDescribeVpcEndpointsPaginator(client, &ec2.DescribeVpcEndpointsInput{Filters: inVPC(p)}),
		func(out *ec2.DescribeVpcEndpointsOutput) {
			for _, e := range out.VpcEndpoints {
				if e.State != "deleted" {
					uses = append(uses, "endpoint "+aws.ToString(e.VpcEndpointId))
				}
			}
		})
	return uses, err
}

// peerings takes all connections of the Region in one request: two filters are both to hold, and the VPC is on one side.
func peerings(ctx context.Context, client *ec2.Client, p *Place) (uses []string, err error) {
	over := []types.VpcPeeringConnectionStateReasonCode{types.VpcPeeringConnectionStateReasonCodeDeleted, types.VpcPeeringConnectionStateReasonCodeRejected,
		types.VpcPeeringConnectionStateReasonCodeExpired, types.VpcPeeringConnectionStateReasonCodeFailed}
	here := func(side *types.VpcPeeringConnectionVpcInfo) bool {
		return side != nil && aws.ToString(side.VpcId) == p.VPC
	}
	err = each(ctx, ec2.NewDescribeVpcPeeringConnectionsPaginator(client, &ec2.DescribeVpcPeeringConnectionsInput{}),
		func(out *ec2.DescribeVpcPeeringConnectionsOutput) {
			for _, c := range out.VpcPeeringConnections {
				if (here(c.RequesterVpcInfo) || here(c.AccepterVpcInfo)) && (c.Status == nil || !slices.Contains(over, c.Status.Code)) {
					uses = append(uses, "peering connection "+aws.ToString(c.VpcPeeringConnectionId))
				}
			}
		})
	return uses, err
}

func vpnGateways(ctx context.Context, client *ec2.Client, p *Place) (uses []string, err error) {
	out, err := client.DescribeVpnGateways(ctx, &ec2.DescribeVpnGatewaysInput{Filters: []types.Filter{filter("attachment.vpc-id", p.VPC)}})
	if err != nil {
		return nil, err
	}
	for _, g := range out.VpnGateways {
		here := func(a types.VpcAttachment) bool {
			return aws.ToString(a.VpcId) == p.VPC && a.State != types.AttachmentStatusDetached
		}
		if slices.ContainsFunc(g.VpcAttachments, here) {
			uses = append(uses, "VPN gateway "+aws.ToString(g.VpnGatewayId))
		}
	}
	return uses, nil
}

func transitAttachments(ctx context.Context, client *ec2.Client, p *Place) (uses []string, err error) {
	err = each(ctx, ec2.NewDescribeTransitGatewayVpcAttachmentsPaginator(client, &ec2.DescribeTransitGatewayVpcAttachmentsInput{Filters: inVPC(p)}),
		func(out *ec2.DescribeTransitGatewayVpcAttachmentsOutput) {
			for _, a := range out.TransitGatewayVpcAttachments {
				if a.State != types.TransitGatewayAttachmentStateDeleted {
					uses = append(uses, "transit gateway attachment "+aws.ToString(a.TransitGatewayAttachmentId))
				}
			}
		})
	return uses, err
}

// egressGateways: this operation has no filter by VPC.
func egressGateways(ctx context.Context, client *ec2.Client, p *Place) (uses []string, err error) {
	err = each(ctx, ec2.NewDescribeEgressOnlyInternetGatewaysPaginator(client, &ec2.DescribeEgressOnlyInternetGatewaysInput{}),
		func(out *ec2.DescribeEgressOnlyInternetGatewaysOutput) {
			for _, g := range out.EgressOnlyInternetGateways {
				if slices.ContainsFunc(g.Attachments, func(a types.InternetGatewayAttachment) bool { return aws.ToString(a.VpcId) == p.VPC }) {
					uses = append(uses, "egress-only gateway "+aws.ToString(g.EgressOnlyInternetGatewayId))
				}
			}
		})
	return uses, err
}

func groups(ctx context.Context, client *ec2.Client, p *Place) (uses []string, err error) {
	err = each(ctx, ec2.NewDescribeSecurityGroupsPaginator(client, &ec2.DescribeSecurityGroupsInput{Filters: inVPC(p)}),
		func(out *ec2.DescribeSecurityGroupsOutput) {
			for _, g := range out.SecurityGroups {
				if aws.ToString(g.GroupName) != "default" {
					uses = append(uses, "the added security group "+aws.ToString(g.GroupId)+" ("+aws.ToString(g.GroupName)+")")
				}
			}
		})
	return uses, err
}

func lists(ctx context.Context, client *ec2.Client, p *Place) (uses []string, err error) {
	err = each(ctx, ec2.NewDescribeNetworkAclsPaginator(client, &ec2.DescribeNetworkAclsInput{Filters: inVPC(p)}),
		func(out *ec2.DescribeNetworkAclsOutput) {
			for _, l := range out.NetworkAcls {
				if !aws.ToBool(l.IsDefault) {
					uses = append(uses, "the added network access list "+aws.ToString(l.NetworkAclId))
				}
			}
		})
	return uses, err
}

func flowLogs(ctx context.Context, client *ec2.Client, p *Place) (uses []string, err error) {
	err = each(ctx, ec2.NewDescribeFlowLogsPaginator(client, &ec2.DescribeFlowLogsInput{Filter: []types.Filter{filter("resource-id", p.VPC)}}),
		func(out *ec2.DescribeFlowLogsOutput) {
			for _, l := range out.FlowLogs {
				uses = append(uses, "flow log "+aws.ToString(l.FlowLogId))
			}
		})
	return uses, err
}
