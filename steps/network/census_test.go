package network

import (
	"context"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go/middleware"
)

// answering is a client to which every request is answered with this.
func answering(out any) *ec2.Client {
	return ec2.NewFromConfig(aws.Config{Region: "eu-west-1", APIOptions: []func(*middleware.Stack) error{func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("answer", func(context.Context, middleware.InitializeInput, middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return middleware.InitializeOutput{Result: out}, middleware.Metadata{}, nil
		}), middleware.Before)
	}}})
}

// All connections of the Region come; those of other VPCs, and those that are over, do not use this one.
func TestPeeringsOfBothSides(t *testing.T) {
	connection := func(id, requester, accepter string, state types.VpcPeeringConnectionStateReasonCode) types.VpcPeeringConnection {
		return types.VpcPeeringConnection{VpcPeeringConnectionId: aws.String(id), Status: &types.VpcPeeringConnectionStateReason{Code: state},
			RequesterVpcInfo: &types.VpcPeeringConnectionVpcInfo{VpcId: aws.String(requester)}, AccepterVpcInfo: &types.VpcPeeringConnectionVpcInfo{VpcId: aws.String(accepter)}}
	}
	client := answering(&ec2.DescribeVpcPeeringConnectionsOutput{VpcPeeringConnections: []types.VpcPeeringConnection{
		connection("pcx-asked", "vpc-this", "vpc-other", types.VpcPeeringConnectionStateReasonCodePendingAcceptance),
		connection("pcx-taken", "vpc-other", "vpc-this", types.VpcPeeringConnectionStateReasonCodeActive),
		connection("pcx-over", "vpc-this", "vpc-other", types.VpcPeeringConnectionStateReasonCodeDeleted),
		connection("pcx-others", "vpc-other", "vpc-third", types.VpcPeeringConnectionStateReasonCodeActive),
		{VpcPeeringConnectionId: aws.String("pcx-untold"), AccepterVpcInfo: &types.VpcPeeringConnectionVpcInfo{VpcId: aws.String("vpc-this")}},
	}})
	uses, err := peerings(t.Context(), client, &Place{VPC: "vpc-this"})
	if want := []string{"peering connection pcx-asked", "peering connection pcx-taken", "peering connection pcx-untold"}; err != nil || !reflect.DeepEqual(uses, want) {
		t.Errorf("uses %q, %v; want %q", uses, err, want)
	}
}
