package sandbox

import (
	"cmp"
	"errors"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"awswizard/internal/order"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

// How long the background work of AWS Organizations takes there.
const (
	finalizingTakes  = 40 * time.Second // "Try again later", up to an hour in the documentation
	policyTypeTakes  = 5 * time.Second
	accountTakes     = 45 * time.Second
	memberRoleTakes  = 15 * time.Second // from the account's creation until its role can be assumed
	policyTakes      = 5 * time.Second  // from attaching a policy until it denies
	closingTakes     = time.Minute
	accountRateTakes = 10 * time.Second // CreateAccount: 0.1 a second, three at once
)

// OrganizationsState is this service's part of the world: at most one organization. What is under way is kept as
// the time it will be over, so that reading never changes the world.
type OrganizationsState struct {
	ID         string    `json:"id,omitempty"`
	Root       string    `json:"root,omitempty"`
	Management string    `json:"management,omitempty"` // account id
	Features   string    `json:"features,omitempty"`   // ALL or CONSOLIDATED_BILLING
	Finalizing time.Time `json:"finalizing,omitzero"`  // until then no account can be made

	Types     map[string]time.Time `json:"types,omitempty"`   // policy types, and when they are enabled
	Trusted   map[string]time.Time `json:"trusted,omitempty"` // service principals with trusted access, and since when
	Units     []*unit              `json:"units,omitempty"`
	Members   []*member            `json:"members,omitempty"` // in the order they joined; the management account is first
	Requests  []*accountRequest    `json:"requests,omitempty"`
	Policies  []*policy            `json:"policies,omitempty"`
	Attached  []attachment         `json:"attached,omitempty"`
	Delegated []delegation         `json:"delegated,omitempty"`
	S3Until   time.Time            `json:"s3_until,omitzero"` // accounts still obey an S3 policy that was detached
	// Tags by resource id.
	Tags map[string]map[string]string `json:"tags,omitempty"`

	Quota int `json:"quota"` // accounts the organization may hold, the management account among them
	// Raises are the quota requests made through Service Quotas.
	Raises []quotaRaise `json:"raises,omitempty"`
	// Taken are e-mail addresses that belong to AWS accounts elsewhere, closed ones among them.
	Taken []string `json:"taken,omitempty"`
	// BadCard makes CreateAccount fail in the end, as it does when the management account's card is refused.
	BadCard bool `json:"bad_card,omitempty"`
	// NoDefaultTypes makes CreateOrganization leave service control policies off: both have been seen.
	NoDefaultTypes bool `json:"no_default_types,omitempty"`
	// OldPolicyLimits are those from before 15 May 2026: 5120 characters, 5 policies on a target.
	OldPolicyLimits bool `json:"old_policy_limits,omitempty"`
}

type unit struct{ ID, Name, Parent string }

type member struct {
	Account, Parent string
	Joined          time.Time // the account is listed from then on
	Invited         bool      `json:",omitempty"`
	Closing         time.Time `json:",omitzero"` // when CloseAccount was called
}

// open reports whether nobody closes or has closed the account.
func (m *member) open() bool { return m.Closing.IsZero() }

func (s *Sim) registerOrganizations() {
	on(s, createOrganization)
	on(s, describeOrganization)
	on(s, deleteOrganization)
	on(s, leaveOrganization)
	on(s, enableAllFeatures)
	on(s, listRoots)
	s.registerOrganizationTree()
	s.registerOrganizationAccounts()
	s.registerOrganizationPolicies()
	s.registerOrganizationServices()
}

// managementAccount is the organization's management account id, "" when there is no organization.
func (w *World) managementAccount() string { return w.Org.Management }

// orgMember reports whether the account is in the organization (the management account is), and not closed.
func (w *World) orgMember(account string) bool {
	m := w.Org.member(account)
	return m != nil && m.open() && !m.Joined.After(w.Clock)
}

// trusted reports whether the service has trusted access to the organization, e.g. "cloudtrail.amazonaws.com".
func (w *World) trusted(service string) bool {
	_, ok := w.Org.Trusted[service]
	return ok
}

// delegatedAdmin reports whether the account is a delegated administrator of the service; "" stands for any service.
func (w *World) delegatedAdmin(account, service string) bool {
	return slices.ContainsFunc(w.Org.Delegated, func(d delegation) bool {
		return d.Account == account && (service == "" || d.Service == service)
	})
}

func (o *OrganizationsState) member(account string) *member {
	if i := slices.IndexFunc(o.Members, func(m *member) bool { return m.Account == account }); i >= 0 {
		return o.Members[i]
	}
	return nil
}

// organization gives the organization to a caller that may manage it.
func (r *Request) organization() (*OrganizationsState, error) {
	o := &r.World.Org
	if o.ID == "" || o.member(r.Principal.Account) == nil {
		return nil, notInUse()
	}
	if r.Principal.Account != o.Management {
		return nil, noAccess()
	}
	return o, nil
}

// readOrganization gives the organization to a caller that may read it: delegated administrators may.
func (r *Request) readOrganization() (*OrganizationsState, error) {
	if o := &r.World.Org; o.ID != "" && r.World.delegatedAdmin(r.Principal.Account, "") {
		return o, nil
	}
	return r.organization()
}

func notInUse() error {
	return &types.AWSOrganizationsNotInUseException{Message: aws.String("Your account is not a member of an organization.")}
}

func noAccess() error {
	return &types.AccessDeniedException{Message: aws.String("You don't have permissions to access this resource.")}
}

func constraint(reason types.ConstraintViolationExceptionReason, message string) error {
	return &types.ConstraintViolationException{Message: aws.String(message), Reason: reason}
}

func invalid(reason types.InvalidInputExceptionReason, message string) error {
	return &types.InvalidInputException{Message: aws.String(message), Reason: reason}
}

// arn makes an ARN of the organization, e.g. arn("ou", "ou-ab12-12345678").
func (o *OrganizationsState) arn(kind, id string) string {
	base := "arn:aws:organizations::" + o.Management + ":" + kind + "/" + o.ID
	if id == "" {
		return base
	}
	return base + "/" + id
}

func (w *World) describedOrganization() *types.Organization {
	o := &w.Org
	out := &types.Organization{
		Id: aws.String(o.ID), Arn: aws.String(o.arn("organization", "")), FeatureSet: types.OrganizationFeatureSet(o.Features),
		MasterAccountId: aws.String(o.Management), MasterAccountArn: aws.String(o.arn("account", o.Management)),
	}
	if a := w.Accounts[o.Management]; a != nil {
		out.MasterAccountEmail = aws.String(a.Email)
	}
	return out
}

// NewOrganization makes an organization with all features whose management account is the one given. Nothing of it
// is under way: the clock of CreateOrganization starts only when that is called.
func (w *World) NewOrganization(management string) {
	o := &w.Org
	o.ID = "o-" + w.ID(lowerAlnum, 10)
	o.Root = "r-" + w.ID(lowerAlnum, 4)
	o.Management, o.Features = management, string(types.OrganizationFeatureSetAll)
	o.Members = []*member{{Account: management, Parent: o.Root, Joined: w.Clock, Invited: true}}
	o.Types, o.Trusted, o.Tags = map[string]time.Time{}, map[string]time.Time{}, map[string]map[string]string{}
	o.Policies = []*policy{fullAWSAccess()}
	if !o.NoDefaultTypes {
		w.enableType(types.PolicyTypeServiceControlPolicy, w.Clock)
	}
	w.serviceRole(management, "organizations.amazonaws.com", "AWSServiceRoleForOrganizations")
	w.Changed()
}

const lowerAlnum = "abcdefghijklmnopqrstuvwxyz0123456789"

func createOrganization(r *Request, in *organizations.CreateOrganizationInput) (*organizations.CreateOrganizationOutput, error) {
	w := r.World
	if w.Org.ID != "" && w.Org.member(r.Principal.Account) != nil {
		return nil, &types.AlreadyInOrganizationException{Message: aws.String("The provided account is already a member of an organization.")}
	}
	if w.Org.ID != "" {
		return nil, Fail("SandboxNotImplemented", "the sandbox holds one organization")
	}
	w.NewOrganization(r.Principal.Account)
	if in.FeatureSet == types.OrganizationFeatureSetConsolidatedBilling {
		w.Org.Features = string(in.FeatureSet)
		w.Org.Types, w.Org.Attached = map[string]time.Time{}, nil
	}
	w.Org.Finalizing = w.Clock.Add(w.Takes(finalizingTakes))
	// An organization ends the free plan and the credits expire at once (free-tier-plans).
	a := w.Accounts[r.Principal.Account]
	a.Plan, a.Credits = "PAID", 0
	return &organizations.CreateOrganizationOutput{Organization: w.describedOrganization()}, nil
}

func describeOrganization(r *Request, _ *organizations.DescribeOrganizationInput) (*organizations.DescribeOrganizationOutput, error) {
	if r.World.Org.ID == "" || r.World.Org.member(r.Principal.Account) == nil {
		return nil, notInUse()
	}
	return &organizations.DescribeOrganizationOutput{Organization: r.World.describedOrganization()}, nil
}

func deleteOrganization(r *Request, _ *organizations.DeleteOrganizationInput) (*organizations.DeleteOrganizationOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	// An account being made, and a closed one until it is gone for good, are in it.
	if len(o.joined(r.World.Clock))+o.pending(r.World.Clock) > 1 {
		return nil, &types.OrganizationNotEmptyException{Message: aws.String("The organization isn't empty. To delete an organization, you must first remove all accounts except the management account.")}
	}
	r.World.Org = OrganizationsState{Quota: o.Quota, Taken: o.Taken, NoDefaultTypes: o.NoDefaultTypes, OldPolicyLimits: o.OldPolicyLimits}
	r.World.Changed()
	return &organizations.DeleteOrganizationOutput{}, nil
}

func leaveOrganization(r *Request, _ *organizations.LeaveOrganizationInput) (*organizations.LeaveOrganizationOutput, error) {
	o := &r.World.Org
	if o.ID == "" || o.member(r.Principal.Account) == nil {
		return nil, notInUse()
	}
	if r.Principal.Account == o.Management {
		return nil, &types.MasterCannotLeaveOrganizationException{Message: aws.String("You can't remove a management account from an organization.")}
	}
	if err := o.canGo(o.member(r.Principal.Account), r.World.Clock); err != nil {
		return nil, err
	}
	o.remove(r.Principal.Account)
	r.World.Changed()
	return &organizations.LeaveOrganizationOutput{}, nil
}

func enableAllFeatures(r *Request, _ *organizations.EnableAllFeaturesInput) (*organizations.EnableAllFeaturesOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	if o.Features == string(types.OrganizationFeatureSetAll) {
		return nil, &types.HandshakeConstraintViolationException{
			Message: aws.String("The organization already has all features enabled."),
			Reason:  types.HandshakeConstraintViolationExceptionReasonOrganizationAlreadyHasAllFeatures}
	}
	// Created accounts need not agree; the sandbox has no invited ones that could.
	o.Features = string(types.OrganizationFeatureSetAll)
	id := "h-" + r.World.ID(lowerAlnum, 10)
	r.World.Changed()
	return &organizations.EnableAllFeaturesOutput{Handshake: &types.Handshake{
		Id: aws.String(id), Arn: aws.String(o.arn("handshake", "enable_all_features/"+id)),
		Action: types.ActionTypeEnableAllFeatures, State: types.HandshakeStateAccepted,
		RequestedTimestamp: aws.Time(r.World.Clock), ExpirationTimestamp: aws.Time(r.World.Clock.AddDate(0, 0, 90)),
	}}, nil
}

func listRoots(r *Request, in *organizations.ListRootsInput) (*organizations.ListRootsOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	page, next, err := paged(r, []types.Root{r.World.describedRoot(o)}, in.NextToken, in.MaxResults)
	return &organizations.ListRootsOutput{Roots: page, NextToken: next}, err
}

func (w *World) describedRoot(o *OrganizationsState) types.Root {
	root := types.Root{Id: aws.String(o.Root), Arn: aws.String(o.arn("root", o.Root)), Name: aws.String("Root")}
	for t, ready := range o.Types {
		status := types.PolicyTypeStatusEnabled
		if ready.After(w.Clock) {
			status = types.PolicyTypeStatusPendingEnable
		}
		root.PolicyTypes = append(root.PolicyTypes, types.PolicyTypeSummary{Type: types.PolicyType(t), Status: status})
	}
	order.By(root.PolicyTypes, func(a, b types.PolicyTypeSummary) int { return cmp.Compare(a.Type, b.Type) })
	return root
}

var errToken = errors.New("the token is not one of ours")

// paged cuts a page out of a list. AWS "can occasionally return an empty set of results even when more results are
// available": which operations begin with such a page is decided by the seed. Lists of one come at once.
func paged[T any](r *Request, all []T, token *string, most *int32) (page []T, next *string, err error) {
	size := 20
	if most != nil && *most > 0 && *most < 20 {
		size = int(*most)
	}
	from := 0
	if token == nil {
		if h := fnv.New32a(); len(all) > 1 {
			h.Write([]byte(strconv.FormatUint(r.World.Seed, 10) + r.Operation))
			if h.Sum32()%3 == 0 {
				return nil, aws.String("0"), nil
			}
		}
	} else if from, err = strconv.Atoi(*token); err == nil && (from < 0 || from > len(all)) {
		err = errToken
	}
	if err != nil {
		return nil, nil, invalid(types.InvalidInputExceptionReasonInvalidPaginationToken, "You specified an invalid NextToken.")
	}
	to := min(from+size, len(all))
	if to < len(all) {
		next = aws.String(strconv.Itoa(to))
	}
	return all[from:to], next, nil
}
