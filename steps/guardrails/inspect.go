package guardrails

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// unitPrefix starts the facts that hold the ids of organizational units.
const unitPrefix = "organization.unit."

// inspect reads the organization's policies and where they are attached, what central root access is on and what
// it shows, and what the accounts' buckets show to everybody. What AWS refuses is kept with its reason.
func inspect(ctx context.Context, env steps.Env) (State, error) {
	s := State{Caller: env.Caller.Account}
	cfg, err := env.Config(plan.Place{Account: env.Caller.Account, Region: globalRegion})
	if err != nil {
		return s, fmt.Errorf("guardrails: %w", err)
	}
	client := organizations.NewFromConfig(cfg)
	out, err := client.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	switch {
	case steps.Code(err) == "AWSOrganizationsNotInUseException":
		s.Storage = lookAtStorage(ctx, env, steps.AccountIDs(env))
		return s, ctx.Err()
	case refused(err):
		s.Refused = steps.Code(err)
		return s, nil
	case err != nil:
		return s, fmt.Errorf("guardrails: describing the organization: %w", err)
	case out.Organization == nil:
		return s, errors.New("guardrails: describing the organization: empty reply")
	}
	s.Exists, s.Management = true, aws.ToString(out.Organization.MasterAccountId)
	if s.Management != s.Caller {
		return s, nil
	}
	all := steps.AccountIDs(env)
	rest := s // what can be seen without the service control policies
	trial := newTrial(env)
	beside.All(
		func() { err = s.read(ctx, client, env.Facts) },
		func() { rest.readTypes(ctx, client, env.Facts) },
		func() { rest.TrustsIAM = trustsIAM(ctx, client) },
		func() { trial.find(ctx, env, client) },
		func() { rest.Root = lookAtRoots(ctx, env, cfg, all[1:]) },
		func() { rest.Storage = lookAtStorage(ctx, env, all) },
	)
	env.Check("Policies of your own", fmt.Sprint(len(s.Policies)))
	if refused(err) {
		s.Refused = steps.Code(err)
		return s, nil
	}
	if err != nil {
		return s, err
	}
	maps.Copy(s.Targets, rest.Targets)
	s.Types, s.TrustsIAM, s.Root, s.Storage = rest.Types, rest.TrustsIAM, rest.Root, rest.Storage
	s.Trial = trial
	s.tryOut(ctx, env)
	return s, ctx.Err()
}

// read reads the service control policies and where they are attached.
func (s *State) read(ctx context.Context, client *organizations.Client, f plan.Facts) error {
	var policiesErr, attachedErr error
	beside.All(
		func() { s.Policies, s.Targets, policiesErr = policies(ctx, client, scpType) },
		func() { attachedErr = s.readAttached(ctx, client, f) },
	)
	return cmp.Or(policiesErr, attachedErr)
}

// readAttached reads which policies are on the root and the units.
func (s *State) readAttached(ctx context.Context, client *organizations.Client, f plan.Facts) error {
	s.Attached = map[string][]string{}
	s.RootID, _ = f.Lookup(rootFact)
	var targets []string
	for _, key := range f.Keys() {
		if key == rootFact || strings.HasPrefix(key, unitPrefix) {
			targets = append(targets, f.Get(key))
		}
	}
	on := make([][]string, len(targets))
	err := beside.Try(targets, func(n int, target string) (err error) {
		on[n], err = attachedTo(ctx, client, scpType, target)
		if c := steps.Code(err); c == "TargetNotFoundException" || c == "OrganizationalUnitNotFoundException" {
			return nil // a fact of a unit that was deleted since; the organization step makes it anew
		}
		return err
	})
	for n, target := range targets {
		if on[n] != nil {
			s.Attached[target] = on[n]
		}
	}
	return err
}

// policies are the customer's own policies of a type with their content, and what each policy of ours is attached to, anywhere.
func policies(ctx context.Context, client *organizations.Client, kind types.PolicyType) (own []Policy, targets map[string][]string, err error) {
	list := organizations.NewListPoliciesPaginator(client, &organizations.ListPoliciesInput{Filter: kind})
	for list.HasMorePages() {
		page, err := list.NextPage(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("guardrails: listing policies: %w", err)
		}
		for _, p := range page.Policies {
			if !p.AwsManaged {
				own = append(own, Policy{ID: aws.ToString(p.Id), Name: aws.ToString(p.Name)})
			}
		}
	}
	on := make([][]string, len(own))
	err = beside.Try(own, func(n int, p Policy) (err error) {
		var contentErr, targetsErr error
		beside.All(
			func() { own[n].Content, contentErr = contentOf(ctx, client, p) },
			func() {
				if ours(p) {
					on[n], targetsErr = targetsOf(ctx, client, p)
				}
			},
		)
		return cmp.Or(contentErr, targetsErr)
	})
	if err != nil {
		return nil, nil, err
	}
	targets = map[string][]string{}
	for n, p := range own {
		if on[n] != nil {
			targets[p.ID] = on[n]
		}
	}
	return own, targets, nil
}

