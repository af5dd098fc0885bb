package sandbox

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	accounttypes "github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/freetier"
	freetypes "github.com/aws/aws-sdk-go-v2/service/freetier/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
)

func entry(account, role string) *sts.AssumeRoleInput {
	return &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::" + account + ":role/" + role), RoleSessionName: aws.String("wizard")}
}

func TestMembersAreEnteredByTheirRole(t *testing.T) {
	s, w, clock := world(t, Admin)
	w.Pace = 1
	w.NewOrganization(w.caller().ID)
	id := w.NewMember("production", "aws+production@acme-robotics.example", memberRole, w.Clock)
	ctx, c := t.Context(), sts.NewFromConfig(config(s, s.Credentials()))

	_, err := c.AssumeRole(ctx, entry(id, memberRole))
	if orgCode(err) != "AccessDenied" || !strings.Contains(err.Error(), "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::"+id) {
		t.Fatalf("before the role has spread: %v", err)
	}
	*clock = clock.Add(memberRoleTakes)
	out, err := c.AssumeRole(ctx, entry(id, memberRole))
	if err != nil {
		t.Fatal(err)
	}
	member := sts.NewFromConfig(config(s, as(*out.Credentials.AccessKeyId)))
	who, err := member.GetCallerIdentity(ctx, nil)
	if err != nil || *who.Account != id || *who.Arn != "arn:aws:sts::"+id+":assumed-role/OrganizationAccountAccessRole/wizard" {
		t.Fatalf("inside: %v, %v", who, err)
	}
	long := entry(id, memberRole)
	long.DurationSeconds = aws.Int32(7200)
	for name, x := range map[string]struct {
		client *sts.Client
		in     *sts.AssumeRoleInput
		want   string
	}{
		"a role that is not there":    {c, entry(id, "nobody"), "AccessDenied"},
		"an account that is not ours": {c, entry("111122223333", memberRole), "AccessDenied"},
		"longer than the role allows": {c, long, "ValidationError"},
		"no ARN":                      {c, &sts.AssumeRoleInput{RoleArn: aws.String("production-admin-role"), RoleSessionName: aws.String("x")}, "ValidationError"},
		"back from the member":        {member, entry(w.caller().ID, "AWSServiceRoleForOrganizations"), "AccessDenied"},
	} {
		if _, err := x.client.AssumeRole(ctx, x.in); orgCode(err) != x.want {
			t.Errorf("%s: %v, want %s", name, err, x.want)
		}
	}
	*clock = clock.Add(time.Hour + time.Second)
	if _, err := member.GetCallerIdentity(ctx, nil); orgCode(err) != "ExpiredToken" {
		t.Errorf("an hour later: %v", err)
	}
}

func TestRootMayNotAssumeRoles(t *testing.T) {
	s, w, _ := world(t, Fresh)
	w.NewOrganization(w.caller().ID)
	id := w.NewMember("production", "aws+production@acme-robotics.example", memberRole, w.Clock)
	c := sts.NewFromConfig(config(s, s.Credentials()))
	_, err := c.AssumeRole(t.Context(), entry(id, memberRole))
	if orgCode(err) != "AccessDenied" || !strings.Contains(err.Error(), "Roles may not be assumed by root accounts.") {
		t.Errorf("AssumeRole: %v", err)
	}
	who, err := c.GetCallerIdentity(t.Context(), nil)
	if err != nil || *who.UserId != w.caller().ID || *who.Arn != "arn:aws:iam::"+w.caller().ID+":root" {
		t.Errorf("who: %v, %v", who, err)
	}
}

