package sandbox

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// registerEC2Uses registers what can be in use in a VPC: instances with their network interfaces and addresses. Of
// the other things the sandbox has none.
func (s *Sim) registerEC2Uses() {
	on(s, describeNetworkInterfaces)
	on(s, describeInstances)
	on(s, func(r *Request, in *ec2.DescribeVpcPeeringConnectionsInput) (*ec2.DescribeVpcPeeringConnectionsOutput, error) {
		return &ec2.DescribeVpcPeeringConnectionsOutput{}, r.here(in.DryRun)
	})
	on(s, func(r *Request, in *ec2.DescribeVpnGatewaysInput) (*ec2.DescribeVpnGatewaysOutput, error) {
		return &ec2.DescribeVpnGatewaysOutput{}, r.here(in.DryRun)
	})
	on(s, func(r *Request, in *ec2.DescribeEgressOnlyInternetGatewaysInput) (*ec2.DescribeEgressOnlyInternetGatewaysOutput, error) {
		return &ec2.DescribeEgressOnlyInternetGatewaysOutput{}, r.here(in.DryRun)
	})
	on(s, func(r *Request, in *ec2.DescribeTransitGatewayVpcAttachmentsInput) (*ec2.DescribeTransitGatewayVpcAttachmentsOutput, error) {
		return &ec2.DescribeTransitGatewayVpcAttachmentsOutput{}, r.here(in.DryRun)
	})
	on(s, func(r *Request, in *ec2.DescribeFlowLogsInput) (*ec2.DescribeFlowLogsOutput, error) {
		return &ec2.DescribeFlowLogsOutput{}, r.here(in.DryRun)
	})
}

func (r *Request) fieldsOf(e netInterface) fields {
	group := []string{e.group()}
	if e.NAT != "" {
		group = nil // a NAT gateway has no security group
	}
	return fields{"group-id": group, "network-interface-id": {e.ID}, "vpc-id": {e.VPC}, "subnet-id": {e.Subnet}, "availability-zone": {e.Zone},
		"attachment.instance-id": {e.Instance}, "instance-id": {e.Instance}, "status": {"in-use"}, "instance-state-name": {"running"},
		"private-ip-address": {e.PrivateIP}, "owner-id": {r.Principal.Account}}
}

func describeNetworkInterfaces(r *Request, in *ec2.DescribeNetworkInterfacesInput) (*ec2.DescribeNetworkInterfacesOutput, error) {
	n, err := r.readNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	found, next, err := pick(query{in.NetworkInterfaceIds, "InvalidNetworkInterfaceID.NotFound", in.Filters, in.NextToken, in.MaxResults},
		append(slices.Clone(n.Interfaces), n.natInterfaces(r.World)...), func(e netInterface) string { return e.ID }, r.fieldsOf)
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeNetworkInterfacesOutput{NextToken: next}
	for _, e := range found {
		if e.NAT != "" {
			out.NetworkInterfaces = append(out.NetworkInterfaces, types.NetworkInterface{NetworkInterfaceId: aws.String(e.ID), VpcId: aws.String(e.VPC), SubnetId: aws.String(e.Subnet),
				OwnerId: aws.String(r.Principal.Account), InterfaceType: types.NetworkInterfaceTypeNatGateway, Status: types.NetworkInterfaceStatusInUse,
				Description: aws.String("Interface for NAT Gateway " + e.NAT), Association: &types.NetworkInterfaceAssociation{PublicIp: aws.String(e.PublicIP)}})
			continue
		}
		out.NetworkInterfaces = append(out.NetworkInterfaces, types.NetworkInterface{NetworkInterfaceId: aws.String(e.ID), VpcId: aws.String(e.VPC),
			SubnetId: aws.String(e.Subnet), AvailabilityZone: aws.String(e.Zone), PrivateIpAddress: aws.String(e.PrivateIP),
			OwnerId: aws.String(r.Principal.Account), InterfaceType: types.NetworkInterfaceTypeInterface, Status: types.NetworkInterfaceStatusInUse,
			Groups:      []types.GroupIdentifier{{GroupId: aws.String(e.group())}},
			Attachment:  &types.NetworkInterfaceAttachment{InstanceId: aws.String(e.Instance), Status: types.AttachmentStatusAttached},
			Association: &types.NetworkInterfaceAssociation{PublicIp: aws.String(e.PublicIP), IpOwnerId: aws.String("amazon")}})
	}
	return out, nil
}

func describeInstances(r *Request, in *ec2.DescribeInstancesInput) (*ec2.DescribeInstancesOutput, error) {
	n, err := r.readNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	found, next, err := pick(query{in.InstanceIds, "InvalidInstanceID.NotFound", in.Filters, in.NextToken, in.MaxResults},
		n.Interfaces, func(e netInterface) string { return e.Instance }, r.fieldsOf)
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeInstancesOutput{NextToken: next}
	for _, e := range found {
		out.Reservations = append(out.Reservations, types.Reservation{ReservationId: aws.String(ec2ID("r", e.Instance)), OwnerId: aws.String(r.Principal.Account),
			Instances: []types.Instance{{InstanceId: aws.String(e.Instance), VpcId: aws.String(e.VPC), SubnetId: aws.String(e.Subnet),
				PrivateIpAddress: aws.String(e.PrivateIP), PublicIpAddress: aws.String(e.PublicIP),
				State: &types.InstanceState{Name: types.InstanceStateNameRunning, Code: aws.Int32(16)}}}})
	}
	return out, nil
}
