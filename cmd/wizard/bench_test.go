package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/cloud"
	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/internal/sandbox"
	"awswizard/steps"
	"awswizard/steps/network"
)

// roundTrip is what each request takes in the benchmarks: a distant Region and AWS's own work.
const roundTrip = 100 * time.Millisecond

// networkChain is how many requests of the default networks must follow one another: who am I, enter the account where there
// is more than one, find the VPC, look into it, delete its subnets, detach the gateway, delete it, delete the VPC, and look
// once more.
func networkChain(accounts int) time.Duration {
	if accounts > 1 {
		return 9
	}
	return 8
}

// BenchmarkDefaultNetworks removes the default VPCs of an organization. "x-chain" is the time it takes as a multiple of
// networkChain round trips. The largest is also tried on a slow line, where the processor is not what it waits for.
func BenchmarkDefaultNetworks(b *testing.B) {
	for _, size := range []struct {
		accounts, regions int
		roundTrip         time.Duration
	}{{1, 17, roundTrip}, {10, 17, roundTrip}, {100, 34, roundTrip}, {100, 34, 5 * roundTrip}} {
		b.Run(fmt.Sprintf("%dx%d/%v", size.accounts, size.regions, size.roundTrip), func(b *testing.B) {
			var sum measured
			for b.Loop() {
				b.StopTimer()
				o := newCompany(b, size.accounts, size.regions)
				o.sim.Latency(func(sandbox.Request) time.Duration { return size.roundTrip })
				b.StartTimer()
				sum.add(o.measure(b, size.accounts*size.regions))
			}
			sum.report(b, networkChain(size.accounts)*size.roundTrip)
		})
	}
}

// BenchmarkCallOverhead is the same without any latency: what the engine, the journal and the SDK take of the processor and
// the disk, for each call made.
func BenchmarkCallOverhead(b *testing.B) {
	var sum measured
	for b.Loop() {
		b.StopTimer()
		o := newCompany(b, 10, 17)
		b.StartTimer()
		sum.add(o.measure(b, 170))
	}
	sum.report(b, 0)
}

// measured are the sums over the iterations.
type measured struct {
	runs, requests, writes int
	took, running          time.Duration // in all, and from the approval to the last call
	most                   uint64        // bytes of memory in use at once
}

func (m *measured) add(n measured) {
	m.runs++
	m.requests, m.writes = m.requests+n.requests, m.writes+n.writes
	m.took, m.running = m.took+n.took, m.running+n.running
	m.most = max(m.most, n.most)
}

func (m *measured) report(b *testing.B, chain time.Duration) {
	each := m.took / time.Duration(m.runs)
	if chain > 0 {
		b.ReportMetric(float64(each)/float64(chain), "x-chain")
	} else if m.writes > 0 {
		b.ReportMetric(float64(m.running)/float64(m.writes)/float64(time.Millisecond), "ms/call")
	}
	b.ReportMetric(float64(m.requests)/float64(m.runs), "requests")
	b.ReportMetric(float64(m.writes)/float64(m.runs), "writes")
	b.ReportMetric(float64(m.most)/1e6, "MB-live")
}

// company is an organization with administrators' roles in all accounts, and a default VPC in every Region.
type company struct {
	sim      *sandbox.Sim
	accounts []string
}

func newCompany(b *testing.B, accounts, regions int) *company {
	b.Helper()
	w, err := sandbox.NewWorld(sandbox.Admin, 5)
	if err != nil {
		b.Fatal(err)
	}
	var management string
	for id := range w.Accounts {
		management = id
	}
	w.NewOrganization(management)
	o := &company{sim: sandbox.New(w), accounts: []string{management}}
	for n := range accounts - 1 {
		o.accounts = append(o.accounts, w.NewMember(fmt.Sprintf("member-%d", n), fmt.Sprintf("aws+%d@acme.example", n), "OrganizationAccountAccessRole", w.Clock))
	}
	for _, a := range w.Accounts {
		if a.Regions == nil {
			a.Regions = map[string]string{}
		}
		for n, code := range optIn {
			if len(answers.Regions())+n < regions {
				a.Regions[code] = "opted-in"
			}
		}
	}
	return o
}