func TestCentralRootAccess(t *testing.T) {
	s, w, _ := world(t, Admin)
	w.NewOrganization(w.caller().ID)
	id := w.NewMember("production", "aws+production@acme-robotics.example", memberRole, w.Clock)
	ctx, cfg := t.Context(), config(s, s.Credentials())
	c, in := iam.NewFromConfig(cfg), sts.NewFromConfig(cfg)
	task := &sts.AssumeRootInput{TargetPrincipal: &id, TaskPolicyArn: &ststypes.PolicyDescriptorType{Arn: aws.String("arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials")}}

	if _, err := c.ListOrganizationsFeatures(ctx, nil); orgCode(err) != "ServiceAccessNotEnabledException" {
		t.Errorf("before trusted access: %v", err)
	}
	w.Trust("iam.amazonaws.com")
	if _, err := in.AssumeRoot(ctx, task); orgCode(err) != "AccessDenied" {
		t.Errorf("before root sessions: %v", err)
	}
	out, err := c.EnableOrganizationsRootSessions(ctx, nil)
	if err != nil || len(out.EnabledFeatures) != 1 {
		t.Fatalf("enable: %v, %v", out, err)
	}
	session, err := in.AssumeRoot(ctx, task)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := iam.NewFromConfig(config(s, as(*session.Credentials.AccessKeyId))).GetLoginProfile(ctx, nil); orgCode(err) != "NoSuchEntity" {
		t.Errorf("a created member's root has no password: %v", err)
	}
	task.TargetPrincipal = aws.String(w.caller().ID)
	if _, err := in.AssumeRoot(ctx, task); orgCode(err) != "AccessDenied" {
		t.Errorf("the management account's root: %v", err)
	}
}

func TestRootSafetyChangesWithThePerson(t *testing.T) {
	s, w, _ := world(t, Messy)
	c := iam.NewFromConfig(config(s, s.Credentials()))
	summary := func() (mfa, keys int32) {
		t.Helper()
		out, err := c.GetAccountSummary(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return out.SummaryMap["AccountMFAEnabled"], out.SummaryMap["AccountAccessKeysPresent"]
	}
	if mfa, keys := summary(); mfa != 0 || keys != 1 {
		t.Errorf("at first: MFA %d, keys %d", mfa, keys)
	}
	for _, act := range []string{"root-mfa", "delete-root-keys"} {
		if err := s.StandIn(act); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.GetAccountSummary(t.Context(), nil); orgCode(err) != "InvalidClientTokenId" {
		t.Errorf("with the key that was deleted: %v", err)
	}
	c = iam.NewFromConfig(config(s, s.Credentials())) // root again, by another way
	if mfa, keys := summary(); mfa != 1 || keys != 0 {
		t.Errorf("after the person: MFA %d, keys %d", mfa, keys)
	}
	w.caller().RootKeys = 2
	list, err := c.ListAccessKeys(t.Context(), nil)
	if err != nil || len(list.AccessKeyMetadata) != 2 {
		t.Fatalf("root's keys: %v, %v", list, err)
	}
	if _, err := c.DeleteAccessKey(t.Context(), &iam.DeleteAccessKeyInput{AccessKeyId: list.AccessKeyMetadata[0].AccessKeyId}); err != nil || w.caller().RootKeys != 1 {
		t.Errorf("delete: %v, %d left", err, w.caller().RootKeys)
	}
}

func TestAnOrganizationEndsTheFreePlan(t *testing.T) {
	s, _, _ := world(t, Fresh)
	cfg := config(s, s.Credentials())
	plan := func() (freetypes.AccountPlanType, float64) {
		t.Helper()
		out, err := freetier.NewFromConfig(cfg).GetAccountPlanState(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return out.AccountPlanType, out.AccountPlanRemainingCredits.Amount
	}
	if kind, credits := plan(); kind != freetypes.AccountPlanTypeFree || credits <= 0 {
		t.Fatalf("at first: %s, $%v", kind, credits)
	}
	if _, err := organizations.NewFromConfig(cfg).CreateOrganization(t.Context(), &organizations.CreateOrganizationInput{}); err != nil {
		t.Fatal(err)
	}
	if kind, credits := plan(); kind != freetypes.AccountPlanTypePaid || credits != 0 {
		t.Errorf("after CreateOrganization: %s, $%v", kind, credits)
	}
}

func TestIAMRoles(t *testing.T) {
	s, _, _ := world(t, Admin)
	ctx, c := t.Context(), iam.NewFromConfig(config(s, s.Credentials()))
	name, policy := aws.String("replication"), aws.String("write")
	trust := aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)
	role := &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: trust}
	remove := func() error { return second(c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name})) }
	for _, x := range []struct {
		what, want string
		call       func() error
	}{
		{"get what is not there", "NoSuchEntity", func() error { return second(c.GetRole(ctx, &iam.GetRoleInput{RoleName: name})) }},
		{"no JSON", "MalformedPolicyDocument", func() error {
			return second(c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: aws.String("{")}))
		}},
		{"create", "", func() error { return second(c.CreateRole(ctx, role)) }},
		{"create again", "EntityAlreadyExists", func() error { return second(c.CreateRole(ctx, role)) }},
		{"put a policy", "", func() error {
			return second(c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: name, PolicyName: policy, PolicyDocument: trust}))
		}},
		{"get another policy", "NoSuchEntity", func() error {
			return second(c.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: name, PolicyName: aws.String("read")}))
		}},
		{"delete with a policy", "DeleteConflict", remove},
		{"delete the policy", "", func() error {
			return second(c.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: name, PolicyName: policy}))
		}},
		{"attach", "", func() error {
			return second(c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String(administratorAccess)}))
		}},
		{"delete with a managed policy", "DeleteConflict", remove},
		{"detach", "", func() error {
			return second(c.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: name, PolicyArn: aws.String(administratorAccess)}))
		}},
		{"delete", "", remove},
		{"delete again", "NoSuchEntity", remove},
		{"no password policy", "NoSuchEntity", func() error { return second(c.GetAccountPasswordPolicy(ctx, nil)) }},
		{"no credential report", "ReportNotPresent", func() error { return second(c.GetCredentialReport(ctx, nil)) }},
	} {
		if got := orgCode(x.call()); got != x.want {
			t.Errorf("%s: got %q, want %q", x.what, got, x.want)
		}
	}
}

