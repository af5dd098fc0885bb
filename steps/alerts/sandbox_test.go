package alerts

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/internal/sandbox"
	"awswizard/internal/steptest"
	"awswizard/steps"
)

// stage is a simulated organization with a security account that has the second copy of the records, and a clock.
type stage struct {
	*testing.T
	world *sandbox.World
	sim   *sandbox.Sim
	now   time.Time
	facts plan.Facts
}

func newStage(t *testing.T) *stage {
	t.Helper()
	w, err := sandbox.NewWorld(sandbox.Admin, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{T: t, world: w, now: w.Clock}
	w.SetClock(func() time.Time { return s.now })
	w.Pace = 1
	management := w.Principals[w.Login()].Account
	w.NewOrganization(management)
	id := w.NewMember("security", "aws+security@acme.example", "OrganizationAccountAccessRole", s.now)
	w.Principals["AKIA"+id] = sandbox.Principal{Account: id, ARN: "arn:aws:sts::" + id + ":assumed-role/OrganizationAccountAccessRole/wizard"}
	w.SeedBucket(id, home, "the-archive", false)
	s.sim = sandbox.New(w)
	s.facts = plan.NewFacts(map[string]string{plan.AccountFact(plan.Management): management, plan.AccountFact("security"): id, "trail.bucket": "the-log", bucketFact: "the-archive",
		accountFact: id, plan.QuietUntil: "2026-11-25T13:00:00Z"})
	return s
}

func (s *stage) read(p plan.Place) (aws.Config, error) {
	cfg := aws.Config{Region: p.Region, Credentials: credentials.NewStaticCredentialsProvider("AKIA"+s.facts.AccountID(p.Account), "secret", ""),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	s.sim.Bind(&cfg)
	return cfg, nil
}

func (s *stage) inspect() State {
	s.Helper()
	state, err := inspect(context.Background(), steps.Env{Caller: plan.Caller{ARN: sso}, Home: home, Config: s.read, Facts: s.facts, Answers: acme(true), Now: func() time.Time { return s.now }})
	if err != nil {
		s.Fatal(err)
	}
	if len(state.Unread) > 0 {
		s.Fatalf("not read: %v", state.Unread)
	}
	return state
}

// give is a webhook the founder pasted.
func (s *stage) give(address string) {
	s.facts = s.facts.With(map[string]string{plan.SecretFact(WebhookSecret): plan.SecretCheck(WebhookSecret, address)})
}

// run makes the calls in order, until one fails.
func (s *stage) run(items []plan.Item) (ids []string, failed error) {
	s.Helper()
	for _, c := range plan.Calls(items) {
		if err := s.call(c); err != nil {
			return ids, err
		}
		ids = append(ids, c.ID)
	}
	return ids, nil
}

func (s *stage) call(c *plan.Call) (err error) {
	s.Helper()
	s.facts, err = steptest.Make(s.T, c, s.read, s.facts, func(d time.Duration) { s.now = s.now.Add(d) })
	return err
}

// all runs a plan that must succeed, after which nothing is left.
func (s *stage) all(a answers.Answers) (ids []string) {
	s.Helper()
	ids, err := s.run(planned(s.inspect(), a, s.facts))
	if err != nil {
		s.Fatal(err)
	}
	if left := planned(s.inspect(), a, s.facts); len(left) > 0 {
		s.Fatalf("left after a run:\n%s", plan.Describe(left, s.facts))
	}
	return ids
}

func (s *stage) s3() *s3.Client {
	cfg, _ := s.read(plan.Place{Account: "security", Region: home})
	return s3.NewFromConfig(cfg)
}

func TestEverythingIsSetUpAndTellsOnceItIsOn(t *testing.T) {
	s := newStage(t)
	s.give("one")
	s.all(acme(true))
	fn := s.world.Lambda.Functions[0]
	if len(fn.Invocations) != 1 || fn.Invocations[0].Event || fn.Invocations[0].Payload != `{"test": true}` {
		t.Fatalf("the test message: %+v", fn.Invocations)
	}
	for _, key := range []string{"AWSLogs/o-1/1/CloudTrail/eu-west-1/2026/11/25/a b.json.gz", "replication-check/canary"} {
		if _, err := s.s3().PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("the-archive"), Key: aws.String(key)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(fn.Invocations) != 2 || !fn.Invocations[1].Event || !strings.Contains(fn.Invocations[1].Payload, "a+b.json.gz") {
		t.Errorf("a file of the records is told, and only that: %+v", fn.Invocations)
	}
	// The settings hold who is quiet until when, and no secret.
	var set settings
	if err := json.Unmarshal([]byte(fn.Environment["SETTINGS"]), &set); err != nil || len(set.Mute) != 2 || set.Mute[0].Until == "" || fn.Environment["WEBHOOK_PARAMETER"] != parameterName {
		t.Errorf("%v, %v", fn.Environment, err)
	}
}

// Slack says no: nothing is switched on, the next start asks again, and another address goes through.
func TestARefusedWebhookLeavesNothingSwitchedOn(t *testing.T) {
	s := newStage(t)
	s.give("one")
	s.world.Lambda.Answers = []int{404}
	ids, err := s.run(planned(s.inspect(), acme(true), s.facts))
	if steps.Code(err) == "" && !strings.Contains(err.Error(), "SLACK_REFUSED") || slices.Contains(ids, testID) {
		t.Fatalf("%v after %v", err, ids)
	}
	state := s.inspect()
	if state.told() {
		t.Error("the alerts are on, and the channel takes none")
	}
	if qs := questions(state, acme(true)); len(qs) != 3 {
		t.Errorf("the address is not asked for again: %v", qs)
	}
	s.give("two")
	if ids := s.all(acme(true)); !slices.Equal(ids, []string{parameterID, testID, notificationOn}) {
		t.Errorf("the second address takes %v", ids)
	}
}

func TestChangesBringTheFunctionUpToDate(t *testing.T) {
	s := newStage(t)
	s.give("one")
	s.all(acme(true))
	a := acme(true)
	a.Alerts.Off = []string{"denied"}
	if ids := s.all(a); !slices.Equal(ids, []string{settingsID}) {
		t.Errorf("another setting takes %v", ids)
	}
	s.world.Lambda.Functions[0].CodeSha = "older"
	if ids := s.all(a); !slices.Equal(ids, []string{codeID, testID}) {
		t.Errorf("another program takes %v", ids)
	}
	s.give("two")
	if ids := s.all(a); !slices.Equal(ids, []string{parameterID, testID}) {
		t.Errorf("another address takes %v", ids)
	}
}

func TestNotificationsOfOthersStay(t *testing.T) {
	s := newStage(t)
	theirs := s3types.QueueConfiguration{Id: aws.String("siem"), QueueArn: aws.String("arn:aws:sqs:eu-west-1:1:siem"), Events: []s3types.Event{"s3:ObjectCreated:*"}}
	if _, err := s.s3().PutBucketNotificationConfiguration(t.Context(), &s3.PutBucketNotificationConfigurationInput{Bucket: aws.String("the-archive"),
		NotificationConfiguration: &s3types.NotificationConfiguration{QueueConfigurations: []s3types.QueueConfiguration{theirs}, EventBridgeConfiguration: &s3types.EventBridgeConfiguration{}}}); err != nil {
		t.Fatal(err)
	}
	s.give("one")
	items := planned(s.inspect(), acme(true), s.facts)
	if _, err := s.run(items); err != nil {
		t.Fatal(err)
	}
	check := func(functions int) {
		t.Helper()
		e := s.inspect().Entries
		if len(e.Queues) != 1 || aws.ToString(e.Queues[0].Id) != "siem" || !e.Bus || len(e.Functions) != functions {
			t.Errorf("the bucket tells %+v", e)
		}
	}
	check(1)
	if _, err := s.run(undone(s.inspect(), acme(true), s.facts, madeBy(t, items, s.facts))); err != nil {
		t.Fatal(err)
	}
	check(0)
}

// The alarm mails once its address has agreed, and goes again with all it stands on.
func TestHeartbeat(t *testing.T) {
	s := newStage(t)
	s.give("one")
	items := planned(s.inspect(), watching(), s.facts)
	if _, err := s.run(items); err != nil {
		t.Fatal(err)
	}
	left := planned(s.inspect(), watching(), s.facts)
	if len(left) != 1 || left[0].HandOff == nil {
		t.Fatalf("the click is left:\n%s", plan.Describe(left, s.facts))
	}
	if err := s.sim.StandIn(left[0].HandOff.StandIn); err != nil {
		t.Fatal(err)
	}
	if done, _, err := left[0].HandOff.Poll(t.Context(), s.read, s.facts); !done || err != nil {
		t.Errorf("after the click: %v, %v", done, err)
	}
	s.all(watching())
	made := madeBy(t, items, s.facts)
	made[left[0].ID()] = steps.MadeCall{Step: name}
	back := undone(s.inspect(), watching(), s.facts, made)
	ids, err := s.run(back)
	if err != nil || ids[0] != undoHeartbeatID {
		t.Fatalf("%v: the alarm goes first, or it sounds: %v", err, ids)
	}
	if len(s.world.CloudWatch.Alarms)+len(s.world.SNS.Topics) > 0 {
		t.Errorf("still there: %v, %v", s.world.CloudWatch.Alarms, s.world.SNS.Topics)
	}
	for _, c := range plan.Calls(back) {
		for _, id := range c.TakesBack {
			delete(made, id)
		}
	}
	if len(made) > 0 {
		t.Errorf("not taken back: %v", made.IDs())
	}
}

// madeBy are the calls of a plan as the journal knows them once they are done.
func madeBy(t *testing.T, items []plan.Item, f plan.Facts) steps.Made {
	t.Helper()
	made := steps.Made{}
	for _, c := range plan.Calls(items) {
		input, err := plan.RequestJSON(c, f)
		if err != nil {
			t.Fatal(err)
		}
		made[c.ID] = steps.MadeCall{Step: name, Time: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), Service: c.Request.Service, Operation: c.Request.Operation,
			Account: f.AccountID(c.Where.Account), Region: c.Where.Region, Input: input}
	}
	return made
}

func TestUndo(t *testing.T) {
	f := given(facts())
	items := planned(empty(), acme(true), f)
	made := madeBy(t, items, f)
	done := foresee(t, empty(), items, f)
	for name, change := range map[string]func(*State, steps.Made){
		"all": func(*State, steps.Made) {},
		"changed since": func(s *State, _ steps.Made) {
			fn := *s.Function
			fn.CodeSha = "theirs"
			s.Function, s.Parameter, s.Role = &fn, &Parameter{Description: "another"}, &Role{Trust: s.Role.Trust, Policy: "{}"}
		},
		"function theirs": func(_ *State, m steps.Made) { delete(m, functionID) },
		"root":            func(s *State, _ steps.Made) { *s = State{NoEntry: true, Account: security} },
		"unread": func(s *State, _ steps.Made) {
			s.Unread = map[Part]Unread{partFunction: {Code: "AccessDenied", Message: "no"}, partNotification: {Code: "AccessDenied", Message: "no"}}
		},
		"nothing made": func(_ *State, m steps.Made) { clear(m) },
		"heartbeat": func(s *State, m steps.Made) {
			beat := planned(done, watching(), f)
			for id, c := range madeBy(t, beat, f) {
				m[id] = c
			}
			*s = foresee(t, done, beat, f)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, m := done, steps.Made{}
			for id, c := range made {
				m[id] = c
			}
			change(&s, m)
			back := undone(s, acme(true), facts(), m)
			if err := plan.Check(back); err != nil {
				t.Error(err)
			}
			golden.RequireEqual(t, plan.Describe(back, facts()))
		})
	}
}

// All that was made goes again, and can be made again.
func TestUndoLeavesNothing(t *testing.T) {
	s := newStage(t)
	s.give("one")
	items := planned(s.inspect(), acme(true), s.facts)
	if _, err := s.run(items); err != nil {
		t.Fatal(err)
	}
	made := madeBy(t, items, s.facts)
	back := undone(s.inspect(), acme(true), s.facts, made)
	if _, err := s.run(back); err != nil {
		t.Fatal(err)
	}
	for _, c := range plan.Calls(back) {
		for _, id := range c.TakesBack {
			delete(made, id)
		}
	}
	if len(made) > 0 {
		t.Errorf("not taken back: %v", made.IDs())
	}
	if state := s.inspect(); state.Function != nil || state.Parameter != nil || state.Log != nil || state.Queue != nil || state.Role != nil || len(state.Entries.Functions) > 0 {
		t.Errorf("still there: %+v", state)
	}
	s.all(acme(true))
}

// One refusal never stops the rest.
func TestRefusedReadsAreTolerated(t *testing.T) {
	for operation, part := range map[string]Part{"DescribeParameters": partParameter, "DescribeLogGroups": partLog, "GetQueueUrl": partQueue, "GetRole": partRole,
		"GetFunctionConfiguration": partFunction, "GetFunctionEventInvokeConfig": partFailures, "GetPolicy": partPermission, "GetBucketNotificationConfiguration": partNotification,
		"DescribeAlarms": partHeartbeat, "GetTopicAttributes": partTopic, "ListSubscriptionsByTopic": partTopic} {
		s := newStage(t)
		s.give("one")
		if _, err := s.run(planned(s.inspect(), watching(), s.facts)); err != nil {
			t.Fatal(err)
		}
		if err := s.sim.StandIn("confirm-mail"); err != nil {
			t.Fatal(err)
		}
		s.sim.Faults(func(r sandbox.Request) error {
			if r.Operation == operation {
				return sandbox.FailWith(403, "AccessDeniedException", "not authorized")
			}
			return nil
		})
		state, err := inspect(context.Background(), steps.Env{Caller: plan.Caller{ARN: sso}, Home: home, Config: s.read, Facts: s.facts, Answers: watching(), Now: time.Now})
		if err != nil || state.Unread[part].Code != "AccessDeniedException" || len(state.Unread) != 1 {
			t.Errorf("%s refused: %v, %v", operation, state.Unread, err)
		}
		items := planned(state, watching(), s.facts)
		for _, c := range plan.Calls(items) {
			t.Errorf("%s refused, and %s is planned on what was not read", operation, c.ID)
		}
		if !slices.ContainsFunc(items, func(i plan.Item) bool { return i.Blocked != nil && i.ID() == "alerts/unread/"+string(part) }) {
			t.Errorf("%s refused, and nothing says so", operation)
		}
	}
}
