package guardrails

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/answers"
	"awswizard/internal/sandbox"
)

// Who asks, in an account under the guardrails.
const (
	person     = "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Administrator_0123456789abcdef"
	program    = "arn:aws:iam::333333333333:role/app"
	breakGlass = "arn:aws:iam::333333333333:role/OrganizationAccountAccessRole"
	namesake   = "arn:aws:iam::333333333333:role/team/OrganizationAccountAccessRole"
	memberRoot = "arn:aws:iam::333333333333:root"
	rootTask   = "root task"
)

var whoIs = map[string]string{person: "an administrator, signed in", program: "a program's role", breakGlass: "the management account's role",
	namesake: "a role of that name elsewhere", memberRoot: "the root user", rootTask: "a root task from the management account"}

// rule is one row: who asks for what, and the statement that denies it, "" when all let it pass.
type rule struct{ who, action, resource, region, denied string }

func rules() []rule {
	const ssoRole = "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef"
	const provider = "arn:aws:iam::333333333333:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"
	var out []rule
	add := func(denied, resource, region string, actions ...string) {
		for _, action := range actions {
			out = append(out, rule{person, action, resource, region, denied})
		}
	}
	// What each statement is there for.
	add("DenyLeaveAndClose", "", "us-east-1", "organizations:LeaveOrganization", "account:CloseAccount")
	add("DenyAccountIdentityCenter", "", "eu-west-1", "sso:CreateInstance")
	add("DenyLongLivedIam", "arn:aws:iam::333333333333:user/ci", "us-east-1", "iam:CreateUser", "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:CreateServiceSpecificCredential")
	add("ProtectAdminRoles", breakGlass, "us-east-1", "iam:CreateRole", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary")
	add("ProtectAdminRoles", ssoRole, "us-east-1", "iam:PutRolePolicy", "iam:DetachRolePolicy", "iam:TagRole")
	add("ProtectSsoSamlProvider", provider, "us-east-1", "iam:UpdateSAMLProvider", "iam:DeleteSAMLProvider")
	add("DenyRegionOptIn", "", "us-east-1", "account:EnableRegion", "account:DisableRegion")
	add("ProtectSecurityServices", "", "eu-west-1", "cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:PutEventSelectors", "guardduty:DeleteDetector",
		"guardduty:DisassociateFromAdministratorAccount", "config:StopConfigurationRecorder", "securityhub:DisableSecurityHub", "access-analyzer:DeleteAnalyzer")
	add("DenyS3AccountPabChange", "", "eu-west-1", "s3:PutAccountPublicAccessBlock")
	add("DenyEbsDefaultEncryptionOff", "", "eu-west-1", "ec2:DisableEbsEncryptionByDefault", "ec2:ModifyEbsDefaultKmsKeyId", "ec2:ResetEbsDefaultKmsKeyId")
	add("DenyDefaultVpc", "", "eu-west-1", "ec2:CreateDefaultVpc", "ec2:CreateDefaultSubnet")
	add("DenyOutsideHomeRegions", "", "ap-south-1", "ec2:RunInstances", "ec2:DescribeInstances", "lambda:CreateFunction", "s3:CreateBucket", "sagemaker:CreateEndpoint")
	add("DenyCommitments", "", "us-east-1", "ec2:PurchaseReservedInstancesOffering", "savingsplans:CreateSavingsPlan", "aws-marketplace:Subscribe",
		"route53domains:RegisterDomain", "rds:PurchaseReservedDBInstancesOffering", "shield:CreateSubscription", "bedrock:CreateProvisionedModelThroughput")
	for _, action := range []string{"s3:ListAllMyBuckets", "ec2:DescribeRegions", "iam:ListUsers", "sts:GetCallerIdentity"} {
		out = append(out, rule{memberRoot, action, "", "us-east-1", "DenyMemberRoot"})
	}
	// What must still work, every day.
	add("", "", "eu-west-1", "ec2:RunInstances", "lambda:CreateFunction", "s3:CreateBucket", "rds:CreateDBInstance", "ec2:CreateVpc", "cloudtrail:LookupEvents", "guardduty:ListFindings", "ec2:EnableEbsEncryptionByDefault", "bedrock:InvokeModel")
	add("", "arn:aws:iam::333333333333:role/app", "us-east-1", "iam:CreateRole", "iam:AttachRolePolicy", "iam:PassRole", "iam:DeleteRole")
	add("", "", "us-east-1", "iam:DeleteUser", "iam:DeleteAccessKey", "iam:UpdateAccessKey", "route53:ChangeResourceRecordSets", "cloudfront:CreateDistribution", "acm:RequestCertificate", "savingsplans:DescribeSavingsPlans", "aws-marketplace:ViewSubscriptions", "route53domains:RenewDomain")
	// Global services are called in Regions that are not the company's, and stay usable.
	add("", "", "ap-south-1", "ec2:DescribeRegions", "sts:AssumeRole", "kms:Decrypt", "s3:ListAllMyBuckets", "s3:GetBucketLocation", "support:CreateCase", "cloudtrail:LookupEvents", "bedrock:InvokeModelWithResponseStream", "health:DescribeEvents", "tag:GetResources")
	// Programs are bound like people.
	out = append(out, rule{program, "iam:CreateAccessKey", "", "us-east-1", "DenyLongLivedIam"}, rule{program, "ec2:RunInstances", "", "ap-south-1", "DenyOutsideHomeRegions"},
		rule{program, "sqs:SendMessage", "", "eu-west-1", ""})
	// The role of the management account repairs things, and only that very role.
	for _, r := range slices.Clone(out) {
		if r.denied == "" || r.who != person {
			continue
		}
		r.who = breakGlass
		if r.denied != "DenyLeaveAndClose" && r.denied != "DenyAccountIdentityCenter" {
			r.denied = ""
		}
		out = append(out, r)
	}
	out = append(out, rule{namesake, "iam:CreateUser", "", "us-east-1", "DenyLongLivedIam"}, rule{namesake, "cloudtrail:StopLogging", "", "eu-west-1", "ProtectSecurityServices"})
	// Root tasks from the management account pass.
	for _, action := range []string{"iam:GetLoginProfile", "iam:ListAccessKeys", "iam:DeleteAccessKey", "iam:DeleteLoginProfile", "iam:DeactivateMFADevice",
		"iam:DeleteSigningCertificate", "iam:CreateLoginProfile", "s3:DeleteBucketPolicy", "sqs:SetQueueAttributes"} {
		out = append(out, rule{rootTask, action, "", "eu-west-1", ""})
	}
	return out
}

// everything are the answers with all guardrails.
func everything() answers.Answers {
	a := founder()
	a.AllowedRegions, a.NoCommitments = []string{"eu-west-1"}, true
	return a
}

// TestRules asks all guardrails at once, as they stand above an account, and shows who may do what.
func TestRules(t *testing.T) {
	var table strings.Builder
	table.WriteString("| who | asks for | on | in | |\n| --- | --- | --- | --- | --- |\n")
	seen := map[string]bool{}
	for _, r := range rules() {
		ask := sandbox.Ask{Principal: r.who, Action: r.action, Resource: r.resource, Region: r.region}
		if r.who == rootTask {
			ask.Principal, ask.AssumedRoot = memberRoot, true
		}
		got := ""
		for _, g := range wanted(everything()) {
			sid, err := sandbox.Denies(text(t, g.name, everything()), ask)
			if err != nil {
				t.Fatal(err)
			}
			if got == "" && sid != "" {
				got = sid
			}
		}
		seen[got] = true
		if got != r.denied {
			t.Errorf("%s, %s on %q in %s: denied by %q, want %q", whoIs[r.who], r.action, r.resource, r.region, got, r.denied)
		}
		verdict := "allowed"
		if got != "" {
			verdict = "denied: " + got
		}
		fmt.Fprintf(&table, "| %s | %s | %s | %s | %s |\n", whoIs[r.who], r.action, r.resource, r.region, verdict)
	}
	for _, g := range wanted(everything()) {
		for sid := range parsed(t, g.name, everything()) {
			if !seen[sid] {
				t.Errorf("no row is about %s", sid)
			}
		}
	}
	golden.RequireEqual(t, table.String())
}
