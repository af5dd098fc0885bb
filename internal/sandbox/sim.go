// Package sandbox is a simulated AWS served inside the SDK stack: typed input in, typed output out, after the
// SDK's Retry middleware, so the SDK's own retries, paginators and waiters run. Nothing leaves the process.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Sim serves requests on a World. It is safe for concurrent use; requests are served one at a time.
type Sim struct {
	mu       sync.Mutex
	world    *World
	handlers map[reflect.Type]handler
	requests int
	issued   int                           // temporary credentials handed out
	sessions map[string]Principal          // temporary credentials by access key id; they live as long as the process
	acts     map[string]func(*World) error // what the stand-in for the person can do, by StandIn name
	save     func(*World) error            // nil: in memory
	fault    func(Request) error
	reply    func(Request) error
	latency  func(Request) time.Duration
	pages    func(Request) PageFault
	lag      func(Request) time.Duration
	past     []moment
}

type handler func(r *Request, in any) (any, error)

// Request is one request as the handlers see it.
type Request struct {
	World              *World
	Service, Operation string // SDK service id ("Organizations") and operation
	Principal          Principal
	Region             string

	sim *Sim
}

// New returns a Sim on w.
func New(w *World) *Sim {
	s := &Sim{world: w, handlers: map[reflect.Type]handler{}, sessions: map[string]Principal{}, acts: map[string]func(*World) error{}}
	s.registerAll()
	return s
}

// on registers the handler of one operation, known by its input type. I and O are pointers: for all pointers there is one
// piece of machine code, for each struct there would be one of its own.
func on[I, O any](s *Sim, f func(r *Request, in I) (O, error)) {
	s.handle(reflect.TypeFor[I](), func(r *Request, in any) (any, error) { return f(r, in.(I)) })
}

func (s *Sim) handle(input reflect.Type, f func(*Request, any) (any, error)) { s.handlers[input] = f }

// Persist makes every write call save before its reply is given; a failed save fails the request.
func (s *Sim) Persist(save func(*World) error) { s.save = save }

// Faults sets a function asked before each request is served; an error it returns is the reply.
func (s *Sim) Faults(f func(Request) error) { s.fault = f }

// Lose sets a function asked after each request was served; where it says true, the reply is lost on its way, as with
// a connection that is cut: the effect stays.
func (s *Sim) Lose(f func(Request) bool) {
	if f == nil {
		s.Reply(nil)
		return
	}
	s.Reply(func(r Request) error {
		if f(r) {
			return &smithyhttp.RequestSendError{Err: fmt.Errorf("reading the reply: %w", io.ErrUnexpectedEOF)}
		}
		return nil
	})
}

// Reply sets a function asked after each request was served; an error it returns comes in the place of the reply, as a
// reply that is lost on its way or AWS failing after it has done the work: the effect stays.
func (s *Sim) Reply(f func(Request) error) { s.reply = f }

// Latency sets how long each request takes before it is served.
func (s *Sim) Latency(f func(Request) time.Duration) { s.latency = f }

// StandIn does, on the world, what the hand-off of that name asks of a person (see plan.HandOff.StandIn).
func (s *Sim) StandIn(act string) error {
	f, ok := s.acts[act]
	if !ok {
		return fmt.Errorf("sandbox: nobody can do %q", act)
	}
	var failed error
	if err := s.Do(func(w *World) { failed = f(w) }); err != nil {
		return err
	}
	return failed
}

// SetPace sets how long background work takes, as a share of what it takes at AWS.
func (s *Sim) SetPace(pace float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.Pace = pace
}

// Session issues temporary credentials for p. They are kept in memory only, so that assuming a role to read does
// not change the world.
func (r *Request) Session(p Principal) (accessKeyID, secret, token string) {
	r.sim.issued++
	accessKeyID = fmt.Sprintf("ASIASANDBOX%09d", r.sim.issued)
	r.sim.sessions[accessKeyID] = p
	return accessKeyID, "sandbox-secret", "sandbox-session"
}

// Do runs f on the world, between requests: the stand-in for what a person does in the console.
func (s *Sim) Do(f func(*World)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s.world)
	if s.save != nil {
		return s.save(s.world)
	}
	return nil
}

