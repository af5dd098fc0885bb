package network

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"awswizard/internal/answers"
	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// sideBySide bounds the requests in flight, and deep the default VPCs that are looked into at once. EC2 allows 20 reads a
// second for an account and Region, after the first hundred, and a place needs a dozen: the bounds are for memory, not for
// AWS. How many connections they share is internal/cloud's.
const (
	sideBySide = 4096
	deep       = 2048
)

// inspect looks for the default VPC of each enabled Region of each account. Where AWS refuses, the reason is kept with
// the place; only the end of ctx ends the census.
func inspect(ctx context.Context, env steps.Env) (State, error) {
	c := census{env: env, slots: make(chan struct{}, sideBySide), deep: make(chan struct{}, deep)}
	s := State{}
	for _, id := range steps.AccountIDs(env) {
		s.Accounts = append(s.Accounts, Account{ID: id})
	}
	var wg beside.Group
	for i := range s.Accounts {
		wg.Go(func() { c.account(ctx, &s.Accounts[i]) })
	}
	env.Check("Accounts to look at", strconv.Itoa(len(s.Accounts)))
	wg.Wait()
	s.tell(env)
	return s, ctx.Err()
}

// tell tells what the census found.
func (s State) tell(env steps.Env) {
	vpcs, used, unread := 0, 0, 0
	for _, a := range s.Accounts {
		if a.NoEntry || a.Refused != nil {
			unread++
		}
		for _, p := range a.Places {
			if p.VPC != "" {
				vpcs++
			}
			if len(p.Uses) > 0 {
				used++
			}
		}
	}
	env.Check("Default VPCs", fmt.Sprintf("%d, one in a Region of an account", vpcs))
	env.Check("In use or changed, left alone", strconv.Itoa(used))
	if unread > 0 {
		env.Check("Accounts that cannot be entered yet", strconv.Itoa(unread))
	}
}

type census struct {
	env         steps.Env
	slots, deep chan struct{}
}

// do makes one request when a slot is free.
func (c *census) do(ctx context.Context, request func() error) error {
	return within(ctx, c.slots, request)
}

// within runs f when there is room.
func within(ctx context.Context, room chan struct{}, f func() error) error {
	select {
	case room <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-room }()
	return f()
}

func (c *census) client(account, region string) (*ec2.Client, error) {
	cfg, err := c.env.Config(plan.Place{Account: account, Region: region})
	if err != nil {
		return nil, fmt.Errorf("entering account %s in %s: %w", account, region, err)
	}
	return ec2.NewFromConfig(cfg), nil
}

// account looks into all enabled Regions. Those that no account can switch off are looked into while AWS is asked which
// others are enabled.
func (c *census) account(ctx context.Context, a *Account) {
	looks := map[string]*Place{}
	signs := c.signs(ctx, a.ID)
	var wg beside.Group
	look := func(regions []string) {
		for _, r := range regions {
			if _, begun := looks[r]; begun {
				continue
			}
			p := &Place{Region: r}
			looks[r] = p
			wg.Go(func() {
				if err := c.place(ctx, a.ID, p, signs); err != nil {
					*p = Place{Region: r, Refused: steps.RefusalOf(err)}
				}
			})
		}
	}
	if _, err := c.client(a.ID, c.env.Home); errors.Is(err, plan.ErrNoEntry) {
		a.NoEntry = true
		return
	}
	look(answers.Regions())
	regions, err := c.regions(ctx, a.ID)
	look(regions)
	wg.Wait()
	if errors.Is(err, plan.ErrNoEntry) {
		a.NoEntry = true
		return
	}
	if err != nil {
		a.Refused = steps.RefusalOf(err)
		return
	}
	removable := false
	for _, r := range regions {
		if p := looks[r]; p.VPC != "" || p.Refused != nil {
			a.Places, removable = append(a.Places, *p), removable || p.unused()
		}
	}
	if removable {
		a.Quiet = signs().services
	}
}

// regions are the Regions enabled in the account.
func (c *census) regions(ctx context.Context, account string) ([]string, error) {
	cfg, err := c.env.Config(plan.Place{Account: account, Region: c.env.Home})
	if err != nil {
		return nil, fmt.Errorf("entering account %s in %s: %w", account, c.env.Home, err)
	}
	var regions []string
	err = c.do(ctx, func() error {
		regions, err = steps.EnabledRegions(ctx, cfg)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing the Regions of account %s: %w", account, err)
	}
	return regions, nil
}

// place looks for the default VPC, and only where there is one, at what is in it.
func (c *census) place(ctx context.Context, account string, p *Place, signs func() signs) error {
	cfg, err := c.env.Config(plan.Place{Account: account, Region: p.Region})
	if err != nil {
		return fmt.Errorf("entering account %s in %s: %w", account, p.Region, err)
	}
	client := ec2.NewFromConfig(cfg)
	var vpcs []types.Vpc
	err = c.do(ctx, func() error {
		vpcs = nil
		return each(ctx, ec2.NewDescribeVpcsPaginator(client, &ec2.DescribeVpcsInput{Filters: []types.Filter{filter("is-default", "true")}}),
			func(page *ec2.DescribeVpcsOutput) { vpcs = append(vpcs, page.Vpcs...) })
	})
	if err != nil {
		return fmt.Errorf("looking for the default VPC: %w", err)
	}
	if len(vpcs) == 0 {
		return nil
	}
	v := vpcs[0]
	p.VPC = aws.ToString(v.VpcId)
	for _, b := range v.CidrBlockAssociationSet {
		if aws.ToString(b.CidrBlock) != aws.ToString(v.CidrBlock) {
			p.Uses = append(p.Uses, "the added address block "+aws.ToString(b.CidrBlock))
		}
	}
	for _, b := range v.Ipv6CidrBlockAssociationSet {
		p.Uses = append(p.Uses, "the added address block "+aws.ToString(b.Ipv6CidrBlock))
	}
	for _, t := range v.Tags {
		if !strings.HasPrefix(aws.ToString(t.Key), "aws:") {
			p.Uses = append(p.Uses, "the tag "+aws.ToString(t.Key))
		}
	}
	err = within(ctx, c.deep, func() error { return c.inside(ctx, client, p, signs) })
	if err != nil || !p.unused() || !signs().functions {
		return err
	}
	return c.do(ctx, func() (err error) {
		p.Uses, err = functionsIn(ctx, cfg, p)
		return err
	})
}

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: aws.String(name), Values: values}
}
