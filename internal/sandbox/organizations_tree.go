package sandbox

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"awswizard/internal/pattern"
)

const maxUnitDepth = 5

func (s *Sim) registerOrganizationTree() {
	on(s, createOrganizationalUnit)
	on(s, describeOrganizationalUnit)
	on(s, updateOrganizationalUnit)
	on(s, deleteOrganizationalUnit)
	on(s, listOrganizationalUnitsForParent)
	on(s, listAccountsForParent)
	on(s, listChildren)
	on(s, listParents)
	on(s, moveAccount)
}

func (o *OrganizationsState) unit(id string) *unit {
	if i := slices.IndexFunc(o.Units, func(u *unit) bool { return u.ID == id }); i >= 0 {
		return o.Units[i]
	}
	return nil
}

// isParent reports whether id is the root or an organizational unit.
func (o *OrganizationsState) isParent(id string) bool { return id == o.Root || o.unit(id) != nil }

// parent is the parent of a unit or an account, "" for the root and what is not there.
func (o *OrganizationsState) parent(id string) string {
	if u := o.unit(id); u != nil {
		return u.Parent
	}
	if m := o.member(id); m != nil {
		return m.Parent
	}
	return ""
}

// ancestry is the way from the root down to id, both included.
func (o *OrganizationsState) ancestry(id string) []string {
	var way []string
	for ; id != ""; id = o.parent(id) {
		way = append(way, id)
	}
	slices.Reverse(way)
	return way
}

// NewUnit adds an organizational unit and gives its id.
func (w *World) NewUnit(name, parent string) string {
	u := &unit{ID: "ou-" + strings.TrimPrefix(w.Org.Root, "r-") + "-" + w.ID(lowerAlnum, 8), Name: name, Parent: parent}
	w.Org.Units = append(w.Org.Units, u)
	w.attachDefaults(u.ID)
	w.Changed()
	return u.ID
}

func (o *OrganizationsState) describedUnit(u *unit) *types.OrganizationalUnit {
	return &types.OrganizationalUnit{Id: aws.String(u.ID), Arn: aws.String(o.arn("ou", u.ID)), Name: aws.String(u.Name),
		Path: aws.String(o.ID + "/" + strings.Join(o.ancestry(u.ID), "/") + "/")}
}

func parentNotFound() error {
	return &types.ParentNotFoundException{Message: aws.String("You provided a parent ID that doesn't exist.")}
}

func unitNotFound() error {
	return &types.OrganizationalUnitNotFoundException{Message: aws.String("You specified an organizational unit that doesn't exist.")}
}

func duplicateUnit() error {
	return &types.DuplicateOrganizationalUnitException{Message: aws.String("An OU with the same name already exists.")}
}

func createOrganizationalUnit(r *Request, in *organizations.CreateOrganizationalUnitInput) (*organizations.CreateOrganizationalUnitOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	parent, name := aws.ToString(in.ParentId), aws.ToString(in.Name)
	if !o.isParent(parent) {
		return nil, parentNotFound()
	}
	if name == "" || len(name) > 128 {
		return nil, invalid(types.InvalidInputExceptionReasonMaxLengthExceeded, "You provided a string parameter that is longer than allowed.")
	}
	if o.hasUnit(parent, name) {
		return nil, duplicateUnit()
	}
	if len(o.ancestry(parent)) > maxUnitDepth {
		return nil, constraint(types.ConstraintViolationExceptionReasonOuDepthLimitExceeded, "You have exceeded the allowed depth of organizational units.")
	}
	tags, err := tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	u := o.unit(r.World.NewUnit(name, parent))
	o.tag(u.ID, tags)
	return &organizations.CreateOrganizationalUnitOutput{OrganizationalUnit: o.describedUnit(u)}, nil
}

// hasUnit reports whether a unit of that name is under the parent; names can be used again under others.
func (o *OrganizationsState) hasUnit(parent, name string) bool {
	return slices.ContainsFunc(o.Units, func(u *unit) bool { return u.Parent == parent && u.Name == name })
}

func describeOrganizationalUnit(r *Request, in *organizations.DescribeOrganizationalUnitInput) (*organizations.DescribeOrganizationalUnitOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	u := o.unit(aws.ToString(in.OrganizationalUnitId))
	if u == nil {
		return nil, unitNotFound()
	}
	return &organizations.DescribeOrganizationalUnitOutput{OrganizationalUnit: o.describedUnit(u)}, nil
}

func updateOrganizationalUnit(r *Request, in *organizations.UpdateOrganizationalUnitInput) (*organizations.UpdateOrganizationalUnitOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	u := o.unit(aws.ToString(in.OrganizationalUnitId))
	if u == nil {
		return nil, unitNotFound()
	}
	if name := aws.ToString(in.Name); name != "" && name != u.Name {
		if o.hasUnit(u.Parent, name) {
			return nil, duplicateUnit()
		}
		u.Name = name
		r.World.Changed()
	}
	return &organizations.UpdateOrganizationalUnitOutput{OrganizationalUnit: o.describedUnit(u)}, nil
}

