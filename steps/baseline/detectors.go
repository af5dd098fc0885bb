package baseline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"

	"awswizard/internal/answers"
	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/steps"
)

const (
	guardService   = "GuardDuty"
	guardPrincipal = "guardduty.amazonaws.com"
	trustGuardID   = name + "/trusted-access/guardduty"
	// guardMonthlyUSD is what GuardDuty usually costs a small account in the Region it works in: $1 to $10 a month.
	guardMonthlyUSD = 4
	guardPrice      = "free for 30 days, then usually $1 to $10 a month for an account that works; next to nothing where nothing runs"
	detectorEvery   = 5 * time.Second
	detectorLimit   = 5 * time.Minute
)

// Guard is how GuardDuty stands in a Region.
type Guard struct {
	Region string
	Admin  string // the account that runs it for the organization, "" when none does
	Auto   string // for which accounts it turns GuardDuty on: ALL, NEW or NONE; "" when nobody runs it
	// Detectors are the ids of the detectors, by account; one that could not be entered is left out.
	Detectors map[string]string
	NoEntry   []string // accounts that cannot be entered
	Refused   *steps.Refusal
	Ours      bool // the wizard turned it on
}

// guarded are the Regions GuardDuty is turned on in when the founder wants it.
func guarded(a answers.Answers) []string {
	if a.GuardDuty == answers.GuardDutyEverywhere {
		return answers.Regions()
	}
	return used(a)
}

// inGuarded names the Regions of guarded for a person.
func inGuarded(a answers.Answers) string {
	if a.GuardDuty == answers.GuardDutyEverywhere {
		return "in all Regions"
	}
	return "in " + strings.Join(guarded(a), " and ")
}

// guards looks at GuardDuty where it is wanted and where the wizard turned it on. It costs nothing to look.
func (l looker) guards(ctx context.Context, o Organization) []Guard {
	regions := slices.Clone(guarded(l.env.Answers))
	for _, m := range l.env.Made.Of(name) {
		if m.Service == "guardduty" && !slices.Contains(regions, m.Region) {
			regions = append(regions, m.Region)
		}
	}
	slices.Sort(regions)
	out := make([]Guard, len(regions))
	var wg beside.Group
	for i, region := range regions {
		wg.Go(func() {
			g := Guard{Region: region, Detectors: map[string]string{}, Ours: turnedOn(l.env.Made, region)}
			if err := l.guard(ctx, o, &g); err != nil {
				g.Refused = steps.RefusalOf(err)
			}
			out[i] = g
		})
	}
	wg.Wait()
	return out
}

func (l looker) guard(ctx context.Context, o Organization, g *Guard) error {
	accounts := steps.AccountIDs(l.env)
	found, errs := make([]string, len(accounts)), make([]error, len(accounts))
	managed := o.Management == l.env.Caller.Account
	var adminErr error
	beside.All(
		func() {
			beside.Each(accounts, func(n int, id string) { found[n], errs[n] = l.detector(ctx, id, g.Region) })
		},
		func() {
			if managed {
				g.Admin, adminErr = l.guardAdmin(ctx, o.Management, g.Region)
			}
		},
	)
	for n, id := range accounts {
		switch {
		case errors.Is(errs[n], plan.ErrNoEntry):
			g.NoEntry = append(g.NoEntry, id)
		case errs[n] != nil:
			return errs[n]
		case found[n] != "":
			g.Detectors[id] = found[n]
		}
	}
	if adminErr != nil || !managed {
		return adminErr
	}
	return l.auto(ctx, g)
}

// guardAdmin is the account that runs GuardDuty for the organization in a Region, "" when none does.
func (l looker) guardAdmin(ctx context.Context, management, region string) (id string, err error) {
	cfg, err := l.config(management, region)
	if err != nil {
		return "", err
	}
	admins := guardduty.NewListOrganizationAdminAccountsPaginator(guardduty.NewFromConfig(cfg), &guardduty.ListOrganizationAdminAccountsInput{})
	for admins.HasMorePages() {
		var page *guardduty.ListOrganizationAdminAccountsOutput
		if err := l.do(ctx, func() error { page, err = admins.NextPage(ctx); return err }); err != nil {
			return "", fmt.Errorf("asking which account runs GuardDuty: %w", err)
		}
		for _, a := range page.AdminAccounts {
			id = aws.ToString(a.AdminAccountId)
		}
	}
	return id, nil
}

// detector is the id of an account's detector in a Region, "" when there is none.
func (l looker) detector(ctx context.Context, account, region string) (string, error) {
	cfg, err := l.config(account, region)
	if err != nil {
		return "", err
	}
	ids, err := detectors(ctx, l, cfg)
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return ids[0], nil
}

