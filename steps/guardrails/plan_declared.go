package guardrails

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
)

// The declarative policies. They say how accounts are set and bind the management account, too.
var (
	s3Block = guardrail{name: "s3-block", kind: s3Type, root: true,
		description: "No public S3 buckets in any account.",
		why:         "No file in S3 can be open to everybody, in any account, also in those made later. Nobody in an account can switch that off.",
		breaks:      "Websites and downloads served straight from a bucket. Buckets that are open to everybody were looked for; single files made public one by one were not."}
	ec2Defaults = guardrail{name: "ec2-defaults", kind: ec2Type, root: true,
		description: "IMDSv2 for new instances; no public snapshots or images; no serial console.",
		why:         "New machines guard their credentials (IMDSv2), disk copies and machine images cannot be shared with everybody, and the serial console is off. It holds in all accounts and Regions.",
		breaks:      "Snapshots shared with everybody stop being shared. Programs from before 2020 may not understand IMDSv2 on new machines; running machines stay as they are."}
)

func declarative() []guardrail { return []guardrail{s3Block, ec2Defaults} }

// noPublicS3 is the document of s3Block, by which a policy of somebody else's is known as the same.
const noPublicS3 = `{"s3_attributes":{"public_access_block_configuration":{"@@assign":"all"}}}`

const wholeOrganization = "the root, over all accounts and this one"

// declare plans a declarative policy on the root: its type on, the policy as it should be, attached after what it waits for.
func declare(s State, g guardrail, after []string, f plan.Facts) []plan.Item {
	t := s.Types[g.kind]
	if t.Refused != nil {
		return []plan.Item{{Blocked: &plan.Blocked{ID: "guardrails/type/" + g.name, Step: name, Code: t.Refused.Code,
			What: "The company-wide setting " + g.name + " cannot be made.", Why: t.Refused.Why(f),
			Next: t.Refused.Next("Sign in as an administrator of the management account and start again.") + " If it stays so, AWS does not offer " + string(g.kind) + " to this organization."}}}
	}
	text, err := compact(g.name)
	if err != nil {
		return []plan.Item{{Blocked: &plan.Blocked{ID: policyID(g), Step: name, What: "The company-wide setting " + g.name + " cannot be made.",
			Why: err.Error(), Next: "This is a mistake of the wizard: please report it."}}}
	}
	policy, exists := t.policy(g)
	ours := exists && slices.Contains(t.Attached, policy.ID)
	if !ours && t.covers(text) {
		return nil // somebody else's says the same
	}
	var items []plan.Item
	if !t.On {
		items = append(items, plan.Item{Call: enableType(g)})
	}
	switch {
	case exists && !sameJSON(policy.Content, text):
		items = append(items, plan.Item{Call: update(g, text, policy)})
	case !exists:
		items = append(items, plan.Item{Call: create(g, text)})
	}
	if ours {
		return items
	}
	c := attach(g, target{rootFact, wholeOrganization, "root"})
	c.Undo = "Detach it from this account: every account gets its own setting back within minutes."
	for _, i := range items {
		c.After = append(c.After, i.Call.ID)
	}
	c.After = append(c.After, after...)
	return append(items, plan.Item{Call: c})
}

func (t TypeState) policy(g guardrail) (Policy, bool) {
	i := slices.IndexFunc(t.Policies, func(p Policy) bool { return p.Name == g.policyName() })
	if i < 0 {
		return Policy{}, false
	}
	return t.Policies[i], true
}

func (t TypeState) covers(text string) bool {
	return slices.ContainsFunc(t.Policies, func(p Policy) bool { return slices.Contains(t.Attached, p.ID) && sameJSON(p.Content, text) })
}

// sameJSON reports whether two documents hold the same values, however they are spaced.
func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

