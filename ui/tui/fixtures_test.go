package tui

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/steps"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// allSteps are the steps of the tests' set-up.
func allSteps() []steps.Step {
	about := steps.About{Why: "Separate accounts keep a mistake in development away from production.",
		Cost: "Free.", Undo: "Units can be taken back at once; an account takes 90 days."}
	return []steps.Step{
		{Name: "welcome", Title: "Where you stand"}, {Name: "organization", Title: "Organization and accounts", About: about},
		{Name: "identity", Title: "People and their logins"}, {Name: "network", Title: "Networks"},
	}
}

func onePage() run.Page {
	return run.Page{Step: allSteps()[1], Number: 2, Of: 4, Caller: plan.Caller{Account: "111111111111", Kind: plan.Root},
		Facts: plan.NewFacts(map[string]string{"account.management.id": "111111111111"})}
}

func unitCall(name string) *plan.Call {
	return &plan.Call{ID: "organization/unit/" + name, Step: "organization", Lane: "organizations",
		Where: plan.Place{Account: plan.Management, Region: "us-east-1"}, Title: "Create the organizational unit " + name,
		Why: "Guardrails are put on units, so that each account in one has the same.", Effect: plan.Creates, Undo: "Delete the empty unit.",
		IAMAction: "organizations:CreateOrganizationalUnit",
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).CreateOrganizationalUnit,
			func(f plan.Facts) *organizations.CreateOrganizationalUnitInput {
				return &organizations.CreateOrganizationalUnitInput{Name: aws.String(name), ParentId: aws.String(f.Get("organization.root"))}
			})}
}

func vpcCall(account, region string) *plan.Call {
	return &plan.Call{ID: "network/vpc/" + account + "/" + region, Step: "network", Lane: "network/" + account + "/" + region,
		Where: plan.Place{Account: account, Region: region}, Title: "Delete the default network of " + account + " in " + region,
		Why: "Nobody uses it.", Effect: plan.Deletes, Undo: "Make a new default network.", IAMAction: "ec2:DeleteVpc",
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).DeleteVpc,
			func(plan.Facts) *ec2.DeleteVpcInput { return &ec2.DeleteVpcInput{VpcId: aws.String("vpc-1")} })}
}

// typedCall needs its own consent.
func typedCall() *plan.Call {
	c := unitCall("Paid")
	c.ID, c.Title, c.Consent = "organization/paid", "Start a thing that costs", plan.Typed
	c.ConsentAsk, c.MonthlyUSD, c.Undo, c.NoUndo = "This costs about $3 a month from now on.", 3, "", "the bill stays"
	return c
}

// closingCall is lost for good, so its id is typed.
func closingCall() *plan.Call {
	return &plan.Call{ID: "organization/close/production", Step: "organization", Lane: "organizations",
		Where: plan.Place{Account: plan.Management, Region: "us-east-1"}, Title: "Close the account production (222222222222)",
		Why: "The wizard made it.", Effect: plan.Deletes, NoUndo: "AWS Support can open it again for 90 days, then it is gone for good",
		Consent: plan.Typed, Named: "222222222222", ConsentAsk: "Everything in it stops.", IAMAction: "organizations:CloseAccount",
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).CloseAccount,
			func(plan.Facts) *organizations.CloseAccountInput {
				return &organizations.CloseAccountInput{AccountId: aws.String("222222222222")}
			})}
}

func oneHandOff() *plan.HandOff {
	return &plan.HandOff{ID: "identity/enable", Step: "identity", Title: "Turn on IAM Identity Center", Why: "AWS has no API for it in an organization.",
		URL:    "https://eu-west-1.console.aws.amazon.com/singlesignon/home?region=eu-west-1#/instances/dashboard/enable",
		Clicks: []string{"Sign in as root.", "Check the Region at the top right: eu-west-1.", "Press Enable."},
		Stuck:  []string{"If there is no Enable button, you are in the wrong account."}, StandIn: "enable-identity-center",
		Poll: func(context.Context, plan.Reader, plan.Facts) (bool, map[string]string, error) {
			return false, nil, nil
		}}
}

func onePlan() []plan.Item {
	change := unitCall("Old")
	change.ID, change.Title, change.Effect = "organization/rename", "Rename the unit Old to Workloads", plan.Changes
	remove := vpcCall("management", "eu-west-1")
	return []plan.Item{
		{Call: unitCall("Security")}, {Call: unitCall("Workloads")}, {Call: change}, {Call: remove}, {HandOff: oneHandOff()},
		{Later: &plan.Later{ID: "network/later", Step: "network", Title: "Remove default networks", Why: "The accounts do not exist yet.",
			Operations: []string{"ec2:DeleteVpc"}, Places: []plan.Place{{Account: "security", Region: "eu-west-1"}}, MostCalls: 40}},
		{Blocked: &plan.Blocked{ID: "organization/blocked", Step: "organization", What: "Create the account development",
			Why: "The organization may have 2 accounts only.", Next: "Ask AWS Support to raise the limit.", Code: "ACCOUNT_NUMBER_LIMIT_EXCEEDED"}},
	}
}

func textQuestion() steps.Question {
	return steps.Question{Key: "email", Title: "Which mailbox do AWS mails go to?", Why: "Each account needs an address of its own; all mail arrives there.",
		Example: "aws@acme.example", Default: "old@acme.example", Validate: func(v string) error {
			if len(v) < 3 {
				return errors.New("at least 3 characters. Type the whole address")
			}
			return nil
		}}
}

func choiceQuestion() steps.Question {
	q := steps.Question{Key: "home_region", Title: "Where is your home?", Why: "Choose the Region nearest to your customers.", Default: "region-12"}
	for n := range 17 {
		q.Choices = append(q.Choices, steps.Choice{Value: fmt.Sprintf("region-%d", n+1), Label: fmt.Sprintf("Place %d (region-%d)", n+1, n+1)})
	}
	return q
}

func typedQuestion() steps.Question {
	return steps.Question{Key: "accept_paid_plan", Title: "End the free plan?", Why: "Your free credits end at once.", Typed: "yes", Default: "yes"}
}

// oneSignIn has begun: there is a code to compare.
func oneSignIn() *plan.HandOff {
	return &plan.HandOff{ID: "identity/sign-in", Step: "identity", Title: "Sign in as yourself and put the root login away",
		Why: "Everything from here on runs as you. AWS does not let root enter the other accounts.",
		URL: "https://d-0123456789.awsapps.com/start/#/device?user_code=ABCD-EFGH", Clicks: []string{"Open the address."},
		Stuck:  []string{"No password yet: do the step before this one, Give each person a first password."},
		SignIn: &plan.SignIn{PermissionSet: "ManagementAdministrator", Code: "ABCD-EFGH", Expires: noon.Add(10 * time.Minute)}}
}
