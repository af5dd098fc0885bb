package identity

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	idtypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"awswizard/internal/awsconfig"
	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// State is what Identity Center looks like now.
type State struct {
	Caller plan.Caller
	Home   string // home Region
	// Instance is the organization's instance, in whatever status; nil when there is none.
	Instance *Instance
	// AccountInstance is an instance that serves one account only: it cannot give access to accounts.
	AccountInstance *Instance
	PermissionSets  map[string]PermissionSet   // by name
	Groups          map[string]string          // id by display name
	Users           map[string]string          // id by user name and by e-mail address, both in lower case
	Members         map[string]map[string]bool // user ids by group name, for the groups of this step
	Memberships     map[string]string          // membership ids by membershipKey
	Assignments     map[Assignment]bool
	Attributes      map[string]string // source by key, of the attributes that come along in a session; nil when they are off
	// OurAttributes are the keys of those that the wizard switched on.
	OurAttributes []string
	// External is set when people and groups come from an identity provider (Google Workspace, Okta) by SCIM.
	External bool
	// Config is the AWS config file of this computer, where the profiles go.
	Config awsconfig.Config
	// Added says whether the wizard added people: they have no password until a person sees to it, and AWS shows none.
	Added bool
	// Unread holds the parts that could not be read; what depends on them is not planned.
	Unread map[Part]Unread
}

// PermissionSet is one permission set, as far as this step compares it.
type PermissionSet struct {
	ARN, Description, RelayState, Session string
	Policies                              []string // ARNs of the AWS managed policies
	Provisioned                           bool     // its role exists in at least one account
	Outdated                              bool     // an account still has the role as it was before a change
}

// Assignment says that a principal may enter an account with a permission set.
type Assignment struct{ Account, PermissionSet, Principal string } // account id, name, group or user id

// membershipKey names a membership by the ids of its group and its user.
func membershipKey(group, user string) string { return group + " " + user }

// Part is one part of the state that is read on its own.
type Part string

// The parts of the state.
const (
	partInstance       Part = "instance-unseen"
	partPermissionSets Part = "permission-sets"
	partGroups         Part = "groups"
	partUsers          Part = "people"
	partMembers        Part = "memberships"
	partAssignments    Part = "assignments"
	partAttributes     Part = "attributes-unseen"
)

// Unread is why a part could not be read.
type Unread = steps.Refusal

// Facts implements steps.State.
func (s State) Facts() map[string]string {
	facts := map[string]string{}
	if s.Instance != nil && s.Instance.Ready() {
		maps.Copy(facts, s.Instance.facts())
	}
	for n, ps := range s.PermissionSets {
		facts[permissionSetFact(n)] = ps.ARN
	}
	for n, id := range s.Groups {
		facts[groupFact(n)] = id
	}
	for address, id := range s.Users {
		facts[userFact(address)] = id
	}
	return facts
}

func inspect(ctx context.Context, env steps.Env) (State, error) {
	s := State{
		Caller: env.Caller, Home: env.Home, Added: env.Made.Under(userPrefix), Unread: map[Part]Unread{},
		PermissionSets: map[string]PermissionSet{}, Groups: map[string]string{}, Users: map[string]string{},
		Members: map[string]map[string]bool{}, Memberships: map[string]string{}, Assignments: map[Assignment]bool{},
	}
	if env.Files.Config != "" {
		s.Config = awsconfig.Read(env.Files)
	}
	found, err := findInstances(ctx, env.Config, env.Home)
	if steps.Code(err) != "" {
		s.note(partInstance, err)
		return s, nil
	}
	if err != nil {
		return s, err
	}
	s.Instance, s.AccountInstance = choose(found, env)
	if s.Instance == nil || !s.Instance.Ready() {
		env.Check("IAM Identity Center", "not switched on")
		return s, nil
	}
	env.Check("IAM Identity Center", "in "+s.Instance.Region)
	cfg, err := env.Config(plan.Place{Account: plan.Management, Region: s.Instance.Region})
	if err != nil {
		return s, err
	}
	r := reader{admin: ssoadmin.NewFromConfig(cfg), store: identitystore.NewFromConfig(cfg), instance: *s.Instance}
	var arns []string
	if !s.Instance.NoPermissionSets {
		arns, err = r.listPermissionSets(ctx)
		// An instance made in a lone account keeps its owner when the organization is made later. It then looks
		// like the organization's own, but knows no permission sets.
		if steps.Code(err) == "ValidationException" {
			s.Instance, s.AccountInstance = nil, s.Instance
			return s, nil
		}
	}
	var setsErr, groupsErr, usersErr, membersErr, assignmentsErr, attributesErr error
	var groupsExternal, usersExternal bool
	beside.All(
		func() { setsErr, assignmentsErr = r.permissionSets(ctx, &s, arns, accounts(env.Facts)) },
		func() { groupsExternal, groupsErr = r.groups(ctx, &s); membersErr = r.members(ctx, &s) },
		func() { usersExternal, usersErr = r.users(ctx, &s) },
		func() { attributesErr = r.attributes(ctx, &s) },
	)
	s.External = groupsExternal || usersExternal
	s.note(partPermissionSets, cmp.Or(err, setsErr))
	s.note(partGroups, groupsErr)
	s.note(partUsers, usersErr)
	s.note(partMembers, membersErr)
	s.note(partAssignments, assignmentsErr)
	s.note(partAttributes, attributesErr)
	s.OurAttributes = switchedOn(env.Made)
	env.Check("Groups", fmt.Sprint(len(s.Groups)))
	env.Check("Permission sets", fmt.Sprint(len(s.PermissionSets)))
	env.Check("Assignments", fmt.Sprint(len(s.Assignments)))
	return s, ctx.Err()
}

