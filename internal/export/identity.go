package export

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	idtypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"awswizard/internal/order"
	"awswizard/internal/plan"
	"awswizard/steps"
)

const identityFile = "identity.tf"

type identityReader struct {
	p               *Project
	admin           *ssoadmin.Client
	store           *identitystore.Client
	instance        string // ARN
	storeID, region string
	refs            map[string]string // "<address>.<argument>" by permission set ARN, group id, user id
	names           map[string]string // display names, by the same
}

// identity exports what is in Identity Center. The instance itself has no Terraform type: it is switched on by hand.
func identity(ctx context.Context, p *Project) error {
	instance, known := p.Source.Facts.Lookup("identity.instance")
	if !known {
		p.leave("Identity Center", "it is not switched on")
		return nil
	}
	r := &identityReader{p: p, instance: instance, storeID: p.Source.Facts.Get("identity.store"), region: p.Source.Facts.Get("identity.region"),
		refs: map[string]string{}, names: map[string]string{}}
	cfg, err := p.Source.Config(plan.Place{Account: p.Source.Management, Region: r.region})
	if err != nil {
		return err
	}
	r.admin, r.store = ssoadmin.NewFromConfig(cfg), identitystore.NewFromConfig(cfg)
	for _, read := range []func(context.Context) error{r.groups, r.users, r.memberships, r.permissionSets, r.attributes} {
		if err := read(ctx); err != nil {
			return err
		}
	}
	p.leave("the Identity Center instance "+instance, "AWS lets only a person switch it on and off in the console")
	return nil
}

// add fills in what the resources of this file share.
func (r *identityReader) add(res Resource) string {
	res.File, res.Region = identityFile, r.region
	return r.p.add(res)
}

func (r *identityReader) groups(ctx context.Context) error {
	groups, err := all(ctx, identitystore.NewListGroupsPaginator(r.store, &identitystore.ListGroupsInput{IdentityStoreId: &r.storeID}),
		func(o *identitystore.ListGroupsOutput) []idtypes.Group { return o.Groups })
	if err != nil {
		return err
	}
	order.By(groups, func(a, b idtypes.Group) int {
		return strings.Compare(aws.ToString(a.DisplayName), aws.ToString(b.DisplayName))
	})
	for _, g := range groups {
		id, name := aws.ToString(g.GroupId), aws.ToString(g.DisplayName)
		r.names[id] = name
		if len(g.ExternalIds) > 0 {
			r.p.leave("the group "+name, "your identity provider owns it")
			continue
		}
		var body Body
		body.Set("identity_store_id", Text(r.storeID))
		body.Set("display_name", Text(name))
		body.Some("description", aws.ToString(g.Description))
		r.refs[id] = r.add(Resource{Type: "aws_identitystore_group", Label: Label(name), ID: r.storeID + "/" + id, Body: body}) + ".group_id"
	}
	return nil
}

func (r *identityReader) users(ctx context.Context) error {
	users, err := all(ctx, identitystore.NewListUsersPaginator(r.store, &identitystore.ListUsersInput{IdentityStoreId: &r.storeID}),
		func(o *identitystore.ListUsersOutput) []idtypes.User { return o.Users })
	if err != nil {
		return err
	}
	order.By(users, func(a, b idtypes.User) int {
		return strings.Compare(aws.ToString(a.UserName), aws.ToString(b.UserName))
	})
	for _, u := range users {
		id, name := aws.ToString(u.UserId), aws.ToString(u.UserName)
		r.names[id] = name
		if len(u.ExternalIds) > 0 || u.Name == nil {
			r.p.leave("the person "+name, "your identity provider owns it")
			continue
		}
		var body Body
		body.Set("identity_store_id", Text(r.storeID))
		body.Set("user_name", Text(name))
		body.Set("display_name", Text(aws.ToString(u.DisplayName)))
		body.Some("nickname", aws.ToString(u.NickName))
		body.Some("title", aws.ToString(u.Title))
		body.Some("locale", aws.ToString(u.Locale))
		body.Some("timezone", aws.ToString(u.Timezone))
		var names Body
		names.Set("given_name", Text(aws.ToString(u.Name.GivenName)))
		names.Set("family_name", Text(aws.ToString(u.Name.FamilyName)))
		names.Some("formatted", aws.ToString(u.Name.Formatted))
		body.Nest("name", names)
		for _, e := range u.Emails[:min(1, len(u.Emails))] {
			var mail Body
			mail.Set("value", Text(aws.ToString(e.Value)))
			mail.Some("type", aws.ToString(e.Type))
			if e.Primary {
				mail.Set("primary", Bool(true))
			}
			body.Nest("emails", mail)
		}
		r.refs[id] = r.add(Resource{Type: "aws_identitystore_user", Label: Label(name), ID: r.storeID + "/" + id, Body: body}) + ".user_id"
	}
	return nil
}

