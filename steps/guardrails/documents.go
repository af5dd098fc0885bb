package guardrails

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"awswizard/internal/answers"
)

// The documents, indented to be read. AWS counts every character it is sent, so they are sent without the spaces.
//
//go:embed policies/*.json
var documents embed.FS

// mostBytes is the size a document may have: 5,120 was AWS's limit until 15 May 2026 (10,240 since), so a document
// below it is valid under both.
const mostBytes = 5120

// regionsMark stands in region-guard.json where the allowed Regions come.
const regionsMark = `"ALLOWED-REGIONS"`

// guardrail is one policy: its document and what a person reads about it.
type guardrail struct {
	name        string           // file name without .json
	description string           // the policy's own description in AWS, at most 512 characters
	why         string           // what it does, in plain words
	breaks      string           // what stops working, said before it is attached
	lift        string           // how a refusal is got round other than by detaching it
	root        bool             // attached to the root; otherwise to the units of the workload accounts
	kind        types.PolicyType // "" = service control policy
}

func (g guardrail) policyName() string { return "wizard-" + g.name }
func (g guardrail) fact() string       { return "guardrails." + g.name + ".id" }

// all returns the guardrails in the order they are attached.
func all() []guardrail {
	return []guardrail{
		{name: "org-guard", root: true,
			description: "No member root user, no leaving the organization, no Identity Center of a member's own.",
			why:         "It forbids the root users of member accounts (tasks started from here still work), leaving or closing from inside, and a second Identity Center.",
			breaks:      "Nothing in daily use, unless somebody works as the root user of a member account."},
		{name: "identity-guard",
			description: "No IAM users or access keys; the administration roles and the list of Regions stay as they are.",
			why:         "It forbids IAM users, access keys and their passwords, and protects the roles you administer with.",
			lift:        "Use roles instead: people sign in through the login portal, machines and CI take a role.",
			breaks:      "SES SMTP passwords, CodeCommit passwords, Bedrock API keys and old CI tools that need an access key can no longer be made."},
		{name: "security-guard",
			description: "Trails, detectors, encryption and public access settings stay on; no default VPCs.",
			why:         "It keeps logging and detection on, keeps the block on public S3 and the encryption of disks, and forbids new default networks (VPCs).",
			breaks:      "Tools in these accounts that switch those settings off are refused."},
		{name: regionGuard,
			description: "Work only in the Regions of the company.",
			why:         "It refuses work outside your Regions, where nobody would look for an intruder's machines. Global services stay usable.",
			lift:        "If you need that Region, add it to allowed_regions in your answers and start the wizard again.",
			breaks:      "Anything that runs in another Region can no longer be reached from the account."},
		{name: moneyGuard,
			description: "No purchases that bind for months or years.",
			why:         "It refuses what costs money for months or years at one click: reserved capacity, savings plans, Marketplace subscriptions, domains, Shield Advanced.",
			lift:        "Buy it from the management account, or set no_commitments to false in your answers and start the wizard again.",
			breaks:      "Buying these from your accounts, also Bedrock models that are sold through AWS Marketplace. From this management account you still can."},
	}
}

// The guardrails that are a choice.
const (
	regionGuard = "region-guard"
	moneyGuard  = "money-guard"
)

// chosen reports whether the answers ask for a guardrail: the Region guard when Regions are listed.
func (g guardrail) chosen(a answers.Answers) bool {
	switch g.name {
	case regionGuard:
		return len(a.AllowedRegions) > 0
	case moneyGuard:
		return a.NoCommitments
	}
	return true
}

// wanted returns the guardrails the answers ask for.
func wanted(a answers.Answers) []guardrail {
	return slices.DeleteFunc(all(), func(g guardrail) bool { return !g.chosen(a) })
}

// compact is a document as it stands in policies/, minified.
func compact(name string) (string, error) {
	raw, err := documents.ReadFile("policies/" + name + ".json")
	if err != nil {
		return "", fmt.Errorf("guardrails: %w", err)
	}
	var small bytes.Buffer
	if err := json.Compact(&small, raw); err != nil {
		return "", fmt.Errorf("guardrails: %s: %w", name, err)
	}
	return small.String(), nil
}

// document is the minified policy of a guardrail.
func document(g guardrail, a answers.Answers) (string, error) {
	small, err := compact(g.name)
	if err != nil {
		return "", err
	}
	var quoted []string
	for _, r := range regions(a) {
		q, err := json.Marshal(r)
		if err != nil {
			return "", fmt.Errorf("guardrails: Region %q: %w", r, err)
		}
		quoted = append(quoted, string(q))
	}
	text := strings.ReplaceAll(small, regionsMark, strings.Join(quoted, ","))
	if len(text) > mostBytes {
		return "", fmt.Errorf("guardrails: %s has %d characters, more than the %d AWS takes", g.name, len(text), mostBytes)
	}
	return text, nil
}

// regions are the allowed ones with home and us-east-1: there the control planes of IAM, CloudFront certificates,
// Billing and Route 53 are.
func regions(a answers.Answers) []string {
	list := append(slices.Clone(a.AllowedRegions), a.HomeRegion, globalRegion)
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(r string) bool { return r == "" })
}
