// Package organization is the step that makes the organization: all features, guardrail policies switched on, two
// organizational units, and one account per purpose. What exists is adopted, by e-mail address or by name.
package organization

import (
	"slices"
	"strings"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// Step returns the organization step.
func Step() steps.Step {
	return steps.WithUndo(steps.Define(steps.Step{
		Name:  name,
		Title: title,
		About: steps.About{
			Why:      "An organization holds several AWS accounts under one bill. Separate accounts keep a mistake in development away from production, and the logs away from both.",
			What:     "The organization with all its features, two groups of accounts (Security and Workloads), and one account for each purpose you name.",
			Cost:     "Free: the organization, its units and its accounts cost nothing. On the free plan, making one ends the free credits; you are asked first.",
			Undo:     "Units and settings are taken back at once. An account is closed only with your word for it: it is gone 90 days later, and its address cannot be used again. The organization can be deleted only after that.",
			Controls: []string{"ACCT.02"},
		},
	}, questions, inspect, planned), undone)
}

const (
	name  = "organization"
	title = "Organization and accounts"
	// globalRegion is where Organizations is called and signed for.
	globalRegion = "us-east-1"
	// scpType is the policy type guardrails need.
	scpType = "SERVICE_CONTROL_POLICY"
)

// The states of an account that count as usable, as Account.State has them.
const (
	stateActive  = "ACTIVE"
	statePending = "PENDING_ACTIVATION"
)

// State is what Inspect found of the organization.
type State struct {
	Caller string // the caller's account id
	Exists bool
	// Refused is the AWS error code when the organization could not be read.
	Refused string

	ID, ARN         string
	Management      string // id of the management account
	ManagementEmail string
	AllFeatures     bool // false: consolidated billing only
	Root            string
	PolicyTypes     map[string]string // type → ENABLED, PENDING_ENABLE …
	Trusted         []string          // service principals with trusted access
	TrustedRefused  string            // AWS error code when they could not be read
	Units           []Unit
	Accounts        []Account         // members and the management account, by id
	Making          []Request         // accounts AWS is making right now
	AccountLimit    int               // the quota, 0 when unknown
	LimitCode       string            // the quota's code, "" when unknown or when AWS does not raise it
	Raise           Raise             // what was asked for last, read when the accounts of the answers do not fit
	Wanted          []answers.Account // the accounts of the answers when this was read
}

// Unit is one organizational unit, at any depth.
type Unit struct{ ID, Name, Parent string }

// Account is one account of the organization.
type Account struct {
	ID, Name, Email string
	State           string // ACTIVE, PENDING_ACTIVATION, SUSPENDED, PENDING_CLOSURE, CLOSED
	Parent          string // id of the root or unit it is in; "" when unknown
}

// Raise is a request for a higher quota of accounts.
type Raise struct {
	Status string // PENDING, CASE_OPENED, APPROVED, DENIED, CASE_CLOSED, NOT_APPROVED, INVALID_REQUEST
	To     int
}

// asked reports whether AWS has still to decide about more accounts, or its yes has still to arrive.
func (s State) asked() bool {
	return s.Raise.To > s.AccountLimit && slices.Contains([]string{"PENDING", "CASE_OPENED", "APPROVED"}, s.Raise.Status)
}

// Request is a CreateAccount that AWS has not finished.
type Request struct{ ID, Name string }

// usable reports whether the account can be worked with.
func (a Account) usable() bool { return a.State == stateActive || a.State == statePending }

// manages reports whether the organization exists and the caller's account is its management account.
func (s State) manages() bool { return s.Exists && s.Management == s.Caller }

// account finds the account that a wanted one stands for: by address, which is unique at AWS, then by name, then by a
// name that is commonly given to the same thing.
func (s State) account(want answers.Account) (Account, bool) {
	if have, ok := s.exactly(want); ok {
		return have, true
	}
	return s.first(func(a Account) bool { return meaning(keyOf(a.Name)) == meaning(want.Key()) })
}

// exactly finds the account with the wanted address or else the wanted name.
func (s State) exactly(want answers.Account) (Account, bool) {
	if have, ok := s.first(func(a Account) bool { return want.Email != "" && strings.EqualFold(a.Email, want.Email) }); ok {
		return have, true
	}
	return s.first(func(a Account) bool { return keyOf(a.Name) == want.Key() })
}

func (s State) first(match func(Account) bool) (Account, bool) {
	for _, a := range s.Accounts {
		if a.usable() && a.ID != s.Management && match(a) {
			return a, true
		}
	}
	return Account{}, false
}

// meaning puts names that are commonly given to the same account under one name, so that an organization made by hand
// does not get a second one.
func meaning(key string) string {
	switch key {
	case "prod", "prd", "live":
		return "production"
	case "dev", "develop":
		return "development"
	case "audit", "log", "logs", "logging", "log-archive", "logarchive":
		return "security"
	}
	return key
}

// Facts implements steps.State. The accounts of the answers have the keys of the answers; the others have the key of
// their name.
func (s State) Facts() map[string]string {
	if !s.manages() {
		return nil
	}
	facts := map[string]string{
		"organization.id":                 s.ID,
		"organization.arn":                s.ARN,
		"organization.root":               s.Root,
		"organization.management":         s.Management,
		plan.AccountFact(plan.Management): s.Management,
	}
	for _, unit := range slices.Backward(s.Units) { // the first of a name wins
		facts[unitFact(unit.Name)] = unit.ID
	}
	var active []string
	for _, acc := range slices.Backward(s.Accounts) {
		if !acc.usable() {
			continue
		}
		active = append(active, acc.ID)
		if key := keyOf(acc.Name); key != "" && acc.ID != s.Management && key != plan.Management {
			facts[plan.AccountFact(key)] = acc.ID
		}
	}
	for _, want := range s.Wanted {
		if have, ok := s.account(want); ok {
			facts[plan.AccountFact(want.Key())] = have.ID
		}
	}
	slices.Sort(active)
	facts["organization.accounts"] = strings.Join(active, ",")
	return facts
}

func unitFact(unit string) string   { return "organization.unit." + keyOf(unit) }
func requestFact(key string) string { return "organization.request." + key }

// keyOf is the reference an account or unit of that name has in facts and ids.
func keyOf(name string) string { return answers.Account{Name: name}.Key() }
