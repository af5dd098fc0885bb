// Package baseline scores an account or an organization against the AWS Startup Security Baseline (AWS Prescriptive
// Guidance): ACCT.01 to ACCT.17 and WKLD.01 to WKLD.15. It makes no requests: the folder inspect reads AWS into a State, and
// the judges here are pure functions of it.
package baseline

import (
	"cmp"
	"slices"
	"strings"
)

// Result is what a judge came to.
type Result string

// The results, as --json names them.
const (
	Pass          Result = "pass"
	Fail          Result = "fail"
	CannotCheck   Result = "cannot_check"   // AWS refused the answer, or has no API that gives it
	NeedsYou      Result = "needs_you"      // a decision or a habit that no API shows
	NotApplicable Result = "not_applicable" // there is nothing it could be about
)

// Results are all results, the one that matters most first: a control is as good as its worst account.
func Results() []Result { return []Result{Fail, CannotCheck, NeedsYou, Pass, NotApplicable} }

// Scope says what a control is judged for.
type Scope string

// The scopes.
const (
	PerAccount   Scope = "account"      // for each account
	Organization Scope = "organization" // once; a policy or service above all accounts
	Management   Scope = "management"   // once, in the account that pays for all
)

// Control is one row of the baseline.
type Control struct {
	ID string // in the edition of 2026
	// Old is the number of the same control in the edition that AWS's conformance pack of 2025 and older tools use; ""
	// where it is the same, "new" where that edition has none.
	Old   string
	Title string // in plain words
	Scope Scope
	Step  string // the step of the wizard that sets it; "" for none
	// Asked: the step sets it only where wizard.yaml asks for it; Next says how.
	Asked bool
	Next  string // what a person does where the wizard does not
	// ByHand is Next where the step that could be asked is not done here; "" where Next needs no step. Tower is Next in an
	// organization that Control Tower runs; "" where that makes no difference.
	ByHand, Tower string
	// Scanners explains a false alarm that scanners raise about it; "" for none known.
	Scanners string

	// Habit: no API shows it, so it is a question to the founder once.
	Habit bool
	judge func(s *State, a *Account) Verdict
}

// Verdict is a judge's word on one control, for one account.
type Verdict struct {
	Result   Result
	Evidence string // the operation, the account, the Region, and what AWS said
	First    string // what to do before what the control says
	Next     string // what to do; "" = what the control says
	Note     string // what else is to be known
	NoEntry  bool   // nothing in the account could be read, so every control of it says the same
}

// Row is one verdict with what it is about.
type Row struct {
	Control Control
	Account string // 12-digit id
	Name    string // of the account
	Verdict
}

// Evaluate judges every control. known says which steps this wizard does where it looked: where one sets the control, the
// row says so.
func Evaluate(s State, known func(step string) bool) []Row {
	s.does = known
	var rows []Row
	for _, c := range Controls() {
		for i := range s.Accounts {
			a := &s.Accounts[i]
			if c.Scope != PerAccount && !a.Top {
				continue
			}
			v := c.verdict(&s, a)
			if v.Result == Fail || v.Result == NeedsYou {
				v.Next = cmp.Or(v.Next, strings.TrimSpace(v.First+" "+c.next(&s)))
			}
			rows = append(rows, Row{c, a.ID, a.Name, v})
		}
	}
	return rows
}

func (c Control) verdict(s *State, a *Account) Verdict {
	switch {
	case a.NoEntry != "":
		return Verdict{Result: CannotCheck, Evidence: a.NoEntry, Next: a.Enter, NoEntry: true}
	case c.Scope != PerAccount && s.Member && !c.Habit:
		return Verdict{Result: CannotCheck, Evidence: "organizations:DescribeOrganization in " + a.ID + ": the management account is " + s.Organization.Management,
			Next: "Sign in to the management account and start wizard check there: only it can tell."}
	}
	return c.judge(s, a)
}

// Sets reports whether the wizard, which knows these steps, sets the control without being asked for it.
func (c Control) Sets(known func(string) bool) bool { return c.Step != "" && known(c.Step) && !c.Asked }

func (c Control) next(s *State) string {
	switch {
	case s.Organization.ControlTower && c.Tower != "":
		return c.Tower
	case c.Sets(s.sets):
		return "The wizard sets this: wizard apply --step " + c.Step
	case c.Asked && !s.sets(c.Step):
		return cmp.Or(c.ByHand, c.Next)
	}
	return c.Next
}

// Score is how many controls came to which result.
type Score map[Result]int

// Of is the score of rows; a control counts once, with its worst result.
func Of(rows []Row) Score {
	score := Score{}
	for _, g := range Grouped(rows) {
		score[g.Result]++
	}
	return score
}

// All is the number of controls.
func (s Score) All() int {
	n := 0
	for _, of := range s {
		n += of
	}
	return n
}

// Group is a control with its verdicts.
type Group struct {
	Control Control
	Result  Result // the worst of its rows
	Rows    []Row
}

// Grouped gathers the rows of each control, in the order of the controls.
func Grouped(rows []Row) []Group {
	var out []Group
	for _, r := range rows {
		i := slices.IndexFunc(out, func(g Group) bool { return g.Control.ID == r.Control.ID })
		if i < 0 {
			out, i = append(out, Group{Control: r.Control, Result: r.Result}), len(out)
		}
		g := &out[i]
		g.Rows = append(g.Rows, r)
		if slices.Index(Results(), r.Result) < slices.Index(Results(), g.Result) {
			g.Result = r.Result
		}
	}
	return out
}
