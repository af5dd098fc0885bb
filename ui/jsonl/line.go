package jsonl

import (
	"encoding/json"
	"time"

	"awswizard/internal/plan"
	"awswizard/internal/run"
)

// Version is the version of the lines, their "v". A field may be added without a new version; none is renamed,
// removed or given another meaning.
const Version = 1

// head begins every line.
type head struct {
	V    int    `json:"v"`
	Type string `json:"type"`
	Time string `json:"time"` // RFC 3339, UTC
}

func headOf(kind string, t time.Time) head {
	return head{Version, kind, t.UTC().Format(time.RFC3339Nano)}
}

type callLine struct {
	head
	ID          string          `json:"id"`
	Step        string          `json:"step"`
	Lane        string          `json:"lane"`
	Service     string          `json:"service"`
	Operation   string          `json:"operation"`
	Account     string          `json:"account"`
	AccountName string          `json:"account_name"`
	Region      string          `json:"region"`
	RootTask    plan.RootTask   `json:"root_task,omitempty"`
	Effect      plan.Effect     `json:"effect"`
	Reversible  bool            `json:"reversible"`
	MonthlyUSD  float64         `json:"monthly_usd"`
	IAMAction   string          `json:"iam_action"`
	Title       string          `json:"title"`
	Why         string          `json:"why,omitempty"`
	Undo        string          `json:"undo,omitempty"`
	NoUndo      string          `json:"no_undo,omitempty"`
	CostNote    string          `json:"cost_note,omitempty"`
	Input       json.RawMessage `json:"input"`
	CLI         string          `json:"cli"`
	After       []string        `json:"after"`
}

// fileLine is a change of a file on this computer.
type fileLine struct {
	head
	ID         string      `json:"id"`
	Step       string      `json:"step"`
	Lane       string      `json:"lane"`
	Effect     plan.Effect `json:"effect"`
	Reversible bool        `json:"reversible"`
	Title      string      `json:"title"`
	Why        string      `json:"why,omitempty"`
	Undo       string      `json:"undo,omitempty"`
	NoUndo     string      `json:"no_undo,omitempty"`
	Path       string      `json:"path"`
	Diff       string      `json:"diff"`
	After      []string    `json:"after"`
}

type handOffLine struct {
	head
	ID       string   `json:"id"`
	Step     string   `json:"step"`
	Title    string   `json:"title"`
	Why      string   `json:"why,omitempty"`
	URL      string   `json:"url"`
	Clicks   []string `json:"clicks"`
	Optional bool     `json:"optional"`
}

type laterLine struct {
	head
	ID         string      `json:"id"`
	Step       string      `json:"step"`
	Title      string      `json:"title"`
	Why        string      `json:"why,omitempty"`
	Operations []string    `json:"operations"`
	Places     []placeLine `json:"places"`
	MostCalls  int         `json:"most_calls"`
	MonthlyUSD float64     `json:"monthly_usd,omitempty"`
	CostNote   string      `json:"cost_note,omitempty"`
}

type placeLine struct {
	Account     string        `json:"account"`
	AccountName string        `json:"account_name"`
	Region      string        `json:"region"`
	RootTask    plan.RootTask `json:"root_task,omitempty"`
}

type blockedLine struct {
	head
	ID   string `json:"id"`
	Step string `json:"step"`
	What string `json:"what"`
	Why  string `json:"why"`
	Next string `json:"next"`
	Code string `json:"code"`
	Kept bool   `json:"kept"` // the founder's own, left as it is: to be known, and no work left
}

// eventLine is begin, ok, fail, skip, wait, step and step-end. Fields that a type does not have are left out.
type eventLine struct {
	head
	ID        string            `json:"id,omitempty"`
	Step      string            `json:"step,omitempty"`
	Text      string            `json:"text,omitempty"`
	Reason    string            `json:"reason,omitempty"`
	Until     string            `json:"until,omitempty"`
	RequestID string            `json:"request_id,omitempty"`
	Facts     map[string]string `json:"facts,omitempty"`
	Code      string            `json:"code,omitempty"`
	What      string            `json:"what,omitempty"`
	Why       string            `json:"why,omitempty"`
	Next      string            `json:"next,omitempty"`
}

// Control is one row of the baseline that check scores.
type Control struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Scope    string `json:"scope"`
	Result   string `json:"result"`
	Evidence string `json:"evidence"`
	// Account is the one it was judged for, AccountName its name.
	Account     string `json:"account"`
	AccountName string `json:"account_name"`
	Next        string `json:"next"` // what to do; "" for nothing
	Note        string `json:"note,omitempty"`
}

