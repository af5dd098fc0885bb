package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"

	"awswizard/internal/crashtest"
	"awswizard/internal/sandbox"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// TestStopAnywhere dies at every boundary of every call of the set-up, starts again and finishes. What is there then is
// what is there after a set-up that nobody disturbed, no call was made twice, and none without approval. In one Region
// all boundaries are tried; with default networks in all 17, and from the other places where a founder may start, a sample.
func TestStopAnywhere(t *testing.T) {
	crashtest.Sweep(t)
	t.Parallel()
	seed := crashtest.Seed(t)
	for _, c := range []struct {
		scenario sandbox.Scenario
		regions  []string
		sample   int // 0 = all
		least    int // moments that must have been tried
	}{
		{sandbox.Fresh, []string{"eu-west-1"}, 0, 280},
		{sandbox.Fresh, nil, 30, 30},
		{sandbox.Admin, []string{"us-east-1"}, 25, 25},
		{sandbox.Half, []string{"us-east-1"}, 25, 25},
		{sandbox.Adopted, []string{"us-east-1"}, 25, 25},
	} {
		name := fmt.Sprintf("%s in %v", c.scenario, c.regions)
		t.Run(name, func(t *testing.T) {
			u := setUpUndisturbed(t, c.scenario, c.regions...)
			moments := u.moments
			if c.sample > 0 {
				moments = sample(moments, c.sample, seed)
			}
			for n, at := range moments {
				t.Run(fmt.Sprintf("%d %s", n, at), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { u.goesOn(t, at, nil) })
				})
			}
			t.Logf("%d of %d moments of %d writes, %d kinds of moments, seed %d", len(moments), len(u.moments), len(u.effects), len(u.kinds()), seed)
			if len(moments) < c.least {
				t.Errorf("only %d moments, want at least %d", len(moments), c.least)
			}
		})
	}
}

// sample draws n moments, in their order.
func sample(moments []moment, n int, seed uint64) []moment {
	at := rand.New(rand.NewPCG(seed, 0)).Perm(len(moments))[:min(n, len(moments))]
	slices.Sort(at)
	var out []moment
	for _, i := range at {
		out = append(out, moments[i])
	}
	return out
}

// losses are the ways in which a reply does not come although the call took effect.
func losses() map[string]error {
	answered := func(status int, err error) error {
		return &awshttp.ResponseError{RequestID: "lost", ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status, Header: http.Header{}}}, Err: err}}
	}
	return map[string]error{
		"cut off":     &smithyhttp.RequestSendError{Err: fmt.Errorf("reading the reply: %w", io.ErrUnexpectedEOF)},
		"reset":       &smithyhttp.RequestSendError{Err: &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}},
		"timeout":     &smithyhttp.RequestSendError{Err: context.DeadlineExceeded},
		"failed":      answered(http.StatusInternalServerError, &smithy.GenericAPIError{Code: "InternalFailure", Message: "Something went wrong.", Fault: smithy.FaultServer}),
		"bad gateway": answered(http.StatusBadGateway, errors.New("bad gateway")),
		"unreadable":  answered(http.StatusOK, &smithy.DeserializationError{Err: errors.New("unexpected end")}),
	}
}

// TestLostReplies loses the reply of every write of the set-up: the first of each operation in each of the ways it can be
// lost, the others in a drawn one. The run itself finds out what happened and goes on to the same end; nothing is made twice.
func TestLostReplies(t *testing.T) {
	crashtest.Sweep(t)
	t.Parallel()
	u := setUpUndisturbed(t, sandbox.Fresh, "eu-west-1")
	seed := crashtest.Seed(t)
	draw, ways := rand.New(rand.NewPCG(seed, 0)), slices.Sorted(maps.Keys(losses()))
	var lost atomic.Int64
	tried, operations := 0, map[string]bool{}
	for n, at := range u.moments {
		if at.when != before {
			continue
		}
		kinds := ways
		if operations[at.call] {
			kinds = []string{ways[draw.IntN(len(ways))]}
		}
		operations[at.call] = true
		for _, kind := range kinds {
			tried++
			loss := losses()[kind]
			t.Run(fmt.Sprintf("%d %s%s %s", n, at.call, at.place, kind), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					done := false
					u.goesOn(t, at, func(m *machine) {
						m.lose = func(r sandbox.Request) error {
							if done || r.Operation != at.call {
								return nil
							}
							done = true
							lost.Add(1)
							return loss
						}
					})
				})
			})
		}
	}
	t.Cleanup(func() {
		t.Logf("%d replies lost: %d operations, %d ways; seed %d", lost.Load(), len(operations), len(ways), seed)
		// After a start some calls are not needed: AWS has the setting by itself.
		if got := int(lost.Load()); got < tried*9/10 || got < 200 || len(operations) < 30 {
			t.Errorf("only %d losses of %d, %d operations", got, tried, len(operations))
		}
	})
}

// TestTheSweepCanFail shows that the comparison finds what it is there for.
func TestTheSweepCanFail(t *testing.T) {
	t.Parallel()
	u := setUpUndisturbed(t, sandbox.Fresh, "eu-west-1")
	for name, disturb := range map[string]func(*sandbox.World){
		"one account more": func(w *sandbox.World) {
			w.NewMember("production", "aws+production2@acme-robotics.example", "OrganizationAccountAccessRole", w.Clock)
		},
		"one policy more":        func(w *sandbox.World) { w.NewPolicy("SERVICE_CONTROL_POLICY", "more", "", "{}") },
		"one trail more":         func(w *sandbox.World) { w.SeedTrail(w.Org.Management, "eu-west-1", "more", "b", false, false) },
		"an account of no unit":  func(w *sandbox.World) { w.Org.Members[1].Parent = w.Org.Root },
		"another budget":         func(w *sandbox.World) { w.SeedBudget(w.Org.Management, "more", 1) },
		"an instance":            func(w *sandbox.World) { w.SeedInstanceInDefaultVPC(w.Org.Management, "eu-west-2"); w.EC2.Only = nil },
		"a unit with one's name": func(w *sandbox.World) { w.NewUnit("Workloads", w.Org.Root) },
	} {
		before := u.picture()
		if err := u.sim.Do(disturb); err != nil {
			t.Fatal(err)
		}
		if crashtest.Difference(before, u.picture()) == "" {
			t.Errorf("%s makes no difference", name)
		}
	}
}

// kinds are the different moments: the step, the operation and the boundary.
func (u *undisturbed) kinds() []string {
	var out []string
	for _, m := range u.moments {
		out = append(out, m.kind)
	}
	slices.SortFunc(out, strings.Compare)
	return slices.Compact(out)
}
