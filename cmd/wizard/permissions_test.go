package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"awswizard/internal/cloud"
	"awswizard/internal/doctest"
	"awswizard/internal/plan"
)

// authorization begins the addresses of the Service Authorization Reference's pages.
const authorization = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_"

// besides are the permissions AWS asks for together with those of an operation, and where AWS says so.
var besides = map[string]struct{ actions, why, source string }{
	"accessanalyzer:CreateAnalyzer":      {"iam:CreateServiceLinkedRole", "AWS makes the role of Access Analyzer", authorization + "awsiamaccessanalyzer.html"},
	"budgets:CreateBudget":               {"iam:CreateServiceLinkedRole", "AWS may make the role of Budgets", authorization + "awsbudgetservice.html"},
	"budgets:DescribeBudgets":            {"billing:GetBillingViewData", "a budget counts what a view of the costs shows", authorization + "awsbudgetservice.html"},
	"cloudtrail:CreateTrail":             {"cloudtrail:AddTags iam:CreateServiceLinkedRole iam:GetRole organizations:ListAWSServiceAccessForOrganization", "the trail gets a tag, AWS makes the role of CloudTrail, and looks whether CloudTrail may see the organization", authorization + "awscloudtrail.html"},
	"cloudtrail:UpdateTrail":             {"iam:CreateServiceLinkedRole iam:GetRole organizations:ListAWSServiceAccessForOrganization", "as for CreateTrail, without the tag", authorization + "awscloudtrail.html"},
	"ec2:AllocateAddress":                createTags,
	"ec2:CreateInternetGateway":          createTags,
	"ec2:CreateNatGateway":               createTags,
	"ec2:CreateRouteTable":               createTags,
	"ec2:CreateSubnet":                   createTags,
	"ec2:CreateVpc":                      createTags,
	"ec2:CreateVpcEndpoint":              {"ec2:CreateTags ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs", "it is made with its tags, for what is there", authorization + "amazonec2.html"},
	"guardduty:CreateDetector":           {"iam:CreateServiceLinkedRole", "AWS makes the role of GuardDuty", guardDutyInOrganization},
	"lambda:CreateFunction":              {"iam:PassRole", "the role of the alerts is handed to Lambda", authorization + "awslambda.html"},
	"lambda:UpdateFunctionConfiguration": {"iam:PassRole", "the role of the alerts is handed to Lambda", "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"},
	"organizations:CreateOrganization":   {"iam:CreateServiceLinkedRole", "AWS makes the role AWSServiceRoleForOrganizations", authorization + "awsorganizations.html"},
	"s3:PutBucketReplication":            {"iam:PassRole", "the role that copies is handed to S3", authorization + "amazons3.html"},
	"guardduty:EnableOrganizationAdminAccount": {"organizations:EnableAWSServiceAccess organizations:RegisterDelegatedAdministrator organizations:ListDelegatedAdministrators " +
		"organizations:ListAWSServiceAccessForOrganization organizations:DescribeOrganizationalUnit organizations:DescribeAccount organizations:DescribeOrganization organizations:ListAccounts",
		"GuardDuty looks into the organization and becomes one of its services", guardDutyInOrganization},
}

const guardDutyInOrganization = "https://docs.aws.amazon.com/guardduty/latest/ug/organizations_permissions.html"

var createTags = struct{ actions, why, source string }{"ec2:CreateTags", "it is made with its tags", authorization + "amazonec2.html"}

// notAsked are dependent actions of the reference which the wizard's requests do not need.
var notAsked = map[string]string{
	"kms:Decrypt":                        "only where IAM Identity Center is encrypted with a key of your own; then the key's policy must let you, too",
	"lambda:PassCapacityProvider":        "only for functions on instances of your own",
	"route53:AssociateVPCWithHostedZone": "only for endpoints that have a name in your network; the wizard makes gateways, which have none",
}

// TestBesidesAreTheReference compares what the page says of second permissions with AWS's reference.
func TestBesidesAreTheReference(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/dependent-actions.txt")
	if err != nil {
		t.Fatal(err)
	}
	reference := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); !strings.HasPrefix(line, "#") {
			reference[words[0]] = words[1:]
		}
	}
	life, err := wholeLife()
	if err != nil {
		t.Fatal(err)
	}
	said, unused := map[string]bool{}, maps.Clone(notAsked)
	for _, requests := range life.requests {
		for _, s := range requests {
			operation := s.Service + ":" + s.Operation
			for _, action := range reference[plan.IAMAction(s.Service, s.Operation)] {
				also := strings.Fields(besides[operation].actions)
				if _, not := notAsked[action]; not {
					delete(unused, action)
				} else if !slices.Contains(also, action) && !said[operation+action] && sharing[operation] == "" {
					t.Errorf("%s needs %s, says AWS's reference; add it to besides, or to notAsked with the reason", operation, action)
					said[operation+action] = true
				}
			}
		}
	}
	for action := range unused {
		t.Errorf("%s is in no reference any more", action)
	}
	for operation, b := range besides {
		service, name, _ := strings.Cut(operation, ":")
		have := reference[plan.IAMAction(service, name)]
		for _, action := range strings.Fields(b.actions) {
			if strings.HasPrefix(b.source, authorization) && !slices.Contains(have, action) {
				t.Errorf("%s needs no %s, says AWS's reference", operation, action)
			}
		}
	}
}

