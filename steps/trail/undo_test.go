package trail

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/plan"
	"awswizard/internal/sandbox"
	"awswizard/steps"
)

var (
	madeOn  = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	looked  = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	stopped = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
)

// madeBy are the calls of a plan as the journal knows them once they are done.
func madeBy(t *testing.T, items []plan.Item, f plan.Facts) steps.Made {
	t.Helper()
	made := steps.Made{}
	for _, c := range plan.Calls(items) {
		input, err := plan.RequestJSON(c, f)
		if err != nil {
			t.Fatal(err)
		}
		made[c.ID] = steps.MadeCall{Time: madeOn, Service: c.Request.Service, Operation: c.Request.Operation,
			Account: f.AccountID(c.Where.Account), Region: c.Where.Region, Input: input}
	}
	return made
}

// takenBack is what is left of made after the calls of a way back.
func takenBack(made steps.Made, items []plan.Item) steps.Made {
	left := steps.Made{}
	for id, m := range made {
		if !slices.ContainsFunc(plan.Calls(items), func(c *plan.Call) bool { return slices.Contains(c.TakesBack, id) }) {
			left[id] = m
		}
	}
	return left
}

func TestUndo(t *testing.T) {
	made := madeBy(t, planned(empty(), acme(), known()), known())
	done := func() State {
		s := fixtures(t)["done"].state
		s.Looked, s.Exempt = looked, true
		s.Log.Canaries = []string{"v1"}
		s.Archives = archiveWith(s, func(a *Archive) { a.Canaries, a.Last = []string{"v2"}, madeOn })
		return s
	}
	logs := func(s *State) {
		s.Log.Files = true
		s.Archives = archiveWith(*s, func(a *Archive) { a.Files, a.Last = true, stopped })
	}
	adopted := fixtures(t)["adopted"]
	adoptedMade := madeBy(t, planned(adopted.state, acme(), known()), known())
	for name, tc := range map[string]struct {
		change func(*State)
		made   steps.Made
	}{
		"at once":       {change: func(*State) {}},
		"with logs":     {change: logs},
		"nothing made":  {change: logs, made: steps.Made{}},
		"recording off": {change: func(s *State) { logs(s); s.Trail, s.Role, s.Log.Replication = nil, nil, nil }},
		"not exempt":    {change: func(s *State) { logs(s); s.Trail, s.Role, s.Log.Replication, s.Exempt = nil, nil, nil, false }},
		"emptying": {change: func(s *State) {
			logs(s)
			s.Trail, s.Role, s.Log.Replication = nil, nil, nil
			rule := lifecycleRule(keepDays)
			rule.Expiration.Days = aws.Int32(emptyDays)
			s.Log.Lifecycle = []types.LifecycleRule{rule}
		}},
		"lock over": {change: func(s *State) {
			logs(s)
			s.Trail, s.Role, s.Log, s.Looked = nil, nil, Bucket{Name: s.Log.Name}, looked.AddDate(1, 0, 0)
		}},
		"archive empty": {change: func(s *State) {
			s.Trail, s.Role, s.Log = nil, nil, Bucket{Name: s.Log.Name}
			s.Archives = archiveWith(*s, func(a *Archive) { a.Canaries = nil })
		}},
		"changed since": {change: func(s *State) {
			logs(s)
			tr := *s.Trail
			tr.Bucket, tr.Validation, tr.Selectors = "theirs", false, true
			s.Trail = &tr
			s.Role = &Role{Trust: `{"Version":"2012-10-17","Statement":[]}`, Policy: `{"Version":"2012-10-17","Statement":[]}`}
			r := *s.Log.Replication
			r.Rules = append(slices.Clone(r.Rules), types.ReplicationRule{ID: aws.String("backup"), Destination: &types.Destination{Bucket: aws.String("arn:aws:s3:::theirs")}})
			s.Log.Replication = &r
		}},
		"policy changed": {change: func(s *State) { s.Log.Policy = `{"Version":"2012-10-17","Statement":[]}` }},
		"root":           {change: func(s *State) { s.Archives = map[string]Archive{securityAccount: {NoEntry: true}} }},
		"unread": {change: func(s *State) {
			s.Unread = map[Part]Unread{partRole: {Code: "AccessDenied", Message: "no"}}
			s.Log.Unread = map[Part]Unread{partFiles: {Code: "AccessDenied", Message: "no"}}
		}},
		"unread trails": {change: func(s *State) {
			s.Unread = map[Part]Unread{partTrails: {Code: "AccessDenied", Message: "no"}}
		}},
		"adopted": {made: adoptedMade, change: func(s *State) {
			*s = foresee(t, adopted.state, planned(adopted.state, acme(), known()), known())
			s.Looked, s.Log.Canaries, s.Log.Files = looked, []string{"v1"}, true
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := done()
			tc.change(&s)
			m := made
			if tc.made != nil {
				m = tc.made
			}
			items := undone(s, acme(), known(), m)
			if err := plan.Check(items); err != nil {
				t.Error(err)
			}
			if plan.Hash(items, known()) != plan.Hash(undone(s, acme(), known(), m), known()) {
				t.Error("planning twice gives two plans")
			}
			for _, c := range plan.Calls(items) {
				if len(c.TakesBack) == 0 {
					t.Errorf("%s takes nothing back", c.ID)
				}
			}
			golden.RequireEqual(t, plan.Describe(items, known()))
		})
	}
}

