package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"
)

type detector struct {
	ID    string
	On    bool
	Ready time.Time `json:",omitzero"` // it cannot be seen until then
	// Extra are the kinds of watching that cost extra and are on.
	Extra []types.DetectorFeature `json:",omitempty"`
}

// extra are the kinds that AWS turns on with a detector where they are not named.
func extra() []types.DetectorFeature {
	return []types.DetectorFeature{types.DetectorFeatureS3DataEvents, types.DetectorFeatureEksAuditLogs, types.DetectorFeatureEbsMalwareProtection,
		types.DetectorFeatureRdsLoginEvents, types.DetectorFeatureLambdaNetworkLogs}
}

// guard is how GuardDuty is run for the organization in a Region.
type guard struct {
	Admin string    // the delegated administrator
	Auto  string    `json:",omitempty"` // AutoEnableOrganizationMembers; "" = NONE
	Since time.Time `json:",omitzero"`  // of Auto
}

const (
	guardService   = "guardduty.amazonaws.com"
	detectorTakes  = 10 * time.Second
	guardAllMember = 2 * time.Hour // until ALL has reached every account; AWS says up to 24
)

func (s *Sim) registerGuardDuty() {
	on(s, listDetectors)
	on(s, getDetector)
	on(s, createDetector)
	on(s, deleteDetector)
	on(s, listGuardAdmins)
	on(s, enableGuardAdmin)
	on(s, disableGuardAdmin)
	on(s, describeGuardConfiguration)
	on(s, updateGuardConfiguration)
}

func guardRefused(why string) error {
	return Fail("BadRequestException", "The request is rejected because "+why+".")
}

// SeedDetector turns GuardDuty on, or suspends it.
func (w *World) SeedDetector(account, region string, on bool) {
	w.keepDetector(account+"/"+region, detector{ID: w.ID(hexDigits, 32), On: on})
}

func (w *World) keepDetector(place string, d detector) {
	if w.Security.Detectors == nil {
		w.Security.Detectors = map[string]detector{}
	}
	w.Security.Detectors[place] = d
	w.Changed()
}

// detector is that of an account in a Region; where all accounts of the organization are to have one, it is there when
// the wish has reached the account.
func (w *World) detector(account, region string) (detector, bool) {
	if d, ok := w.Security.Detectors[account+"/"+region]; ok {
		return d, !d.Ready.After(w.Clock)
	}
	g := w.Security.Guards[region]
	if g.Auto != string(types.AutoEnableMembersAll) || account == w.Org.Management || w.Org.member(account) == nil || w.Clock.Before(g.Since.Add(w.Takes(guardAllMember))) {
		return detector{}, false // the management account has to turn it on itself
	}
	sum := sha256.Sum256([]byte(account + region))
	return detector{ID: hex.EncodeToString(sum[:16]), On: true}, true
}

// reached writes down which accounts have a detector by now: they keep it when the wish for all ends.
func (w *World) reached(region string) {
	for _, m := range w.Org.Members {
		if d, ok := w.detector(m.Account, region); ok {
			w.keepDetector(m.Account+"/"+region, d)
		}
	}
}

// listDetectors: there is one detector at most in an account and Region.
func listDetectors(r *Request, _ *guardduty.ListDetectorsInput) (*guardduty.ListDetectorsOutput, error) {
	out := &guardduty.ListDetectorsOutput{DetectorIds: []string{}}
	if d, ok := r.World.detector(r.Principal.Account, r.Region); ok {
		out.DetectorIds = append(out.DetectorIds, d.ID)
	}
	return out, r.elsewhere()
}

// ownDetector is the caller's detector, by its id.
func (r *Request) ownDetector(id *string) (detector, error) {
	if err := r.elsewhere(); err != nil {
		return detector{}, err
	}
	d, ok := r.World.detector(r.Principal.Account, r.Region)
	if !ok || d.ID != aws.ToString(id) {
		return d, guardRefused("the input detectorId is not owned by the current account")
	}
	return d, nil
}