func (r *identityReader) memberships(ctx context.Context) error {
	for _, group := range r.sorted("aws_identitystore_group.") {
		list, err := all(ctx, identitystore.NewListGroupMembershipsPaginator(r.store, &identitystore.ListGroupMembershipsInput{IdentityStoreId: &r.storeID, GroupId: &group}),
			func(o *identitystore.ListGroupMembershipsOutput) []idtypes.GroupMembership { return o.GroupMemberships })
		if err != nil {
			return err
		}
		order.By(list, func(a, b idtypes.GroupMembership) int {
			return strings.Compare(r.names[memberOf(a)], r.names[memberOf(b)])
		})
		for _, m := range list {
			user := memberOf(m)
			if r.refs[user] == "" {
				continue // the identity provider's
			}
			var body Body
			body.Set("identity_store_id", Text(r.storeID))
			body.Set("group_id", Ref(r.refs[group]))
			body.Set("member_id", Ref(r.refs[user]))
			r.add(Resource{Type: "aws_identitystore_group_membership", Label: Label(r.names[user], "in", r.names[group]),
				ID: r.storeID + "/" + aws.ToString(m.MembershipId), Body: body})
		}
	}
	return nil
}

func memberOf(m idtypes.GroupMembership) string {
	if user, ok := m.MemberId.(*idtypes.MemberIdMemberUserId); ok {
		return user.Value
	}
	return ""
}

// sorted are the ids whose resources are of the type, by name.
func (r *identityReader) sorted(prefix string) []string {
	var ids []string
	for id, ref := range r.refs {
		if strings.HasPrefix(ref, prefix) {
			ids = append(ids, id)
		}
	}
	order.By(ids, func(a, b string) int { return strings.Compare(r.names[a], r.names[b]) })
	return ids
}

func (r *identityReader) permissionSets(ctx context.Context) error {
	arns, err := all(ctx, ssoadmin.NewListPermissionSetsPaginator(r.admin, &ssoadmin.ListPermissionSetsInput{InstanceArn: &r.instance}),
		func(o *ssoadmin.ListPermissionSetsOutput) []string { return o.PermissionSets })
	if err != nil {
		return err
	}
	slices.Sort(arns)
	for _, arn := range arns {
		if err := r.permissionSet(ctx, arn); err != nil {
			return err
		}
	}
	for _, arn := range r.sorted("aws_ssoadmin_permission_set.") {
		if err := r.assignments(ctx, arn); err != nil {
			return err
		}
	}
	return nil
}