// Taking back on the sandbox, at once after the set-up: everything goes but the copy that is locked, and what is taken back
// can be set up again.
func TestUndoLeavesOnlyWhatIsLocked(t *testing.T) {
	s := newStage(t)
	items := planned(s.inspect(), acme(), s.facts)
	s.run(items)
	made := madeBy(t, items, s.facts)
	back := undone(s.inspect(), acme(), s.facts, made)
	s.run(back)
	left := undone(s.inspect(), acme(), s.facts, takenBack(made, back))
	if len(left) != 1 || left[0].Blocked == nil || left[0].ID() != "trail/undo/archive" {
		t.Fatalf("left after the way back:\n%s", plan.Describe(left, s.facts))
	}
	state := s.inspect()
	if state.Trail != nil || state.Role != nil || state.Log.Exists {
		t.Errorf("the trail %v, the role %v or the log bucket (%v) are still there", state.Trail, state.Role, state.Log.Exists)
	}
	s.run(planned(state, acme(), s.facts))
	if left := planned(s.inspect(), acme(), s.facts); len(left) > 0 {
		t.Errorf("set up again, left:\n%s", plan.Describe(left, s.facts))
	}
}

// With logs in them both buckets stay, and say until when. Where a person agrees, S3 empties them and they go: the log
// bucket in days, the archive when its lock is over.
func TestUndoWithLogs(t *testing.T) {
	s := newStage(t)
	management := s.facts.AccountID(plan.Management)
	s.caller, s.world.Principals["AKIA"+management] = plan.Root, sandbox.Principal{Account: management, ARN: "arn:aws:iam::" + management + ":root"}
	items := planned(s.inspect(), acme(), s.facts)
	s.run(items)
	made := madeBy(t, items, s.facts)
	day := s.now.UTC().Format("2006/01/02/")
	key := "AWSLogs/" + s.facts.Get("organization.id") + "/" + management + "/CloudTrail/" + home + "/" + day + "x.json.gz"
	if _, err := s.s3(plan.Management).PutObject(context.Background(), &s3.PutObjectInput{Bucket: aws.String(logBucket("org-trail", management, home)), Key: aws.String(key)}); err != nil {
		t.Fatal(err)
	}
	came := s.now
	s.now = s.now.Add(time.Hour)
	left := func() map[string]plan.Item {
		back := undone(s.inspect(), acme(), s.facts, made)
		ids := map[string]plan.Item{}
		for _, i := range back {
			ids[i.ID()] = i
		}
		s.run(back)
		made = takenBack(made, back)
		return ids
	}
	first := left()
	if first["trail/undo/log"].Blocked == nil || first["trail/undo/empty/log"].Call == nil || first["trail/undo/empty/log"].Call.Consent != plan.Typed {
		t.Fatalf("logs are evidence, and are deleted only where a person says so: %v", first)
	}
	s.now = s.now.AddDate(0, 0, 10)
	second := left()
	if second["trail/undo/bucket/log"].Call == nil || s.inspect().Log.Exists {
		t.Errorf("the log bucket is empty after ten days, and stays: %v", second)
	}
	if b := second["trail/undo/archive"].Blocked; b == nil || !strings.Contains(b.What, steps.Day(came.AddDate(0, 0, lockDays))) {
		t.Errorf("the archive is locked for a year from %v: %+v", came, b)
	}
	s.now = came.AddDate(0, 0, lockDays+2)
	if third := left(); third["trail/undo/empty/archive"].Call == nil {
		t.Errorf("the lock is over, and the archive cannot be emptied: %v", third)
	}
	s.now = s.now.AddDate(0, 0, 10)
	left()
	if rest := undone(s.inspect(), acme(), s.facts, made); len(rest) > 0 {
		t.Errorf("left:\n%s", plan.Describe(rest, s.facts))
	}
}

// Nothing of a trail that was there before is taken away.
func TestUndoKeepsTheTrailOfSomebodyElse(t *testing.T) {
	fix := fixtures(t)["adopted"]
	items := planned(fix.state, acme(), known())
	s := foresee(t, fix.state, items, known())
	for _, c := range plan.Calls(undone(s, acme(), known(), madeBy(t, items, known()))) {
		if c.Request.Operation == "DeleteTrail" || c.Request.Operation == "StopLogging" || c.Request.Operation == "DeleteBucket" && c.Where.Account == plan.Management {
			t.Errorf("%s is not ours", c.ID)
		}
	}
}
