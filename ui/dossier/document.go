// Package dossier is the document of wizard report: what exists, what was done by which call and on whose approval, what it
// costs, what cannot be undone and until when, and what stays to do. It is for founders, investors and auditors, as Markdown, as
// one page of HTML without anything from outside, and as JSON (docs/report.md describes the fields).
package dossier

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/journal"
	"awswizard/internal/order"
	"awswizard/internal/plan"
	"awswizard/internal/run"
)

// Version is the version of the JSON form.
const Version = 1

// Document is all of it. Times are UTC.
type Document struct {
	V          int       `json:"v"`
	Made       time.Time `json:"made"`
	Sandbox    bool      `json:"sandbox,omitempty"` // of a trial run on a simulated AWS
	Company    string    `json:"company"`
	Caller     string    `json:"caller"` // ARN of who had it written
	HomeRegion string    `json:"home_region"`

	Organization Organization `json:"organization"`
	SignIn       string       `json:"sign_in,omitempty"` // address of the access portal
	Steps        []Step       `json:"steps"`
	Score        []string     `json:"score,omitempty"`
	MonthlyUSD   float64      `json:"monthly_usd"` // expected price of what the wizard made
	Prices       []Price      `json:"prices,omitempty"`
	CannotUndo   []Note       `json:"cannot_undo,omitempty"`
	Left         []Note       `json:"left,omitempty"`
	Yours        []Topic      `json:"yours,omitempty"`
	Approvals    []Approval   `json:"approvals"`
	Calls        []Call       `json:"calls"`
	Damage       string       `json:"damage,omitempty"` // what is wrong with the journal, when something is
}

// Organization is its accounts by unit.
type Organization struct {
	ID         string `json:"id,omitempty"`
	Management string `json:"management"` // account id
	Units      []Unit `json:"units"`
}

// Unit is one organizational unit; Name is "" for accounts outside the units the wizard knows.
type Unit struct {
	Name     string    `json:"name"`
	Accounts []Account `json:"accounts"`
}

// Account is one member account.
type Account struct {
	Name string `json:"name"`
	ID   string `json:"id"`
}

// Step is where one step of the set-up stands.
type Step struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	State    string   `json:"state"` // done, left, needs you, cannot go on, in doubt, running at AWS, not looked at
	Controls []string `json:"controls,omitempty"`
	Calls    int      `json:"calls"` // made and not taken back
}

// Price is what one thing costs.
type Price struct {
	What       string  `json:"what"`
	MonthlyUSD float64 `json:"monthly_usd"`
}

// Note is something a reader has to know.
type Note struct {
	What string `json:"what"`
	Why  string `json:"why,omitempty"`
	Next string `json:"next,omitempty"`
}

// Topic is something that stays with the founder, with what to do next.
type Topic struct {
	Title    string   `json:"title"`
	Why      string   `json:"why"`
	Controls []string `json:"controls,omitempty"`
	URL      string   `json:"url,omitempty"`
	// Next are the actions, in order. What follows the first line of one is to be copied as it is.
	Next []string `json:"next"`
}

// Approval is one yes of a person, or of a saved plan.
type Approval struct {
	Time  time.Time `json:"time"`
	Step  string    `json:"step"`
	Plan  string    `json:"plan"` // hash
	Calls int       `json:"calls"`
	By    string    `json:"by"` // ARN signed in then
}

// Call is one request that changed something, or was to.
type Call struct {
	Time        time.Time `json:"time"`
	Step        string    `json:"step"`
	Title       string    `json:"title"`
	Service     string    `json:"service"`
	Operation   string    `json:"operation"`
	Account     string    `json:"account,omitempty"`
	AccountName string    `json:"account_name,omitempty"`
	Region      string    `json:"region,omitempty"`
	Caller      string    `json:"caller"`
	RequestID   string    `json:"request_id,omitempty"`
	Outcome     string    `json:"outcome"` // done, was so already, refused, in doubt
	Code        string    `json:"code,omitempty"`
	TakesBack   bool      `json:"takes_back,omitempty"` // it is part of a way back
}

// Sources are what the document is made of.
type Sources struct {
	Now      time.Time
	Sandbox  bool
	Caller   string
	Answers  answers.Answers // with defaults
	Facts    plan.Facts
	Past     journal.Replay
	Damage   error          // of the journal
	Standing run.Standing   // where the steps stand
	Planned  []run.StepPlan // what is left, by step
	Undo     []run.StepPlan // the way back, by step
	Score    []string
	Yours    []Topic // what stays with the founder
}

// Of puts the document together.
func Of(s Sources) Document {
	d := Document{V: Version, Made: s.Now.UTC(), Sandbox: s.Sandbox, Company: s.Answers.Company, Caller: s.Caller, HomeRegion: s.Answers.HomeRegion,
		Score: s.Score, MonthlyUSD: run.MonthlyUSD(s.Past), Organization: organizationOf(s)}
	if s.Damage != nil {
		d.Damage = s.Damage.Error()
	}
	d.SignIn, _ = s.Facts.Lookup("identity.start_url")
	names := map[string]string{d.Organization.Management: plan.Management}
	for _, u := range d.Organization.Units {
		for _, a := range u.Accounts {
			names[a.ID] = a.Name
		}
	}
	d.history(s.Past, names)
	for _, m := range run.MadeBy(s.Past) {
		if m.MonthlyUSD > 0 {
			d.Prices = append(d.Prices, Price{m.Title, m.MonthlyUSD})
		}
	}
	order.By(d.Prices, func(a, b Price) int {
		return cmp.Or(cmp.Compare(b.MonthlyUSD, a.MonthlyUSD), strings.Compare(a.What, b.What))
	})
	made := map[string]int{}
	for _, c := range d.Calls {
		if c.Outcome == "done" {
			made[c.Step]++
		}
	}
	controls := map[string][]string{}
	for _, p := range s.Planned {
		controls[p.Step.Name] = p.Step.About.Controls
	}
	for _, st := range s.Standing.Steps {
		d.Steps = append(d.Steps, Step{Name: st.Name, Title: st.Title, State: string(st.State), Controls: controls[st.Name], Calls: made[st.Name]})
	}
	d.CannotUndo = blocked(s.Undo)
	d.Left, d.Yours = left(s.Planned), s.Yours
	return d
}

