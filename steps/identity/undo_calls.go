package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// gone is the code of both APIs for what is not there any more.
var gone = []string{"ResourceNotFoundException"}

// call adds a call of the way back; it waits for the others of this plan that are named in After.
func (u *undoer) call(c plan.Call) {
	if c.Wait == nil {
		c.Wait = changing
	}
	c.Done = append(c.Done, gone...)
	u.builder.call(c)
}

func (u *undoer) unassign(id string, a Assignment, group string) {
	request := "identity.request.undo." + strings.TrimPrefix(id, "identity/assignment/")
	arn := u.state.PermissionSets[a.PermissionSet].ARN
	u.call(plan.Call{
		ID: undoID(id), TakesBack: []string{id}, Lane: name + "/" + a.Account, // AWS changes one role of an account at a time
		Title:  fmt.Sprintf("Take %s with %s out of %s", group, a.PermissionSet, u.accountNamed(a.Account)),
		Why:    "The wizard gave it. Whoever is signed in with it is signed out.",
		Effect: plan.Deletes, Undo: "The access can be given again at any time.",
		Wait: map[string]time.Duration{"ConflictException": 5 * time.Minute, "ThrottlingException": 5 * time.Minute},
		Learn: plan.Learned(func(out *ssoadmin.DeleteAccountAssignmentOutput) map[string]string {
			if out.AccountAssignmentDeletionStatus == nil {
				return nil
			}
			return map[string]string{request: aws.ToString(out.AccountAssignmentDeletionStatus.RequestId)}
		}),
		SettleEvery: 5 * time.Second, SettleLimit: 5 * time.Minute,
		Settle: func(ctx context.Context, cfg aws.Config, f plan.Facts) (bool, map[string]string, error) {
			out, err := ssoadmin.NewFromConfig(cfg).DescribeAccountAssignmentDeletionStatus(ctx, &ssoadmin.DescribeAccountAssignmentDeletionStatusInput{
				InstanceArn: aws.String(u.state.Instance.ARN), AccountAssignmentDeletionRequestId: aws.String(f.Get(request)),
			})
			if err != nil || out.AccountAssignmentDeletionStatus == nil {
				return false, nil, err
			}
			return settled("DeleteAccountAssignment", out.AccountAssignmentDeletionStatus.Status, out.AccountAssignmentDeletionStatus.FailureReason)
		},
		Request: plan.To(ssoadmin.NewFromConfig, (*ssoadmin.Client).DeleteAccountAssignment, func(plan.Facts) *ssoadmin.DeleteAccountAssignmentInput {
			return &ssoadmin.DeleteAccountAssignmentInput{
				InstanceArn: aws.String(u.state.Instance.ARN), PermissionSetArn: aws.String(arn), PrincipalType: ssotypes.PrincipalTypeGroup,
				PrincipalId: aws.String(a.Principal), TargetType: ssotypes.TargetTypeAwsAccount, TargetId: aws.String(a.Account),
			}
		}),
	})
}

func (u *undoer) deleteUser(id string, takes []string, user, display, address string) {
	u.call(plan.Call{
		ID: undoID(id), TakesBack: takes, Title: fmt.Sprintf("Delete the login of %s <%s>", display, address),
		Why: "The wizard added it. It is the person's way into AWS; the mailbox is not touched.", Effect: plan.Deletes,
		Undo: "The person can be added again, and then sets a new password and a new second factor.",
		Request: plan.To(identitystore.NewFromConfig, (*identitystore.Client).DeleteUser, func(plan.Facts) *identitystore.DeleteUserInput {
			return &identitystore.DeleteUserInput{IdentityStoreId: aws.String(u.state.Instance.Store), UserId: aws.String(user)}
		}),
	})
}

func (u *undoer) deleteGroup(id string, takes []string, group, display, since string) {
	u.call(changed(plan.Call{
		ID: undoID(id), TakesBack: takes, After: u.takes[group], Title: "Delete the group " + display, Effect: plan.Deletes,
		Why: "The wizard made it. The people in it stay, unless they are deleted themselves.", Undo: "The group can be made again.",
		Request: plan.To(identitystore.NewFromConfig, (*identitystore.Client).DeleteGroup, func(plan.Facts) *identitystore.DeleteGroupInput {
			return &identitystore.DeleteGroupInput{IdentityStoreId: aws.String(u.state.Instance.Store), GroupId: aws.String(group)}
		}),
	}, "the group "+display, since))
}

// changed makes a call need consent of its own where others changed what it deletes.
func changed(c plan.Call, what, since string) plan.Call {
	if since != "" {
		c.Consent = plan.Typed
		c.ConsentAsk = "Somebody changed " + what + " since the wizard made it: " + since + ". Delete it all the same?"
	}
	return c
}

func (u *undoer) endMembership(id, membership, group string) {
	u.call(plan.Call{
		ID: undoID(id), TakesBack: []string{id}, Title: "Take a person out of the group " + group, Effect: plan.Deletes,
		Why: "The wizard put the person into it. Person and group were there before, and stay.", Undo: "The person can be put into it again.",
		Request: plan.To(identitystore.NewFromConfig, (*identitystore.Client).DeleteGroupMembership, func(plan.Facts) *identitystore.DeleteGroupMembershipInput {
			return &identitystore.DeleteGroupMembershipInput{IdentityStoreId: aws.String(u.state.Instance.Store), MembershipId: aws.String(membership)}
		}),
	})
}