func enableType(g guardrail) *plan.Call {
	return call(plan.Call{
		ID: "guardrails/type/" + g.name, Title: "Switch on policies of the type " + string(g.kind), Effect: plan.Changes,
		Why:  "AWS keeps each type of policy off until it is wanted.",
		Undo: "Can be switched off at any time; that detaches all policies of the type.",
		Done: []string{"PolicyTypeAlreadyEnabledException"},
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).EnablePolicyType,
			func(f plan.Facts) *organizations.EnablePolicyTypeInput {
				return &organizations.EnablePolicyTypeInput{RootId: aws.String(f.Get(rootFact)), PolicyType: g.kind}
			}),
	})
}

// publicStorage plans the end of public S3: each account without a public bucket is closed for itself, and when no
// account has one, a policy above all accounts keeps it so. What is public now waits for a person.
func publicStorage(s State, a answers.Answers, f plan.Facts) []plan.Item {
	refs := references(a, f)
	var items []plan.Item
	var puts, cut []string
	var later []plan.Place
	for _, acc := range s.Storage {
		ref := reference(refs, acc.Account)
		switch {
		case acc.NoEntry:
			later = append(later, plan.Place{Account: ref, Region: a.HomeRegion})
		case acc.Refused != nil || len(acc.Unseen) > 0:
			items = append(items, plan.Item{Blocked: unseen(acc, ref, f)})
			cut = append(cut, ref)
		case acc.Blocked:
		case len(acc.Public) > 0:
			items = append(items, plan.Item{Blocked: public(acc, ref)})
			cut = append(cut, ref)
		default:
			c := blockAccount(acc, ref, a.HomeRegion)
			items = append(items, plan.Item{Call: c})
			puts = append(puts, c.ID)
		}
	}
	why := "Whoever is signed in now cannot look into these accounts. Sign in as yourself first; then we look for public buckets, and the company-wide block follows."
	covered := s.Types[s3Type].covers(noPublicS3)
	if len(later) == 0 && !covered { // an account made under the policy is closed from its first day
		why = "The accounts do not exist yet."
		for _, acc := range a.Accounts {
			if _, known := f.Lookup(plan.AccountFact(acc.Key())); !known {
				later = append(later, plan.Place{Account: acc.Key(), Region: a.HomeRegion})
			}
		}
	} else if len(later) > 0 {
		cut = append(cut, "the others")
	}
	if len(later) > 0 {
		items = append(items, plan.Item{Later: &plan.Later{ID: "guardrails/s3/later", Step: name, Title: "Close S3 to the public in the accounts",
			Why: why, Operations: []string{"s3control:PutPublicAccessBlock"}, Places: later, MostCalls: len(later)}})
	}
	switch policy, exists := s.Types[s3Type].policy(s3Block); {
	case a.BlockPublicS3 == answers.S3ByAccount:
		if exists && slices.Contains(s.Types[s3Type].Attached, policy.ID) {
			items = append(items, plan.Item{Call: detach(s3Block, target{rootFact, wholeOrganization, "root"}, policy.ID,
				"You chose to keep S3 closed account by account. Each account gets its own setting back.")})
		}
	case len(cut) == 0 || covered:
		items = append(items, declare(s, s3Block, puts, f)...)
	}
	return items
}

// public says which buckets are open to everybody, and how to publish without that.
func public(acc Storage, ref string) *plan.Blocked {
	var names []string
	for _, b := range acc.Public {
		named := b.Name
		if b.Website {
			named += " (set up as a website)"
		}
		names = append(names, named)
	}
	return &plan.Blocked{ID: "guardrails/s3/public/" + ref, Step: name,
		What: fmt.Sprintf("S3 stays open to the public in %s, and with it the company-wide block waits.", ref),
		Why:  fmt.Sprintf("Everybody can read %s. The block would cut off its visitors at once.", strings.Join(names, ", ")),
		Next: "If nobody needs it public, close the bucket in the S3 console (Permissions, Block public access). If it is meant to be public, " +
			"put CloudFront with origin access control before it, then close it. Then start the wizard again."}
}

