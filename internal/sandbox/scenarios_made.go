package sandbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	storetypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	admintypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
)

// half is our own set-up, stopped: the account production is made but lies in the root, guardrails and Identity Center
// are missing.
func half(w *World, a *Account) error {
	a.RootMFA = true
	w.loginAsRoot(a)
	w.NewOrganization(a.ID)
	for _, service := range []string{"cloudtrail.amazonaws.com", "iam.amazonaws.com"} {
		w.Trust(service)
	}
	security := w.NewUnit("Security", w.Org.Root)
	w.NewUnit("Workloads", w.Org.Root)
	w.Org.member(w.askedFor("security")).Parent = security
	w.askedFor("production")
	return nil
}

// askedFor adds an account and the request that made it, an hour ago.
func (w *World) askedFor(name string) (account string) {
	began := w.Clock.Add(-time.Hour)
	ended := began.Add(accountTakes)
	account = w.NewMember(name, "aws+"+name+"@"+scenarioDomain, memberRole, ended)
	w.Org.Requests = append(w.Org.Requests, &accountRequest{ID: "car-" + w.ID(lowerAlnum, 32), Name: name, Account: account, Requested: began, Ready: ended})
	return account
}

// adopted is what an engineer made by hand: the same things as ours under other names, and people who sign in through
// Identity Center.
func adopted(w *World, a *Account) error {
	a.RootMFA = true
	w.NewOrganization(a.ID)
	for _, service := range []string{"cloudtrail.amazonaws.com", "iam.amazonaws.com", "account.amazonaws.com"} {
		w.Trust(service)
	}
	core, apps := w.NewUnit("Core", w.Org.Root), w.NewUnit("Apps", w.Org.Root)
	longAgo := w.Clock.AddDate(0, -3, 0)
	for _, made := range []struct{ name, unit string }{{"Audit", core}, {"prod", apps}, {"sandbox", w.Org.Root}} {
		id := w.NewMember(made.name, "aws+"+strings.ToLower(made.name)+"@"+scenarioDomain, memberRole, longAgo)
		w.Org.member(id).Parent = made.unit
	}
	// The rule that the console attaches since July 2026; ours is to be seen as the same.
	w.attachEarlier(w.NewPolicy(types.PolicyTypeServiceControlPolicy, "DenyLeaveOrganizationAndCloseAccount", "Default security control",
		`{"Version":"2012-10-17","Statement":[{"Sid":"DenyLeaveOrganizationAndCloseAccount","Effect":"Deny","Action":["organizations:LeaveOrganization","account:CloseAccount"],"Resource":"*"}]}`), w.Org.Root)
	w.seedTrailInBucket(a.ID, "all-accounts", "acme-robotics-audit-logs", true)
	if err := w.EnableIdentityCenter(scenarioHome); err != nil {
		return err
	}
	if err := w.firstAdministrator(a.ID, "AdministratorAccess"); err != nil {
		return fmt.Errorf("the first administrator: %w", err)
	}
	w.login(a.ID, "arn:aws:sts::"+a.ID+":assumed-role/"+w.reservedRoles(a.ID)[0]+"/"+w.Founder)
	return nil
}

// firstAdministrator gives the founder a way into the management account with a permission set of that name, by the calls
// the console makes.
func (w *World) firstAdministrator(management, permissionSet string) error {
	ctx, s, i := context.Background(), New(w), w.Identity.Instances[0]
	w.loginAsRoot(w.Accounts[management])
	cfg := aws.Config{Region: i.Region, Credentials: s.Credentials()}
	s.Bind(&cfg)
	admin, store := ssoadmin.NewFromConfig(cfg), identitystore.NewFromConfig(cfg)
	set, err := admin.CreatePermissionSet(ctx, &ssoadmin.CreatePermissionSetInput{InstanceArn: &i.ARN, Name: &permissionSet, SessionDuration: aws.String("PT4H")})
	if err != nil {
		return err
	}
	arn := set.PermissionSet.PermissionSetArn
	if _, err := admin.AttachManagedPolicyToPermissionSet(ctx, &ssoadmin.AttachManagedPolicyToPermissionSetInput{
		InstanceArn: &i.ARN, PermissionSetArn: arn, ManagedPolicyArn: aws.String(administratorAccess)}); err != nil {
		return err
	}
	user, err := store.CreateUser(ctx, &identitystore.CreateUserInput{IdentityStoreId: &i.Store, UserName: &w.Founder, DisplayName: aws.String("First Founder"),
		Name:   &storetypes.Name{GivenName: aws.String("First"), FamilyName: aws.String("Founder")},
		Emails: []storetypes.Email{{Value: &w.Founder, Primary: true}}})
	if err != nil {
		return err
	}
	_, err = admin.CreateAccountAssignment(ctx, &ssoadmin.CreateAccountAssignmentInput{InstanceArn: &i.ARN, PermissionSetArn: arn,
		PrincipalId: user.UserId, PrincipalType: admintypes.PrincipalTypeUser, TargetId: &management, TargetType: admintypes.TargetTypeAwsAccount})
	return err
}

