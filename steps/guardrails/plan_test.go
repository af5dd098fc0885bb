package guardrails

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

const (
	management = "111111111111"
	rootID     = "r-acme"
	workloads  = "ou-acme-work0000"
	fullAccess = "p-FullAWSAccess"
	production = "333333333333"
)

func founder() answers.Answers {
	return answers.Answers{Company: "Acme Robotics", Email: "aws@acme-robotics.example", HomeRegion: "eu-west-1"}.WithDefaults()
}

// known are the facts of the organization step.
func known() map[string]string {
	return map[string]string{"account.management.id": management, "account.security.id": "222222222222", "account.production.id": production,
		"account.development.id": "444444444444", rootFact: rootID, "organization.unit.workloads": workloads, "organization.unit.security": "ou-acme-sec00000"}
}

// text is the document of a guardrail as it is sent.
func text(t *testing.T, name string, a answers.Answers) string {
	t.Helper()
	for _, g := range all() {
		if g.name == name {
			doc, err := document(g, a)
			if err != nil {
				t.Fatal(err)
			}
			return doc
		}
	}
	t.Fatalf("no guardrail %s", name)
	return ""
}

// bare is a new organization: nothing but AWS's own policy.
func bare() State {
	return State{Caller: management, Exists: true, Management: management, RootID: rootID, Attached: map[string][]string{
		rootID: {fullAccess}, workloads: {fullAccess}, "ou-acme-sec00000": {fullAccess},
	}, Types: map[types.PolicyType]TypeState{s3Type: {}, ec2Type: {}},
		Storage: []Storage{{Account: management}, {Account: "222222222222"}, {Account: production}, {Account: "444444444444"}}}
}

// done is the state the plan is meant to reach.
func done(t *testing.T, a answers.Answers) State {
	s := bare()
	for _, g := range wanted(a) {
		id := "p-" + strings.ReplaceAll(g.name, "-", "")
		s.Policies = append(s.Policies, Policy{ID: id, Name: g.policyName(), Content: text(t, g.name, a)})
		where := workloads
		if g.root {
			where = rootID
		}
		s.Attached[where] = append(s.Attached[where], id)
	}
	for _, g := range declarative() {
		content, err := compact(g.name)
		if err != nil {
			t.Fatal(err)
		}
		s.Types[g.kind] = TypeState{On: true, Attached: []string{"p-" + g.name}, Policies: []Policy{{ID: "p-" + g.name, Name: g.policyName(), Content: content}}}
	}
	s.TrustsIAM, s.Root.Features = true, []string{"RootCredentialsManagement", "RootSessions"}
	for i := range s.Storage {
		s.Storage[i].Blocked = true
		if i > 0 {
			s.Root.Audits = append(s.Root.Audits, Audit{Account: s.Storage[i].Account})
		}
	}
	return s
}

type planCase struct {
	state   State
	facts   map[string]string
	answers answers.Answers
}

func (c planCase) plan() ([]plan.Item, plan.Facts) {
	f := plan.NewFacts(c.facts).With(c.state.Facts())
	return planned(c.state, c.answers, f), f
}