func unseen(acc Storage, ref string, f plan.Facts) *plan.Blocked {
	b := &plan.Blocked{ID: "guardrails/s3/look/" + ref, Step: name,
		What: "Whether " + ref + " has public buckets could not be seen, so S3 stays as it is there, and the company-wide block waits.",
		Next: "Let an administrator of the account look, then start the wizard again."}
	if acc.Refused != nil {
		b.Why, b.Code, b.Next = acc.Refused.Why(f), acc.Refused.Code, acc.Refused.Next(b.Next)
	} else {
		b.Why = "AWS did not let us look at " + strings.Join(acc.Unseen, ", ") + "."
	}
	return b
}

func blockAccount(acc Storage, ref, region string) *plan.Call {
	undo := "Delete the setting again (s3control:DeletePublicAccessBlock): seconds."
	var before map[string]string
	if acc.Settings != "" {
		undo = "The earlier settings can be written back: seconds."
		before = map[string]string{settingsBefore: string(acc.Settings)}
	}
	return &plan.Call{
		ID: "guardrails/s3/account/" + ref, Step: name, Lane: "guardrails/s3", Where: plan.Place{Account: ref, Region: region},
		Title: "Close S3 to the public in " + ref, Effect: plan.Changes, IAMAction: plan.IAMAction("s3control", "PutPublicAccessBlock"),
		Why:     "We looked: no bucket in this account is open to everybody. This keeps it so, for all buckets and Regions of the account.",
		Undo:    undo,
		Wait:    map[string]time.Duration{"OptInRequired": time.Minute},
		Request: putBlock(ref, allBlocked), Before: before,
	}
}

// Settings are the four public access settings of an account, each "1" for on: BlockPublicAcls, IgnorePublicAcls,
// BlockPublicPolicy, RestrictPublicBuckets. "" is none.
type Settings string

const (
	allBlocked Settings = "1111"
	// settingsBefore is the key of an account's earlier settings in plan.Call.Before.
	settingsBefore = "PublicAccessBlockConfiguration"
)

func (s Settings) on(i int) *bool { return aws.Bool(i < len(s) && s[i] == '1') }

func putBlock(ref string, s Settings) plan.Request {
	return plan.To(s3control.NewFromConfig, (*s3control.Client).PutPublicAccessBlock,
		func(f plan.Facts) *s3control.PutPublicAccessBlockInput {
			return &s3control.PutPublicAccessBlockInput{AccountId: aws.String(f.AccountID(ref)),
				PublicAccessBlockConfiguration: &controltypes.PublicAccessBlockConfiguration{BlockPublicAcls: s.on(0),
					IgnorePublicAcls: s.on(1), BlockPublicPolicy: s.on(2), RestrictPublicBuckets: s.on(3)}}
		})
}

// detach takes a policy off a target because the answers do not want it there.
func detach(g guardrail, t target, id, why string) *plan.Call {
	return call(plan.Call{
		ID: "guardrails/detach/" + g.name + "/" + t.key, Title: fmt.Sprintf("Detach the %s %s from %s", g.noun(), g.name, t.label), Effect: plan.Deletes,
		Why:  why,
		Undo: "Attach it again at any time.",
		Done: []string{"PolicyNotAttachedException"},
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).DetachPolicy,
			func(f plan.Facts) *organizations.DetachPolicyInput {
				return &organizations.DetachPolicyInput{PolicyId: aws.String(id), TargetId: aws.String(f.Get(t.fact))}
			}),
	})
}

// noun is what a person reads for a guardrail: rules that forbid, or settings that hold everywhere.
func (g guardrail) noun() string {
	if g.kind == "" {
		return "guardrail"
	}
	return "company-wide setting"
}

// policyType is the policy type of a guardrail; most are service control policies.
func (g guardrail) policyType() types.PolicyType {
	if g.kind == "" {
		return scpType
	}
	return g.kind
}
