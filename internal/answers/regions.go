package answers

import "slices"

// enabledRegions are the 17 commercial Regions every account has from its first day.
var enabledRegions = []string{
	"us-east-1", "us-east-2", "us-west-1", "us-west-2",
	"ca-central-1", "sa-east-1",
	"eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1",
	"ap-south-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2",
}

// optInRegions are the commercial Regions an account has to enable first.
var optInRegions = []string{
	"af-south-1", "ap-east-1", "ap-east-2", "ap-south-2",
	"ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
	"ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2",
	"il-central-1", "me-central-1", "me-south-1", "mx-central-1",
}

// Regions lists the commercial Regions that are enabled in every account, for a list to choose a home Region from.
func Regions() []string { return slices.Clone(enabledRegions) }

// OptInRegion says whether the Region is one that accounts must enable first. An organization trail whose home is
// such a Region gets nothing from members that have not enabled it, so it is a poor home.
func OptInRegion(region string) bool { return slices.Contains(optInRegions, region) }

// KnownRegion says whether the Region is a commercial one this program knows.
func KnownRegion(region string) bool {
	return slices.Contains(enabledRegions, region) || OptInRegion(region)
}
