package baseline

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/internal/sandbox"
)

func TestEverythingIsSetOnceAndTakenBack(t *testing.T) {
	b := newBench(t)
	before := b.inspect(t)
	if !reflect.DeepEqual(before, b.inspect(t)) {
		t.Error("looking twice gives two states")
	}
	calls := plan.Calls(b.plan(t))
	if want := 3 * (len(kinds) + len(answers.Regions())); len(calls) < want {
		t.Errorf("%d calls, want %d at least", len(calls), want)
	}
	made := b.run(t, calls)
	if left := plan.Calls(b.plan(t)); len(left) > 0 {
		t.Errorf("after the run %d calls are left, the first is %s", len(left), left[0].ID)
	}
	back := plan.Calls(undone(b.inspect(t), b.answers, b.facts(), made))
	var taken []string
	for _, c := range back {
		taken = append(taken, c.TakesBack...)
	}
	slices.Sort(taken)
	if !slices.Equal(taken, made.IDs()) {
		t.Errorf("taken back: %v\nmade: %v", taken, made.IDs())
	}
	b.run(t, back)
	after := b.inspect(t)
	if !reflect.DeepEqual(after, before) {
		t.Errorf("after the way back:\n%+v\nwas:\n%+v", after, before)
	}
	if left := undone(after, b.answers, b.facts(), made); len(left) > 0 {
		t.Errorf("left:\n%s", plan.Describe(left, b.facts()))
	}
}

// What one account or Region refuses costs only itself.
func TestRefusalsStayInTheirPlaces(t *testing.T) {
	b := newBench(t)
	b.sim.Faults(func(r sandbox.Request) error {
		switch {
		case r.Operation == "GetEbsEncryptionByDefault" && r.Principal.Account == b.prod && (r.Region == "sa-east-1" || r.Region == "us-west-1"):
			return sandbox.Fail("UnauthorizedOperation", "You are not authorized to perform this operation with an explicit deny in a service control policy.")
		case r.Operation == "DescribeRegions" && r.Principal.Account == b.security:
			return sandbox.Fail("PendingVerification", "Your account is being verified.")
		case r.Operation == "GetAlternateContact":
			return sandbox.Fail("AccessDeniedException", "You are not authorized.")
		case r.Operation == "GetContactInformation":
			return sandbox.Fail("AccessDeniedException", "You are not authorized.")
		}
		return nil
	})
	items := b.plan(t)
	var told []string
	for _, i := range items {
		if i.Call == nil {
			told = append(told, i.ID())
		}
	}
	want := []string{"baseline/look/contacts/management", "baseline/look/disks/production/UnauthorizedOperation/sa-east-1", "baseline/later/disks/security"}
	for _, id := range want {
		if !slices.Contains(told, id) {
			t.Errorf("%s is not told; told: %v", id, told)
		}
	}
	disks := 0
	for _, c := range plan.Calls(items) {
		if c.IAMAction == enableEncryption {
			disks++
		}
	}
	if want := 2*len(answers.Regions()) - 2; disks != want {
		t.Errorf("%d Regions are encrypted, want %d", disks, want)
	}
}

func TestNoEntryLeavesDisksForLaterAndSetsContacts(t *testing.T) {
	b := newBench(t)
	b.noEntry = b.prod
	contacts, later := 0, false
	for _, i := range b.plan(t) {
		if i.Call != nil && strings.HasPrefix(i.ID(), "baseline/contact/production/") {
			contacts++
		}
		later = later || i.ID() == "baseline/later/disks/production" && i.Later != nil
	}
	if contacts != len(kinds) || !later {
		t.Errorf("%d contacts; disks later: %v", contacts, later)
	}
}

func TestContactsWaitForTrustedAccess(t *testing.T) {
	b := newBench(t)
	delete(b.world.Org.Trusted, "account.amazonaws.com")
	for _, i := range b.plan(t) {
		if i.ID() == "baseline/later/contacts" && i.Later.MostCalls == 2*len(kinds) {
			return
		}
	}
	t.Error("the contacts of the members are not left for later")
}

