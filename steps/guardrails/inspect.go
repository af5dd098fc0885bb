package guardrails

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/smithy-go"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// unitPrefix starts the facts that hold the ids of organizational units.
const unitPrefix = "organization.unit."

// inspect reads the service control policies and where they are attached.
func inspect(ctx context.Context, env steps.Env) (State, error) {
	s := State{Caller: env.Caller.Account}
	cfg, err := env.Config(plan.Place{Account: env.Caller.Account, Region: globalRegion})
	if err != nil {
		return s, fmt.Errorf("guardrails: %w", err)
	}
	client := organizations.NewFromConfig(cfg)
	out, err := client.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	switch {
	case code(err) == "AWSOrganizationsNotInUseException":
		return s, nil
	case refused(err):
		s.Refused = code(err)
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
	if refused(err) {
		s.Refused = code(err)
		return s, nil
	}
	return s, err
}

func (s *State) read(ctx context.Context, client *organizations.Client, f plan.Facts) error {
	list := organizations.NewListPoliciesPaginator(client, &organizations.ListPoliciesInput{Filter: scpType})
	for list.HasMorePages() {
		page, err := list.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("guardrails: listing policies: %w", err)
		}
		for _, p := range page.Policies {
			if !p.AwsManaged {
				s.Policies = append(s.Policies, Policy{ID: aws.ToString(p.Id), Name: aws.ToString(p.Name)})
			}
		}
	}
	for i, p := range s.Policies {
		out, err := client.DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: aws.String(p.ID)})
		if err != nil {
			return fmt.Errorf("guardrails: reading the policy %s: %w", p.Name, err)
		}
		if out.Policy != nil {
			s.Policies[i].Content = aws.ToString(out.Policy.Content)
		}
	}
	if err := s.readTargets(ctx, client); err != nil {
		return err
	}
	s.Attached = map[string][]string{}
	for _, key := range f.Keys() {
		if key != rootFact && !strings.HasPrefix(key, unitPrefix) {
			continue
		}
		if err := s.readTarget(ctx, client, f.Get(key)); err != nil {
			return err
		}
	}
	return nil
}

// readTargets reads what each policy of ours is attached to, anywhere.
func (s *State) readTargets(ctx context.Context, client *organizations.Client) error {
	s.Targets = map[string][]string{}
	for _, p := range s.Policies {
		if !ours(p) {
			continue
		}
		list := organizations.NewListTargetsForPolicyPaginator(client, &organizations.ListTargetsForPolicyInput{PolicyId: aws.String(p.ID)},
			func(o *organizations.ListTargetsForPolicyPaginatorOptions) { o.StopOnDuplicateToken = true })
		for list.HasMorePages() {
			page, err := list.NextPage(ctx)
			if err != nil {
				return fmt.Errorf("guardrails: listing what the policy %s is attached to: %w", p.Name, err)
			}
			for _, t := range page.Targets {
				s.Targets[p.ID] = append(s.Targets[p.ID], aws.ToString(t.TargetId))
			}
		}
		slices.Sort(s.Targets[p.ID])
	}
	return nil
}

func (s *State) readTarget(ctx context.Context, client *organizations.Client, target string) error {
	on := []string{}
	list := organizations.NewListPoliciesForTargetPaginator(client,
		&organizations.ListPoliciesForTargetInput{TargetId: aws.String(target), Filter: scpType})
	for list.HasMorePages() {
		page, err := list.NextPage(ctx)
		if c := code(err); c == "TargetNotFoundException" || c == "OrganizationalUnitNotFoundException" {
			return nil // a fact of a unit that was deleted since; the organization step makes it anew
		}
		if err != nil {
			return fmt.Errorf("guardrails: listing the policies of %s: %w", target, err)
		}
		for _, p := range page.Policies {
			on = append(on, aws.ToString(p.Id))
		}
	}
	slices.Sort(on)
	s.Attached[target] = on
	return nil
}

// code is the AWS error code of err, "" when it has none.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func refused(err error) bool {
	return slices.Contains([]string{"AccessDeniedException", "AccessDenied", "OptInRequired", "SubscriptionRequiredException"}, code(err))
}
