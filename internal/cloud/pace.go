package cloud

import (
	"context"
	"sync"
	"time"

	"github.com/aws/smithy-go/middleware"
	smithytime "github.com/aws/smithy-go/time"
)

// rate is how many requests of a kind AWS takes from an account: so many at once, then so many in a second.
type rate struct{ burst, perSecond float64 }

// rates are the documented ones that a look at a set-up could go over, since its reads are made beside one another. A kind is
// an operation, or a service whose operations count together. Waiting here takes less time than being refused and trying again.
var rates = map[string]rate{
	// AWS Organizations User Guide, "Quotas and service limits", API throttling.
	"organizations.DescribeOrganization":                {2, 1},
	"organizations.ListRoots":                           {2, 1},
	"organizations.ListAWSServiceAccessForOrganization": {3, 1},
	"organizations.DescribePolicy":                      {2, 2},
	"organizations.DescribeCreateAccountStatus":         {2, 2},
	"organizations.ListPolicies":                        {8, 5},
	"organizations.ListPoliciesForTarget":               {8, 5},
	"organizations.ListTargetsForPolicy":                {8, 5},
	"organizations.ListAccountsForParent":               {8, 5},
	"organizations.ListOrganizationalUnitsForParent":    {8, 5},
	"organizations.ListParents":                         {8, 5},
	"organizations.ListDelegatedAdministrators":         {8, 5},
	"organizations.ListDelegatedServicesForAccount":     {8, 5},
	"organizations.ListAccounts":                        {12, 8},
	"organizations.ListCreateAccountStatus":             {8, 5},
	// IAM Identity Center User Guide, "Quotas": 20 in a second for all operations together; of a burst it says nothing.
	"ssoadmin": {20, 20},
	// Account Management Reference Guide, "Quotas".
	"account.GetAlternateContact": {15, 10},
}

// pacer holds requests back until AWS takes them.
type pacer struct {
	mu      sync.Mutex
	buckets map[string]*bucket // by account and kind
}

// bucket holds what is left of a rate. Less than nothing means that requests wait already.
type bucket struct {
	left float64
	seen time.Time
}

// next gives how long a request of the account has to wait.
func (p *pacer) next(account, service, operation string, now time.Time) time.Duration {
	kind := service + "." + operation
	r, known := rates[kind]
	if !known {
		kind = service
		if r, known = rates[kind]; !known {
			return 0
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.buckets[account+" "+kind]
	if b == nil {
		b = &bucket{left: r.burst, seen: now}
		p.buckets[account+" "+kind] = b
	}
	b.left = min(r.burst, b.left+now.Sub(b.seen).Seconds()*r.perSecond) - 1
	b.seen = now
	if b.left >= 0 {
		return 0
	}
	return time.Duration(-b.left / r.perSecond * float64(time.Second))
}

// pace returns the stack option that holds back each attempt of a request. It stands outside the watch, for which a request
// begins when it leaves.
func (c *Cloud) pace(account string) func(*middleware.Stack) error {
	return func(st *middleware.Stack) error {
		if _, sends := st.Finalize.Get("Retry"); !sends {
			return nil // a presigner
		}
		return st.Finalize.Insert(middleware.FinalizeMiddlewareFunc("cloud.Pace",
			func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
				if p := passOf(ctx); p != nil {
					if d := c.pacer.next(account, p.service, p.operation, time.Now()); d > 0 {
						if err := smithytime.SleepWithContext(ctx, d); err != nil {
							return middleware.FinalizeOutput{}, middleware.Metadata{}, err
						}
					}
				}
				return next.HandleFinalize(ctx, in)
			}), "Retry", middleware.After)
	}
}
