package run

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// Standing is where a set-up that was begun earlier stands, from the journal and from AWS.
type Standing struct {
	Left  time.Time // when the last run ended, by the last thing it recorded
	Steps []StepStanding
}

// StepStanding is where one step stands.
type StepStanding struct {
	Name, Title string
	State       StandingState
	Calls       int      // calls left, as far as they can be planned now
	Optional    int      // what only a person can do and the set-up does without
	Notes       []string // what is in doubt, at work or waits for a person, in words
}

// StandingState is what there is to say first about a step. The words are shown.
type StandingState string

// The states, the most pressing first.
const (
	InDoubt   StandingState = "in doubt"       // a request left and its reply never came
	AtWork    StandingState = "running at AWS" // AWS accepted it and goes on working
	NeedsYou  StandingState = "needs you"
	IsBlocked StandingState = "cannot go on"
	IsLeft    StandingState = "left"
	IsDone    StandingState = "done"
	NoNeed    StandingState = "nothing to do" // and nothing was asked, made or done there so far
	Unread    StandingState = "not looked at"
)

// StandingOf says where all stands. planned is what a Survey found; nil when AWS could not be read, and then the journal
// alone speaks.
func StandingOf(all []steps.Step, past journal.Replay, planned []StepPlan) Standing {
	var out Standing
	if n := len(past.Entries); n > 0 {
		out.Left = past.Entries[n-1].Time
	}
	found := map[string][]plan.Item{}
	read := map[string]bool{}
	for _, p := range planned {
		found[p.Step.Name], read[p.Step.Name] = p.Items, true
	}
	for _, s := range all {
		st := StepStanding{Name: s.Name, Title: s.Title, State: IsDone}
		if !read[s.Name] {
			st.State = Unread
		}
		for _, i := range found[s.Name] {
			st.take(i)
		}
		for _, e := range past.Unsettled() {
			if e.Step == s.Name && (!read[s.Name] || stillPlanned(found[s.Name], e.Item)) {
				st.note(AtWork, cmp.Or(titleOfBegin(past, e.Item), e.Item))
			}
		}
		for _, e := range past.InDoubt() {
			if e.Step == s.Name && (!read[s.Name] || stillPlanned(found[s.Name], e.Item)) {
				st.note(InDoubt, cmp.Or(e.Title, e.Item))
			}
		}
		if st.State == IsDone && len(past.Entries) > 0 && !slices.ContainsFunc(past.Entries, func(e journal.Entry) bool { return e.Step == s.Name }) {
			st.State = NoNeed
		}
		out.Steps = append(out.Steps, st)
	}
	return out
}

// take counts one item of the step's plan in.
func (s *StepStanding) take(i plan.Item) {
	switch {
	case i.Call != nil:
		s.Calls++
		s.note(IsLeft, "")
	case i.HandOff != nil && i.HandOff.Optional:
		s.Optional++
	case i.HandOff != nil:
		s.note(NeedsYou, i.HandOff.Title)
	case i.Later != nil && i.Later.Await > 0:
		s.note(AtWork, i.Later.Title)
	case i.Later != nil:
		s.note(IsLeft, "")
	case i.Blocked != nil && !i.Blocked.Kept:
		s.note(IsBlocked, i.Blocked.What)
	}
}

// Finished reports whether nothing is left that the set-up needs.
func (s StepStanding) Finished() bool { return s.State == IsDone || s.State == NoNeed }

// Words say where the step stands, e.g. "left, 3 calls" or "done; 1 optional thing is yours to do".
func (s StepStanding) Words() string {
	if s.State == NoNeed && s.Optional > 0 {
		return Optional(s.Optional)
	}
	out := string(s.State)
	if s.Calls > 0 {
		out += ", " + plan.Count(s.Calls, "call")
	}
	if s.State == IsDone && s.Optional > 0 {
		out += "; " + Optional(s.Optional)
	}
	return out
}

// Optional says that so many things are left that only a person can do and the set-up does without.
func Optional(n int) string {
	if n == 1 {
		return "1 optional thing is yours to do"
	}
	return fmt.Sprintf("%d optional things are yours to do", n)
}

// Optional counts what is left that only a person can do and the set-up does without.
func (s StepResult) Optional() int {
	n := 0
	for _, i := range s.Left {
		if i.HandOff != nil && i.HandOff.Optional {
			n++
		}
	}
	return n
}

// note adds a remark; the most pressing of the states stays.
func (s *StepStanding) note(state StandingState, text string) {
	if pressing(state) < pressing(s.State) {
		s.State = state
	}
	if text != "" {
		s.Notes = append(s.Notes, string(state)+": "+text)
	}
}

func pressing(s StandingState) int {
	for n, x := range []StandingState{InDoubt, AtWork, NeedsYou, IsBlocked, IsLeft, IsDone, Unread} {
		if x == s {
			return n
		}
	}
	return 0
}

// stillPlanned reports whether AWS does not show the item as done: then the plan has it still, or a step had to wait.
func stillPlanned(items []plan.Item, id string) bool {
	for _, i := range items {
		if i.ID() == id || i.Later != nil && i.Later.Await > 0 {
			return true
		}
	}
	return false
}

func titleOfBegin(past journal.Replay, item string) string {
	title := ""
	for _, e := range past.Entries {
		if e.Kind == journal.KindBegin && e.Item == item {
			title = e.Title
		}
	}
	return title
}
