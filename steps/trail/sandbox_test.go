package trail

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"awswizard/internal/plan"
	"awswizard/internal/sandbox"
	"awswizard/steps"
)

// stage is a simulated organization with a security account, and a clock.
type stage struct {
	*testing.T
	world   *sandbox.World
	sim     *sandbox.Sim
	now     time.Time
	facts   plan.Facts
	noEntry bool // members cannot be entered
	caller  plan.CallerKind
}

func newStage(t *testing.T) *stage {
	t.Helper()
	w, err := sandbox.NewWorld(sandbox.Admin, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{T: t, world: w, now: w.Clock, caller: plan.Role}
	w.SetClock(func() time.Time { return s.now })
	w.Pace = 1
	management := w.Principals[w.Login()].Account
	w.NewOrganization(management)
	w.Trust("cloudtrail.amazonaws.com")
	facts := map[string]string{"organization.id": w.Org.ID, "account.management.id": management}
	for _, name := range []string{"security", "production", "development"} {
		id := w.NewMember(name, "aws+"+name+"@acme.example", "OrganizationAccountAccessRole", s.now)
		w.Principals["AKIA"+id] = sandbox.Principal{Account: id, ARN: "arn:aws:sts::" + id + ":assumed-role/OrganizationAccountAccessRole/wizard"}
		facts[plan.AccountFact(name)] = id
	}
	w.Principals["AKIA"+management] = w.Principals[w.Login()]
	s.facts, s.sim = plan.NewFacts(facts), sandbox.New(w)
	s.now = s.now.Add(10 * time.Minute) // trusted access takes a moment
	return s
}

func (s *stage) read(p plan.Place) (aws.Config, error) {
	id := s.facts.AccountID(p.Account)
	if s.noEntry && id != s.facts.AccountID(plan.Management) {
		return aws.Config{}, fmt.Errorf("entering account %s: %w", id, plan.ErrNoEntry)
	}
	cfg := aws.Config{
		Region: p.Region, Credentials: credentials.NewStaticCredentialsProvider("AKIA"+id, "secret", ""),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
	s.sim.Bind(&cfg)
	return cfg, nil
}

func (s *stage) inspect() State {
	s.Helper()
	caller := plan.Caller{Account: s.facts.AccountID(plan.Management), Kind: s.caller}
	state, err := inspect(context.Background(), steps.Env{Caller: caller, Home: home, Config: s.read, Facts: s.facts, Now: func() time.Time { return s.now }})
	if err != nil {
		s.Fatal(err)
	}
	s.facts = s.facts.With(state.Facts())
	return state
}

// run makes the calls, in order.
func (s *stage) run(items []plan.Item) {
	s.Helper()
	for _, c := range plan.Calls(items) {
		if err := s.call(c); err != nil {
			s.Fatalf("%s: %v", c.ID, err)
		}
	}
}

func (s *stage) call(c *plan.Call) error {
	s.Helper()
	in := c.Request.Build(s.facts)
	if key, unknown := plan.UnknownIn(in); unknown {
		s.Fatalf("%s still waits for %s", c.ID, key)
	}
	cfg, err := s.read(c.Where)
	if err != nil {
		return err
	}
	out, err := c.Request.Send(context.Background(), cfg, in)
	for waited := time.Duration(0); err != nil && waited < c.Wait[code(err)]; waited += 5 * time.Second {
		s.now = s.now.Add(5 * time.Second)
		out, err = c.Request.Send(context.Background(), cfg, in)
	}
	if err != nil {
		return err
	}
	if c.Learn != nil {
		s.facts = s.facts.With(c.Learn(out))
	}
	for waited := time.Duration(0); c.Settle != nil && waited < c.SettleLimit; waited += c.SettleEvery {
		done, facts, err := c.Settle(context.Background(), cfg, s.facts)
		if err != nil {
			return err
		}
		if done {
			s.facts = s.facts.With(facts)
			return nil
		}
		s.now = s.now.Add(c.SettleEvery)
	}
	if c.Settle != nil {
		s.Errorf("%s is not settled after %v", c.ID, c.SettleLimit)
	}
	return nil
}

func (s *stage) s3(account string) *s3.Client {
	s.Helper()
	cfg, err := s.read(plan.Place{Account: account, Region: home})
	if err != nil {
		s.Fatal(err)
	}
	return s3.NewFromConfig(cfg)
}

func TestRunLeavesNothingToDo(t *testing.T) {
	s := newStage(t)
	s.run(planned(s.inspect(), acme(), s.facts))
	if left := planned(s.inspect(), acme(), s.facts); len(left) > 0 {
		t.Fatalf("left after a run:\n%s", plan.Describe(left, s.facts))
	}
	if bucket := s.facts.Get("trail.archive_bucket"); bucket != archiveBucket(s.facts.AccountID("security"), home) {
		t.Errorf("archive bucket %s", bucket)
	}
	// The copy has really arrived, and is locked.
	out, err := s.s3("security").HeadObject(context.Background(), &s3.HeadObjectInput{
		Bucket: aws.String(archiveBucket(s.facts.AccountID("security"), home)), Key: aws.String(canaryKey),
	})
	if err != nil || out.ReplicationStatus != types.ReplicationStatusReplica || out.ObjectLockMode != types.ObjectLockModeGovernance {
		t.Errorf("the test file's copy: %+v, %v", out, err)
	}
}

// Stopping after any call and starting again must come to the same end.
func TestStoppedAnywhereGoesOn(t *testing.T) {
	for n := range len(planned(empty(), acme(), known())) {
		s := newStage(t)
		s.run(planned(s.inspect(), acme(), s.facts)[:n])
		s.run(planned(s.inspect(), acme(), s.facts))
		if left := planned(s.inspect(), acme(), s.facts); len(left) > 0 {
			t.Errorf("stopped after %d: left:\n%s", n, plan.Describe(left, s.facts))
		}
	}
}

func TestRootCannotLookIntoTheSecurityAccount(t *testing.T) {
	s := newStage(t)
	s.noEntry = true
	items := planned(s.inspect(), acme(), s.facts)
	if !slices.ContainsFunc(items, func(i plan.Item) bool { return i.Later != nil && i.ID() == archiveID }) {
		t.Errorf("the copy is not put off:\n%s", plan.Describe(items, s.facts))
	}
	s.run(items)
	s.noEntry = false
	s.run(planned(s.inspect(), acme(), s.facts))
	s.noEntry = true
	if left := planned(s.inspect(), acme(), s.facts); len(left) > 0 {
		t.Errorf("root still has something to do after the copy is proved:\n%s", plan.Describe(left, s.facts))
	}
}

func TestLostTrailIsMadeAgain(t *testing.T) {
	s := newStage(t)
	s.run(planned(s.inspect(), acme(), s.facts)) // a bucket that CloudTrail may write to
	cfg, err := s.read(plan.Place{Account: plan.Management, Region: home})
	if err != nil {
		t.Fatal(err)
	}
	client := cloudtrail.NewFromConfig(cfg)
	if _, err := client.StopLogging(context.Background(), &cloudtrail.StopLoggingInput{Name: aws.String(trailName)}); err != nil {
		t.Fatal(err)
	}
	items := planned(s.inspect(), acme(), s.facts)
	if len(items) != 1 || items[0].ID() != startLoggingID {
		t.Errorf("a stopped trail needs a start and nothing else:\n%s", plan.Describe(items, s.facts))
	}
	if _, err := client.DeleteTrail(context.Background(), &cloudtrail.DeleteTrailInput{Name: aws.String(trailName)}); err != nil {
		t.Fatal(err)
	}
	s.run(planned(s.inspect(), acme(), s.facts))
	if left := planned(s.inspect(), acme(), s.facts); len(left) > 0 {
		t.Errorf("left after the trail was made again:\n%s", plan.Describe(left, s.facts))
	}
}

// A setting that cannot be read is not touched, and nothing else is kept back.
func TestRefusedReads(t *testing.T) {
	for operation, blocked := range map[string]string{
		"DescribeTrails": "trail/unread/trails", "GetBucketPolicy": "trail/unread/policy/log",
		"GetBucketLifecycleConfiguration": "trail/unread/lifecycle/log", "HeadObject": "trail/unread/canary", "GetRole": "trail/unread/role",
	} {
		t.Run(operation, func(t *testing.T) {
			s := newStage(t)
			s.run(planned(s.inspect(), acme(), s.facts))
			s.sim.Faults(func(r sandbox.Request) error {
				if r.Operation == operation {
					return &smithy.GenericAPIError{Code: "NotImplemented", Message: "not here"}
				}
				return nil
			})
			items := planned(s.inspect(), acme(), s.facts)
			if !slices.ContainsFunc(items, func(i plan.Item) bool { return i.Blocked != nil && i.ID() == blocked }) {
				t.Errorf("nothing says that %s is refused:\n%s", operation, plan.Describe(items, s.facts))
			}
			for _, c := range plan.Calls(items) {
				t.Errorf("%s is planned on what was not read", c.ID)
			}
		})
	}
}

func TestTrailMadeByHandIsAdopted(t *testing.T) {
	s := newStage(t)
	const bucket = "acme-logs"
	if _, err := s.s3(plan.Management).CreateBucket(context.Background(), &s3.CreateBucketInput{
		Bucket: aws.String(bucket), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(home)},
	}); err != nil {
		t.Fatal(err)
	}
	s.world.SeedTrail(s.facts.AccountID(plan.Management), home, "by-hand", bucket, true, true)
	s.run(planned(s.inspect(), acme(), s.facts))
	state := s.inspect()
	if left := planned(state, acme(), s.facts); len(left) > 0 {
		t.Errorf("left after adopting:\n%s", plan.Describe(left, s.facts))
	}
	if state.Trail == nil || state.Trail.Name != "by-hand" || len(state.Others) > 0 {
		t.Errorf("trail %+v and others %+v, want by-hand alone: a second one costs money", state.Trail, state.Others)
	}
	if state.Canary != "COMPLETED" || state.Log.Name != bucket {
		t.Errorf("the bucket %s is not copied: %q", state.Log.Name, state.Canary)
	}
}

// What is recorded of files is chosen in one call, seen again, and put back where the trail was somebody's.
func TestSensitiveBuckets(t *testing.T) {
	a := acme()
	a.Trail.SensitiveBuckets = []string{"customers"}
	for _, byHand := range []bool{false, true} {
		s := newStage(t)
		if byHand {
			if _, err := s.s3(plan.Management).CreateBucket(context.Background(), &s3.CreateBucketInput{
				Bucket: aws.String("acme-logs"), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(home)},
			}); err != nil {
				t.Fatal(err)
			}
			s.world.SeedTrail(s.facts.AccountID(plan.Management), home, "by-hand", "acme-logs", true, true)
		}
		items := planned(s.inspect(), a, s.facts)
		s.run(items)
		if left := planned(s.inspect(), a, s.facts); len(left) > 0 {
			t.Errorf("left after a run:\n%s", plan.Describe(left, s.facts))
		}
		if chosen := s.world.Trails.Trails[0].Advanced; len(chosen) != 2 || !recordsManagement(chosen[0]) {
			t.Errorf("the trail records %+v", chosen)
		}
		s.run(undone(s.inspect(), a, s.facts, madeBy(t, items, s.facts)))
		switch trails := s.world.Trails.Trails; {
		case !byHand && len(trails) > 0:
			t.Errorf("still there: %+v", trails[0])
		case byHand && (len(trails) != 1 || len(trails[0].Advanced) != 1 || !recordsManagement(trails[0].Advanced[0])):
			t.Errorf("the trail of before records %+v", trails)
		}
	}
}
