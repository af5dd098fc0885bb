package baseline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer/types"

	"awswizard/internal/answers"
	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/steps"
)

const (
	analyzerName      = "wizard-outside-access"
	analyzerService   = "IAM Access Analyzer"
	analyzerPrincipal = "access-analyzer.amazonaws.com"
	createAnalyzer    = "access-analyzer:CreateAnalyzer"
	trustAnalyzerID   = name + "/trusted-access/access-analyzer"
	runAnalyzerID     = name + "/administrator/access-analyzer"
	// delegationLimit is how long a new delegated administrator may be refused before it is a real refusal.
	delegationLimit = 2 * time.Minute
	analyzerEvery   = 5 * time.Second
	analyzerLimit   = 10 * time.Minute
)

// Watch is a Region in which what is open to the outside is to be found.
type Watch struct {
	Region    string
	Analyzers []Analyzer
	Refused   *steps.Refusal // it could not be looked at
	NoEntry   bool           // the account that would watch cannot be entered
}

// Analyzer is an analyzer of external access.
type Analyzer struct {
	Account, Name, Status string
	All                   bool // of the whole organization
}

// works reports whether the analyzer does its work, or will in a moment.
func (a Analyzer) works() bool {
	return a.Status == string(types.AnalyzerStatusActive) || a.Status == string(types.AnalyzerStatusCreating)
}

// used are the Regions that are worked in: home, us-east-1 where the global services are, and those that are allowed. The
// findings about roles come in each Region, so more Regions would be more of the same.
func used(a answers.Answers) []string {
	list := append(slices.Clone(a.AllowedRegions), a.HomeRegion, globalRegion)
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(r string) bool { return r == "" })
}

// watches lists the analyzers of each used Region: those of the account that runs the service or would run it, and of the
// caller's own. Where Control Tower runs the organization only the caller's own account gets any, and is looked at.
func (l looker) watches(ctx context.Context, o Organization) []Watch {
	accounts := []string{l.env.Caller.Account}
	if o.Management == l.env.Caller.Account && !steps.ControlTower(l.env.Facts) {
		for _, id := range []string{o.Admins[analyzerPrincipal], securityAccount(l.env.Answers, l.env.Facts)} {
			if id != "" && !slices.Contains(accounts, id) {
				accounts = append(accounts, id)
			}
		}
	}
	regions := used(l.env.Answers)
	out := make([]Watch, len(regions))
	beside.Each(regions, func(n int, region string) { out[n] = l.watch(ctx, region, accounts) })
	return out
}

func (l looker) watch(ctx context.Context, region string, accounts []string) Watch {
	w := Watch{Region: region}
	found, errs := make([][]Analyzer, len(accounts)), make([]error, len(accounts))
	beside.Each(accounts, func(n int, id string) { found[n], errs[n] = l.analyzers(ctx, id, region) })
	for _, err := range errs {
		switch {
		case errors.Is(err, plan.ErrNoEntry):
			w.NoEntry = true
		case err != nil:
			w.Refused = steps.RefusalOf(err)
		}
	}
	w.Analyzers = slices.Concat(found...)
	return w
}

func (l looker) analyzers(ctx context.Context, account, region string) (found []Analyzer, err error) {
	cfg, err := l.config(account, region)
	if err != nil {
		return nil, err
	}
	err = l.do(ctx, func() error {
		pages := accessanalyzer.NewListAnalyzersPaginator(accessanalyzer.NewFromConfig(cfg), &accessanalyzer.ListAnalyzersInput{})
		return steps.EachPage(ctx, pages, func(page *accessanalyzer.ListAnalyzersOutput) {
			for _, a := range page.Analyzers {
				if a.Type == types.TypeOrganization || a.Type == types.TypeAccount {
					found = append(found, Analyzer{Account: account, Name: aws.ToString(a.Name), Status: string(a.Status), All: a.Type == types.TypeOrganization})
				}
			}
		})
	})
	if err != nil {
		return nil, fmt.Errorf("listing the analyzers: %w", err)
	}
	return found, nil
}

// planAnalyzers plans one analyzer for all accounts in each used Region, in the account that is there for security; an
// account in an organization of somebody else's gets its own.
func planAnalyzers(s State, a answers.Answers, f plan.Facts) []plan.Item {
	o := s.Organization
	switch {
	case o.Refused != nil:
		return []plan.Item{refused(name+"/look/organization", "Whether anybody watches for what is open to the outside could not be looked at", o.Refused, f)}
	case !o.Exists:
		return []plan.Item{analyzersLater(a.Security(), "It watches all accounts of the organization, which does not exist yet.", used(a))}
	case o.Management != s.Caller, steps.ControlTower(f):
		return watchHere(s, f, plan.Management, false)
	}
	owner := o.Admins[analyzerPrincipal]
	if owner == "" {
		owner = securityAccount(a, f)
	}
	if owner == "" && a.Security() != "" {
		return []plan.Item{analyzersLater(a.Security(), "The account that watches the others does not exist yet.", used(a))}
	}
	if owner == "" {
		owner = o.Management
	}
	return watchAll(s, f, owner, steps.ReferencesOf(a, f).Of(owner))
}

