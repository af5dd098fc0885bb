// Package guardrails is the step that puts service control policies above all member accounts: no member root, no
// leaving, no long-lived keys, protected logs and roles, and optionally a list of Regions and no commitments. The
// management account is never touched by them, so it can always take them off. Beside them stand declarative policies,
// which set S3 and EC2 in all accounts, and central root access. The documents are the files in policies/.
package guardrails

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// Step returns the guardrails step.
func Step() steps.Step {
	return steps.WithUndo(steps.Define(steps.Step{
		Name:       name,
		Title:      title,
		LooksAfter: []string{"organization"},
		About: steps.About{
			Why: "Guardrails are rules above your accounts that even an account's administrator cannot switch off. They do not apply to this management account. " +
				"Company-wide settings close S3 to the public and make new machines safer, here too. The root users of your accounts are kept without passwords and keys.",
			What: "Policies on your member accounts: no root, no leaving, no long-lived keys, protected logs and logins. If you choose Regions, only those can be used.",
			Cost: "Free.",
			Undo: "Each rule is detached in seconds from this account, which the rules never touch: nobody can be locked out. " +
				"Settings go back to what each account had. Deleted root keys cannot be had back; you type a word before each.",
			Controls: []string{"ACCT.02", "ACCT.06", "ACCT.08", "ACCT.17"},
		},
	}, questions, inspect, planned), undone)
}

const (
	name         = "guardrails"
	title        = "Guardrails"
	globalRegion = "us-east-1"
	scpType      = types.PolicyTypeServiceControlPolicy
	s3Type       = types.PolicyTypeS3Policy
	ec2Type      = types.PolicyTypeDeclarativePolicyEc2
	// iamPrincipal is the service that manages members' root users.
	iamPrincipal = "iam.amazonaws.com"
	// mostAttached is how many policies of this type one target holds, FullAWSAccess among them (AWS Organizations
	// quotas since 15 May 2026; 5 before). Ours and FullAWSAccess are never more than 5 on one target.
	mostAttached = 10
	// rootFact holds the id of the organization's root.
	rootFact = "organization.root"
)

// declarativeTypes are the types of declarative policy the step uses.
var declarativeTypes = []types.PolicyType{s3Type, ec2Type}

// State is what Inspect found of the policies.
type State struct {
	Caller     string
	Exists     bool
	Management string // id of the organization's management account
	RootID     string // id of the organization's root
	Refused    string // AWS error code when the policies could not be read
	Policies   []Policy
	// Attached lists the ids of the policies directly on each target that was looked at: the root and the units
	// known as facts.
	Attached map[string][]string
	// Targets lists, by id of a policy of ours, all it is attached to.
	Targets map[string][]string
	// Types are the declarative policies, by type.
	Types     map[types.PolicyType]TypeState
	TrustsIAM bool // IAM has trusted access, which central root access needs
	Root      RootAccess
	Trial     Trial
	Storage   []Storage // by account, the management account first
}

// TypeState is what is known of a type of declarative policy: it says how accounts are set, rather than what is
// forbidden, and binds the management account too when it is on the root.
type TypeState struct {
	Refused  *steps.Refusal // it could not be read: the type is not offered here
	On       bool           // switched on, or being so
	Policies []Policy
	Attached []string // ids of the policies on the root
}

// Policy is one service control policy of the customer's; AWS's own FullAWSAccess is not among them.
type Policy struct{ ID, Name, Content string }

// Facts implements steps.State.
func (s State) Facts() map[string]string {
	facts := map[string]string{}
	for _, g := range all() {
		if p, ok := s.policy(g.policyName()); ok {
			facts[g.fact()] = p.ID
		}
	}
	if s.Exists && s.Refused == "" {
		facts[othersFact] = s.others()
	}
	for _, p := range s.Policies {
		maps.Copy(facts, ruleOf(p).Facts())
	}
	for _, g := range declarative() {
		if p, ok := s.Types[g.kind].policy(g); ok {
			facts[g.fact()] = p.ID
		}
	}
	return facts
}

// othersFact holds the names of the service control policies that are not ours, "none" when there are none: switching the
// kind off would detach them.
const othersFact = "guardrails.others"

func (s State) others() string {
	var names []string
	for _, p := range s.Policies {
		if !ours(p) {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// ours reports whether a policy has a name of ours.
func ours(p Policy) bool {
	return slices.ContainsFunc(all(), func(g guardrail) bool { return g.policyName() == p.Name })
}

func (s State) policy(name string) (Policy, bool) {
	i := slices.IndexFunc(s.Policies, func(p Policy) bool { return p.Name == name })
	if i < 0 {
		return Policy{}, false
	}
	return s.Policies[i], true
}

// on returns the policies of the customer's that are directly on any of the targets.
func (s State) on(targets ...string) []Policy {
	var out []Policy
	for _, p := range s.Policies {
		if slices.ContainsFunc(targets, func(t string) bool { return slices.Contains(s.Attached[t], p.ID) }) {
			out = append(out, p)
		}
	}
	return out
}

// place is where all calls of this step run.
func place() plan.Place { return plan.Place{Account: plan.Management, Region: globalRegion} }