func detectors(ctx context.Context, l looker, cfg aws.Config) (ids []string, err error) {
	err = l.do(ctx, func() error {
		out, err := guardduty.NewFromConfig(cfg).ListDetectors(ctx, &guardduty.ListDetectorsInput{})
		if err != nil {
			return fmt.Errorf("listing the detectors: %w", err)
		}
		ids = out.DetectorIds
		return nil
	})
	return ids, err
}

// auto reads for which accounts the account that runs GuardDuty turns it on.
func (l looker) auto(ctx context.Context, g *Guard) error {
	if g.Admin == "" || g.Detectors[g.Admin] == "" {
		return nil
	}
	cfg, err := l.config(g.Admin, g.Region)
	if err != nil {
		return err
	}
	return l.do(ctx, func() error {
		out, err := guardduty.NewFromConfig(cfg).DescribeOrganizationConfiguration(ctx, &guardduty.DescribeOrganizationConfigurationInput{DetectorId: aws.String(g.Detectors[g.Admin])})
		if err != nil {
			return fmt.Errorf("asking for which accounts GuardDuty is on: %w", err)
		}
		g.Auto = string(out.AutoEnableOrganizationMembers)
		return nil
	})
}

// planGuards plans GuardDuty, when the founder wants it, in each Region it is wanted in: on in the management account, run by the
// account that is there for security, and on in all accounts, also those made later. The way by Regions is the one that
// works everywhere; the policy of the organization is weeks old.
func planGuards(s State, a answers.Answers, f plan.Facts) []plan.Item {
	switch a.GuardDuty {
	case answers.GuardDutyUsed, answers.GuardDutyEverywhere:
	case answers.GuardDutyOff:
		return guardsOff(s, a, f)
	default:
		return guardsStay(s.Guards)
	}
	o, owner := s.Organization, securityAccount(a, f)
	switch {
	case o.Refused != nil:
		return nil // told with the analyzers
	case o.Exists && o.Management != s.Caller:
		return []plan.Item{{Blocked: &plan.Blocked{ID: name + "/guardduty", Step: name, What: "GuardDuty is not turned on.",
			Why: "Your account is in an organization that somebody else manages, who turns it on for all accounts.", Next: "Ask them; or turn it on for this account alone in its console."}}}
	case steps.ControlTower(f):
		return []plan.Item{{Blocked: &plan.Blocked{ID: name + "/guardduty", Step: name, What: "GuardDuty is not turned on.", Kept: true,
			Why:  "AWS Control Tower runs your organization, and the wizard changes nothing there that concerns all accounts.",
			Next: "Turn it on from Control Tower's Audit account: https://console.aws.amazon.com/guardduty/home."}}}
	case !o.Exists || owner == "":
		return []plan.Item{guardLater(a, "The organization and the account that watches the others do not exist yet.")}
	}
	refs := steps.ReferencesOf(a, f)
	items := guardsStay(slices.DeleteFunc(slices.Clone(s.Guards), func(g Guard) bool { return slices.Contains(guarded(a), g.Region) }))
	var before []plan.Item
	for _, g := range s.Guards {
		switch {
		case !slices.Contains(guarded(a), g.Region): // turned on when more Regions were wanted: it stays
		case g.Refused != nil:
			items = append(items, refused(name+"/look/guardduty/"+g.Region, "GuardDuty in "+g.Region+" could not be looked at, so nothing is changed", g.Refused, f))
		case g.Admin != "" && g.Admin != owner:
			items = append(items, plan.Item{Blocked: &plan.Blocked{ID: name + "/guardduty/" + g.Region, Step: name, Kept: true,
				What: "GuardDuty in " + g.Region + " stays as it is.", Why: "The account " + refs.Of(g.Admin) + " runs it for your organization.",
				Next: "Nothing needs to be done. Whoever runs it turns it on for all accounts."}})
		case slices.Contains(g.NoEntry, owner):
			items = append(items, guardLater(a, signInFirst))
			return items
		default:
			items = append(items, guardIn(g, s, refs, owner, a)...)
		}
	}
	if len(plan.Calls(items)) > 0 && !slices.Contains(o.Trusted, guardPrincipal) {
		before = append(before, plan.Item{Call: trust(trustGuardID, guardPrincipal, guardService)})
	}
	return append(before, items...)
}

// guardsMade are the calls for GuardDuty among all that was made.
func guardsMade(made steps.Made) steps.Made {
	out := steps.Made{}
	for id, m := range made.Of(name) {
		if m.Service == "guardduty" || id == trustGuardID {
			out[id] = m
		}
	}
	return out
}