// optIn are the Regions an account enables to come to 34.
var optIn = []string{
	"af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6",
	"ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1", "me-central-1", "me-south-1", "mx-central-1",
}

// measure removes all default VPCs, from the first request to the last look.
func (o *company) measure(b *testing.B, places int) measured {
	b.Helper()
	c := &counter{}
	list := []step{members(o.accounts), network.Step()}
	live := watchMemory()
	start := time.Now()
	result := applyOn(b, b.TempDir(), o.sim, c, list, answers.Answers{Company: "Acme", Email: "aws@acme.example", HomeRegion: "eu-west-1"})
	m := measured{requests: int(c.requests.Load()), writes: int(c.writes.Load()), took: time.Since(start), most: live(), running: c.running}
	if ok, failed, left := result.Counts(); ok != m.writes || failed > 0 || left > 0 || m.writes < 6*places-places/17 {
		b.Fatalf("%d calls made of %d sent, %d failed, %d left", ok, m.writes, failed, left)
	}
	return m
}

// members is a step that only knows the accounts.
func members(ids []string) step {
	return steps.Define(steps.Step{Name: "members", Title: "Accounts", Alone: true}, nil,
		func(context.Context, steps.Env) (known, error) {
			facts := known{"organization.accounts": strings.Join(ids, ","), "account.management.id": ids[0]}
			for _, a := range (answers.Answers{}).WithDefaults().Accounts {
				facts[plan.AccountFact(a.Key())] = ids[0] // they are there, so nothing is left for later
			}
			return facts, nil
		}, func(known, answers.Answers, plan.Facts) []plan.Item { return nil })
}

type known map[string]string

func (k known) Facts() map[string]string { return k }

// applyOn is one unattended run on the sandbox.
func applyOn(b *testing.B, dir string, sim *sandbox.Sim, c *counter, list []step, a answers.Answers) *run.Result {
	b.Helper()
	return applyTo(b, dir, openOn(b, dir, sim, c), sim.StandIn, c, list, a)
}

// openOn keeps to AWS's rates of requests, as the program does on AWS.
func openOn(b *testing.B, dir string, sim *sandbox.Sim, c *counter) *cloud.Cloud {
	b.Helper()
	to, err := cloud.Open(b.Context(), cloud.Options{Credentials: sim.Credentials(), Bind: sim.Bind, Region: "eu-west-1",
		TokenDir: filepath.Join(dir, "sso"), Observe: c.sent, Paced: true})
	if err != nil {
		b.Fatal(err)
	}
	return to
}

