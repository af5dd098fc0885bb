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
	NotReached  bool // the run ended before it
	Skipped     bool // left out by the person, or not asked for
	OK          int  // calls made
	Failed      int  // calls refused
	Left        []plan.Item
	Hash        string // of the last plan approved
	Problems    []ItemProblem
}

// ItemProblem is a problem of one item.
type ItemProblem struct {
	Item, Title string
	Problem     Problem
}

// Counts sums up a result: calls made, calls refused, and items that are left (blocked ones, too).
func (r *Result) Counts() (ok, failed, left int) {
	for _, s := range r.Steps {
		ok += s.OK
		failed += s.Failed
		for _, i := range s.Left {
			if i.HandOff == nil || !i.HandOff.Optional {
				left++
			}
		}
	}
	return ok, failed, left
}