func getDetector(r *Request, in *guardduty.GetDetectorInput) (*guardduty.GetDetectorOutput, error) {
	d, err := r.ownDetector(in.DetectorId)
	if err != nil {
		return nil, err
	}
	status := types.DetectorStatusDisabled
	if d.On {
		status = types.DetectorStatusEnabled
	}
	out := &guardduty.GetDetectorOutput{Status: status, FindingPublishingFrequency: types.FindingPublishingFrequencySixHours}
	for _, f := range extra() {
		result := types.DetectorFeatureConfigurationResult{Name: types.DetectorFeatureResult(f), Status: types.FeatureStatusDisabled}
		if slices.Contains(d.Extra, f) {
			result.Status = types.FeatureStatusEnabled
		}
		out.Features = append(out.Features, result)
	}
	return out, nil
}

func createDetector(r *Request, in *guardduty.CreateDetectorInput) (*guardduty.CreateDetectorOutput, error) {
	if err := r.elsewhere(); err != nil {
		return nil, err
	}
	if in.Enable == nil {
		return nil, guardRefused("the parameter enable is required")
	}
	if _, ok := r.World.detector(r.Principal.Account, r.Region); ok {
		return nil, guardRefused("a detector already exists for the current account")
	}
	d := detector{ID: r.World.ID(hexDigits, 32), On: *in.Enable, Extra: extra()}
	for _, f := range in.Features {
		if f.Status == types.FeatureStatusDisabled {
			d.Extra = slices.DeleteFunc(d.Extra, func(on types.DetectorFeature) bool { return on == f.Name })
		}
	}
	r.World.keepDetector(r.place(), d)
	r.World.serviceRole(r.Principal.Account, guardService, "AWSServiceRoleForAmazonGuardDuty")
	return &guardduty.CreateDetectorOutput{DetectorId: aws.String(d.ID)}, nil
}

// deleteDetector is refused to an account that is watched by a delegated administrator, and to that account itself.
func deleteDetector(r *Request, in *guardduty.DeleteDetectorInput) (*guardduty.DeleteDetectorOutput, error) {
	if _, err := r.ownDetector(in.DetectorId); err != nil {
		return nil, err
	}
	if g := r.World.Security.Guards[r.Region]; g.Admin != "" && r.World.Org.member(r.Principal.Account) != nil {
		return nil, guardRefused("the current account cannot delete detector while it is associated with an administrator or has members")
	}
	delete(r.World.Security.Detectors, r.place())
	r.World.Changed()
	return &guardduty.DeleteDetectorOutput{}, nil
}

func (r *Request) managesGuard() error {
	if err := r.elsewhere(); err != nil {
		return err
	}
	if r.World.Org.ID == "" || r.Principal.Account != r.World.Org.Management {
		return guardRefused("the current account is not the organization management account")
	}
	return nil
}

func listGuardAdmins(r *Request, _ *guardduty.ListOrganizationAdminAccountsInput) (*guardduty.ListOrganizationAdminAccountsOutput, error) {
	out := &guardduty.ListOrganizationAdminAccountsOutput{AdminAccounts: []types.AdminAccount{}}
	if g := r.World.Security.Guards[r.Region]; g.Admin != "" {
		out.AdminAccounts = append(out.AdminAccounts, types.AdminAccount{AdminAccountId: aws.String(g.Admin), AdminStatus: types.AdminStatusEnabled})
	}
	return out, r.managesGuard()
}

