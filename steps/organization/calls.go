package organization

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// memberRole is the role AWS makes in each new account; it trusts the management account.
const memberRole = "OrganizationAccountAccessRole"

func accountID(a answers.Account) string { return "organization/account/" + a.Key() }
func moveID(a answers.Account) string    { return "organization/move/" + a.Key() }
func unitID(unit string) string          { return "organization/unit/" + keyOf(unit) }

// call fills in what all writes to Organizations share. None of its operations has an idempotency token, and the
// SDK retries none of these codes by itself.
func call(c plan.Call) *plan.Call {
	c.Step, c.Lane = name, "organizations"
	c.Where = plan.Place{Account: plan.Management, Region: globalRegion}
	c.IAMAction = plan.IAMAction(c.Request.Service, c.Request.Operation)
	wait := map[string]time.Duration{
		"ConcurrentModificationException":  5 * time.Minute,
		"TooManyRequestsException":         5 * time.Minute,
		"PolicyChangesInProgressException": 5 * time.Minute,
		// AWS Organizations documentation: building a new organization can take up to one hour.
		"FinalizingOrganizationException": time.Hour,
	}
	for code, limit := range c.Wait {
		wait[code] = limit
	}
	c.Wait = wait
	return &c
}

func createOrganization() *plan.Call {
	return call(plan.Call{
		ID: organizationID, Title: "Create your organization", Effect: plan.Creates, Stops: plan.StopsOrganization,
		Why:  "It is the folder tree that holds all further accounts under one bill; this account becomes its management account.",
		Undo: "The organization can be deleted as long as it has no other account.",
		// A lost reply makes the SDK ask again; then the organization is there already, and the next look finds it.
		Done: []string{"AlreadyInOrganizationException"},
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).CreateOrganization,
			func(plan.Facts) *organizations.CreateOrganizationInput {
				return &organizations.CreateOrganizationInput{FeatureSet: orgtypes.OrganizationFeatureSetAll}
			}),
		Learn: plan.Learned(func(out *organizations.CreateOrganizationOutput) map[string]string {
			if out.Organization == nil {
				return nil
			}
			management := aws.ToString(out.Organization.MasterAccountId)
			return map[string]string{
				"organization.id":                 aws.ToString(out.Organization.Id),
				"organization.arn":                aws.ToString(out.Organization.Arn),
				"organization.management":         management,
				plan.AccountFact(plan.Management): management,
			}
		}),
		// The reply does not name the root, which every later call needs.
		Settle:      settleRoot,
		SettleEvery: 2 * time.Second, SettleLimit: 5 * time.Minute,
	})
}

func settleRoot(ctx context.Context, cfg aws.Config, _ plan.Facts) (bool, map[string]string, error) {
	roots, err := listRoots(ctx, cfg)
	var notYet *orgtypes.AWSOrganizationsNotInUseException
	if errors.As(err, &notYet) {
		return false, nil, nil
	}
	if err != nil {
		return false, nil, fmt.Errorf("reading the root: %w", err)
	}
	if len(roots) == 0 {
		return false, nil, nil
	}
	return true, map[string]string{"organization.root": aws.ToString(roots[0].Id)}, nil
}

func listRoots(ctx context.Context, cfg aws.Config) (roots []orgtypes.Root, err error) {
	pages := organizations.NewListRootsPaginator(organizations.NewFromConfig(cfg), &organizations.ListRootsInput{})
	err = steps.EachPage(ctx, pages, func(page *organizations.ListRootsOutput) { roots = append(roots, page.Roots...) })
	return roots, err
}

