package sandbox

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"awswizard/internal/pattern"
)

func describePolicy(r *Request, in *organizations.DescribePolicyInput) (*organizations.DescribePolicyOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	p := o.policy(aws.ToString(in.PolicyId))
	if p == nil {
		return nil, policyNotFound()
	}
	return &organizations.DescribePolicyOutput{Policy: o.described(p)}, nil
}

func listPolicies(r *Request, in *organizations.ListPoliciesInput) (*organizations.ListPoliciesOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	if err := o.checkType(o.Root, in.Filter); err != nil {
		return nil, err
	}
	var all []types.PolicySummary
	for _, p := range o.Policies {
		if p.Type == string(in.Filter) {
			all = append(all, *o.summary(p))
		}
	}
	page, next, err := paged(r, all, in.NextToken, in.MaxResults)
	return &organizations.ListPoliciesOutput{Policies: page, NextToken: next}, err
}

// isTarget reports whether policies can be attached to id.
func (o *OrganizationsState) isTarget(r *Request, id string) bool {
	m := o.member(id)
	return o.isParent(id) || (m != nil && !m.Joined.After(r.World.Clock))
}

func targetNotFound() error {
	return &types.TargetNotFoundException{Message: aws.String("You specified a target that doesn't exist.")}
}

func listPoliciesForTarget(r *Request, in *organizations.ListPoliciesForTargetInput) (*organizations.ListPoliciesForTargetOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	if err := o.checkType(o.Root, in.Filter); err != nil {
		return nil, err
	}
	if !o.isTarget(r, aws.ToString(in.TargetId)) {
		return nil, targetNotFound()
	}
	var all []types.PolicySummary
	for _, p := range o.attachedTo(aws.ToString(in.TargetId), string(in.Filter)) {
		all = append(all, *o.summary(p))
	}
	page, next, err := paged(r, all, in.NextToken, in.MaxResults)
	return &organizations.ListPoliciesForTargetOutput{Policies: page, NextToken: next}, err
}

func listTargetsForPolicy(r *Request, in *organizations.ListTargetsForPolicyInput) (*organizations.ListTargetsForPolicyOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	if o.policy(aws.ToString(in.PolicyId)) == nil {
		return nil, policyNotFound()
	}
	var all []types.PolicyTargetSummary
	for _, a := range o.Attached {
		if a.Policy == aws.ToString(in.PolicyId) && o.isTarget(r, a.Target) {
			all = append(all, r.World.describedTarget(a.Target))
		}
	}
	page, next, err := paged(r, all, in.NextToken, in.MaxResults)
	return &organizations.ListTargetsForPolicyOutput{Targets: page, NextToken: next}, err
}

func (w *World) describedTarget(id string) types.PolicyTargetSummary {
	o := &w.Org
	out := types.PolicyTargetSummary{TargetId: aws.String(id)}
	if u := o.unit(id); u != nil {
		out.Name, out.Arn, out.Type = aws.String(u.Name), aws.String(o.arn("ou", id)), types.TargetTypeOrganizationalUnit
	} else if id == o.Root {
		out.Name, out.Arn, out.Type = aws.String("Root"), aws.String(o.arn("root", id)), types.TargetTypeRoot
	} else {
		out.Name, out.Arn, out.Type = aws.String(w.Accounts[id].Name), aws.String(o.arn("account", id)), types.TargetTypeAccount
	}
	return out
}

func attachPolicy(r *Request, in *organizations.AttachPolicyInput) (*organizations.AttachPolicyOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	w, target := r.World, aws.ToString(in.TargetId)
	p := o.policy(aws.ToString(in.PolicyId))
	if p == nil {
		return nil, policyNotFound()
	}
	if !o.isTarget(r, target) {
		return nil, targetNotFound()
	}
	ready, on := o.Types[p.Type]
	_, most := o.policyLimits(p.Type)
	switch {
	case !on:
		return nil, typeNotEnabled()
	case ready.After(w.Clock):
		return nil, policyChanges()
	case o.isAttached(p.ID, target):
		return nil, &types.DuplicatePolicyAttachmentException{Message: aws.String("The selected policy is already attached to the specified target.")}
	case len(o.attachedTo(target, p.Type)) >= most:
		return nil, constraint(types.ConstraintViolationExceptionReasonMaxPolicyTypeAttachmentLimitExceeded, "You have exceeded the number of policies of that type that can be attached to an entity.")
	}
	w.Attach(p.ID, target)
	return &organizations.AttachPolicyOutput{}, nil
}

