package sandbox

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"awswizard/internal/order"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

type delegation struct {
	Account, Service string
	Since            time.Time
}

func (s *Sim) registerOrganizationServices() {
	on(s, enableAWSServiceAccess)
	on(s, disableAWSServiceAccess)
	on(s, listAWSServiceAccess)
	on(s, registerDelegatedAdministrator)
	on(s, deregisterDelegatedAdministrator)
	on(s, listDelegatedAdministrators)
	on(s, listDelegatedServices)
	on(s, listOrganizationTags)
	on(s, tagOrganizationResource)
	on(s, untagOrganizationResource)
	on(s, listHandshakesForOrganization)
}

// knownService reports whether the service can be given trusted access.
func knownService(principal string) bool {
	return slices.Contains([]string{
		"access-analyzer.amazonaws.com", "account.amazonaws.com", "backup.amazonaws.com", "cloudtrail.amazonaws.com",
		"compute-optimizer.amazonaws.com", "config-multiaccountsetup.amazonaws.com", "config.amazonaws.com",
		"cost-optimization-hub.bcm.amazonaws.com", "ec2.amazonaws.com", "guardduty.amazonaws.com", "health.amazonaws.com",
		"iam.amazonaws.com", "inspector2.amazonaws.com", "ipam.amazonaws.com", "macie.amazonaws.com",
		"malware-protection.guardduty.amazonaws.com", "member.org.stacksets.cloudformation.amazonaws.com",
		"ram.amazonaws.com", "reporting.trustedadvisor.amazonaws.com", "resource-explorer-2.amazonaws.com",
		"securityhub.amazonaws.com", "servicequotas.amazonaws.com", "ssm.amazonaws.com", "sso.amazonaws.com",
		"storage-lens.s3.amazonaws.com", "tagpolicies.tag.amazonaws.com",
	}, principal)
}

func unknownService() error {
	return invalid(types.InvalidInputExceptionReasonUnrecognizedServicePrincipal, "You specified an unrecognized service principal.")
}

func enableAWSServiceAccess(r *Request, in *organizations.EnableAWSServiceAccessInput) (*organizations.EnableAWSServiceAccessOutput, error) {
	if _, err := r.organization(); err != nil {
		return nil, err
	}
	if !knownService(aws.ToString(in.ServicePrincipal)) {
		return nil, unknownService()
	}
	r.World.Trust(aws.ToString(in.ServicePrincipal))
	return &organizations.EnableAWSServiceAccessOutput{}, nil
}

// Trust gives a service trusted access to the organization.
func (w *World) Trust(service string) {
	if !w.trusted(service) {
		if w.Org.Trusted == nil {
			w.Org.Trusted = map[string]time.Time{}
		}
		w.Org.Trusted[service] = w.Clock
		w.Changed()
	}
}

func disableAWSServiceAccess(r *Request, in *organizations.DisableAWSServiceAccessInput) (*organizations.DisableAWSServiceAccessOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	service := aws.ToString(in.ServicePrincipal)
	if !knownService(service) {
		return nil, unknownService()
	}
	for t := range o.Types {
		if needsTrust(types.PolicyType(t)) == service {
			return nil, constraint(types.ConstraintViolationExceptionReasonPolicyTypeEnabledForThisService, "You must disable the policy type "+t+" first.")
		}
	}
	if r.World.trusted(service) {
		delete(o.Trusted, service)
		r.World.Changed()
	}
	return &organizations.DisableAWSServiceAccessOutput{}, nil
}

func listAWSServiceAccess(r *Request, in *organizations.ListAWSServiceAccessForOrganizationInput) (*organizations.ListAWSServiceAccessForOrganizationOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	var all []types.EnabledServicePrincipal
	for _, s := range slices.Sorted(maps.Keys(o.Trusted)) {
		all = append(all, types.EnabledServicePrincipal{ServicePrincipal: aws.String(s), DateEnabled: aws.Time(o.Trusted[s])})
	}
	page, next, err := paged(r, all, in.NextToken, in.MaxResults)
	return &organizations.ListAWSServiceAccessForOrganizationOutput{EnabledServicePrincipals: page, NextToken: next}, err
}