func enablePolicies(after []string) *plan.Call {
	return call(plan.Call{
		ID: "organization/policy-type/service-control-policy", After: after,
		Title: "Switch on guardrail policies (service control policies)", Effect: plan.Changes,
		Why:  "Guardrails are rules above all other accounts. This only makes them possible; it changes no permission.",
		Undo: "Can be switched off again, which detaches every guardrail.",
		Done: []string{"PolicyTypeAlreadyEnabledException"},
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).EnablePolicyType,
			func(f plan.Facts) *organizations.EnablePolicyTypeInput {
				return &organizations.EnablePolicyTypeInput{RootId: aws.String(f.Get("organization.root")), PolicyType: scpType}
			}),
		Settle: func(ctx context.Context, cfg aws.Config, _ plan.Facts) (bool, map[string]string, error) {
			roots, err := listRoots(ctx, cfg)
			if err != nil {
				return false, nil, fmt.Errorf("reading the root: %w", err)
			}
			for _, root := range roots {
				for _, t := range root.PolicyTypes {
					if t.Type == scpType && t.Status == orgtypes.PolicyTypeStatusEnabled {
						return true, nil, nil
					}
				}
			}
			return false, nil, nil
		},
		SettleEvery: 3 * time.Second, SettleLimit: 5 * time.Minute,
	})
}

func trustService(principal, service, why string, after []string) *plan.Call {
	return call(plan.Call{
		ID: "organization/trusted-access/" + keyOf(service), After: after,
		Title: "Let " + service + " work across all accounts", Effect: plan.Changes,
		Why:  "AWS calls it trusted access: it is needed " + why + ".",
		Undo: "Can be switched off again at any time (DisableAWSServiceAccess).",
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).EnableAWSServiceAccess,
			func(plan.Facts) *organizations.EnableAWSServiceAccessInput {
				return &organizations.EnableAWSServiceAccessInput{ServicePrincipal: aws.String(principal)}
			}),
	})
}

// raiseQuota asks AWS for room for more accounts. The answer is not waited for: AWS takes hours to days.
func raiseQuota(code string, from, to int, after []string) *plan.Call {
	return call(plan.Call{
		ID: "organization/quota", After: after,
		Title: fmt.Sprintf("Ask AWS for room for %d accounts", to), Effect: plan.Changes,
		Why:  fmt.Sprintf("Your organization may hold %d accounts, and you want more than that. AWS opens a support case, answers by mail within hours to days, and may ask what for.", from),
		Undo: "Nothing needs to be taken back: room that is not used costs nothing.",
		Done: []string{"ResourceAlreadyExistsException"}, // asked for already
		Request: plan.To(servicequotas.NewFromConfig, (*servicequotas.Client).RequestServiceQuotaIncrease,
			func(plan.Facts) *servicequotas.RequestServiceQuotaIncreaseInput {
				return &servicequotas.RequestServiceQuotaIncreaseInput{ServiceCode: aws.String(quotaService), QuotaCode: aws.String(code), DesiredValue: aws.Float64(float64(to))}
			}),
	})
}

// unitPurposes say what each standard unit is for.
var unitPurposes = map[string]string{
	answers.UnitSecurity:  "It holds the account that keeps the logs, apart from the people who build the product.",
	answers.UnitWorkloads: "It holds the accounts your product runs in; the stricter guardrails are attached here.",
}

func createUnit(unit string, after []string) *plan.Call {
	why, ok := unitPurposes[unit]
	if !ok {
		why = "One of your accounts is to be kept in it."
	}
	return call(plan.Call{
		ID: unitID(unit), After: after,
		Title: "Create the organizational unit " + unit, Effect: plan.Creates,
		Why:  "A unit is a folder for accounts that follow the same rules. " + why,
		Undo: "An empty unit can be deleted at any time.",
		Done: []string{"DuplicateOrganizationalUnitException"},
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).CreateOrganizationalUnit,
			func(f plan.Facts) *organizations.CreateOrganizationalUnitInput {
				return &organizations.CreateOrganizationalUnitInput{ParentId: aws.String(f.Get("organization.root")), Name: aws.String(unit)}
			}),
		Learn: plan.Learned(func(out *organizations.CreateOrganizationalUnitOutput) map[string]string {
			if out.OrganizationalUnit == nil {
				return nil
			}
			return map[string]string{unitFact(unit): aws.ToString(out.OrganizationalUnit.Id)}
		}),
	})
}

