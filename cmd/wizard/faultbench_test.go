package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/cloud"
	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/internal/sandbox"
)

var requestID = regexp.MustCompile(`sandbox-\d{8}`)

// faultRegions are the Regions of the AWS in which faults are tried: fewer, so that many can be.
var faultRegions = []string{"eu-west-1", "us-east-1"}

// place is a founder's AWS and computer on virtual time.
type place struct {
	t       *testing.T
	sim     *sandbox.Sim
	dir     string
	answers answers.Answers
	standIn func(string) error
	network bool // the default networks are part of the set-up
	policy  bool // somebody's own policy was made
	mend    func()
	mu      sync.Mutex
	sent    []cloud.Sent
}

func newPlace(t *testing.T, network bool) *place {
	t.Helper()
	w, err := sandbox.NewWorld(sandbox.Fresh, 7)
	if err != nil {
		t.Fatal(err)
	}
	p := newPlaceIn(t, w)
	p.network = network
	return p
}

// newPlaceIn is a founder's place in this AWS.
func newPlaceIn(t *testing.T, w *sandbox.World) *place {
	t.Helper()
	w.Pace, w.Regions = 1, faultRegions
	p := &place{t: t, sim: sandbox.New(w), dir: t.TempDir()}
	p.standIn = p.sim.StandIn
	file := filepath.Join(p.dir, "wizard.yaml")
	if err := os.WriteFile(file, []byte(founderAnswers), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if p.answers, err = answers.Load(file); err != nil {
		t.Fatal(err)
	}
	return p
}

// told is what an unattended front end saw.
type told struct {
	mu     sync.Mutex
	events []run.Event
}

func (f *told) Tell(e run.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, e)
}

func (f *told) Ask(_ context.Context, _ run.Page, previous string) (string, run.Decision, error) {
	return previous, run.Go, nil
}

func (f *told) Approve(context.Context, run.Page) (run.Decision, []string, error) {
	return run.Go, nil, nil
}

func (f *told) HandOff(context.Context, run.Page, *plan.HandOff) (run.Decision, error) {
	return run.Go, nil
}

func (f *told) Trouble(context.Context, run.Page, string, run.Problem) (run.Decision, error) {
	return run.Skip, nil
}

// start is one start of the program, unattended.
type attempt struct {
	code   int
	took   time.Duration
	result *run.Result
	err    error
	events []run.Event
	sent   []cloud.Sent
}

func (p *place) start() attempt {
	p.t.Helper()
	p.sent = nil
	begin := time.Now()
	o := cloud.Options{Credentials: p.sim.Credentials(), Bind: p.sim.Bind, Region: "eu-west-1", TokenDir: p.dir,
		Backoff: func(attempt int) time.Duration { return min(time.Second<<attempt, 20*time.Second) },
		Observe: func(s cloud.Sent) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.sent = append(p.sent, s)
		}}
	s := attempt{}
	front := &told{}
	s.result, s.err = p.engine(o, front, true)
	s.took, s.events, s.sent = time.Since(begin), front.events, p.sent
	if s.err == nil {
		s.err = exitOf(s.result)
	}
	s.code = exitCode(s.err)
	return s
}

func (p *place) engine(o cloud.Options, front run.FrontEnd, unattended bool) (*run.Result, error) {
	c, err := cloud.Open(p.t.Context(), o)
	if err != nil {
		return &run.Result{}, err
	}
	j, err := journal.Open(filepath.Join(p.dir, "journal.jsonl"), time.Now)
	if err != nil {
		p.t.Fatal(err)
	}
	defer j.Close()
	list := allSteps()
	if !p.network {
		list = slices.DeleteFunc(list, func(s step) bool { return s.Name == "network" })
	}
	return run.New(run.Options{Steps: list, Cloud: c, Answers: p.answers, Journal: j, Unattended: unattended,
		StandIn: p.standIn, FrontEnd: front}).Run(p.t.Context())
}

// heal takes all faults away.
func (p *place) heal() {
	p.sim.Faults(nil)
	p.sim.Lose(nil)
	p.sim.Latency(nil)
	p.sim.Pages(nil)
	p.sim.Lag(nil)
	p.standIn = p.sim.StandIn
	if p.mend != nil {
		p.mend()
	}
}

// world changes the simulated AWS.
func (p *place) world(f func(*sandbox.World)) {
	p.t.Helper()
	if err := p.sim.Do(f); err != nil {
		p.t.Fatal(err)
	}
}

