package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"awswizard/internal/sandbox"

	"github.com/charmbracelet/x/exp/golden"
)

// fault is one row of the matrix: something that goes wrong at AWS, on the way or on the desk, and what comes of it.
type fault struct {
	name    string // as in the document: "throttled for two minutes"
	service string // SDK service id; "" for all of them
	does    string // what the wizard does, as a sentence of the document
	set     func(p *place, service string)
	network bool // the default networks are of interest
	code    int  // exit code of the unattended run
	again   int  // exit code of the next start, when the fault is over
	other   bool // what is set up in the end is something else on purpose
}

// failing makes requests of a service fail as fail says, each operation so many times at most; 0 is always.
func failing(times int, fail func(r sandbox.Request) error) func(*place, string) {
	return func(p *place, service string) {
		var mu sync.Mutex
		seen := map[string]int{}
		p.sim.Faults(func(r sandbox.Request) error {
			mu.Lock()
			defer mu.Unlock()
			if service != "" && r.Service != service || times > 0 && seen[r.Operation] >= times {
				return nil
			}
			err := fail(r)
			if err != nil {
				seen[r.Operation]++
			}
			return err
		})
	}
}

// during makes the requests fail for so long, beginning with the first of them.
func during(d time.Duration, fail func(r sandbox.Request) error) func(*place, string) {
	return func(p *place, service string) {
		var from time.Time
		failing(0, func(r sandbox.Request) error {
			if r.Operation == "GetCallerIdentity" {
				return nil // the start tells at once that AWS cannot be reached
			}
			if from.IsZero() {
				from = time.Now()
			}
			if time.Since(from) >= d {
				return nil
			}
			return fail(r)
		})(p, service)
	}
}

func looks(operation string) bool {
	return slices.ContainsFunc([]string{"List", "Describe", "Get", "Head"}, func(verb string) bool { return strings.HasPrefix(operation, verb) })
}

// changing are what the services answer while another change is under way.
var changing = map[string]string{"Organizations": "ConcurrentModificationException", "IAM": "ConcurrentModification", "S3": "OperationAborted",
	"SSO Admin": "ConflictException", "identitystore": "ConflictException", "CloudTrail": "ConflictException"}

func matrix() []fault {
	var all []fault
	each := func(f fault, services ...string) {
		for _, s := range services {
			f.service, f.network = s, s == "EC2" || f.network
			all = append(all, f)
		}
	}
	each(fault{name: "throttled for two minutes", does: "Five tries by the SDK; then looks again, and calls are made again, for up to five minutes, with the time named.",
		set: during(2*time.Minute, func(r sandbox.Request) error { return sandbox.Throttle(r.Service) })},
		"Organizations", "SSO Admin", "IAM", "CloudTrail", "S3", "Budgets", "Cost Explorer", "EC2", "SSO OIDC")
	each(fault{name: "no connection for three minutes", does: "The same: up to five minutes, with the time named; nothing that was sent is sent twice.",
		set: during(3*time.Minute, func(sandbox.Request) error { return sandbox.Cut() })},
		"", "Organizations", "SSO Admin", "identitystore", "CloudTrail", "S3", "Budgets", "Cost Explorer", "EC2", "SSO OIDC", "SSO")
	each(fault{name: "internal error, each operation once", does: "Reads are made again; a write is looked for before it is made again.",
		set: failing(1, func(sandbox.Request) error { return sandbox.FailWith(500, "InternalError", "internal error") })},
		"Organizations", "SSO Admin", "S3", "Budgets")
	each(fault{name: "reply lost, each write once", does: "The next look at AWS tells whether it happened; nothing is made twice.",
		set: func(p *place, service string) {
			var mu sync.Mutex
			seen := map[string]bool{}
			p.sim.Lose(func(r sandbox.Request) bool {
				mu.Lock()
				defer mu.Unlock()
				lost := r.Service == service && !looks(r.Operation) && !seen[r.Operation]
				seen[r.Operation] = seen[r.Operation] || lost
				return lost
			})
		}}, "Organizations", "SSO Admin", "identitystore", "IAM", "CloudTrail", "S3", "Budgets", "Cost Explorer")
	each(fault{name: "another change under way, three times", does: "The call is made again after a while.",
		set: failing(3, func(r sandbox.Request) error {
			if looks(r.Operation) {
				return nil
			}
			return sandbox.FailWith(409, changing[r.Service], "another change is under way")
		})}, "Organizations", "IAM", "S3", "CloudTrail")
	denied := func(code int, services ...string) {
		each(fault{name: "access denied", code: code, does: "Named with the permission that lacks; everything that does not need it goes on.",
			set: failing(0, func(r sandbox.Request) error {
				return sandbox.FailWith(403, "AccessDeniedException", "User: x is not authorized to perform: service:"+r.Operation)
			})}, services...)
	}
	denied(exitLeft, "CloudTrail", "S3", "Budgets", "Cost Explorer", "EC2", "SSO Admin")
	denied(exitFailed, "identitystore")
	each(fault{name: "finalizing for 55 minutes", does: "Waits, up to an hour, with the time named.",
		set: during(55*time.Minute, func(r sandbox.Request) error {
			if r.Operation != "CreateAccount" {
				return nil
			}
			return sandbox.Fail("FinalizingOrganizationException", "AWS Organizations is being finalized. Try again later.")
		})}, "Organizations")
	each(fault{name: "no valid card", code: exitFailed, does: "Refused, with where to add one; what needs no account goes on.",
		set: failing(0, func(r sandbox.Request) error {
			if r.Operation != "CreateAccount" {
				return nil
			}
			return sandbox.Fail("AccountProblem", "MASTER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED")
		})}, "Organizations")
	each(fault{name: "e-mail address taken", code: exitFailed, again: exitFailed, other: true, does: "Refused, with an address to use instead; the other accounts are made.",
		set: func(p *place, _ string) {
			if err := p.sim.Do(func(w *sandbox.World) { w.Org.Taken = append(w.Org.Taken, "aws+development@acme-robotics.example") }); err != nil {
				p.t.Fatal(err)
			}
		}}, "Organizations")
	each(fault{name: "room for one account", code: exitLeft, again: exitLeft, other: true, does: "Said before anything is asked of AWS, with where to ask for more.",
		set: func(p *place, _ string) {
			if err := p.sim.Do(func(w *sandbox.World) { w.Org.Quota = 2 }); err != nil {
				p.t.Fatal(err)
			}
		}}, "Organizations")
	each(fault{name: "session over", code: exitCredentials, does: "Ends at once with 4 when nobody can be asked; a person signs in again inside the run. The next start goes on.",
		set: failing(0, func(r sandbox.Request) error {
			if looks(r.Operation) {
				return nil
			}
			return sandbox.Fail("ExpiredToken", "The security token included in the request is expired")
		})}, "Organizations", "SSO Admin", "S3")
	each(fault{name: "account not activated", code: exitLeft, does: "Waits for another day; everything else goes on.",
		set: failing(0, func(sandbox.Request) error {
			return sandbox.FailWith(403, "OptInRequired", "You are not subscribed to this service")
		})}, "EC2")
	each(fault{name: "Cost Explorer not opened", code: exitLeft, does: "Asked of the person; cost alarms wait, the budget is made.",
		set: func(p *place, _ string) {
			p.standIn = func(act string) error {
				if act == "open-cost-explorer" {
					return errors.New("nobody is there")
				}
				return p.sim.StandIn(act)
			}
		}}, "Cost Explorer")
	each(fault{name: "slow: 8 seconds a request", does: "Only takes longer.",
		set: func(p *place, _ string) {
			p.sim.Latency(func(sandbox.Request) time.Duration { return 8 * time.Second })
		}}, "")
	each(fault{name: "every list 10 seconds behind", does: "Looks again for up to two minutes; nothing is made twice.",
		set: func(p *place, _ string) { p.sim.Lag(func(sandbox.Request) time.Duration { return 10 * time.Second }) }}, "")
	each(fault{name: "the same page again, for two minutes", does: "Not taken for the end of the list: asked for again for up to five minutes.",
		set: func(p *place, _ string) {
			begin := time.Now()
			p.sim.Pages(func(sandbox.Request) sandbox.PageFault {
				if time.Since(begin) < 2*time.Minute {
					return sandbox.SamePageAgain
				}
				return sandbox.PagesAsTheyAre
			})
		}}, "")
	return all
}

