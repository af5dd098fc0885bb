package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	storetypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
)

// IdentityUser is a person of the identity store.
type IdentityUser struct {
	ID, UserName, DisplayName, GivenName, FamilyName, Email string
	Created                                                 time.Time
	// Password says whether the person can sign in: people made by API have none until somebody resets it.
	Password bool
}

// IdentityGroup is a group of the identity store.
type IdentityGroup struct {
	ID, DisplayName, Description string
	Created                      time.Time
}

// Membership puts a user into a group.
type Membership struct{ ID, Group, User string }

// reservedNames cannot be user names (CreateUser API reference).
var reservedNames = []string{"administrator", "awsadministrators"}

// store finds the identity store a call is about: only in its Region, and only for those who manage it.
func (r *Request) store(id *string) (*IdentityInstance, error) {
	for _, i := range r.World.Identity.Instances {
		if i.Store != aws.ToString(id) || i.Region != r.Region {
			continue
		}
		if !i.manages(r.World, r.Principal.Account) {
			return nil, &storetypes.AccessDeniedException{Message: aws.String("User: " + r.Principal.ARN + " is not authorized to perform: identitystore:" + r.Operation)}
		}
		return i, nil
	}
	return nil, storeMissing(storetypes.ResourceTypeIdentityStore, aws.ToString(id))
}

func storeMissing(kind storetypes.ResourceType, id string) error {
	return &storetypes.ResourceNotFoundException{Message: aws.String(fmt.Sprintf("%s not found.", kind)), ResourceType: kind, ResourceId: aws.String(id)}
}

func storeInvalid(m string) error { return &storetypes.ValidationException{Message: aws.String(m)} }

func storeTaken(m string) error {
	return &storetypes.ConflictException{Message: aws.String(m), Reason: storetypes.ConflictExceptionReasonUniquenessConstraintViolation}
}

func (i *IdentityInstance) user(id string) (*IdentityUser, error) {
	for _, u := range i.Users {
		if u.ID == id {
			return u, nil
		}
	}
	return nil, storeMissing(storetypes.ResourceTypeUser, id)
}

func (i *IdentityInstance) group(id string) (*IdentityGroup, error) {
	for _, g := range i.Groups {
		if g.ID == id {
			return g, nil
		}
	}
	return nil, storeMissing(storetypes.ResourceTypeGroup, id)
}

// groupsOf are the ids of the groups a user is in.
func (i *IdentityInstance) groupsOf(user string) []string {
	var ids []string
	for _, m := range i.Memberships {
		if m.User == user {
			ids = append(ids, m.Group)
		}
	}
	return ids
}

// storeID makes the id of something in the store: the store's own digits and a UUID.
func (r *Request) storeID(i *IdentityInstance) string {
	return strings.TrimPrefix(i.Store, "d-") + "-" + r.World.uuid()
}

func userARN(id string) *string  { return aws.String("arn:aws:identitystore:::user/" + id) }
func groupARN(id string) *string { return aws.String("arn:aws:identitystore:::group/" + id) }

// unique reads an alternate identifier of the kind people use: one attribute and its value.
func unique(a storetypes.AlternateIdentifier) (path, value string, err error) {
	u, ok := a.(*storetypes.AlternateIdentifierMemberUniqueAttribute)
	if !ok || u.Value.AttributeValue == nil {
		return "", "", storeInvalid("Only unique attributes are known here")
	}
	// A document of the caller's only marshals; AWS gets the JSON.
	wire, err := u.Value.AttributeValue.MarshalSmithyDocument()
	if err != nil || json.Unmarshal(wire, &value) != nil {
		return "", "", storeInvalid("AttributeValue must be a string")
	}
	return strings.ToLower(aws.ToString(u.Value.AttributePath)), value, nil
}

// meets reports whether a name meets the filters of a list; the name is all they can be about.
func meets(filters []storetypes.Filter, name string) bool {
	return !slices.ContainsFunc(filters, func(f storetypes.Filter) bool { return !strings.EqualFold(aws.ToString(f.AttributeValue), name) })
}

func (i *IdentityInstance) describe(u *IdentityUser) storetypes.User {
	out := storetypes.User{IdentityStoreId: aws.String(i.Store), UserId: aws.String(u.ID), UserArn: userARN(u.ID), UserName: aws.String(u.UserName),
		DisplayName: aws.String(u.DisplayName), Name: &storetypes.Name{GivenName: aws.String(u.GivenName), FamilyName: aws.String(u.FamilyName)},
		UserStatus: storetypes.UserStatusEnabled, CreatedAt: aws.Time(u.Created), UpdatedAt: aws.Time(u.Created)}
	if u.Email != "" {
		out.Emails = []storetypes.Email{{Value: aws.String(u.Email), Type: aws.String("work"), Primary: true}}
	}
	return out
}

