package run

import (
	"context"
	"time"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// Event is something that happened, told to the front end in order.
type Event struct {
	Time time.Time
	Kind EventKind
	Step string
	Item string // item id; "" for events of the step or the run
	// Text is one plain sentence for a person; for Checked what was looked at.
	Text      string
	Answer    string // for Checked: what was found
	RequestID string
	Facts     map[string]string
	Problem   *Problem
	Until     time.Time // for Waiting and Looking: when it is looked at again
	Limit     time.Time // for Waiting: when the waiting ends at the latest; zero when it has no end of its own
}

// EventKind names an event; the words of calls are those of the JSON output (design §8).
type EventKind string

// The kinds of event.
const (
	StepBegin EventKind = "step"
	Checked   EventKind = "check" // an answer to one of the looks at AWS; for screens only
	Looking   EventKind = "look"  // at a hand-off, next at Until; for screens only
	Begin     EventKind = "begin"
	OK        EventKind = "ok"
	Failed    EventKind = "fail"
	Skipped   EventKind = "skip"
	Waiting   EventKind = "wait"
	StepEnd   EventKind = "step-end"
)

// Problem is a failure in the founder's words.
type Problem struct {
	What, Why, Next string
	Code, RequestID string
	SignIn          SignIn // what a new sign-in takes, when that is all there is to do
}

// SignIn is what a new sign-in takes after one has run out. Nothing has failed then.
type SignIn string

// The ways.
const (
	SignInBeside SignIn = "beside" // beside the program, which then goes on
	SignInAnew   SignIn = "anew"   // only a new start of the program sees it
)

// Decision is a person's answer to a preview, a hand-off or a problem.
type Decision string

// The decisions a front end can give.
const (
	Go    Decision = "go"    // approve; done; try again
	Part  Decision = "part"  // approve what is not refused, and show the rest again afterwards
	Skip  Decision = "skip"  // leave this out and go on
	Back  Decision = "back"  // to the questions
	Leave Decision = "leave" // stop here, continue another day
	Again Decision = "again" // a setting was changed: begin anew with what it concerns
)

// Page is a step as it is shown before its questions and its preview.
type Page struct {
	Step       steps.Step
	Number     int // 1-based
	Of         int
	Caller     plan.Caller
	Sandbox    bool
	Undo       bool            // it is the way back: nothing is asked but the approval
	Question   *steps.Question // for Ask
	Nth, Asked int             // for Ask: which of the step's questions it is, from 1, and how many there are
	Settings   []Setting       // all settings as they are now
	// Set changes a setting by the key of its question and returns all settings as they are then. It may be called while
	// the page is shown; the page is then answered with Again.
	Set   func(key, answer string) ([]Setting, error)
	Items []plan.Item // for Approve
	Facts plan.Facts  // for rendering requests
	Hash  string      // for Approve: the plan's hash
}

// FrontEnd is what the engine needs of a user interface. Ask, Approve, HandOff and Trouble wait for a person; Tell never does.
type FrontEnd interface {
	Tell(Event)
	// Ask puts one question and returns the answer as typed (the default when empty).
	Ask(ctx context.Context, p Page, previous string) (answer string, d Decision, err error)
	// Approve shows a plan. Go approves every call in it but those of Typed consent that were not typed:
	// their ids are in refused. Part does it for a part of the plan: what is refused (hand-offs, too) is shown again.
	Approve(ctx context.Context, p Page) (d Decision, refused []string, err error)
	// HandOff shows what only a person can do. It returns when the person decides, or ctx ends because the
	// engine's poll saw it done.
	HandOff(ctx context.Context, p Page, h *plan.HandOff) (Decision, error)
	// Trouble shows a problem; Go means try again.
	Trouble(ctx context.Context, p Page, id string, problem Problem) (Decision, error)
}