func cases(t *testing.T) map[string]planCase {
	a := founder()
	regional := founder()
	regional.AllowedRegions = []string{"eu-west-1", "eu-central-1"}
	half := done(t, a)
	half.Policies = half.Policies[:2]
	half.Attached[workloads] = []string{fullAccess}
	drifted := done(t, a)
	drifted.Policies[1].Content = `{"Version":"2012-10-17","Statement":[]}`
	drifted.Attached[workloads] = []string{fullAccess, "p-identityguard"}
	crowded := bare()
	for n := range 8 {
		id := fmt.Sprintf("p-theirs%d", n)
		crowded.Policies = append(crowded.Policies, Policy{ID: id, Name: id, Content: `{"Statement":[]}`})
		crowded.Attached[workloads] = append(crowded.Attached[workloads], id)
	}
	joined := done(t, a) // an account that was made elsewhere has joined
	joined.Root.Audits = append(joined.Root.Audits, Audit{Account: "555555555555", Password: true, Devices: []string{"arn:aws:iam::555555555555:mfa/root-account-mfa-device"},
		Certificates: []string{"CERT1"}, Keys: []Key{{ID: "AKIAUSED", Active: true, LastUsed: time.Date(2026, 10, 3, 0, 0, 0, 0, time.UTC)}, {ID: "AKIANEVER"}}},
		Audit{Account: "666666666666", Refused: &steps.Refusal{Code: "AccessDenied", Message: "not authorized to perform: sts:AssumeRoot"}},
		Audit{Account: "777777777777", Refused: &steps.Refusal{Code: "ServiceFailure", Message: "try later"}})
	open := bare() // somebody publishes from a bucket
	open.Storage[2].Public = []Bucket{{Name: "acme-site", Website: true}, {Name: "acme-downloads"}}
	open.Storage[3].Unseen = []string{"acme-strange"}
	open.Storage[1].Settings = "1100"
	byAccount := founder()
	byAccount.BlockPublicS3 = answers.S3ByAccount
	asRoot := bare() // root cannot enter the members
	for i := range asRoot.Storage[1:] {
		asRoot.Storage[i+1].NoEntry = true
	}
	without := done(t, a) // AWS does not offer something
	without.Types = map[types.PolicyType]TypeState{s3Type: {Refused: &steps.Refusal{Code: "InvalidInputException", Message: "no such type"}}, ec2Type: {Refused: &steps.Refusal{Message: "no answer"}}}
	without.Root = RootAccess{Refused: &steps.Refusal{Code: "AccessDenied", Message: "not allowed"}}
	changed := regional // the answers no longer ask for what is there
	changed.NoCommitments = true
	narrower, elsewhere := founder(), founder()
	narrower.AllowedRegions, elsewhere.AllowedRegions = []string{"eu-west-1"}, []string{"eu-west-1", "ap-south-1"}
	theirText := done(t, narrower) // somebody wrote another rule into it
	theirText.Policies[3].Content = `{"Version":"2012-10-17","Statement":[]}`
	return map[string]planCase{
		"more-regions":      {state: done(t, narrower), facts: known(), answers: regional},
		"fewer-regions":     {state: done(t, regional), facts: known(), answers: narrower},
		"other-regions":     {state: done(t, regional), facts: known(), answers: elsewhere},
		"regions-changed":   {state: theirText, facts: known(), answers: narrower},
		"no-longer-asked":   {state: done(t, changed), facts: known(), answers: a},
		"with-money":        {state: bare(), facts: known(), answers: changed},
		"joined":            {state: joined, facts: known(), answers: a},
		"public-buckets":    {state: open, facts: known(), answers: a},
		"by-account":        {state: done(t, a), facts: known(), answers: byAccount},
		"as-root":           {state: asRoot, facts: known(), answers: a},
		"not-offered":       {state: without, facts: known(), answers: a},
		"fresh":             {state: State{Caller: management}, answers: a},
		"bare-organization": {state: bare(), facts: known(), answers: a},
		"with-regions":      {state: bare(), facts: known(), answers: regional},
		"half":              {state: half, facts: known(), answers: a},
		"drift":             {state: drifted, facts: known(), answers: a},
		"done":              {state: done(t, a), facts: known(), answers: a},
		"slots":             {state: crowded, facts: known(), answers: a},
		"free-plan-refused": {state: State{Caller: management}, facts: map[string]string{"plan.type": "FREE"}, answers: a},
		"somebody-elses":    {state: State{Caller: management, Exists: true, Management: "999999999999"}, answers: a},
		"refused":           {state: State{Caller: management, Refused: "AccessDeniedException"}, answers: a},
	}
}

func TestPlans(t *testing.T) {
	for name, c := range cases(t) {
		t.Run(name, func(t *testing.T) {
			items, f := c.plan()
			if err := plan.Check(items); err != nil {
				t.Fatal(err)
			}
			again, _ := c.plan()
			if plan.Describe(items, f) != plan.Describe(again, f) || plan.Hash(items, f) != plan.Hash(again, f) {
				t.Error("planning twice gives two plans")
			}
			golden.RequireEqual(t, plan.Describe(items, f))
		})
	}
}

