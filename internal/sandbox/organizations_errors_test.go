package sandbox

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

const denyNothing = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:CreateUser","Resource":"*"}]}`

// orgCall is one request to Organizations, and the code it is refused with; "" where it is served.
type orgCall struct {
	name string
	want string
	call func(context.Context, *organizations.Client) error
}

func runOrgCalls(t *testing.T, c *organizations.Client, calls []orgCall) {
	t.Helper()
	for _, x := range calls {
		if got := orgCode(x.call(t.Context(), c)); got != x.want {
			t.Errorf("%s: got %q, want %q", x.name, got, x.want)
		}
	}
}

func TestOrganizationTree(t *testing.T) {
	s, w, _ := world(t, Admin)
	w.NewOrganization(w.caller().ID)
	root, me := w.Org.Root, w.caller().ID
	id := w.NewMember("production", "aws+production@acme-robotics.example", memberRole, w.Clock)
	a := w.NewUnit("A", root)
	deep := a
	for _, name := range []string{"B", "C", "D", "E"} {
		deep = w.NewUnit(name, deep)
	}
	unit := func(parent, name string) func(context.Context, *organizations.Client) error {
		return func(ctx context.Context, c *organizations.Client) error {
			return second(c.CreateOrganizationalUnit(ctx, &organizations.CreateOrganizationalUnitInput{ParentId: &parent, Name: &name}))
		}
	}
	move := func(account, from, to string) func(context.Context, *organizations.Client) error {
		return func(ctx context.Context, c *organizations.Client) error {
			return second(c.MoveAccount(ctx, &organizations.MoveAccountInput{AccountId: &account, SourceParentId: &from, DestinationParentId: &to}))
		}
	}
	remove := func(unit string) func(context.Context, *organizations.Client) error {
		return func(ctx context.Context, c *organizations.Client) error {
			return second(c.DeleteOrganizationalUnit(ctx, &organizations.DeleteOrganizationalUnitInput{OrganizationalUnitId: &unit}))
		}
	}
	runOrgCalls(t, organizations.NewFromConfig(config(s, s.Credentials())), []orgCall{
		{"a second organization", "AlreadyInOrganizationException", func(ctx context.Context, c *organizations.Client) error {
			return second(c.CreateOrganization(ctx, &organizations.CreateOrganizationInput{}))
		}},
		{"the name is taken there", "DuplicateOrganizationalUnitException", unit(root, "A")},
		{"the same name elsewhere", "", unit(a, "A")},
		{"no such parent", "ParentNotFoundException", unit("ou-none-12345678", "A")},
		{"six levels", "ConstraintViolationException/OU_DEPTH_LIMIT_EXCEEDED", unit(deep, "F")},
		{"move from the wrong parent", "SourceParentNotFoundException", move(id, a, deep)},
		{"move to nowhere", "DestinationParentNotFoundException", move(id, root, "ou-none-12345678")},
		{"move nobody", "AccountNotFoundException", move("000000000000", root, a)},
		{"move no account", "InvalidInputException/INVALID_PATTERN", move("abc", root, a)},
		{"move", "", move(id, root, a)},
		{"move again", "DuplicateAccountException", move(id, root, a)},
		{"delete a full unit", "OrganizationalUnitNotEmptyException", remove(a)},
		{"delete an empty unit", "", remove(deep)},
		{"delete it again", "OrganizationalUnitNotFoundException", remove(deep)},
		{"delete with members", "OrganizationNotEmptyException", func(ctx context.Context, c *organizations.Client) error {
			return second(c.DeleteOrganization(ctx, nil))
		}},
		{"the management account leaves", "MasterCannotLeaveOrganizationException", func(ctx context.Context, c *organizations.Client) error {
			return second(c.LeaveOrganization(ctx, nil))
		}},
		{"remove a young account", "ConstraintViolationException/WAIT_PERIOD_ACTIVE", func(ctx context.Context, c *organizations.Client) error {
			return second(c.RemoveAccountFromOrganization(ctx, &organizations.RemoveAccountFromOrganizationInput{AccountId: &id}))
		}},
		{"all features twice", "HandshakeConstraintViolationException", func(ctx context.Context, c *organizations.Client) error {
			return second(c.EnableAllFeatures(ctx, nil))
		}},
		{"close the management account", "ConstraintViolationException/CANNOT_CLOSE_MANAGEMENT_ACCOUNT", func(ctx context.Context, c *organizations.Client) error {
			return second(c.CloseAccount(ctx, &organizations.CloseAccountInput{AccountId: &me}))
		}},
		{"a child that is not there", "ChildNotFoundException", func(ctx context.Context, c *organizations.Client) error {
			return second(c.ListParents(ctx, &organizations.ListParentsInput{ChildId: aws.String("000000000000")}))
		}},
	})
	w.Principals["AKIAMEMBER"] = Principal{Account: id, ARN: "arn:aws:iam::" + id + ":user/dev"}
	stranger := w.NewAccount("stranger", "stranger@other.example").ID
	w.Principals["AKIASTRANGER"] = Principal{Account: stranger, ARN: "arn:aws:iam::" + stranger + ":root"}
	list := func(ctx context.Context, c *organizations.Client) error { return second(c.ListAccounts(ctx, nil)) }
	describe := func(ctx context.Context, c *organizations.Client) error {
		return second(c.DescribeOrganization(ctx, nil))
	}
	runOrgCalls(t, organizations.NewFromConfig(config(s, as("AKIAMEMBER"))), []orgCall{
		{"a member sees whose organization it is", "", describe}, {"a member lists", "AccessDeniedException", list}})
	runOrgCalls(t, organizations.NewFromConfig(config(s, as("AKIASTRANGER"))), []orgCall{
		{"a stranger", "AWSOrganizationsNotInUseException", describe}, {"a stranger lists", "AWSOrganizationsNotInUseException", list}})
	w.Delegate(id, "iam.amazonaws.com")
	runOrgCalls(t, organizations.NewFromConfig(config(s, as("AKIAMEMBER"))), []orgCall{
		{"a delegated administrator lists", "", list}, {"a delegated administrator writes", "AccessDeniedException", unit(root, "Z")}})
}

