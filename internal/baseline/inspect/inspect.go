// Package inspect reads AWS into a baseline.State. It only reads, and one refusal never stops the rest: what could not be read
// is told as such, with the reason.
package inspect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go"

	"awswizard/internal/answers"
	"awswizard/internal/baseline"
	"awswizard/internal/beside"
	"awswizard/internal/order"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// sideBySide bounds the requests in flight, for the founder's connection; AWS's limits are per account and Region.
const sideBySide = 64

// Source is where to look.
type Source struct {
	Config plan.Reader
	Caller plan.Caller
	Home   string // home Region
	Now    func() time.Time
}

// Inspect looks at every account that can be entered. It errors only when ctx ends.
func Inspect(ctx context.Context, src Source) (baseline.State, error) {
	l := &look{src: src, slots: make(chan struct{}, sideBySide)}
	s := baseline.State{Looked: src.Now(), Home: src.Home}
	l.accounts(ctx, &s)
	var wg beside.Group
	if s.Organization.ID != "" && !s.Member {
		wg.Go(func() { l.organization(ctx, &s.Organization) })
	}
	for i := range s.Accounts {
		wg.Go(func() { l.account(ctx, &s.Accounts[i]) })
	}
	wg.Wait()
	return s, ctx.Err()
}

type look struct {
	src   Source
	slots chan struct{}
	tower bool // Control Tower runs the organization
}

func (l *look) config(account, region string) (aws.Config, error) {
	return l.src.Config(plan.Place{Account: account, Region: region})
}

// ask makes one look when a slot is free.
func ask[T any](ctx context.Context, l *look, call string, read func() (T, error)) baseline.Seen[T] {
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return baseline.Seen[T]{Call: call, Why: ctx.Err().Error()}
	}
	defer func() { <-l.slots }()
	value, err := read()
	if err != nil {
		var none T
		return baseline.Seen[T]{Value: none, Call: call, Why: reason(err)}
	}
	return baseline.Seen[T]{Value: value, Call: call}
}

// reason is what AWS said, in one short line.
func reason(err error) string {
	const most = 160
	text := err.Error()
	var api smithy.APIError
	if errors.As(err, &api) {
		text = cmp.Or(api.ErrorCode()+": "+api.ErrorMessage(), text)
	}
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strings.TrimSuffix(text, ": ")
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// all gathers the pages of a list: read gives one page and the token of the next.
func all[T any](read func(token *string) ([]T, *string, error)) ([]T, error) {
	var out []T
	var token *string
	for {
		page, next, err := read(token)
		if err != nil {
			return nil, err
		}
		out = append(out, page...)
		if aws.ToString(next) == "" {
			return out, nil
		}
		token = next
	}
}

// accounts finds out which accounts there are: those of the organization from its management account, else the caller's own.
func (l *look) accounts(ctx context.Context, s *baseline.State) {
	own := baseline.Account{ID: l.src.Caller.Account, Name: "this account", Top: true}
	s.Accounts = []baseline.Account{own}
	cfg, err := l.config(own.ID, l.src.Home)
	if err != nil {
		return
	}
	client := organizations.NewFromConfig(cfg, global)
	out, err := client.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	if err != nil || out.Organization == nil {
		if code(err) != "AWSOrganizationsNotInUseException" {
			s.Organization.Guardrails = baseline.Seen[[]baseline.Guardrail]{Call: "organizations:DescribeOrganization", Why: reason(err)}
		}
		return
	}
	s.Organization.ID, s.Organization.Management = aws.ToString(out.Organization.Id), aws.ToString(out.Organization.MasterAccountId)
	s.Member = s.Organization.Management != own.ID
	if s.Member {
		return
	}
	s.Accounts[0].Name = plan.Management
	l.tower = steps.MadeByControlTower(ctx, client)
	s.Organization.ControlTower = l.tower
	list := organizations.NewListAccountsPaginator(client, &organizations.ListAccountsInput{})
	for list.HasMorePages() {
		page, err := list.NextPage(ctx)
		if err != nil {
			s.Accounts = append(s.Accounts, baseline.Account{Name: "the other accounts", NoEntry: fmt.Sprintf("organizations:ListAccounts in %s: %s", own.ID, reason(err)),
				Enter: "Sign in with a role that may read the organization, e.g. AdministratorAccess."})
			return
		}
		for _, a := range page.Accounts {
			// Status went in September 2026; an endpoint that is behind (moto) gives it alone.
			active := a.State == types.AccountStateActive || a.State == "" && a.Status == types.AccountStatusActive
			if id := aws.ToString(a.Id); id != own.ID && active {
				s.Accounts = append(s.Accounts, baseline.Account{ID: id, Name: aws.ToString(a.Name), Path: strings.Join(a.Paths, "/")})
			}
		}
	}
	order.By(s.Accounts[1:], func(a, b baseline.Account) int { return cmp.Compare(a.Name, b.Name) })
}

// global are the options of a client of a service that has its one endpoint in us-east-1.
func global(o *organizations.Options) { o.Region = "us-east-1" }

// account looks at everything in one account.
func (l *look) account(ctx context.Context, a *baseline.Account) {
	if a.NoEntry != "" || !l.way(ctx, a) {
		return
	}
	var wg beside.Group
	wg.Go(func() { l.access(ctx, a) })
	wg.Go(func() { l.services(ctx, a) })
	wg.Go(func() { l.each(ctx, a, func(r *baseline.Region) { l.region(ctx, a.ID, r) }) })
	wg.Wait()
}

// way reports whether the account can be entered; where it cannot, the account says why.
func (l *look) way(ctx context.Context, a *baseline.Account) bool {
	err := l.enter(ctx, a)
	switch {
	case err == nil:
		return true
	case errors.Is(err, plan.ErrNoEntry):
		a.NoEntry = "you are root, and root cannot enter the account " + a.ID
		a.Enter = "Sign in as yourself through IAM Identity Center, and start wizard check again."
	default:
		a.NoEntry = "sts:AssumeRole of OrganizationAccountAccessRole in " + a.ID + ": " + reason(err)
		a.Enter = "Sign in to the management account with a role or user that may enter it, and start wizard check again."
		if l.tower {
			a.Enter = "Control Tower makes its accounts without this role. Sign in to the account itself through your access portal, and start wizard check there."
		}
	}
	return false
}

// each looks at each enabled Region.
func (l *look) each(ctx context.Context, a *baseline.Account, at func(*baseline.Region)) {
	names := ask(ctx, l, "ec2:DescribeRegions", func() ([]string, error) { return l.enabled(ctx, a.ID) })
	if names.Why != "" {
		names.Value = answers.Regions() // those no account can switch off
	}
	a.Regions = make([]baseline.Region, len(names.Value))
	var wg beside.Group
	for i, name := range names.Value {
		a.Regions[i].Name = name
		wg.Go(func() { at(&a.Regions[i]) })
	}
	wg.Wait()
}