func registerDelegatedAdministrator(r *Request, in *organizations.RegisterDelegatedAdministratorInput) (*organizations.RegisterDelegatedAdministratorOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	m, err := o.accountNamed(r.World, in.AccountId)
	if err != nil {
		return nil, err
	}
	service := aws.ToString(in.ServicePrincipal)
	other := slices.ContainsFunc(o.Delegated, func(d delegation) bool { return d.Service == service && d.Account != m.Account })
	switch {
	case !knownService(service):
		return nil, unknownService()
	case m.Account == o.Management:
		return nil, constraint(types.ConstraintViolationExceptionReasonCannotRegisterMasterAsDelegatedAdministrator, "You can't register the management account as a delegated administrator.")
	case !m.open():
		return nil, constraint(types.ConstraintViolationExceptionReasonCannotRegisterSuspendedAccountAsDelegatedAdministrator, "You can't register a suspended account as a delegated administrator.")
	case !r.World.trusted(service):
		return nil, constraint(types.ConstraintViolationExceptionReasonServiceAccessNotEnabled, "You must enable service access before you register a delegated administrator.")
	case r.World.delegatedAdmin(m.Account, service):
		return nil, &types.AccountAlreadyRegisteredException{Message: aws.String("The provided account is already a delegated administrator for your organization.")}
	case other && service != "cloudtrail.amazonaws.com": // CloudTrail takes three
		return nil, constraint(types.ConstraintViolationExceptionReasonMaxDelegatedAdministratorsForServiceLimitExceeded, "You have exceeded the number of delegated administrators for the service.")
	}
	r.World.Delegate(m.Account, service)
	return &organizations.RegisterDelegatedAdministratorOutput{}, nil
}

// Delegate makes an account a delegated administrator of a service.
func (w *World) Delegate(account, service string) {
	w.Org.Delegated = append(w.Org.Delegated, delegation{Account: account, Service: service, Since: w.Clock})
	w.Changed()
}

func deregisterDelegatedAdministrator(r *Request, in *organizations.DeregisterDelegatedAdministratorInput) (*organizations.DeregisterDelegatedAdministratorOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	m, err := o.accountNamed(r.World, in.AccountId)
	if err != nil {
		return nil, err
	}
	if !r.World.delegatedAdmin(m.Account, aws.ToString(in.ServicePrincipal)) {
		return nil, &types.AccountNotRegisteredException{Message: aws.String("The specified account is not a delegated administrator for this AWS service.")}
	}
	o.Delegated = slices.DeleteFunc(o.Delegated, func(d delegation) bool {
		return d.Account == m.Account && d.Service == aws.ToString(in.ServicePrincipal)
	})
	r.World.Changed()
	return &organizations.DeregisterDelegatedAdministratorOutput{}, nil
}

func listDelegatedAdministrators(r *Request, in *organizations.ListDelegatedAdministratorsInput) (*organizations.ListDelegatedAdministratorsOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	var all []types.DelegatedAdministrator
	seen := map[string]bool{}
	for _, d := range o.Delegated {
		if (in.ServicePrincipal != nil && d.Service != *in.ServicePrincipal) || seen[d.Account] {
			continue
		}
		seen[d.Account] = true
		a := r.World.describedAccount(o.member(d.Account))
		all = append(all, types.DelegatedAdministrator{Id: a.Id, Arn: a.Arn, Name: a.Name, Email: a.Email, State: a.State,
			JoinedMethod: a.JoinedMethod, JoinedTimestamp: a.JoinedTimestamp, DelegationEnabledDate: aws.Time(d.Since)})
	}
	page, next, err := paged(r, all, in.NextToken, in.MaxResults)
	return &organizations.ListDelegatedAdministratorsOutput{DelegatedAdministrators: page, NextToken: next}, err
}

