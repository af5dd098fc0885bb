// Package baseline is the step that sets what every account should have and nobody thinks of: whom AWS writes to, an eye
// on what is open to the outside, and disks that are encrypted without a word.
package baseline

import (
	"awswizard/internal/plan"
	"awswizard/steps"
)

const (
	name         = "baseline"
	title        = "Baseline of every account"
	globalRegion = "us-east-1"
)

// Step returns the baseline step.
func Step() steps.Step {
	return steps.WithUndo(steps.Define(steps.Step{
		Name:       name,
		Title:      title,
		LooksAfter: []string{"welcome", "organization"},
		Alone:      true,
		About: steps.About{
			Why: "When AWS finds your keys on the internet, it writes to the security contact of the account; most accounts have none. " +
				"Beside it this step keeps an eye on what is open to the outside, and encrypts new disks: what auditors ask for first.",
			What:     "Contacts for security, billing and operations in every account. A watch over what is open to the outside (IAM Access Analyzer). Encryption of new disks in every account and Region. Strong passwords are asked for only where IAM users still have one. GuardDuty, a burglar alarm, is turned on if you want it.",
			Cost:     "Free, but for GuardDuty if you want it: free for 30 days, then usually $1 to $10 a month for an account that works.",
			Undo:     "Each setting goes back to what it was. Disks that were encrypted meanwhile stay encrypted, which changes nothing in their use.",
			Controls: []string{"ACCT.01", "ACCT.06", "ACCT.11", "ACCT.13", "ACCT.14", "WKLD.08"},
		},
	}, questions, inspect, planned), undone)
}

// State is what Inspect found in the accounts.
type State struct {
	Caller   string    // the id of the caller's own account
	Phone    string    // the phone number of the sign-up, "" when it could not be read
	Accounts []Account // the management account first, the others by id
	// Organization is that of the caller's account; Watches are the used Regions with their analyzers.
	Organization Organization
	Watches      []Watch
	Guards       []Guard // GuardDuty in the Regions it is wanted in, or was turned on in
	// GuardsMade is what the wizard did for GuardDuty and did not take back.
	GuardsMade steps.Made
}

// Account is one account that was looked at.
type Account struct {
	ID      string
	NoEntry bool           // this caller cannot enter it
	Refused *steps.Refusal // why its Regions could not be listed
	Regions []Region       // the enabled ones, by code
	// Contacts are the alternate contacts, by kind. They are read from the management account.
	Contacts        map[Kind]Contact
	ContactsRefused *steps.Refusal
	// Users are the IAM users, and Policy is what is asked of their passwords; nil is AWS's default.
	Users        []User
	Policy       *Policy
	UsersRefused *steps.Refusal
}

// Region is a Region of an account.
type Region struct {
	Code      string
	Encrypted bool           // new disks are encrypted
	Refused   *steps.Refusal // it could not be looked at
}

// Facts implements steps.State: the detectors of the account that runs GuardDuty.
func (s State) Facts() map[string]string {
	facts := map[string]string{}
	for _, g := range s.Guards {
		if id := g.Detectors[g.Admin]; id != "" {
			facts[detectorFact(g.Region)] = id
		}
	}
	return facts
}

func (s State) account(id string) (Account, bool) {
	for _, acc := range s.Accounts {
		if acc.ID == id {
			return acc, true
		}
	}
	return Account{}, false
}

func (a Account) region(code string) (Region, bool) {
	for _, r := range a.Regions {
		if r.Code == code {
			return r, true
		}
	}
	return Region{}, false
}

// global is where the services without Regions are called for the account with this reference.
func global(ref string) plan.Place { return plan.Place{Account: ref, Region: globalRegion} }
