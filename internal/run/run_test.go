package run_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/cloud"
	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/internal/sandbox"
	"awswizard/steps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

// bench is a sandbox, a journal and a scripted person.
type bench struct {
	t       *testing.T
	sim     *sandbox.Sim
	cloud   *cloud.Cloud
	journal *journal.Journal
	path    string
	front   *person
	sent    []string
	done    []string // of these, what AWS has carried out
}

func newBench(t *testing.T) *bench {
	t.Helper()
	world, err := sandbox.NewWorld(sandbox.Fresh, 7)
	if err != nil {
		t.Fatal(err)
	}
	world.Pace = 1
	b := &bench{t: t, sim: sandbox.New(world), path: filepath.Join(t.TempDir(), "journal.jsonl"), front: &person{}}
	b.restart()
	return b
}

// restart is what starting the program again does.
func (b *bench) restart() {
	b.t.Helper()
	if b.journal != nil {
		if err := b.journal.Close(); err != nil {
			b.t.Fatal(err)
		}
	}
	var err error
	if b.journal, err = journal.Open(b.path, time.Now); err != nil {
		b.t.Fatal(err)
	}
	b.cloud, err = cloud.Open(b.t.Context(), cloud.Options{Credentials: b.sim.Credentials(), Bind: b.sim.Bind, Region: "us-east-1",
		TokenDir: b.t.TempDir(), Observe: func(s cloud.Sent) {
			if s.Write {
				b.sent = append(b.sent, s.Operation)
				if s.Code == "" {
					b.done = append(b.done, s.Operation)
				}
			}
		}})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) run(ctx context.Context, list ...steps.Step) (*run.Result, error) {
	b.t.Helper()
	o := run.Options{Steps: list, Cloud: b.cloud, Journal: b.journal, FrontEnd: b.front,
		Answers: answers.Answers{Company: "Acme", Email: "aws@acme.example"}}
	return run.New(o).Run(ctx)
}

// person answers as told, and remembers what was shown.
type person struct {
	approve  func(run.Page) (run.Decision, []string)
	trouble  func(id string, p run.Problem) run.Decision
	handOff  func(ctx context.Context, h *plan.HandOff) run.Decision
	events   []run.Event
	seen     []run.Page
	problems []run.Problem
}

func (p *person) Tell(e run.Event) { p.events = append(p.events, e) }

func (p *person) Ask(_ context.Context, page run.Page, previous string) (string, run.Decision, error) {
	p.seen = append(p.seen, page)
	return previous, run.Go, nil
}

func (p *person) Approve(_ context.Context, page run.Page) (run.Decision, []string, error) {
	p.seen = append(p.seen, page)
	if p.approve != nil {
		d, refused := p.approve(page)
		return d, refused, nil
	}
	return run.Go, nil, nil
}

func (p *person) HandOff(ctx context.Context, _ run.Page, h *plan.HandOff) (run.Decision, error) {
	return p.handOff(ctx, h), nil
}

func (p *person) Trouble(_ context.Context, _ run.Page, id string, problem run.Problem) (run.Decision, error) {
	p.problems = append(p.problems, problem)
	if p.trouble != nil {
		return p.trouble(id, problem), nil
	}
	return run.Skip, nil
}

func (p *person) kinds(item string) []run.EventKind {
	var out []run.EventKind
	for _, e := range p.events {
		if e.Item == item {
			out = append(out, e.Kind)
		}
	}
	return out
}

// orgState is what the test's step reads: the root and the units under it.
type orgState struct {
	root  string
	units map[string]string
}

func (s *orgState) Facts() map[string]string {
	out := map[string]string{"test.root": s.root}
	for name, id := range s.units {
		out["test.unit."+name] = id
	}
	return out
}

