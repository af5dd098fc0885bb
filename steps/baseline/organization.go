package baseline

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"awswizard/internal/answers"
	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// Organization is what the services that watch all accounts need to know.
type Organization struct {
	Exists     bool
	Management string         // id of its management account
	Refused    *steps.Refusal // it could not be read
	Trusted    []string       // the services with trusted access
	// Admins are the accounts that run a service for the organization, by the service's principal.
	Admins map[string]string
}

// organizationsLane is the one of all writes to AWS Organizations: it refuses two at a time.
const organizationsLane = "organizations"

// organization reads the caller's organization. Only in its management account are the rest of the facts read.
func (l looker) organization(ctx context.Context, services ...string) Organization {
	o := Organization{Admins: map[string]string{}}
	cfg, err := l.config(l.env.Caller.Account, globalRegion)
	if err == nil {
		err = l.do(ctx, func() error { return o.read(ctx, organizations.NewFromConfig(cfg), l.env.Caller.Account, services) })
	}
	if err != nil {
		o.Refused = steps.RefusalOf(err)
	}
	return o
}

func (o *Organization) read(ctx context.Context, client *organizations.Client, caller string, services []string) error {
	out, err := client.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	var none *types.AWSOrganizationsNotInUseException
	switch {
	case errors.As(err, &none):
		return nil
	case err != nil:
		return fmt.Errorf("reading the organization: %w", err)
	}
	o.Exists, o.Management = true, aws.ToString(out.Organization.MasterAccountId)
	if o.Management != caller {
		return nil
	}
	var trustedErr error
	admins := make([]string, len(services))
	beside.All(
		func() { o.Trusted, trustedErr = steps.TrustedServices(ctx, client) },
		func() {
			err = beside.Try(services, func(n int, service string) error {
				list := organizations.NewListDelegatedAdministratorsPaginator(client, &organizations.ListDelegatedAdministratorsInput{ServicePrincipal: aws.String(service)})
				err := steps.EachPage(ctx, list, func(page *organizations.ListDelegatedAdministratorsOutput) {
					for _, a := range page.DelegatedAdministrators {
						admins[n] = aws.ToString(a.Id)
					}
				})
				if err != nil {
					return fmt.Errorf("listing who runs %s: %w", service, err)
				}
				return nil
			})
		},
	)
	if trustedErr != nil {
		return fmt.Errorf("listing the services with trusted access: %w", trustedErr)
	}
	if err != nil {
		return err
	}
	for n, service := range services {
		if admins[n] != "" {
			o.Admins[service] = admins[n]
		}
	}
	return nil
}

// securityAccount is the id of the account that watches the others; "" when there is none yet.
func securityAccount(a answers.Answers, f plan.Facts) string {
	id, _ := f.Lookup(plan.AccountFact(a.Security()))
	return id
}

func trust(id, principal, service string) *plan.Call {
	return &plan.Call{
		ID: id, Step: name, Lane: organizationsLane, Where: global(plan.Management), Effect: plan.Changes, IAMAction: "organizations:EnableAWSServiceAccess",
		Title: "Let " + service + " work across your accounts", Why: "AWS calls it trusted access; without it the service sees only one account.",
		Undo: "Can be switched off at any time.",
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).EnableAWSServiceAccess, func(plan.Facts) *organizations.EnableAWSServiceAccessInput {
			return &organizations.EnableAWSServiceAccessInput{ServicePrincipal: aws.String(principal)}
		}),
	}
}

func delegate(id, principal, service, ref, account string, after []string) *plan.Call {
	return &plan.Call{
		ID: id, Step: name, Lane: organizationsLane, After: after, Where: global(plan.Management), Effect: plan.Changes, IAMAction: "organizations:RegisterDelegatedAdministrator",
		Title: "Let the account " + ref + " run " + service + " for all accounts", Why: "Nobody then needs to enter the management account to see what it finds.",
		Undo: "Can be taken back at any time.", Done: []string{"AccountAlreadyRegisteredException"},
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).RegisterDelegatedAdministrator, func(plan.Facts) *organizations.RegisterDelegatedAdministratorInput {
			return &organizations.RegisterDelegatedAdministratorInput{AccountId: aws.String(account), ServicePrincipal: aws.String(principal)}
		}),
	}
}
