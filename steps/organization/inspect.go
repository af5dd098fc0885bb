package organization

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"

	"awswizard/internal/beside"
	"awswizard/internal/order"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// requestPrefix starts the facts that hold CreateAccount request ids.
const requestPrefix = "organization.request."

// inspect reads the organization from its management account. A refusal of the first read is a state (the plan
// explains it); a refusal of trusted access or quotas touches only their own items.
func inspect(ctx context.Context, env steps.Env) (State, error) {
	s := State{Caller: env.Caller.Account, Wanted: env.Answers.Accounts}
	cfg, err := env.Config(plan.Place{Account: env.Caller.Account, Region: globalRegion})
	if err != nil {
		return s, fmt.Errorf("organization: %w", err)
	}
	r := reader{organizations.NewFromConfig(cfg), ctx}
	if err := r.describe(&s); err != nil || s.Refused != "" {
		return s, err
	}
	if !s.Exists {
		env.Check("Organization", "none yet")
	}
	if !s.manages() || !s.AllFeatures {
		s.AccountLimit, s.LimitCode = accountLimit(ctx, cfg) // an account without an organization has the quota as well
		return s, ctx.Err()
	}
	var homes map[string]string
	var treeErr, listErr, requestsErr error
	earlier := earlierRequests(env.Facts)
	beside.All(
		func() { s.AccountLimit, s.LimitCode = accountLimit(ctx, cfg) },
		func() { r.trusted(&s) },
		func() { homes, treeErr = r.tree(&s) },
		func() { listErr = r.accounts(&s) },
		func() { earlier, requestsErr = r.inFlight(&s, earlier) },
	)
	if err := cmp.Or(treeErr, listErr, requestsErr); err != nil {
		return s, err
	}
	for i, a := range s.Accounts {
		s.Accounts[i].Parent = homes[a.ID]
	}
	r.lookUp(&s, earlier)
	if p := (&planner{s: s, a: env.Answers}); s.LimitCode != "" && p.short() > 0 {
		s.Raise = lastRaise(ctx, cfg, s.LimitCode)
	}
	env.Check("Organization", s.ID)
	env.Check("Accounts", fmt.Sprint(len(s.Accounts)))
	env.Check("Organizational units", fmt.Sprint(len(s.Units)))
	return s, ctx.Err()
}

// reader makes the reads of one inspection.
type reader struct {
	client *organizations.Client
	ctx    context.Context
}

// pager is what every paginator of the SDK has.
type pager[O any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*organizations.Options)) (*O, error)
}

// pages reads all pages; Organizations may give an empty page with a token, which is not the end.
func pages[O any](ctx context.Context, what string, p pager[O], each func(*O)) error {
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("organization: listing %s: %w", what, err)
		}
		each(page)
	}
	return nil
}

func (r reader) describe(s *State) error {
	out, err := r.client.DescribeOrganization(r.ctx, &organizations.DescribeOrganizationInput{})
	switch c := steps.Code(err); {
	case c == "AWSOrganizationsNotInUseException":
		return nil
	case c == "AccessDeniedException", c == "AccessDenied", c == "OptInRequired", c == "SubscriptionRequiredException":
		s.Refused = c
		return nil
	case err != nil:
		return fmt.Errorf("organization: describing it: %w", err)
	case out.Organization == nil:
		return errors.New("organization: describing it: empty reply")
	}
	o := out.Organization
	s.Exists = true
	s.ID, s.ARN = aws.ToString(o.Id), aws.ToString(o.Arn)
	s.Management, s.ManagementEmail = aws.ToString(o.MasterAccountId), aws.ToString(o.MasterAccountEmail)
	s.AllFeatures = o.FeatureSet == orgtypes.OrganizationFeatureSetAll
	return nil
}

// tree reads the root, then the units level by level, so that the ones nearest the root come first. homes are the units the
// accounts are in.
func (r reader) tree(s *State) (homes map[string]string, err error) {
	if err := r.roots(s); err != nil {
		return nil, err
	}
	homes = map[string]string{}
	for level := []string{s.Root}; len(level) > 0; {
		units, accounts := make([][]Unit, len(level)), make([][]string, len(level))
		err := beside.Try(level, func(n int, parent string) (err error) {
			var failed error
			beside.All(func() { units[n], failed = r.units(parent) }, func() { accounts[n], err = r.accountsIn(parent) })
			return cmp.Or(failed, err)
		})
		if err != nil {
			return nil, err
		}
		var next []string
		for n, parent := range level {
			for _, u := range units[n] {
				next = append(next, u.ID)
			}
			for _, id := range accounts[n] {
				homes[id] = parent
			}
			s.Units = append(s.Units, units[n]...)
		}
		level = next
	}
	return homes, nil
}