// longer is a span of time in words.
func longer(d time.Duration) string {
	switch {
	case d < 5*time.Second:
		return "no longer"
	case d < time.Minute:
		return "seconds longer"
	case d < 10*time.Minute:
		return "minutes longer"
	case d < 2*time.Hour:
		return "an hour longer"
	}
	return "hours longer"
}

// TestFaults runs the whole set-up under each fault, on virtual time, and once more when it is over. Whatever happened, what
// stands in AWS in the end is what stands there without it, and nothing twice.
func TestFaults(t *testing.T) {
	t.Parallel()
	normal, want := map[bool]attempt{}, map[bool][]string{}
	for _, network := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := newPlace(t, network)
			if normal[network] = p.start(); normal[network].code != exitDone {
				t.Fatalf("without a fault: exit %d: %v %v", normal[network].code, normal[network].err, normal[network].problems())
			}
			want[network] = p.things()
		})
	}
	faults := matrix()
	rows := make([]string, len(faults))
	t.Run("each", func(t *testing.T) {
		for n, f := range faults {
			t.Run(f.name+"/"+f.service, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					p := newPlace(t, f.network)
					f.set(p, f.service)
					s := p.start()
					next := exitDone
					if s.code != exitDone || f.other {
						p.heal()
						next = p.start().code
					}
					if s.code != f.code || next != f.again {
						t.Errorf("exit %d and then %d, want %d and %d: %v\n%s", s.code, next, f.code, f.again, s.err, strings.Join(s.problems(), "\n"))
					}
					if _, _, left := s.result.Counts(); s.code != exitDone && s.code != exitCredentials && len(s.problems()) == 0 && left == 0 {
						t.Error("nothing says why")
					}
					if d := difference(want[f.network], p.things()); d != "" && !f.other {
						t.Errorf("what stands in AWS differs:\n%s", d)
					}
					rows[n] = fmt.Sprintf("%-38s %-14s exit %d, %s, done %s%s", f.name, f.service, s.code, longer(s.took-normal[f.network].took), strings.Join(s.doneSteps(), " "), indented(s.problems()))
				})
			})
		}
	})
	golden.RequireEqual(t, strings.Join(rows, "\n")+"\n")
}

func indented(texts []string) string {
	out := ""
	for _, text := range texts {
		out += "\n    " + accountID.ReplaceAllString(requestID.ReplaceAllString(text, "<request>"), "<account>")
	}
	return out
}
