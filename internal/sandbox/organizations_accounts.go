package sandbox

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"awswizard/internal/pattern"
)

const (
	memberRole         = "OrganizationAccountAccessRole"
	maxAccountsPending = 5                   // CreateAccount requests in progress
	maxClosing         = 3                   // CloseAccount requests in progress
	stayAtLeast        = 4 * 24 * time.Hour  // a created account cannot leave before
	keptClosed         = 90 * 24 * time.Hour // a closed account stays listed and counts
)

// accountRequest is one CreateAccount. Its end is decided when it is made, and told when Ready has come.
type accountRequest struct {
	ID, Name, Account string
	Requested, Ready  time.Time
	Failure           string `json:",omitempty"` // a CreateAccountFailureReason
}

func (s *Sim) registerOrganizationAccounts() {
	on(s, createAccount)
	on(s, describeCreateAccountStatus)
	on(s, listCreateAccountStatus)
	on(s, describeAccount)
	on(s, listAccounts)
	on(s, closeAccount)
	on(s, removeAccountFromOrganization)
}

// joined are the members whose creation is over, in the order they joined, without those closed for long.
func (o *OrganizationsState) joined(now time.Time) []*member {
	var out []*member
	for _, m := range o.Members {
		if !m.Joined.After(now) && (m.open() || now.Before(m.Closing.Add(keptClosed))) {
			out = append(out, m)
		}
	}
	return out
}

// accountNamed gives the member of that id, with the error of a request that names one that is not there.
func (o *OrganizationsState) accountNamed(w *World, id *string) (*member, error) {
	if !accountID().MatchString(aws.ToString(id)) {
		return nil, invalid(types.InvalidInputExceptionReasonInvalidPattern, "You provided a value that does not match the required pattern.")
	}
	m := o.member(aws.ToString(id))
	if m == nil || m.Joined.After(w.Clock) || !m.open() && !w.Clock.Before(m.Closing.Add(keptClosed)) {
		return nil, &types.AccountNotFoundException{Message: aws.String("You specified an account that doesn't exist.")}
	}
	return m, nil
}

// accountState follows CloseAccount: ACTIVE, PENDING_CLOSURE, CLOSED.
func (w *World) accountState(m *member) types.AccountState {
	switch {
	case m.open():
		return types.AccountStateActive
	case w.Clock.Before(m.Closing.Add(w.Takes(closingTakes))):
		return types.AccountStatePendingClosure
	}
	return types.AccountStateClosed
}

// describedAccount leaves Status empty: it is retired since September 2026, State has taken its place.
func (w *World) describedAccount(m *member) *types.Account {
	o, a := &w.Org, w.Accounts[m.Account]
	method := types.AccountJoinedMethodCreated
	if m.Invited {
		method = types.AccountJoinedMethodInvited
	}
	return &types.Account{
		Id: aws.String(m.Account), Arn: aws.String(o.arn("account", m.Account)), Name: aws.String(a.Name), Email: aws.String(a.Email),
		State: w.accountState(m), JoinedMethod: method, JoinedTimestamp: aws.Time(m.Joined),
		Paths: []string{o.ID + "/" + strings.Join(o.ancestry(m.Parent), "/") + "/" + m.Account + "/"},
	}
}

// NewMember adds an account to the root of the organization, as CreateAccount does, listed from the given time on.
func (w *World) NewMember(name, email, role string, joined time.Time) string {
	a := w.NewAccount(name, email)
	a.Created = joined
	w.Org.Members = append(w.Org.Members, &member{Account: a.ID, Parent: w.Org.Root, Joined: joined})
	w.attachDefaults(a.ID)
	w.putRole(a.ID, &iamRole{Name: role, Trust: trustAccount(w.Org.Management), Managed: []string{administratorAccess},
		Created: joined.Add(w.Takes(memberRoleTakes))})
	return a.ID
}

var (
	emailForm = pattern.Of(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)
	// The characters that Organizations does not take in the part before the @.
	emailForbidden = `"'()<>[]:;,\|%&`
	nameForm       = pattern.Of(`^[\x20-\x7E]{1,50}$`)
	roleForm       = pattern.Of(`^[\w+=,.@-]{1,64}$`)
)

