package main

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"awswizard/internal/journal"
	"awswizard/internal/run"
	"awswizard/internal/sandbox"
)

// theAccount is the item that makes the first account.
const theAccount = "organization/account/security"

// The program dies while AWS makes an account. The journal has the request's id, and for a while no list of AWS has the
// request or the account: the id alone leads to it, and no second account is asked for.
func TestAccountInFlightIsFoundByItsRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newFounder(t)
		var begun time.Time
		hidden := 0
		m.sim.Lag(func(r sandbox.Request) time.Duration {
			lists := []string{"ListCreateAccountStatus", "ListAccounts", "ListAccountsForParent"}
			if begun.IsZero() || time.Since(begun) > 10*time.Minute || !slices.Contains(lists, r.Operation) {
				return 0
			}
			hidden++
			return time.Since(begun) + time.Millisecond
		})
		r := m.dies(func(e run.Event) bool {
			if e.Kind == run.Begin && e.Item == theAccount {
				begun = time.Now()
			}
			return m.waits(e)
		})
		if u := r.Unsettled(); len(u) != 1 || u[0].Item != theAccount || r.Facts()["organization.request.security"] == "" {
			t.Fatalf("the journal does not have the request, or more: %v, %v", u, r.Facts())
		}
		hidden = 0
		m.oneOfEach()
		if hidden == 0 {
			t.Error("no list was asked while it was behind")
		}
	})
}

// The program dies before the reply of CreateAccount comes, so nobody knows the request's id, and starts again when the
// account is made and somebody gave it another name: its address leads to it, and no second account is asked for.
func TestAccountInFlightIsFoundByItsAddress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newFounder(t)
		m.lose = func(r sandbox.Request) error {
			if r.Operation != "CreateAccount" {
				return nil
			}
			m.lose = nil
			return losses()["cut off"]
		}
		r := m.dies(m.waits)
		if d := r.InDoubt(); len(d) != 1 || d[0].Item != theAccount || r.Facts()["organization.request.security"] != "" {
			t.Fatalf("in doubt are %v, and known is %v", d, r.Facts())
		}
		<-time.After(time.Hour) // of the bubble
		if err := m.sim.Do(func(w *sandbox.World) {
			for _, a := range w.Accounts {
				if a.Name == "security" {
					a.Name = "Renamed"
				}
			}
		}); err != nil {
			t.Fatal(err)
		}
		m.oneOfEach()
	})
}

// newFounder is a machine with a fresh AWS, on which requests take a moment.
func newFounder(t *testing.T) *machine {
	t.Helper()
	w, err := sandbox.NewWorld(sandbox.Fresh, 1)
	if err != nil {
		t.Fatal(err)
	}
	w.Pace, w.EC2.Only = 1, []string{"eu-west-1"}
	m := newMachine(t, w)
	m.sim.Latency(func(sandbox.Request) time.Duration { return 15 * time.Millisecond })
	return m
}

// waits reports whether it is told that AWS is waited for after the account was asked for.
func (m *machine) waits(e run.Event) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return e.Kind == run.Waiting && e.Item == theAccount && slices.Contains(m.effects, "CreateAccount in us-east-1")
}

// dies sets up until something is told, and returns what is in the journal then.
func (m *machine) dies(when func(run.Event) bool) journal.Replay {
	m.t.Helper()
	ctx, cancel := context.WithCancel(m.t.Context())
	defer cancel()
	m.told = func(e run.Event) {
		if when(e) {
			cancel()
		}
	}
	m.setUp(ctx, theAnswers(m.t))
	m.told = nil
	if ctx.Err() == nil {
		m.t.Fatal("it did not die")
	}
	r, err := journal.Read(m.journalFile())
	if err != nil {
		m.t.Fatal(err)
	}
	return r
}

// oneOfEach sets up to the end: each account was asked for once.
func (m *machine) oneOfEach() {
	m.t.Helper()
	a := theAnswers(m.t)
	for _, s := range m.setUp(m.t.Context(), a).Steps {
		if !s.Done {
			m.t.Errorf("the step %s is not done: %v", s.Name, s.Problems)
		}
	}
	asked := 0
	for _, e := range m.effects {
		if e == "CreateAccount in us-east-1" {
			asked++
		}
	}
	if asked != len(a.Accounts) || len(m.refused) > 0 {
		m.t.Errorf("%d accounts were asked for, want %d; refused: %v", asked, len(a.Accounts), m.refused)
	}
}
