package vpc

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// AWS shows what was made to the next reader only after a while. None of these requests can be made twice without a second
// thing, or a second bill, so each counts as done when AWS shows what it made: a run that is stopped before waits for it.
const (
	lookEvery = 2 * time.Second
	lookLimit = 2 * time.Minute
	natEvery  = 10 * time.Second
	natLimit  = 15 * time.Minute
)

type settle = func(ctx context.Context, cfg aws.Config, f plan.Facts) (bool, map[string]string, error)

// networkThere waits for the network and the security group it comes with.
func (b *builder) networkThere(ctx context.Context, cfg aws.Config, f plan.Facts) (bool, map[string]string, error) {
	client, vpc := ec2.NewFromConfig(cfg), f.Get(b.place.fact(tagNetwork))
	out, err := client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{Filters: []types.Filter{filter("vpc-id", vpc)}})
	if err != nil || len(out.Vpcs) == 0 || out.Vpcs[0].State != types.VpcStateAvailable {
		return false, nil, err
	}
	group, err := defaultGroup(ctx, client, vpc)
	return group != "", map[string]string{b.place.fact("group"): group}, err
}

// there makes a settle function of a read that counts what it shows.
func (b *builder) there(tag string, read func(ctx context.Context, client *ec2.Client, id string) (int, error)) settle {
	return func(ctx context.Context, cfg aws.Config, f plan.Facts) (bool, map[string]string, error) {
		n, err := read(ctx, ec2.NewFromConfig(cfg), f.Get(b.place.fact(tag)))
		return n > 0, nil, err
	}
}

func (b *builder) gatewayThere(ctx context.Context, cfg aws.Config, f plan.Facts) (bool, map[string]string, error) {
	return b.there(tagGateway, func(ctx context.Context, client *ec2.Client, id string) (int, error) {
		out, err := client.DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{Filters: []types.Filter{filter("internet-gateway-id", id)}})
		if err != nil {
			return 0, err
		}
		return len(out.InternetGateways), nil
	})(ctx, cfg, f)
}

func (b *builder) subnetThere(tag string) settle {
	return b.there(tag, func(ctx context.Context, client *ec2.Client, id string) (int, error) {
		out, err := client.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: []types.Filter{filter("subnet-id", id), filter("state", "available")}})
		if err != nil {
			return 0, err
		}
		return len(out.Subnets), nil
	})
}

func (b *builder) tableThere(tag string) settle {
	return b.there(tag, func(ctx context.Context, client *ec2.Client, id string) (int, error) {
		out, err := client.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: []types.Filter{filter("route-table-id", id)}})
		if err != nil {
			return 0, err
		}
		return len(out.RouteTables), nil
	})
}

func (b *builder) endpointThere(tag string) settle {
	return b.there(tag, func(ctx context.Context, client *ec2.Client, id string) (int, error) {
		out, err := client.DescribeVpcEndpoints(ctx, &ec2.DescribeVpcEndpointsInput{VpcEndpointIds: []string{id}})
		if err != nil {
			return 0, err
		}
		return len(out.VpcEndpoints), nil
	})
}

func (b *builder) addressThere(tag string) settle {
	return b.there(tag, func(ctx context.Context, client *ec2.Client, id string) (int, error) {
		out, err := client.DescribeAddresses(ctx, &ec2.DescribeAddressesInput{Filters: []types.Filter{filter("allocation-id", id)}})
		if err != nil {
			return 0, err
		}
		return len(out.Addresses), nil
	})
}

// natThere waits until the gateway works, which takes minutes. AWS tells only then when it cannot.
func (b *builder) natThere(tag string) settle {
	return func(ctx context.Context, cfg aws.Config, f plan.Facts) (bool, map[string]string, error) {
		g, err := natOf(ctx, cfg, f.Get(b.place.fact(tag)))
		switch {
		case err != nil || g == nil:
			return false, nil, err
		case g.State == types.NatGatewayStateFailed:
			return false, nil, &plan.Unsettled{Operation: "CreateNatGateway", Reason: aws.ToString(g.FailureCode)}
		}
		return g.State == types.NatGatewayStateAvailable, nil, nil
	}
}

// natOf is a NAT gateway, nil when AWS does not show it.
func natOf(ctx context.Context, cfg aws.Config, id string) (*types.NatGateway, error) {
	out, err := ec2.NewFromConfig(cfg).DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{Filter: []types.Filter{filter("nat-gateway-id", id)}})
	if err != nil || len(out.NatGateways) == 0 {
		return nil, err
	}
	return &out.NatGateways[0], nil
}

// natGone waits until a NAT gateway is deleted: its address and its subnet are held until then.
func natGone(id string) settle {
	return func(ctx context.Context, cfg aws.Config, _ plan.Facts) (bool, map[string]string, error) {
		g, err := natOf(ctx, cfg, id)
		return err == nil && (g == nil || g.State == types.NatGatewayStateDeleted), nil, err
	}
}

// endpointsGone waits until endpoints are deleted. What AWS could not delete it names in a reply that is no error, so that
// only looking tells.
func endpointsGone(ids []string) settle {
	return func(ctx context.Context, cfg aws.Config, _ plan.Facts) (bool, map[string]string, error) {
		out, err := ec2.NewFromConfig(cfg).DescribeVpcEndpoints(ctx, &ec2.DescribeVpcEndpointsInput{VpcEndpointIds: ids})
		if steps.Absent(err, "InvalidVpcEndpointId.NotFound") {
			return true, nil, nil
		}
		if err != nil {
			return false, nil, err
		}
		for _, e := range out.VpcEndpoints {
			if e.State != "deleted" && e.State != types.StateDeleted {
				return false, nil, nil
			}
		}
		return true, nil, nil
	}
}