// things lists what is in the simulated AWS by kind and name, without ids and times: two set-ups came to the same when
// these are the same, and nothing is there twice when nothing stands there twice.
func (p *place) things() []string {
	p.t.Helper()
	var (
		b   []byte
		err error
	)
	if doErr := p.sim.Do(func(w *sandbox.World) { b, err = json.Marshal(w) }); doErr != nil || err != nil {
		p.t.Fatal(doErr, err)
	}
	var w struct {
		Accounts map[string]struct{ Name string }
		Org      struct {
			Root     string
			Units    []struct{ ID, Name, Parent string }
			Members  []struct{ Account, Parent string }
			Policies []struct{ ID, Name string }
			Attached []struct{ Policy, Target string }
			Types    map[string]any
			Trusted  map[string]any
		} `json:"organizations"`
		Identity struct {
			Instances []struct {
				PermissionSets []struct{ Name string }
				Users          []struct{ UserName string }
				Groups         []struct{ DisplayName, Name string }
				Memberships    []any
			}
		}
		S3  struct{ Buckets map[string]any }
		EC2 struct {
			Networks map[string]struct{ VPCs []any } // as AWS makes them where there is none
		}
		CloudTrail struct {
			Trails []struct {
				Name    string
				Logging bool
			}
		}
		Budgets struct {
			Budgets map[string][]struct{ Notifications []any }
		}
		Costs struct {
			Monitors      map[string][]struct{ MonitorName string }
			Subscriptions map[string][]struct{ SubscriptionName string }
		} `json:"cost_explorer"`
		IAM struct {
			Accounts map[string]struct {
				Roles map[string]any
			}
		}
	}
	if err := json.Unmarshal(b, &w); err != nil {
		p.t.Fatal(err)
	}
	names := map[string]string{w.Org.Root: "root"}
	for _, u := range w.Org.Units {
		names[u.ID] = u.Name
	}
	for _, pol := range w.Org.Policies {
		names[pol.ID] = pol.Name
	}
	for id, a := range w.Accounts {
		names[id] = a.Name
	}
	var out []string
	add := func(format string, args ...any) {
		line := fmt.Sprintf(format, args...)
		for id, name := range names {
			line = strings.ReplaceAll(line, id, name)
		}
		out = append(out, line)
	}
	for _, u := range w.Org.Units {
		add("unit %s in %s", u.Name, u.Parent)
	}
	for _, m := range w.Org.Members {
		add("account %s in %s", m.Account, m.Parent)
	}
	for _, pol := range w.Org.Policies {
		add("policy %s", pol.Name)
	}
	for _, a := range w.Org.Attached {
		add("policy %s on %s", a.Policy, a.Target)
	}
	for t := range w.Org.Types {
		add("policy type %s", t)
	}
	for t := range w.Org.Trusted {
		add("trusted service %s", t)
	}
	for _, i := range w.Identity.Instances {
		add("IAM Identity Center, %d memberships", len(i.Memberships))
		for _, s := range i.PermissionSets {
			add("permission set %s", s.Name)
		}
		for _, u := range i.Users {
			add("user %s", u.UserName)
		}
		for _, g := range i.Groups {
			add("group %s%s", g.DisplayName, g.Name)
		}
	}
	for name := range w.S3.Buckets {
		add("bucket %s", name)
	}
	for where, n := range w.EC2.Networks {
		add("%d networks in %s", len(n.VPCs), where)
	}
	for _, t := range w.CloudTrail.Trails {
		add("trail %s, logging %v", t.Name, t.Logging)
	}
	for account, all := range w.Budgets.Budgets {
		for _, b := range all {
			add("budget in %s with %d notifications", account, len(b.Notifications))
		}
	}
	for account, all := range w.Costs.Monitors {
		for _, m := range all {
			add("monitor %s in %s", m.MonitorName, account)
		}
	}
	for account, all := range w.Costs.Subscriptions {
		for _, s := range all {
			add("subscription %s in %s", s.SubscriptionName, account)
		}
	}
	for account, a := range w.IAM.Accounts {
		for role := range a.Roles {
			if !strings.HasPrefix(role, "AWSReservedSSO") {
				add("role %s in %s", role, account)
			}
		}
	}
	slices.Sort(out)
	return out
}

// difference is what stands in one list only.
func difference(want, got []string) string {
	var out []string
	count := map[string]int{}
	for _, s := range want {
		count[s]--
	}
	for _, s := range got {
		count[s]++
	}
	for s, n := range count {
		switch {
		case n > 0:
			out = append(out, fmt.Sprintf("+%d %s", n, s))
		case n < 0:
			out = append(out, fmt.Sprintf("%d %s", n, s))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// doneSteps are the names of the steps that are done.
func (s attempt) doneSteps() []string {
	var out []string
	for _, r := range s.result.Steps {
		if r.Done {
			out = append(out, r.Name)
		}
	}
	return out
}

// problems are the words of what was refused, each once.
func (s attempt) problems() []string {
	var out []string
	for _, r := range s.result.Steps {
		for _, p := range r.Problems {
			text := strings.TrimSpace(p.Problem.What + " " + p.Problem.Why + " " + p.Problem.Next)
			if !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}

// left are the ids of what is left.
func (s attempt) left() []string {
	var out []string
	for _, r := range s.result.Steps {
		for _, i := range r.Left {
			out = append(out, "left: "+i.ID())
		}
	}
	return out
}
