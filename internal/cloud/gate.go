package cloud

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/aws/smithy-go/middleware"
)

// Ticket is the approval of one write: one operation, and a check that its input is the one that was approved.
type Ticket struct {
	Service   string // the SDK's package name, e.g. "organizations"
	Operation string // e.g. "CreateAccount"
	// Match returns nil when input (a pointer to the SDK's …Input struct) is what was approved. A nil Match
	// approves nothing.
	Match func(input any) error
}

// GateError is a request the gate did not let out. Nothing was sent.
type GateError struct {
	Service, Operation string
	Reason             string
	Err                error // what Ticket.Match said, if that was the reason
}

// Error implements error.
func (e *GateError) Error() string {
	s := fmt.Sprintf("%s.%s was stopped before it left: %s", e.Service, e.Operation, e.Reason)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the reason Ticket.Match returned.
func (e *GateError) Unwrap() error { return e.Err }

// RetryableError tells any retryer, also one that is not ours, that trying again is of no use.
func (e *GateError) RetryableError() bool { return false }

// approval is a ticket in use. The SDK's own retries happen below the gate, so one approval is one operation
// call with all its attempts.
type approval struct {
	ticket Ticket
	mu     sync.Mutex
	spent  bool
}

func (a *approval) use(service, operation string, input any) error {
	fail := func(reason string, err error) error {
		return &GateError{Service: service, Operation: operation, Reason: reason, Err: err}
	}
	if a == nil {
		return fail("it changes something and this configuration only reads", nil)
	}
	if a.ticket.Service != service || a.ticket.Operation != operation {
		return fail(fmt.Sprintf("the approval is for %s.%s", a.ticket.Service, a.ticket.Operation), nil)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.spent {
		return fail("its approval was used already", nil)
	}
	if a.ticket.Match == nil {
		return fail("the approval names no input", nil)
	}
	if err := a.ticket.Match(input); err != nil {
		return fail("it is not the request that was approved", err)
	}
	a.spent = true
	return nil
}

// pass is what the gate puts in the context of a request it lets through. The HTTP client refuses requests
// without one.
type pass struct {
	service, operation string
	class              Class
	input              any         // the typed input, for the pages of lists
	sent               atomic.Bool // bytes of the current attempt may have reached AWS
	attempts           atomic.Int32
}

type passKey struct{}

func passOf(ctx context.Context) *pass {
	p, _ := ctx.Value(passKey{}).(*pass)
	return p
}

// gate returns the stack option that lets reads and sign-in requests through, and the write that a approves.
// It stands first in Initialize: before validation, before the SDK fills in tokens, once per call and not per
// attempt, and on the way of presigners, paginators and waiters too.
func gate(a *approval) func(*middleware.Stack) error {
	return func(st *middleware.Stack) error {
		return st.Initialize.Add(middleware.InitializeMiddlewareFunc("cloud.Gate",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				service, operation := operationOf(in.Parameters)
				p := &pass{service: service, operation: operation, class: Classify(service, operation), input: in.Parameters}
				if p.class == Write {
					if err := a.use(service, operation, in.Parameters); err != nil {
						return middleware.InitializeOutput{}, middleware.Metadata{}, err
					}
				}
				out, md, err := next.HandleInitialize(context.WithValue(ctx, passKey{}, p), in)
				if err != nil && ctx.Err() != nil && !p.sent.Load() {
					// The SDK replaces the transport's error by the context's, and with it the knowledge
					// that nothing had left.
					err = &unsentError{err}
				}
				if p.class != Write {
					noteTrouble(ctx, err)
				}
				return out, md, err
			}), middleware.Before)
	}
}

// operationOf tells the operation from its input's type, e.g. *organizations.CreateAccountInput. The names in
// the context are the service's display names and can be set by anybody; the type cannot.
func operationOf(input any) (service, operation string) {
	t := reflect.TypeOf(input)
	if t == nil {
		return "unknown", "unknown"
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	path := t.PkgPath()
	name, isInput := strings.CutSuffix(t.Name(), "Input")
	if !isInput || !strings.HasPrefix(path, sdkPath) {
		return path, t.Name()
	}
	return path[strings.LastIndex(path, "/")+1:], name
}

// sdkPath is where all of the SDK's packages live.
const sdkPath = "github.com/aws/aws-sdk-go-v2/"