func listDelegatedServices(r *Request, in *organizations.ListDelegatedServicesForAccountInput) (*organizations.ListDelegatedServicesForAccountOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	m, err := o.accountNamed(r.World, in.AccountId)
	if err != nil {
		return nil, err
	}
	var all []types.DelegatedService
	for _, d := range o.Delegated {
		if d.Account == m.Account {
			all = append(all, types.DelegatedService{ServicePrincipal: aws.String(d.Service), DelegationEnabledDate: aws.Time(d.Since)})
		}
	}
	if all == nil {
		return nil, &types.AccountNotRegisteredException{Message: aws.String("The specified account is not a delegated administrator for this AWS service.")}
	}
	page, next, err := paged(r, all, in.NextToken, in.MaxResults)
	return &organizations.ListDelegatedServicesForAccountOutput{DelegatedServices: page, NextToken: next}, err
}

const maxTags = 50

func tagsOf(tags []types.Tag) (map[string]string, error) {
	out := map[string]string{}
	for _, t := range tags {
		key := aws.ToString(t.Key)
		if _, twice := out[key]; twice {
			return nil, invalid(types.InvalidInputExceptionReasonDuplicateTagKey, "You specified the same tag key twice.")
		}
		if key == "" || strings.HasPrefix(strings.ToLower(key), "aws:") {
			return nil, invalid(types.InvalidInputExceptionReasonInvalidSystemTagsParameter, "You can't add, edit, or delete system tag keys because they're reserved for AWS use.")
		}
		out[key] = aws.ToString(t.Value)
	}
	if len(out) > maxTags {
		return nil, constraint(types.ConstraintViolationExceptionReasonMaxTagLimitExceeded, "You have exceeded the number of tags allowed on this resource.")
	}
	return out, nil
}

func (o *OrganizationsState) tag(id string, tags map[string]string) {
	if len(tags) == 0 {
		return
	}
	if o.Tags == nil {
		o.Tags = map[string]map[string]string{}
	}
	if o.Tags[id] == nil {
		o.Tags[id] = map[string]string{}
	}
	maps.Copy(o.Tags[id], tags)
}

// taggable reports whether id can carry tags: the root, a unit, an account or a policy of the organization.
func (o *OrganizationsState) taggable(r *Request, id string) bool {
	p := o.policy(id)
	return o.isTarget(r, id) || (p != nil && !p.AWS)
}

func listOrganizationTags(r *Request, in *organizations.ListTagsForResourceInput) (*organizations.ListTagsForResourceOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	if !o.taggable(r, aws.ToString(in.ResourceId)) {
		return nil, targetNotFound()
	}
	var all []types.Tag
	for k, v := range o.Tags[aws.ToString(in.ResourceId)] {
		all = append(all, types.Tag{Key: aws.String(k), Value: aws.String(v)})
	}
	order.By(all, func(a, b types.Tag) int { return cmp.Compare(*a.Key, *b.Key) })
	page, next, err := paged(r, all, in.NextToken, nil)
	return &organizations.ListTagsForResourceOutput{Tags: page, NextToken: next}, err
}

func tagOrganizationResource(r *Request, in *organizations.TagResourceInput) (*organizations.TagResourceOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	tags, err := tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	if !o.taggable(r, aws.ToString(in.ResourceId)) {
		return nil, targetNotFound()
	}
	o.tag(aws.ToString(in.ResourceId), tags)
	r.World.Changed()
	return &organizations.TagResourceOutput{}, nil
}

func untagOrganizationResource(r *Request, in *organizations.UntagResourceInput) (*organizations.UntagResourceOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	if !o.taggable(r, aws.ToString(in.ResourceId)) {
		return nil, targetNotFound()
	}
	for _, k := range in.TagKeys {
		delete(o.Tags[aws.ToString(in.ResourceId)], k)
	}
	r.World.Changed()
	return &organizations.UntagResourceOutput{}, nil
}

func listHandshakesForOrganization(r *Request, _ *organizations.ListHandshakesForOrganizationInput) (*organizations.ListHandshakesForOrganizationOutput, error) {
	if _, err := r.readOrganization(); err != nil {
		return nil, err
	}
	return &organizations.ListHandshakesForOrganizationOutput{}, nil
}