func organizationOf(s Sources) Organization {
	o := Organization{Management: s.Facts.AccountID(plan.Management)}
	if _, unknown := plan.Unknown(o.Management); unknown {
		o.Management = ""
	}
	o.ID, _ = s.Facts.Lookup("organization.id")
	known := map[string]bool{o.Management: true}
	units := map[string]*Unit{}
	in := func(unit string) *Unit {
		if units[unit] == nil {
			units[unit] = &Unit{Name: unit}
		}
		return units[unit]
	}
	for _, a := range s.Answers.Accounts {
		if id, ok := s.Facts.Lookup(plan.AccountFact(a.Key())); ok && !known[id] {
			known[id] = true
			u := in(a.Unit)
			u.Accounts = append(u.Accounts, Account{Name: a.Name, ID: id})
		}
	}
	all, _ := s.Facts.Lookup("organization.accounts")
	for id := range strings.SplitSeq(all, ",") {
		if id = strings.TrimSpace(id); plan.IsAccountID(id) && !known[id] {
			known[id] = true
			u := in("")
			u.Accounts = append(u.Accounts, Account{Name: id, ID: id})
		}
	}
	for _, name := range []string{answers.UnitSecurity, answers.UnitWorkloads} {
		if u := units[name]; u != nil {
			o.Units = append(o.Units, *u)
			delete(units, name)
		}
	}
	var others []string
	for name := range units {
		others = append(others, name)
	}
	slices.Sort(others)
	for _, name := range others {
		o.Units = append(o.Units, *units[name])
	}
	return o
}

// history reads calls and approvals off the journal.
func (d *Document) history(past journal.Replay, names map[string]string) {
	open := map[string]int{} // index of an item's call that has no end yet
	for _, e := range past.Entries {
		switch e.Kind {
		case journal.KindApprove:
			d.Approvals = append(d.Approvals, Approval{Time: e.Time, Step: e.Step, Plan: e.Hash, Calls: len(e.Items), By: e.Caller})
		case journal.KindBegin:
			open[e.Item] = len(d.Calls)
			d.Calls = append(d.Calls, Call{Time: e.Time, Step: e.Step, Title: cmp.Or(e.Title, e.Item), Service: e.Service, Operation: e.Operation,
				Account: e.Account, AccountName: names[e.Account], Region: e.Region, Caller: e.Caller, Outcome: "in doubt", TakesBack: len(e.TakesBack) > 0})
		case journal.KindOK, journal.KindSettled, journal.KindFail:
			n, begun := open[e.Item]
			if !begun {
				continue
			}
			c := &d.Calls[n]
			switch {
			case e.Kind == journal.KindFail:
				c.Outcome, c.Code = "refused", e.Code
			case e.Code != "":
				c.Outcome = "was so already"
			default:
				c.Outcome = "done"
			}
			c.RequestID = cmp.Or(e.RequestID, c.RequestID)
		}
	}
}

// blocked is what the way back cannot take back, with the reason and until when.
func blocked(undo []run.StepPlan) []Note {
	var out []Note
	for _, p := range undo {
		for _, i := range p.Items {
			switch {
			case i.Blocked != nil:
				out = append(out, Note{i.Blocked.What, i.Blocked.Why, i.Blocked.Next})
			case i.Call != nil && i.Call.Undo == "" && i.Call.NoUndo != "":
				out = append(out, Note{What: "wizard undo would, if you agree: " + i.Call.Title + ".", Why: ended(i.Call.NoUndo)})
			}
		}
	}
	return out
}

// ended is a text with the full stop of its last sentence, which the lines of a table of calls go without.
func ended(text string) string {
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// left is what stays to do, for the wizard or for a person.
func left(planned []run.StepPlan) []Note {
	var out []Note
	calls := map[string]int{}
	for _, p := range planned {
		for _, i := range p.Items {
			switch {
			case i.Blocked != nil:
				out = append(out, Note{i.Blocked.What, i.Blocked.Why, i.Blocked.Next})
			case i.HandOff != nil:
				out = append(out, Note{"For you: " + i.HandOff.Title, i.HandOff.Why, i.HandOff.URL})
			case i.Later != nil:
				out = append(out, Note{"Later: " + i.Later.Title, i.Later.Why, ""})
			case i.Call != nil:
				calls[p.Step.Title]++
			}
		}
		if n := calls[p.Step.Title]; n > 0 {
			out = append(out, Note{What: p.Step.Title + ": " + plan.Count(n, "call") + " not made yet", Next: "wizard plan shows each; wizard makes them."})
		}
	}
	return out
}
