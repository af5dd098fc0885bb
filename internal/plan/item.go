package plan

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Item is one line of a plan: exactly one of its fields is set.
type Item struct {
	Call    *Call
	HandOff *HandOff
	Later   *Later
	Blocked *Blocked
}

// ID is the id of whichever item this is.
func (i Item) ID() string {
	switch {
	case i.Call != nil:
		return i.Call.ID
	case i.HandOff != nil:
		return i.HandOff.ID
	case i.Later != nil:
		return i.Later.ID
	case i.Blocked != nil:
		return i.Blocked.ID
	}
	return ""
}

// Reader gives a configuration that only reads, for a place.
type Reader func(Place) (aws.Config, error)

// HandOff is an item only a person can do, because AWS has no API for it.
type HandOff struct {
	ID, Step, Title, Why string
	URL                  string
	Clicks               []string // numbered instructions, in order
	Stuck                []string // what to try when it does not work
	After                []string
	Optional             bool     // the set-up goes on without it
	TakesBack            []string // as Call.TakesBack
	// Poll looks (reads only) whether the person has done it, and gives the facts learned.
	Poll  func(ctx context.Context, read Reader, f Facts) (done bool, facts map[string]string, err error)
	Every time.Duration
	// SignIn is set when the wizard itself leads the person through the device flow of IAM Identity Center: the
	// executor starts it, and URL and Clicks are completed with the address and the code AWS gives.
	SignIn *SignIn
	// StandIn names the act for the sandbox's stand-in person, e.g. "enable-identity-center".
	StandIn string
}

// ErrPlanAgain is what a hand-off's poll returns when what the person did makes another plan necessary, e.g. a service
// switched on in another Region than this plan names.
var ErrPlanAgain = errors.New("the plan has to be made again")

// SignIn says where a person signs in as themselves, and with which permission set.
type SignIn struct {
	StartURLFact, RegionFact string // fact keys: the access portal's address and its Region
	PermissionSet            string // role name in the management account to take, e.g. "ManagementAdministrator"
	// Session is the [sso-session] of ~/.aws/config under whose name the AWS CLI looks for the sign-in; "" when there is none.
	Session string
	// Page, Code and Expires are set when it has begun: where to enter the code, the code, and until when it is good.
	Page, Code string
	Expires    time.Time
}

// Later is an item that cannot be planned yet. It names the bounds inside which it may become calls.
type Later struct {
	ID, Step, Title, Why string
	Operations           []string // "ec2:DeleteVpc", …
	Places               []Place
	MostCalls            int
	MonthlyUSD           float64 // expected list price per month of what it becomes
	CostNote             string
	// Await is how long to look again for it in this run, when AWS is working on it now; 0 = another step or run.
	Await time.Duration
}

// Blocked is something wanted that cannot be done, with the reason and the remedy.
type Blocked struct {
	ID, Step        string
	What, Why, Next string
	Code            string // the AWS error code, when one caused it
	// Stops says what of the rest of the set-up cannot be done either.
	Stops Stop
	// Kept: it is the founder's own and stays as it is on purpose. It must be known, and no work is left by it, nor by the
	// steps it stops.
	Kept bool
}

// Heading is what stands before What in a list.
func (b *Blocked) Heading() string {
	if b.Kept {
		return "Stays as it is"
	}
	return "Cannot be done now"
}

// Stop is the extent of what a Blocked item keeps from being done.
type Stop string

// The extents.
const (
	StopsNothing      Stop = ""
	StopsOrganization Stop = "organization" // every later step that needs an organization of the founder's own
	StopsEverything   Stop = "everything"   // every later step
)

// Calls returns the calls among items, in order.
func Calls(items []Item) []*Call {
	var out []*Call
	for _, i := range items {
		if i.Call != nil {
			out = append(out, i.Call)
		}
	}
	return out
}

// Done reports whether nothing is left to do: a step is done when its plan is empty. Blocked items do not count
// as work, they are what the founder must know.
func Done(items []Item) bool {
	for _, i := range items {
		if i.Call != nil || i.Later != nil || (i.HandOff != nil && !i.HandOff.Optional) {
			return false
		}
	}
	return true
}
