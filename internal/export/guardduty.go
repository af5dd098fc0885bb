package export

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	guardtypes "github.com/aws/aws-sdk-go-v2/service/guardduty/types"

	"awswizard/internal/plan"
)

// detectorFact begins the name of the fact with the detector of a Region's administrator (step baseline).
const detectorFact = "baseline.detector."

// guards exports GuardDuty where it is on: who runs it for the organization, for which accounts it is on, and the detectors of
// the two accounts it is set in. It makes those of the others by itself.
func guards(ctx context.Context, p *Project) error {
	regions := slices.Clone(p.Source.Used)
	for _, key := range p.Source.Facts.Keys() {
		if region, ok := strings.CutPrefix(key, detectorFact); ok {
			regions = append(regions, region)
		}
	}
	slices.Sort(regions)
	on := false
	for _, region := range slices.Compact(regions) {
		found, err := p.guardIn(ctx, region)
		if err := p.unread("GuardDuty in "+region, err); err != nil {
			return err
		}
		on = on || found
	}
	if on {
		p.leave("the detectors of the other accounts", "GuardDuty makes them by itself where its setting for all accounts is on")
		p.leave("GuardDuty's kinds of watching that cost extra", "they stay as they are: the wizard turns none on")
	}
	return nil
}

func (p *Project) guardIn(ctx context.Context, region string) (on bool, err error) {
	cfg, err := p.Source.Config(plan.Place{Account: p.Source.Management, Region: region})
	if err != nil {
		return false, err
	}
	client := guardduty.NewFromConfig(cfg)
	id, address, err := p.detector(ctx, client, p.Source.Management, region)
	if err != nil {
		return false, err
	}
	admins, err := all(ctx, guardduty.NewListOrganizationAdminAccountsPaginator(client, &guardduty.ListOrganizationAdminAccountsInput{}),
		func(o *guardduty.ListOrganizationAdminAccountsOutput) []guardtypes.AdminAccount {
			return o.AdminAccounts
		})
	if err != nil || len(admins) == 0 {
		return id != "", err
	}
	admin := aws.ToString(admins[0].AdminAccountId)
	var body Body
	body.Set("admin_account_id", p.ref(admin))
	p.add(Resource{Type: "aws_guardduty_organization_admin_account", Label: Label(region), File: baselineFile, Region: region, ID: admin, Body: body})
	if p.closed[admin] {
		return true, nil
	}
	if p.Source.Accounts[admin] == "" {
		p.leave("the detector of "+admin+" in "+region, "the wizard does not know the account that runs GuardDuty")
		return true, nil
	}
	if cfg, err = p.Source.Config(plan.Place{Account: admin, Region: region}); err != nil {
		return true, err
	}
	client = guardduty.NewFromConfig(cfg)
	if admin != p.Source.Management {
		if id, address, err = p.detector(ctx, client, admin, region); err != nil {
			return true, err
		}
	}
	if id == "" {
		return true, nil
	}
	return true, p.guardedAccounts(ctx, client, admin, region, id, address)
}

// detector exports the detector of an account and gives its id and address, "" when there is none.
func (p *Project) detector(ctx context.Context, client *guardduty.Client, account, region string) (id, address string, err error) {
	list, err := client.ListDetectors(ctx, &guardduty.ListDetectorsInput{})
	if err != nil || len(list.DetectorIds) == 0 {
		return "", "", err
	}
	id = list.DetectorIds[0]
	out, err := client.GetDetector(ctx, &guardduty.GetDetectorInput{DetectorId: &id})
	if err != nil {
		return "", "", err
	}
	var body Body
	body.Set("enable", Bool(out.Status == guardtypes.DetectorStatusEnabled))
	body.Some("finding_publishing_frequency", string(out.FindingPublishingFrequency))
	body.Tags(out.Tags)
	return id, p.add(Resource{Type: "aws_guardduty_detector", Label: Label(p.called(account), region), File: baselineFile, Account: p.alias(account), Region: region, ID: id, Body: body,
		Note: "To destroy it would delete its findings."}), nil
}

// guardedAccounts exports for which accounts GuardDuty is turned on.
func (p *Project) guardedAccounts(ctx context.Context, client *guardduty.Client, admin, region, id, detector string) error {
	out, err := client.DescribeOrganizationConfiguration(ctx, &guardduty.DescribeOrganizationConfigurationInput{DetectorId: &id})
	if err != nil {
		return err
	}
	var body Body
	body.Set("auto_enable_organization_members", Text(string(out.AutoEnableOrganizationMembers)))
	body.Set("detector_id", Ref(detector+".id"))
	p.add(Resource{Type: "aws_guardduty_organization_configuration", Label: Label(region), File: baselineFile, Account: p.alias(admin), Region: region, ID: id, Body: body})
	return nil
}