func enableGuardAdmin(r *Request, in *guardduty.EnableOrganizationAdminAccountInput) (*guardduty.EnableOrganizationAdminAccountOutput, error) {
	if err := r.managesGuard(); err != nil {
		return nil, err
	}
	w, id := r.World, aws.ToString(in.AdminAccountId)
	if w.Org.member(id) == nil {
		return nil, guardRefused("the input accountId is not a member of the organization")
	}
	if w.Security.Guards[r.Region].Admin == id {
		return nil, Fail("BadRequestException", "The request failed because the account is already enabled as the GuardDuty delegated administrator for the organization.")
	}
	for _, g := range w.Security.Guards { // the same account in all Regions
		if g.Admin != id {
			return nil, Fail("BadRequestException", "The request failed because another account is already enabled as GuardDuty delegated administrator for the organization.")
		}
	}
	if w.Security.Guards == nil {
		w.Security.Guards = map[string]guard{}
	}
	w.Security.Guards[r.Region] = guard{Admin: id}
	w.Trust(guardService)
	if !w.delegatedAdmin(id, guardService) {
		w.Delegate(id, guardService)
	}
	if _, ok := w.Security.Detectors[id+"/"+r.Region]; !ok {
		w.keepDetector(id+"/"+r.Region, detector{ID: w.ID(hexDigits, 32), On: true, Ready: w.Clock.Add(w.Takes(detectorTakes)), Extra: extra()})
	}
	w.serviceRole(id, guardService, "AWSServiceRoleForAmazonGuardDuty")
	return &guardduty.EnableOrganizationAdminAccountOutput{}, nil
}

// disableGuardAdmin leaves GuardDuty on in the accounts.
func disableGuardAdmin(r *Request, in *guardduty.DisableOrganizationAdminAccountInput) (*guardduty.DisableOrganizationAdminAccountOutput, error) {
	if err := r.managesGuard(); err != nil {
		return nil, err
	}
	w, id := r.World, aws.ToString(in.AdminAccountId)
	if w.Security.Guards[r.Region].Admin != id {
		return nil, guardRefused("the account is not the delegated administrator")
	}
	w.reached(r.Region)
	delete(w.Security.Guards, r.Region)
	if len(w.Security.Guards) == 0 {
		w.Org.Delegated = slices.DeleteFunc(w.Org.Delegated, func(d delegation) bool { return d.Account == id && strings.EqualFold(d.Service, guardService) })
	}
	w.Changed()
	return &guardduty.DisableOrganizationAdminAccountOutput{}, nil
}

func (r *Request) runsGuard(id *string) (guard, error) {
	if _, err := r.ownDetector(id); err != nil {
		return guard{}, err
	}
	g := r.World.Security.Guards[r.Region]
	if g.Admin != r.Principal.Account {
		return g, guardRefused("the current account is not the delegated administrator of the organization")
	}
	return g, nil
}

func describeGuardConfiguration(r *Request, in *guardduty.DescribeOrganizationConfigurationInput) (*guardduty.DescribeOrganizationConfigurationOutput, error) {
	g, err := r.runsGuard(in.DetectorId)
	if err != nil {
		return nil, err
	}
	auto := types.AutoEnableMembersNone
	if g.Auto != "" {
		auto = types.AutoEnableMembers(g.Auto)
	}
	return &guardduty.DescribeOrganizationConfigurationOutput{AutoEnableOrganizationMembers: auto, MemberAccountLimitReached: aws.Bool(false)}, nil
}

func updateGuardConfiguration(r *Request, in *guardduty.UpdateOrganizationConfigurationInput) (*guardduty.UpdateOrganizationConfigurationOutput, error) {
	g, err := r.runsGuard(in.DetectorId)
	switch {
	case err != nil:
		return nil, err
	case (in.AutoEnable != nil) == (in.AutoEnableOrganizationMembers != ""):
		return nil, guardRefused("either autoEnable or autoEnableOrganizationMembers must be given, and not both")
	}
	r.World.reached(r.Region)
	g.Auto, g.Since = string(in.AutoEnableOrganizationMembers), r.World.Clock
	if g.Auto == string(types.AutoEnableMembersNone) {
		g.Auto, g.Since = "", time.Time{}
	}
	r.World.Security.Guards[r.Region] = g
	r.World.Changed()
	return &guardduty.UpdateOrganizationConfigurationOutput{}, nil
}