func detachPolicy(r *Request, in *organizations.DetachPolicyInput) (*organizations.DetachPolicyOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	target := aws.ToString(in.TargetId)
	p := o.policy(aws.ToString(in.PolicyId))
	switch {
	case p == nil:
		return nil, policyNotFound()
	case !o.isTarget(r, target):
		return nil, targetNotFound()
	case !o.isAttached(p.ID, target):
		return nil, &types.PolicyNotAttachedException{Message: aws.String("The policy isn't attached to the specified target in the specified root.")}
	case p.ID == rcpFullAccessID:
		return nil, invalid(types.InvalidInputExceptionReasonNonDetachablePolicy, "You can't detach this policy.")
	case p.Type == scp && len(o.attachedTo(target, scp)) == 1:
		return nil, constraint(types.ConstraintViolationExceptionReasonMinPolicyTypeAttachmentLimitExceeded, "You can't detach the last policy of that type: an entity must have at least one.")
	}
	if p.Type == string(types.PolicyTypeS3Policy) {
		o.S3Until = r.World.Clock.Add(r.World.Takes(s3LetsGo))
	}
	o.Attached = slices.DeleteFunc(o.Attached, func(a attachment) bool { return a.Policy == p.ID && a.Target == target })
	r.World.Changed()
	return &organizations.DetachPolicyOutput{}, nil
}

// describeEffectivePolicy gives the nearest policy of the type on the way up; the sandbox does not merge.
func describeEffectivePolicy(r *Request, in *organizations.DescribeEffectivePolicyInput) (*organizations.DescribeEffectivePolicyOutput, error) {
	o := &r.World.Org
	if o.ID == "" || o.member(r.Principal.Account) == nil {
		return nil, notInUse()
	}
	target := aws.ToString(in.TargetId)
	if target == "" {
		target = r.Principal.Account
	}
	if target != r.Principal.Account && r.Principal.Account != o.Management {
		return nil, noAccess()
	}
	content := o.effective(target, string(in.PolicyType))
	if content == "" {
		return nil, &types.EffectivePolicyNotFoundException{Message: aws.String("If you ran this action on the management account, this policy type is not enabled. If you ran the action on a member account, the account doesn't have an effective policy of this type.")}
	}
	content = unassigned(content)
	return &organizations.DescribeEffectivePolicyOutput{EffectivePolicy: &types.EffectivePolicy{
		PolicyContent: aws.String(content), PolicyType: in.PolicyType, TargetId: aws.String(target), LastUpdatedTimestamp: aws.Time(r.World.Clock)}}, nil
}

// assignment is how a declarative policy writes a value that those below it may not change.
var assignment = pattern.Of(`\{\s*"@@assign"\s*:\s*("[^"]*")\s*\}`)

// unassigned is a policy in its effective form, with plain values.
func unassigned(content string) string { return assignment().ReplaceAllString(content, "$1") }

// effective is the content of the nearest policy of the type on the way up from target, "" when none.
func (o *OrganizationsState) effective(target, t string) string {
	for ; target != ""; target = o.parent(target) {
		if all := o.attachedTo(target, t); len(all) > 0 {
			return all[len(all)-1].Content
		}
	}
	return ""
}

// s3LetsGo is how long accounts still obey an S3 policy that was detached.
const s3LetsGo = 15 * time.Second

// S3PolicyBlocks reports whether an organization S3 policy forces the account's public access block; it covers the
// management account too.
func (w *World) S3PolicyBlocks(account string) bool {
	return w.orgMember(account) &&
		(w.Clock.Before(w.Org.S3Until) || strings.Contains(w.Org.effective(account, string(types.PolicyTypeS3Policy)), "public_access_block_configuration"))
}