// turnedOn reports whether the wizard turned GuardDuty on in the Region.
func turnedOn(made steps.Made, region string) bool {
	for _, m := range made.Of(name) {
		if m.Service == "guardduty" && m.Region == region {
			return true
		}
	}
	return false
}

// guardsOff turns GuardDuty off where the wizard turned it on: the answer says so in a word. It is the way back of this part alone.
func guardsOff(s State, a answers.Answers, f plan.Facts) []plan.Item {
	u := undoer{s: s, f: f, refs: steps.ReferencesOf(a, f), ours: s.GuardsMade}
	u.guards()
	for _, c := range plan.Calls(u.items) {
		c.Undo = "Choose GuardDuty again: it is turned on again. What it found does not come back."
	}
	return u.items
}

// guardsStay says that GuardDuty goes on, and goes on costing, where the wizard turned it on and the answers ask for it no
// more. Nobody loses a burglar alarm by leaving a line out.
func guardsStay(guards []Guard) []plan.Item {
	var regions []string
	for _, g := range guards {
		if g.Ours && g.Refused == nil && len(g.Detectors) > 0 {
			regions = append(regions, g.Region)
		}
	}
	if len(regions) == 0 {
		return nil
	}
	return []plan.Item{{Blocked: &plan.Blocked{ID: name + "/guardduty-on", Step: name, Kept: true, What: "GuardDuty stays on in " + strings.Join(regions, ", ") + ".",
		Why:  "The wizard set it up, and your answers ask for it there no more. It costs what it did: " + guardPrice + ".",
		Next: "To turn it off, write guardduty: off into wizard.yaml and start the wizard again. That is for all Regions; then choose those you want."}}}
}

func guardLater(a answers.Answers, why string) plan.Item {
	var places []plan.Place
	for _, r := range guarded(a) {
		places = append(places, plan.Place{Account: plan.Management, Region: r}, plan.Place{Account: a.Security(), Region: r})
	}
	return plan.Item{Later: &plan.Later{ID: name + "/later/guardduty", Step: name, Title: "Turn on GuardDuty in all accounts, " + inGuarded(a), Why: why,
		Operations: []string{"organizations:EnableAWSServiceAccess", "guardduty:CreateDetector", "guardduty:EnableOrganizationAdminAccount", "guardduty:UpdateOrganizationConfiguration"},
		Places:     places, MostCalls: 1 + 4*len(guarded(a)), MonthlyUSD: guardMonthlyUSD * float64(len(a.Accounts)+1), CostNote: guardPrice}}
}

// detectorFact holds the id of the detector of the account that runs GuardDuty in a Region.
func detectorFact(region string) string { return name + ".detector." + region }

// detectorsBefore is the name under which the accounts are kept that had GuardDuty before: the way back leaves it there.
const detectorsBefore = "detectors"

