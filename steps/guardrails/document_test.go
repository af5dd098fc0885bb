package guardrails

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"awswizard/internal/doctest"
)

// note is what the document says of a statement beyond what stands in it.
type note struct{ why, breaks string }

var notes = map[string]note{
	"DenyLeaveAndClose": {"An intruder in one account could take it out of your organization, and out of your sight, or close it.",
		"Closing or moving an account is done from the management account."},
	"DenyMemberRoot": {"Nobody needs the root user of a member account, and nobody watches it.",
		"The few things only a root user can do. They are done from the management account, as a root task, which passes."},
	"DenyAccountIdentityCenter": {"People sign in through one place. A second one in some account would be a side door.",
		"Products that want an Identity Center of a single account's own, such as some trials of Amazon Q."},
	"DenyLongLivedIam": {"An access key or a password works until somebody deletes it, for whoever finds it. A role's session ends after hours.",
		"SES SMTP passwords, CodeCommit passwords, Bedrock API keys and CI tools without roles. What was made before goes on working."},
	"ProtectAdminRoles": {"Whoever could change the role the management account comes in with could lock you out. The sign-in roles belong to Identity Center.",
		"Editing these roles by hand. Change the permission set in Identity Center instead."},
	"ProtectSsoSamlProvider": {"Whoever could replace the sign-in provider could let in anybody.", "Nothing: Identity Center keeps it by itself."},
	"DenyRegionOptIn":        {"In a Region that you do not use, nobody looks.", "Switching on a further Region from inside the account. From the management account it is still possible."},
	"ProtectSecurityServices": {"The first thing an intruder does is to switch off the records and the alarms.",
		"Tools in an account that manage trails, GuardDuty, Config, Security Hub or Access Analyzer there. Reading them stays possible."},
	"DenyS3AccountPabChange": {"One wrong click could make files open to everybody.",
		"Opening an account's buckets to everybody. The setting above all accounts (`wizard-s3-block`) forbids it anyway."},
	"DenyEbsDefaultEncryptionOff": {"New disks are encrypted without anybody thinking of it, and that should stay so.",
		"Choosing another key for all new disks of a Region. A key for one disk can still be chosen."},
	"DenyDefaultVpc": {"A default network gives every machine a public address. The ones AWS makes were taken away on purpose.",
		"Guides that begin with “create a default VPC”. Networks of your own can be made."},
	"DenyOutsideHomeRegions": {"An intruder's machines usually run where nobody looks.",
		"Anything you run in a Region that is not on your list, also reading it. Global services and what they need stay usable everywhere."},
	"DenyCommitments": {"Some single clicks cost money for one to three years and cannot be taken back.",
		"Buying these from your accounts; also Bedrock models that are sold through AWS Marketplace. From the management account you still can."},
}

