package sandbox

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	storetypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
)

// member reads the user id out of a member id and checks that the user exists.
func (i *IdentityInstance) member(m storetypes.MemberId) (string, error) {
	u, ok := m.(*storetypes.MemberIdMemberUserId)
	if !ok {
		return "", storeInvalid("MemberId must be a user id")
	}
	_, err := i.user(u.Value)
	return u.Value, err
}

func (i *IdentityInstance) membership(group, user string) *Membership {
	for _, m := range i.Memberships {
		if m.Group == group && m.User == user {
			return m
		}
	}
	return nil
}

func membershipARN(id string) *string {
	return aws.String("arn:aws:identitystore:::membership/" + id)
}

func (i *IdentityInstance) showMembership(m *Membership) storetypes.GroupMembership {
	return storetypes.GroupMembership{IdentityStoreId: aws.String(i.Store), MembershipId: aws.String(m.ID), MembershipArn: membershipARN(m.ID),
		GroupId: aws.String(m.Group), MemberId: &storetypes.MemberIdMemberUserId{Value: m.User}}
}

func (s *Sim) registerMemberships() {
	on(s, func(r *Request, in *identitystore.CreateGroupMembershipInput) (*identitystore.CreateGroupMembershipOutput, error) {
		i, err := r.store(in.IdentityStoreId)
		if err != nil {
			return nil, err
		}
		g, err := i.group(aws.ToString(in.GroupId))
		if err != nil {
			return nil, err
		}
		user, err := i.member(in.MemberId)
		if err != nil {
			return nil, err
		}
		if i.membership(g.ID, user) != nil {
			return nil, storeTaken("Member and Group relationship already exists.")
		}
		m := &Membership{ID: r.storeID(i), Group: g.ID, User: user}
		i.Memberships = append(i.Memberships, m)
		r.World.Changed()
		return &identitystore.CreateGroupMembershipOutput{IdentityStoreId: in.IdentityStoreId, MembershipId: aws.String(m.ID), MembershipArn: membershipARN(m.ID)}, nil
	})
	on(s, func(r *Request, in *identitystore.GetGroupMembershipIdInput) (*identitystore.GetGroupMembershipIdOutput, error) {
		i, err := r.store(in.IdentityStoreId)
		if err != nil {
			return nil, err
		}
		user, err := i.member(in.MemberId)
		if err != nil {
			return nil, err
		}
		m := i.membership(aws.ToString(in.GroupId), user)
		if m == nil {
			return nil, storeMissing(storetypes.ResourceTypeGroupMembership, "")
		}
		return &identitystore.GetGroupMembershipIdOutput{IdentityStoreId: in.IdentityStoreId, MembershipId: aws.String(m.ID), MembershipArn: membershipARN(m.ID)}, nil
	})
	on(s, func(r *Request, in *identitystore.ListGroupMembershipsInput) (*identitystore.ListGroupMembershipsOutput, error) {
		i, err := r.store(in.IdentityStoreId)
		if err != nil {
			return nil, err
		}
		g, err := i.group(aws.ToString(in.GroupId))
		if err != nil {
			return nil, err
		}
		var all []storetypes.GroupMembership
		for _, m := range i.Memberships {
			if m.Group == g.ID {
				all = append(all, i.showMembership(m))
			}
		}
		out, next, err := pageOf(all, in.MaxResults, in.NextToken, 100)
		return &identitystore.ListGroupMembershipsOutput{GroupMemberships: out, NextToken: next}, err
	})
	on(s, func(r *Request, in *identitystore.ListGroupMembershipsForMemberInput) (*identitystore.ListGroupMembershipsForMemberOutput, error) {
		i, err := r.store(in.IdentityStoreId)
		if err != nil {
			return nil, err
		}
		user, err := i.member(in.MemberId)
		if err != nil {
			return nil, err
		}
		var all []storetypes.GroupMembership
		for _, m := range i.Memberships {
			if m.User == user {
				all = append(all, i.showMembership(m))
			}
		}
		out, next, err := pageOf(all, in.MaxResults, in.NextToken, 100)
		return &identitystore.ListGroupMembershipsForMemberOutput{GroupMemberships: out, NextToken: next}, err
	})
	on(s, func(r *Request, in *identitystore.IsMemberInGroupsInput) (*identitystore.IsMemberInGroupsOutput, error) {
		i, err := r.store(in.IdentityStoreId)
		if err != nil {
			return nil, err
		}
		user, err := i.member(in.MemberId)
		if err != nil {
			return nil, err
		}
		out := &identitystore.IsMemberInGroupsOutput{}
		for _, id := range in.GroupIds {
			if _, err := i.group(id); err != nil {
				return nil, err
			}
			out.Results = append(out.Results, storetypes.GroupMembershipExistenceResult{GroupId: aws.String(id), MemberId: in.MemberId,
				MembershipExists: i.membership(id, user) != nil})
		}
		return out, nil
	})
	on(s, func(r *Request, in *identitystore.DeleteGroupMembershipInput) (*identitystore.DeleteGroupMembershipOutput, error) {
		i, err := r.store(in.IdentityStoreId)
		if err != nil {
			return nil, err
		}
		before := len(i.Memberships)
		i.Memberships = slices.DeleteFunc(i.Memberships, func(m *Membership) bool { return m.ID == aws.ToString(in.MembershipId) })
		if len(i.Memberships) == before {
			return nil, storeMissing(storetypes.ResourceTypeGroupMembership, aws.ToString(in.MembershipId))
		}
		r.World.Changed()
		return &identitystore.DeleteGroupMembershipOutput{}, nil
	})
}
