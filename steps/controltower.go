package steps

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

// MadeByControlTower looks whether AWS Control Tower made the organization: it has the organization's trust from its first
// day, and gives it back only when the whole landing zone is taken down (Control Tower user guide, "decommission a landing
// zone"). Whoever may not see it is told so by the organization step and by other controls.
func MadeByControlTower(ctx context.Context, client *organizations.Client) bool {
	found := false
	pages := organizations.NewListAWSServiceAccessForOrganizationPaginator(client, &organizations.ListAWSServiceAccessForOrganizationInput{})
	err := EachPage(ctx, pages, func(page *organizations.ListAWSServiceAccessForOrganizationOutput) {
		found = found || slices.ContainsFunc(page.EnabledServicePrincipals, func(p types.EnabledServicePrincipal) bool {
			return aws.ToString(p.ServicePrincipal) == "controltower.amazonaws.com"
		})
	})
	return err == nil && found
}
