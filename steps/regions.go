package steps

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"awswizard/internal/answers"
)

// EnabledRegions are the Regions enabled in the account of cfg, by code. Only those can hold anything.
func EnabledRegions(ctx context.Context, cfg aws.Config) ([]string, error) {
	enabled := []string{"opt-in-not-required", "opted-in"}
	out, err := ec2.NewFromConfig(cfg).DescribeRegions(ctx, &ec2.DescribeRegionsInput{
		Filters: []types.Filter{{Name: aws.String("opt-in-status"), Values: enabled}}})
	if err != nil {
		return nil, err
	}
	var regions []string
	for _, r := range out.Regions {
		// Regions of China and GovCloud belong to other partitions, with accounts of their own.
		if code := aws.ToString(r.RegionName); answers.KnownRegion(code) && slices.Contains(enabled, aws.ToString(r.OptInStatus)) {
			regions = append(regions, code)
		}
	}
	slices.Sort(regions) // AWS gives them in any order
	return regions, nil
}
