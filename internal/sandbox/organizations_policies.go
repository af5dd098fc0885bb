package sandbox

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

type policy struct {
	ID, Name, Description, Type, Content string
	AWS                                  bool `json:",omitempty"` // managed by AWS
}

type attachment struct {
	Policy, Target string
	Since          time.Time
}

const (
	fullAccessID    = "p-FullAWSAccess"
	rcpFullAccessID = "p-RCPFullAWSAccess"
	scp             = string(types.PolicyTypeServiceControlPolicy)
	rcp             = string(types.PolicyTypeResourceControlPolicy)
)

func fullAWSAccess() *policy {
	return &policy{ID: fullAccessID, Name: "FullAWSAccess", Description: "Allows access to every operation", Type: scp, AWS: true,
		Content: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`}
}

func rcpFullAWSAccess() *policy {
	return &policy{ID: rcpFullAccessID, Name: "RCPFullAWSAccess", Description: "Allows access to every resource", Type: rcp, AWS: true,
		Content: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`}
}

// policyLimits gives the most characters a policy of the type may have and how many a target may carry
// (orgs_reference_limits).
func (o *OrganizationsState) policyLimits(t string) (characters, attached int) {
	switch types.PolicyType(t) {
	case types.PolicyTypeServiceControlPolicy:
		if o.OldPolicyLimits {
			return 5120, 5
		}
		return 10240, 10
	case types.PolicyTypeResourceControlPolicy:
		return 5120, 5
	case types.PolicyTypeChatbotPolicy:
		return 10000, 5
	case types.PolicyTypeAiservicesOptOutPolicy:
		return 2500, 5
	}
	return 10000, 10
}

// needsTrust is the service whose trusted access a policy type depends on, "" when none.
func needsTrust(t types.PolicyType) string {
	switch t {
	case types.PolicyTypeGuarddutyPolicy:
		return "guardduty.amazonaws.com"
	case types.PolicyTypeSecurityhubPolicy:
		return "securityhub.amazonaws.com"
	case types.PolicyTypeInspectorPolicy:
		return "inspector2.amazonaws.com"
	}
	return ""
}

func (s *Sim) registerOrganizationPolicies() {
	on(s, enablePolicyType)
	on(s, disablePolicyType)
	on(s, createPolicy)
	on(s, updatePolicy)
	on(s, deletePolicy)
	on(s, describePolicy)
	on(s, listPolicies)
	on(s, listPoliciesForTarget)
	on(s, listTargetsForPolicy)
	on(s, attachPolicy)
	on(s, detachPolicy)
	on(s, describeEffectivePolicy)
}

func (o *OrganizationsState) policy(id string) *policy {
	if i := slices.IndexFunc(o.Policies, func(p *policy) bool { return p.ID == id }); i >= 0 {
		return o.Policies[i]
	}
	return nil
}

// enableType switches a policy type on from ready on. Types with an AWS-managed "full access" policy bring it along,
// attached everywhere.
func (w *World) enableType(t types.PolicyType, ready time.Time) {
	o := &w.Org
	o.Types[string(t)] = ready
	if string(t) == rcp && o.policy(rcpFullAccessID) == nil {
		o.Policies = append(o.Policies, rcpFullAWSAccess())
	}
	targets := []string{o.Root}
	for _, u := range o.Units {
		targets = append(targets, u.ID)
	}
	for _, m := range o.Members {
		targets = append(targets, m.Account)
	}
	for _, target := range targets {
		w.attachDefaults(target)
	}
}

// attachDefaults attaches the AWS-managed policies every root, unit and account has.
func (w *World) attachDefaults(target string) {
	o := &w.Org
	for _, p := range []*policy{fullAWSAccess(), rcpFullAWSAccess()} {
		if _, on := o.Types[p.Type]; on && !o.isAttached(p.ID, target) {
			o.Attached = append(o.Attached, attachment{Policy: p.ID, Target: target, Since: w.Clock})
		}
	}
}

