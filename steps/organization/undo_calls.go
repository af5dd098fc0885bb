package organization

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"awswizard/internal/plan"
	"awswizard/steps"
)

func moveBack(id string, have Account, from, to, label string) *plan.Call {
	return call(plan.Call{
		ID: undoID(id), TakesBack: []string{id}, Effect: plan.Changes,
		Title: fmt.Sprintf("Move the account %s back to %s", have.Name, label),
		Why:   "It was there before the wizard moved it. The rules of the unit it is in no longer apply to it.",
		Undo:  "Can be moved again at any time.",
		Done:  []string{"DuplicateAccountException"},
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).MoveAccount,
			func(plan.Facts) *organizations.MoveAccountInput {
				return &organizations.MoveAccountInput{AccountId: aws.String(have.ID), SourceParentId: aws.String(to), DestinationParentId: aws.String(from)}
			}),
	})
}

// closeAccount is never agreed to as a part of a plan: each account needs a consent of its own.
func closeAccount(id string, have Account, after []string) *plan.Call {
	return call(plan.Call{
		ID: "organization/close/" + keyOf(have.Name), TakesBack: []string{id}, After: after, Effect: plan.Deletes, Consent: plan.Typed, Named: have.ID,
		Title: fmt.Sprintf("Close the account %s (%s)", have.Name, have.ID),
		Why:   "The wizard made it. Closing ends everything that runs in it. You pay for what was used until then.",
		ConsentAsk: fmt.Sprintf("Everything in it stops. AWS Support can open it again for 90 days; then all its data is gone. "+
			"Its address %s can never be used for another AWS account. It counts as an account of the organization until then.", have.Email),
		NoUndo: "AWS Support can open it again for 90 days, then it is gone for good; its address " + have.Email + " is lost for ever",
		Done:   []string{"AccountAlreadyClosedException"},
		Wait: map[string]time.Duration{
			"ConflictException": 5 * time.Minute,
			// At most three accounts may be in the closing at once.
			"ConstraintViolationException/CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED": 15 * time.Minute,
		},
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).CloseAccount,
			func(plan.Facts) *organizations.CloseAccountInput {
				return &organizations.CloseAccountInput{AccountId: aws.String(have.ID)}
			}),
		Settle: func(ctx context.Context, cfg aws.Config, _ plan.Facts) (bool, map[string]string, error) {
			out, err := organizations.NewFromConfig(cfg).DescribeAccount(ctx, &organizations.DescribeAccountInput{AccountId: aws.String(have.ID)})
			if err != nil || out.Account == nil {
				return false, nil, err
			}
			state := accountState(*out.Account)
			return state != stateActive && state != "PENDING_CLOSURE", nil, nil
		},
		SettleEvery: 5 * time.Second, SettleLimit: 15 * time.Minute,
	})
}

// stillMaking waits for an account that AWS is making: only then can it be closed.
func stillMaking(id string, m steps.MadeCall) *plan.Later {
	account := m.Sent("AccountName")
	return &plan.Later{ID: undoID(id), Step: name, Await: making,
		Title:      fmt.Sprintf("The account %q is still being made by AWS", account),
		Why:        "AWS cannot stop that. When it is there, closing it is shown here and asked for.",
		Operations: []string{"organizations:CloseAccount"},
		Places:     []plan.Place{{Account: plan.Management, Region: globalRegion}},
		MostCalls:  1}
}

func deleteUnit(id string, unit Unit, after []string) *plan.Call {
	return call(plan.Call{
		ID: undoID(id), TakesBack: []string{id}, After: after, Effect: plan.Deletes,
		Title: "Delete the organizational unit " + unit.Name,
		Why:   "The wizard made it, and it is empty.",
		Undo:  "A unit of that name can be made again.",
		Done:  []string{"OrganizationalUnitNotFoundException"},
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).DeleteOrganizationalUnit,
			func(plan.Facts) *organizations.DeleteOrganizationalUnitInput {
				return &organizations.DeleteOrganizationalUnitInput{OrganizationalUnitId: aws.String(unit.ID)}
			}),
	})
}

func distrust(id, principal string) *plan.Call {
	return call(plan.Call{
		ID: undoID(id), TakesBack: []string{id}, Effect: plan.Changes,
		Title: "Take the trusted access from " + principal,
		Why:   "The wizard gave it, so that the service could work across all accounts.",
		Undo:  "Can be given again at any time (EnableAWSServiceAccess).",
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).DisableAWSServiceAccess,
			func(plan.Facts) *organizations.DisableAWSServiceAccessInput {
				return &organizations.DisableAWSServiceAccessInput{ServicePrincipal: aws.String(principal)}
			}),
	})
}

func disablePolicies(id, kind string) *plan.Call {
	words := strings.ToLower(strings.ReplaceAll(kind, "_", " "))
	return call(plan.Call{
		ID: undoID(id), TakesBack: []string{id}, Effect: plan.Changes,
		Title: "Switch the kind of policy off: " + words,
		Why:   "The wizard switched it on for its guardrails.",
		Undo:  "Can be switched on again at any time.",
		Done:  []string{"PolicyTypeNotEnabledException"},
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).DisablePolicyType,
			func(f plan.Facts) *organizations.DisablePolicyTypeInput {
				return &organizations.DisablePolicyTypeInput{RootId: aws.String(f.Get("organization.root")), PolicyType: orgtypes.PolicyType(kind)}
			}),
	})
}

// deleteOrganization needs a consent of its own when others made something in the organization that goes with it.
func deleteOrganization(id string, foreign, after []string) *plan.Call {
	c := plan.Call{
		ID: undoID(organizationID), TakesBack: []string{organizationID}, After: after, Effect: plan.Deletes,
		Title: "Delete your organization",
		Why:   "The wizard made it, and no account but this one is in it. This account stays as it is.",
		Undo:  "Another organization can be made at any time; its id is a new one. The free plan and its credits do not come back.",
		Done:  []string{"AWSOrganizationsNotInUseException"},
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).DeleteOrganization,
			func(plan.Facts) *organizations.DeleteOrganizationInput {
				return &organizations.DeleteOrganizationInput{}
			}),
	}
	if len(foreign) > 0 {
		c.Consent, c.Named = plan.Typed, id
		c.ConsentAsk = "Somebody made more in the organization than the wizard did: " + strings.Join(foreign, ", ") + ". That goes with it. Delete it all the same?"
	}
	return call(c)
}