// applyTo is one unattended run with a journal on the disk.
func applyTo(b *testing.B, dir string, to *cloud.Cloud, standIn func(string) error, c *counter, list []step, a answers.Answers) *run.Result {
	b.Helper()
	j, err := journal.Open(filepath.Join(dir, "journal.jsonl"), time.Now)
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	result, err := run.New(run.Options{Steps: list, Cloud: to, Journal: j, FrontEnd: c, Answers: a, Unattended: true, StandIn: standIn, Sleep: c.sleep}).Run(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return result
}

// counter is a front end that agrees to everything and counts.
type counter struct {
	requests, writes atomic.Int64

	mu       sync.Mutex
	approved time.Time
	running  time.Duration // from each approval to the last event of a call after it
	since    time.Duration
	waits    []span
}

func (c *counter) sent(s cloud.Sent) {
	now := time.Now()
	c.mu.Lock()
	c.waits = append(c.waits, span{now.Add(-s.Duration), now})
	c.mu.Unlock()
	c.requests.Add(1)
	if s.Write {
		c.writes.Add(1)
	}
}

func (c *counter) Tell(e run.Event) {
	if e.Kind != run.OK {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running += time.Since(c.approved) - c.since
	c.since = time.Since(c.approved)
}

func (c *counter) Ask(_ context.Context, _ run.Page, previous string) (string, run.Decision, error) {
	return previous, run.Go, nil
}

func (c *counter) Approve(context.Context, run.Page) (run.Decision, []string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.approved, c.since = time.Now(), 0
	return run.Go, nil, nil
}

func (c *counter) HandOff(_ context.Context, _ run.Page, h *plan.HandOff) (run.Decision, error) {
	if h.StandIn == "" && h.Poll != nil {
		return run.Skip, nil
	}
	return run.Go, nil
}

func (c *counter) Trouble(context.Context, run.Page, string, run.Problem) (run.Decision, error) {
	return run.Skip, nil
}

// watchMemory looks at the live heap, which is what the garbage collector could not free, until it is asked for the most.
func watchMemory() (most func() uint64) {
	runtime.GC()
	read := func() uint64 {
		s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	before, highest := read(), uint64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			highest = max(highest, read())
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-stopped
		return highest - min(before, highest)
	}
}

// BenchmarkSetUp sets everything up from an account without an organization ("first"), runs over the finished set-up once more
// ("again"), and looks at it as wizard plan, wizard status and the first screen of a resumed set-up do ("look"). "x-chain" is
// the time as a multiple of the time during which a request was under way or AWS's background work was waited for: the rest is
// the program's own, and waiting for AWS to take more requests.
func BenchmarkSetUp(b *testing.B) {
	for _, what := range []string{"first", "again", "look"} {
		b.Run(what, func(b *testing.B) {
			var sum measured
			var waiting time.Duration
			for b.Loop() {
				b.StopTimer()
				w, err := sandbox.NewWorld(sandbox.Admin, 5)
				if err != nil {
					b.Fatal(err)
				}
				w.Pace = quick
				o, dir := &company{sim: sandbox.New(w)}, b.TempDir()
				if what != "first" {
					o.setUp(b, dir)
				}
				o.sim.Latency(func(sandbox.Request) time.Duration { return roundTrip })
				b.StartTimer()
				use := o.setUp
				if what == "look" {
					use = o.survey
				}
				m, c := use(b, dir)
				sum.add(m)
				waiting += c.waited()
			}
			sum.report(b, waiting/time.Duration(sum.runs))
			b.ReportMetric(float64(waiting)/float64(sum.runs)/float64(roundTrip), "in-a-row")
		})
	}
}

func (o *company) setUp(b *testing.B, dir string) (measured, *counter) {
	b.Helper()
	return timed(func(c *counter) { applyOn(b, dir, o.sim, c, allSteps(), founder(b, dir)) })
}

func (o *company) survey(b *testing.B, dir string) (measured, *counter) {
	b.Helper()
	past, err := journal.Read(filepath.Join(dir, "journal.jsonl"))
	if err != nil {
		b.Fatal(err)
	}
	return timed(func(c *counter) {
		engine := run.New(run.Options{Steps: allSteps(), Cloud: openOn(b, dir, o.sim, c), Past: &past, FrontEnd: c, Answers: founder(b, dir)})
		if _, err := engine.Survey(b.Context()); err != nil {
			b.Fatal(err)
		}
	})
}

func timed(f func(*counter)) (measured, *counter) {
	c, live := &counter{}, watchMemory()
	start := time.Now()
	f(c)
	return measured{requests: int(c.requests.Load()), writes: int(c.writes.Load()), took: time.Since(start), running: c.running, most: live()}, c
}

func founder(b *testing.B, dir string) answers.Answers {
	b.Helper()
	path := filepath.Join(dir, "wizard.yaml")
	if err := os.WriteFile(path, []byte(founderAnswers), 0o600); err != nil {
		b.Fatal(err)
	}
	a, err := answers.Load(path)
	if err != nil {
		b.Fatal(err)
	}
	return a
}

// span is a time during which something was waited for.
type span struct{ from, to time.Time }

// waited is how long at least one of the waits was under way.
func (c *counter) waited() (total time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.SortFunc(c.waits, func(a, b span) int { return a.from.Compare(b.from) })
	var end time.Time
	for _, s := range c.waits {
		if s.from.Before(end) {
			s.from = end
		}
		if s.to.After(s.from) {
			total += s.to.Sub(s.from)
			end = s.to
		}
	}
	return total
}

// sleep waits as long as AWS's background work takes in this sandbox.
func (c *counter) sleep(ctx context.Context, d time.Duration) error {
	from := time.Now()
	err := run.Sleep(ctx, time.Duration(float64(d)*quick))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waits = append(c.waits, span{from, time.Now()})
	return err
}
