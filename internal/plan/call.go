package plan

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Effect says what a call does to the founder's AWS.
type Effect string

// The effects a call can have; the words are part of the JSON output.
const (
	Creates Effect = "create"
	Changes Effect = "change"
	Deletes Effect = "delete"
)

// Place is where a call runs: an account reference (see Facts.AccountID) and a Region code.
type Place struct {
	Account string // "management", a key of the answers such as "security", or a 12-digit id
	Region  string // e.g. "eu-west-1"; global services name "us-east-1"
	// Task is set where the root user of a member account acts, for this one task; "" = whoever is signed in.
	Task RootTask `json:",omitempty"`
}

// RootTask is what a member's root user can be made to do from the management account (sts AssumeRoot): the name of
// AWS's managed policy that limits the session to it.
type RootTask string

// The tasks the wizard uses.
const (
	AuditRoot RootTask = "IAMAuditRootUserCredentials"  // look at root's own password, keys and devices
	StripRoot RootTask = "IAMDeleteRootUserCredentials" // delete them
)

// PolicyARN is the managed policy of the task.
func (t RootTask) PolicyARN() string { return "arn:aws:iam::aws:policy/root-task/" + string(t) }

// Consent says how a call must be approved.
type Consent string

const (
	// Step consent: the step's plan is approved as a whole.
	Step Consent = ""
	// Typed consent: a person types a word for this very call (a bill, a thing that cannot be undone).
	Typed Consent = "typed"
)

// Call is one planned AWS API call. It is made with To and never changed afterwards.
type Call struct {
	ID    string   // stable over runs, e.g. "organization/account/security"
	Step  string   // the step it belongs to
	Lane  string   // calls of one lane run one after another; lanes run side by side
	After []string // ids of calls or hand-offs of the same plan that must be finished first
	Where Place

	Title      string  // plain words: "Create the account production"
	Why        string  // one sentence
	Effect     Effect  //
	Undo       string  // how to take it back; "" when it cannot be undone
	NoUndo     string  // why it cannot be undone, when Undo is ""
	MonthlyUSD float64 // expected list price per month, 0 = free
	CostNote   string  // e.g. "about $0.02 per GB stored"
	IAMAction  string  // e.g. "organizations:CreateAccount"
	Consent    Consent
	ConsentAsk string // for Typed: what the founder is agreeing to
	// Named is the name or id of what is lost for good, for Typed: it is typed instead of the word for all others, so
	// that nothing goes whose name was not read. AWS's own console asks for the same.
	Named string
	// EndsSession: the run's own credentials end with this call, so that nothing can be looked at after it.
	EndsSession bool
	Stops       Stop // what of the rest of the set-up cannot be done when a person leaves this call out

	// TakesBack are the ids of the calls and hand-offs this call takes back, in a plan of the way back. When it is done,
	// the journal no longer counts them as ours. A call that takes nothing back is part of the set-up.
	TakesBack []string
	// Before are the values this call replaces, for the way back to write them again: AWS does not keep them. They are
	// kept in the journal, so no secret may be among them.
	Before map[string]string

	// Files are the readable form of what the request holds packed, e.g. a program: the request shows it by its hash only.
	Files []File

	// Done lists AWS error codes (or "Code/Reason") that mean the wanted thing is already so.
	Done []string
	// Wait lists error codes (or "Code/Reason") that mean "try again later", with the longest wait.
	Wait map[string]time.Duration

	Request Request

	// Learn gives the facts in the reply. Nil when nothing is learned.
	Learn func(out any) map[string]string
	// Settle polls an asynchronous effect, after the reply, until done; reads only. Nil when the call is
	// synchronous. It returns the facts learned; an *Unsettled error is a failure AWS reported later.
	Settle func(ctx context.Context, cfg aws.Config, f Facts) (done bool, facts map[string]string, err error)
	// SettleIn is the place Settle looks at, when it is another than the call's own.
	SettleIn Place
	// SettleEvery and SettleLimit bound the polling.
	SettleEvery, SettleLimit time.Duration
	// Lapsed: the look shows that nothing comes of the call any more, should AWS have accepted it before.
	Lapsed bool
}

// AgreeWord is typed for a call of Typed consent. It is another word than the one that approves a plan, so that a yes too
// many agrees to no bill.
const AgreeWord = "agree"

// ConsentWord is what a person types to agree to a call of Typed consent.
func (c *Call) ConsentWord() string { return cmp.Or(c.Named, AgreeWord) }

// File is a text inside a request.
type File struct{ Name, Text string }

// Unsettled is a failure that AWS reported in the poll after it had accepted the request, e.g. CreateAccount's
// EMAIL_ALREADY_EXISTS.
type Unsettled struct{ Operation, Reason string }

// Error implements error.
func (e *Unsettled) Error() string { return e.Operation + " failed: " + e.Reason }

// ErrorCode is the reason AWS gave, in the place where API errors carry their code.
func (e *Unsettled) ErrorCode() string { return e.Reason }

// Request is the part of a call that speaks to the SDK: which operation, built how, sent how.
type Request struct {
	Service   string // the SDK's package name, e.g. "organizations", "ssoadmin"
	Operation string // e.g. "CreateAccount"
	build     func(Facts) any
	send      func(ctx context.Context, cfg aws.Config, in any) (any, error)
}

// Build makes the request's input (a pointer to the SDK's …Input struct) from the facts; unknown facts read
// as placeholders.
func (r Request) Build(f Facts) any { return r.build(f) }

// Send makes the request. Only the executor calls it, with a configuration whose gate was told of the approval.
func (r Request) Send(ctx context.Context, cfg aws.Config, in any) (any, error) {
	return r.send(ctx, cfg, in)
}

// To names an operation by its client constructor and method expression and builds its input from facts:
//
//	plan.To(organizations.NewFromConfig, (*organizations.Client).CreateAccount,
//		func(f plan.Facts) *organizations.CreateAccountInput { … })
//
// C, I and O are pointers: pointers share one piece of machine code, while each struct would have one of its own.
func To[C, I, O, Opt any](
	client func(aws.Config, ...func(*Opt)) C,
	op func(C, context.Context, I, ...func(*Opt)) (O, error),
	build func(Facts) I,
) Request {
	return request(reflect.TypeFor[I]().Elem(), func(f Facts) any { return build(f) }, func(ctx context.Context, cfg aws.Config, in any) (any, error) {
		typed, ok := in.(I)
		if !ok {
			return nil, wrongInput(reflect.TypeFor[I]().Elem(), in)
		}
		return op(client(cfg), ctx, typed)
	})
}

// request and wrongInput are what To needs that is the same for all operations; in To there would be a copy for each.
func request(input reflect.Type, build func(Facts) any, send func(context.Context, aws.Config, any) (any, error)) Request {
	pkg := input.PkgPath()
	return Request{Service: pkg[strings.LastIndex(pkg, "/")+1:], Operation: strings.TrimSuffix(input.Name(), "Input"), build: build, send: send}
}

func wrongInput(want reflect.Type, got any) error {
	return fmt.Errorf("plan: %s wants %v, got %T", want.Name(), want, got)
}

// Learned adapts a typed function to Call.Learn.
func Learned[O any](f func(*O) map[string]string) func(any) map[string]string {
	return func(out any) map[string]string {
		if o, ok := out.(*O); ok {
			return f(o)
		}
		return nil
	}
}
