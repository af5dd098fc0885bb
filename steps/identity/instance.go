package identity

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"awswizard/internal/answers"
	"awswizard/internal/beside"
	"awswizard/internal/order"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// Instance is an instance of IAM Identity Center.
type Instance struct {
	ARN, Store, Owner string
	Region            string // its primary Region: every call must go there
	Status, Reason    string // e.g. "ACTIVE"; the reason of a failed creation
	NoPermissionSets  bool   // enabled without "multi-account permissions"
}

// Ready reports whether the instance can be worked with: while it is being created only DescribeInstance is allowed.
func (i Instance) Ready() bool {
	return i.Status == string(ssotypes.InstanceStatusActive) || i.Status == ""
}

func (i Instance) facts() map[string]string {
	return map[string]string{
		"identity.instance":  i.ARN,
		"identity.store":     i.Store,
		"identity.region":    i.Region,
		"identity.start_url": "https://" + i.Store + ".awsapps.com/start",
	}
}

// findInstances lists the instances this account sees, those of the home Region first. ListInstances knows all
// Regions since October 2026; where that is refused each Region is asked. A Region that answers with an error
// code has no instance: AWS says AccessDeniedException there as well as giving an empty list.
func findInstances(ctx context.Context, read plan.Reader, home string) ([]Instance, error) {
	found, err := listInstances(ctx, read, home, ssotypes.RegionScopeAllRegions)
	if err == nil {
		sortHomeFirst(found, home)
		return found, nil
	}
	if steps.Code(err) == "" {
		return nil, err
	}
	refusal := err
	regions := append([]string{home}, slices.DeleteFunc(answers.Regions(), func(r string) bool { return r == home })...)
	var mu sync.Mutex
	err = beside.Try(regions, func(_ int, region string) error {
		here, err := listInstances(ctx, read, region, "")
		if err != nil && steps.Code(err) == "" {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		for _, i := range here {
			if !slices.ContainsFunc(found, func(f Instance) bool { return f.ARN == i.ARN }) {
				found = append(found, i)
			}
		}
		return nil
	})
	sortHomeFirst(found, home)
	switch {
	case len(found) > 0: // one Region that cannot be reached does not hide an instance found in another
		return found, nil
	case err == nil && strings.Contains(refusal.Error(), "not authorized to perform"): // nothing was seen anywhere, and the reason is known
		return nil, refusal
	}
	return found, err
}

func listInstances(ctx context.Context, read plan.Reader, region string, scope ssotypes.RegionScope) ([]Instance, error) {
	cfg, err := read(plan.Place{Account: plan.Management, Region: region})
	if err != nil {
		return nil, err
	}
	var found []Instance
	pages := ssoadmin.NewListInstancesPaginator(ssoadmin.NewFromConfig(cfg), &ssoadmin.ListInstancesInput{RegionScope: scope})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, i := range page.Instances {
			in := Instance{
				ARN: aws.ToString(i.InstanceArn), Store: aws.ToString(i.IdentityStoreId), Owner: aws.ToString(i.OwnerAccountId),
				Region: aws.ToString(i.PrimaryRegion), Status: string(i.Status), Reason: aws.ToString(i.StatusReason),
			}
			if in.Region == "" {
				in.Region = region
			}
			if in.NoPermissionSets, err = permissionSetsOff(ctx, read, in); err != nil {
				return nil, err
			}
			found = append(found, in)
		}
	}
	return found, nil
}

// permissionSetsOff reports an instance without "multi-account permissions": an account instance, or one of an
// organization that was enabled without them (possible since August 2026). Where DescribeInstance is refused they are
// taken to be on, the default.
func permissionSetsOff(ctx context.Context, read plan.Reader, in Instance) (bool, error) {
	cfg, err := read(plan.Place{Account: plan.Management, Region: in.Region})
	if err != nil {
		return false, err
	}
	out, err := ssoadmin.NewFromConfig(cfg).DescribeInstance(ctx, &ssoadmin.DescribeInstanceInput{InstanceArn: &in.ARN})
	return err == nil && out.PermissionSetsEnabled != nil && !*out.PermissionSetsEnabled, nil
}

func sortHomeFirst(found []Instance, home string) {
	rank := func(i Instance) int {
		if i.Region == home {
			return 0
		}
		return 1
	}
	order.By(found, func(a, b Instance) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a.Region, b.Region)
	})
}

// choose tells the organization's instance from one that serves a single account: the organization's is owned by
// the management account. So is one from before the organization, which knows no permission sets, so an instance that
// does is preferred. Without an organization there can only be the other kind.
func choose(found []Instance, env steps.Env) (organization, account *Instance) {
	_, exists := env.Facts.Lookup("organization.id")
	owner := management(env.Facts, env.Caller)
	withPermissionSets := slices.Clone(found)
	order.By(withPermissionSets, func(a, b Instance) int {
		switch {
		case a.NoPermissionSets == b.NoPermissionSets:
			return 0
		case b.NoPermissionSets:
			return -1
		}
		return 1
	})
	for _, i := range withPermissionSets {
		switch {
		case i.Status == string(ssotypes.InstanceStatusDeleteInProgress):
		case exists && (i.Owner == owner || i.Owner == "") && organization == nil:
			organization = &i
		case account == nil:
			account = &i
		}
	}
	return organization, account
}

// management is the id of the management account: the organization's, or the caller's while there is none.
func management(f plan.Facts, c plan.Caller) string {
	for _, key := range []string{"organization.management", plan.AccountFact(plan.Management)} {
		if id, ok := f.Lookup(key); ok {
			return id
		}
	}
	return c.Account
}