func deleteOrganizationalUnit(r *Request, in *organizations.DeleteOrganizationalUnitInput) (*organizations.DeleteOrganizationalUnitOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	id := aws.ToString(in.OrganizationalUnitId)
	if o.unit(id) == nil {
		return nil, unitNotFound()
	}
	if slices.ContainsFunc(o.Units, func(u *unit) bool { return u.Parent == id }) ||
		slices.ContainsFunc(o.Members, func(m *member) bool {
			return m.Parent == id && (m.open() || r.World.Clock.Before(m.Closing.Add(keptClosed)))
		}) {
		return nil, &types.OrganizationalUnitNotEmptyException{Message: aws.String("The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.")}
	}
	o.Units = slices.DeleteFunc(o.Units, func(u *unit) bool { return u.ID == id })
	o.Attached = slices.DeleteFunc(o.Attached, func(a attachment) bool { return a.Target == id })
	delete(o.Tags, id)
	r.World.Changed()
	return &organizations.DeleteOrganizationalUnitOutput{}, nil
}

func listOrganizationalUnitsForParent(r *Request, in *organizations.ListOrganizationalUnitsForParentInput) (*organizations.ListOrganizationalUnitsForParentOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	if !o.isParent(aws.ToString(in.ParentId)) {
		return nil, parentNotFound()
	}
	var all []types.OrganizationalUnit
	for _, u := range o.Units {
		if u.Parent == aws.ToString(in.ParentId) {
			all = append(all, *o.describedUnit(u))
		}
	}
	page, next, err := paged(r, all, in.NextToken, in.MaxResults)
	return &organizations.ListOrganizationalUnitsForParentOutput{OrganizationalUnits: page, NextToken: next}, err
}

func listAccountsForParent(r *Request, in *organizations.ListAccountsForParentInput) (*organizations.ListAccountsForParentOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	if !o.isParent(aws.ToString(in.ParentId)) {
		return nil, parentNotFound()
	}
	var all []types.Account
	for _, m := range o.joined(r.World.Clock) {
		if m.Parent == aws.ToString(in.ParentId) {
			all = append(all, *r.World.describedAccount(m))
		}
	}
	page, next, err := paged(r, all, in.NextToken, in.MaxResults)
	return &organizations.ListAccountsForParentOutput{Accounts: page, NextToken: next}, err
}

func listChildren(r *Request, in *organizations.ListChildrenInput) (*organizations.ListChildrenOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	parent := aws.ToString(in.ParentId)
	if !o.isParent(parent) {
		return nil, parentNotFound()
	}
	var all []types.Child
	switch in.ChildType {
	case types.ChildTypeAccount:
		for _, m := range o.joined(r.World.Clock) {
			if m.Parent == parent {
				all = append(all, types.Child{Id: aws.String(m.Account), Type: in.ChildType})
			}
		}
	case types.ChildTypeOrganizationalUnit:
		for _, u := range o.Units {
			if u.Parent == parent {
				all = append(all, types.Child{Id: aws.String(u.ID), Type: in.ChildType})
			}
		}
	default:
		return nil, invalid(types.InvalidInputExceptionReasonInvalidEnum, "You specified an invalid value.")
	}
	page, next, err := paged(r, all, in.NextToken, in.MaxResults)
	return &organizations.ListChildrenOutput{Children: page, NextToken: next}, err
}

func listParents(r *Request, in *organizations.ListParentsInput) (*organizations.ListParentsOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	id := aws.ToString(in.ChildId)
	if m := o.member(id); o.unit(id) == nil && (m == nil || m.Joined.After(r.World.Clock)) {
		return nil, &types.ChildNotFoundException{Message: aws.String("You provided a child ID that doesn't exist.")}
	}
	p := types.Parent{Id: aws.String(o.parent(id)), Type: types.ParentTypeOrganizationalUnit}
	if o.parent(id) == o.Root {
		p.Type = types.ParentTypeRoot
	}
	page, next, err := paged(r, []types.Parent{p}, in.NextToken, in.MaxResults)
	return &organizations.ListParentsOutput{Parents: page, NextToken: next}, err
}

var accountID = pattern.Of(`^\d{12}$`)

func moveAccount(r *Request, in *organizations.MoveAccountInput) (*organizations.MoveAccountOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	m, err := o.accountNamed(r.World, in.AccountId)
	if err != nil {
		return nil, err
	}
	from, to := aws.ToString(in.SourceParentId), aws.ToString(in.DestinationParentId)
	switch {
	case !o.isParent(to):
		return nil, &types.DestinationParentNotFoundException{Message: aws.String("You provided a destination parent ID that doesn't exist.")}
	case m.Parent == to:
		return nil, &types.DuplicateAccountException{Message: aws.String("The account is already in the destination parent.")}
	case m.Parent != from:
		return nil, &types.SourceParentNotFoundException{Message: aws.String("You provided a source parent that doesn't contain the account.")}
	}
	m.Parent = to
	r.World.Changed()
	return &organizations.MoveAccountOutput{}, nil
}