func (o *OrganizationsState) isAttached(policy, target string) bool {
	return slices.ContainsFunc(o.Attached, func(a attachment) bool { return a.Policy == policy && a.Target == target })
}

// attachedTo are the policies of a type on a target.
func (o *OrganizationsState) attachedTo(target, t string) []*policy {
	var out []*policy
	for _, a := range o.Attached {
		if p := o.policy(a.Policy); a.Target == target && p != nil && p.Type == t {
			out = append(out, p)
		}
	}
	return out
}

func typeNotEnabled() error {
	return &types.PolicyTypeNotEnabledException{Message: aws.String("This operation can be performed only for enabled policy types.")}
}

func enablePolicyType(r *Request, in *organizations.EnablePolicyTypeInput) (*organizations.EnablePolicyTypeOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	w := r.World
	if err := o.checkType(aws.ToString(in.RootId), in.PolicyType); err != nil {
		return nil, err
	}
	if ready, on := o.Types[string(in.PolicyType)]; on && ready.After(w.Clock) {
		return nil, policyChanges()
	} else if on {
		return nil, &types.PolicyTypeAlreadyEnabledException{Message: aws.String("The specified policy type is already enabled.")}
	}
	if service := needsTrust(in.PolicyType); service != "" && !w.trusted(service) {
		return nil, constraint(types.ConstraintViolationExceptionReasonServiceAccessNotEnabled, "You must enable trusted access for "+service+" first.")
	}
	w.enableType(in.PolicyType, w.Clock.Add(w.Takes(policyTypeTakes)))
	w.Changed()
	root := w.describedRoot(o)
	return &organizations.EnablePolicyTypeOutput{Root: &root}, nil
}

func policyChanges() error {
	return &types.PolicyChangesInProgressException{Message: aws.String("Changes to the effective policy are in progress, and its contents can't be returned. Try the operation again later.")}
}

func (o *OrganizationsState) checkType(root string, t types.PolicyType) error {
	switch {
	case root != o.Root:
		return &types.RootNotFoundException{Message: aws.String("You specified a root that doesn't exist.")}
	case !slices.Contains(t.Values(), t):
		return invalid(types.InvalidInputExceptionReasonInvalidEnumPolicyType, "You specified an invalid policy type.")
	case o.Features != string(types.OrganizationFeatureSetAll):
		return &types.PolicyTypeNotAvailableForOrganizationException{Message: aws.String("You can't use the specified policy type with the feature set currently enabled for this organization.")}
	}
	return nil
}

// disablePolicyType detaches all policies of the type.
func disablePolicyType(r *Request, in *organizations.DisablePolicyTypeInput) (*organizations.DisablePolicyTypeOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	if err := o.checkType(aws.ToString(in.RootId), in.PolicyType); err != nil {
		return nil, err
	}
	if _, on := o.Types[string(in.PolicyType)]; !on {
		return nil, typeNotEnabled()
	}
	delete(o.Types, string(in.PolicyType))
	o.Attached = slices.DeleteFunc(o.Attached, func(a attachment) bool { return o.policy(a.Policy).Type == string(in.PolicyType) })
	r.World.Changed()
	root := r.World.describedRoot(o)
	return &organizations.DisablePolicyTypeOutput{Root: &root}, nil
}

func (o *OrganizationsState) summary(p *policy) *types.PolicySummary {
	kind := strings.ToLower(p.Type)
	arn := o.arn("policy", kind+"/"+p.ID)
	if p.AWS {
		arn = "arn:aws:organizations::aws:policy/" + kind + "/" + p.ID
	}
	return &types.PolicySummary{Id: aws.String(p.ID), Arn: aws.String(arn), Name: aws.String(p.Name),
		Description: aws.String(p.Description), Type: types.PolicyType(p.Type), AwsManaged: p.AWS}
}

func (o *OrganizationsState) described(p *policy) *types.Policy {
	return &types.Policy{Content: aws.String(p.Content), PolicySummary: o.summary(p)}
}

func policyNotFound() error {
	return &types.PolicyNotFoundException{Message: aws.String("You specified a policy that doesn't exist.")}
}