func TestAccountService(t *testing.T) {
	s, w, _ := world(t, Admin)
	w.NewOrganization(w.caller().ID)
	id, me := w.NewMember("production", "aws+production@acme-robotics.example", memberRole, w.Clock), w.caller().ID
	ctx, c := t.Context(), account.NewFromConfig(config(s, s.Credentials()))
	put := func(id *string, mail string) error {
		return second(c.PutAlternateContact(ctx, &account.PutAlternateContactInput{AccountId: id, AlternateContactType: accounttypes.AlternateContactTypeSecurity,
			EmailAddress: &mail, Name: aws.String("Security"), Title: aws.String("Team"), PhoneNumber: aws.String("+353 1 555 0100")}))
	}
	get := func(id *string) error {
		return second(c.GetAlternateContact(ctx, &account.GetAlternateContactInput{AccountId: id, AlternateContactType: accounttypes.AlternateContactTypeSecurity}))
	}
	for _, x := range []struct {
		what, want string
		got        error
	}{
		{"not set", "ResourceNotFoundException", get(nil)},
		{"its own id", "AccessDeniedException", get(&me)},
		{"a member before trusted access", "AccessDeniedException", get(&id)},
		{"no address", "ValidationException", put(nil, "nobody")},
		{"put", "", put(nil, "security@acme-robotics.example")},
		{"set", "", get(nil)},
	} {
		if got := orgCode(x.got); got != x.want {
			t.Errorf("%s: got %q, want %q", x.what, got, x.want)
		}
	}
	w.Trust(accountService)
	if err := put(&id, "security@acme-robotics.example"); err != nil {
		t.Errorf("a member after trusted access: %v", err)
	}
	count := map[accounttypes.RegionOptStatus]int{}
	for pages := account.NewListRegionsPaginator(c, &account.ListRegionsInput{MaxResults: aws.Int32(10)}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Regions {
			count[r.RegionOptStatus]++
		}
	}
	if count[accounttypes.RegionOptStatusEnabledByDefault] != 17 || count[accounttypes.RegionOptStatusDisabled] == 0 {
		t.Errorf("Regions: %v", count)
	}
}