func guardIn(g Guard, s State, refs steps.References, owner string, a answers.Answers) []plan.Item {
	var items []plan.Item
	var after []string
	if !slices.Contains(s.Organization.Trusted, guardPrincipal) {
		after = []string{trustGuardID}
	}
	add := func(what string, where string, c plan.Call) {
		c.ID, c.Step, c.Lane, c.After = name+"/guardduty/"+what+"/"+g.Region, name, name+"/guardduty/"+g.Region, slices.Clone(after)
		c.Where = plan.Place{Account: where, Region: g.Region}
		c.IAMAction = plan.IAMAction(c.Request.Service, c.Request.Operation)
		items, after = append(items, plan.Item{Call: &c}), append(after, c.ID)
	}
	if g.Detectors[s.Organization.Management] == "" {
		add("own", plan.Management, plan.Call{
			Title: "Turn on GuardDuty in this account, in " + g.Region, Effect: plan.Creates, CostNote: guardPrice,
			Why:     "It looks through what happens in the account for signs of an intruder, like a burglar alarm. The kinds of watching that cost extra stay off.",
			Undo:    "Can be turned off at any time; what it found goes with it.",
			Request: plan.To(guardduty.NewFromConfig, (*guardduty.Client).CreateDetector, func(plan.Facts) *guardduty.CreateDetectorInput { return basicDetector() }),
		})
	}
	if g.Detectors[owner] == "" {
		// AWS would turn it on there by itself in the next call, with the kinds of watching that cost extra.
		add("watcher", refs.Of(owner), plan.Call{
			Title: "Turn on GuardDuty in the account " + refs.Of(owner) + ", in " + g.Region, Effect: plan.Creates, CostNote: guardPrice,
			Why:     "It is to run GuardDuty for all accounts. The kinds of watching that cost extra stay off; where AWS turns it on by itself, they are on.",
			Undo:    "Can be turned off at any time; what it found goes with it.",
			Request: plan.To(guardduty.NewFromConfig, (*guardduty.Client).CreateDetector, func(plan.Facts) *guardduty.CreateDetectorInput { return basicDetector() }),
			Learn: plan.Learned(func(out *guardduty.CreateDetectorOutput) map[string]string {
				return map[string]string{detectorFact(g.Region): aws.ToString(out.DetectorId)}
			}),
		})
	}
	if g.Admin == "" {
		add("administrator", plan.Management, plan.Call{
			Title: "Let the account " + refs.Of(owner) + " run GuardDuty for all accounts, in " + g.Region, Effect: plan.Changes, CostNote: guardPrice,
			Why:  "Nobody then needs to enter the management account to see what it finds.",
			Undo: "Can be taken back at any time.", Before: map[string]string{detectorsBefore: strings.Join(accountsWith(g), ",")},
			Request: plan.To(guardduty.NewFromConfig, (*guardduty.Client).EnableOrganizationAdminAccount, func(plan.Facts) *guardduty.EnableOrganizationAdminAccountInput {
				return &guardduty.EnableOrganizationAdminAccountInput{AdminAccountId: aws.String(owner)}
			}),
			Settle: settleDetector(g.Region), SettleIn: plan.Place{Account: refs.Of(owner), Region: g.Region}, SettleEvery: detectorEvery, SettleLimit: detectorLimit,
		})
	}
	if g.Auto != string(types.AutoEnableMembersAll) {
		c := plan.Call{
			Title: "Turn on GuardDuty in all accounts, in " + g.Region, Effect: plan.Changes, CostNote: guardPrice,
			Why:    "Also in accounts that are made later. AWS takes up to a day to reach them all. The kinds of watching that cost extra stay off.",
			Undo:   "Can be turned off at any time.",
			Before: map[string]string{"auto": g.Auto},
			Request: plan.To(guardduty.NewFromConfig, (*guardduty.Client).UpdateOrganizationConfiguration, func(f plan.Facts) *guardduty.UpdateOrganizationConfigurationInput {
				return forMembers(f.Get(detectorFact(g.Region)), types.AutoEnableMembersAll)
			}),
		}
		if g.Region == a.HomeRegion {
			c.MonthlyUSD = guardMonthlyUSD * float64(len(s.Accounts))
		}
		add("all", refs.Of(owner), c)
	}
	return items
}

// accountsWith are the accounts that have a detector, sorted.
func accountsWith(g Guard) []string {
	var out []string
	for id := range g.Detectors {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// basicDetector names each kind of watching that costs extra: AWS turns those on that are not named.
func basicDetector() *guardduty.CreateDetectorInput {
	in := &guardduty.CreateDetectorInput{Enable: aws.Bool(true)}
	for _, f := range []types.DetectorFeature{types.DetectorFeatureS3DataEvents, types.DetectorFeatureEksAuditLogs, types.DetectorFeatureEbsMalwareProtection,
		types.DetectorFeatureRdsLoginEvents, types.DetectorFeatureLambdaNetworkLogs} {
		in.Features = append(in.Features, types.DetectorFeatureConfiguration{Name: f, Status: types.FeatureStatusDisabled})
	}
	return in
}

func forMembers(detector string, auto types.AutoEnableMembers) *guardduty.UpdateOrganizationConfigurationInput {
	in := &guardduty.UpdateOrganizationConfigurationInput{DetectorId: aws.String(detector), AutoEnableOrganizationMembers: auto}
	for _, f := range []types.OrgFeature{types.OrgFeatureS3DataEvents, types.OrgFeatureEksAuditLogs, types.OrgFeatureEbsMalwareProtection,
		types.OrgFeatureRdsLoginEvents, types.OrgFeatureLambdaNetworkLogs} {
		in.Features = append(in.Features, types.OrganizationFeatureConfiguration{Name: f, AutoEnable: types.OrgFeatureStatusNone})
	}
	return in
}

// settleDetector waits until the account that runs GuardDuty has its detector, which comes some seconds later.
func settleDetector(region string) func(context.Context, aws.Config, plan.Facts) (bool, map[string]string, error) {
	return func(ctx context.Context, cfg aws.Config, _ plan.Facts) (bool, map[string]string, error) {
		out, err := guardduty.NewFromConfig(cfg).ListDetectors(ctx, &guardduty.ListDetectorsInput{})
		if err != nil || len(out.DetectorIds) == 0 {
			return false, nil, err
		}
		return true, map[string]string{detectorFact(region): out.DetectorIds[0]}, nil
	}
}