// project is what the new sign-up gives (sign-up-for-aws, July 2026): a member of an organization that AWS runs, with
// AWS's own policies on it. The founder is not root there.
func project(w *World, a *Account) error {
	a.Plan, a.Credits = "FREE", 100
	w.NewOrganization(w.NewAccount("AWS projects", "projects@aws.example").ID)
	projects := w.NewUnit("Projects", w.Org.Root)
	w.Org.Members = append(w.Org.Members, &member{Account: a.ID, Parent: projects, Joined: a.Created, Invited: true})
	w.attachDefaults(a.ID)
	for _, p := range []struct{ name, content string }{
		{"BlockOrgEscape", `{"Version":"2012-10-17","Statement":[{"Sid":"BlockOrgEscape","Effect":"Deny","Action":["account:CloseAccount","organizations:AcceptHandshake","organizations:LeaveOrganization","sso:CreateInstance"],"Resource":"*"}]}`},
		{"BlockAccountManagement", `{"Version":"2012-10-17","Statement":[{"Sid":"BlockAccountManagement","Effect":"Deny","Action":["account:*","billing:*"],"Resource":"*"},{"Sid":"ProtectManagedRoles","Effect":"Deny","Action":"iam:*","Resource":"arn:aws:iam::*:role/managed/*"}]}`},
		{"RegionFloor", fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"RegionFloor","Effect":"Deny","NotAction":["account:*","billing:*","budgets:*","ce:*","ec2:DescribeRegions","freetier:*","iam:*","identitystore:*","kms:*","organizations:*","route53:*","s3:ListAllMyBuckets","servicequotas:*","signin:*","sso:*","sts:*","support:*","tag:GetResources"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["unspecified","us-east-1","us-west-2",%q]}}}]}`, scenarioHome)},
	} {
		w.attachEarlier(w.NewPolicy(types.PolicyTypeServiceControlPolicy, p.name, "Managed by AWS", p.content), projects)
	}
	if err := w.EnableIdentityCenter("us-east-1"); err != nil {
		return err
	}
	w.login(a.ID, "arn:aws:sts::"+a.ID+":assumed-role/AWSReservedSSO_ProjectAdministrator_"+w.ID(hexDigits, 16)+"/"+w.Founder)
	return nil
}

// messy is a founder's account after a year of trying things out.
func messy(w *World, a *Account) error {
	a.RootMFA, a.RootKeys, a.RootKeyInUse = false, 1, true
	a.Created = w.Clock.AddDate(-1, 0, 0)
	w.loginAsRoot(a)
	u := w.putUser(a.ID, "deploy")
	u.Created, u.Managed = a.Created, []string{administratorAccess}
	w.putKey(a.ID, u)
	w.SeedInstanceInDefaultVPC(a.ID, scenarioHome)
	w.SeedBucket(a.ID, scenarioHome, "acme-robotics-downloads", true)
	w.seedTrailInBucket(a.ID, "management-events", "acme-robotics-cloudtrail", false)
	w.SeedBudget(a.ID, messyBudget, 50)
	w.SeedFunction(a.ID, scenarioHome, "send-invoices", map[string]string{"STAGE": "production", "STRIPE_SECRET_KEY": "not-a-real-key"})
	return nil
}

// seedTrailInBucket adds a trail with a bucket that lets CloudTrail write: of the organization and all Regions, or of
// the account and one Region.
func (w *World) seedTrailInBucket(account, trail, bucket string, all bool) {
	w.SeedBucket(account, scenarioHome, bucket, false)
	w.S3.Buckets[bucket].Policy = cloudTrailMayWrite(bucket)
	w.SeedTrail(account, scenarioHome, trail, bucket, all, all)
}

// cloudTrailMayWrite is the policy of a log bucket, as the CloudTrail user guide has it.
func cloudTrailMayWrite(bucket string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[`+
		`{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::%[1]s"},`+
		`{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::%[1]s/AWSLogs/*","Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}}]}`, bucket)
}

// attachEarlier attaches a policy that is in force when the scenario starts.
func (w *World) attachEarlier(policy, target string) {
	w.Attach(policy, target)
	w.Org.Attached[len(w.Org.Attached)-1].Since = w.Clock.Add(-policyTakes)
}