func TestOrganizationPolicies(t *testing.T) {
	s, w, clock := world(t, Admin)
	w.Pace = 1
	w.NewOrganization(w.caller().ID)
	root := w.Org.Root
	unit := w.NewUnit("Workloads", root)
	tags := types.PolicyTypeTagPolicy
	create := func(name string, kind types.PolicyType, content string) func(context.Context, *organizations.Client) error {
		return func(ctx context.Context, c *organizations.Client) error {
			return second(c.CreatePolicy(ctx, &organizations.CreatePolicyInput{Name: &name, Description: aws.String(""), Type: kind, Content: &content}))
		}
	}
	id := func(name string) *string {
		for _, p := range w.Org.Policies {
			if p.Name == name {
				return &p.ID
			}
		}
		return aws.String("p-12345678")
	}
	attach := func(name, target string) func(context.Context, *organizations.Client) error {
		return func(ctx context.Context, c *organizations.Client) error {
			return second(c.AttachPolicy(ctx, &organizations.AttachPolicyInput{PolicyId: id(name), TargetId: &target}))
		}
	}
	detach := func(name, target string) func(context.Context, *organizations.Client) error {
		return func(ctx context.Context, c *organizations.Client) error {
			return second(c.DetachPolicy(ctx, &organizations.DetachPolicyInput{PolicyId: id(name), TargetId: &target}))
		}
	}
	remove := func(name string) func(context.Context, *organizations.Client) error {
		return func(ctx context.Context, c *organizations.Client) error {
			return second(c.DeletePolicy(ctx, &organizations.DeletePolicyInput{PolicyId: id(name)}))
		}
	}
	enable := func(kind types.PolicyType) func(context.Context, *organizations.Client) error {
		return func(ctx context.Context, c *organizations.Client) error {
			return second(c.EnablePolicyType(ctx, &organizations.EnablePolicyTypeInput{RootId: &root, PolicyType: kind}))
		}
	}
	c := organizations.NewFromConfig(config(s, s.Credentials()))
	big := strings.Replace(denyNothing, "iam:CreateUser", "iam:"+strings.Repeat("x", 10240), 1)
	runOrgCalls(t, c, []orgCall{
		{"SCPs are on from the start", "PolicyTypeAlreadyEnabledException", enable(types.PolicyTypeServiceControlPolicy)},
		{"a type that needs trusted access", "ConstraintViolationException/SERVICE_ACCESS_NOT_ENABLED", enable(types.PolicyTypeGuarddutyPolicy)},
		{"create", "", create("guard", types.PolicyTypeServiceControlPolicy, denyNothing)},
		{"create again", "DuplicatePolicyException", create("guard", types.PolicyTypeServiceControlPolicy, denyNothing)},
		{"malformed", "MalformedPolicyDocumentException", create("bad", types.PolicyTypeServiceControlPolicy, `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}`)},
		{"too long", "ConstraintViolationException/POLICY_CONTENT_LIMIT_EXCEEDED", create("big", types.PolicyTypeServiceControlPolicy, big)},
		{"the last one", "ConstraintViolationException/MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", detach("FullAWSAccess", unit)},
		{"attach", "", attach("guard", unit)},
		{"attach again", "DuplicatePolicyAttachmentException", attach("guard", unit)},
		{"attach what is not there", "PolicyNotFoundException", attach("none", unit)},
		{"attach to nothing", "TargetNotFoundException", attach("guard", "ou-none-12345678")},
		{"delete while attached", "PolicyInUseException", remove("guard")},
		{"change AWS's own", "InvalidInputException/IMMUTABLE_POLICY", func(ctx context.Context, c *organizations.Client) error {
			return second(c.UpdatePolicy(ctx, &organizations.UpdatePolicyInput{PolicyId: aws.String(fullAccessID), Name: aws.String("mine")}))
		}},
		{"detach", "", detach("guard", unit)},
		{"detach again", "PolicyNotAttachedException", detach("guard", unit)},
		{"delete", "", remove("guard")},
		{"a tag policy", "", create("tags", tags, `{"tags":{}}`)},
		{"attach before the type is on", "PolicyTypeNotEnabledException", attach("tags", root)},
		{"switch the type on", "", enable(tags)},
		{"attach while it is coming", "PolicyChangesInProgressException", attach("tags", root)},
	})
	out, err := c.ListRoots(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := out.Roots[0].PolicyTypes[1]; got.Type != tags || got.Status != types.PolicyTypeStatusPendingEnable {
		t.Errorf("while it is coming: %+v", got)
	}
	*clock = clock.Add(policyTypeTakes)
	runOrgCalls(t, c, []orgCall{{"attach when it is on", "", attach("tags", root)}})
	for i := range 9 {
		name := string(rune('a' + i))
		w.Attach(w.NewPolicy(types.PolicyTypeServiceControlPolicy, name, "", denyNothing), unit)
	}
	w.NewPolicy(types.PolicyTypeServiceControlPolicy, "eleventh", "", denyNothing)
	runOrgCalls(t, c, []orgCall{{"eleven", "ConstraintViolationException/MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", attach("eleventh", unit)}})
}

func TestTrustAndDelegation(t *testing.T) {
	s, w, clock := world(t, Admin)
	w.NewOrganization(w.caller().ID)
	me := w.caller().ID
	id := w.NewMember("security", "aws+security@acme-robotics.example", memberRole, w.Clock)
	other := w.NewMember("audit", "aws+audit@acme-robotics.example", memberRole, w.Clock)
	trust := func(service string) func(context.Context, *organizations.Client) error {
		return func(ctx context.Context, c *organizations.Client) error {
			return second(c.EnableAWSServiceAccess(ctx, &organizations.EnableAWSServiceAccessInput{ServicePrincipal: &service}))
		}
	}
	delegate := func(account string) func(context.Context, *organizations.Client) error {
		return func(ctx context.Context, c *organizations.Client) error {
			return second(c.RegisterDelegatedAdministrator(ctx, &organizations.RegisterDelegatedAdministratorInput{AccountId: &account, ServicePrincipal: aws.String("access-analyzer.amazonaws.com")}))
		}
	}
	undo := func(ctx context.Context, c *organizations.Client) error {
		return second(c.DeregisterDelegatedAdministrator(ctx, &organizations.DeregisterDelegatedAdministratorInput{AccountId: &id, ServicePrincipal: aws.String("access-analyzer.amazonaws.com")}))
	}
	shut := func(account string) func(context.Context, *organizations.Client) error {
		return func(ctx context.Context, c *organizations.Client) error {
			return second(c.CloseAccount(ctx, &organizations.CloseAccountInput{AccountId: &account}))
		}
	}
	w.Pace = 1
	c := organizations.NewFromConfig(config(s, s.Credentials()))
	runOrgCalls(t, c, []orgCall{
		{"an unknown service", "InvalidInputException/UNRECOGNIZED_SERVICE_PRINCIPAL", trust("nothing.amazonaws.com")},
		{"before trusted access", "ConstraintViolationException/SERVICE_ACCESS_NOT_ENABLED", delegate(id)},
		{"trusted access", "", trust("access-analyzer.amazonaws.com")},
		{"trusted access again", "", trust("access-analyzer.amazonaws.com")},
		{"the management account", "ConstraintViolationException/CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR", delegate(me)},
		{"register", "", delegate(id)},
		{"register again", "AccountAlreadyRegisteredException", delegate(id)},
		{"register another", "ConstraintViolationException/MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED", delegate(other)},
		{"deregister", "", undo},
		{"deregister again", "AccountNotRegisteredException", undo},
		{"close", "", shut(id)},
		{"close while closing", "ConflictException", shut(id)},
	})
	state := func() types.AccountState {
		t.Helper()
		out, err := c.DescribeAccount(t.Context(), &organizations.DescribeAccountInput{AccountId: &id})
		if err != nil {
			t.Fatal(err)
		}
		return out.Account.State
	}
	if got := state(); got != types.AccountStatePendingClosure {
		t.Errorf("closing: %s", got)
	}
	*clock = clock.Add(closingTakes)
	if got := state(); got != types.AccountStateClosed || w.orgMember(id) {
		t.Errorf("closed: %s, still a member: %t", got, w.orgMember(id))
	}
	runOrgCalls(t, c, []orgCall{{"close when closed", "AccountAlreadyClosedException", shut(id)}})
	*clock = clock.Add(91 * 24 * time.Hour)
	list, err := c.ListAccountsForParent(t.Context(), &organizations.ListAccountsForParentInput{ParentId: &w.Org.Root, NextToken: aws.String("0")})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list.Accounts {
		if *a.Id == id {
			t.Error("the account is listed 91 days after it was closed")
		}
	}
}