func (s *Sim) registerUsers() {
	on(s, func(r *Request, in *identitystore.CreateUserInput) (*identitystore.CreateUserOutput, error) {
		i, err := r.store(in.IdentityStoreId)
		if err != nil {
			return nil, err
		}
		u := &IdentityUser{UserName: aws.ToString(in.UserName), DisplayName: aws.ToString(in.DisplayName), Created: r.World.Now()}
		if in.Name != nil {
			u.GivenName, u.FamilyName = aws.ToString(in.Name.GivenName), aws.ToString(in.Name.FamilyName)
		}
		switch {
		case len(in.Emails) > 1:
			return nil, storeInvalid("Only one e-mail address is supported")
		case len(in.Emails) == 1:
			u.Email = aws.ToString(in.Emails[0].Value)
		}
		if len(u.UserName) == 0 || len(u.UserName) > 128 || u.DisplayName == "" || u.GivenName == "" || u.FamilyName == "" {
			return nil, storeInvalid("UserName, DisplayName, Name.GivenName and Name.FamilyName are required")
		}
		if slices.Contains(reservedNames, strings.ToLower(u.UserName)) {
			return nil, storeInvalid("UserName " + u.UserName + " is reserved")
		}
		for _, o := range i.Users {
			if strings.EqualFold(o.UserName, u.UserName) {
				return nil, storeTaken("Duplicate UserName")
			}
			if u.Email != "" && strings.EqualFold(o.Email, u.Email) {
				return nil, storeTaken("Duplicate Email")
			}
		}
		u.ID = r.storeID(i)
		i.Users = append(i.Users, u)
		r.World.Changed()
		return &identitystore.CreateUserOutput{IdentityStoreId: in.IdentityStoreId, UserId: aws.String(u.ID), UserArn: userARN(u.ID)}, nil
	})
	on(s, func(r *Request, in *identitystore.ListUsersInput) (*identitystore.ListUsersOutput, error) {
		i, err := r.store(in.IdentityStoreId)
		if err != nil {
			return nil, err
		}
		var all []storetypes.User
		for _, u := range i.Users {
			if meets(in.Filters, u.UserName) { //nolint:staticcheck // deprecated, but served
				all = append(all, i.describe(u))
			}
		}
		out, next, err := pageOf(all, in.MaxResults, in.NextToken, 100)
		return &identitystore.ListUsersOutput{Users: out, NextToken: next}, err
	})
	on(s, func(r *Request, in *identitystore.DescribeUserInput) (*identitystore.DescribeUserOutput, error) {
		i, err := r.store(in.IdentityStoreId)
		if err != nil {
			return nil, err
		}
		u, err := i.user(aws.ToString(in.UserId))
		if err != nil {
			return nil, err
		}
		d := i.describe(u)
		return &identitystore.DescribeUserOutput{IdentityStoreId: d.IdentityStoreId, UserId: d.UserId, UserArn: d.UserArn, UserName: d.UserName, DisplayName: d.DisplayName,
			Name: d.Name, Emails: d.Emails, UserStatus: d.UserStatus, CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt}, nil
	})
	on(s, func(r *Request, in *identitystore.GetUserIdInput) (*identitystore.GetUserIdOutput, error) {
		i, err := r.store(in.IdentityStoreId)
		if err != nil {
			return nil, err
		}
		path, value, err := unique(in.AlternateIdentifier)
		if err != nil {
			return nil, err
		}
		for _, u := range i.Users {
			if path == "username" && strings.EqualFold(u.UserName, value) || path == "emails.value" && strings.EqualFold(u.Email, value) {
				return &identitystore.GetUserIdOutput{IdentityStoreId: in.IdentityStoreId, UserId: aws.String(u.ID), UserArn: userARN(u.ID)}, nil
			}
		}
		return nil, storeMissing(storetypes.ResourceTypeUser, "")
	})
	on(s, func(r *Request, in *identitystore.DeleteUserInput) (*identitystore.DeleteUserOutput, error) {
		i, err := r.store(in.IdentityStoreId)
		if err != nil {
			return nil, err
		}
		u, err := i.user(aws.ToString(in.UserId))
		if err != nil {
			return nil, err
		}
		i.Users = slices.DeleteFunc(i.Users, func(o *IdentityUser) bool { return o == u })
		i.Memberships = slices.DeleteFunc(i.Memberships, func(m *Membership) bool { return m.User == u.ID })
		r.World.Changed()
		return &identitystore.DeleteUserOutput{}, nil
	})
}

