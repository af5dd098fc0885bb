package sandbox

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// only gives the result of a request that must not fail.
func only[T any](t *testing.T) func(T, error) T {
	return func(out T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// A network of one's own is there only after a moment, comes with its table and group, and is deleted in AWS's order.
func TestEC2PrivateNetwork(t *testing.T) {
	w, c, account := ec2In(t, "us-west-1")
	ctx := context.Background()
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	w.Pace = 1
	w.SetClock(func() time.Time { return now })
	w.Clock = now
	name := func(kind types.ResourceType) []types.TagSpecification {
		return []types.TagSpecification{{ResourceType: kind, Tags: []types.Tag{{Key: aws.String("wizard"), Value: aws.String("x")}}}}
	}
	_, err := c.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/8")})
	wantCode(t, "a VPC of /8", err, "InvalidVpc.Range")
	_, err = c.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.16.0.0/18"), TagSpecifications: name(types.ResourceTypeSubnet)})
	wantCode(t, "tags of another kind", err, "InvalidParameterValue")
	v := only[*ec2.CreateVpcOutput](t)(c.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.16.0.0/18"), TagSpecifications: name(types.ResourceTypeVpc)})).Vpc
	if v.State != types.VpcStatePending || len(v.Tags) != 1 {
		t.Errorf("a new VPC is %s with tags %v", v.State, v.Tags)
	}
	_, err = c.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: v.VpcId, CidrBlock: aws.String("10.16.0.0/20")})
	wantCode(t, "a subnet at once", err, "InvalidVpcID.NotFound")
	now = now.Add(5 * time.Second)
	_, err = c.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: v.VpcId, CidrBlock: aws.String("10.16.0.0/20"), AvailabilityZoneId: aws.String("usw1-az2")})
	wantCode(t, "a zone this account has not", err, "InvalidParameterValue")
	sub := only[*ec2.CreateSubnetOutput](t)(c.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: v.VpcId, CidrBlock: aws.String("10.16.0.0/20"), AvailabilityZoneId: aws.String("usw1-az3")})).Subnet
	if aws.ToString(sub.AvailabilityZoneId) != "usw1-az3" || aws.ToBool(sub.MapPublicIpOnLaunch) || aws.ToBool(sub.DefaultForAz) {
		t.Errorf("%+v", sub)
	}
	_, err = c.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: v.VpcId, CidrBlock: aws.String("10.16.8.0/24")})
	wantCode(t, "overlapping subnets", err, "InvalidSubnet.Conflict")
	_, err = c.ModifyVpcAttribute(ctx, &ec2.ModifyVpcAttributeInput{VpcId: v.VpcId, EnableDnsSupport: &types.AttributeBooleanValue{Value: aws.Bool(true)},
		EnableDnsHostnames: &types.AttributeBooleanValue{Value: aws.Bool(true)}})
	wantCode(t, "two attributes at once", err, "InvalidParameterCombination")

	table := only[*ec2.CreateRouteTableOutput](t)(c.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: v.VpcId})).RouteTable.RouteTableId
	associate := &ec2.AssociateRouteTableInput{RouteTableId: table, SubnetId: sub.SubnetId}
	only[*ec2.AssociateRouteTableOutput](t)(c.AssociateRouteTable(ctx, associate))
	_, err = c.AssociateRouteTable(ctx, associate)
	wantCode(t, "associate again", err, "Resource.AlreadyAssociated")
	endpoint := &ec2.CreateVpcEndpointInput{VpcId: v.VpcId, ServiceName: aws.String("com.amazonaws.us-west-1.s3"), RouteTableIds: []string{*table}}
	made := only[*ec2.CreateVpcEndpointOutput](t)(c.CreateVpcEndpoint(ctx, endpoint)).VpcEndpoint
	_, err = c.CreateVpcEndpoint(ctx, endpoint)
	wantCode(t, "a second endpoint", err, "RouteAlreadyExists")
	_, err = c.CreateVpcEndpoint(ctx, &ec2.CreateVpcEndpointInput{VpcId: v.VpcId, ServiceName: aws.String("com.amazonaws.eu-west-1.s3")})
	wantCode(t, "another Region's service", err, "InvalidServiceName")

	allocation := only[*ec2.AllocateAddressOutput](t)(c.AllocateAddress(ctx, &ec2.AllocateAddressInput{})).AllocationId
	nat := &ec2.CreateNatGatewayInput{SubnetId: sub.SubnetId, AllocationId: allocation}
	failing := only[*ec2.CreateNatGatewayOutput](t)(c.CreateNatGateway(ctx, nat)).NatGateway.NatGatewayId
	_, err = c.CreateNatGateway(ctx, nat)
	wantCode(t, "an address twice", err, "Resource.AlreadyAssociated")
	now = now.Add(3 * time.Minute)
	shown := only[*ec2.DescribeNatGatewaysOutput](t)(c.DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{NatGatewayIds: []string{*failing}})).NatGateways[0]
	if shown.State != types.NatGatewayStateFailed || aws.ToString(shown.FailureCode) != "Gateway.NotAttached" {
		t.Errorf("without an internet gateway it is %s (%s)", shown.State, aws.ToString(shown.FailureCode))
	}
	igw := only[*ec2.CreateInternetGatewayOutput](t)(c.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{})).InternetGateway.InternetGatewayId
	_, err = c.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: table, DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: igw})
	wantCode(t, "a route to a gateway that is not attached", err, "InvalidParameterValue")
	only[*ec2.AttachInternetGatewayOutput](t)(c.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{InternetGatewayId: igw, VpcId: v.VpcId}))
	works := only[*ec2.CreateNatGatewayOutput](t)(c.CreateNatGateway(ctx, nat)).NatGateway.NatGatewayId
	route := &ec2.CreateRouteInput{RouteTableId: table, DestinationCidrBlock: aws.String("0.0.0.0/0"), NatGatewayId: works}
	only[*ec2.CreateRouteOutput](t)(c.CreateRoute(ctx, route))
	_, err = c.CreateRoute(ctx, route)
	wantCode(t, "a route again", err, "RouteAlreadyExists")
	now = now.Add(3 * time.Minute)

	detach := &ec2.DetachInternetGatewayInput{InternetGatewayId: igw, VpcId: v.VpcId}
	_, err = c.DetachInternetGateway(ctx, detach)
	wantCode(t, "detach with a NAT gateway", err, "DependencyViolation")
	_, err = c.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: sub.SubnetId})
	wantCode(t, "delete the NAT gateway's subnet", err, "DependencyViolation")
	_, err = c.DeleteRouteTable(ctx, &ec2.DeleteRouteTableInput{RouteTableId: table})
	wantCode(t, "delete a table in use", err, "DependencyViolation")
	only[*ec2.DeleteNatGatewayOutput](t)(c.DeleteNatGateway(ctx, &ec2.DeleteNatGatewayInput{NatGatewayId: works}))
	_, err = c.ReleaseAddress(ctx, &ec2.ReleaseAddressInput{AllocationId: allocation})
	wantCode(t, "release too early", err, "InvalidIPAddress.InUse")
	now = now.Add(time.Minute)
	only[*ec2.ReleaseAddressOutput](t)(c.ReleaseAddress(ctx, &ec2.ReleaseAddressInput{AllocationId: allocation}))
	tables := only[*ec2.DescribeRouteTablesOutput](t)(c.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{RouteTableIds: []string{*table}}))
	for _, r := range tables.RouteTables[0].Routes {
		if r.NatGatewayId != nil && r.State != types.RouteStateBlackhole {
			t.Errorf("a route to a deleted NAT gateway is %s", r.State)
		}
	}
	only[*ec2.DeleteSubnetOutput](t)(c.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: sub.SubnetId}))
	only[*ec2.DetachInternetGatewayOutput](t)(c.DetachInternetGateway(ctx, detach))
	_, err = c.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: v.VpcId})
	wantCode(t, "DeleteVpc with a table and an endpoint", err, "DependencyViolation")
	gone := only[*ec2.DeleteVpcEndpointsOutput](t)(c.DeleteVpcEndpoints(ctx, &ec2.DeleteVpcEndpointsInput{VpcEndpointIds: []string{*made.VpcEndpointId, "vpce-0none"}}))
	if len(gone.Unsuccessful) != 1 || aws.ToString(gone.Unsuccessful[0].ResourceId) != "vpce-0none" {
		t.Errorf("what is not there is told without an error: %+v", gone.Unsuccessful)
	}
	only[*ec2.DeleteRouteTableOutput](t)(c.DeleteRouteTable(ctx, &ec2.DeleteRouteTableInput{RouteTableId: table}))
	only[*ec2.DeleteVpcOutput](t)(c.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: v.VpcId}))
	defaults := only[*ec2.DescribeVpcsOutput](t)(c.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{}))
	if len(defaults.Vpcs) != 1 || !aws.ToBool(defaults.Vpcs[0].IsDefault) {
		t.Errorf("left in %s: %+v", account, defaults.Vpcs)
	}
}

// Five networks, five internet gateways and five addresses are what a new account may have in a Region.
func TestEC2Quotas(t *testing.T) {
	_, c, _ := ec2In(t, "eu-west-1") // which has the default network and its gateway
	ctx := context.Background()
	for range 4 {
		only[*ec2.CreateVpcOutput](t)(c.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")}))
		only[*ec2.CreateInternetGatewayOutput](t)(c.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{}))
	}
	for range 5 {
		only[*ec2.AllocateAddressOutput](t)(c.AllocateAddress(ctx, &ec2.AllocateAddressInput{}))
	}
	_, err := c.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")})
	wantCode(t, "a sixth VPC", err, "VpcLimitExceeded")
	_, err = c.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{})
	wantCode(t, "a sixth internet gateway", err, "InternetGatewayLimitExceeded")
	_, err = c.AllocateAddress(ctx, &ec2.AllocateAddressInput{})
	wantCode(t, "a sixth address", err, "AddressLimitExceeded")
}