func (r *identityReader) permissionSet(ctx context.Context, arn string) error {
	out, err := r.admin.DescribePermissionSet(ctx, &ssoadmin.DescribePermissionSetInput{InstanceArn: &r.instance, PermissionSetArn: &arn})
	if err != nil {
		return err
	}
	set := out.PermissionSet
	name := aws.ToString(set.Name)
	r.names[arn] = name
	var body Body
	body.Set("instance_arn", Text(r.instance))
	body.Set("name", Text(name))
	body.Some("description", aws.ToString(set.Description))
	body.Some("session_duration", aws.ToString(set.SessionDuration))
	body.Some("relay_state", aws.ToString(set.RelayState))
	tags, err := all(ctx, ssoadmin.NewListTagsForResourcePaginator(r.admin, &ssoadmin.ListTagsForResourceInput{InstanceArn: &r.instance, ResourceArn: &arn}),
		func(o *ssoadmin.ListTagsForResourceOutput) []ssotypes.Tag { return o.Tags })
	if err := r.p.unread("the tags of the permission set "+name, err); err != nil {
		return err
	}
	found := map[string]string{}
	for _, t := range tags {
		found[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	body.Tags(found)
	address := r.add(Resource{Type: "aws_ssoadmin_permission_set", Label: Label(name), ID: arn + "," + r.instance, Body: body})
	r.refs[arn] = address + ".arn"

	policies, err := all(ctx, ssoadmin.NewListManagedPoliciesInPermissionSetPaginator(r.admin, &ssoadmin.ListManagedPoliciesInPermissionSetInput{InstanceArn: &r.instance, PermissionSetArn: &arn}),
		func(o *ssoadmin.ListManagedPoliciesInPermissionSetOutput) []ssotypes.AttachedManagedPolicy {
			return o.AttachedManagedPolicies
		})
	if err != nil {
		return err
	}
	for _, m := range policies {
		var body Body
		body.Set("instance_arn", Text(r.instance))
		body.Set("permission_set_arn", Ref(r.refs[arn]))
		body.Set("managed_policy_arn", Text(aws.ToString(m.Arn)))
		r.add(Resource{Type: "aws_ssoadmin_managed_policy_attachment", Label: Label(name, aws.ToString(m.Name)),
			ID: aws.ToString(m.Arn) + "," + arn + "," + r.instance, Body: body})
	}
	inline, err := r.admin.GetInlinePolicyForPermissionSet(ctx, &ssoadmin.GetInlinePolicyForPermissionSetInput{InstanceArn: &r.instance, PermissionSetArn: &arn})
	if err != nil && !steps.Absent(err, "ResourceNotFoundException") {
		return err
	}
	if err == nil && aws.ToString(inline.InlinePolicy) != "" {
		var body Body
		body.Set("instance_arn", Text(r.instance))
		body.Set("permission_set_arn", Ref(r.refs[arn]))
		body.Set("inline_policy", r.p.policy(Label("permission_set", name), aws.ToString(inline.InlinePolicy)))
		r.add(Resource{Type: "aws_ssoadmin_permission_set_inline_policy", Label: Label(name), ID: arn + "," + r.instance, Body: body})
	}
	return nil
}

// assignments exports who may enter which account with the permission set.
func (r *identityReader) assignments(ctx context.Context, arn string) error {
	accounts, err := all(ctx, ssoadmin.NewListAccountsForProvisionedPermissionSetPaginator(r.admin, &ssoadmin.ListAccountsForProvisionedPermissionSetInput{InstanceArn: &r.instance, PermissionSetArn: &arn}),
		func(o *ssoadmin.ListAccountsForProvisionedPermissionSetOutput) []string { return o.AccountIds })
	if err != nil {
		return err
	}
	slices.Sort(accounts)
	for _, account := range slices.Compact(accounts) {
		list, err := all(ctx, ssoadmin.NewListAccountAssignmentsPaginator(r.admin, &ssoadmin.ListAccountAssignmentsInput{InstanceArn: &r.instance, PermissionSetArn: &arn, AccountId: &account}),
			func(o *ssoadmin.ListAccountAssignmentsOutput) []ssotypes.AccountAssignment {
				return o.AccountAssignments
			})
		if err != nil {
			return err
		}
		order.By(list, func(a, b ssotypes.AccountAssignment) int {
			return strings.Compare(r.names[aws.ToString(a.PrincipalId)], r.names[aws.ToString(b.PrincipalId)])
		})
		for _, a := range list {
			principal := aws.ToString(a.PrincipalId)
			var body Body
			body.Set("instance_arn", Text(r.instance))
			body.Set("permission_set_arn", Ref(r.refs[arn]))
			if ref := r.refs[principal]; ref != "" {
				body.Set("principal_id", Ref(ref))
			} else {
				body.Set("principal_id", Text(principal))
			}
			body.Set("principal_type", Text(string(a.PrincipalType)))
			body.Set("target_id", Text(account))
			body.Set("target_type", Text("AWS_ACCOUNT"))
			r.add(Resource{Type: "aws_ssoadmin_account_assignment", Label: Label(r.names[principal], r.names[arn], r.p.called(account)), Body: body,
				ID: strings.Join([]string{principal, string(a.PrincipalType), account, "AWS_ACCOUNT", arn, r.instance}, ",")})
		}
	}
	return nil
}

// attributes exports the attributes for access control, when they are on.
func (r *identityReader) attributes(ctx context.Context) error {
	out, err := r.admin.DescribeInstanceAccessControlAttributeConfiguration(ctx, &ssoadmin.DescribeInstanceAccessControlAttributeConfigurationInput{InstanceArn: &r.instance})
	if steps.Absent(err, "ResourceNotFoundException") {
		return nil
	}
	if err != nil {
		return r.p.unread("the attributes for access control", err)
	}
	var body Body
	body.Set("instance_arn", Text(r.instance))
	for _, a := range out.InstanceAccessControlAttributeConfiguration.AccessControlAttributes {
		var attribute, value Body
		attribute.Set("key", Text(aws.ToString(a.Key)))
		value.Set("source", Texts(a.Value.Source))
		attribute.Nest("value", value)
		body.Nest("attribute", attribute)
	}
	r.add(Resource{Type: "aws_ssoadmin_instance_access_control_attributes", Label: "this", ID: r.instance, Body: body})
	return nil
}
