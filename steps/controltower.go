package steps

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/organizations"
)

// MadeByControlTower looks whether AWS Control Tower made the organization: it has the organization's trust from its first
// day, and gives it back only when the whole landing zone is taken down (Control Tower user guide, "decommission a landing
// zone"). Whoever may not see it is told so by the organization step and by other controls.
func MadeByControlTower(ctx context.Context, client *organizations.Client) bool {
	trusted, err := TrustedServices(ctx, client)
	return err == nil && slices.Contains(trusted, "controltower.amazonaws.com")
}