// unitsStep wants an organization and units of these names, each made after the one before it.
func unitsStep(change func(*plan.Call), names ...string) steps.Step {
	inspect := func(ctx context.Context, env steps.Env) (*orgState, error) {
		s := &orgState{units: map[string]string{}}
		cfg, err := env.Config(plan.Place{Account: plan.Management, Region: "us-east-1"})
		if err != nil {
			return nil, err
		}
		client := organizations.NewFromConfig(cfg)
		roots, err := client.ListRoots(ctx, &organizations.ListRootsInput{})
		var none *types.AWSOrganizationsNotInUseException
		if errors.As(err, &none) {
			return s, nil
		}
		if err != nil {
			return nil, err
		}
		s.root = aws.ToString(roots.Roots[0].Id)
		pages := organizations.NewListOrganizationalUnitsForParentPaginator(client, &organizations.ListOrganizationalUnitsForParentInput{ParentId: &s.root})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, u := range page.OrganizationalUnits {
				s.units[aws.ToString(u.Name)] = aws.ToString(u.Id)
			}
		}
		return s, nil
	}
	planned := func(s *orgState, _ answers.Answers, _ plan.Facts) []plan.Item {
		var items []plan.Item
		add := func(c *plan.Call) {
			c.Step, c.Lane, c.Where = "units", "organizations", plan.Place{Account: plan.Management, Region: "us-east-1"}
			c.Why, c.Effect, c.Undo = "a test wants it", plan.Creates, "delete it"
			if change != nil {
				change(c)
			}
			items = append(items, plan.Item{Call: c})
		}
		if s.root == "" {
			add(&plan.Call{ID: "units/organization", Title: "Create the organization", IAMAction: "organizations:CreateOrganization",
				Request: plan.To(organizations.NewFromConfig, (*organizations.Client).CreateOrganization,
					func(plan.Facts) *organizations.CreateOrganizationInput {
						return &organizations.CreateOrganizationInput{FeatureSet: types.OrganizationFeatureSetAll}
					})})
			add(&plan.Call{ID: "units/types", Title: "Allow policies", IAMAction: "organizations:EnablePolicyType",
				Done: []string{"PolicyTypeAlreadyEnabledException"}, Wait: map[string]time.Duration{"FinalizingOrganizationException": time.Hour},
				Request: plan.To(organizations.NewFromConfig, (*organizations.Client).EnableAWSServiceAccess,
					func(plan.Facts) *organizations.EnableAWSServiceAccessInput {
						return &organizations.EnableAWSServiceAccessInput{ServicePrincipal: aws.String("account.amazonaws.com")}
					})})
			return items
		}
		for _, n := range names {
			if s.units[n] == "" {
				add(&plan.Call{ID: "units/unit/" + n, Title: "Create the unit " + n, IAMAction: "organizations:CreateOrganizationalUnit",
					Wait: map[string]time.Duration{"FinalizingOrganizationException": time.Hour},
					Request: plan.To(organizations.NewFromConfig, (*organizations.Client).CreateOrganizationalUnit,
						func(f plan.Facts) *organizations.CreateOrganizationalUnitInput {
							return &organizations.CreateOrganizationalUnitInput{Name: aws.String(n), ParentId: aws.String(f.Get("test.root"))}
						})})
			}
		}
		return items
	}
	return steps.Define(steps.Step{Name: "units", Title: "Units"}, nil, inspect, planned)
}

func TestRunsUntilThePlanIsEmptyAndThenDoesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		step := unitsStep(nil, "Security", "Workloads")
		r, err := b.run(t.Context(), step)
		if err != nil || !r.Steps[0].Done {
			t.Fatalf("first run: %+v %v; events %+v", r, err, b.front.events)
		}
		made := slices.Clone(b.sent)
		b.restart()
		r, err = b.run(t.Context(), step)
		if err != nil || !r.Steps[0].Done || len(b.sent) != len(made) {
			t.Fatalf("second run made %v more: %+v %v", b.sent[len(made):], r, err)
		}
	})
}

func TestEveryCallWasShownBeforeItWasMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if _, err := b.run(t.Context(), unitsStep(nil, "Security")); err != nil {
			t.Fatal(err)
		}
		shown := map[string]bool{}
		for _, p := range b.front.seen {
			for _, c := range plan.Calls(p.Items) {
				shown[c.Request.Operation] = true
			}
		}
		for _, op := range b.sent {
			if !shown[op] {
				t.Errorf("%s was made and never shown", op)
			}
		}
		if len(b.sent) == 0 {
			t.Error("nothing was made")
		}
	})
}

