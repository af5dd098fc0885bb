package network

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"awswizard/internal/beside"
)

// Uses finds, in words, what uses a VPC or was added to it by hand, besides subnets, route tables, endpoints and NAT
// gateways.
func Uses(ctx context.Context, client *ec2.Client, vpc string) ([]string, error) {
	looks := []look{interfaces, instances, peerings, vpnGateways, transitAttachments, egressGateways, groups, lists, flowLogs}
	uses, errs := make([][]string, len(looks)), make([]error, len(looks))
	var wg beside.Group
	for i, l := range looks {
		wg.Go(func() { uses[i], errs[i] = l(ctx, client, &Place{VPC: vpc}) })
	}
	wg.Wait()
	var all []string
	for _, u := range uses {
		all = append(all, u...)
	}
	return all, errors.Join(errs...)
}