// checkPolicy looks at a policy's name and content; size counts the characters as sent, spaces too.
func (o *OrganizationsState) checkPolicy(p policy) error {
	most, _ := o.policyLimits(p.Type)
	switch {
	case p.Name == "" || len(p.Name) > 128 || len(p.Description) > 512:
		return invalid(types.InvalidInputExceptionReasonMaxLengthExceeded, "You provided a string parameter that is longer than allowed.")
	case slices.ContainsFunc(o.Policies, func(q *policy) bool { return q.ID != p.ID && q.Name == p.Name && q.Type == p.Type }):
		return &types.DuplicatePolicyException{Message: aws.String("A policy with the same name already exists.")}
	case len([]rune(p.Content)) > most:
		return constraint(types.ConstraintViolationExceptionReasonPolicyContentLimitExceeded, "You have exceeded the maximum policy size.")
	}
	if err := checkGrammar(p.Type, p.Content); err != nil {
		return &types.MalformedPolicyDocumentException{Message: aws.String("The provided policy document does not meet the requirements of the specified policy type. " + err.Error())}
	}
	return nil
}

// NewPolicy adds a policy and gives its id.
func (w *World) NewPolicy(t types.PolicyType, name, description, content string) string {
	p := &policy{ID: "p-" + w.ID(lowerAlnum, 8), Name: name, Description: description, Type: string(t), Content: content}
	w.Org.Policies = append(w.Org.Policies, p)
	w.Changed()
	return p.ID
}

// Attach attaches a policy to the root, a unit or an account.
func (w *World) Attach(policy, target string) {
	w.Org.Attached = append(w.Org.Attached, attachment{Policy: policy, Target: target, Since: w.Clock})
	w.Changed()
}

func createPolicy(r *Request, in *organizations.CreatePolicyInput) (*organizations.CreatePolicyOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	if err := o.checkType(o.Root, in.Type); err != nil {
		return nil, err
	}
	p := policy{Name: aws.ToString(in.Name), Description: aws.ToString(in.Description), Type: string(in.Type), Content: aws.ToString(in.Content)}
	if err := o.checkPolicy(p); err != nil {
		return nil, err
	}
	tags, err := tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	id := r.World.NewPolicy(in.Type, p.Name, p.Description, p.Content)
	o.tag(id, tags)
	return &organizations.CreatePolicyOutput{Policy: o.described(o.policy(id))}, nil
}

func updatePolicy(r *Request, in *organizations.UpdatePolicyInput) (*organizations.UpdatePolicyOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	p := o.policy(aws.ToString(in.PolicyId))
	if p == nil {
		return nil, policyNotFound()
	}
	if p.AWS {
		return nil, invalid(types.InvalidInputExceptionReasonImmutablePolicy, "You specified a policy that is managed by AWS and can't be modified.")
	}
	next := *p
	for to, from := range map[*string]*string{&next.Name: in.Name, &next.Description: in.Description, &next.Content: in.Content} {
		if from != nil {
			*to = *from
		}
	}
	if err := o.checkPolicy(next); err != nil {
		return nil, err
	}
	*p = next
	r.World.Changed()
	return &organizations.UpdatePolicyOutput{Policy: o.described(p)}, nil
}

func deletePolicy(r *Request, in *organizations.DeletePolicyInput) (*organizations.DeletePolicyOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	id := aws.ToString(in.PolicyId)
	p := o.policy(id)
	switch {
	case p == nil:
		return nil, policyNotFound()
	case p.AWS:
		return nil, invalid(types.InvalidInputExceptionReasonImmutablePolicy, "You specified a policy that is managed by AWS and can't be modified.")
	case slices.ContainsFunc(o.Attached, func(a attachment) bool { return a.Policy == id }):
		return nil, &types.PolicyInUseException{Message: aws.String("The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.")}
	}
	o.Policies = slices.DeleteFunc(o.Policies, func(p *policy) bool { return p.ID == id })
	delete(o.Tags, id)
	r.World.Changed()
	return &organizations.DeletePolicyOutput{}, nil
}
