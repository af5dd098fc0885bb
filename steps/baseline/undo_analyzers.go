package baseline

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"awswizard/internal/plan"
)

// analyzers deletes the analyzers the wizard made, and then takes the service its place in the organization.
func (u *undoer) analyzers() {
	var after []string
	kept := false
	made := u.ours.Does("CreateAnalyzer")
	for _, id := range made.IDs() {
		m := made[id]
		ref, named := u.refs.Of(m.Account), m.Sent("analyzerName")
		i := slices.IndexFunc(u.s.Watches, func(w Watch) bool { return w.Region == m.Region })
		if _, ok := u.s.account(m.Account); !ok {
			continue // it left the organization
		}
		if i >= 0 && u.s.Watches[i].NoEntry {
			u.items = append(u.items, plan.Item{Later: &plan.Later{ID: name + "/undo/later/analyzer/" + m.Region, Step: name, Title: "Delete the analyzer in " + m.Region,
				Why: "Whoever is signed in now cannot enter the account " + ref + ". Sign in as yourself first.", MostCalls: 1,
				Operations: []string{"accessanalyzer:DeleteAnalyzer"}, Places: []plan.Place{{Account: ref, Region: m.Region}}}})
			kept = true
			continue
		}
		if i >= 0 && u.s.Watches[i].Refused != nil {
			u.items = append(u.items, refused(undoID(id), "The analyzer in "+m.Region+" could not be looked at, so it stays", u.s.Watches[i].Refused, u.f))
			kept = true
			continue
		}
		// A Region that is not used any more was not looked at: the call finds out.
		if i >= 0 && !slices.ContainsFunc(u.s.Watches[i].Analyzers, func(an Analyzer) bool { return an.Account == m.Account && an.Name == named }) {
			continue
		}
		c := plan.Call{
			ID: undoID(id), Step: name, Lane: lane(ref, m.Region), Where: plan.Place{Account: ref, Region: m.Region}, TakesBack: []string{id},
			Title: "Watch no more for what is open to the outside, in " + m.Region, Effect: plan.Deletes, IAMAction: "access-analyzer:DeleteAnalyzer",
			Why: "The wizard made the analyzer " + named + ". What it found goes with it.", Undo: "Start the wizard again: it makes a new one.",
			Done: []string{"ResourceNotFoundException"},
			Request: plan.To(accessanalyzer.NewFromConfig, (*accessanalyzer.Client).DeleteAnalyzer, func(plan.Facts) *accessanalyzer.DeleteAnalyzerInput {
				return &accessanalyzer.DeleteAnalyzerInput{AnalyzerName: aws.String(named)}
			}),
		}
		u.items, after = append(u.items, plan.Item{Call: &c}), append(after, c.ID)
	}
	if others := u.othersWatching(made.IDs()); len(others) > 0 && u.ours.Under(runAnalyzerID) {
		u.items = append(u.items, plan.Item{Blocked: &plan.Blocked{ID: undoID(runAnalyzerID), Step: name, Kept: true,
			What: analyzerService + " goes on working across your accounts.", Why: "Somebody made other analyzers since: " + strings.Join(others, ", ") + ". They would stop.",
			Next: "Nothing needs to be done. Delete them if nobody needs them, and start wizard undo again."}})
		return
	}
	if !kept {
		u.standing(trustAnalyzerID, runAnalyzerID, analyzerService, after)
	}
}

// othersWatching names the analyzers of all accounts that the calls with these ids did not make.
func (u *undoer) othersWatching(ids []string) []string {
	var out []string
	for _, w := range u.s.Watches {
		for _, an := range w.Analyzers {
			ours := slices.ContainsFunc(ids, func(id string) bool {
				m := u.ours[id]
				return m.Account == an.Account && m.Region == w.Region && m.Sent("analyzerName") == an.Name
			})
			if an.All && !ours {
				out = append(out, an.Name+" in "+w.Region)
			}
		}
	}
	return out
}

// standing takes a service its delegated administrator and its trusted access, as far as the wizard gave them.
func (u *undoer) standing(trustID, runID, service string, after []string) {
	if m, ours := u.ours.Done(runID, "RegisterDelegatedAdministrator"); ours {
		principal, account := m.Sent("ServicePrincipal"), m.Sent("AccountId")
		if u.s.Organization.Admins[principal] == account {
			c := plan.Call{
				ID: undoID(runID), Step: name, Lane: organizationsLane, After: after, Where: global(plan.Management), TakesBack: []string{runID}, Effect: plan.Changes,
				Title: "Let the account " + u.refs.Of(account) + " run " + service + " no more", IAMAction: "organizations:DeregisterDelegatedAdministrator",
				Why: "The wizard allowed it on " + m.Day() + ".", Undo: "Start the wizard again: it allows it.", Done: []string{"AccountNotRegisteredException"},
				Request: plan.To(organizations.NewFromConfig, (*organizations.Client).DeregisterDelegatedAdministrator, func(plan.Facts) *organizations.DeregisterDelegatedAdministratorInput {
					return &organizations.DeregisterDelegatedAdministratorInput{AccountId: aws.String(account), ServicePrincipal: aws.String(principal)}
				}),
			}
			u.items, after = append(u.items, plan.Item{Call: &c}), append(slices.Clone(after), c.ID)
		}
	}
	if m, ours := u.ours.Done(trustID, "EnableAWSServiceAccess"); ours {
		principal := m.Sent("ServicePrincipal")
		if slices.Contains(u.s.Organization.Trusted, principal) {
			c := plan.Call{
				ID: undoID(trustID), Step: name, Lane: organizationsLane, After: after, Where: global(plan.Management), TakesBack: []string{trustID}, Effect: plan.Changes,
				Title: "Let " + service + " work across your accounts no more", IAMAction: "organizations:DisableAWSServiceAccess",
				Why: "The wizard allowed it on " + m.Day() + ".", Undo: "Start the wizard again: it allows it.",
				Request: plan.To(organizations.NewFromConfig, (*organizations.Client).DisableAWSServiceAccess, func(plan.Facts) *organizations.DisableAWSServiceAccessInput {
					return &organizations.DisableAWSServiceAccessInput{ServicePrincipal: aws.String(principal)}
				}),
			}
			u.items = append(u.items, plan.Item{Call: &c})
		}
	}
}