// sharing are operations that share their permission with another one, which is the one that needs the second.
var sharing = map[string]string{
	"budgets:DeleteBudget":                       "makes no role",
	"budgets:DescribeNotificationsForBudget":     "is asked after DescribeBudgets, where it is said",
	"budgets:DescribeSubscribersForNotification": "is asked after DescribeBudgets, where it is said",
	"s3:DeleteBucketReplication":                 "hands over no role",
}

// needed is a permission, with where it is used and by which steps.
type needed struct {
	action     string
	operations []string
	write      bool
	management bool // asked for in the management account
	members    bool // asked for in the others
	steps      []string
}

// permissions collects what the requests need.
func (e *everyCall) permissions(steps ...string) []needed {
	all := map[string]*needed{}
	add := func(action, operation, step string, s cloud.Sent, write bool) {
		n := all[action]
		if n == nil {
			n = &needed{action: action}
			all[action] = n
		}
		n.write = n.write || write
		if s.Account == e.management || s.Account == "" {
			n.management = true
		} else {
			n.members = true
		}
		if !slices.Contains(n.operations, operation) {
			n.operations = append(n.operations, operation)
		}
		if !slices.Contains(n.steps, step) {
			n.steps = append(n.steps, step)
		}
	}
	for _, step := range steps {
		for _, s := range e.requests[step] {
			operation := s.Service + ":" + s.Operation
			class := cloud.Classify(s.Service, s.Operation)
			if class == cloud.Auth && s.Service != "sts" || operation == "sts:GetCallerIdentity" {
				continue // needs no permission
			}
			if class == cloud.Auth {
				s.Account = e.management // members are entered from there
			}
			add(plan.IAMAction(s.Service, s.Operation), operation, step, s, s.Write)
			for _, action := range strings.Fields(besides[operation].actions) {
				service, name, _ := strings.Cut(action, ":")
				add(action, operation, step, s, cloud.Classify(service, name) == cloud.Write && !strings.HasPrefix(name, "Get"))
			}
		}
	}
	var out []needed
	for _, action := range slices.Sorted(maps.Keys(all)) {
		n := all[action]
		slices.Sort(n.operations)
		out = append(out, *n)
	}
	return out
}