func createAccount(r *Request, in *organizations.CreateAccountInput) (*organizations.CreateAccountOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	w, now := r.World, r.World.Clock
	email, name, role := aws.ToString(in.Email), aws.ToString(in.AccountName), aws.ToString(in.RoleName)
	if role == "" {
		role = memberRole
	}
	tags, err := tagsOf(in.Tags)
	switch {
	case err != nil:
		return nil, err
	case len(email) < 6 || len(email) > 64 || !emailForm().MatchString(email):
		return nil, invalid(types.InvalidInputExceptionReasonInvalidPattern, "You provided a value that does not match the required pattern.")
	case !nameForm().MatchString(name):
		return nil, invalid(types.InvalidInputExceptionReasonInvalidPattern, "You provided a value that does not match the required pattern.")
	case !roleForm().MatchString(role):
		return nil, invalid(types.InvalidInputExceptionReasonInvalidRoleName, "You provided a role name that isn't valid.")
	case now.Before(o.Finalizing):
		return nil, &types.FinalizingOrganizationException{Message: aws.String("AWS Organizations could not finalize the creation of your organization. Try again later. If this persists, contact AWS customer support.")}
	case w.throttlesAccounts():
		return nil, tooMany()
	case o.pending(now) >= maxAccountsPending:
		return nil, constraint(types.ConstraintViolationExceptionReasonAccountCreationRateLimitExceeded, "You have exceeded the number of accounts you can create at one time.")
	}
	req := &accountRequest{ID: "car-" + w.ID(lowerAlnum, 32), Name: name, Requested: now, Ready: now.Add(w.Takes(accountTakes))}
	switch {
	case strings.ContainsAny(email[:strings.LastIndex(email, "@")], emailForbidden) || strings.HasPrefix(email, "."):
		req.Failure = string(types.CreateAccountFailureReasonInvalidEmail)
	case w.emailTaken(email):
		req.Failure = string(types.CreateAccountFailureReasonEmailAlreadyExists)
	case o.BadCard:
		req.Failure = string(types.CreateAccountFailureReasonInvalidPaymentInstrument)
	case len(o.joined(now))+o.pending(now) >= w.accountQuota():
		req.Failure = string(types.CreateAccountFailureReasonAccountLimitExceeded)
	default:
		req.Account = w.NewMember(name, email, role, req.Ready)
		o.tag(req.Account, tags)
	}
	o.Requests = append(o.Requests, req)
	w.Changed()
	return &organizations.CreateAccountOutput{CreateAccountStatus: req.accepted()}, nil
}

func tooMany() error {
	return &types.TooManyRequestsException{Message: aws.String("AWS Organizations can't complete your request because another request is already in progress. Try again later.")}
}

// throttlesAccounts plays CreateAccount's token bucket: three at once, then one each ten seconds.
func (w *World) throttlesAccounts() bool {
	every := w.Takes(accountRateTakes)
	if every <= 0 {
		return false
	}
	tokens, last := 3.0, time.Time{}
	for _, q := range w.Org.Requests {
		tokens = min(3, tokens+float64(q.Requested.Sub(last))/float64(every)) - 1
		last = q.Requested
	}
	return min(3, tokens+float64(w.Clock.Sub(last))/float64(every)) < 1
}

// pending counts the accounts that are being made.
func (o *OrganizationsState) pending(now time.Time) (n int) {
	for _, q := range o.Requests {
		if q.Ready.After(now) {
			n++
		}
	}
	return n
}

// emailTaken reports whether any AWS account has or had the address: closed accounts keep theirs for ever.
func (w *World) emailTaken(email string) bool {
	for _, a := range w.Accounts {
		if strings.EqualFold(a.Email, email) {
			return true
		}
	}
	return slices.ContainsFunc(w.Org.Taken, func(t string) bool { return strings.EqualFold(t, email) })
}

// accepted is CreateAccount's own reply, always IN_PROGRESS.
func (q *accountRequest) accepted() *types.CreateAccountStatus {
	return &types.CreateAccountStatus{Id: aws.String(q.ID), AccountName: aws.String(q.Name), RequestedTimestamp: aws.Time(q.Requested),
		State: types.CreateAccountStateInProgress}
}

func (q *accountRequest) status(now time.Time) *types.CreateAccountStatus {
	st := q.accepted()
	if q.Ready.After(now) {
		return st
	}
	st.CompletedTimestamp = aws.Time(q.Ready)
	if q.Failure != "" {
		st.State, st.FailureReason = types.CreateAccountStateFailed, types.CreateAccountFailureReason(q.Failure)
		return st
	}
	st.State, st.AccountId = types.CreateAccountStateSucceeded, aws.String(q.Account)
	return st
}

func describeCreateAccountStatus(r *Request, in *organizations.DescribeCreateAccountStatusInput) (*organizations.DescribeCreateAccountStatusOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	for _, q := range o.Requests {
		if q.ID == aws.ToString(in.CreateAccountRequestId) {
			return &organizations.DescribeCreateAccountStatusOutput{CreateAccountStatus: q.status(r.World.Clock)}, nil
		}
	}
	return nil, &types.CreateAccountStatusNotFoundException{Message: aws.String("You specified a create account request that doesn't exist.")}
}