func contentOf(ctx context.Context, client *organizations.Client, p Policy) (string, error) {
	out, err := client.DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: aws.String(p.ID)})
	if err != nil {
		return "", fmt.Errorf("guardrails: reading the policy %s: %w", p.Name, err)
	}
	if out.Policy == nil {
		return "", nil
	}
	return aws.ToString(out.Policy.Content), nil
}

func targetsOf(ctx context.Context, client *organizations.Client, p Policy) (ids []string, err error) {
	list := organizations.NewListTargetsForPolicyPaginator(client, &organizations.ListTargetsForPolicyInput{PolicyId: aws.String(p.ID)})
	for list.HasMorePages() {
		page, err := list.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("guardrails: listing what the policy %s is attached to: %w", p.Name, err)
		}
		for _, t := range page.Targets {
			ids = append(ids, aws.ToString(t.TargetId))
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// attachedTo are the ids of the policies of a type that are directly on a target, sorted.
func attachedTo(ctx context.Context, client *organizations.Client, kind types.PolicyType, target string) ([]string, error) {
	on := []string{}
	list := organizations.NewListPoliciesForTargetPaginator(client,
		&organizations.ListPoliciesForTargetInput{TargetId: aws.String(target), Filter: kind})
	for list.HasMorePages() {
		page, err := list.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("guardrails: listing the policies of %s: %w", target, err)
		}
		for _, p := range page.Policies {
			on = append(on, aws.ToString(p.Id))
		}
	}
	slices.Sort(on)
	return on, nil
}

// readTypes reads what stands beside the service control policies: which types are switched on, and the declarative policies on
// the root.
func (s *State) readTypes(ctx context.Context, client *organizations.Client, f plan.Facts) {
	status := map[types.PolicyType]types.PolicyTypeStatus{}
	var rootsErr error
	found, targets := make([]TypeState, len(declarativeTypes)), make([]map[string][]string, len(declarativeTypes))
	beside.All(
		func() {
			rootsErr = steps.EachPage(ctx, organizations.NewListRootsPaginator(client, &organizations.ListRootsInput{}), func(page *organizations.ListRootsOutput) {
				for _, root := range page.Roots {
					for _, t := range root.PolicyTypes {
						status[t.Type] = t.Status
					}
				}
			})
		},
		func() {
			beside.Each(declarativeTypes, func(n int, kind types.PolicyType) { targets[n] = found[n].read(ctx, client, kind, f) })
		},
	)
	s.Types, s.Targets = map[types.PolicyType]TypeState{}, map[string][]string{}
	for n, kind := range declarativeTypes {
		t := found[n]
		t.On = status[kind] != ""
		if t.Refused == nil && rootsErr != nil {
			t.Refused = steps.RefusalOf(rootsErr)
		}
		s.Types[kind] = t
		maps.Copy(s.Targets, targets[n])
	}
}

// read reads the policies of a type, and which are on the root. It gives what ours are attached to.
func (t *TypeState) read(ctx context.Context, client *organizations.Client, kind types.PolicyType, f plan.Facts) (targets map[string][]string) {
	var policiesErr, attachedErr error
	beside.All(
		func() { t.Policies, targets, policiesErr = policies(ctx, client, kind) },
		func() {
			if root, known := f.Lookup(rootFact); known {
				t.Attached, attachedErr = attachedTo(ctx, client, kind, root)
			}
		},
	)
	if err := cmp.Or(policiesErr, attachedErr); err != nil {
		t.Refused = steps.RefusalOf(err)
	}
	return targets
}

// trustsIAM reports whether IAM has trusted access. Central root access asks itself, and says what is missing.
func trustsIAM(ctx context.Context, client *organizations.Client) bool {
	trusted, err := steps.TrustedServices(ctx, client)
	return err == nil && slices.Contains(trusted, iamPrincipal)
}

func refused(err error) bool {
	return slices.Contains([]string{"AccessDeniedException", "AccessDenied", "OptInRequired", "SubscriptionRequiredException"}, steps.Code(err))
}