func (s *Sim) registerGroups() {
	on(s, func(r *Request, in *identitystore.CreateGroupInput) (*identitystore.CreateGroupOutput, error) {
		i, err := r.store(in.IdentityStoreId)
		if err != nil {
			return nil, err
		}
		g := &IdentityGroup{DisplayName: aws.ToString(in.DisplayName), Description: aws.ToString(in.Description), Created: r.World.Now()}
		if g.DisplayName == "" || slices.Contains(reservedNames, strings.ToLower(g.DisplayName)) {
			return nil, storeInvalid("DisplayName is required, and must not be a reserved name")
		}
		if slices.ContainsFunc(i.Groups, func(o *IdentityGroup) bool { return strings.EqualFold(o.DisplayName, g.DisplayName) }) {
			return nil, storeTaken("Duplicate GroupDisplayName")
		}
		g.ID = r.storeID(i)
		i.Groups = append(i.Groups, g)
		r.World.Changed()
		return &identitystore.CreateGroupOutput{IdentityStoreId: in.IdentityStoreId, GroupId: aws.String(g.ID), GroupArn: groupARN(g.ID)}, nil
	})
	on(s, func(r *Request, in *identitystore.ListGroupsInput) (*identitystore.ListGroupsOutput, error) {
		i, err := r.store(in.IdentityStoreId)
		if err != nil {
			return nil, err
		}
		var all []storetypes.Group
		for _, g := range i.Groups {
			if !slices.ContainsFunc(in.Filters, func(f storetypes.Filter) bool {
				return !strings.EqualFold(aws.ToString(f.AttributeValue), g.DisplayName)
			}) {
				all = append(all, storetypes.Group{IdentityStoreId: in.IdentityStoreId, GroupId: aws.String(g.ID), GroupArn: groupARN(g.ID),
					DisplayName: aws.String(g.DisplayName), Description: optional(g.Description), CreatedAt: aws.Time(g.Created)})
			}
		}
		out, next, err := pageOf(all, in.MaxResults, in.NextToken, 100)
		return &identitystore.ListGroupsOutput{Groups: out, NextToken: next}, err
	})
	on(s, func(r *Request, in *identitystore.DescribeGroupInput) (*identitystore.DescribeGroupOutput, error) {
		i, err := r.store(in.IdentityStoreId)
		if err != nil {
			return nil, err
		}
		g, err := i.group(aws.ToString(in.GroupId))
		if err != nil {
			return nil, err
		}
		return &identitystore.DescribeGroupOutput{IdentityStoreId: in.IdentityStoreId, GroupId: aws.String(g.ID), GroupArn: groupARN(g.ID),
			DisplayName: aws.String(g.DisplayName), Description: optional(g.Description), CreatedAt: aws.Time(g.Created)}, nil
	})
	on(s, func(r *Request, in *identitystore.GetGroupIdInput) (*identitystore.GetGroupIdOutput, error) {
		i, err := r.store(in.IdentityStoreId)
		if err != nil {
			return nil, err
		}
		path, value, err := unique(in.AlternateIdentifier)
		if err != nil {
			return nil, err
		}
		for _, g := range i.Groups {
			if path == "displayname" && strings.EqualFold(g.DisplayName, value) {
				return &identitystore.GetGroupIdOutput{IdentityStoreId: in.IdentityStoreId, GroupId: aws.String(g.ID), GroupArn: groupARN(g.ID)}, nil
			}
		}
		return nil, storeMissing(storetypes.ResourceTypeGroup, "")
	})
	on(s, func(r *Request, in *identitystore.DeleteGroupInput) (*identitystore.DeleteGroupOutput, error) {
		i, err := r.store(in.IdentityStoreId)
		if err != nil {
			return nil, err
		}
		g, err := i.group(aws.ToString(in.GroupId))
		if err != nil {
			return nil, err
		}
		i.Groups = slices.DeleteFunc(i.Groups, func(o *IdentityGroup) bool { return o == g })
		i.Memberships = slices.DeleteFunc(i.Memberships, func(m *Membership) bool { return m.Group == g.ID })
		r.World.Changed()
		return &identitystore.DeleteGroupOutput{}, nil
	})
}
