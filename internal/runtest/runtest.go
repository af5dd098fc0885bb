// Package runtest has a page and the events of a run, for the tests of the front ends.
package runtest

import (
	"time"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/steps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
)

// Noon is when everything in these tests happens.
func Noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// Page is a step with two calls, a hand-off, a later and a blocked item.
func Page() run.Page {
	create := plan.To(organizations.NewFromConfig, (*organizations.Client).CreateAccount,
		func(plan.Facts) *organizations.CreateAccountInput {
			return &organizations.CreateAccountInput{AccountName: aws.String("production"), Email: aws.String("founder+production@acme.example")}
		})
	move := plan.To(organizations.NewFromConfig, (*organizations.Client).MoveAccount,
		func(f plan.Facts) *organizations.MoveAccountInput {
			return &organizations.MoveAccountInput{AccountId: aws.String(f.AccountID("production")), SourceParentId: aws.String("r-ab12"), DestinationParentId: aws.String("ou-ab12-11111111")}
		})
	where := plan.Place{Account: plan.Management, Region: "us-east-1"}
	facts := plan.NewFacts(map[string]string{plan.AccountFact(plan.Management): "111111111111"})
	items := []plan.Item{
		{Call: &plan.Call{
			ID: "organization/account/production", Step: "organization", Lane: "organizations", Where: where,
			Title: "Create the account production", Why: "What customers use lives apart from everything else.", Effect: plan.Creates,
			NoUndo: "closing an account takes 90 days", IAMAction: "organizations:CreateAccount",
			Consent: plan.Typed, ConsentAsk: "The free plan ends.", Request: create,
		}},
		{Call: &plan.Call{
			ID: "organization/move/production", Step: "organization", Lane: "organizations", Where: where, After: []string{"organization/account/production"},
			Title: "Move production under Workloads", Why: "Guardrails hang on the unit.", Effect: plan.Changes,
			Undo: "Move it back.", MonthlyUSD: 0.5, CostNote: "a test's price", IAMAction: "organizations:MoveAccount", Request: move,
		}},
		{HandOff: &plan.HandOff{
			ID: "identity/enable", Step: "organization", Title: "Turn on IAM Identity Center", Why: "AWS has no API for it.",
			URL: "https://eu-west-1.console.aws.amazon.com/singlesignon/home?region=eu-west-1", Clicks: []string{"Check the Region.", "Press Enable."}, Stuck: []string{"Sign in as root first."},
		}},
		{Later: &plan.Later{
			ID: "network/sweep", Step: "organization", Title: "Remove default VPCs", Why: "The account does not exist yet.",
			Operations: []string{"ec2:DeleteVpc"}, Places: []plan.Place{{Account: "production", Region: "eu-west-1"}, {Account: "222222222222", Region: "eu-west-1"}}, MostCalls: 5,
		}},
		{Blocked: &plan.Blocked{
			ID: "organization/quota", Step: "organization", What: "Create the account development", Why: "Two accounts are the limit.",
			Next: "Ask AWS Support to raise it.", Code: "ConstraintViolationException/ACCOUNT_NUMBER_LIMIT_EXCEEDED",
		}},
	}
	return run.Page{
		Step:   steps.Step{Name: "organization", Title: "Organization", About: steps.About{Why: "Accounts keep a mistake in one from harming the others.", Cost: "free", Undo: "Most of it can be undone."}},
		Number: 2, Of: 10, Items: items, Facts: facts, Hash: plan.Hash(items, facts),
	}
}

// Events are what the engine tells while it runs that plan.
func Events() []run.Event {
	at := func(s int, e run.Event) run.Event {
		e.Time, e.Step = Noon().Add(time.Duration(s)*time.Second), "organization"
		return e
	}
	problem := &run.Problem{
		What: "AWS refused to move the account.", Why: "Somebody else is changing the organization.", Next: "Try again in a minute.",
		Code: "ConcurrentModificationException", RequestID: "req-2",
	}
	return []run.Event{
		at(0, run.Event{Kind: run.StepBegin, Text: "Organization"}),
		at(1, run.Event{Kind: run.Begin, Item: "organization/account/production", Text: "Create the account production"}),
		at(2, run.Event{Kind: run.Waiting, Item: "organization/account/production", Text: "AWS is making the account", Until: Noon().Add(7 * time.Second)}),
		at(7, run.Event{Kind: run.Waiting, Item: "organization/account/production", Text: "AWS is making the account", Until: Noon().Add(12 * time.Second)}),
		at(13, run.Event{Kind: run.OK, Item: "organization/account/production", RequestID: "req-1", Facts: map[string]string{"account.production.id": "333333333333"}}),
		at(14, run.Event{Kind: run.Begin, Item: "organization/move/production", Text: "Move production under Workloads"}),
		at(15, run.Event{Kind: run.Failed, Item: "organization/move/production", Text: "Move production under Workloads", Problem: problem}),
		at(16, run.Event{Kind: run.Skipped, Item: "identity/enable", Text: "Turn on IAM Identity Center waits: left for later"}),
		at(17, run.Event{Kind: run.StepEnd, Text: "2 left"}),
	}
}
