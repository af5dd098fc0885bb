package sandbox

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestStatementsApply(t *testing.T) {
	const (
		exempt = "arn:aws:iam::111122223333:role/OrganizationAccountAccessRole"
		person = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef"
		root   = "arn:aws:iam::111122223333:root"
	)
	deny := func(rest string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Resource":"*",` + rest + `}]}`
	}
	keys := func(pairs ...string) map[string][]string {
		m := map[string][]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[strings.ToLower(pairs[i])] = append(m[strings.ToLower(pairs[i])], pairs[i+1])
		}
		return m
	}
	noRoot := deny(`"Action":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"},"Null":{"aws:AssumedRoot":"true"}}`)
	regions := deny(`"NotAction":["iam:*","sts:*","ec2:DescribeRegions"],"Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","us-east-1"]},"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::*:role/OrganizationAccountAccessRole"]}}`)
	anyTag := deny(`"Action":"ec2:CreateTags","Condition":{"ForAnyValue:StringLike":{"aws:TagKeys":"x-*"}}`)
	allTags := deny(`"Action":"ec2:CreateTags","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}`)
	for _, c := range []struct {
		name, document, action string
		keys                   map[string][]string
		denied                 bool
	}{
		{"an action by name", deny(`"Action":"iam:CreateUser"`), "iam:CreateUser", nil, true},
		{"another action", deny(`"Action":"iam:CreateUser"`), "iam:CreateUsers", nil, false},
		{"action names in any case", deny(`"Action":"IAM:createuser"`), "iam:CreateUser", nil, true},
		{"a wildcard inside", deny(`"Action":["guardduty:Dis*Members"]`), "guardduty:DisassociateMembers", nil, true},
		{"a wildcard that does not reach", deny(`"Action":["guardduty:Dis*Members"]`), "guardduty:DisassociateMember", nil, false},
		{"a question mark", deny(`"Action":"ec2:Create?pc"`), "ec2:CreateVpc", nil, true},
		{"root", noRoot, "ec2:RunInstances", keys("aws:PrincipalArn", root), true},
		{"AssumeRoot carries the key", noRoot, "iam:DeleteLoginProfile", keys("aws:PrincipalArn", root, "aws:AssumedRoot", "true"), false},
		{"a person is not root", noRoot, "ec2:RunInstances", keys("aws:PrincipalArn", person), false},
		{"outside the Regions", regions, "ec2:DescribeInstances", keys("aws:PrincipalArn", person, "aws:RequestedRegion", "eu-north-1"), true},
		{"inside the Regions", regions, "ec2:DescribeInstances", keys("aws:PrincipalArn", person, "aws:RequestedRegion", "eu-west-1"), false},
		{"NotAction leaves out", regions, "iam:CreateUser", keys("aws:PrincipalArn", person, "aws:RequestedRegion", "eu-north-1"), false},
		{"NotAction leaves out one action", regions, "ec2:DescribeRegions", keys("aws:PrincipalArn", person, "aws:RequestedRegion", "eu-north-1"), false},
		{"the exempt role", regions, "ec2:DescribeInstances", keys("aws:PrincipalArn", exempt, "aws:RequestedRegion", "eu-north-1"), false},
		{"Bool", deny(`"Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"}}`), "s3:GetObject", keys("aws:SecureTransport", "false"), true},
		{"Bool without the key", deny(`"Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"}}`), "s3:GetObject", nil, false},
		{"BoolIfExists without the key", deny(`"Action":"s3:*","Condition":{"BoolIfExists":{"aws:SecureTransport":"false"}}`), "s3:GetObject", nil, true},
		{"a JSON false", deny(`"Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":false}}`), "s3:GetObject", keys("aws:SecureTransport", "false"), true},
		{"StringNotEquals without the key", deny(`"Action":"s3:*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}`), "s3:GetObject", nil, true},
		{"ForAnyValue, one fits", anyTag, "ec2:CreateTags", keys("aws:TagKeys", "a", "aws:TagKeys", "x-1"), true},
		{"ForAnyValue, none fits", anyTag, "ec2:CreateTags", keys("aws:TagKeys", "a"), false},
		{"ForAnyValue, no values", anyTag, "ec2:CreateTags", nil, false},
		{"ForAllValues, all fit", allTags, "ec2:CreateTags", keys("aws:TagKeys", "a", "aws:TagKeys", "b"), true},
		{"ForAllValues, one does not", allTags, "ec2:CreateTags", keys("aws:TagKeys", "a", "aws:TagKeys", "c"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := parseDocument(c.document)
			if err != nil {
				t.Fatal(err)
			}
			if got := d.says("Deny", asked{Action: c.action, Resource: "*", Keys: c.keys}); got != c.denied {
				t.Errorf("denied: %t, want %t", got, c.denied)
			}
		})
	}
}

