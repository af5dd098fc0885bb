package export

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"awswizard/internal/order"
	"awswizard/internal/plan"
	"awswizard/steps"
)

const organizationFile = "organization.tf"

// organizationReader reads the organization; refs are those of the project.
type organizationReader struct {
	p      *Project
	client *organizations.Client
	refs   map[string]string
}

func organization(ctx context.Context, p *Project) error {
	cfg, err := p.Source.Config(plan.Place{Account: p.Source.Management, Region: "us-east-1"})
	if err != nil {
		return err
	}
	r := &organizationReader{p: p, client: organizations.NewFromConfig(cfg), refs: p.refs}
	root, err := r.whole(ctx)
	if err != nil {
		return err
	}
	if err := r.below(ctx, root); err != nil {
		return err
	}
	if err := r.policies(ctx); err != nil {
		return err
	}
	return r.delegated(ctx)
}

// whole exports the organization itself. Its two lists are authoritative: what is left out would be switched off.
func (r *organizationReader) whole(ctx context.Context) (root string, err error) {
	org, err := r.client.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	if err != nil {
		return "", err
	}
	roots, err := all(ctx, organizations.NewListRootsPaginator(r.client, &organizations.ListRootsInput{}),
		func(o *organizations.ListRootsOutput) []types.Root { return o.Roots })
	if err != nil {
		return "", err
	}
	services, err := all(ctx, organizations.NewListAWSServiceAccessForOrganizationPaginator(r.client, &organizations.ListAWSServiceAccessForOrganizationInput{}),
		func(o *organizations.ListAWSServiceAccessForOrganizationOutput) []types.EnabledServicePrincipal {
			return o.EnabledServicePrincipals
		})
	if err != nil {
		return "", err
	}
	var body Body
	body.Set("feature_set", Text(string(org.Organization.FeatureSet)))
	var names, kinds []string
	for _, s := range services {
		names = append(names, aws.ToString(s.ServicePrincipal))
	}
	for _, t := range roots[0].PolicyTypes {
		if t.Status == types.PolicyTypeStatusEnabled {
			kinds = append(kinds, string(t.Type))
		}
	}
	slices.Sort(names)
	slices.Sort(kinds)
	body.Set("aws_service_access_principals", Texts(names))
	body.Set("enabled_policy_types", Texts(kinds))
	address := r.p.add(Resource{Type: "aws_organizations_organization", Label: "this", File: organizationFile, PreventDestroy: true,
		ID: aws.ToString(org.Organization.Id), Body: body,
		Note: "Both lists are complete on purpose: what is not in them would be switched off."})
	root = aws.ToString(roots[0].Id)
	r.refs[root] = address + ".roots[0].id"
	return root, nil
}

// below exports the units and accounts under a parent, and what is below them.
func (r *organizationReader) below(ctx context.Context, parent string) error {
	accounts, err := all(ctx, organizations.NewListAccountsForParentPaginator(r.client, &organizations.ListAccountsForParentInput{ParentId: &parent}),
		func(o *organizations.ListAccountsForParentOutput) []types.Account { return o.Accounts })
	if err != nil {
		return err
	}
	order.By(accounts, func(a, b types.Account) int { return strings.Compare(aws.ToString(a.Name), aws.ToString(b.Name)) })
	for _, a := range accounts {
		if err := r.account(ctx, a, parent); err != nil {
			return err
		}
	}
	units, err := all(ctx, organizations.NewListOrganizationalUnitsForParentPaginator(r.client, &organizations.ListOrganizationalUnitsForParentInput{ParentId: &parent}),
		func(o *organizations.ListOrganizationalUnitsForParentOutput) []types.OrganizationalUnit {
			return o.OrganizationalUnits
		})
	if err != nil {
		return err
	}
	order.By(units, func(a, b types.OrganizationalUnit) int {
		return strings.Compare(aws.ToString(a.Name), aws.ToString(b.Name))
	})
	for _, u := range units {
		var body Body
		body.Set("name", Text(aws.ToString(u.Name)))
		body.Set("parent_id", Ref(r.refs[parent]))
		if err := r.tags(ctx, aws.ToString(u.Id), &body); err != nil {
			return err
		}
		r.refs[aws.ToString(u.Id)] = r.p.add(Resource{Type: "aws_organizations_organizational_unit", Label: Label(aws.ToString(u.Name)),
			File: organizationFile, ID: aws.ToString(u.Id), Body: body, PreventDestroy: true}) + ".id"
		if err := r.below(ctx, aws.ToString(u.Id)); err != nil {
			return err
		}
	}
	return nil
}