// Bind makes cfg's requests be served by the simulation. Credentials and Region must be set before.
func (s *Sim) Bind(cfg *aws.Config) {
	creds, region := cfg.Credentials, cfg.Region
	cfg.APIOptions = append(cfg.APIOptions, func(st *middleware.Stack) error {
		var params any // private to this call: options run once per call
		if err := st.Initialize.Add(middleware.InitializeMiddlewareFunc("sandbox.Capture",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				params = in.Parameters
				return next.HandleInitialize(ctx, in)
			}), middleware.After); err != nil {
			return err
		}
		return st.Finalize.Insert(middleware.FinalizeMiddlewareFunc("sandbox.Serve",
			func(ctx context.Context, _ middleware.FinalizeInput, _ middleware.FinalizeHandler) (out middleware.FinalizeOutput, md middleware.Metadata, err error) {
				id := s.requestID()
				out.Result, err = s.serve(ctx, creds, region, params, id)
				awsmiddleware.SetRequestIDMetadata(&md, id)
				return out, md, err
			}), "Retry", middleware.After)
	})
}

// requestID is the id of the next request, which AWS gives with every reply.
func (s *Sim) requestID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	return fmt.Sprintf("sandbox-%08d", s.requests)
}

func (s *Sim) serve(ctx context.Context, creds aws.CredentialsProvider, region string, params any, id string) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var key string
	if creds != nil {
		c, err := creds.Retrieve(ctx)
		if err != nil {
			return nil, err
		}
		key = c.AccessKeyID
	}
	r := Request{World: s.world, Service: middleware.GetServiceID(ctx), Operation: middleware.GetOperationName(ctx), Region: region, sim: s}
	if s.latency != nil {
		if d := s.latency(r); d > 0 {
			select {
			case <-time.After(d):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.tick()
	who, known := s.sessions[key]
	if !known {
		who, known = s.world.Principals[key]
	}
	if known && !who.Expires.IsZero() && s.world.Clock.After(who.Expires) {
		return nil, asHTTP(Fail("ExpiredToken", "The security token included in the request is expired"), id)
	}
	if !known && !unsigned[r.Service] {
		return nil, asHTTP(Fail("InvalidClientTokenId", "The security token included in the request is invalid."), id)
	}
	r.Principal = who
	if s.fault != nil {
		var cut *smithyhttp.RequestSendError
		if err := s.fault(r); errors.As(err, &cut) {
			return nil, err
		} else if err != nil {
			return nil, asHTTP(err, id)
		}
	}
	h, ok := s.handlers[reflect.TypeOf(params)]
	if !ok {
		return nil, asHTTP(Fail("SandboxNotImplemented", fmt.Sprintf("the sandbox does not know %s.%s", r.Service, r.Operation)), id)
	}
	if err := s.world.deniedByTask(&r, params); err != nil {
		return nil, asHTTP(err, id)
	}
	if err := s.world.deniedByPolicy(&r, params); err != nil {
		return nil, asHTTP(err, id)
	}
	s.look(&r)
	out, err := s.paging(h, &r, params)
	if err != nil {
		return nil, asHTTP(err, id)
	}
	s.remember(&r)
	if s.save != nil && r.World.dirty {
		if err := s.save(r.World); err != nil {
			return nil, fmt.Errorf("sandbox: saving the world: %w", err)
		}
		r.World.dirty = false
	}
	if s.reply != nil {
		if err := s.reply(r); err != nil {
			if own := (*Error)(nil); errors.As(err, &own) {
				err = asHTTP(err, id)
			}
			return nil, err
		}
	}
	return out, nil
}

// unsigned services answer without credentials.
var unsigned = map[string]bool{"SSO OIDC": true, "SSO": true}

// asHTTP dresses an error as the SDK's transport would: with a status and a request id.
func asHTTP(err error, id string) error {
	status := http.StatusBadRequest
	var e *Error
	if errors.As(err, &e) && e.Status != 0 {
		status = e.Status
	}
	return &awshttp.ResponseError{RequestID: id, ResponseError: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status, Header: http.Header{}}}, Err: err}}
}
