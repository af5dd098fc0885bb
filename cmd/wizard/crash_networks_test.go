package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"awswizard/internal/crashtest"
	"awswizard/internal/sandbox"
)

// oneNetwork asks for a network with a way out, which costs money: nothing of it may be made twice.
const oneNetwork = founderAnswers + "vpc: {accounts: [production], nat: one}\n"

// TestStopAnywhereInNetworks dies at every boundary of every call that makes a network, starts again and finishes; and it
// loses the reply of every one of those calls.
func TestStopAnywhereInNetworks(t *testing.T) {
	crashtest.Sweep(t)
	t.Parallel()
	u := setUpUndisturbedWith(t, answersIn(t, oneNetwork), sandbox.Admin, "eu-west-1")
	moments := slices.DeleteFunc(slices.Clone(u.moments), func(m moment) bool { return !strings.HasPrefix(m.kind, "vpc ") })
	if len(moments) < 90 {
		t.Errorf("only %d moments", len(moments))
	}
	for n, at := range moments {
		t.Run(fmt.Sprintf("%d %s", n, at), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { u.goesOn(t, at, nil) })
		})
		if at.when != before {
			continue
		}
		t.Run(fmt.Sprintf("%d %s, reply lost", n, at), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				done := false
				u.goesOn(t, at, func(m *machine) {
					m.lose = func(r sandbox.Request) error {
						if done || r.Operation != at.call {
							return nil
						}
						done = true
						return losses()["cut off"]
					}
				})
			})
		})
	}
}

// TestNetworksOnASlowAWS makes a network while EC2 shows each change to the next reader only after twenty seconds: the same
// comes of it, and nothing is made twice.
func TestNetworksOnASlowAWS(t *testing.T) {
	t.Parallel()
	u := setUpUndisturbedWith(t, answersIn(t, oneNetwork), sandbox.Admin, "eu-west-1")
	synctest.Test(t, func(t *testing.T) {
		at := u.moments[slices.IndexFunc(u.moments, func(m moment) bool { return strings.HasPrefix(m.kind, "vpc ") })]
		u.goesOn(t, at, func(m *machine) {
			m.sim.Lag(func(r sandbox.Request) time.Duration {
				if r.Service == "EC2" {
					return 20 * time.Second
				}
				return 0
			})
		})
	})
}