func (r *organizationReader) account(ctx context.Context, a types.Account, parent string) error {
	id, name := aws.ToString(a.Id), aws.ToString(a.Name)
	if id == r.p.Source.Management {
		r.refs[id] = "aws_organizations_organization.this.master_account_id"
		return nil
	}
	if a.State == types.AccountStateSuspended || a.State == types.AccountStatePendingClosure || a.Status == types.AccountStatusSuspended {
		r.p.leave("the account "+name+" ("+id+")", "it is closed, and AWS removes it by itself")
		return nil
	}
	var body Body
	body.Set("name", Text(name))
	// In another case of letters it would be made anew.
	body.Set("email", Text(aws.ToString(a.Email)))
	body.Set("parent_id", Ref(r.refs[parent]))
	if err := r.tags(ctx, id, &body); err != nil {
		return err
	}
	r.refs[id] = r.p.add(Resource{Type: "aws_organizations_account", Label: Label(name), File: organizationFile, ID: id, Body: body,
		PreventDestroy: true}) + ".id"
	return nil
}

func (r *organizationReader) tags(ctx context.Context, id string, body *Body) error {
	tags, err := all(ctx, organizations.NewListTagsForResourcePaginator(r.client, &organizations.ListTagsForResourceInput{ResourceId: &id}),
		func(o *organizations.ListTagsForResourceOutput) []types.Tag { return o.Tags })
	if err != nil {
		return err
	}
	found := map[string]string{}
	for _, t := range tags {
		found[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	body.Tags(found)
	return nil
}

// policies exports the customer's policies of every kind and where they are attached. AWS's own cannot be imported, but their
// attachments stay as they are when they are left out.
func (r *organizationReader) policies(ctx context.Context) error {
	for _, kind := range types.PolicyType("").Values() {
		list, err := all(ctx, organizations.NewListPoliciesPaginator(r.client, &organizations.ListPoliciesInput{Filter: kind}),
			func(o *organizations.ListPoliciesOutput) []types.PolicySummary { return o.Policies })
		if steps.Absent(err, "InvalidInputException", "PolicyTypeNotEnabledException", "PolicyTypeNotAvailableForOrganizationException") {
			continue // a kind this organization, or this Region, does not know
		}
		if err != nil {
			return err
		}
		order.By(list, func(a, b types.PolicySummary) int { return strings.Compare(aws.ToString(a.Name), aws.ToString(b.Name)) })
		for _, s := range list {
			if s.AwsManaged {
				continue
			}
			if err := r.policy(ctx, s); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *organizationReader) policy(ctx context.Context, s types.PolicySummary) error {
	id, name := aws.ToString(s.Id), aws.ToString(s.Name)
	out, err := r.client.DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: &id})
	if err != nil {
		return err
	}
	var body Body
	body.Set("name", Text(name))
	body.Some("description", aws.ToString(s.Description))
	body.Set("type", Text(string(s.Type)))
	// Token for token as AWS has it: a list in place of one word would be a difference.
	body.Set("content", r.p.policy(Label(name), aws.ToString(out.Policy.Content)))
	if err := r.tags(ctx, id, &body); err != nil {
		return err
	}
	address := r.p.add(Resource{Type: "aws_organizations_policy", Label: Label(name), File: organizationFile, ID: id, Body: body})
	targets, err := all(ctx, organizations.NewListTargetsForPolicyPaginator(r.client, &organizations.ListTargetsForPolicyInput{PolicyId: &id}),
		func(o *organizations.ListTargetsForPolicyOutput) []types.PolicyTargetSummary { return o.Targets })
	if err != nil {
		return err
	}
	order.By(targets, func(a, b types.PolicyTargetSummary) int {
		return strings.Compare(aws.ToString(a.Name), aws.ToString(b.Name))
	})
	for _, t := range targets {
		target := aws.ToString(t.TargetId)
		var body Body
		body.Set("policy_id", Ref(address+".id"))
		if ref, known := r.refs[target]; known {
			body.Set("target_id", Ref(ref))
		} else {
			body.Set("target_id", Text(target))
		}
		r.p.add(Resource{Type: "aws_organizations_policy_attachment", Label: Label(name, "on", aws.ToString(t.Name)), File: organizationFile,
			ID: target + ":" + id, Body: body})
	}
	return nil
}

func (r *organizationReader) delegated(ctx context.Context) error {
	admins, err := all(ctx, organizations.NewListDelegatedAdministratorsPaginator(r.client, &organizations.ListDelegatedAdministratorsInput{}),
		func(o *organizations.ListDelegatedAdministratorsOutput) []types.DelegatedAdministrator {
			return o.DelegatedAdministrators
		})
	if err != nil {
		return err
	}
	for _, a := range admins {
		services, err := all(ctx, organizations.NewListDelegatedServicesForAccountPaginator(r.client, &organizations.ListDelegatedServicesForAccountInput{AccountId: a.Id}),
			func(o *organizations.ListDelegatedServicesForAccountOutput) []types.DelegatedService {
				return o.DelegatedServices
			})
		if err != nil {
			return err
		}
		for _, s := range services {
			service := aws.ToString(s.ServicePrincipal)
			var body Body
			body.Set("account_id", Ref(r.refs[aws.ToString(a.Id)]))
			body.Set("service_principal", Text(service))
			r.p.add(Resource{Type: "aws_organizations_delegated_administrator", Label: Label(aws.ToString(a.Name), strings.TrimSuffix(service, ".amazonaws.com")),
				File: organizationFile, ID: aws.ToString(a.Id) + "/" + service, Body: body})
		}
	}
	return nil
}
