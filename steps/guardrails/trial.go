package guardrails

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"awswizard/internal/answers"
	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// A guardrail with everyday effect is first attached to one account. IAM's policy simulator is asked there, in the name
// of somebody the guardrails bind, whether what must work still works and what is forbidden is refused. Only then is it
// attached widely. The simulator only computes: no request is made in that name.

const (
	// trialLimit is how long a policy may take until it holds everywhere.
	trialLimit = 5 * time.Minute
	trialEvery = 5 * time.Second
)

// Trial is what is known of the account guardrails are tried out in.
type Trial struct {
	Account   string   // "" when it does not exist yet
	Attached  []string // ids of the service control policies directly on it
	Principal string   // the role asked for; "" when nobody the guardrails bind can be asked for
	Verdicts  map[string]Verdict
}

// Verdict is what came of trying a guardrail out, by its name.
type Verdict struct {
	Wrong   string // what is refused and must not be, "" when all is well
	Waiting string // what must be refused and is not yet
}

// trialAccount is the account guardrails are tried out in: one for development, or else the last one with workloads, and that of
// production only where there is no other. It is one that exists, as soon as there is any.
func trialAccount(a answers.Answers, f plan.Facts) string {
	missing := func(acc answers.Account) bool { _, known := f.Lookup(plan.AccountFact(acc.Key())); return !known }
	workloads := slices.DeleteFunc(slices.Clone(a.Accounts), func(acc answers.Account) bool { return acc.Unit == answers.UnitSecurity })
	if existing := slices.DeleteFunc(slices.Clone(workloads), missing); len(existing) > 0 {
		workloads = existing
	}
	if others := slices.DeleteFunc(slices.Clone(workloads), answers.Account.Production); len(others) > 0 {
		workloads = others
	}
	last := ""
	for _, acc := range workloads {
		last = acc.Key()
		for _, word := range []string{"dev", "staging", "sandbox", "test"} {
			if strings.Contains(last, word) {
				return last
			}
		}
	}
	return last
}

// newTrial is the trial before it is looked at.
func newTrial(env steps.Env) Trial {
	if id, known := env.Facts.Lookup(plan.AccountFact(trialAccount(env.Answers, env.Facts))); known {
		return Trial{Account: id, Verdicts: map[string]Verdict{}}
	}
	return Trial{}
}

// find reads what is attached to the account of the trial and whom to ask for there.
func (t *Trial) find(ctx context.Context, env steps.Env, client *organizations.Client) {
	if t.Account == "" {
		return
	}
	var attachedErr error
	principal := ""
	beside.All(
		func() { t.Attached, attachedErr = attachedTo(ctx, client, scpType, t.Account) },
		func() {
			if inside, err := insideTrial(env, t.Account); err == nil {
				principal, _ = bound(ctx, inside) // nobody to ask is an answer, too
			}
		},
	)
	if attachedErr == nil {
		t.Principal = principal
	}
}

func insideTrial(env steps.Env, account string) (*iam.Client, error) {
	cfg, err := env.Config(plan.Place{Account: account, Region: globalRegion})
	return iam.NewFromConfig(cfg), err
}

// tryOut asks about the guardrails that are being tried out.
func (s *State) tryOut(ctx context.Context, env steps.Env) {
	if s.Trial.Principal == "" {
		return
	}
	inside, err := insideTrial(env, s.Trial.Account)
	if err != nil {
		return
	}
	for _, g := range all() {
		if p, ok := s.policy(g.policyName()); ok && slices.Contains(s.Trial.Attached, p.ID) {
			if v, err := try(ctx, inside, s.Trial.Principal, g, env.Answers); err == nil {
				s.Trial.Verdicts[g.name] = v
			} else {
				s.Trial.Verdicts[g.name] = Verdict{Waiting: "the policy simulator gave no answer (" + steps.Code(err) + ")"}
			}
		}
	}
}

// bound finds a role that the guardrails bind: best one that people sign in with, never the exempt one or one of AWS's
// services, "" when there is none.
func bound(ctx context.Context, client *iam.Client) (string, error) {
	found := ""
	list := iam.NewListRolesPaginator(client, &iam.ListRolesInput{})
	for list.HasMorePages() {
		page, err := list.NextPage(ctx)
		if err != nil {
			return "", fmt.Errorf("guardrails: listing roles: %w", err)
		}
		for _, r := range page.Roles {
			path, name := aws.ToString(r.Path), aws.ToString(r.RoleName)
			switch {
			case strings.HasPrefix(path, "/aws-reserved/sso.amazonaws.com/"):
				return aws.ToString(r.Arn), nil
			case !strings.HasPrefix(path, "/aws-") && name != "OrganizationAccountAccessRole" && found == "":
				found = aws.ToString(r.Arn)
			}
		}
	}
	return found, nil
}

// probe is one question to the simulator.
type probe struct {
	action, region string
	allowed        bool // it must still be possible
}

func probes(g guardrail, a answers.Answers) []probe {
	out := []probe{{"sts:GetCallerIdentity", a.HomeRegion, true}, {"ec2:RunInstances", a.HomeRegion, true}, {"s3:CreateBucket", a.HomeRegion, true},
		{"lambda:CreateFunction", a.HomeRegion, true}, {"iam:PassRole", globalRegion, true}}
	switch g.name {
	case "identity-guard":
		out = append(out, probe{"iam:CreateUser", globalRegion, false}, probe{"iam:CreateAccessKey", globalRegion, false})
	case "security-guard":
		out = append(out, probe{"ec2:CreateDefaultVpc", a.HomeRegion, false}, probe{"cloudtrail:StopLogging", a.HomeRegion, false})
	case moneyGuard:
		out = append(out, probe{"savingsplans:CreateSavingsPlan", globalRegion, false})
	case regionGuard:
		i := slices.IndexFunc(answers.Regions(), func(r string) bool { return !slices.Contains(regions(a), r) })
		if i >= 0 {
			elsewhere := answers.Regions()[i]
			out = append(out, probe{"ec2:DescribeRegions", elsewhere, true}, probe{"ec2:DescribeInstances", elsewhere, false})
		}
	}
	return out
}

