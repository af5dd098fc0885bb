package sandbox

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	admintypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
)

func (s *Sim) registerAssignmentReads() {
	on(s, func(r *Request, in *ssoadmin.ListAccountAssignmentsInput) (*ssoadmin.ListAccountAssignmentsOutput, error) {
		i, p, err := r.permissionSet(in.InstanceArn, in.PermissionSetArn)
		if err != nil {
			return nil, err
		}
		var all []admintypes.AccountAssignment
		for _, a := range i.assignments(r.World.Now(), false) {
			if a.PermissionSet == p.ARN && a.Account == aws.ToString(in.AccountId) {
				all = append(all, admintypes.AccountAssignment{AccountId: aws.String(a.Account), PermissionSetArn: aws.String(a.PermissionSet),
					PrincipalId: aws.String(a.Principal), PrincipalType: a.Type})
			}
		}
		out, next, err := pageOf(all, in.MaxResults, in.NextToken, 100)
		return &ssoadmin.ListAccountAssignmentsOutput{AccountAssignments: out, NextToken: next}, err
	})
	on(s, func(r *Request, in *ssoadmin.ListAccountAssignmentsForPrincipalInput) (*ssoadmin.ListAccountAssignmentsForPrincipalOutput, error) {
		i, err := r.readyInstance(in.InstanceArn)
		if err != nil {
			return nil, err
		}
		if !i.knows(in.PrincipalType, aws.ToString(in.PrincipalId)) {
			return nil, adminMissing("Could not find principal " + aws.ToString(in.PrincipalId))
		}
		principals := []string{aws.ToString(in.PrincipalId)}
		if in.PrincipalType == admintypes.PrincipalTypeUser {
			principals = append(principals, i.groupsOf(principals[0])...)
		}
		var all []admintypes.AccountAssignmentForPrincipal
		for _, a := range i.assignments(r.World.Now(), false) {
			if slices.Contains(principals, a.Principal) && (in.Filter == nil || in.Filter.AccountId == nil || *in.Filter.AccountId == a.Account) {
				all = append(all, admintypes.AccountAssignmentForPrincipal{AccountId: aws.String(a.Account), PermissionSetArn: aws.String(a.PermissionSet),
					PrincipalId: aws.String(a.Principal), PrincipalType: a.Type})
			}
		}
		out, next, err := pageOf(all, in.MaxResults, in.NextToken, 100)
		return &ssoadmin.ListAccountAssignmentsForPrincipalOutput{AccountAssignments: out, NextToken: next}, err
	})
	on(s, func(r *Request, in *ssoadmin.ListAccountAssignmentCreationStatusInput) (*ssoadmin.ListAccountAssignmentCreationStatusOutput, error) {
		i, err := r.readyInstance(in.InstanceArn)
		if err != nil {
			return nil, err
		}
		var all []admintypes.AccountAssignmentOperationStatusMetadata
		for _, o := range i.Operations {
			status, _ := o.status(r.World.Now())
			if o.Kind == creating && (in.Filter == nil || in.Filter.Status == "" || in.Filter.Status == status) {
				all = append(all, admintypes.AccountAssignmentOperationStatusMetadata{RequestId: aws.String(o.ID), Status: status, CreatedDate: aws.Time(o.Created)})
			}
		}
		out, next, err := pageOf(all, in.MaxResults, in.NextToken, 100)
		return &ssoadmin.ListAccountAssignmentCreationStatusOutput{AccountAssignmentsCreationStatus: out, NextToken: next}, err
	})
	on(s, func(r *Request, in *ssoadmin.ListAccountsForProvisionedPermissionSetInput) (*ssoadmin.ListAccountsForProvisionedPermissionSetOutput, error) {
		i, p, err := r.permissionSet(in.InstanceArn, in.PermissionSetArn)
		if err != nil {
			return nil, err
		}
		held, accounts := i.provisioned(r.World.Now(), p.ARN), []string{}
		for _, account := range sortedKeys(held) {
			if p.matches(held[account], in.ProvisioningStatus) {
				accounts = append(accounts, account)
			}
		}
		out, next, err := pageOf(accounts, in.MaxResults, in.NextToken, 100)
		return &ssoadmin.ListAccountsForProvisionedPermissionSetOutput{AccountIds: out, NextToken: next}, err
	})
	on(s, func(r *Request, in *ssoadmin.ListPermissionSetsProvisionedToAccountInput) (*ssoadmin.ListPermissionSetsProvisionedToAccountOutput, error) {
		i, err := r.readyInstance(in.InstanceArn)
		if err != nil {
			return nil, err
		}
		var arns []string
		for _, p := range i.PermissionSets {
			revision, ok := i.provisioned(r.World.Now(), p.ARN)[aws.ToString(in.AccountId)]
			if ok && p.matches(revision, in.ProvisioningStatus) {
				arns = append(arns, p.ARN)
			}
		}
		out, next, err := pageOf(arns, in.MaxResults, in.NextToken, 100)
		return &ssoadmin.ListPermissionSetsProvisionedToAccountOutput{PermissionSets: out, NextToken: next}, err
	})
}

// matches compares an account's copy with what was asked for: the latest revision, an old one, or any.
func (p *PermissionSet) matches(revision int, asked admintypes.ProvisioningStatus) bool {
	switch asked {
	case admintypes.ProvisioningStatusLatestPermissionSetProvisioned:
		return revision == p.Revision
	case admintypes.ProvisioningStatusLatestPermissionSetNotProvisioned:
		return revision != p.Revision
	}
	return true
}