func TestPolicyGrammar(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		good    bool
	}{
		"good":              {`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`, true},
		"not JSON":          {`{"Version":`, false},
		"no statement":      {`{"Version":"2012-10-17"}`, false},
		"principal":         {`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}`, false},
		"both actions":      {`{"Statement":[{"Effect":"Deny","Action":"*","NotAction":"iam:*","Resource":"*"}]}`, false},
		"no resource":       {`{"Statement":[{"Effect":"Deny","Action":"*"}]}`, false},
		"effect":            {`{"Statement":[{"Effect":"deny","Action":"*","Resource":"*"}]}`, false},
		"wildcard service":  {`{"Statement":[{"Effect":"Deny","Action":"bcm-*:*","Resource":"*"}]}`, false},
		"unknown operator":  {`{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Sounds":{"a":"b"}}}]}`, false},
		"unknown statement": {`{"Statement":[{"Effect":"Deny","Actoin":"*","Resource":"*"}]}`, false},
	} {
		if _, err := parseDocument(c.content); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestServiceControlPoliciesBindMembers(t *testing.T) {
	s, w, clock := world(t, Admin)
	w.Pace = 1
	w.NewOrganization(w.caller().ID)
	unit := w.NewUnit("Workloads", w.Org.Root)
	id := w.NewMember("production", "aws+production@acme-robotics.example", memberRole, w.Clock.Add(-time.Hour))
	w.Org.member(id).Parent = unit
	w.putRole(id, &iamRole{Name: "developer", Trust: trustAccount(w.Org.Management), Created: w.Clock})
	ctx := t.Context()
	org := organizations.NewFromConfig(config(s, s.Credentials()))
	enter := func(role string) *sts.AssumeRoleOutput {
		t.Helper()
		out, err := sts.NewFromConfig(config(s, s.Credentials())).AssumeRole(ctx, &sts.AssumeRoleInput{
			RoleArn: aws.String("arn:aws:iam::" + id + ":role/" + role), RoleSessionName: aws.String("test")})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	developer := config(s, as(*enter("developer").Credentials.AccessKeyId))
	keeper := config(s, as(*enter(memberRole).Credentials.AccessKeyId))
	w.Principals["AKIAMEMBERROOT"] = Principal{Account: id, ARN: "arn:aws:iam::" + id + ":root"}
	root := config(s, as("AKIAMEMBERROOT"))

	content := `{"Version":"2012-10-17","Statement":[
		{"Effect":"Deny","Action":["iam:CreateUser","ec2:CreateDefaultVpc"],"Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/OrganizationAccountAccessRole"}}},
		{"Effect":"Deny","Action":"iam:DeleteRole","Resource":"arn:aws:iam::*:role/OrganizationAccountAccessRole"},
		{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"},"Null":{"aws:AssumedRoot":"true"}}}]}`
	made, err := org.CreatePolicy(ctx, &organizations.CreatePolicyInput{Name: aws.String("guard"), Description: aws.String(""),
		Type: types.PolicyTypeServiceControlPolicy, Content: aws.String(content)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := org.AttachPolicy(ctx, &organizations.AttachPolicyInput{PolicyId: made.Policy.PolicySummary.Id, TargetId: aws.String(unit)}); err != nil {
		t.Fatal(err)
	}
	if _, err := iam.NewFromConfig(developer).CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("early")}); err != nil {
		t.Fatalf("before the policy has spread: %v", err)
	}
	*clock = clock.Add(policyTakes)

	user := &iam.CreateUserInput{UserName: aws.String("late")}
	_, err = iam.NewFromConfig(developer).CreateUser(ctx, user)
	want := "User: arn:aws:sts::" + id + ":assumed-role/developer/test is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::" + id +
		":user/late with an explicit deny in a service control policy: " + *made.Policy.PolicySummary.Arn
	if orgCode(err) != "AccessDenied" || !strings.Contains(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := ec2.NewFromConfig(developer).CreateDefaultVpc(ctx, &ec2.CreateDefaultVpcInput{DryRun: aws.Bool(true)}); orgCode(err) != "UnauthorizedOperation" {
		t.Errorf("EC2: %v", err)
	}
	if _, err := iam.NewFromConfig(developer).DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String(memberRole)}); orgCode(err) != "AccessDenied" {
		t.Errorf("the protected role: %v", err)
	}
	if _, err := iam.NewFromConfig(developer).DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("nobody")}); orgCode(err) != "NoSuchEntity" {
		t.Errorf("another role: %v", err)
	}
	if _, err := iam.NewFromConfig(keeper).CreateUser(ctx, user); err != nil {
		t.Errorf("the exempt role: %v", err)
	}
	if _, err := iam.NewFromConfig(root).ListUsers(ctx, &iam.ListUsersInput{}); orgCode(err) != "AccessDenied" {
		t.Errorf("the member's root: %v", err)
	}
	if _, err := sts.NewFromConfig(root).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}); err != nil {
		t.Errorf("GetCallerIdentity needs no permission: %v", err)
	}
	if _, err := iam.NewFromConfig(config(s, s.Credentials())).CreateUser(ctx, user); err != nil {
		t.Errorf("the management account: %v", err)
	}
}

func TestAllLevelsMustAllow(t *testing.T) {
	s, w, _ := world(t, Admin)
	w.NewOrganization(w.caller().ID)
	id := w.NewMember("production", "aws+production@acme-robotics.example", memberRole, w.Clock)
	only := w.NewPolicy(types.PolicyTypeServiceControlPolicy, "only-iam", "", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}`)
	w.Attach(only, id)
	org := organizations.NewFromConfig(config(s, s.Credentials()))
	if _, err := org.DetachPolicy(t.Context(), &organizations.DetachPolicyInput{PolicyId: aws.String(fullAccessID), TargetId: aws.String(id)}); err != nil {
		t.Fatal(err)
	}
	w.Principals["AKIAMEMBER"] = Principal{Account: id, ARN: "arn:aws:iam::" + id + ":user/dev"}
	cfg := config(s, as("AKIAMEMBER"))
	if _, err := iam.NewFromConfig(cfg).ListUsers(t.Context(), &iam.ListUsersInput{}); err != nil {
		t.Errorf("allowed at every level: %v", err)
	}
	if _, err := ec2.NewFromConfig(cfg).DescribeRegions(t.Context(), &ec2.DescribeRegionsInput{}); orgCode(err) != "UnauthorizedOperation" {
		t.Errorf("not allowed by the account's own policies: %v", err)
	}
}