func TestNothingIsSentWithoutApproval(t *testing.T) {
	for _, d := range []run.Decision{run.Skip, run.Leave} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			b.front.approve = func(run.Page) (run.Decision, []string) { return d, nil }
			r, err := b.run(t.Context(), unitsStep(nil, "Security"))
			if len(b.sent) != 0 {
				t.Errorf("%s: sent %v", d, b.sent)
			}
			if d == run.Leave && !errors.Is(err, run.ErrLeft) {
				t.Errorf("leave gave %v", err)
			}
			if r.Steps[0].Done {
				t.Errorf("%s: the step counts as done", d)
			}
		})
	}
}

func TestARefusedCallIsNotSentAndTheOthersAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if _, err := b.run(t.Context(), unitsStep(nil)); err != nil {
			t.Fatal(err)
		}
		b.sent = nil
		b.front.approve = func(run.Page) (run.Decision, []string) { return run.Go, []string{"units/unit/A"} }
		r, err := b.run(t.Context(), unitsStep(nil, "A", "B"))
		if err != nil || len(b.sent) != 1 || r.Steps[0].Done || len(r.Steps[0].Left) != 1 {
			t.Fatalf("sent %v, left %+v, %v", b.sent, r.Steps[0].Left, err)
		}
	})
}

// A call whose request changes between approval and sending must not leave.
func TestWhatWasApprovedIsWhatRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if _, err := b.run(t.Context(), unitsStep(nil)); err != nil {
			t.Fatal(err)
		}
		b.sent = nil
		name := "Approved"
		shifty := unitsStep(func(c *plan.Call) {
			c.Request = plan.To(organizations.NewFromConfig, (*organizations.Client).CreateOrganizationalUnit,
				func(f plan.Facts) *organizations.CreateOrganizationalUnitInput {
					return &organizations.CreateOrganizationalUnitInput{Name: aws.String(name), ParentId: aws.String(f.Get("test.root"))}
				})
		}, "A")
		asked := 0
		b.front.approve = func(run.Page) (run.Decision, []string) {
			asked++
			if asked == 2 {
				return run.Leave, nil
			}
			name = "Swapped" // after it was shown and approved
			return run.Go, nil
		}
		if _, err := b.run(t.Context(), shifty); !errors.Is(err, run.ErrLeft) {
			t.Fatal(err)
		}
		if asked != 2 || len(b.sent) > 0 {
			t.Errorf("asked %d times, sent %v", asked, b.sent)
		}
	})
}

func TestWaitsForAnOrganizationThatIsFinalizing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if _, err := b.run(t.Context(), unitsStep(nil)); err != nil {
			t.Fatal(err)
		}
		ready := time.Now().Add(25 * time.Minute)
		b.sim.Faults(func(r sandbox.Request) error {
			if r.Operation == "CreateOrganizationalUnit" && time.Now().Before(ready) {
				return sandbox.Fail("FinalizingOrganizationException", "AWS is still working on the organization")
			}
			return nil
		})
		r, err := b.run(t.Context(), unitsStep(nil, "A"))
		if err != nil || !r.Steps[0].Done {
			t.Fatalf("%+v %v", r, err)
		}
		if k := b.front.kinds("units/unit/A"); !slices.Contains(k, run.Waiting) || k[len(k)-1] != run.OK {
			t.Errorf("events %v", k)
		}
	})
}