// Controls count the controls by result; one counts once, with the worst of its accounts.
type Controls struct {
	Pass          int `json:"pass"`
	Fail          int `json:"fail"`
	CannotCheck   int `json:"cannot_check"`
	NeedsYou      int `json:"needs_you"`
	NotApplicable int `json:"not_applicable"`
}

type scoreLine struct {
	head
	Controls Controls `json:"controls"`
	Exit     int      `json:"exit"`
}

type controlLine struct {
	head
	Control
}

// Counts are what a run or a plan came to.
type Counts struct {
	Create   int `json:"create"`
	Change   int `json:"change"`
	Delete   int `json:"delete"`
	HandOffs int `json:"handoffs"`
	Later    int `json:"later"`
	Blocked  int `json:"blocked"`
	Kept     int `json:"kept"`
	OK       int `json:"ok"`
	Failed   int `json:"failed"`
	Left     int `json:"left"`
}

// CountsOf takes the planned part of Counts from a plan's sum.
func CountsOf(t plan.Totals) Counts {
	return Counts{Create: t.Create, Change: t.Change, Delete: t.Delete, HandOffs: t.HandOffs, Later: t.Later, Blocked: t.Blocked, Kept: t.Kept}
}

type summaryLine struct {
	head
	Counts   Counts `json:"counts"`
	PlanHash string `json:"plan_hash"`
	Exit     int    `json:"exit"`
}

// itemLine is the line of a planned item; its input may be unshowable, which is an error.
func itemLine(i plan.Item, f plan.Facts, now time.Time) (any, error) {
	switch {
	case i.Call != nil && i.Call.Request.Local():
		c := i.Call
		edit, _ := c.Edit(f)
		return fileLine{head: headOf("file", now), ID: c.ID, Step: c.Step, Lane: c.Lane, Effect: c.Effect, Reversible: c.Undo != "",
			Title: c.Title, Why: c.Why, Undo: c.Undo, NoUndo: c.NoUndo, Path: edit.Path, Diff: c.Diff(f), After: list(c.After)}, nil
	case i.Call != nil:
		c := i.Call
		input, err := plan.RequestJSON(c, f)
		return callLine{
			head: headOf("call", now), ID: c.ID, Step: c.Step, Lane: c.Lane,
			Service: c.Request.Service, Operation: c.Request.Operation,
			Account: f.AccountID(c.Where.Account), AccountName: nameOf(c.Where), Region: c.Where.Region, RootTask: c.Where.Task,
			Effect: c.Effect, Reversible: c.Undo != "", MonthlyUSD: c.MonthlyUSD, IAMAction: c.IAMAction,
			Title: c.Title, Why: c.Why, Undo: c.Undo, NoUndo: c.NoUndo, CostNote: c.CostNote,
			Input: input, CLI: plan.CommandLine(c, f), After: list(c.After),
		}, err
	case i.HandOff != nil:
		h := i.HandOff
		return handOffLine{head: headOf("handoff", now), ID: h.ID, Step: h.Step, Title: h.Title, Why: h.Why,
			URL: h.URL, Clicks: list(h.Clicks), Optional: h.Optional}, nil
	case i.Later != nil:
		l := i.Later
		places := make([]placeLine, len(l.Places))
		for n, p := range l.Places {
			places[n] = placeLine{f.AccountID(p.Account), nameOf(p), p.Region, p.Task}
		}
		return laterLine{head: headOf("later", now), ID: l.ID, Step: l.Step, Title: l.Title, Why: l.Why,
			Operations: list(l.Operations), Places: places, MostCalls: l.MostCalls, MonthlyUSD: l.MonthlyUSD, CostNote: l.CostNote}, nil
	case i.Blocked != nil:
		b := i.Blocked
		return blockedLine{head: headOf("blocked", now), ID: b.ID, Step: b.Step, What: b.What, Why: b.Why, Next: b.Next, Code: b.Code, Kept: b.Kept}, nil
	}
	return nil, nil
}

// nameOf is the account's name in a place, "" where only its id is known.
func nameOf(p plan.Place) string {
	if plan.IsAccountID(p.Account) {
		return ""
	}
	return p.Account
}

// list is never null in JSON.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func lineOf(e run.Event) eventLine {
	out := eventLine{head: headOf(string(e.Kind), e.Time), ID: e.Item, Step: e.Step, RequestID: e.RequestID, Facts: e.Facts}
	switch e.Kind {
	case run.Waiting, run.Skipped:
		out.Reason = e.Text
	default:
		out.Text = e.Text
	}
	if !e.Until.IsZero() {
		out.Until = e.Until.UTC().Format(time.RFC3339Nano)
	}
	if p := e.Problem; p != nil {
		out.Code, out.What, out.Why, out.Next = p.Code, p.What, p.Why, p.Next
		if out.RequestID == "" {
			out.RequestID = p.RequestID
		}
	}
	return out
}
