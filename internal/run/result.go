package run

import (
	"awswizard/internal/plan"
)

// Result is how far a run came.
type Result struct{ Steps []StepResult }

// StepResult is how far one step came. Done means its plan is empty (or holds only what cannot be done).
type StepResult struct {
	Name, Title string
	Done        bool
	NotReached  bool         // the run ended before it
	Skipped     bool         // left out by the person, or not asked for
	Unread      bool         // left out because AWS could not be looked at
	OK          int          // calls made
	Made        []*plan.Call // the same calls, in the order in which they ended
	Failed      int          // calls refused
	Left        []plan.Item
	Hash        string // of the last plan approved
	Problems    []ItemProblem
}

// put notes how far the step with this number came. A step that is visited again keeps what was made before.
func (r *Result) put(n int, s StepResult) {
	if n >= len(r.Steps) {
		r.Steps = append(r.Steps, s)
		return
	}
	s.OK += r.Steps[n].OK
	s.Made = append(r.Steps[n].Made, s.Made...)
	r.Steps[n] = s
}

// ItemProblem is a problem of one item.
type ItemProblem struct {
	Item, Title string
	Problem     Problem
}

// Counts sums up a result: calls made, calls refused, and items that are left (blocked ones, too; what stays as it is on
// purpose is not left).
func (r *Result) Counts() (ok, failed, left int) {
	for _, s := range r.Steps {
		ok += s.OK
		failed += s.Failed
		left += s.work()
		if s.Unread {
			left++
		}
	}
	return ok, failed, left
}

// work is how many items are left to be done.
func (s StepResult) work() int {
	n := 0
	for _, i := range s.Left {
		if (i.HandOff == nil || !i.HandOff.Optional) && (i.Blocked == nil || !i.Blocked.Kept) {
			n++
		}
	}
	return n
}

// Kept counts what stays as it is on purpose.
func (r *Result) Kept() int {
	n := 0
	for _, s := range r.Steps {
		for _, i := range s.Left {
			if i.Blocked != nil && i.Blocked.Kept {
				n++
			}
		}
	}
	return n
}
