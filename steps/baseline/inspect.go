package baseline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// sideBySide bounds the requests in flight, for the founder's connection: EC2 allows 20 reads a second in each account
// and Region, and a Region needs one.
const sideBySide = 64

// inspect looks at the settings of all accounts. What AWS refuses is kept with its reason; only the end of ctx ends the
// look.
func inspect(ctx context.Context, env steps.Env) (State, error) {
	s := State{Caller: env.Caller.Account, GuardsMade: guardsMade(env.Made)}
	for _, id := range steps.AccountIDs(env) {
		s.Accounts = append(s.Accounts, Account{ID: id})
	}
	l := looker{env: env, slots: make(chan struct{}, sideBySide)}
	var wg beside.Group
	wg.Go(func() { s.Phone = l.phone(ctx) })
	wg.Go(func() {
		s.Organization = l.organization(ctx, analyzerPrincipal)
		wg.Go(func() { s.Guards = l.guards(ctx, s.Organization) })
		s.Watches = l.watches(ctx, s.Organization)
	})
	for i := range s.Accounts {
		wg.Go(func() { l.contacts(ctx, &s.Accounts[i]) })
		wg.Go(func() { l.account(ctx, &s.Accounts[i]) })
	}
	wg.Wait()
	s.tell(env)
	return s, ctx.Err()
}

// tell tells what was found.
func (s State) tell(env steps.Env) {
	contacts, plain, regions, users := 0, 0, 0, 0
	for _, acc := range s.Accounts {
		contacts += len(acc.Contacts)
		users += len(acc.Users)
		for _, r := range acc.Regions {
			regions++
			if !r.Encrypted {
				plain++
			}
		}
	}
	env.Check("Contacts of the accounts", fmt.Sprintf("%d of %d", contacts, len(kinds)*len(s.Accounts)))
	watched := 0
	for _, w := range s.Watches {
		if slices.ContainsFunc(w.Analyzers, Analyzer.works) {
			watched++
		}
	}
	env.Check("Regions watched for what is open to the outside", fmt.Sprintf("%d of %d that are used", watched, len(s.Watches)))
	env.Check("IAM users", strconv.Itoa(users))
	env.Check("Places where new disks are not encrypted", strconv.Itoa(plain)+" of "+strconv.Itoa(regions))
}

type looker struct {
	env   steps.Env
	slots chan struct{}
}

// do makes one request when a slot is free.
func (l looker) do(ctx context.Context, request func() error) error {
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l.slots }()
	return request()
}

func (l looker) config(account, region string) (aws.Config, error) {
	cfg, err := l.env.Config(plan.Place{Account: account, Region: region})
	if err != nil {
		return aws.Config{}, fmt.Errorf("entering account %s in %s: %w", account, region, err)
	}
	return cfg, nil
}

// account looks into the enabled Regions of an account. It writes everything of a but the contacts.
func (l looker) account(ctx context.Context, a *Account) {
	cfg, err := l.config(a.ID, l.env.Home)
	var regions []string
	if err == nil {
		err = l.do(ctx, func() error {
			regions, err = steps.EnabledRegions(ctx, cfg)
			return err
		})
	}
	if errors.Is(err, plan.ErrNoEntry) {
		a.NoEntry = true
		return
	}
	if err != nil {
		a.Refused = steps.RefusalOf(err)
		return
	}
	a.Regions = make([]Region, len(regions))
	var usersErr error
	beside.All(
		func() { usersErr = l.users(ctx, a) },
		func() {
			beside.Each(regions, func(i int, code string) {
				a.Regions[i].Code = code
				if err := l.region(ctx, a.ID, &a.Regions[i]); err != nil {
					a.Regions[i].Refused = steps.RefusalOf(err)
				}
			})
		},
	)
	if usersErr != nil {
		a.Users, a.UsersRefused = nil, steps.RefusalOf(usersErr)
	}
}

func (l looker) region(ctx context.Context, account string, r *Region) error {
	cfg, err := l.config(account, r.Code)
	if err != nil {
		return err
	}
	return l.do(ctx, func() error {
		out, err := ec2.NewFromConfig(cfg).GetEbsEncryptionByDefault(ctx, &ec2.GetEbsEncryptionByDefaultInput{})
		if err != nil {
			return fmt.Errorf("asking whether new disks are encrypted: %w", err)
		}
		r.Encrypted = aws.ToBool(out.EbsEncryptionByDefault)
		return nil
	})
}
