// Package handover is the last step: it puts away what the set-up needed only once. Until the other steps are done, the
// root user's access keys may be the only way in; then they are only a danger.
package handover

import (
	"time"

	"awswizard/internal/plan"
	"awswizard/steps"
)

const name = "handover"

// globalRegion is where IAM is.
const globalRegion = "us-east-1"

// Step returns the hand-over step. It asks nothing.
func Step() steps.Step {
	return steps.WithUndo(steps.Define(steps.Step{
		Name:  name,
		Title: "Root's access keys",
		Alone: true,
		About: steps.About{
			Why:      "You sign in as yourself from now on, so root needs no access key. Such a key is the master key in a text file: no second factor, no limits.",
			What:     "We look whether root still has access keys, and delete them with your word for each one.",
			Cost:     "Free.",
			Undo:     "A deleted key cannot be had back. Root itself stays: its password and second factor are not touched.",
			Controls: []string{"ACCT.02", "ACCT.05"},
		},
	}, nil, inspect, planned), undone)
}

// State is what is left of root's own keys in the management account.
type State struct {
	Known  bool  // whether AWS told
	Count  int   // of keys
	Keys   []Key // by name, which only root itself may read
	AsRoot bool  // root is signed in now
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
