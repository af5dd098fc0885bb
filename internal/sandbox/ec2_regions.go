package sandbox

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"awswizard/internal/answers"
)

const optedIn, notOptedIn, noOptIn = "opted-in", "not-opted-in", "opt-in-not-required"

// optInCodes are the Regions that an account must enable first.
var optInCodes = []string{
	"af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6",
	"ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1", "me-central-1", "me-south-1", "mx-central-1",
}

func (s *Sim) registerEC2Regions() {
	on(s, describeRegions)
	on(s, describeAvailabilityZones)
	on(s, describeAccountAttributes)
}

// optInStatus is how the Region stands for the account, in EC2's words.
func (w *World) optInStatus(account, region string) string {
	if !slices.Contains(optInCodes, region) {
		return noOptIn
	}
	if a := w.Accounts[account]; a != nil && (a.Regions[region] == optedIn || a.Regions[region] == "ENABLED") {
		return optedIn
	}
	return notOptedIn
}

func (w *World) regionEnabled(account, region string) bool {
	known := slices.Contains(answers.Regions(), region) || slices.Contains(optInCodes, region)
	return known && w.optInStatus(account, region) != notOptedIn
}

func (w *World) hasRegion(code string) bool {
	return len(w.Regions) == 0 || slices.Contains(w.Regions, code)
}

func describeRegions(r *Request, in *ec2.DescribeRegionsInput) (*ec2.DescribeRegionsOutput, error) {
	if err := r.here(in.DryRun); err != nil {
		return nil, err
	}
	var all []types.Region
	for _, code := range append(answers.Regions(), optInCodes...) {
		if !r.World.hasRegion(code) {
			continue
		}
		status := r.World.optInStatus(r.Principal.Account, code)
		if status == notOptedIn && !aws.ToBool(in.AllRegions) && !slices.Contains(in.RegionNames, code) {
			continue
		}
		all = append(all, types.Region{RegionName: aws.String(code), Endpoint: aws.String("ec2." + code + ".amazonaws.com"), OptInStatus: aws.String(status)})
	}
	name := func(t types.Region) string { return *t.RegionName }
	for _, want := range in.RegionNames {
		if !slices.ContainsFunc(all, func(t types.Region) bool { return name(t) == want }) {
			return nil, Fail("InvalidParameterValue", "Invalid region name: "+want)
		}
	}
	found, _, err := pick(query{ids: in.RegionNames, filters: in.Filters}, all, name, func(t types.Region) fields {
		return fields{"region-name": {*t.RegionName}, "endpoint": {*t.Endpoint}, "opt-in-status": {*t.OptInStatus}}
	})
	return &ec2.DescribeRegionsOutput{Regions: found}, err
}

func describeAvailabilityZones(r *Request, in *ec2.DescribeAvailabilityZonesInput) (*ec2.DescribeAvailabilityZonesOutput, error) {
	if err := r.here(in.DryRun); err != nil {
		return nil, err
	}
	var all []types.AvailabilityZone
	for _, zone := range ec2Zones(r.Region) {
		all = append(all, types.AvailabilityZone{ZoneName: aws.String(zone), ZoneId: aws.String(zoneID(r.Principal.Account, r.Region, zone)), RegionName: aws.String(r.Region),
			State: types.AvailabilityZoneStateAvailable, ZoneType: aws.String("availability-zone"), OptInStatus: types.AvailabilityZoneOptInStatusOptInNotRequired})
	}
	found, _, err := pick(query{filters: in.Filters}, all, func(z types.AvailabilityZone) string { return *z.ZoneName },
		func(z types.AvailabilityZone) fields {
			return fields{"zone-name": {*z.ZoneName}, "zone-id": {*z.ZoneId}, "region-name": {*z.RegionName}, "state": {string(z.State)}, "zone-type": {*z.ZoneType}, "opt-in-status": {string(z.OptInStatus)}}
		})
	return &ec2.DescribeAvailabilityZonesOutput{AvailabilityZones: found}, err
}

// zoneID is the id of a zone, like euw1-az2, which names the same place for everybody. Names are shuffled: each account's
// eu-west-1a is another place.
func zoneID(account, region, zone string) string {
	parts := strings.Split(region, "-")
	short := parts[0]
	for _, word := range []string{"north", "south", "east", "west", "central"} {
		if strings.Contains(parts[1], word) {
			short += word[:1]
		}
	}
	zones := ec2Zones(region)
	shift := 0
	for _, digit := range account {
		shift += int(digit)
	}
	place := zones[(slices.Index(zones, zone)+shift)%len(zones)]
	return fmt.Sprintf("%s%s-az%d", short, parts[len(parts)-1], place[len(place)-1]-'a'+1)
}

func describeAccountAttributes(r *Request, in *ec2.DescribeAccountAttributesInput) (*ec2.DescribeAccountAttributesOutput, error) {
	n, err := r.readNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	vpc := "none"
	if v, ok := n.defaultVPC(); ok {
		vpc = v.ID
	}
	values := map[types.AccountAttributeName]string{types.AccountAttributeNameDefaultVpc: vpc, types.AccountAttributeNameSupportedPlatforms: "VPC"}
	out := &ec2.DescribeAccountAttributesOutput{}
	for _, name := range []types.AccountAttributeName{types.AccountAttributeNameSupportedPlatforms, types.AccountAttributeNameDefaultVpc} {
		if len(in.AttributeNames) == 0 || slices.Contains(in.AttributeNames, name) {
			out.AccountAttributes = append(out.AccountAttributes, types.AccountAttribute{AttributeName: aws.String(string(name)),
				AttributeValues: []types.AccountAttributeValue{{AttributeValue: aws.String(values[name])}}})
		}
	}
	return out, nil
}
