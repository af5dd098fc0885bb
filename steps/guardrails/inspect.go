package guardrails

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

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
	err = s.read(ctx, client, env.Facts)
	env.Check("Policies of your own", fmt.Sprint(len(s.Policies)))
	if refused(err) {
		s.Refused = steps.Code(err)
		return s, nil
	}
	if err != nil {
		return s, err
	}
	s.readTypes(ctx, client, env.Facts)
	s.lookAtTrial(ctx, env, client)
	all := steps.AccountIDs(env)
	s.Root = lookAtRoots(ctx, env, cfg, all[1:])
	s.Storage = lookAtStorage(ctx, env, all)
	return s, ctx.Err()
}

// read reads the service control policies and where they are attached.
func (s *State) read(ctx context.Context, client *organizations.Client, f plan.Facts) error {
	var err error
	if s.Policies, err = policies(ctx, client, scpType); err != nil {
		return err
	}
	if s.Targets, err = targetsOf(ctx, client, s.Policies); err != nil {
		return err
	}
	s.Attached = map[string][]string{}
	s.RootID, _ = f.Lookup(rootFact)
	for _, key := range f.Keys() {
		if key != rootFact && !strings.HasPrefix(key, unitPrefix) {
			continue
		}
		target := f.Get(key)
		on, err := attachedTo(ctx, client, scpType, target)
		if c := steps.Code(err); c == "TargetNotFoundException" || c == "OrganizationalUnitNotFoundException" {
			continue // a fact of a unit that was deleted since; the organization step makes it anew
		}
		if err != nil {
			return err
		}
		s.Attached[target] = on
	}
	return nil
}

// targetsOf reads what each policy of ours is attached to, anywhere.
func targetsOf(ctx context.Context, client *organizations.Client, policies []Policy) (map[string][]string, error) {
	targets := map[string][]string{}
	for _, p := range policies {
		if !ours(p) {
			continue
		}
		list := organizations.NewListTargetsForPolicyPaginator(client, &organizations.ListTargetsForPolicyInput{PolicyId: aws.String(p.ID)})
		for list.HasMorePages() {
			page, err := list.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("guardrails: listing what the policy %s is attached to: %w", p.Name, err)
			}
			for _, t := range page.Targets {
				targets[p.ID] = append(targets[p.ID], aws.ToString(t.TargetId))
			}
		}
		slices.Sort(targets[p.ID])
	}
	return targets, nil
}

// policies are the customer's own policies of a type, with their content.
func policies(ctx context.Context, client *organizations.Client, kind types.PolicyType) ([]Policy, error) {
	var own []Policy
	list := organizations.NewListPoliciesPaginator(client, &organizations.ListPoliciesInput{Filter: kind})
	for list.HasMorePages() {
		page, err := list.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("guardrails: listing policies: %w", err)
		}
		for _, p := range page.Policies {
			if !p.AwsManaged {
				own = append(own, Policy{ID: aws.ToString(p.Id), Name: aws.ToString(p.Name)})
			}
		}
	}
	for i, p := range own {
		out, err := client.DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: aws.String(p.ID)})
		if err != nil {
			return nil, fmt.Errorf("guardrails: reading the policy %s: %w", p.Name, err)
		}
		if out.Policy != nil {
			own[i].Content = aws.ToString(out.Policy.Content)
		}
	}
	return own, nil
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

// readTypes reads what stands beside the service control policies: which types are switched on, the declarative
// policies on the root, and the services with trusted access.
func (s *State) readTypes(ctx context.Context, client *organizations.Client, f plan.Facts) {
	s.Types = map[types.PolicyType]TypeState{}
	status := map[types.PolicyType]types.PolicyTypeStatus{}
	err := steps.EachPage(ctx, organizations.NewListRootsPaginator(client, &organizations.ListRootsInput{}), func(page *organizations.ListRootsOutput) {
		for _, root := range page.Roots {
			for _, t := range root.PolicyTypes {
				status[t.Type] = t.Status
			}
		}
	})
	for _, kind := range declarativeTypes {
		t := TypeState{On: status[kind] != ""}
		own, readErr := policies(ctx, client, kind)
		t.Policies = own
		if readErr == nil {
			var on map[string][]string
			on, readErr = targetsOf(ctx, client, own)
			maps.Copy(s.Targets, on)
		}
		if root, known := f.Lookup(rootFact); readErr == nil && known {
			t.Attached, readErr = attachedTo(ctx, client, kind, root)
		}
		if readErr != nil {
			t.Refused = steps.RefusalOf(readErr)
		} else if err != nil {
			t.Refused = steps.RefusalOf(err)
		}
		s.Types[kind] = t
	}
	services := organizations.NewListAWSServiceAccessForOrganizationPaginator(client, &organizations.ListAWSServiceAccessForOrganizationInput{})
	for services.HasMorePages() {
		page, err := services.NextPage(ctx)
		if err != nil {
			return // central root access asks itself, and says what is missing
		}
		for _, e := range page.EnabledServicePrincipals {
			s.TrustsIAM = s.TrustsIAM || aws.ToString(e.ServicePrincipal) == iamPrincipal
		}
	}
}

func refused(err error) bool {
	return slices.Contains([]string{"AccessDeniedException", "AccessDenied", "OptInRequired", "SubscriptionRequiredException"}, steps.Code(err))
}
