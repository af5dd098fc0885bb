package sandbox

import (
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// endpoint is one of the gateway kind, which S3 and DynamoDB have. It puts a route into its tables.
type endpoint struct {
	ID, VPC, Service string
	Tables           []string `json:",omitempty"`
	Tags             ec2Tags  `json:",omitempty"`
}

func (s *Sim) registerEC2Endpoints() {
	on(s, describeVpcEndpoints)
	on(s, createVpcEndpoint)
	on(s, modifyVpcEndpoint)
	on(s, deleteVpcEndpoints)
}

func describeVpcEndpoints(r *Request, in *ec2.DescribeVpcEndpointsInput) (*ec2.DescribeVpcEndpointsOutput, error) {
	n, err := r.readNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	found, next, err := pick(query{in.VpcEndpointIds, "InvalidVpcEndpointId.NotFound", in.Filters, in.NextToken, in.MaxResults}, n.Endpoints,
		func(e endpoint) string { return e.ID }, func(e endpoint) fields {
			return fields{"vpc-endpoint-id": {e.ID}, "vpc-id": {e.VPC}, "service-name": {e.Service}, "vpc-endpoint-type": {"Gateway"}, "vpc-endpoint-state": {"available"}}.with(e.Tags)
		})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeVpcEndpointsOutput{NextToken: next}
	for _, e := range found {
		out.VpcEndpoints = append(out.VpcEndpoints, r.shownEndpoint(e))
	}
	return out, nil
}

func (r *Request) shownEndpoint(e endpoint) types.VpcEndpoint {
	// AWS says "available" here, in small letters, which is no value of the SDK's enumeration.
	return types.VpcEndpoint{VpcEndpointId: aws.String(e.ID), VpcId: aws.String(e.VPC), ServiceName: aws.String(e.Service), State: "available",
		VpcEndpointType: types.VpcEndpointTypeGateway, RouteTableIds: slices.Clone(e.Tables), OwnerId: aws.String(r.Principal.Account), Tags: e.Tags.shown()}
}

// routable checks the tables that an endpoint is to put a route into.
func (n *network) routable(e endpoint, tables []string) error {
	for _, id := range tables {
		i := slices.IndexFunc(n.allTables(), func(t routeTable) bool { return t.ID == id && t.VPC == e.VPC })
		if i < 0 {
			return notFound("InvalidRouteTableId.NotFound", id)
		}
		if slices.ContainsFunc(n.Endpoints, func(o endpoint) bool {
			return o.Service == e.Service && o.ID != e.ID && slices.Contains(o.Tables, id)
		}) {
			return Fail("RouteAlreadyExists", "route table "+id+" already has a route with destination-prefix-list-id "+ec2ID("pl", e.Service))
		}
	}
	return nil
}

func createVpcEndpoint(r *Request, in *ec2.CreateVpcEndpointInput) (*ec2.CreateVpcEndpointOutput, error) {
	n, done, err := r.writeNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	v, err := r.vpcToUse(n, in.VpcId)
	if err != nil {
		return nil, err
	}
	service, known := strings.CutPrefix(aws.ToString(in.ServiceName), "com.amazonaws."+r.Region+".")
	switch {
	case !known || service != "s3" && service != "dynamodb":
		return nil, Fail("InvalidServiceName", "The Vpc Endpoint Service '"+aws.ToString(in.ServiceName)+"' does not exist")
	case in.VpcEndpointType != "" && in.VpcEndpointType != types.VpcEndpointTypeGateway:
		return nil, FailWith(http.StatusNotImplemented, "SandboxNotImplemented", "the sandbox knows endpoints of the gateway kind only")
	}
	tags, err := tagged(in.TagSpecifications, types.ResourceTypeVpcEndpoint)
	if err != nil {
		return nil, err
	}
	e := endpoint{VPC: v.ID, Service: *in.ServiceName, Tables: slices.Clone(in.RouteTableIds), Tags: tags}
	if err := n.routable(e, e.Tables); err != nil {
		return nil, err
	}
	e.ID = r.newEC2ID(n, "vpce")
	n.Endpoints = append(n.Endpoints, e)
	done()
	shown := r.shownEndpoint(e)
	return &ec2.CreateVpcEndpointOutput{VpcEndpoint: &shown}, nil
}

func modifyVpcEndpoint(r *Request, in *ec2.ModifyVpcEndpointInput) (*ec2.ModifyVpcEndpointOutput, error) {
	n, done, err := r.writeNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(n.Endpoints, func(e endpoint) bool { return e.ID == aws.ToString(in.VpcEndpointId) })
	if i < 0 {
		return nil, notFound("InvalidVpcEndpointId.NotFound", aws.ToString(in.VpcEndpointId))
	}
	e := &n.Endpoints[i]
	if err := n.routable(*e, in.AddRouteTableIds); err != nil {
		return nil, err
	}
	for _, id := range in.AddRouteTableIds {
		if !slices.Contains(e.Tables, id) {
			e.Tables = append(e.Tables, id)
		}
	}
	e.Tables = slices.DeleteFunc(e.Tables, func(id string) bool { return slices.Contains(in.RemoveRouteTableIds, id) })
	done()
	return &ec2.ModifyVpcEndpointOutput{Return: aws.Bool(true)}, nil
}

// deleteVpcEndpoints names what it could not delete in a reply that is no error.
func deleteVpcEndpoints(r *Request, in *ec2.DeleteVpcEndpointsInput) (*ec2.DeleteVpcEndpointsOutput, error) {
	n, done, err := r.writeNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	out := &ec2.DeleteVpcEndpointsOutput{}
	for _, id := range in.VpcEndpointIds {
		i := slices.IndexFunc(n.Endpoints, func(e endpoint) bool { return e.ID == id })
		if i < 0 {
			out.Unsuccessful = append(out.Unsuccessful, types.UnsuccessfulItem{ResourceId: aws.String(id),
				Error: &types.UnsuccessfulItemError{Code: aws.String("InvalidVpcEndpoint.NotFound"), Message: aws.String("The Vpc Endpoint Id '" + id + "' does not exist")}})
			continue
		}
		n.Endpoints = slices.Delete(n.Endpoints, i, i+1)
	}
	done()
	return out, nil
}