// narrow are the resources of the permissions that should not be given for everything.
var narrow = []struct {
	sid, resource string
	actions       []string
}{
	{"EnterYourAccounts", "arn:aws:iam::*:role/OrganizationAccountAccessRole", []string{"sts:AssumeRole"}},
	{"RootTasks", "arn:aws:iam::*:root", []string{"sts:AssumeRoot"}},
	{"FilesOfTheRecord", "arn:aws:s3:::org-trail-*/*", []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"}},
	{"HandOverRoles", "arn:aws:iam::*:role/org-*", []string{"iam:PassRole"}},
}

// mostOfAPolicy is how many characters AWS takes in a managed policy, spaces not counted.
const mostOfAPolicy = 6144

// policy is an IAM policy for the management account, as text.
func policy(t *testing.T, all []needed, write bool) string {
	t.Helper()
	type statement struct {
		Sid, Effect string
		Action      []string
		Resource    string
	}
	list := []*statement{{Sid: "Look", Effect: "Allow", Resource: "*"}, {Sid: "Change", Effect: "Allow", Resource: "*"}}
	of := map[string]*statement{}
	for _, n := range narrow {
		st := &statement{Sid: n.sid, Effect: "Allow", Resource: n.resource}
		list = append(list, st)
		for _, action := range n.actions {
			of[action] = st
		}
	}
	for _, n := range all {
		if !n.management || n.write && !write {
			continue
		}
		st := of[n.action]
		switch {
		case st != nil:
		case n.write:
			st = list[1]
		default:
			st = list[0]
		}
		st.Action = append(st.Action, n.action)
	}
	list = slices.DeleteFunc(list, func(st *statement) bool { return len(st.Action) == 0 })
	text, err := json.MarshalIndent(struct {
		Version   string
		Statement []*statement
	}{"2012-10-17", list}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(strings.Join(strings.Fields(string(text)), "")); n > mostOfAPolicy {
		t.Errorf("a policy has %d characters, more than the %d AWS takes", n, mostOfAPolicy)
	}
	return string(text)
}

// TestDocumentOfPermissions keeps docs/permissions.md as the requests of a whole set-up say.
func TestDocumentOfPermissions(t *testing.T) {
	t.Parallel()
	life, err := wholeLife()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	out.WriteString(`# The permissions needed

<!-- Made from the requests of a whole set-up on the simulated AWS by TestDocumentOfPermissions -update. -->

The plainest way is an administrator of the management account (the policy ` + "`AdministratorAccess`" + `), or root for the first hour: the wizard then
leads you to a sign-in of your own. If somebody wants to know exactly, or to give less, this page lists every permission by step.

- *Look* permissions are used by ` + "`wizard plan`, `status`, `check`, `report` and `export`" + `, and by every step before and after it acts.
- *Change* permissions are used only by calls that were shown and approved.
- **In the other accounts** the wizard enters by the role ` + "`OrganizationAccountAccessRole`" + `, which is an administrator there. You need
  nothing there yourself but the permission to take that role, from the management account.
- What you may not do is named with its reason, and the rest goes on. So a smaller policy does no harm: try it with ` + "`wizard plan`" + `.
- With ` + "`trail.bucket_prefix`" + ` in wizard.yaml, write your prefix in place of ` + "`org-trail`" + ` in the policies below.
- Where the organization has no room for the accounts you want, the wizard asks AWS for it. That needs two more in the management account:
  ` + "`servicequotas:ListRequestedServiceQuotaChangeHistoryByQuota`" + ` to look, and ` + "`servicequotas:RequestServiceQuotaIncrease`" + ` to ask.

| permission | for the operation | in | used by |
| --- | --- | --- | --- |
`)
	names := []string{}
	for _, s := range allSteps() {
		names = append(names, s.Name)
	}
	looking := slices.Concat(names, []string{"apply", "check", "export"})
	all := life.permissions(slices.Concat(looking, []string{"undo"})...)
	section := func(title string, write bool) {
		fmt.Fprintf(&out, "| **%s** | | | |\n", title)
		for _, n := range all {
			if n.write != write {
				continue
			}
			where := map[[2]bool]string{{true, false}: "management", {false, true}: "other accounts", {true, true}: "both"}[[2]bool{n.management, n.members}]
			fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", n.action, "`"+strings.Join(n.operations, "`, `")+"`", where, strings.Join(usedBy(n.steps), ", "))
		}
	}
	section("Look", false)
	section("Change", true)
	out.WriteString("\nSome calls need a second permission, which AWS asks for behind them:\n\n| operation | also needs | because | says |\n| --- | --- | --- | --- |\n")
	for _, operation := range slices.Sorted(maps.Keys(besides)) {
		b := besides[operation]
		fmt.Fprintf(&out, "| `%s` | `%s` | %s | [AWS](%s) |\n", operation, strings.Join(strings.Fields(b.actions), "`, `"), b.why, b.source)
	}
	out.WriteString("\nA test compares this with AWS's list of dependent actions. That list names three more, which these calls do not need:\n\n")
	for _, action := range slices.Sorted(maps.Keys(notAsked)) {
		fmt.Fprintf(&out, "- `%s`: %s.\n", action, notAsked[action])
	}
	fmt.Fprintf(&out, "\n## Looking only\n\nFor `wizard plan`, `status`, `check`, `report` and `export`, in the management account:\n\n```json\n%s\n```\n", policy(t, life.permissions(looking...), false))
	fmt.Fprintf(&out, "\n## Setting up\n\nFor `wizard` and `wizard apply`, in the management account:\n\n```json\n%s\n```\n", policy(t, life.permissions(slices.Concat(names, []string{"apply"})...), true))
	fmt.Fprintf(&out, "\n## Taking it back\n\nFor `wizard undo`, in the management account:\n\n```json\n%s\n```\n", policy(t, life.permissions("undo"), true))
	out.WriteString("\nA set-up was recorded for this page, on an account with nothing in it. What a step does only where something exists already, such as\nchanging a trail of yours, is named by `wizard plan` with its permission (`iam_action` in `--json`).\n")
	doctest.Keep(t, "permissions.md", out.String())
}

// usedBy names the users; the start of a run belongs to all.
func usedBy(steps []string) []string {
	out := slices.Clone(steps)
	for i, s := range out {
		if s == "apply" {
			out[i] = "every start"
		}
	}
	return out
}
