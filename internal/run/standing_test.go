package run_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/steps"
)

// TestStandingOf says first what presses most, with a remark for each thing that is not simply left.
func TestStandingOf(t *testing.T) {
	left := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	begin := journal.Entry{Kind: journal.KindBegin, Step: "s", Item: "a", Title: "Create the account", Fingerprint: "f", Time: left}
	accepted := journal.Entry{Kind: journal.KindOK, Step: "s", Item: "a", Fingerprint: "f", Settles: true, Time: left}
	refused := journal.Entry{Kind: journal.KindFail, Step: "s", Item: "a", Fingerprint: "f", Time: left}
	call := plan.Item{Call: &plan.Call{ID: "a", Title: "Create the account"}}
	other := plan.Item{Call: &plan.Call{ID: "b", Title: "Create the unit"}}
	yours := plan.Item{HandOff: &plan.HandOff{ID: "h", Title: "Switch it on"}}
	optional := plan.Item{HandOff: &plan.HandOff{ID: "o", Title: "Protect root", Optional: true}}
	atWork := plan.Item{Later: &plan.Later{ID: "l", Title: "Wait for the account", Await: time.Minute}}
	later := plan.Item{Later: &plan.Later{ID: "l", Title: "Remove networks"}}
	blocked := plan.Item{Blocked: &plan.Blocked{ID: "x", What: "The quota is used up."}}
	kept := plan.Item{Blocked: &plan.Blocked{ID: "k", What: "Your old trail stays.", Kept: true}}
	for name, c := range map[string]struct {
		entries []journal.Entry
		planned []plan.Item
		unread  bool
		want    run.StepStanding
	}{
		"done":                          {want: run.StepStanding{State: run.IsDone}},
		"only what is optional":         {planned: []plan.Item{optional}, want: run.StepStanding{State: run.IsDone, Optional: 1}},
		"calls left":                    {planned: []plan.Item{call, other, later}, want: run.StepStanding{State: run.IsLeft, Calls: 2}},
		"a person is waited for":        {planned: []plan.Item{call, yours}, want: run.StepStanding{State: run.NeedsYou, Calls: 1, Notes: []string{"needs you: Switch it on"}}},
		"what stays on purpose":         {planned: []plan.Item{kept}, want: run.StepStanding{State: run.IsDone}},
		"blocked":                       {planned: []plan.Item{other, blocked}, want: run.StepStanding{State: run.IsBlocked, Calls: 1, Notes: []string{"cannot go on: The quota is used up."}}},
		"AWS is at work, as it says":    {planned: []plan.Item{atWork, yours}, want: run.StepStanding{State: run.AtWork, Notes: []string{"running at AWS: Wait for the account", "needs you: Switch it on"}}},
		"AWS is at work, as we know":    {entries: []journal.Entry{begin, accepted}, planned: []plan.Item{call}, want: run.StepStanding{State: run.AtWork, Calls: 1, Notes: []string{"running at AWS: Create the account"}}},
		"no reply came":                 {entries: []journal.Entry{begin}, planned: []plan.Item{call, yours}, want: run.StepStanding{State: run.InDoubt, Calls: 1, Notes: []string{"needs you: Switch it on", "in doubt: Create the account"}}},
		"no reply, and it is done":      {entries: []journal.Entry{begin}, want: run.StepStanding{State: run.IsDone}},
		"accepted, and it is done":      {entries: []journal.Entry{begin, accepted}, want: run.StepStanding{State: run.IsDone}},
		"refused":                       {entries: []journal.Entry{begin, refused}, planned: []plan.Item{call}, want: run.StepStanding{State: run.IsLeft, Calls: 1}},
		"AWS cannot be read":            {unread: true, want: run.StepStanding{State: run.Unread}},
		"no reply, AWS cannot be read":  {unread: true, entries: []journal.Entry{begin}, want: run.StepStanding{State: run.InDoubt, Notes: []string{"in doubt: Create the account"}}},
		"no word of it in the journal":  {entries: []journal.Entry{{Kind: journal.KindBegin, Step: "t", Item: "a"}}, want: run.StepStanding{State: run.NoNeed}},
		"another step is none of these": {entries: []journal.Entry{{Kind: journal.KindBegin, Step: "t", Item: "a"}}, planned: []plan.Item{call}, want: run.StepStanding{State: run.IsLeft, Calls: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			step := steps.Step{Name: "s", Title: "A step"}
			c.want.Name, c.want.Title = "s", "A step"
			planned := []run.StepPlan{{Step: step, Items: c.planned}}
			if c.unread {
				planned = nil
			}
			got := run.StandingOf([]steps.Step{step}, journal.Replay{Entries: c.entries}, planned)
			if !reflect.DeepEqual(got.Steps, []run.StepStanding{c.want}) {
				t.Errorf("got  %+v\nwant %+v", got.Steps, c.want)
			}
			if want := (len(c.entries) > 0 && c.entries[0].Step == "s"); want != got.Left.Equal(left) {
				t.Errorf("it ended %v", fmt.Sprint(got.Left))
			}
		})
	}
}

func TestStandingInWords(t *testing.T) {
	for want, s := range map[string]run.StepStanding{
		"done": {State: run.IsDone}, "done; 1 optional thing is yours to do": {State: run.IsDone, Optional: 1},
		"done; 2 optional things are yours to do": {State: run.IsDone, Optional: 2},
		"nothing to do": {State: run.NoNeed}, "3 optional things are yours to do": {State: run.NoNeed, Optional: 3},
		"left, 1 call": {State: run.IsLeft, Calls: 1, Optional: 1}, "left, 2 calls": {State: run.IsLeft, Calls: 2},
	} {
		if got := s.Words(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
