package baseline

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// guards turns GuardDuty off again where it was off before: no more accounts, then nobody runs it, and then each account
// that has it on because of the wizard, since AWS leaves it on there and it costs money.
func (u *undoer) guards() {
	var after []string
	kept := false
	for _, region := range u.guardRegions() {
		i := slices.IndexFunc(u.s.Guards, func(g Guard) bool { return g.Region == region })
		switch {
		case i < 0:
			u.items = append(u.items, plan.Item{Blocked: &plan.Blocked{ID: name + "/undo/look/guardduty/" + region, Step: name,
				What: "GuardDuty in " + region + " stays as it is.", Why: "The Region is not among those you use any more, so nobody looked there.",
				Next: "Write it under allowed_regions in wizard.yaml, and start wizard undo again."}})
			kept = true
		case u.s.Guards[i].Refused != nil:
			u.items = append(u.items, refused(name+"/undo/look/guardduty/"+region, "GuardDuty in "+region+" could not be looked at, so it stays as it is", u.s.Guards[i].Refused, u.f))
			kept = true
		case len(u.s.Guards[i].NoEntry) > 0:
			var places []plan.Place
			for _, acc := range u.s.Accounts {
				places = append(places, plan.Place{Account: u.refs.Of(acc.ID), Region: region})
			}
			u.items = append(u.items, plan.Item{Later: &plan.Later{ID: name + "/undo/later/guardduty/" + region, Step: name, Title: "Turn off GuardDuty in " + region,
				Why:        "Whoever is signed in now cannot enter all accounts. Sign in as yourself first.",
				Operations: []string{"guardduty:UpdateOrganizationConfiguration", "guardduty:DisableOrganizationAdminAccount", "guardduty:DeleteDetector"}, Places: places, MostCalls: 2 + len(places)}})
			kept = true
		default:
			after = append(after, u.guardIn(u.s.Guards[i])...)
		}
	}
	if !kept {
		u.standing(trustGuardID, "", guardService, after)
	}
}

// guardRegions are the Regions in which the wizard changed GuardDuty, sorted.
func (u *undoer) guardRegions() []string {
	var out []string
	for _, m := range u.ours {
		if m.Service == "guardduty" && !slices.Contains(out, m.Region) {
			out = append(out, m.Region)
		}
	}
	slices.Sort(out)
	return out
}

// guardIn plans one Region, and gives the ids of its calls.
func (u *undoer) guardIn(g Guard) []string {
	id := func(what string) string { return name + "/guardduty/" + what + "/" + g.Region }
	var ids []string
	add := func(call, account string, takes []string, c plan.Call) {
		c.ID, c.Step, c.Lane, c.After, c.TakesBack = undoID(call), name, name+"/guardduty/"+g.Region, slices.Clone(ids), takes
		c.Where = plan.Place{Account: u.refs.Of(account), Region: g.Region}
		c.IAMAction = plan.IAMAction(c.Request.Service, c.Request.Operation)
		u.items, ids = append(u.items, plan.Item{Call: &c}), append(ids, c.ID)
	}
	all, wasAll := u.ours.Done(id("all"), "UpdateOrganizationConfiguration")
	if before := all.Before["auto"]; wasAll && g.Admin != "" && g.Auto == string(types.AutoEnableMembersAll) {
		auto := types.AutoEnableMembersNone
		if before != "" {
			auto = types.AutoEnableMembers(before)
		}
		add(id("all"), g.Admin, []string{id("all")}, plan.Call{Title: "Turn on GuardDuty in further accounts no more, in " + g.Region, Effect: plan.Changes,
			Why: "The wizard made it so on " + all.Day() + ".", Undo: "Start the wizard again: it turns it on.",
			Request: plan.To(guardduty.NewFromConfig, (*guardduty.Client).UpdateOrganizationConfiguration, func(plan.Facts) *guardduty.UpdateOrganizationConfigurationInput {
				return forMembers(g.Detectors[g.Admin], auto)
			})})
	}
	run, ran := u.ours.Done(id("administrator"), "EnableOrganizationAdminAccount")
	own, made := u.ours.Done(id("own"), "CreateDetector")
	there, watcher := u.ours.Done(id("watcher"), "CreateDetector")
	admin := run.Sent("AdminAccountId")
	if ran && g.Admin == admin {
		add(id("administrator"), u.s.Organization.Management, nil, plan.Call{Title: "Let the account " + u.refs.Of(admin) + " run GuardDuty no more, in " + g.Region, Effect: plan.Changes,
			Why: "The wizard allowed it on " + run.Day() + ".", Undo: "Start the wizard again: it allows it.",
			Request: plan.To(guardduty.NewFromConfig, (*guardduty.Client).DisableOrganizationAdminAccount, func(plan.Facts) *guardduty.DisableOrganizationAdminAccountInput {
				return &guardduty.DisableOrganizationAdminAccountInput{AdminAccountId: aws.String(admin)}
			})})
	}
	had := strings.Split(run.Before[detectorsBefore], ",")
	var off []string
	for _, account := range accountsWith(g) {
		switch {
		case made && account == own.Account, watcher && account == there.Account:
			off = append(off, account)
		case ran && !slices.Contains(had, account) && account != u.s.Organization.Management:
			off = append(off, account)
		}
	}
	for n, account := range off {
		var takes []string
		if made && account == own.Account {
			takes = append(takes, id("own"))
		}
		if watcher && account == there.Account {
			takes = append(takes, id("watcher"))
		}
		if ran && n == len(off)-1 { // the last one: until then the way back has to know of it
			takes = append(append(takes, id("administrator")), ids...)
		}
		detector := g.Detectors[account]
		add(name+"/guardduty/detector/"+u.refs.Of(account)+"/"+g.Region, account, takes, plan.Call{Title: "Turn off GuardDuty in " + steps.Called(u.refs.Of(account), account) + ", " + g.Region,
			Wait:   map[string]time.Duration{"BadRequestException": time.Minute}, // "while it is associated with an administrator", which ended seconds ago
			Effect: plan.Deletes, Why: "It is on there because of the wizard. What it found goes with it.", Undo: "Start the wizard again: it turns it on; what it found does not come back.",
			Request: plan.To(guardduty.NewFromConfig, (*guardduty.Client).DeleteDetector, func(plan.Facts) *guardduty.DeleteDetectorInput {
				return &guardduty.DeleteDetectorInput{DetectorId: aws.String(detector)}
			})})
	}
	return ids
}