func (r reader) roots(s *State) error {
	s.PolicyTypes = map[string]string{}
	return pages(r.ctx, "roots", organizations.NewListRootsPaginator(r.client, &organizations.ListRootsInput{}),
		func(page *organizations.ListRootsOutput) {
			for _, root := range page.Roots { // there is exactly one
				s.Root = aws.ToString(root.Id)
				for _, t := range root.PolicyTypes {
					s.PolicyTypes[string(t.Type)] = string(t.Status)
				}
			}
		})
}

func (r reader) units(parent string) (found []Unit, err error) {
	in := &organizations.ListOrganizationalUnitsForParentInput{ParentId: aws.String(parent)}
	err = pages(r.ctx, "organizational units", organizations.NewListOrganizationalUnitsForParentPaginator(r.client, in),
		func(page *organizations.ListOrganizationalUnitsForParentOutput) {
			for _, ou := range page.OrganizationalUnits {
				found = append(found, Unit{ID: aws.ToString(ou.Id), Name: aws.ToString(ou.Name), Parent: parent})
			}
		})
	return found, err
}

func (r reader) accountsIn(parent string) (ids []string, err error) {
	in := &organizations.ListAccountsForParentInput{ParentId: aws.String(parent)}
	err = pages(r.ctx, "accounts of a unit", organizations.NewListAccountsForParentPaginator(r.client, in),
		func(page *organizations.ListAccountsForParentOutput) {
			for _, acc := range page.Accounts {
				ids = append(ids, aws.ToString(acc.Id))
			}
		})
	return ids, err
}

func (r reader) accounts(s *State) error {
	err := pages(r.ctx, "accounts", organizations.NewListAccountsPaginator(r.client, &organizations.ListAccountsInput{}),
		func(page *organizations.ListAccountsOutput) {
			for _, acc := range page.Accounts {
				s.Accounts = append(s.Accounts, Account{ID: aws.ToString(acc.Id), Name: aws.ToString(acc.Name),
					Email: aws.ToString(acc.Email), State: accountState(acc)})
			}
		})
	order.By(s.Accounts, func(a, b Account) int { return cmp.Compare(a.ID, b.ID) })
	return err
}

// accountState prefers State: Status is retired since 9 September 2026 and stays empty, while older simulators fill
// only Status.
func accountState(acc orgtypes.Account) string {
	if acc.State != "" {
		return string(acc.State)
	}
	return string(acc.Status)
}

// request is a request of an earlier run for an account. Account is "" while no list of AWS tells its id.
type request struct{ id, account string }

// earlierRequests are the requests an earlier run left behind.
func earlierRequests(f plan.Facts) []request {
	facts := f.Map()
	var earlier []request
	for _, key := range slices.Sorted(maps.Keys(facts)) {
		if strings.HasPrefix(key, requestPrefix) {
			earlier = append(earlier, request{id: facts[key]})
		}
	}
	return earlier
}

// inFlight reads the accounts that are being made. It gives the earlier requests that are not among them, and with them
// the accounts the same list tells.
func (r reader) inFlight(s *State, earlier []request) (over []request, err error) {
	in := &organizations.ListCreateAccountStatusInput{States: []orgtypes.CreateAccountState{orgtypes.CreateAccountStateInProgress}}
	if len(earlier) > 0 {
		in.States = append(in.States, orgtypes.CreateAccountStateSucceeded)
	}
	told := map[string]string{}
	err = pages(r.ctx, "account requests", organizations.NewListCreateAccountStatusPaginator(r.client, in),
		func(page *organizations.ListCreateAccountStatusOutput) {
			for _, st := range page.CreateAccountStatuses {
				switch id := aws.ToString(st.Id); st.State {
				case orgtypes.CreateAccountStateInProgress:
					s.Making = append(s.Making, Request{ID: id, Name: aws.ToString(st.AccountName)})
				case orgtypes.CreateAccountStateSucceeded:
					told[id] = aws.ToString(st.AccountId)
				}
			}
		})
	for _, e := range earlier {
		if !slices.ContainsFunc(s.Making, func(m Request) bool { return m.ID == e.id }) {
			over = append(over, request{e.id, told[e.id]})
		}
	}
	return over, err
}