// TestAReasonThatPassesIsWaitedFor: AWS takes a request and tells only later that nothing came of it, e.g. that another account
// was being changed. Nobody is asked: the call is made again.
func TestAReasonThatPassesIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		looks := 0
		step := unitsStep(func(c *plan.Call) {
			if c.ID != "units/types" { // what it asks for can be asked for again
				return
			}
			c.Wait["CONCURRENT_ACCOUNT_MODIFICATION"] = time.Minute
			c.SettleEvery, c.SettleLimit = time.Second, time.Minute
			c.Settle = func(context.Context, aws.Config, plan.Facts) (bool, map[string]string, error) {
				if looks++; looks < 3 {
					return false, nil, &plan.Unsettled{Operation: "it", Reason: "CONCURRENT_ACCOUNT_MODIFICATION"}
				}
				return true, nil, nil
			}
		}, "Security")
		r, err := b.run(t.Context(), step)
		if err != nil || !r.Steps[0].Done || len(b.front.problems) > 0 {
			t.Fatalf("%+v %v; asked about %+v", r, err, b.front.problems)
		}
		n := 0
		for _, operation := range b.done {
			if operation == "EnableAWSServiceAccess" {
				n++
			}
		}
		if n != 3 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestOneRefusalNeverStopsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if _, err := b.run(t.Context(), unitsStep(nil)); err != nil {
			t.Fatal(err)
		}
		failures := 0
		b.sim.Faults(func(r sandbox.Request) error {
			if r.Operation == "CreateOrganizationalUnit" && failures == 0 {
				failures++
				return sandbox.FailWith(403, "AccessDeniedException", "You don't have permissions to access this resource.")
			}
			return nil
		})
		r, err := b.run(t.Context(), unitsStep(nil, "A", "B", "C"))
		if err != nil {
			t.Fatal(err)
		}
		s := r.Steps[0]
		if s.Failed != 1 || s.OK != 2 || s.Done || len(s.Problems) != 1 {
			t.Fatalf("%+v", s)
		}
		p := s.Problems[0].Problem
		if p.Code != "AccessDeniedException" || p.What == "" || p.Next == "" || p.RequestID == "" {
			t.Errorf("the problem says too little: %+v", p)
		}
	})
}

func TestRetryAfterTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if _, err := b.run(t.Context(), unitsStep(nil)); err != nil {
			t.Fatal(err)
		}
		failures := 0
		b.sim.Faults(func(r sandbox.Request) error {
			if r.Operation == "CreateOrganizationalUnit" && failures < 2 {
				failures++
				return sandbox.FailWith(403, "AccessDeniedException", "no")
			}
			return nil
		})
		b.front.trouble = func(string, run.Problem) run.Decision { return run.Go }
		r, err := b.run(t.Context(), unitsStep(nil, "A"))
		if err != nil || !r.Steps[0].Done || len(b.front.problems) != 2 {
			t.Fatalf("%+v %v, %d problems", r, err, len(b.front.problems))
		}
	})
}

// The reply to a create is lost after its effect: the unit must not be made twice.
func TestALostReplyIsLookedUpBeforeAnythingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if _, err := b.run(t.Context(), unitsStep(nil)); err != nil {
			t.Fatal(err)
		}
		b.sent = nil
		lose := true
		b.sim.Lose(func(r sandbox.Request) bool {
			if r.Operation == "CreateOrganizationalUnit" && lose {
				lose = false
				return true
			}
			return false
		})
		r, err := b.run(t.Context(), unitsStep(nil, "A", "B"))
		if err != nil || !r.Steps[0].Done {
			t.Fatalf("%+v %v", r, err)
		}
		if len(b.sent) != 2 {
			t.Errorf("sent %v, wanted each unit once", b.sent)
		}
		if d := b.journal.Replay().InDoubt(); len(d) != 0 {
			t.Errorf("still in doubt: %+v", d)
		}
	})
}

func TestStoppingInTheMiddleAndGoingOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if _, err := b.run(t.Context(), unitsStep(nil)); err != nil {
			t.Fatal(err)
		}
		b.sent = nil
		ctx, stop := context.WithCancel(t.Context())
		b.sim.Faults(func(r sandbox.Request) error {
			if r.Operation == "CreateOrganizationalUnit" {
				stop() // the person presses Ctrl-C while the request is on its way
			}
			return nil
		})
		_, err := b.run(ctx, unitsStep(nil, "A", "B", "C"))
		if !errors.Is(err, context.Canceled) || len(b.sent) != 1 {
			t.Fatalf("%v after %v", err, b.sent)
		}
		b.sim.Faults(nil)
		b.restart()
		if d := b.journal.Replay().InDoubt(); len(d) != 0 {
			t.Errorf("the call in flight was not allowed to end: %+v", d)
		}
		r, err := b.run(t.Context(), unitsStep(nil, "A", "B", "C"))
		if err != nil || !r.Steps[0].Done || len(b.sent) != 3 {
			t.Fatalf("%+v %v sent %v", r, err, b.sent)
		}
	})
}