// try asks the simulator about a guardrail. What is refused wrongly counts before what is not refused yet.
func try(ctx context.Context, client *iam.Client, principal string, g guardrail, a answers.Answers) (Verdict, error) {
	var v Verdict
	for _, p := range probes(g, a) {
		out, err := client.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String(principal), ActionNames: []string{p.action},
			ContextEntries: []types.ContextEntry{
				{ContextKeyName: aws.String("aws:RequestedRegion"), ContextKeyType: types.ContextKeyTypeEnumString, ContextKeyValues: []string{p.region}},
				{ContextKeyName: aws.String("aws:PrincipalArn"), ContextKeyType: types.ContextKeyTypeEnumString, ContextKeyValues: []string{principal}}}})
		if err != nil {
			return v, fmt.Errorf("guardrails: simulating %s: %w", p.action, err)
		}
		for _, r := range out.EvaluationResults {
			allowed := r.OrganizationsDecisionDetail == nil || r.OrganizationsDecisionDetail.AllowedByOrganizations
			switch {
			case p.allowed && !allowed && v.Wrong == "":
				v.Wrong = p.action + " in " + p.region
			case !p.allowed && allowed && v.Waiting == "":
				v.Waiting = p.action + " in " + p.region
			}
		}
	}
	return v, nil
}

func tryID(g guardrail) string { return "guardrails/try/" + g.name }

// tryOut attaches a guardrail to the account of the trial and waits until the simulator agrees.
func tryOut(g guardrail, key string, a answers.Answers) *plan.Call {
	c := attach(g, target{plan.AccountFact(key), "the account " + key + " alone, to try it out", key})
	c.ID = tryID(g)
	c.Title = fmt.Sprintf("Try the guardrail %s out in the account %s", g.name, key)
	c.Why = "It is attached to this one account first. Then AWS's policy simulator is asked there whether daily work is still allowed and what it forbids is refused. Only then does it go on. " +
		"If the check fails, it is taken off this account again."
	c.SettleIn = plan.Place{Account: key, Region: globalRegion}
	c.SettleEvery, c.SettleLimit = trialEvery, trialLimit
	c.Settle = func(ctx context.Context, cfg aws.Config, _ plan.Facts) (bool, map[string]string, error) {
		client := iam.NewFromConfig(cfg)
		principal, err := bound(ctx, client)
		if err != nil {
			return false, nil, err
		}
		if principal == "" {
			return false, nil, errors.New("guardrails: there is nobody to ask for")
		}
		v, err := try(ctx, client, principal, g, a)
		if err == nil && v.Wrong != "" {
			err = &plan.Unsettled{Operation: "Trying out " + g.name, Reason: "GuardrailRefusesTooMuch"}
		}
		return err == nil && v.Waiting == "", nil, err
	}
	return c
}

// tried plans the way of a guardrail to its targets through the trial: items before the wide attachment, whether that may
// be planned, and items after it.
func tried(s State, g guardrail, a answers.Answers, f plan.Facts, missing []target) (before []plan.Item, wide bool, after []plan.Item) {
	key := trialAccount(a, f)
	policy, exists := s.policy(g.policyName())
	on := exists && slices.Contains(s.Trial.Attached, policy.ID)
	here := target{plan.AccountFact(key), "the account " + key, key}
	switch {
	case len(missing) == 0 && on:
		return nil, true, []plan.Item{{Call: detach(g, here, policy.ID, "It was tried out there, and holds for the whole unit now.")}}
	case g.root || key == "" || len(missing) == 0 || s.Trial.Account != "" && s.Trial.Principal == "":
		return nil, true, nil // without everyday effect, or nobody is there who could be hindered
	case !on:
		end := detach(g, here, "", "It was tried out there, and holds for the whole unit now.")
		end.Request = plan.To(organizations.NewFromConfig, (*organizations.Client).DetachPolicy,
			func(f plan.Facts) *organizations.DetachPolicyInput {
				return &organizations.DetachPolicyInput{PolicyId: aws.String(f.Get(g.fact())), TargetId: aws.String(f.Get(here.fact))}
			})
		return []plan.Item{{Call: tryOut(g, key, a)}}, true, []plan.Item{{Call: end}}
	}
	v, seen := s.Trial.Verdicts[g.name]
	b := &plan.Blocked{ID: tryID(g), Step: name, What: "The guardrail " + g.name + " is not attached widely.",
		Next: "Start the wizard again: it looks once more."}
	switch {
	case v.Wrong != "":
		b.Why = "Tried out in " + key + ", it refuses what must work: " + v.Wrong + "."
		b.Next = "Another policy on that account or above it may be the cause. Look at its policies, then start the wizard again."
		off := detach(g, here, policy.ID, "The check failed: "+v.Wrong+" would be refused.")
		off.ID = "guardrails/untry/" + g.name // not the call that ends a trial that went well, which was left out
		return []plan.Item{{Call: off}, {Blocked: b}}, false, nil
	case !seen || v.Waiting != "":
		b.Why = "Tried out in " + key + ", it does not hold yet: " + v.Waiting + "."
		return []plan.Item{{Blocked: b}}, false, nil
	}
	return nil, true, []plan.Item{{Call: detach(g, here, policy.ID, "It was tried out there, and holds for the whole unit now.")}}
}
