package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
)

// ec2In gives a world of one account and its EC2 client in a Region.
func ec2In(t *testing.T, region string) (*World, *ec2.Client, string) {
	t.Helper()
	w, err := NewWorld(Fresh, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := New(w)
	cfg := aws.Config{Region: region, Credentials: s.Credentials(), Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	s.Bind(&cfg)
	return w, ec2.NewFromConfig(cfg), w.Principals[w.Login()].Account
}

func wantCode(t *testing.T, what string, err error, want string) {
	t.Helper()
	var api smithy.APIError
	got := ""
	if errors.As(err, &api) {
		got = api.ErrorCode()
	}
	if got != want {
		t.Errorf("%s: code %q, want %q (%v)", what, got, want, err)
	}
}

// defaults are the default VPC, its first subnet and its gateway.
func defaults(t *testing.T, c *ec2.Client) (vpc, subnet, gateway *string) {
	t.Helper()
	ctx := context.Background()
	vpcs, err := c.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{Filters: []types.Filter{{Name: aws.String("is-default"), Values: []string{"true"}}}})
	if err != nil || len(vpcs.Vpcs) != 1 {
		t.Fatalf("default VPCs: %+v, %v", vpcs, err)
	}
	vpc = vpcs.Vpcs[0].VpcId
	subnets, err := c.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: []types.Filter{{Name: aws.String("vpc-id"), Values: []string{*vpc}}}})
	if err != nil {
		t.Fatal(err)
	}
	gateways, err := c.DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{})
	if err != nil || len(gateways.InternetGateways) != 1 {
		t.Fatalf("gateways: %+v, %v", gateways, err)
	}
	return vpc, subnets.Subnets[0].SubnetId, gateways.InternetGateways[0].InternetGatewayId
}

func TestEC2DeletesMindTheOrder(t *testing.T) {
	w, c, account := ec2In(t, "us-east-1")
	ctx := context.Background()
	vpc, subnet, gateway := defaults(t, c)
	before, err := json.Marshal(w.EC2)
	if err != nil || string(before) != "{}" {
		t.Errorf("reading changed the world to %s (%v)", before, err)
	}
	_, err = c.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: vpc})
	wantCode(t, "DeleteVpc with subnets", err, "DependencyViolation")
	_, err = c.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: subnet, DryRun: aws.Bool(true)})
	wantCode(t, "dry run", err, "DryRunOperation")
	_, err = c.DeleteInternetGateway(ctx, &ec2.DeleteInternetGatewayInput{InternetGatewayId: gateway})
	wantCode(t, "DeleteInternetGateway attached", err, "DependencyViolation")
	_, err = c.CreateDefaultVpc(ctx, &ec2.CreateDefaultVpcInput{})
	wantCode(t, "CreateDefaultVpc", err, "DefaultVpcAlreadyExists")

	out, err := c.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{})
	if err != nil || len(out.Subnets) != 6 {
		t.Fatalf("us-east-1 has six zones: %d subnets, %v", len(out.Subnets), err)
	}
	for _, s := range out.Subnets {
		if _, err := c.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: s.SubnetId}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: vpc})
	wantCode(t, "DeleteVpc with a gateway", err, "DependencyViolation")
	detach := &ec2.DetachInternetGatewayInput{InternetGatewayId: gateway, VpcId: vpc}
	if _, err := c.DetachInternetGateway(ctx, detach); err != nil {
		t.Fatal(err)
	}
	_, err = c.DetachInternetGateway(ctx, detach)
	wantCode(t, "detach again", err, "Gateway.NotAttached")
	tables, err := c.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{})
	if err != nil || !slices.ContainsFunc(tables.RouteTables[0].Routes, func(r types.Route) bool {
		return aws.ToString(r.GatewayId) == *gateway && r.State == types.RouteStateBlackhole
	}) {
		t.Errorf("the route to a detached gateway stays as a black hole: %+v, %v", tables, err)
	}
	for what, call := range map[string]func() error{
		"InvalidSubnetID.NotFound": func() error {
			_, err := c.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: subnet})
			return err
		},
		"InvalidInternetGatewayID.NotFound": func() error {
			if _, err := c.DeleteInternetGateway(ctx, &ec2.DeleteInternetGatewayInput{InternetGatewayId: gateway}); err != nil {
				return err
			}
			_, err := c.DeleteInternetGateway(ctx, &ec2.DeleteInternetGatewayInput{InternetGatewayId: gateway})
			return err
		},
		"InvalidVpcID.NotFound": func() error {
			if _, err := c.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: vpc}); err != nil {
				return err
			}
			_, err := c.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: vpc})
			return err
		},
	} {
		wantCode(t, what, call(), what)
	}
	made, err := c.CreateDefaultVpc(ctx, &ec2.CreateDefaultVpcInput{})
	if err != nil || *made.Vpc.VpcId == *vpc {
		t.Errorf("a default VPC made anew has a new id: %+v, %v", made, err)
	}
	if w.EC2.Networks[account+"/us-east-1"] == nil || len(w.EC2.Networks) != 1 {
		t.Errorf("only the changed network is kept: %v", w.EC2.Networks)
	}
}

func TestEC2InstanceHoldsTheNetwork(t *testing.T) {
	w, c, account := ec2In(t, "eu-west-1")
	w.SeedInstanceInDefaultVPC(account, "eu-west-1")
	ctx := context.Background()
	vpc, subnet, gateway := defaults(t, c)
	_, err := c.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: subnet})
	wantCode(t, "DeleteSubnet", err, "DependencyViolation")
	_, err = c.DetachInternetGateway(ctx, &ec2.DetachInternetGatewayInput{InternetGatewayId: gateway, VpcId: vpc})
	wantCode(t, "DetachInternetGateway", err, "DependencyViolation")
	out, err := c.DescribeInstances(ctx, &ec2.DescribeInstancesInput{Filters: []types.Filter{{Name: aws.String("vpc-id"), Values: []string{*vpc}}}})
	if err != nil || len(out.Reservations) != 1 {
		t.Errorf("instances: %+v, %v", out, err)
	}
	_, err = c.DescribeInstances(ctx, &ec2.DescribeInstancesInput{Filters: []types.Filter{{Name: aws.String("vpcid"), Values: []string{*vpc}}}})
	wantCode(t, "a filter AWS does not know", err, "InvalidParameterValue")
}

func TestEC2Regions(t *testing.T) {
	w, c, account := ec2In(t, "eu-south-1")
	ctx := context.Background()
	_, err := c.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{})
	wantCode(t, "a Region that is off", err, "AuthFailure")
	w.Accounts[account].Regions["eu-south-1"] = optedIn
	defaults(t, c)
	on, err := c.DescribeRegions(ctx, &ec2.DescribeRegionsInput{})
	if err != nil || len(on.Regions) != 18 {
		t.Errorf("%d Regions are on, want 17 and one opted in (%v)", len(on.Regions), err)
	}
	all, err := c.DescribeRegions(ctx, &ec2.DescribeRegionsInput{AllRegions: aws.Bool(true),
		Filters: []types.Filter{{Name: aws.String("opt-in-status"), Values: []string{notOptedIn}}}})
	if err != nil || len(all.Regions) != 16 {
		t.Errorf("%d Regions are off, want 16 (%v)", len(all.Regions), err)
	}
}
