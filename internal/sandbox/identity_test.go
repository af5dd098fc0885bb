package sandbox

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	storetypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	admintypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/aws/smithy-go"
)

// stage is a simulated organization on a clock of its own: a management account with an administrator, a member
// with one, and a member that is a stranger.
type stage struct {
	*testing.T
	sim                          *Sim
	world                        *World
	now                          time.Time
	management, member, stranger string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{T: t, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	w := &World{Seed: 1, Pace: 1, Accounts: map[string]*Account{}, Principals: map[string]Principal{}}
	w.SetClock(func() time.Time { return s.now })
	w.Clock = s.now
	s.management = w.NewAccount("Acme", "founder@acme.example").ID
	s.stranger = w.NewAccount("Stranger", "stranger@other.example").ID
	w.NewOrganization(s.management)
	s.member = w.NewMember("security", "founder+security@acme.example", "OrganizationAccountAccessRole", s.now)
	for _, account := range []string{s.management, s.member, s.stranger} {
		w.Principals["AKIA"+account] = Principal{Account: account, ARN: "arn:aws:iam::" + account + ":user/admin"}
	}
	s.world, s.sim = w, New(w)
	return s
}

// as is the configuration of an account's administrator in a Region. Requests are sent once.
func (s *stage) as(account, region string) aws.Config {
	cfg := aws.Config{Region: region, Credentials: credentials.NewStaticCredentialsProvider("AKIA"+account, "secret", ""),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	s.sim.Bind(&cfg)
	return cfg
}

func (s *stage) pass(d time.Duration) { s.now = s.now.Add(d) }

func errorCode(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) want(what string, err error, wanted string) {
	s.Helper()
	if got := errorCode(err); got != wanted {
		s.Errorf("%s: code %q, want %q", what, got, wanted)
	}
}

// portal is a stage with Identity Center ready in eu-west-1.
type portal struct {
	*stage
	admin *ssoadmin.Client
	store *identitystore.Client
	arn   *string
	id    *string
}

func newPortal(t *testing.T) *portal {
	t.Helper()
	s := newStage(t)
	s.must(s.world.EnableIdentityCenter("eu-west-1"))
	s.pass(2 * time.Minute)
	i := s.world.Identity.Instances[0]
	cfg := s.as(s.management, "eu-west-1")
	return &portal{stage: s, admin: ssoadmin.NewFromConfig(cfg), store: identitystore.NewFromConfig(cfg), arn: &i.ARN, id: &i.Store}
}

func (p *portal) permissionSet(name string) *string {
	p.Helper()
	out, err := p.admin.CreatePermissionSet(p.Context(), &ssoadmin.CreatePermissionSetInput{InstanceArn: p.arn, Name: &name, SessionDuration: aws.String("PT8H")})
	p.must(err)
	return out.PermissionSet.PermissionSetArn
}

func (p *portal) user(name string) (*string, error) {
	out, err := p.store.CreateUser(p.Context(), &identitystore.CreateUserInput{IdentityStoreId: p.id, UserName: &name, DisplayName: &name,
		Name: &storetypes.Name{GivenName: aws.String("Founder"), FamilyName: aws.String("One")}, Emails: []storetypes.Email{{Value: aws.String(name + "@acme.example")}}})
	if err != nil {
		return nil, err
	}
	return out.UserId, nil
}

func (p *portal) assign(account string, permissionSet, principal *string, kind admintypes.PrincipalType) (*admintypes.AccountAssignmentOperationStatus, error) {
	out, err := p.admin.CreateAccountAssignment(p.Context(), &ssoadmin.CreateAccountAssignmentInput{InstanceArn: p.arn, PermissionSetArn: permissionSet,
		PrincipalId: principal, PrincipalType: kind, TargetId: &account, TargetType: admintypes.TargetTypeAwsAccount})
	if err != nil {
		return nil, err
	}
	return out.AccountAssignmentCreationStatus, nil
}

func TestIdentityCenterAppearsOnlyAfterThePerson(t *testing.T) {
	s := newStage(t)
	list := func(region string, scope admintypes.RegionScope) []admintypes.InstanceMetadata {
		out, err := ssoadmin.NewFromConfig(s.as(s.management, region)).ListInstances(t.Context(), &ssoadmin.ListInstancesInput{RegionScope: scope})
		s.must(err)
		return out.Instances
	}
	if got := list("eu-west-1", ""); len(got) != 0 {
		t.Fatalf("before enabling there are %d instances", len(got))
	}
	s.must(s.sim.StandIn("enable-identity-center"))
	got := list("eu-west-1", "")
	if len(got) != 1 || got[0].Status != admintypes.InstanceStatusCreateInProgress || aws.ToString(got[0].PrimaryRegion) != "eu-west-1" {
		t.Fatalf("right after enabling: %+v", got)
	}
	admin := ssoadmin.NewFromConfig(s.as(s.management, "eu-west-1"))
	_, err := admin.ListPermissionSets(t.Context(), &ssoadmin.ListPermissionSetsInput{InstanceArn: got[0].InstanceArn})
	s.want("using it too early", err, "AccessDeniedException")
	s.pass(2 * time.Minute)
	if got := list("eu-west-1", ""); got[0].Status != admintypes.InstanceStatusActive || *got[0].OwnerAccountId != s.management {
		t.Errorf("two minutes later: %+v", got)
	}
	if got := list("us-east-1", ""); len(got) != 0 {
		t.Errorf("another Region shows %d instances", len(got))
	}
	if got := list("us-east-1", admintypes.RegionScopeAllRegions); len(got) != 1 {
		t.Errorf("all Regions show %d instances", len(got))
	}
	if !s.world.trusted("sso.amazonaws.com") {
		t.Error("enabling does not give trusted access")
	}
	_, err = ssoadmin.NewFromConfig(s.as(s.management, "us-east-1")).ListPermissionSets(t.Context(), &ssoadmin.ListPermissionSetsInput{InstanceArn: got[0].InstanceArn})
	s.want("another Region", err, "ResourceNotFoundException")
	_, err = ssoadmin.NewFromConfig(s.as(s.member, "eu-west-1")).ListPermissionSets(t.Context(), &ssoadmin.ListPermissionSetsInput{InstanceArn: got[0].InstanceArn})
	s.want("a member", err, "AccessDeniedException")
	_, err = admin.CreateInstance(t.Context(), &ssoadmin.CreateInstanceInput{})
	s.want("creating by API in the management account", err, "ValidationException")
	s.must(s.sim.StandIn("enable-identity-center"))
	if got := list("eu-west-1", admintypes.RegionScopeAllRegions); len(got) != 1 {
		t.Errorf("enabling twice makes %d instances", len(got))
	}
}

func TestEnablingCanFail(t *testing.T) {
	s := newStage(t)
	s.world.Identity.FailEnabling = "the service-linked role could not be made"
	s.must(s.world.EnableIdentityCenter("eu-west-1"))
	s.pass(2 * time.Minute)
	status, reason := s.world.Identity.Instances[0].status(s.now)
	if status != admintypes.InstanceStatusCreateFailed || !strings.Contains(aws.ToString(reason), "role") {
		t.Errorf("status %s, reason %v", status, reason)
	}
}

func TestPermissionSets(t *testing.T) {
	p := newPortal(t)
	arn := p.permissionSet("Administrator")
	if !strings.HasPrefix(*arn, "arn:aws:sso:::permissionSet/ssoins-") || !strings.Contains(*arn, "/ps-") {
		t.Errorf("ARN %s", *arn)
	}
	attach := func(policy string) error {
		_, err := p.admin.AttachManagedPolicyToPermissionSet(t.Context(), &ssoadmin.AttachManagedPolicyToPermissionSetInput{InstanceArn: p.arn, PermissionSetArn: arn, ManagedPolicyArn: &policy})
		return err
	}
	create := func(name, duration string) error {
		_, err := p.admin.CreatePermissionSet(t.Context(), &ssoadmin.CreatePermissionSetInput{InstanceArn: p.arn, Name: &name, SessionDuration: &duration})
		return err
	}
	inline := func(document string) error {
		_, err := p.admin.PutInlinePolicyToPermissionSet(t.Context(), &ssoadmin.PutInlinePolicyToPermissionSetInput{InstanceArn: p.arn, PermissionSetArn: arn, InlinePolicy: &document})
		return err
	}
	for _, c := range []struct {
		what string
		err  error
		code string
	}{
		{"the same name again", create("Administrator", "PT8H"), "ConflictException"},
		{"thirteen hours", create("Long", "PT13H"), "ValidationException"},
		{"half an hour", create("Short", "PT30M"), "ValidationException"},
		{"a name of 33 characters", create(strings.Repeat("x", 33), "PT8H"), "ValidationException"},
		{"a policy", attach("arn:aws:iam::aws:policy/AdministratorAccess"), ""},
		{"a policy under a path", attach("arn:aws:iam::aws:policy/job-function/Billing"), ""},
		{"the same policy again", attach("arn:aws:iam::aws:policy/AdministratorAccess"), "ConflictException"},
		{"a policy without its path", attach("arn:aws:iam::aws:policy/Billing"), "ResourceNotFoundException"},
		{"a policy of one's own", attach("arn:aws:iam::111122223333:policy/Mine"), "ValidationException"},
		{"an inline policy", inline(`{"Version":"2012-10-17","Statement":[]}`), ""},
		{"an inline policy that is no JSON", inline(`{`), "ValidationException"},
		{"an inline policy that is too long", inline(`{"x":"` + strings.Repeat("y", 10240) + `"}`), "ValidationException"},
	} {
		p.want(c.what, c.err, c.code)
	}
	out, err := p.admin.ListManagedPoliciesInPermissionSet(t.Context(), &ssoadmin.ListManagedPoliciesInPermissionSetInput{InstanceArn: p.arn, PermissionSetArn: arn})
	p.must(err)
	if len(out.AttachedManagedPolicies) != 2 || *out.AttachedManagedPolicies[1].Name != "Billing" {
		t.Errorf("policies %+v", out.AttachedManagedPolicies)
	}
}

func TestAssignmentsTakeTime(t *testing.T) {
	p := newPortal(t)
	arn := p.permissionSet("Administrator")
	user, err := p.user("founder")
	p.must(err)
	other := p.permissionSet("ReadOnly")
	op, err := p.assign(p.member, arn, user, admintypes.PrincipalTypeUser)
	p.must(err)
	list := func() int {
		out, err := p.admin.ListAccountAssignments(t.Context(), &ssoadmin.ListAccountAssignmentsInput{InstanceArn: p.arn, AccountId: &p.member, PermissionSetArn: arn})
		p.must(err)
		return len(out.AccountAssignments)
	}
	status := func() admintypes.StatusValues {
		out, err := p.admin.DescribeAccountAssignmentCreationStatus(t.Context(), &ssoadmin.DescribeAccountAssignmentCreationStatusInput{InstanceArn: p.arn, AccountAssignmentCreationRequestId: op.RequestId})
		p.must(err)
		return out.AccountAssignmentCreationStatus.Status
	}
	if op.Status != admintypes.StatusValuesInProgress || status() != admintypes.StatusValuesInProgress || list() != 0 || len(p.world.reservedRoles(p.member)) != 0 {
		t.Error("the assignment is there at once")
	}
	_, err = p.assign(p.member, other, user, admintypes.PrincipalTypeUser)
	p.want("a second one in the same account meanwhile", err, "ConflictException")
	_, err = p.admin.DeletePermissionSet(t.Context(), &ssoadmin.DeletePermissionSetInput{InstanceArn: p.arn, PermissionSetArn: arn})
	p.want("deleting the permission set meanwhile", err, "ConflictException")
	p.pass(30 * time.Second)
	p.world.dirty = false
	if status() != admintypes.StatusValuesSucceeded || list() != 1 {
		t.Errorf("after half a minute: %s, %d assignments", status(), list())
	}
	if p.world.dirty {
		t.Error("reading changed the world")
	}
	if roles := p.world.reservedRoles(p.member); len(roles) != 1 || !strings.HasPrefix(roles[0], "AWSReservedSSO_Administrator_") {
		t.Errorf("roles %v", roles)
	}
	_, err = p.assign(p.member, arn, user, admintypes.PrincipalTypeUser)
	p.want("assigning again", err, "")
	p.pass(30 * time.Second)
	if list() != 1 {
		t.Errorf("assigning twice makes %d assignments", list())
	}
	_, err = p.assign(p.stranger, arn, user, admintypes.PrincipalTypeUser)
	p.want("an account outside", err, "ResourceNotFoundException")
	_, err = p.assign(p.member, arn, aws.String("0123456789-nobody"), admintypes.PrincipalTypeGroup)
	p.want("a group that is not there", err, "ResourceNotFoundException")
	_, err = p.admin.DeleteAccountAssignment(t.Context(), &ssoadmin.DeleteAccountAssignmentInput{InstanceArn: p.arn, PermissionSetArn: arn,
		PrincipalId: user, PrincipalType: admintypes.PrincipalTypeUser, TargetId: &p.member, TargetType: admintypes.TargetTypeAwsAccount})
	p.must(err)
	if list() != 1 {
		t.Error("the assignment is gone at once")
	}
	p.pass(30 * time.Second)
	if list() != 0 || len(p.world.reservedRoles(p.member)) != 0 {
		t.Error("the assignment stays after it was removed")
	}
}

func TestAssignmentsFail(t *testing.T) {
	p := newPortal(t)
	arn := p.permissionSet("Administrator")
	user, err := p.user("founder")
	p.must(err)
	p.world.Identity.FailAssignments = map[string]string{p.member: "insufficient rights in the account"}
	op, err := p.assign(p.member, arn, user, admintypes.PrincipalTypeUser)
	p.must(err)
	p.pass(time.Minute)
	out, err := p.admin.DescribeAccountAssignmentCreationStatus(t.Context(), &ssoadmin.DescribeAccountAssignmentCreationStatusInput{InstanceArn: p.arn, AccountAssignmentCreationRequestId: op.RequestId})
	p.must(err)
	if got := out.AccountAssignmentCreationStatus; got.Status != admintypes.StatusValuesFailed || aws.ToString(got.FailureReason) == "" {
		t.Errorf("status %+v", got)
	}
	if i := p.world.Identity.Instances[0]; len(i.assignments(p.now, true)) != 0 {
		t.Error("a failed assignment is in force")
	}
}

func TestFifteenAssignmentsAtATime(t *testing.T) {
	p := newPortal(t)
	arn := p.permissionSet("Administrator")
	user, err := p.user("founder")
	p.must(err)
	for n := range outstandingCalls + 1 {
		account := p.world.NewMember("m"+string(rune('a'+n)), "m"+string(rune('a'+n))+"@acme.example", "R", p.now)
		_, err := p.assign(account, arn, user, admintypes.PrincipalTypeUser)
		if wanted := map[bool]string{true: "ThrottlingException"}[n == outstandingCalls]; errorCode(err) != wanted {
			t.Fatalf("assignment %d: %v", n+1, err)
		}
	}
}

func TestChangedPermissionSetsMustBeProvisioned(t *testing.T) {
	p := newPortal(t)
	arn := p.permissionSet("Administrator")
	user, err := p.user("founder")
	p.must(err)
	_, err = p.assign(p.member, arn, user, admintypes.PrincipalTypeUser)
	p.must(err)
	p.pass(time.Minute)
	stale := func() int {
		out, err := p.admin.ListAccountsForProvisionedPermissionSet(t.Context(), &ssoadmin.ListAccountsForProvisionedPermissionSetInput{InstanceArn: p.arn, PermissionSetArn: arn,
			ProvisioningStatus: admintypes.ProvisioningStatusLatestPermissionSetNotProvisioned})
		p.must(err)
		return len(out.AccountIds)
	}
	if stale() != 0 {
		t.Error("stale right after assigning")
	}
	_, err = p.admin.AttachManagedPolicyToPermissionSet(t.Context(), &ssoadmin.AttachManagedPolicyToPermissionSetInput{InstanceArn: p.arn, PermissionSetArn: arn, ManagedPolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")})
	p.must(err)
	if stale() != 1 {
		t.Error("the change reached the account by itself")
	}
	op, err := p.admin.ProvisionPermissionSet(t.Context(), &ssoadmin.ProvisionPermissionSetInput{InstanceArn: p.arn, PermissionSetArn: arn, TargetType: admintypes.ProvisionTargetTypeAllProvisionedAccounts})
	p.must(err)
	if stale() != 1 || op.PermissionSetProvisioningStatus.Status != admintypes.StatusValuesInProgress {
		t.Error("provisioning is done at once")
	}
	p.pass(time.Minute)
	if stale() != 0 {
		t.Error("provisioning changed nothing")
	}
}
