package vpc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"awswizard/internal/answers"
	"awswizard/internal/beside"
	"awswizard/internal/order"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// sideBySide bounds the requests in flight, for the founder's connection.
const sideBySide = 128

type looker struct {
	env   steps.Env
	slots chan struct{}
}

// inspect looks at the addresses of all networks of the organization, and closely at the places where one is wanted or was
// made. It makes no request where neither is so.
func inspect(ctx context.Context, env steps.Env) (State, error) {
	l := looker{env: env, slots: make(chan struct{}, sideBySide)}
	s := State{Places: places(env)}
	if len(s.Places) == 0 {
		return s, nil
	}
	where := l.everywhere(ctx, s.Places)
	vpcs, errs := make([][]types.Vpc, len(where)), make([]error, len(where))
	var wg beside.Group
	for i, at := range where {
		wg.Go(func() { vpcs[i], errs[i] = l.networks(ctx, at) })
	}
	wg.Wait()
	refs := steps.ReferencesOf(env.Answers, env.Facts)
	unread := 0
	for i, at := range where {
		if errs[i] != nil {
			unread++
		}
		for _, v := range vpcs[i] {
			for _, b := range blocks(v) {
				s.Ranges = append(s.Ranges, Range{b, spot{refs.Of(at.account), at.region}, tag(v.Tags) == tagNetwork})
			}
		}
	}
	for i := range s.Places {
		p := &s.Places[i]
		n := slices.Index(where, spot{p.Account, p.Region})
		wg.Go(func() {
			err := errs[n]
			if err == nil {
				err = l.place(ctx, p, vpcs[n])
			}
			switch {
			case errors.Is(err, plan.ErrNoEntry):
				p.NoEntry = true
			case err != nil:
				p.Refused = steps.RefusalOf(err)
			}
		})
	}
	wg.Wait()
	s.tell(env, unread)
	return s, ctx.Err()
}

func (s State) tell(env steps.Env, unread int) {
	made := 0
	for _, p := range s.Places {
		if p.Network != nil {
			made++
		}
	}
	env.Check("Networks whose addresses are taken", strconv.Itoa(len(s.Ranges)))
	env.Check("Private networks of the wizard's", fmt.Sprintf("%d of %d", made, len(s.Places)))
	if unread > 0 {
		env.Check("Regions of accounts that could not be looked at", strconv.Itoa(unread))
	}
}

// places are where a network is wanted, as far as the account exists, and where the wizard made one.
func places(env steps.Env) []Place {
	var out []Place
	add := func(id, ref, region string) {
		if !slices.ContainsFunc(out, func(p Place) bool { return p.Account == id && p.Region == region }) {
			out = append(out, Place{Account: id, Ref: ref, Region: region})
		}
	}
	for _, ref := range env.Answers.VPCAccounts() {
		if id, exists := env.Facts.Lookup(plan.AccountFact(ref)); exists {
			for _, region := range env.Answers.VPCRegions() {
				add(id, ref, region)
			}
		}
	}
	refs := steps.ReferencesOf(env.Answers, env.Facts)
	ours := env.Made.Of(name)
	for _, id := range ours.IDs() {
		add(ours[id].Account, refs.Of(ours[id].Account), ours[id].Region)
	}
	return out
}

// everywhere are the accounts, by id, and Regions whose networks are looked at: all of them where a new network must not
// overlap with one of them, else the places alone.
func (l looker) everywhere(ctx context.Context, places []Place) []spot {
	var out []spot
	for _, p := range places {
		out = append(out, spot{p.Account, p.Region})
	}
	if len(l.env.Answers.VPC.Accounts) == 0 {
		return out
	}
	accounts := steps.AccountIDs(l.env)
	regions := make([][]string, len(accounts))
	var wg beside.Group
	for i, id := range accounts {
		wg.Go(func() {
			cfg, err := l.env.Config(plan.Place{Account: id, Region: l.env.Home})
			if err == nil {
				err = l.do(ctx, func() error {
					regions[i], err = steps.EnabledRegions(ctx, cfg)
					return err
				})
			}
			if err != nil {
				regions[i] = answers.Regions() // each tells for itself why it cannot be looked at
			}
		})
	}
	wg.Wait()
	for i, id := range accounts {
		for _, r := range regions[i] {
			if at := (spot{id, r}); !slices.Contains(out, at) {
				out = append(out, at)
			}
		}
	}
	return out
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

func (l looker) client(account, region string) (*ec2.Client, error) {
	cfg, err := l.env.Config(plan.Place{Account: account, Region: region})
	if err != nil {
		return nil, fmt.Errorf("entering account %s in %s: %w", account, region, err)
	}
	return ec2.NewFromConfig(cfg), nil
}

// networks are all networks of an account in a Region.
func (l looker) networks(ctx context.Context, at spot) (found []types.Vpc, err error) {
	client, err := l.client(at.account, at.region)
	if err != nil {
		return nil, err
	}
	err = l.do(ctx, func() error {
		return steps.EachPage(ctx, ec2.NewDescribeVpcsPaginator(client, &ec2.DescribeVpcsInput{}),
			func(page *ec2.DescribeVpcsOutput) { found = append(found, page.Vpcs...) })
	})
	order.By(found, func(a, b types.Vpc) int { return cmp.Compare(aws.ToString(a.VpcId), aws.ToString(b.VpcId)) })
	return found, err
}

// blocks are the addresses of a network.
func blocks(v types.Vpc) []netip.Prefix {
	texts := []string{aws.ToString(v.CidrBlock)}
	for _, a := range v.CidrBlockAssociationSet {
		if text := aws.ToString(a.CidrBlock); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	var out []netip.Prefix
	for _, text := range texts {
		if p, err := netip.ParsePrefix(text); err == nil {
			out = append(out, p.Masked())
		}
	}
	return out
}

// tag is the wizard's tag among those of a thing; "" when it is not the wizard's.
func tag(tags []types.Tag) string {
	for _, t := range tags {
		if aws.ToString(t.Key) == tagKey {
			return aws.ToString(t.Value)
		}
	}
	return ""
}

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: aws.String(name), Values: values}
}

// poorZones are the zones that lack newer kinds of servers or whole services, says the page of each of them.
var poorZones = []string{"use1-az3", "usw1-az2", "cac1-az3", "apne1-az3"}

// zones are the ids of the zones that anything can be put into. Names, like eu-west-1a, stand for another place in each
// account.
func zones(ctx context.Context, client *ec2.Client) ([]string, error) {
	out, err := client.DescribeAvailabilityZones(ctx, &ec2.DescribeAvailabilityZonesInput{Filters: []types.Filter{
		filter("state", "available"), filter("zone-type", "availability-zone"), filter("opt-in-status", "opt-in-not-required")}})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, z := range out.AvailabilityZones {
		ids = append(ids, aws.ToString(z.ZoneId))
	}
	order.By(ids, func(a, b string) int {
		poor := func(id string) int {
			if slices.Contains(poorZones, id) {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(poor(a), poor(b)), cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
	return ids, nil
}
