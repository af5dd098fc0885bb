package export

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"awswizard/internal/beside"
	"awswizard/internal/plan"
)

const (
	disksFile = "disks.tf"
	// regionsAtOnce bounds the requests in flight: a Region of an account needs one.
	regionsAtOnce = 32
)

// encryption is how one Region of an account stands.
type encryption struct {
	region string
	on     bool
	err    error
}

// disks exports the encryption of new disks, in each Region of each account. There is one resource for each, and no
// for_each: import blocks with for_each would ask for Terraform 1.7.
func disks(ctx context.Context, p *Project) error {
	return p.eachAccount("the Regions", p.Source.Home, func(id string, cfg aws.Config) error {
		out, err := ec2.NewFromConfig(cfg).DescribeRegions(ctx, &ec2.DescribeRegionsInput{Filters: []types.Filter{
			{Name: aws.String("opt-in-status"), Values: []string{"opt-in-not-required", "opted-in"}}}})
		if err != nil {
			return err
		}
		var regions []string
		for _, r := range out.Regions {
			regions = append(regions, aws.ToString(r.RegionName))
		}
		slices.Sort(regions)
		found := p.encrypted(ctx, id, regions)
		unread := map[string][]string{} // Regions by the reason
		for _, e := range found {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case e.err != nil:
				unread[reason(e.err)] = append(unread[reason(e.err)], e.region)
			case e.on:
				body := Body{}
				body.Set("enabled", Bool(true))
				p.add(Resource{Type: "aws_ebs_encryption_by_default", Label: Label(p.called(id), e.region), File: disksFile, Account: p.alias(id), Region: e.region, ID: "default", Body: body})
			}
		}
		for _, why := range sortedKeys(unread) {
			p.leave(fmt.Sprintf("the encryption of new disks of %s in %s", p.called(id), strings.Join(unread[why], ", ")), "it could not be read: "+why)
		}
		return nil
	})
}

// encrypted asks the Regions of an account side by side.
func (p *Project) encrypted(ctx context.Context, id string, regions []string) []encryption {
	out := make([]encryption, len(regions))
	slots := make(chan struct{}, regionsAtOnce)
	var wg beside.Group
	for i, region := range regions {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			out[i].region = region
			cfg, err := p.Source.Config(plan.Place{Account: id, Region: region})
			if err == nil {
				var answer *ec2.GetEbsEncryptionByDefaultOutput
				if answer, err = ec2.NewFromConfig(cfg).GetEbsEncryptionByDefault(ctx, &ec2.GetEbsEncryptionByDefaultInput{}); err == nil {
					out[i].on = aws.ToBool(answer.EbsEncryptionByDefault)
				}
			}
			out[i].err = err
		})
	}
	wg.Wait()
	return out
}
