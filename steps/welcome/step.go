// Package welcome is the first step: it finds out who is asking, in which account, on which plan, and whether this
// account may have an organization at all. It changes nothing; what it finds wrong with the root user it hands to the
// person, since AWS lets only a person repair it.
package welcome

import (
	"awswizard/internal/plan"
	"awswizard/steps"
)

// Step returns the welcome step.
func Step() steps.Step {
	return steps.Define(steps.Step{
		Name:  "welcome",
		Title: "Where you stand",
		About: steps.About{
			Why:      "Before anything is made, we look at your account: who you are signed in as and which plan you are on. We see, too, whether the master key (the root user) is safe.",
			What:     "We read your account and ask for your company, mailbox and home Region. We name what only you can repair, such as a second factor for root.",
			Cost:     "Free. This step only reads.",
			Undo:     "Nothing to undo: this step makes no change.",
			Controls: []string{"ACCT.02", "ACCT.05", "ACCT.13"},
		},
	}, questions, inspect, planned)
}

// Case says which of the situations a founder can be in this is.
type Case string

// The cases. They are the values of the fact welcome.case.
const (
	// Standalone: the account belongs to no organization yet.
	Standalone Case = "standalone"
	// Manager: the account is the management account of its own organization.
	Manager Case = "management"
	// Member: somebody else's organization holds the account.
	Member Case = "member"
	// Project: the account came from the new AWS sign-up, where AWS itself runs the organization.
	Project Case = "project"
	// Refused: the caller may not read the organization.
	Refused Case = "refused"
	// Inactive: AWS has not finished checking the new account.
	Inactive Case = "inactive"
)

// planFree is the plan of GetAccountPlanState that creating an organization ends.
const planFree = "FREE"

// us-east-1 is where the global services are (IAM, Organizations, Free Tier).
const globalRegion = "us-east-1"

// State is what the welcome step found.
type State struct {
	Caller     plan.Caller
	Home       string // home Region of the profile, a first guess for the question
	Case       Case
	Code       string // the AWS error code behind Refused and Inactive
	Management string // id of the organization's management account, "" when standalone
	// ControlTower: AWS Control Tower made the organization and keeps it as it is.
	ControlTower bool

	PlanType string // FREE, PAID or "" when AWS does not say
	Credits  string // what is left, e.g. "120.00 USD"; "" when unknown
	PlanEnds string // date, e.g. "2027-04-01"; "" when unknown

	SummaryKnown bool // whether the four below were readable
	RootMFA      bool
	RootKeys     int
	RootKeyInUse bool // the requests of this run are signed with one of them
	// UserKeys are the names of the IAM users with at least one active access key, sorted.
	UserKeys []string
}

// Facts implements steps.State.
func (s State) Facts() map[string]string {
	facts := map[string]string{
		"caller.kind":        string(s.Caller.Kind),
		"plan.type":          s.PlanType,
		"plan.credits":       s.Credits,
		"welcome.case":       string(s.Case),
		"welcome.may_create": "false",
	}
	if s.own() {
		facts[plan.AccountFact(plan.Management)] = s.Caller.Account
	}
	if s.ControlTower {
		facts[steps.ControlTowerFact] = "true"
	}
	if s.Case == Standalone {
		facts["welcome.may_create"] = "true"
	}
	return facts
}

// own reports whether the wizard can work from this account.
func (s State) own() bool { return s.Case == Standalone || s.Case == Manager }