// watchHere plans the analyzers themselves, in the account with this reference.
func watchHere(s State, f plan.Facts, ref string, all bool, after ...string) []plan.Item {
	var items []plan.Item
	for _, w := range s.Watches {
		works := func(an Analyzer) bool { return an.works() && (an.All || !all) }
		switch broken := slices.IndexFunc(w.Analyzers, func(an Analyzer) bool { return !an.works() && an.All == all }); {
		case slices.ContainsFunc(w.Analyzers, works):
		case w.Refused != nil:
			items = append(items, refused(name+"/look/analyzer/"+w.Region, "The analyzers in "+w.Region+" could not be looked at, so none is made", w.Refused, f))
		case w.NoEntry:
			items = append(items, analyzersLater(ref, signInFirst, []string{w.Region}))
		case broken >= 0:
			items = append(items, plan.Item{Blocked: &plan.Blocked{ID: name + "/analyzer/" + w.Region, Step: name,
				What: "The analyzer " + w.Analyzers[broken].Name + " in " + w.Region + " does not work.", Why: "AWS shows it as " + w.Analyzers[broken].Status + ".",
				Next: "Delete it at https://console.aws.amazon.com/access-analyzer/home?region=" + w.Region + " and start the wizard again: it makes a new one."}})
		default:
			items = append(items, plan.Item{Call: makeAnalyzer(ref, w.Region, all, after)})
		}
	}
	return items
}

func watchAll(s State, f plan.Facts, owner, ref string) []plan.Item {
	o := s.Organization
	var before []plan.Item
	var after []string
	if !slices.Contains(o.Trusted, analyzerPrincipal) {
		before, after = append(before, plan.Item{Call: trust(trustAnalyzerID, analyzerPrincipal, analyzerService)}), append(after, trustAnalyzerID)
	}
	if owner != o.Management && o.Admins[analyzerPrincipal] == "" {
		c := delegate(runAnalyzerID, analyzerPrincipal, analyzerService, ref, owner, slices.Clone(after))
		before, after = append(before, plan.Item{Call: c}), append(after, runAnalyzerID)
	}
	items := watchHere(s, f, ref, true, after...)
	if len(plan.Calls(items)) == 0 {
		return items // the account cannot be entered yet, or all is there
	}
	return append(before, items...)
}

func analyzersLater(ref, why string, regions []string) plan.Item {
	if ref == "" {
		ref = plan.Management
	}
	places := []plan.Place{global(plan.Management)}
	for _, r := range regions {
		if p := (plan.Place{Account: ref, Region: r}); p != places[0] {
			places = append(places, p)
		}
	}
	return plan.Item{Later: &plan.Later{ID: name + "/later/analyzer/" + regions[0], Step: name, Title: "Watch for what is open to the outside, in " + strings.Join(regions, " and "), Why: why,
		Operations: []string{"organizations:EnableAWSServiceAccess", "organizations:RegisterDelegatedAdministrator", "accessanalyzer:CreateAnalyzer"}, Places: places, MostCalls: 2 + len(regions)}}
}

func makeAnalyzer(ref, region string, all bool, after []string) *plan.Call {
	kind, whose := types.TypeAccount, "this account"
	if all {
		kind, whose = types.TypeOrganization, "all accounts"
	}
	c := &plan.Call{
		ID: name + "/analyzer/" + region, Step: name, Lane: lane(ref, region), After: after, Where: plan.Place{Account: ref, Region: region},
		Title: "Watch " + whose + " for what is open to the outside, in " + region, Effect: plan.Creates, IAMAction: createAnalyzer,
		Why:      "It tells when a bucket, a key, a queue or a role can be used by somebody outside (" + analyzerService + "). It looks only; it changes nothing.",
		CostNote: "free: it looks for access from outside. The kinds that look for unused and for inside access cost money, and are not made",
		Undo:     "Delete the analyzer at any time; what it found goes with it.",
		Request: plan.To(accessanalyzer.NewFromConfig, (*accessanalyzer.Client).CreateAnalyzer, func(plan.Facts) *accessanalyzer.CreateAnalyzerInput {
			return &accessanalyzer.CreateAnalyzerInput{AnalyzerName: aws.String(analyzerName), Type: kind}
		}),
		Settle: settleAnalyzer, SettleEvery: analyzerEvery, SettleLimit: analyzerLimit,
	}
	if len(after) > 0 {
		c.Wait = map[string]time.Duration{"AccessDeniedException": delegationLimit, "ValidationException": delegationLimit}
	}
	return c
}

// settleAnalyzer waits until the analyzer is active: it is made in the background.
func settleAnalyzer(ctx context.Context, cfg aws.Config, _ plan.Facts) (bool, map[string]string, error) {
	out, err := accessanalyzer.NewFromConfig(cfg).GetAnalyzer(ctx, &accessanalyzer.GetAnalyzerInput{AnalyzerName: aws.String(analyzerName)})
	if err != nil {
		return false, nil, fmt.Errorf("asking whether the analyzer is active: %w", err)
	}
	switch status := out.Analyzer.Status; status {
	case types.AnalyzerStatusFailed, types.AnalyzerStatusDisabled:
		return false, nil, &plan.Unsettled{Operation: "CreateAnalyzer", Reason: string(status)}
	default:
		return status == types.AnalyzerStatusActive, nil, nil
	}
}