// With credentials that have run out nothing else can work: an unattended run ends and can be started again.
func TestExpiredCredentialsEndAnUnattendedRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if _, err := b.run(t.Context(), unitsStep(nil)); err != nil {
			t.Fatal(err)
		}
		b.sim.Faults(func(r sandbox.Request) error {
			if r.Operation == "CreateOrganizationalUnit" {
				return sandbox.FailWith(403, "ExpiredToken", "The security token included in the request is expired")
			}
			return nil
		})
		b.sent = nil
		_, err := run.New(run.Options{Steps: []steps.Step{unitsStep(nil, "A", "B")}, Cloud: b.cloud, Journal: b.journal, FrontEnd: b.front,
			Unattended: true, Answers: answers.Answers{Company: "Acme", Email: "aws@acme.example"}}).Run(t.Context())
		if cloud.Explain(err).Kind != cloud.Credentials || len(b.sent) != 1 {
			t.Errorf("ended with %v after %v", err, b.sent)
		}
	})
}

// What must follow a call in doubt is made in the same run, once the doubt is over, and without being approved twice.
func TestWhatFollowsALostReplyIsMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if _, err := b.run(t.Context(), unitsStep(nil)); err != nil {
			t.Fatal(err)
		}
		b.sent, b.front.seen = nil, nil
		lose := true
		b.sim.Lose(func(r sandbox.Request) bool {
			lost := lose && r.Operation == "CreateOrganizationalUnit"
			lose = lose && !lost
			return lost
		})
		chain := func(c *plan.Call) {
			if c.ID == "units/unit/B" && lose {
				c.After = []string{"units/unit/A"}
			}
		}
		r, err := b.run(t.Context(), unitsStep(chain, "A", "B"))
		if err != nil || !r.Steps[0].Done || len(b.sent) != 2 || len(b.front.seen) != 1 {
			t.Fatalf("%+v %v, sent %v, shown %d times", r, err, b.sent, len(b.front.seen))
		}
	})
}

// The program dies after the request left and before its reply was written: the next start looks before it asks again.
func TestADoubtFromAnEarlierRunIsLookedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if _, err := b.run(t.Context(), unitsStep(nil)); err != nil {
			t.Fatal(err)
		}
		begin := journal.Entry{Kind: journal.KindBegin, Step: "units", Item: "units/unit/A", Service: "organizations", Operation: "CreateOrganizationalUnit"}
		if err := b.journal.Append(begin); err != nil {
			t.Fatal(err)
		}
		b.restart()
		b.sent = nil
		start := time.Now()
		r, err := b.run(t.Context(), unitsStep(nil, "A"))
		if err != nil || !r.Steps[0].Done || len(b.sent) != 1 {
			t.Fatalf("%+v %v sent %v", r, err, b.sent)
		}
		if time.Since(start) < 30*time.Second {
			t.Errorf("asked again after %v of virtual time: AWS may need longer to show the first one", time.Since(start))
		}
	})
}

func TestBeginIsInTheJournalBeforeTheRequestLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		var wrong []string
		b.sim.Faults(func(r sandbox.Request) error {
			if r.Operation == "CreateOrganization" {
				on, err := journal.Read(b.path)
				if err != nil || len(on.InDoubt()) != 1 || on.InDoubt()[0].Operation != r.Operation {
					wrong = append(wrong, r.Operation)
				}
			}
			return nil
		})
		if _, err := b.run(t.Context(), unitsStep(nil)); err != nil || len(wrong) > 0 || len(b.sent) == 0 {
			t.Errorf("without a begin: %v (%v)", wrong, err)
		}
	})
}

func TestABrokenJournalStopsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if err := b.journal.Close(); err != nil {
			t.Fatal(err)
		}
		_, err := b.run(t.Context(), unitsStep(nil))
		b.journal = nil
		if err == nil || !strings.Contains(err.Error(), "journal") || len(b.sent) != 0 {
			t.Errorf("%v, sent %v", err, b.sent)
		}
	})
}

