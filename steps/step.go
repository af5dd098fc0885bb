// Package steps says what a step of the set-up is. Each step lives in a folder of its own with the same rooms:
// questions.go (what is asked), inspect.go (what is read), plan.go (what is wanted). A step is data; the engine in
// internal/run acts on it.
package steps

import (
	"context"
	"encoding/json"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/awsconfig"
	"awswizard/internal/plan"
)

// Env is what Inspect may use.
type Env struct {
	Caller plan.Caller
	Home   string // home Region
	// Config gives a configuration that only reads, for an account reference or id and a Region. Members are
	// entered through OrganizationAccountAccessRole. It errors with plan.ErrNoEntry where this caller cannot go.
	Config plan.Reader
	Facts  plan.Facts
	// Answers are the answers so far, completed by their defaults: some things are found only by the name or the
	// address the founder gave them.
	Answers answers.Answers
	// Made is what the wizard made before and did not take back, where AWS does not show whose a thing is.
	Made Made
	// Files are the shared files of the AWS tools on this computer.
	Files awsconfig.Files
	Now   func() time.Time
	// Told hears of each check and its answer; nil when nobody listens. It may be called from several goroutines.
	Told func(what, answer string)
}

// Check tells whoever watches what was looked at and what was found, both in a few plain words. The same check told
// again replaces its earlier answer, so that a long look can count up.
func (e Env) Check(what, answer string) {
	if e.Told != nil {
		e.Told(what, answer)
	}
}

// State is what a step's Inspect found.
type State interface {
	// Facts are the values this state tells the other steps.
	Facts() map[string]string
}

// About is what the founder reads before a step.
type About struct {
	What            string // what the step sets up
	Why, Cost, Undo string
	Controls        []string // AWS Startup Security Baseline ids, e.g. "ACCT.02"
}

// Step is one stage of the set-up.
type Step struct {
	Name, Title string
	About       About
	// Alone: the step can be done in an account that has no organization.
	Alone bool
	// LooksAfter names the earlier steps whose facts Inspect uses. A survey looks at the others beside it.
	LooksAfter []string
	// Questions are the questions to ask, given what was found; nil when none. With a nil State they are those of a step
	// that has not been looked at.
	Questions func(s State, a answers.Answers) []Question
	// Inspect looks at AWS, reading only.
	Inspect func(ctx context.Context, env Env) (State, error)
	// Plan is pure: the same state, answers and facts give the same items.
	Plan func(s State, a answers.Answers, f plan.Facts) []plan.Item
	// Undo plans the way back of what the wizard made here, and is pure, too; nil when the step makes no calls. Its items
	// name what they take back (plan.Call.TakesBack), and an empty plan means that nothing of ours is left.
	//
	// What was changed by somebody else since is not taken away unasked: where it is still our thing, the call has Typed
	// consent and ConsentAsk says what changed; where somebody else's things depend on it, it is a Blocked item, as is
	// what AWS does not let go. `--yes` agrees to no Typed call of the way back.
	Undo func(s State, a answers.Answers, f plan.Facts, made Made) []plan.Item
	// UndoAsStarted: the way back takes away the sign-in through IAM Identity Center, so it is planned and made with the
	// credentials the program was started with.
	UndoAsStarted bool
}

// Made is what the journal knows as done by the wizard and not taken back, by item id: what is ours to take back. It
// holds nothing of which AWS said "it is so already".
type Made map[string]MadeCall

// MadeCall is one call that was done, or one hand-off (which has no Operation).
type MadeCall struct {
	Step               string
	Time               time.Time
	Service, Operation string  // as plan.Request has them
	Account, Region    string  // the 12-digit id, the Region code
	Title              string  // in plain words
	MonthlyUSD         float64 // expected price per month
	Input              json.RawMessage
	Facts              map[string]string // what its reply told
	Before             map[string]string // the values it replaced, as plan.Call.Before told them
	// InDoubt: the request left and no reply was recorded. What it made is ours if it is there; Facts are not known.
	InDoubt bool
}

// Of returns what was made by calls of a step.
func (m Made) Of(step string) Made {
	out := Made{}
	for id, c := range m {
		if c.Step == step && c.Operation != "" {
			out[id] = c
		}
	}
	return out
}

// WithUndo adds the way back to a step made with Define.
func WithUndo[S State](s Step, undo func(S, answers.Answers, plan.Facts, Made) []plan.Item) Step {
	s.Undo = func(st State, a answers.Answers, f plan.Facts, made Made) []plan.Item {
		return undo(st.(S), a, f, made)
	}
	return s
}

// Question asks for one answer.
type Question struct {
	Key      string // the field in wizard.yaml, dotted: "budget.monthly_usd"
	Label    string // the setting's short name in a table: "Company"
	Title    string
	Why      string // one line
	Example  string
	Default  string
	Secret   string   // when set: the answer is a secret of this name. It is hidden while it is typed, and never written down
	Typed    string   // when set: only this word, typed in full, is a yes (money gate)
	Found    bool     // Default was found at AWS
	Aside    bool     // few need it: it stands in the table of settings, and is not asked on the way
	Choices  []Choice // when set: pick one
	Validate func(string) error
	Apply    func(*answers.Answers, string)
}

// Choice is one option of a question.
type Choice struct{ Value, Label string }

// Define makes a Step from functions over the step's own state type S.
func Define[S State](s Step,
	questions func(S, answers.Answers) []Question,
	inspect func(context.Context, Env) (S, error),
	planned func(S, answers.Answers, plan.Facts) []plan.Item,
) Step {
	s.Questions = func(st State, a answers.Answers) []Question {
		if questions == nil {
			return nil
		}
		found, _ := st.(S) // its zero value before the first look
		return questions(found, a)
	}
	s.Inspect = func(ctx context.Context, env Env) (State, error) { return inspect(ctx, env) }
	s.Plan = func(st State, a answers.Answers, f plan.Facts) []plan.Item { return planned(st.(S), a, f) }
	return s
}