func listCreateAccountStatus(r *Request, in *organizations.ListCreateAccountStatusInput) (*organizations.ListCreateAccountStatusOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	var all []types.CreateAccountStatus
	for _, q := range o.Requests {
		if st := q.status(r.World.Clock); len(in.States) == 0 || slices.Contains(in.States, st.State) {
			all = append(all, *st)
		}
	}
	page, next, err := paged(r, all, in.NextToken, in.MaxResults)
	return &organizations.ListCreateAccountStatusOutput{CreateAccountStatuses: page, NextToken: next}, err
}

func describeAccount(r *Request, in *organizations.DescribeAccountInput) (*organizations.DescribeAccountOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	m, err := o.accountNamed(r.World, in.AccountId)
	if err != nil {
		return nil, err
	}
	return &organizations.DescribeAccountOutput{Account: r.World.describedAccount(m)}, nil
}

func listAccounts(r *Request, in *organizations.ListAccountsInput) (*organizations.ListAccountsOutput, error) {
	o, err := r.readOrganization()
	if err != nil {
		return nil, err
	}
	var all []types.Account
	for _, m := range o.joined(r.World.Clock) {
		all = append(all, *r.World.describedAccount(m))
	}
	page, next, err := paged(r, all, in.NextToken, in.MaxResults)
	return &organizations.ListAccountsOutput{Accounts: page, NextToken: next}, err
}

func closeAccount(r *Request, in *organizations.CloseAccountInput) (*organizations.CloseAccountOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	m, err := o.accountNamed(r.World, in.AccountId)
	if err != nil {
		return nil, err
	}
	closing := 0
	for _, other := range o.Members {
		if r.World.accountState(other) == types.AccountStatePendingClosure {
			closing++
		}
	}
	switch {
	case m.Account == o.Management:
		return nil, constraint(types.ConstraintViolationExceptionReasonCannotCloseManagementAccount, "You can't close the management account.")
	case r.World.accountState(m) == types.AccountStateClosed:
		return nil, &types.AccountAlreadyClosedException{Message: aws.String("The account is already closed.")}
	case !m.open():
		return nil, &types.ConflictException{Message: aws.String("The request failed because it conflicts with the current state of the specified resource.")}
	case closing >= maxClosing:
		return nil, constraint(types.ConstraintViolationExceptionReasonCloseAccountRequestsLimitExceeded, "You have exceeded the number of accounts you can close at one time.")
	}
	m.Closing = r.World.Clock
	r.World.Changed()
	return &organizations.CloseAccountOutput{}, nil
}

// canGo says why a member cannot leave: created accounts must be old enough and have sign-up data of their own.
func (o *OrganizationsState) canGo(m *member, now time.Time) error {
	if m.Invited {
		return nil
	}
	if now.Before(m.Joined.Add(stayAtLeast)) {
		return constraint(types.ConstraintViolationExceptionReasonWaitPeriodActive, "You must wait until at least four days after the account was created.")
	}
	return constraint(types.ConstraintViolationExceptionReasonMemberAccountPaymentInstrumentRequired, "The member account is missing a valid payment method.")
}

func (o *OrganizationsState) remove(account string) {
	o.Members = slices.DeleteFunc(o.Members, func(m *member) bool { return m.Account == account })
	o.Attached = slices.DeleteFunc(o.Attached, func(a attachment) bool { return a.Target == account })
	delete(o.Tags, account)
}

func removeAccountFromOrganization(r *Request, in *organizations.RemoveAccountFromOrganizationInput) (*organizations.RemoveAccountFromOrganizationOutput, error) {
	o, err := r.organization()
	if err != nil {
		return nil, err
	}
	m, err := o.accountNamed(r.World, in.AccountId)
	switch {
	case err != nil:
		return nil, err
	case m.Account == o.Management:
		return nil, &types.MasterCannotLeaveOrganizationException{Message: aws.String("You can't remove a management account from an organization.")}
	case r.World.delegatedAdmin(m.Account, ""):
		return nil, constraint(types.ConstraintViolationExceptionReasonCannotRemoveDelegatedAdministratorFromOrg, "You can't remove a delegated administrator from the organization.")
	}
	if err := o.canGo(m, r.World.Clock); err != nil {
		return nil, err
	}
	o.remove(m.Account)
	r.World.Changed()
	return &organizations.RemoveAccountFromOrganizationOutput{}, nil
}
