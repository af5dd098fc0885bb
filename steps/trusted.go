package steps

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
)

// TrustedServices are the principals of the services that may work across the accounts of the organization, e.g.
// "iam.amazonaws.com". With an error they are those read until then.
func TrustedServices(ctx context.Context, client *organizations.Client) (principals []string, err error) {
	pages := organizations.NewListAWSServiceAccessForOrganizationPaginator(client, &organizations.ListAWSServiceAccessForOrganizationInput{})
	err = EachPage(ctx, pages, func(page *organizations.ListAWSServiceAccessForOrganizationOutput) {
		for _, p := range page.EnabledServicePrincipals {
			principals = append(principals, aws.ToString(p.ServicePrincipal))
		}
	})
	return principals, err
}
