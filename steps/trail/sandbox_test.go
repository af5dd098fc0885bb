package trail

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	cttypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/internal/sandbox"
	"awswizard/internal/steptest"
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
	asked   answers.Answers
	made    steps.Made
	caller  plan.CallerKind
}

func newStage(t *testing.T) *stage {
	t.Helper()
	w, err := sandbox.NewWorld(sandbox.Admin, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{T: t, world: w, now: w.Clock, caller: plan.Role, asked: acme()}
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
	state, err := inspect(context.Background(), steps.Env{Caller: caller, Home: home, Config: s.read, Facts: s.facts, Answers: s.asked, Made: s.made, Now: func() time.Time { return s.now }})
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

func (s *stage) call(c *plan.Call) (err error) {
	s.Helper()
	s.facts, err = steptest.Make(s.T, c, s.read, s.facts, func(d time.Duration) { s.now = s.now.Add(d) })
	return err
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
	if bucket := s.facts.Get("trail.archive_bucket"); bucket != archiveBucket("org-trail", s.facts.AccountID("security"), home) {
		t.Errorf("archive bucket %s", bucket)
	}
	// The copy has really arrived, and is locked.
	out, err := s.s3("security").HeadObject(context.Background(), &s3.HeadObjectInput{
		Bucket: aws.String(archiveBucket("org-trail", s.facts.AccountID("security"), home)), Key: aws.String(canaryKey),
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

// A trail of the whole organization that somebody made for the files of buckets alone records nothing of what is done: the
// wizard makes its own, and says nothing of a second copy.
func TestTrailForFilesAloneIsNoRecord(t *testing.T) {
	s := newStage(t)
	s.world.SeedBucket(s.facts.AccountID(plan.Management), home, "acme-files-log", false)
	s.world.SeedTrail(s.facts.AccountID(plan.Management), home, "files", "acme-files-log", true, true)
	cfg, err := s.read(plan.Place{Account: plan.Management, Region: home})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cloudtrail.NewFromConfig(cfg).PutEventSelectors(t.Context(), &cloudtrail.PutEventSelectorsInput{TrailName: aws.String("files"), AdvancedEventSelectors: []cttypes.AdvancedEventSelector{
		{FieldSelectors: []cttypes.AdvancedFieldSelector{{Field: aws.String("eventCategory"), Equals: []string{"Data"}}, {Field: aws.String("resources.type"), Equals: []string{"AWS::S3::Object"}}}}}}); err != nil {
		t.Fatal(err)
	}
	s.run(planned(s.inspect(), acme(), s.facts))
	state := s.inspect()
	if left := planned(state, acme(), s.facts); len(left) > 0 {
		t.Errorf("left:\n%s", plan.Describe(left, s.facts))
	}
	if state.Trail == nil || state.Trail.Name != trailName || len(state.Others) != 1 {
		t.Errorf("trail %+v and others %+v, want ours beside theirs", state.Trail, state.Others)
	}
}

// A name that somebody else has is told, asked for again, and another one leads on. What is there keeps its name.
func TestTakenBucketName(t *testing.T) {
	for _, role := range []string{"log", "archive"} {
		t.Run(role, func(t *testing.T) {
			s := newStage(t)
			name := logBucket("org-trail", s.facts.AccountID(plan.Management), home)
			if role == "archive" {
				name = archiveBucket("org-trail", s.facts.AccountID("security"), home)
			}
			s.world.SeedBucket("999999999999", home, name, false)
			state := s.inspect()
			items := planned(state, s.asked, s.facts)
			i := slices.IndexFunc(items, func(i plan.Item) bool { return i.ID() == "trail/taken/"+role })
			if i < 0 || !strings.Contains(items[i].Blocked.Next, "bucket_prefix") {
				t.Fatalf("nothing says that %s is taken:\n%s", name, plan.Describe(items, s.facts))
			}
			for _, c := range plan.Calls(items) {
				if role == "log" && c.Request.Operation == "CreateTrail" || role == "archive" && c.Where.Account == "security" {
					t.Errorf("%s is planned without its bucket", c.ID)
				}
			}
			q := namesQuestion(state, s.asked)
			if q.Aside || q.Default != "org-trail" || q.Validate("org-trail") == nil {
				t.Fatalf("asked: %+v", q)
			}
			if role == "archive" { // the log bucket is made under the first name, and keeps it
				s.run(items)
				s.made = madeBy(t, items, s.facts)
			}
			if err := q.Validate("acme-trail"); err != nil {
				t.Fatal(err)
			}
			q.Apply(&s.asked, "acme-trail")
			s.run(planned(s.inspect(), s.asked, s.facts))
			if left := planned(s.inspect(), s.asked, s.facts); len(left) > 0 {
				t.Errorf("left with the other name:\n%s", plan.Describe(left, s.facts))
			}
			if got := s.facts.Get("trail.bucket"); strings.HasPrefix(got, "acme-trail-") != (role == "log") {
				t.Errorf("the log bucket is %s", got)
			}
			if got := s.facts.Get("trail.archive_bucket"); !strings.HasPrefix(got, "acme-trail-archive-") {
				t.Errorf("the archive bucket is %s", got)
			}
		})
	}
}

// Another prefix in the answers makes no second bucket, also when the trail is gone.
func TestChangedPrefixMakesNoSecondBucket(t *testing.T) {
	s := newStage(t)
	s.asked.Trail.BucketPrefix = "acme-trail"
	items := planned(s.inspect(), s.asked, s.facts)
	s.run(items)
	s.made = madeBy(t, items, s.facts)
	s.asked.Trail.BucketPrefix = "other-trail"
	if left := planned(s.inspect(), s.asked, s.facts); len(left) > 0 {
		t.Errorf("left with another prefix:\n%s", plan.Describe(left, s.facts))
	}
	cfg, err := s.read(plan.Place{Account: plan.Management, Region: home})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cloudtrail.NewFromConfig(cfg).DeleteTrail(context.Background(), &cloudtrail.DeleteTrailInput{Name: aws.String(trailName)}); err != nil {
		t.Fatal(err)
	}
	for _, c := range plan.Calls(planned(s.inspect(), s.asked, s.facts)) {
		if c.Request.Operation == "CreateBucket" {
			t.Errorf("a second bucket is planned: %s", c.ID)
		}
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

// tagged is a stage with buckets that are tagged, named, tagged with a no, and none of these.
func tagged(t *testing.T, how string) *stage {
	t.Helper()
	s := newStage(t)
	s.asked.Trail = answers.Trail{SensitiveBuckets: []string{"named"}, DataEvents: how}
	production := s.facts.AccountID("production")
	for name, tags := range map[string]map[string]string{"named": nil, "customers": {"Sensitive": "yes"}, "website": {"sensitive": "No"}, "other": {"team": "web"}} {
		s.world.SeedBucket(production, home, name, false)
		s.world.S3.Buckets[name].Tags = tags
	}
	s.world.SeedBucket(s.facts.AccountID("development"), "us-east-1", "far", false)
	s.world.S3.Buckets["far"].Tags = map[string]string{"sensitive": ""}
	return s
}

// The trail records the files of buckets that are named or tagged, and notices a tag that comes later.
func TestTaggedBucketsAreRecorded(t *testing.T) {
	s := tagged(t, answers.DataEventsAll)
	s.run(planned(s.inspect(), s.asked, s.facts))
	if left := planned(s.inspect(), s.asked, s.facts); len(left) > 0 {
		t.Errorf("left after a run:\n%s", plan.Describe(left, s.facts))
	}
	watched := func() []string { return s.world.Trails.Trails[0].Advanced[1].FieldSelectors[2].StartsWith }
	if got := watched(); !slices.Equal(got, []string{"arn:aws:s3:::customers/", "arn:aws:s3:::far/", "arn:aws:s3:::named/"}) {
		t.Errorf("watched are %v", got)
	}
	s.world.S3.Buckets["other"].Tags = map[string]string{"sensitive": "true"}
	s.run(planned(s.inspect(), s.asked, s.facts))
	if !slices.Contains(watched(), "arn:aws:s3:::other/") {
		t.Errorf("a tag that came later is not noticed: %v", watched())
	}
	s.noEntry = true // what is not seen is not forgotten
	if calls := plan.Calls(planned(s.inspect(), s.asked, s.facts)); len(calls) > 0 {
		t.Errorf("%s is planned on what was not seen", calls[0].Title)
	}
}

// S3 writes access logs into a bucket of the same account and Region; all of it goes again, but what is written.
func TestAccessLogs(t *testing.T) {
	for _, prefix := range []string{"org-trail", "acme-trail"} {
		t.Run(prefix, func(t *testing.T) { accessLogs(t, prefix) })
	}
}

func accessLogs(t *testing.T, prefix string) {
	s := tagged(t, answers.AccessLogs)
	s.asked.Trail.BucketPrefix = prefix
	items := planned(s.inspect(), s.asked, s.facts)
	s.run(items)
	if left := planned(s.inspect(), s.asked, s.facts); len(left) > 0 {
		t.Errorf("left after a run:\n%s", plan.Describe(left, s.facts))
	}
	production, development := s.facts.AccountID("production"), s.facts.AccountID("development")
	for name, want := range map[string]string{"named": accessBucket(prefix, production, home), "customers": accessBucket(prefix, production, home), "far": accessBucket(prefix, development, "us-east-1"), "website": "", "other": ""} {
		got := ""
		if on := s.world.S3.Buckets[name].Logging; on != nil {
			got = *on.TargetBucket
		}
		if got != want {
			t.Errorf("%s is written down in %q, want %q", name, got, want)
		}
	}
	made := madeBy(t, items, s.facts)
	if back := undone(State{Log: s.inspect().Log}, acme(), s.facts, madeOnly(made, accessLogID)); len(plan.Calls(back)) > 0 || len(back) != 1 || back[0].Blocked == nil {
		t.Errorf("not looked at, and taken back:\n%s", plan.Describe(back, s.facts))
	}
	if _, err := s.s3("production").PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(accessBucket(prefix, production, home)), Key: aws.String("named/2026-11-26-x")}); err != nil {
		t.Fatal(err)
	}
	s.asked, s.made = acme(), made // an answer that was changed hides nothing
	if left := planned(s.inspect(), s.asked, s.facts); len(left) > 0 {
		t.Errorf("nobody asks for it any more, and it is not left alone:\n%s", plan.Describe(left, s.facts))
	}
	back := undone(s.inspect(), s.asked, s.facts, made)
	for _, c := range plan.Calls(back) {
		if c.Consent == plan.Step {
			s.run([]plan.Item{{Call: c}})
		}
	}
	if on := s.world.S3.Buckets["named"].Logging; on != nil {
		t.Errorf("still written down in %s", *on.TargetBucket)
	}
	if s.world.S3.Buckets[accessBucket(prefix, development, "us-east-1")] != nil || s.world.S3.Buckets[accessBucket(prefix, production, home)] == nil {
		t.Error("an empty bucket goes, and one with logs stays until somebody agrees")
	}
}

// madeOnly is the part of what was made that is under a beginning.
func madeOnly(made steps.Made, beginning string) steps.Made {
	out := steps.Made{}
	for id, m := range made {
		if strings.HasPrefix(id, beginning) {
			out[id] = m
		}
	}
	return out
}

// Nobody asked, so no tag is looked at; and one account that cannot be looked at keeps nothing else back.
func TestTheCensusIsTakenWhenAskedFor(t *testing.T) {
	s := tagged(t, "")
	var operations []string
	refuse := ""
	s.sim.Faults(func(r sandbox.Request) error {
		operations = append(operations, r.Operation)
		if r.Operation == refuse {
			return &smithy.GenericAPIError{Code: "AccessDenied", Message: "Access Denied"}
		}
		return nil
	})
	if s.inspect(); slices.Contains(operations, "GetBucketTagging") {
		t.Error("nobody asked for tags")
	}
	s.run(planned(s.inspect(), acme(), s.facts))
	s.asked.Trail.DataEvents, refuse = answers.DataEventsWrite, "GetBucketTagging"
	items := planned(s.inspect(), s.asked, s.facts)
	if calls := plan.Calls(items); len(calls) != 1 || calls[0].Request.Operation != "PutEventSelectors" || !strings.Contains(calls[0].Title, "named") {
		t.Errorf("what is named is watched all the same:\n%s", plan.Describe(items, s.facts))
	}
	if !slices.ContainsFunc(items, func(i plan.Item) bool {
		return i.Blocked != nil && i.Blocked.Code == "AccessDenied" && strings.Contains(i.Blocked.What, "production")
	}) {
		t.Errorf("nothing says that tags may not be read:\n%s", plan.Describe(items, s.facts))
	}
}

func TestQuestions(t *testing.T) {
	keys := func(a answers.Answers) (asked, aside []string) {
		for _, q := range questions(State{}, a) {
			if q.Aside {
				aside = append(aside, q.Key)
			} else {
				asked = append(asked, q.Key)
			}
		}
		return asked, aside
	}
	a := acme()
	asked, aside := keys(a)
	if !slices.Equal(asked, []string{"trail.data_events"}) || !slices.Equal(aside, []string{"trail.bucket_prefix", "trail.exclude_kms"}) {
		t.Errorf("asked %v, aside %v", asked, aside)
	}
	q := filesQuestion(a)
	if q.Apply(&a, q.Default); a.Trail.DataEvents != answers.DataEventsOff {
		t.Errorf("Enter alone became %q", a.Trail.DataEvents)
	}
	for _, c := range q.Choices[1:] {
		if !strings.Contains(c.Label, "$") {
			t.Errorf("%s names no price", c.Label)
		}
	}
	a.Trail = answers.Trail{SensitiveBuckets: []string{"customers"}}
	if q := filesQuestion(a); q.Default != answers.DataEventsWrite {
		t.Errorf("what wizard.yaml of before means became %q", q.Default)
	}
	names := bucketsQuestion(a)
	for v, ok := range map[string]bool{"none": true, "customers, invoices": true, "s3://customers": false, "Customers": false} {
		if err := names.Validate(v); (err == nil) != ok {
			t.Errorf("%q: %v", v, err)
		}
	}
	if names.Apply(&a, "b, a  b"); !slices.Equal(a.Trail.SensitiveBuckets, []string{"b", "a"}) {
		t.Errorf("the names became %v", a.Trail.SensitiveBuckets)
	}
	if names.Apply(&a, "none"); len(a.Trail.SensitiveBuckets) != 0 {
		t.Errorf("none became %v", a.Trail.SensitiveBuckets)
	}
	if keysQuestion(a).Apply(&a, "yes"); !a.Trail.ExcludeKMS || keysQuestion(a).Default != "yes" {
		t.Error("a yes is none")
	}
}

// A trail of an organization that could not be looked at would be refused, with a reason that leads astray.
func TestTheTrailWaitsForTheOrganization(t *testing.T) {
	unread := func(is string) plan.Facts {
		return known().With(map[string]string{plan.UnreadFact("organization"): is})
	}
	items := planned(empty(), acme(), unread("yes"))
	if len(items) != 1 || items[0].Blocked == nil || items[0].Blocked.Why == "" {
		t.Errorf("tried all the same:\n%s", plan.Describe(items, known()))
	}
	if want, got := planned(empty(), acme(), known()), planned(empty(), acme(), unread("no")); len(plan.Calls(got)) != len(plan.Calls(want)) {
		t.Errorf("%d calls once it was looked at, want %d", len(plan.Calls(got)), len(plan.Calls(want)))
	}
	done := fixtures(t)["done"].state
	if left := planned(done, acme(), unread("yes")); len(left) > 0 {
		t.Errorf("a trail that stands needs nothing:\n%s", plan.Describe(left, known()))
	}
}