// People with passwords are asked for strong ones, a key nobody used is switched off, and both come back.
func TestUsersAndTheWayBack(t *testing.T) {
	b := newBench(t)
	b.world.SeedUser(b.prod, "ada", true, 80*24*time.Hour)
	b.world.SeedUser(b.prod, "deploy", false, 100*24*time.Hour)
	before := b.inspect(t)
	if acc, _ := before.account(b.prod); len(acc.Users) != 2 || !acc.Users[0].SignedIn || acc.Users[0].Idle < 40 || acc.Users[1].SignedIn {
		t.Errorf("the users of production: %+v", acc.Users)
	}
	var calls []*plan.Call
	for _, c := range plan.Calls(b.plan(t)) {
		if c.Request.Service == "iam" && c.Where.Account == "production" {
			calls = append(calls, c)
		}
	}
	if len(calls) != 2 || calls[0].IAMAction != updatePassword || calls[1].IAMAction != updateKey || calls[1].Consent != plan.Typed {
		t.Fatalf("%d calls about users", len(calls))
	}
	made := b.run(t, calls)
	for _, c := range plan.Calls(b.plan(t)) {
		if c.Request.Service == "iam" && c.Where.Account == "production" {
			t.Errorf("planned again: %s", c.ID)
		}
	}
	b.run(t, plan.Calls(undone(b.inspect(t), b.answers, b.facts(), made)))
	if after := b.inspect(t); !reflect.DeepEqual(after, before) {
		t.Errorf("after the way back:\n%+v\nwas:\n%+v", after, before)
	}
}

// GuardDuty comes to all accounts, and after the way back it costs nothing any more but where it was on before.
func TestGuardDutyOnAndOff(t *testing.T) {
	b := newBench(t)
	b.world.SeedDetector(b.prod, "eu-west-1", true) // the founder's own
	before := b.inspect(t)
	none := b.plan(t)
	b.answers.GuardDuty = answers.GuardDutyUsed
	var calls []*plan.Call
	for _, c := range plan.Calls(b.plan(t)) {
		if c.Request.Service == "guardduty" || c.ID == trustGuardID {
			calls = append(calls, c)
		}
	}
	for _, i := range none {
		if strings.Contains(i.ID(), "guardduty") {
			t.Errorf("planned though nobody wanted it: %s", i.ID())
		}
	}
	if len(calls) != 1+2*4 {
		t.Fatalf("%d calls, want 9", len(calls))
	}
	made := b.run(t, calls)
	on := b.inspect(t)
	for place, d := range b.world.Security.Detectors {
		if len(d.Extra) > 0 && !strings.HasPrefix(place, b.prod) { // there it is the founder's own
			t.Errorf("in %s more is watched than was asked for, and costs money: %v", place, d.Extra)
		}
	}
	for _, g := range on.Guards {
		if g.Admin != b.security || g.Auto != "ALL" || len(g.Detectors) != 3 {
			t.Errorf("GuardDuty in %s: %+v", g.Region, g)
		}
	}
	for _, i := range b.plan(t) {
		if strings.Contains(i.ID(), "guardduty") {
			t.Errorf("planned again: %s", i.ID())
		}
	}
	off := b.answers
	off.GuardDuty = answers.GuardDutyOff
	byAnswer := on
	byAnswer.GuardsMade = guardsMade(made)
	var turned []plan.Item
	for _, i := range planned(byAnswer, off, b.facts()) {
		if strings.Contains(i.ID(), "guardduty") {
			turned = append(turned, i)
		}
	}
	back := undone(on, b.answers, b.facts(), made)
	if len(turned) == 0 || len(plan.Calls(turned)) != len(plan.Calls(back)) {
		t.Errorf("the answer off plans\n%s\nand not the way back\n%s", plan.Describe(turned, b.facts()), plan.Describe(back, b.facts()))
	}
	if err := plan.Check(back); err != nil {
		t.Error(err)
	}
	b.run(t, plan.Calls(back))
	b.answers.GuardDuty = ""
	if after := b.inspect(t); !reflect.DeepEqual(after, before) {
		t.Errorf("after the way back:\n%+v\nwas:\n%+v", after, before)
	}
	if left := undone(b.inspect(t), b.answers, b.facts(), made); len(left) > 0 {
		t.Errorf("left:\n%s", plan.Describe(left, b.facts()))
	}
}

func TestStoppedLook(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := inspect(ctx, b.env()); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped look says %v", err)
	}
}