func (u *undoer) deletePermissionSet(id, set string, have PermissionSet, since string, after []string) {
	takes := []string{id}
	for _, operation := range []string{"AttachManagedPolicyToPermissionSet", "UpdatePermissionSet", "ProvisionPermissionSet"} {
		takes = append(takes, u.of(operation, have.ARN).IDs()...)
	}
	u.call(changed(plan.Call{
		ID: undoID(id), TakesBack: takes, After: after, Title: "Delete the permission set " + set, Effect: plan.Deletes,
		Why: "The wizard made it, and it is given to nobody any more.", Undo: "It can be made again.", Wait: busy,
		Request: plan.To(ssoadmin.NewFromConfig, (*ssoadmin.Client).DeletePermissionSet, func(plan.Facts) *ssoadmin.DeletePermissionSetInput {
			return &ssoadmin.DeletePermissionSetInput{InstanceArn: aws.String(u.state.Instance.ARN), PermissionSetArn: aws.String(have.ARN)}
		}),
	}, "the permission set "+set, since))
}

func (u *undoer) detachPolicy(id, set, policy string) {
	u.call(plan.Call{
		ID: undoID(id), TakesBack: []string{id}, Effect: plan.Changes, Wait: busy,
		Title: fmt.Sprintf("Take the AWS policy %s from %s", policy[strings.LastIndex(policy, "/")+1:], set),
		Why:   "The permission set was there before; the wizard gave it this policy.", Undo: "The policy can be attached again.",
		Request: plan.To(ssoadmin.NewFromConfig, (*ssoadmin.Client).DetachManagedPolicyFromPermissionSet, func(plan.Facts) *ssoadmin.DetachManagedPolicyFromPermissionSetInput {
			return &ssoadmin.DetachManagedPolicyFromPermissionSetInput{InstanceArn: aws.String(u.state.Instance.ARN),
				PermissionSetArn: aws.String(u.state.PermissionSets[set].ARN), ManagedPolicyArn: aws.String(policy)}
		}),
	})
}

func (u *undoer) restoreSession(id, set string, have PermissionSet, before string) {
	u.call(plan.Call{
		ID: undoID(id), TakesBack: []string{id}, Effect: plan.Changes, Wait: busy,
		Title: fmt.Sprintf("Set the sessions of %s back to %s", set, spoken(before)),
		Why:   "The permission set was there before, with this session length.", Undo: "It can be changed again at any time.",
		Request: plan.To(ssoadmin.NewFromConfig, (*ssoadmin.Client).UpdatePermissionSet, func(plan.Facts) *ssoadmin.UpdatePermissionSetInput {
			// Description and relay state are sent back as they are, so that they stay.
			return &ssoadmin.UpdatePermissionSetInput{
				InstanceArn: aws.String(u.state.Instance.ARN), PermissionSetArn: aws.String(have.ARN),
				SessionDuration: aws.String(before), Description: filled(have.Description), RelayState: filled(have.RelayState),
			}
		}),
	})
}

// instance offers the deletion of Identity Center, when it was switched on for this set-up and nothing of others is in
// it. AWS has an API for it, but it takes away every login at once, so it is the person's own doing, as switching on was.
func (u *undoer) instance(made steps.Made) {
	if _, ours := made[enableID]; !ours || u.keepSet != "" || u.othersInside() {
		return
	}
	var after []string
	for _, c := range plan.Calls(u.items) {
		after = append(after, c.ID)
	}
	u.add(plan.Item{HandOff: &plan.HandOff{
		ID: undoID(enableID), Step: name, Title: "Delete IAM Identity Center, or leave it", Optional: true, TakesBack: []string{enableID},
		Why: "You switched it on for this set-up. It is free and may stay. Deleting it ends the login page for good; a new one gets another address.",
		URL: consoleURL(u.region), After: after, Every: 5 * time.Second, StandIn: "delete-identity-center",
		Clicks: []string{
			"To leave it, skip this.",
			"To delete it, open the link in the management account " + u.state.Instance.Owner + " and check that the Region says " + u.region + ".",
			"Choose Settings, Management, Delete, and confirm.",
		},
		Poll: func(ctx context.Context, read plan.Reader, f plan.Facts) (bool, map[string]string, error) {
			found, err := findInstances(ctx, read, u.region)
			if err != nil {
				return false, nil, fmt.Errorf("look for IAM Identity Center: %w", err)
			}
			return !slices.ContainsFunc(found, func(i Instance) bool { return i.ARN == u.state.Instance.ARN }), nil, nil
		},
	}})
}

// othersInside reports whether something in Identity Center was not made by the wizard.
func (u *undoer) othersInside() bool {
	has := func(id string) bool { return u.taken(id) }
	ids := map[string]bool{}
	for _, m := range []struct {
		operation, member string
		fact              func(string) string
	}{{"CreateUser", "UserName", userFact}, {"CreateGroup", "DisplayName", groupFact}, {"CreatePermissionSet", "Name", permissionSetFact}} {
		for id, c := range u.ours.Does(m.operation) {
			if has(id) {
				ids[u.facts.Get(m.fact(c.Sent(m.member)))] = true
			}
		}
	}
	for _, id := range u.state.Users {
		if !ids[id] {
			return true
		}
	}
	for _, id := range u.state.Groups {
		if !ids[id] {
			return true
		}
	}
	for _, ps := range u.state.PermissionSets {
		if !ids[ps.ARN] {
			return true
		}
	}
	return false
}