func TestForeseenStateNeedsNothing(t *testing.T) {
	regional := founder()
	regional.AllowedRegions = []string{"eu-central-1"}
	promoted := done(t, founder()) // attached to the root by hand, which reaches every unit
	promoted.Attached[rootID], promoted.Attached[workloads] = append(promoted.Attached[rootID], promoted.Attached[workloads][1:]...), []string{fullAccess}
	reformatted := done(t, founder())
	reformatted.Policies[0].Content = strings.NewReplacer(`"Resource":"*"`, `"Resource" : ["*"]`, "DenyMemberRoot", "Other", "organizations:Leave", "Organizations:leave").Replace(reformatted.Policies[0].Content)
	theirs := done(t, founder()) // the same rules, in policies of other names
	for kind, s := range theirs.Types {
		s.Policies[0].Name = "by-hand"
		theirs.Types[kind] = s
	}
	for i := range theirs.Policies {
		theirs.Policies[i].Name = fmt.Sprintf("by-hand-%d", i)
	}
	for name, c := range map[string]planCase{
		"as planned":     {state: done(t, founder()), answers: founder()},
		"with Regions":   {state: done(t, regional), answers: regional},
		"on the root":    {state: promoted, answers: founder()},
		"reformatted":    {state: reformatted, answers: founder()},
		"made by others": {state: theirs, answers: founder()},
	} {
		t.Run(name, func(t *testing.T) {
			c.facts = known()
			items, f := c.plan()
			if len(items) != 0 {
				t.Errorf("the plan is not empty:\n%s", plan.Describe(items, f))
			}
		})
	}
}

// AWS's default guardrail of organizations made in the console has one of our three statements: not enough.
func TestPartOfAGuardrailIsNotEnough(t *testing.T) {
	s := bare()
	s.Policies = []Policy{{ID: "p-console00", Name: "DenyLeaveOrganizationAndCloseAccount",
		Content: `{"Version":"2012-10-17","Statement":{"Sid":"DenyLeaveOrganizationAndCloseAccount","Effect":"Deny","Action":["account:CloseAccount","organizations:LeaveOrganization"],"Resource":"*"}}`}}
	s.Attached[rootID] = append(s.Attached[rootID], "p-console00")
	items, _ := planCase{state: s, facts: known(), answers: founder()}.plan()
	var ids []string
	for _, i := range items {
		ids = append(ids, i.ID())
	}
	if len(ids) < 2 || ids[0] != "guardrails/policy/org-guard" || ids[1] != "guardrails/attach/org-guard/root" {
		t.Errorf("org-guard is not planned: %v", ids)
	}
}

func TestFacts(t *testing.T) {
	want := map[string]string{"guardrails.org-guard.id": "p-orgguard", "guardrails.identity-guard.id": "p-identityguard", "guardrails.security-guard.id": "p-securityguard",
		"guardrails.s3-block.id": "p-s3-block", "guardrails.ec2-defaults.id": "p-ec2-defaults", "guardrails.others": "none"}
	got := done(t, founder()).Facts()
	rules := maps.Clone(got)
	maps.DeleteFunc(got, func(key, _ string) bool { return strings.HasPrefix(key, "rule.") })
	if !reflect.DeepEqual(got, want) {
		t.Errorf("facts are %v, want %v", got, want)
	}
	const denied = "User: x is not authorized to perform: %s on resource: * with an explicit deny in a service control policy"
	for action, guardrail := range map[string]string{"iam:CreateUser": "wizard-identity-guard", "cloudtrail:StopLogging": "wizard-security-guard", "guardduty:DisassociateMembers": "wizard-security-guard", "ec2:RunInstances": ""} {
		if r, _, byRule := plan.RuleOf(plan.NewFacts(rules), fmt.Sprintf(denied, action)); r.Name != guardrail || !byRule || r.Ours() != (guardrail != "") {
			t.Errorf("the rule that forbids %s is %+v, want %q", action, r, guardrail)
		}
	}
	if r, certain, _ := plan.RuleOf(plan.NewFacts(rules), fmt.Sprintf(denied, "x:Y")+": arn:aws:organizations::111122223333:policy/o-1/service_control_policy/p-orgguard"); r.Name != "wizard-org-guard" || !certain {
		t.Errorf("the ARN leads to %+v", r)
	}
}
