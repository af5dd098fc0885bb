package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/smithy-go/middleware"
)

// lasting are the reads that several steps make alike: in one look they are made once. They are few on purpose.
// None of them is what a step waits for, and their answers are only read by those who get them.
var lasting = []string{
	"organizations.DescribeOrganization", "organizations.ListRoots", "organizations.ListAWSServiceAccessForOrganization",
	"ec2.DescribeRegions", "iam.GetAccountSummary", "iam.ListUsers",
}

// memoryLasts bounds how old a remembered answer is, should a look take long.
const memoryLasts = time.Minute

// Memory holds answers of AWS during one look at all steps, for one caller. Whoever looks drops it after anything that may have
// changed what AWS would answer: a request that changes something, and a person, who can do so elsewhere.
type Memory struct {
	mu      sync.Mutex
	answers map[string]*remembered
}

// remembered is an answer, or a request for one that is under way.
type remembered struct {
	known  chan struct{} // closed when it is over; result is nil where it failed
	since  time.Time
	result any
}

// find gives what is remembered; fresh means that whoever asks now is to ask AWS, and to keep what comes of it.
func (m *Memory) find(key string, now time.Time) (r *remembered, fresh bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r = m.answers[key]; r != nil && now.Sub(r.since) < memoryLasts {
		return r, false
	}
	if m.answers == nil {
		m.answers = map[string]*remembered{}
	}
	r = &remembered{known: make(chan struct{}), since: now}
	m.answers[key] = r
	return r, true
}

// keep remembers the answer. A refusal is not remembered.
func (m *Memory) keep(key string, r *remembered, result any, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err == nil {
		r.result = copyOf(result)
	} else if m.answers[key] == r {
		delete(m.answers, key)
	}
	close(r.known)
}

// copyOf copies the struct a result points to: the SDK writes the metadata of each request into it.
func copyOf(result any) any {
	to := reflect.New(reflect.TypeOf(result).Elem())
	to.Elem().Set(reflect.ValueOf(result).Elem())
	return to.Interface()
}

// errUnanswered is what came of a request that has no answer yet.
var errUnanswered = errors.New("cloud: no answer")

type memoryKey struct{}

// Remembering gives a context whose reads are remembered in m, and answered from it.
func Remembering(ctx context.Context, m *Memory) context.Context {
	return context.WithValue(ctx, memoryKey{}, m)
}

// recall returns the stack option that answers a read from memory. It stands behind the gate, which every request passes.
func (c *Cloud) recall(account, region string) func(*middleware.Stack) error {
	return func(st *middleware.Stack) error {
		return st.Initialize.Insert(middleware.InitializeMiddlewareFunc("cloud.Recall",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (out middleware.InitializeOutput, md middleware.Metadata, err error) {
				m, _ := ctx.Value(memoryKey{}).(*Memory)
				p := passOf(ctx)
				if m == nil || p == nil || !slices.Contains(lasting, p.service+"."+p.operation) {
					return next.HandleInitialize(ctx, in)
				}
				asked, err := json.Marshal(in.Parameters)
				if err != nil {
					return middleware.InitializeOutput{}, middleware.Metadata{}, fmt.Errorf("cloud: %w", err)
				}
				key := strings.Join([]string{account, region, p.service, p.operation, string(asked)}, " ")
				r, fresh := m.find(key, c.now())
				if fresh {
					err = errUnanswered // until it is; whoever waits for the answer is let go also when the request panics
					defer func() { m.keep(key, r, out.Result, err) }()
					out, md, err = next.HandleInitialize(ctx, in)
					return out, md, err
				}
				select {
				case <-r.known:
				case <-ctx.Done():
					return middleware.InitializeOutput{}, middleware.Metadata{}, ctx.Err()
				}
				if r.result == nil { // it was refused
					return next.HandleInitialize(ctx, in)
				}
				return middleware.InitializeOutput{Result: copyOf(r.result)}, middleware.Metadata{}, nil
			}), "cloud.Gate", middleware.After)
	}
}