// lookUp looks up the earlier requests one by one where the lists of Organizations lag behind: a request in progress counts
// as being made, and one that succeeded as an account, even where no list shows it yet.
func (r reader) lookUp(s *State, earlier []request) {
	for _, e := range earlier {
		if e.account != "" {
			r.adoptLate(s, e.account)
			continue
		}
		out, err := r.client.DescribeCreateAccountStatus(r.ctx, &organizations.DescribeCreateAccountStatusInput{CreateAccountRequestId: aws.String(e.id)})
		if err != nil || out.CreateAccountStatus == nil {
			continue // AWS forgets requests after some months; the lists above have the account
		}
		st := out.CreateAccountStatus
		switch st.State {
		case orgtypes.CreateAccountStateInProgress:
			s.Making = append(s.Making, Request{ID: e.id, Name: aws.ToString(st.AccountName)})
		case orgtypes.CreateAccountStateSucceeded:
			r.adoptLate(s, aws.ToString(st.AccountId))
		}
	}
}

// adoptLate adds an account that exists though the list does not show it yet.
func (r reader) adoptLate(s *State, id string) {
	if id == "" || slices.ContainsFunc(s.Accounts, func(a Account) bool { return a.ID == id }) {
		return
	}
	out, err := r.client.DescribeAccount(r.ctx, &organizations.DescribeAccountInput{AccountId: aws.String(id)})
	if err != nil || out.Account == nil {
		return // removed from the organization since
	}
	acc := Account{ID: id, Name: aws.ToString(out.Account.Name), Email: aws.ToString(out.Account.Email), State: accountState(*out.Account), Parent: s.Root}
	if parents, err := r.client.ListParents(r.ctx, &organizations.ListParentsInput{ChildId: aws.String(id)}); err == nil && len(parents.Parents) == 1 {
		acc.Parent = aws.ToString(parents.Parents[0].Id)
	}
	s.Accounts = append(s.Accounts, acc)
}

func (r reader) trusted(s *State) {
	var err error
	if s.Trusted, err = steps.TrustedServices(r.ctx, r.client); err != nil {
		s.TrustedRefused = cmp.Or(steps.Code(err), "unknown")
	}
	slices.Sort(s.Trusted)
}

// accountLimit is the quota of accounts, 0 when it cannot be read, and its code if AWS raises it. Service Quotas for
// Organizations answers in us-east-1 only; the quota is found by its name, since AWS documents no code for it.
func accountLimit(ctx context.Context, cfg aws.Config) (limit int, code string) {
	client := servicequotas.NewFromConfig(cfg, func(o *servicequotas.Options) { o.Region = globalRegion })
	list := servicequotas.NewListServiceQuotasPaginator(client, &servicequotas.ListServiceQuotasInput{ServiceCode: aws.String(quotaService)})
	for list.HasMorePages() {
		page, err := list.NextPage(ctx)
		if err != nil {
			return 0, ""
		}
		for _, q := range page.Quotas {
			if strings.Contains(strings.ToLower(aws.ToString(q.QuotaName)), "number of accounts") && q.Value != nil {
				if q.Adjustable {
					code = aws.ToString(q.QuotaCode)
				}
				return int(*q.Value), code
			}
		}
	}
	return 0, ""
}

// lastRaise is the newest request for more accounts, none when that cannot be read: AWS takes one at a time.
func lastRaise(ctx context.Context, cfg aws.Config, code string) (last Raise) {
	client := servicequotas.NewFromConfig(cfg, func(o *servicequotas.Options) { o.Region = globalRegion })
	list := servicequotas.NewListRequestedServiceQuotaChangeHistoryByQuotaPaginator(client,
		&servicequotas.ListRequestedServiceQuotaChangeHistoryByQuotaInput{ServiceCode: aws.String(quotaService), QuotaCode: aws.String(code)})
	var asked time.Time
	for list.HasMorePages() {
		page, err := list.NextPage(ctx)
		if err != nil {
			break
		}
		for _, q := range page.RequestedQuotas {
			if at := aws.ToTime(q.Created); !at.Before(asked) {
				asked, last = at, Raise{Status: string(q.Status), To: int(aws.ToFloat64(q.DesiredValue))}
			}
		}
	}
	return last
}
