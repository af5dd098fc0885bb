package sandbox

import (
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func (s *Sim) registerEC2Networks() {
	on(s, describeVpcs)
	on(s, describeVpcAttribute)
	on(s, describeSubnets)
	on(s, describeInternetGateways)
	on(s, describeNetworkAcls)
}

func yes(b bool) []string { return []string{strconv.FormatBool(b)} }

// shownVPC is the VPC as AWS replies. Its route table, access list and security group have no record of their own:
// they come and go with it.
func (r *Request) shownVPC(v vpc) types.Vpc {
	return types.Vpc{VpcId: aws.String(v.ID), CidrBlock: aws.String(v.CIDR), IsDefault: aws.Bool(v.Default), State: r.stateOf(v), Tags: v.Tags.shown(),
		OwnerId: aws.String(r.Principal.Account), InstanceTenancy: types.TenancyDefault,
		DhcpOptionsId: aws.String(ec2ID("dopt", r.Principal.Account+"/"+r.Region)),
		CidrBlockAssociationSet: []types.VpcCidrBlockAssociation{{AssociationId: aws.String(ec2ID("vpc-cidr-assoc", v.ID)), CidrBlock: aws.String(v.CIDR),
			CidrBlockState: &types.VpcCidrBlockState{State: types.VpcCidrBlockStateCodeAssociated}}}}
}

// stateOf is pending until all of AWS knows the VPC.
func (r *Request) stateOf(v vpc) types.VpcState {
	if r.World.Clock.Before(v.Known) {
		return types.VpcStatePending
	}
	return types.VpcStateAvailable
}

func describeVpcs(r *Request, in *ec2.DescribeVpcsInput) (*ec2.DescribeVpcsOutput, error) {
	n, err := r.readNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	found, next, err := pick(query{in.VpcIds, "InvalidVpcID.NotFound", in.Filters, in.NextToken, in.MaxResults}, n.VPCs,
		func(v vpc) string { return v.ID }, func(v vpc) fields {
			return fields{"vpc-id": {v.ID}, "is-default": yes(v.Default), "isDefault": yes(v.Default), "cidr": {v.CIDR},
				"cidr-block-association.cidr-block": {v.CIDR}, "state": {string(r.stateOf(v))}, "owner-id": {r.Principal.Account}}.with(v.Tags)
		})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeVpcsOutput{NextToken: next}
	for _, v := range found {
		out.Vpcs = append(out.Vpcs, r.shownVPC(v))
	}
	return out, nil
}

func describeVpcAttribute(r *Request, in *ec2.DescribeVpcAttributeInput) (*ec2.DescribeVpcAttributeOutput, error) {
	n, err := r.readNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	v := n.vpc(aws.ToString(in.VpcId))
	if v == nil {
		return nil, notFound("InvalidVpcID.NotFound", aws.ToString(in.VpcId))
	}
	out := &ec2.DescribeVpcAttributeOutput{VpcId: in.VpcId}
	switch in.Attribute {
	case types.VpcAttributeNameEnableDnsSupport:
		out.EnableDnsSupport = &types.AttributeBooleanValue{Value: aws.Bool(!v.Mute)}
	case types.VpcAttributeNameEnableDnsHostnames:
		out.EnableDnsHostnames = &types.AttributeBooleanValue{Value: aws.Bool(v.hostnames())}
	default:
		out.EnableNetworkAddressUsageMetrics = &types.AttributeBooleanValue{Value: aws.Bool(false)}
	}
	return out, nil
}

func describeSubnets(r *Request, in *ec2.DescribeSubnetsInput) (*ec2.DescribeSubnetsOutput, error) {
	n, err := r.readNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	found, next, err := pick(query{in.SubnetIds, "InvalidSubnetID.NotFound", in.Filters, in.NextToken, in.MaxResults}, n.Subnets,
		func(s subnet) string { return s.ID }, func(s subnet) fields {
			return fields{"subnet-id": {s.ID}, "vpc-id": {s.VPC}, "availability-zone": {s.Zone}, "cidr-block": {s.CIDR},
				"default-for-az": yes(s.Default), "defaultForAz": yes(s.Default), "state": {"available"}, "owner-id": {r.Principal.Account}, "availability-zone-id": {zoneID(r.Principal.Account, r.Region, s.Zone)}}.with(s.Tags)
		})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeSubnetsOutput{NextToken: next}
	for _, s := range found {
		out.Subnets = append(out.Subnets, r.shownSubnet(s))
	}
	return out, nil
}

func (r *Request) shownSubnet(s subnet) types.Subnet {
	return types.Subnet{SubnetId: aws.String(s.ID), VpcId: aws.String(s.VPC), CidrBlock: aws.String(s.CIDR), AvailabilityZone: aws.String(s.Zone),
		AvailabilityZoneId: aws.String(zoneID(r.Principal.Account, r.Region, s.Zone)), Tags: s.Tags.shown(),
		DefaultForAz: aws.Bool(s.Default), MapPublicIpOnLaunch: aws.Bool(s.Default), State: types.SubnetStateAvailable,
		OwnerId: aws.String(r.Principal.Account), AvailableIpAddressCount: aws.Int32(4091),
		SubnetArn: aws.String(fmt.Sprintf("arn:aws:ec2:%s:%s:subnet/%s", r.Region, r.Principal.Account, s.ID))}
}

func describeInternetGateways(r *Request, in *ec2.DescribeInternetGatewaysInput) (*ec2.DescribeInternetGatewaysOutput, error) {
	n, err := r.readNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	found, next, err := pick(query{in.InternetGatewayIds, "InvalidInternetGatewayID.NotFound", in.Filters, in.NextToken, in.MaxResults}, n.Gateways,
		func(g internetGateway) string { return g.ID }, func(g internetGateway) fields {
			of := fields{"internet-gateway-id": {g.ID}, "attachment.vpc-id": nil, "attachment.state": nil, "owner-id": {r.Principal.Account}}.with(g.Tags)
			if g.VPC != "" {
				of["attachment.vpc-id"], of["attachment.state"] = []string{g.VPC}, []string{"available"}
			}
			return of
		})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeInternetGatewaysOutput{NextToken: next}
	for _, g := range found {
		out.InternetGateways = append(out.InternetGateways, r.shownGateway(g))
	}
	return out, nil
}

func (r *Request) shownGateway(g internetGateway) types.InternetGateway {
	out := types.InternetGateway{InternetGatewayId: aws.String(g.ID), OwnerId: aws.String(r.Principal.Account), Tags: g.Tags.shown()}
	if g.VPC != "" {
		// AWS says "available" here, which is no value of the SDK's enumeration.
		out.Attachments = []types.InternetGatewayAttachment{{VpcId: aws.String(g.VPC), State: "available"}}
	}
	return out
}

func describeNetworkAcls(r *Request, in *ec2.DescribeNetworkAclsInput) (*ec2.DescribeNetworkAclsOutput, error) {
	n, err := r.readNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	list := func(v vpc) string { return ec2ID("acl", v.ID) }
	found, next, err := pick(query{in.NetworkAclIds, "InvalidNetworkAclID.NotFound", in.Filters, in.NextToken, in.MaxResults}, n.VPCs, list,
		func(v vpc) fields {
			return fields{"network-acl-id": {list(v)}, "vpc-id": {v.ID}, "default": {"true"}, "owner-id": {r.Principal.Account}}
		})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeNetworkAclsOutput{NextToken: next}
	for _, v := range found {
		out.NetworkAcls = append(out.NetworkAcls, types.NetworkAcl{NetworkAclId: aws.String(list(v)), VpcId: aws.String(v.ID),
			IsDefault: aws.Bool(true), OwnerId: aws.String(r.Principal.Account)})
	}
	return out, nil
}
