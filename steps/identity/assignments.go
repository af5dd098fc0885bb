package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
)

// grant says which group enters which account with which permission set.
type grant struct{ Group, PermissionSet, Account string } // account reference

// grants are the wanted assignments: administrators do everything everywhere; developers build in the accounts of
// the unit Workloads and look at production; readers look at every member account; billing works in the
// management account. Member permission sets stay out of the management account (see managementAdministrator).
func grants(a answers.Answers) []grant {
	wanted := []grant{
		{administrators, managementAdministrator, plan.Management},
		{billing, "Billing", plan.Management},
	}
	for _, acc := range a.Accounts {
		key := acc.Key()
		wanted = append(wanted, grant{administrators, "AdministratorAccess", key})
		if acc.Unit == answers.UnitWorkloads {
			set := "PowerUserAccess"
			if acc.Production() {
				set = "ReadOnlyAccess"
			}
			wanted = append(wanted, grant{developers, set, key})
		}
		wanted = append(wanted, grant{readers, "ReadOnlyAccess", key})
	}
	return wanted
}

func (b *builder) assignments() {
	if b.unread(partPermissionSets) || b.unread(partGroups) || b.blocked(partAssignments, "Access to accounts cannot be given.") {
		return
	}
	for _, g := range grants(b.a) {
		principal, known := b.facts.Lookup(groupFact(g.Group))
		if !known && b.external() {
			continue // the missing group is reported already
		}
		if b.state.Assignments[Assignment{b.facts.AccountID(g.Account), g.PermissionSet, principal}] {
			continue
		}
		b.assign(g)
	}
}

func assignmentID(g grant) string {
	return fmt.Sprintf("identity/assignment/%s/%s/%s", g.Account, g.PermissionSet, g.Group)
}

func (b *builder) assign(g grant) {
	request := "identity.request." + g.Account + "." + g.PermissionSet + "." + g.Group
	why := "Each person in the group can then choose this account on the login page."
	if g.Account == plan.Management {
		why = "The management account holds the bill and the organization, so it has a permission set of its own."
	}
	b.call(plan.Call{
		ID:   assignmentID(g),
		Lane: name + "/" + g.Account, // AWS changes one role of an account at a time
		After: []string{
			"identity/permission-set/" + g.PermissionSet, "identity/permission-set-policy/" + g.PermissionSet, groupID(g.Group),
		},
		Title: fmt.Sprintf("Let %s into %s with %s", g.Group, g.Account, g.PermissionSet), Why: why,
		Effect: plan.Creates, Undo: "Delete the assignment.",
		Wait: map[string]time.Duration{
			"ConflictException": 5 * time.Minute, "ThrottlingException": 5 * time.Minute,
			"ResourceNotFoundException": 30 * time.Second, // a permission set or group made a moment ago
		},
		Learn: plan.Learned(func(out *ssoadmin.CreateAccountAssignmentOutput) map[string]string {
			if out.AccountAssignmentCreationStatus == nil {
				return nil
			}
			return map[string]string{request: aws.ToString(out.AccountAssignmentCreationStatus.RequestId)}
		}),
		SettleEvery: 5 * time.Second, SettleLimit: 5 * time.Minute,
		Settle: func(ctx context.Context, cfg aws.Config, f plan.Facts) (bool, map[string]string, error) {
			out, err := ssoadmin.NewFromConfig(cfg).DescribeAccountAssignmentCreationStatus(ctx, &ssoadmin.DescribeAccountAssignmentCreationStatusInput{
				InstanceArn: aws.String(f.Get("identity.instance")), AccountAssignmentCreationRequestId: aws.String(f.Get(request)),
			})
			if err != nil || out.AccountAssignmentCreationStatus == nil {
				return false, nil, err
			}
			return settled("CreateAccountAssignment", out.AccountAssignmentCreationStatus.Status, out.AccountAssignmentCreationStatus.FailureReason)
		},
		Request: plan.To(ssoadmin.NewFromConfig, (*ssoadmin.Client).CreateAccountAssignment, func(f plan.Facts) *ssoadmin.CreateAccountAssignmentInput {
			return &ssoadmin.CreateAccountAssignmentInput{
				InstanceArn: aws.String(f.Get("identity.instance")), PermissionSetArn: aws.String(f.Get(permissionSetFact(g.PermissionSet))),
				PrincipalType: ssotypes.PrincipalTypeGroup, PrincipalId: aws.String(f.Get(groupFact(g.Group))),
				TargetType: ssotypes.TargetTypeAwsAccount, TargetId: aws.String(f.AccountID(g.Account)),
			}
		}),
	})
}