func createAccount(want answers.Account, after []string) *plan.Call {
	key := want.Key()
	return call(plan.Call{
		ID: accountID(want), After: after,
		Title: "Create the account " + want.Name, Effect: plan.Creates,
		Why:    "Separate accounts are the strongest wall AWS has between purposes. Mail about this one goes to " + want.Email + ", and you enter it from this account, without a password.",
		NoUndo: "closing an account takes 90 days, and its address can never be used for another one",
		Wait: map[string]time.Duration{
			// At most five accounts may be in the making at once.
			"ConstraintViolationException/ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED": 10 * time.Minute,
			// Reported in the poll: nothing was made, and asking again is right.
			"CONCURRENT_ACCOUNT_MODIFICATION": 5 * time.Minute,
		},
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).CreateAccount,
			func(plan.Facts) *organizations.CreateAccountInput {
				return &organizations.CreateAccountInput{
					AccountName:            aws.String(want.Name),
					Email:                  aws.String(want.Email),
					RoleName:               aws.String(memberRole),
					IamUserAccessToBilling: orgtypes.IAMUserAccessToBillingAllow,
				}
			}),
		Learn: plan.Learned(func(out *organizations.CreateAccountOutput) map[string]string {
			if out.CreateAccountStatus == nil {
				return nil
			}
			return map[string]string{requestFact(key): aws.ToString(out.CreateAccountStatus.Id)}
		}),
		Settle: func(ctx context.Context, cfg aws.Config, f plan.Facts) (bool, map[string]string, error) {
			return settleAccount(ctx, cfg, f, key)
		},
		// DescribeCreateAccountStatus allows two requests a second; an account takes one or two minutes.
		SettleEvery: 5 * time.Second, SettleLimit: making,
	})
}

// settleAccount polls a CreateAccount: AWS accepts every request and tells failures only here.
func settleAccount(ctx context.Context, cfg aws.Config, f plan.Facts, key string) (bool, map[string]string, error) {
	out, err := organizations.NewFromConfig(cfg).DescribeCreateAccountStatus(ctx,
		&organizations.DescribeCreateAccountStatusInput{CreateAccountRequestId: aws.String(f.Get(requestFact(key)))})
	if err != nil {
		return false, nil, fmt.Errorf("reading how the account comes along: %w", err)
	}
	st := out.CreateAccountStatus
	switch {
	case st == nil:
		return false, nil, nil
	case st.State == orgtypes.CreateAccountStateFailed:
		return false, nil, &plan.Unsettled{Operation: "CreateAccount", Reason: string(st.FailureReason)}
	case st.State == orgtypes.CreateAccountStateSucceeded:
		return true, map[string]string{plan.AccountFact(key): aws.ToString(st.AccountId)}, nil
	}
	return false, nil, nil
}

func moveNew(want answers.Account, after []string) *plan.Call {
	return move(want, "the root, where AWS puts new accounts", "organization.root", "", after)
}

func moveExisting(want answers.Account, have Account, from string, after []string) *plan.Call {
	return move(want, from, "", have.Parent, after)
}

// move puts an account into its unit; the source is a fact (fromFact) or an id.
func move(want answers.Account, from, fromFact, fromID string, after []string) *plan.Call {
	key := want.Key()
	return call(plan.Call{
		ID: moveID(want), After: after,
		Title: fmt.Sprintf("Move the account %s into the unit %s", want.Name, want.Unit), Effect: plan.Changes,
		Why:  "It is in " + from + ". In its unit it follows the unit's guardrails.",
		Undo: "Can be moved back at any time; it takes effect in seconds.",
		Done: []string{"DuplicateAccountException"},
		Wait: map[string]time.Duration{"AccountNotFoundException": time.Minute}, // a new account may not be seen at once
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).MoveAccount,
			func(f plan.Facts) *organizations.MoveAccountInput {
				source := fromID
				if fromFact != "" {
					source = f.Get(fromFact)
				}
				return &organizations.MoveAccountInput{
					AccountId:           aws.String(f.AccountID(key)),
					SourceParentId:      aws.String(source),
					DestinationParentId: aws.String(f.Get(unitFact(want.Unit))),
				}
			}),
	})
}
