package plan_test

import (
	"testing"

	"awswizard/internal/plan"
)

func TestCallerInWords(t *testing.T) {
	for want, c := range map[string]plan.Caller{
		"the root user, the account's master key":                   {ARN: "arn:aws:iam::111111111111:root", Kind: plan.Root},
		"the IAM user admin":                                        {ARN: "arn:aws:iam::111111111111:user/division/admin", Kind: plan.IAMUser},
		"the role Deploy (session ada)":                             {ARN: "arn:aws:sts::111111111111:assumed-role/Deploy/ada", Kind: plan.Role},
		"ada@acme.example, through IAM Identity Center, as Admin_A": {ARN: "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Admin_A_0123456789abcdef/ada@acme.example", Kind: plan.IdentityCenter},
		"arn:aws:odd": {ARN: "arn:aws:odd", Kind: plan.Role},
		"somebody":    {},
	} {
		if got := c.Words(); got != want {
			t.Errorf("%s: got %q, want %q", c.ARN, got, want)
		}
	}
}