// In an account of somebody else's organization, or without one, the steps that need one are not even looked at.
func TestWhatStopsTheRest(t *testing.T) {
	for stop, want := range map[plan.Stop][]string{
		plan.StopsNothing: {"units", "alone"}, plan.StopsOrganization: {"alone"}, plan.StopsEverything: nil,
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			var looked []string
			made := func(name string, alone bool, items ...plan.Item) steps.Step {
				return steps.Define(steps.Step{Name: name, Title: name, Alone: alone}, nil,
					func(context.Context, steps.Env) (*orgState, error) {
						looked = append(looked, name)
						return &orgState{}, nil
					},
					func(*orgState, answers.Answers, plan.Facts) []plan.Item { return items })
			}
			first := made("first", true, plan.Item{Blocked: &plan.Blocked{ID: "first/no", Step: "first", What: "It is not yours.", Why: "a test", Next: "Go.", Stops: stop}})
			list := []steps.Step{first, made("units", false), made("alone", true)}
			r, err := b.run(t.Context(), list...)
			if err != nil || !slices.Equal(slices.Compact(looked)[1:], want) && len(want)+len(slices.Compact(looked)) > 1 {
				t.Fatalf("%q: looked at %v, want %v (%v)", stop, looked, want, err)
			}
			for _, s := range r.Steps[1:] {
				if waits := len(s.Left) == 1 && s.Left[0].Blocked != nil; waits == slices.Contains(want, s.Name) {
					t.Errorf("%q: %s is left with %+v", stop, s.Name, s.Left)
				}
			}
		})
	}
}

// What the person did can make another plan necessary: it is made at once, in the same run.
func TestAHandOffCanAskForAnotherPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		elsewhere := false
		step := steps.Define(steps.Step{Name: "hand", Title: "Hand"}, nil,
			func(context.Context, steps.Env) (*orgState, error) { return &orgState{}, nil },
			func(*orgState, answers.Answers, plan.Facts) []plan.Item {
				if elsewhere {
					return nil
				}
				return []plan.Item{{HandOff: &plan.HandOff{ID: "hand/it", Step: "hand", Title: "Do it", Why: "a test", Clicks: []string{"Click."}, Every: time.Second,
					Poll: func(context.Context, plan.Reader, plan.Facts) (bool, map[string]string, error) {
						elsewhere = true
						return false, nil, plan.ErrPlanAgain
					}}}}
			})
		b.front.handOff = func(ctx context.Context, _ *plan.HandOff) run.Decision { <-ctx.Done(); return run.Go }
		r, err := b.run(t.Context(), step)
		if err != nil || !r.Steps[0].Done {
			t.Fatalf("%+v %v", r, err)
		}
	})
}

func TestAHandOffEndsWhenThePollSeesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		looks := 0
		step := steps.Define(steps.Step{Name: "hand", Title: "Hand"}, nil,
			func(context.Context, steps.Env) (*orgState, error) { return &orgState{}, nil },
			func(_ *orgState, _ answers.Answers, f plan.Facts) []plan.Item {
				if _, done := f.Lookup("hand.done"); done {
					return nil
				}
				return []plan.Item{{HandOff: &plan.HandOff{ID: "hand/it", Step: "hand", Title: "Do it", Why: "a test", Clicks: []string{"Click."}, Every: time.Second,
					Poll: func(context.Context, plan.Reader, plan.Facts) (bool, map[string]string, error) {
						looks++
						return looks > 4, map[string]string{"hand.done": "yes"}, nil
					}}}}
			})
		b.front.handOff = func(ctx context.Context, _ *plan.HandOff) run.Decision { <-ctx.Done(); return run.Go }
		r, err := b.run(t.Context(), step)
		if err != nil || !r.Steps[0].Done || looks != 5 {
			t.Fatalf("%+v %v after %d looks", r, err, looks)
		}
		b.restart()
		if f := b.journal.Replay().Facts(); f["hand.done"] != "yes" {
			t.Errorf("the journal forgot what the hand-off told: %v", f)
		}
	})
}