// TestDocumentOfGuardrails keeps docs/guardrails.md as the policies say, statement by statement. A statement without a note
// fails, and so does a note without a statement.
func TestDocumentOfGuardrails(t *testing.T) {
	var out strings.Builder
	out.WriteString(`# The guardrails, statement by statement

<!-- Made from steps/guardrails by TestDocumentOfGuardrails -update. -->

A guardrail is a policy of your organization: what it denies, nobody in a member account can do, whatever their own
permissions say. It gives no permissions. **None of the deny policies applies to the management account**, so that you can always take
them off from there: AWS console, AWS Organizations, Policies, the policy, Targets, Detach. It works within seconds, and ` + "`wizard undo\n--step guardrails`" + ` does it, too.

Before a guardrail is attached widely it is tried out: AWS's policy simulator is asked whether daily work still passes, and it is attached to
one account first. The role ` + "`OrganizationAccountAccessRole`" + `, by which the management account enters the others, is exempt where the
table says so. That is what repairs go through.

A refusal in an account reads “explicit deny in a service control policy”, mostly with the policy's id.
`)
	unused := map[string]bool{}
	for sid := range notes {
		unused[sid] = true
	}
	for _, g := range all() {
		choice := "Always attached."
		switch g.name {
		case regionGuard:
			choice = "Only when `allowed_regions` in your answers lists Regions."
		case moneyGuard:
			choice = "Only when `no_commitments` in your answers is true."
		}
		where := "the organizational units of your accounts"
		if g.root {
			where = "the root, above all accounts"
		}
		lift := g.lift
		if lift == "" {
			lift = "Do it from the management account, or detach the policy there for the time it takes."
		}
		fmt.Fprintf(&out, "\n## %s\n\n%s\n\n- **Attached to** %s. %s\n- **What may break.** %s\n- **How to lift it.** %s\n",
			g.policyName(), g.why, where, choice, g.breaks, lift)
		if g.name == regionGuard {
			out.WriteString("- **When the list changes.** The plan names the Regions it opens and closes, before anything is changed. What is in a Region that closes goes on running and costing, " +
				"and its account cannot reach it: delete or move it first. A private network of the wizard's and GuardDuty stay there, and the plan says so.\n")
		}
		out.WriteString("\n| statement | what it denies | who is exempt | why | what it may break | tried in the tests |\n| --- | --- | --- | --- | --- | --- |\n")
		for _, st := range statementsOf(t, g) {
			n, ok := notes[st.Sid]
			if !ok {
				t.Errorf("%s: nothing is written about the statement %s", g.name, st.Sid)
			}
			delete(unused, st.Sid)
			fmt.Fprintf(&out, "| `%s` | %s | %s | %s | %s | %s |\n", st.Sid, st.denies(), st.exempt(), n.why, n.breaks, triedOn(st.Sid))
		}
	}
	for sid := range unused {
		t.Errorf("a note is about the statement %s, which is in no policy", sid)
	}
	out.WriteString(`
## Settings for the whole organization

These deny nothing by themselves: they fix a setting in every account, **the management account included**. They are changed or taken off
in AWS Organizations, Policies, and each account then gets its own setting back.
`)
	for _, g := range declarative() {
		text, err := compact(g.name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "\n### %s\n\n%s\n\n- **What may break.** %s\n- **Document:** `%s`\n", g.policyName(), g.why, g.breaks, text)
	}
	doctest.Keep(t, "guardrails.md", out.String())
}

// ruleText is one statement of a policy, as JSON has it.
type ruleText struct {
	Sid               string
	Action, NotAction oneOrMore
	Resource          oneOrMore
	Condition         map[string]map[string]oneOrMore
}

type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(o))
}

func statementsOf(t *testing.T, g guardrail) []ruleText {
	t.Helper()
	raw, err := documents.ReadFile("policies/" + g.name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct{ Statement []ruleText }
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	return document.Statement
}

// denies is what the statement takes in.
func (s ruleText) denies() string {
	text := ""
	switch {
	case len(s.NotAction) > 0:
		text = "everything but " + codes(s.NotAction)
	case slices.Equal(s.Action, []string{"*"}):
		text = "everything"
	default:
		text = codes(s.Action)
	}
	if !slices.Equal(s.Resource, []string{"*"}) {
		text += " on " + codes(s.Resource)
	}
	if _, ok := s.Condition["StringNotEquals"]["aws:RequestedRegion"]; ok {
		text += ", outside your Regions and us-east-1"
	}
	if root, ok := s.Condition["ArnLike"]["aws:PrincipalArn"]; ok {
		text += ", for " + codes(root)
	}
	return text
}

// exempt is who is not bound by it.
func (s ruleText) exempt() string {
	var who []string
	if len(s.Condition["ArnNotLike"]["aws:PrincipalArn"]) > 0 {
		who = append(who, "the management account's role")
	}
	if slices.Equal(s.Condition["Null"]["aws:AssumedRoot"], []string{"true"}) {
		who = append(who, "root tasks from the management account")
	}
	if len(who) == 0 {
		return "nobody"
	}
	return strings.Join(who, ", ")
}

func codes(words []string) string {
	var out []string
	for _, w := range words {
		out = append(out, "`"+w+"`")
	}
	return strings.Join(out, ", ")
}

// triedOn are the requests that TestRules shows to be denied by the statement.
func triedOn(sid string) string {
	var out []string
	for _, r := range rules() {
		if r.denied == sid && !slices.Contains(out, "`"+r.action+"`") {
			out = append(out, "`"+r.action+"`")
		}
	}
	return strings.Join(out, ", ")
}
