// Package handover is the last step: it hands over what only the founder can settle, and puts away what the set-up needed
// only once. Until the other steps are done, the root user's access keys may be the only way in; then they are only a danger.
package handover

import (
	"time"

	"awswizard/internal/baseline"
	"awswizard/internal/plan"
	"awswizard/steps"
)

const name = "handover"

// globalRegion is where IAM is.
const globalRegion = "us-east-1"

// Step returns the hand-over step. It asks nothing.
func Step() steps.Step {
	return steps.WithUndo(steps.Define(steps.Step{
		Name:       name,
		Title:      "What stays yours",
		LooksAfter: []string{"organization"},
		Alone:      true,
		About: steps.About{
			Why: "The accounts are set up. Some things no program can decide for you: help from AWS for money, where your programs keep secrets, " +
				"and how your code gets to AWS.",
			What: "We look at the support plan, at the variables of your functions and at how a pipeline signs in. What is open is explained, with the commands to copy; each can wait. " +
				"Access keys of the root user are deleted, with your word for each one.",
			Cost:     "Free. What costs money, such as support from $29 a month, is your decision and is not bought here.",
			Undo:     "A deleted key cannot be had back. Root itself stays: its password and second factor are not touched.",
			Controls: []string{"ACCT.02", "ACCT.12", "ACCT.13", "WKLD.03", "WKLD.15"},
		},
	}, nil, inspect, planned), undone)
}

// State is what is left to the founder: root's own keys in the management account, and what was seen in all accounts.
type State struct {
	// Accounts are the management account and then the others. Only the support plan, the names of functions with those of
	// their variables, and the providers for pipelines were looked at.
	Accounts []baseline.Account
	Known    bool  // whether AWS told
	Count    int   // of keys
	Keys     []Key // by name, which only root itself may read
	AsRoot   bool  // root is signed in now
}

// Key is an access key of the root user.
type Key struct {
	ID       string
	Active   bool
	LastUsed time.Time // zero: never, as far as AWS knows
	Own      bool      // the requests of this run are signed with it
}

// Facts implements steps.State; the step tells nobody anything.
func (State) Facts() map[string]string { return nil }

func place() plan.Place { return plan.Place{Account: plan.Management, Region: globalRegion} }