// note keeps the reason why a part could not be read.
func (s *State) note(p Part, err error) {
	if err != nil {
		s.Unread[p] = *steps.RefusalOf(err)
	}
}

// accounts are the ids of all accounts of the organization that are known.
func accounts(f plan.Facts) []string {
	list, _ := f.Lookup("organization.accounts")
	ids := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	for _, k := range f.Keys() {
		if strings.HasPrefix(k, "account.") && strings.HasSuffix(k, ".id") {
			ids = append(ids, f.Get(k))
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// reader reads one instance.
type reader struct {
	admin    *ssoadmin.Client
	store    *identitystore.Client
	instance Instance
}

func (r reader) listPermissionSets(ctx context.Context) (arns []string, err error) {
	err = steps.EachPage(ctx, ssoadmin.NewListPermissionSetsPaginator(r.admin, &ssoadmin.ListPermissionSetsInput{InstanceArn: &r.instance.ARN}),
		func(page *ssoadmin.ListPermissionSetsOutput) { arns = append(arns, page.PermissionSets...) })
	return arns, err
}

// permissionSets reads the permission sets, and of the wizard's the details and who may use them in which account. The first
// error is of the sets, the other of the assignments.
func (r reader) permissionSets(ctx context.Context, s *State, arns, ids []string) (setsErr, assignmentsErr error) {
	var mu sync.Mutex
	unassigned := make([]error, len(arns))
	setsErr = beside.Try(arns, func(n int, arn string) error {
		out, err := r.admin.DescribePermissionSet(ctx, &ssoadmin.DescribePermissionSetInput{InstanceArn: &r.instance.ARN, PermissionSetArn: &arn})
		if err != nil || out.PermissionSet == nil {
			return err
		}
		d := out.PermissionSet
		named := aws.ToString(d.Name)
		ps := PermissionSet{
			ARN: arn, Description: aws.ToString(d.Description), RelayState: aws.ToString(d.RelayState),
			Session: aws.ToString(d.SessionDuration),
		}
		var given []Assignment
		if _, ours := permissionSetNamed(named); ours {
			beside.All(func() { err = r.details(ctx, &ps) }, func() { given, unassigned[n] = r.assignments(ctx, named, arn, ids) })
			if err != nil {
				return err
			}
		}
		mu.Lock()
		defer mu.Unlock()
		s.PermissionSets[named] = ps
		for _, a := range given {
			s.Assignments[a] = true
		}
		return nil
	})
	return setsErr, cmp.Or(unassigned...)
}

// details reads a permission set's policies and where its role stands.
func (r reader) details(ctx context.Context, ps *PermissionSet) error {
	var current, old []string
	var policiesErr, currentErr, oldErr error
	beside.All(
		func() {
			pages := ssoadmin.NewListManagedPoliciesInPermissionSetPaginator(r.admin,
				&ssoadmin.ListManagedPoliciesInPermissionSetInput{InstanceArn: &r.instance.ARN, PermissionSetArn: &ps.ARN})
			policiesErr = steps.EachPage(ctx, pages, func(page *ssoadmin.ListManagedPoliciesInPermissionSetOutput) {
				for _, p := range page.AttachedManagedPolicies {
					ps.Policies = append(ps.Policies, aws.ToString(p.Arn))
				}
			})
			slices.Sort(ps.Policies)
		},
		func() {
			current, currentErr = r.provisioned(ctx, ps.ARN, ssotypes.ProvisioningStatusLatestPermissionSetProvisioned)
		},
		func() {
			old, oldErr = r.provisioned(ctx, ps.ARN, ssotypes.ProvisioningStatusLatestPermissionSetNotProvisioned)
		},
	)
	if err := cmp.Or(policiesErr, currentErr, oldErr); err != nil {
		return err
	}
	ps.Provisioned = len(current)+len(old) > 0
	// moto ignores the filter and gives the same account both times: that is not an old role.
	ps.Outdated = slices.ContainsFunc(old, func(id string) bool { return !slices.Contains(current, id) })
	return nil
}

func (r reader) provisioned(ctx context.Context, arn string, status ssotypes.ProvisioningStatus) (ids []string, err error) {
	pages := ssoadmin.NewListAccountsForProvisionedPermissionSetPaginator(r.admin, &ssoadmin.ListAccountsForProvisionedPermissionSetInput{
		InstanceArn: &r.instance.ARN, PermissionSetArn: &arn, ProvisioningStatus: status,
	})
	err = steps.EachPage(ctx, pages, func(page *ssoadmin.ListAccountsForProvisionedPermissionSetOutput) {
		ids = append(ids, page.AccountIds...)
	})
	return ids, err
}

// assignments reads who may use a permission set in which account.
func (r reader) assignments(ctx context.Context, named, arn string, ids []string) ([]Assignment, error) {
	found := make([][]Assignment, len(ids))
	err := beside.Try(ids, func(n int, account string) error {
		pages := ssoadmin.NewListAccountAssignmentsPaginator(r.admin, &ssoadmin.ListAccountAssignmentsInput{
			InstanceArn: &r.instance.ARN, PermissionSetArn: &arn, AccountId: &account,
		})
		return steps.EachPage(ctx, pages, func(page *ssoadmin.ListAccountAssignmentsOutput) {
			for _, a := range page.AccountAssignments {
				found[n] = append(found[n], Assignment{account, named, aws.ToString(a.PrincipalId)})
			}
		})
	})
	return slices.Concat(found...), err
}

// groups reports whether an identity provider fills in the groups.
func (r reader) groups(ctx context.Context, s *State) (external bool, err error) {
	pages := identitystore.NewListGroupsPaginator(r.store, &identitystore.ListGroupsInput{IdentityStoreId: &r.instance.Store})
	err = steps.EachPage(ctx, pages, func(page *identitystore.ListGroupsOutput) {
		for _, g := range page.Groups {
			s.Groups[aws.ToString(g.DisplayName)] = aws.ToString(g.GroupId)
			// Only provisioning from outside (SCIM) fills in external ids.
			external = external || len(g.ExternalIds) > 0
		}
	})
	return external, err
}

// users reports whether an identity provider fills in the people.
func (r reader) users(ctx context.Context, s *State) (external bool, err error) {
	pages := identitystore.NewListUsersPaginator(r.store, &identitystore.ListUsersInput{IdentityStoreId: &r.instance.Store})
	err = steps.EachPage(ctx, pages, func(page *identitystore.ListUsersOutput) {
		for _, u := range page.Users {
			id := aws.ToString(u.UserId)
			for _, e := range u.Emails {
				s.Users[strings.ToLower(aws.ToString(e.Value))] = id
			}
			s.Users[strings.ToLower(aws.ToString(u.UserName))] = id
			external = external || len(u.ExternalIds) > 0
		}
	})
	return external, err
}

// members reads who is in the groups of this step, as far as they are there.
func (r reader) members(ctx context.Context, s *State) error {
	names := slices.DeleteFunc(groupNames(), func(g string) bool { return s.Groups[g] == "" })
	found := make([][]idtypes.GroupMembership, len(names))
	err := beside.Try(names, func(n int, g string) error {
		id := s.Groups[g]
		pages := identitystore.NewListGroupMembershipsPaginator(r.store,
			&identitystore.ListGroupMembershipsInput{IdentityStoreId: &r.instance.Store, GroupId: &id})
		return steps.EachPage(ctx, pages, func(page *identitystore.ListGroupMembershipsOutput) {
			found[n] = append(found[n], page.GroupMemberships...)
		})
	})
	for n, g := range names {
		s.Members[g] = map[string]bool{}
		for _, m := range found[n] {
			if user, ok := m.MemberId.(*idtypes.MemberIdMemberUserId); ok {
				s.Members[g][user.Value] = true
				s.Memberships[membershipKey(s.Groups[g], user.Value)] = aws.ToString(m.MembershipId)
			}
		}
	}
	return err
}
