package sandbox

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	storedocument "github.com/aws/aws-sdk-go-v2/service/identitystore/document"
	storetypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	admintypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
)

func TestIdentityStore(t *testing.T) {
	p := newPortal(t)
	ctx := t.Context()
	user, err := p.user("founder")
	p.must(err)
	_, err = p.user("Founder")
	var taken *storetypes.ConflictException
	if !errors.As(err, &taken) || taken.Reason != storetypes.ConflictExceptionReasonUniquenessConstraintViolation {
		t.Errorf("the same user again: %v", err)
	}
	_, err = p.user("Administrator")
	p.want("a reserved name", err, "ValidationException")
	_, err = p.store.CreateUser(ctx, &identitystore.CreateUserInput{IdentityStoreId: p.id, UserName: aws.String("nameless"), DisplayName: aws.String("x")})
	p.want("a user without a name", err, "ValidationException")
	_, err = p.store.CreateUser(ctx, &identitystore.CreateUserInput{IdentityStoreId: p.id, UserName: aws.String("second"), DisplayName: aws.String("x"),
		Name: &storetypes.Name{GivenName: aws.String("a"), FamilyName: aws.String("b")}, Emails: []storetypes.Email{{Value: aws.String("FOUNDER@acme.example")}}})
	p.want("the same address again", err, "ConflictException")
	find := func(path, value string) error {
		_, err := p.store.GetUserId(ctx, &identitystore.GetUserIdInput{IdentityStoreId: p.id, AlternateIdentifier: &storetypes.AlternateIdentifierMemberUniqueAttribute{
			Value: storetypes.UniqueAttribute{AttributePath: &path, AttributeValue: storedocument.NewLazyDocument(value)}}})
		return err
	}
	p.want("finding by name", find("userName", "founder"), "")
	p.want("finding by address", find("emails.value", "founder@acme.example"), "")
	p.want("finding nobody", find("userName", "nobody"), "ResourceNotFoundException")
	group, err := p.store.CreateGroup(ctx, &identitystore.CreateGroupInput{IdentityStoreId: p.id, DisplayName: aws.String("Administrators")})
	p.must(err)
	_, err = p.store.CreateGroup(ctx, &identitystore.CreateGroupInput{IdentityStoreId: p.id, DisplayName: aws.String("Administrators")})
	p.want("the same group again", err, "ConflictException")
	join := func() error {
		_, err := p.store.CreateGroupMembership(ctx, &identitystore.CreateGroupMembershipInput{IdentityStoreId: p.id, GroupId: group.GroupId, MemberId: &storetypes.MemberIdMemberUserId{Value: *user}})
		return err
	}
	p.want("joining", join(), "")
	p.want("joining again", join(), "ConflictException")
	in, err := p.store.IsMemberInGroups(ctx, &identitystore.IsMemberInGroupsInput{IdentityStoreId: p.id, GroupIds: []string{*group.GroupId}, MemberId: &storetypes.MemberIdMemberUserId{Value: *user}})
	p.must(err)
	if len(in.Results) != 1 || !in.Results[0].MembershipExists {
		t.Errorf("membership %+v", in.Results)
	}
	_, err = identitystore.NewFromConfig(p.as(p.management, "us-east-1")).ListUsers(ctx, &identitystore.ListUsersInput{IdentityStoreId: p.id})
	p.want("another Region", err, "ResourceNotFoundException")
	_, err = identitystore.NewFromConfig(p.as(p.member, "eu-west-1")).ListUsers(ctx, &identitystore.ListUsersInput{IdentityStoreId: p.id})
	p.want("a member", err, "AccessDeniedException")
}

