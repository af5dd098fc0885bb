package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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
	name     string   // as in the document: "throttled for two minutes"
	services []string // SDK service ids, each tried alone; "" for all of them at once. None: every service that a set-up uses
	does     string   // what the wizard does, as a sentence of the document
	set      func(p *place, service string)
	lists    bool // tried alone with every service that gives lists in pages, instead of services
	network  bool // the default networks are of interest
	code     int  // exit code of the unattended run; anyCode where it differs by service and stands in the golden
	again    int  // exit code of the next start, when the fault is over
	other    bool // what is set up in the end is something else on purpose
}

// anyCode is no exit code.
const anyCode = -1

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

// losing loses the reply of each write once.
func losing(p *place, service string) {
	var mu sync.Mutex
	seen := map[string]bool{}
	p.sim.Lose(func(r sandbox.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		lost := r.Service == service && !looks(r.Operation) && !seen[r.Operation]
		seen[r.Operation] = seen[r.Operation] || lost
		return lost
	})
}

// forbidden has the members' requests refused by a service control policy.
func forbidden(policy string) func(*place, string) {
	return failing(0, func(r sandbox.Request) error {
		if r.Principal.Account == r.World.Org.Management {
			return nil
		}
		return sandbox.DenyByPolicy(r, policy)
	})
}

// standsIn has the stand-in do something else for one act.
func standsIn(act string, does func(*place) error) func(*place, string) {
	return func(p *place, _ string) {
		p.standIn = func(asked string) error {
			if asked == act {
				return does(p)
			}
			return p.sim.StandIn(asked)
		}
	}
}

// everyList gives the pages of every list as how says, which is told how often the operation was asked before.
func everyList(how func(n int) sandbox.PageFault) func(*place, string) {
	return func(p *place, _ string) {
		seen := map[string]int{}
		p.sim.Pages(func(r sandbox.Request) sandbox.PageFault {
			op := r.Service + "." + r.Operation
			n := seen[op]
			seen[op]++
			return how(n)
		})
	}
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
	var used, paged []string
	for _, network := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := newPlace(t, network)
			p.sim.Faults(func(r sandbox.Request) error {
				if !slices.Contains(used, r.Service) {
					used = append(used, r.Service)
				}
				return nil
			})
			p.sim.Pages(func(r sandbox.Request) sandbox.PageFault {
				if !slices.Contains(paged, r.Service) {
					paged = append(paged, r.Service)
				}
				return sandbox.PagesAsTheyAre
			})
			if normal[network] = p.start(); normal[network].code != exitDone {
				t.Fatalf("without a fault: exit %d: %v %v", normal[network].code, normal[network].err, normal[network].problems())
			}
			want[network] = p.things()
		})
	}
	slices.Sort(used)
	slices.Sort(paged)
	if len(used) < 10 || len(paged) < 10 {
		t.Errorf("a set-up uses only %v, and lists of %v", used, paged)
	}
	type row struct {
		fault
		service, text string
	}
	var rows []*row
	for _, f := range matrix() {
		services := f.services
		switch {
		case f.lists:
			services = paged
		case services == nil:
			services = used
		}
		for _, s := range services {
			r := &row{fault: f, service: s}
			r.network = f.network || s == "EC2"
			rows = append(rows, r)
		}
	}
	t.Logf("%d faults, %d trials, %d services", len(matrix()), len(rows), len(used))
	t.Run("each", func(t *testing.T) {
		for _, f := range rows {
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
					if f.code != anyCode && s.code != f.code || next != f.again {
						t.Errorf("exit %d and then %d, want %d and %d: %v\n%s", s.code, next, f.code, f.again, s.err, strings.Join(append(s.problems(), s.left()...), "\n"))
					}
					if _, _, left := s.result.Counts(); s.code != exitDone && s.code != exitCredentials && len(s.problems()) == 0 && left == 0 {
						t.Error("nothing says why")
					}
					if d := difference(want[f.network], p.things()); d != "" && !f.other {
						t.Errorf("what stands in AWS differs:\n%s", d)
					}
					f.text = fmt.Sprintf("%-46s %-14s exit %d, %s, done %s%s", f.name, f.service, s.code, longer(s.took-normal[f.network].took), strings.Join(s.doneSteps(), " "), indented(s.problems()))
				})
			})
		}
	})
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintln(&b, r.text)
	}
	golden.RequireEqual(t, b.String())
}

// mask takes out what differs between set-ups.
var (
	policyID = regexp.MustCompile(`\bp-[0-9a-z]{8}\b`)
	roleEnd  = regexp.MustCompile(`_[0-9a-f]{16}\b`)
)

func indented(texts []string) string {
	var lines []string
	for _, text := range texts {
		text = accountID.ReplaceAllString(requestID.ReplaceAllString(text, "<request>"), "<account>")
		lines = append(lines, "\n    "+roleEnd.ReplaceAllString(policyID.ReplaceAllString(text, "<policy>"), "_<id>"))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// The table of the document stands between these lines.
const (
	faultsBegin = "<!-- The table is made by TestFaultsDocument -update. -->\n"
	faultsEnd   = "<!-- End of the table. -->\n"
)

// TestFaultsDocument: the document's table of faults is the matrix that is tried.
func TestFaultsDocument(t *testing.T) {
	t.Parallel()
	file := filepath.Join("..", "..", "docs", "reliability.md")
	was, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(was), faultsBegin)
	_, after, ends := strings.Cut(rest, faultsEnd)
	if !begins || !ends {
		t.Fatalf("%s has no table of faults", file)
	}
	table := "| what goes wrong | tried with | exit | what the wizard does |\n| --- | --- | --- | --- |\n"
	for _, f := range matrix() {
		with, code := strings.Join(f.services, ", "), fmt.Sprint(f.code)
		switch {
		case f.lists:
			with = "every service with lists in pages, one by one"
		case f.services == nil:
			with = "every service, one by one"
		case f.services[0] == "" && len(f.services) == 1:
			with = "all at once"
		case f.services[0] == "":
			with = "all at once" + with
		}
		if f.code == anyCode {
			code = "by service"
		}
		table += fmt.Sprintf("| %s | %s | %s | %s |\n", f.name, with, code, f.does)
	}
	is := before + faultsBegin + table + faultsEnd + after
	if is == string(was) {
		return
	}
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, []byte(is), 0o644); err != nil { //nolint:gosec // a document for everybody
			t.Fatal(err)
		}
		return
	}
	t.Errorf("the table in %s is not the matrix that is tried; run this test with -update", file)
}