func TestSignInByDevice(t *testing.T) {
	p := newPortal(t)
	ctx, i := t.Context(), p.world.Identity.Instances[0]
	anonymous := aws.Config{Region: "eu-west-1", Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	p.sim.Bind(&anonymous)
	oidc := ssooidc.NewFromConfig(anonymous)
	client, err := oidc.RegisterClient(ctx, &ssooidc.RegisterClientInput{ClientName: aws.String("awswizard"), ClientType: aws.String("public")})
	p.must(err)
	start := func() (*ssooidc.StartDeviceAuthorizationOutput, error) {
		return oidc.StartDeviceAuthorization(ctx, &ssooidc.StartDeviceAuthorizationInput{ClientId: client.ClientId, ClientSecret: client.ClientSecret, StartUrl: aws.String(i.startURL())})
	}
	device, err := start()
	p.must(err)
	redeem := func(code *string) (*ssooidc.CreateTokenOutput, error) {
		return oidc.CreateToken(ctx, &ssooidc.CreateTokenInput{ClientId: client.ClientId, ClientSecret: client.ClientSecret, DeviceCode: code, GrantType: aws.String(deviceGrant)})
	}
	_, err = redeem(device.DeviceCode)
	p.want("before anybody confirmed", err, "AuthorizationPendingException")
	_, err = redeem(device.DeviceCode)
	p.want("asking again at once", err, "SlowDownException")
	if err := p.sim.StandIn("sign-in"); err == nil {
		t.Error("somebody signs in though nobody is assigned anything")
	}

	arn := p.permissionSet("ManagementAdministrator")
	user, err := p.user("founder")
	p.must(err)
	if err := p.world.Confirm(*device.UserCode, "founder"); err == nil {
		t.Error("a person without a password signs in")
	}
	group, err := p.store.CreateGroup(ctx, &identitystore.CreateGroupInput{IdentityStoreId: p.id, DisplayName: aws.String("Founders")})
	p.must(err)
	_, err = p.store.CreateGroupMembership(ctx, &identitystore.CreateGroupMembershipInput{IdentityStoreId: p.id, GroupId: group.GroupId, MemberId: &storetypes.MemberIdMemberUserId{Value: *user}})
	p.must(err)
	_, err = p.assign(p.management, arn, group.GroupId, admintypes.PrincipalTypeGroup)
	p.must(err)
	p.pass(time.Minute)
	p.must(p.sim.StandIn("sign-in"))
	token, err := redeem(device.DeviceCode)
	p.must(err)
	_, err = redeem(device.DeviceCode)
	p.want("the same code twice", err, "InvalidGrantException")

	// Another process with the token it has kept: the world is what is in the file, not in memory.
	p.sim = New(p.world)
	cfg := aws.Config{Region: "eu-west-1", Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	p.sim.Bind(&cfg)
	web := sso.NewFromConfig(cfg)
	role := func(account, name string) (*sso.GetRoleCredentialsOutput, error) {
		return web.GetRoleCredentials(ctx, &sso.GetRoleCredentialsInput{AccessToken: token.AccessToken, AccountId: &account, RoleName: &name})
	}
	got, err := role(p.management, "ManagementAdministrator")
	p.must(err)
	who := p.sim.sessions[*got.RoleCredentials.AccessKeyId]
	if wanted := "arn:aws:sts::" + p.management + ":assumed-role/" + p.world.reservedRoles(p.management)[0] + "/founder"; who.ARN != wanted || who.Account != p.management {
		t.Errorf("session %+v, want %s", who, wanted)
	}
	_, err = role(p.member, "ManagementAdministrator")
	p.want("an account without assignment", err, "ForbiddenException")
	_, err = role(p.management, "Other")
	p.want("a role without assignment", err, "ForbiddenException")
	accounts, err := web.ListAccounts(ctx, &sso.ListAccountsInput{AccessToken: token.AccessToken})
	p.must(err)
	if len(accounts.AccountList) != 1 || *accounts.AccountList[0].AccountId != p.management {
		t.Errorf("accounts %+v", accounts.AccountList)
	}
	roles, err := web.ListAccountRoles(ctx, &sso.ListAccountRolesInput{AccessToken: token.AccessToken, AccountId: &p.management})
	p.must(err)
	if len(roles.RoleList) != 1 || *roles.RoleList[0].RoleName != "ManagementAdministrator" {
		t.Errorf("roles %+v", roles.RoleList)
	}
	for _, kept := range sortedKeys(p.world.Identity.Tokens) {
		if slices.Contains([]string{*token.AccessToken, *token.RefreshToken}, kept) {
			t.Error("a token is kept in the clear")
		}
	}
	p.pass(2 * time.Hour)
	_, err = role(p.management, "ManagementAdministrator")
	p.want("an expired token", err, "UnauthorizedException")
	late, err := start()
	p.must(err)
	p.pass(11 * time.Minute)
	_, err = redeem(late.DeviceCode)
	p.want("an expired code", err, "ExpiredTokenException")
	_, err = oidc.StartDeviceAuthorization(ctx, &ssooidc.StartDeviceAuthorizationInput{ClientId: client.ClientId, ClientSecret: client.ClientSecret, StartUrl: aws.String("https://elsewhere.awsapps.com/start")})
	p.want("another portal", err, "InvalidRequestException")
}
