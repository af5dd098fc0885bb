package main

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"awswizard/internal/awsconfig"
	"awswizard/internal/cloud"
	"awswizard/internal/journal"
	"awswizard/internal/plainwords"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/internal/sandbox"
)

// lists are items whose sentence is as long as the list of names in it.
var lists = map[string]bool{"identity/undo/session": true}

// TestTextsAreInPlainWords goes through the set-up and its way back from every place a founder may start, and reads what
// is shown in the order in which it is shown.
func TestTextsAreInPlainWords(t *testing.T) {
	t.Parallel()
	for _, scenario := range sandbox.Scenarios() {
		t.Run(string(scenario), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { readAll(t, scenario) })
		})
	}
}

func readAll(t *testing.T, scenario sandbox.Scenario) {
	w, err := sandbox.NewWorld(scenario, 7)
	if err != nil {
		t.Fatal(err)
	}
	p := newPlaceIn(t, w)
	c, err := cloud.Open(t.Context(), cloud.Options{Credentials: p.sim.Credentials(), Bind: p.sim.Bind, Region: "eu-west-1", TokenDir: p.dir})
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, read: map[string]bool{}, begun: map[string]bool{}}
	ways := []bool{false}
	if scenario == sandbox.Fresh || scenario == sandbox.Adopted {
		ways = append(ways, true) // the way back
	}
	for _, undo := range ways {
		j, err := journal.Open(filepath.Join(p.dir, "journal.jsonl"), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		_, err = run.New(run.Options{Steps: allSteps(), Cloud: c, Answers: p.answers, Journal: j, FrontEnd: r, Lanes: 1, StandIn: p.standIn, Undo: undo,
			Files: awsconfig.Files{Config: filepath.Join(p.dir, "aws-config"), Shown: "~/.aws/config"}}).Run(t.Context())
		j.Close()
		if err != nil && !errors.Is(err, run.ErrLeft) {
			t.Fatal(err)
		}
	}
	if len(r.read) < 20 {
		t.Errorf("only %d texts were read", len(r.read))
	}
}

// reader is a front end that agrees to everything and reads each text once.
type reader struct {
	t     *testing.T
	words plainwords.Reader
	read  map[string]bool
	begun map[string]bool // steps whose page was read
}

func (r *reader) text(where string, texts ...string) {
	for _, text := range texts {
		if r.read[text] {
			continue
		}
		r.read[text] = true
		for _, problem := range r.words.Read(text) {
			if lists[where] && strings.HasPrefix(problem, "a sentence of ") {
				continue
			}
			r.t.Errorf("%s: %s\n      in: %s", where, problem, text)
		}
	}
}

// page reads what a step says of itself before its first question or plan.
func (r *reader) page(p run.Page) {
	if name := p.Step.Name; !r.begun[name] {
		r.begun[name] = true
		a := p.Step.About
		r.text(name, p.Step.Title, a.Why, a.What, a.Cost, a.Undo)
	}
}

// Tell implements run.FrontEnd.
func (r *reader) Tell(e run.Event) {
	if e.Kind == run.Checked {
		return // a look of a few words, which stands beside its step
	}
	r.text(e.Step+" "+string(e.Kind)+" "+e.Item, e.Text)
	if e.Problem != nil {
		r.text(e.Item, e.Problem.What, e.Problem.Why, e.Problem.Next)
	}
}

// Ask implements run.FrontEnd.
func (r *reader) Ask(_ context.Context, p run.Page, previous string) (string, run.Decision, error) {
	r.page(p)
	q := p.Question
	r.text(q.Key, q.Title, q.Why, q.Example)
	for _, c := range q.Choices {
		r.text(q.Key, c.Label)
	}
	if q.Validate != nil {
		if err := q.Validate("?"); err != nil {
			r.text(q.Key, err.Error())
		}
	}
	if q.Typed != "" {
		return q.Typed, run.Go, nil
	}
	return previous, run.Go, nil
}

// Approve implements run.FrontEnd.
func (r *reader) Approve(_ context.Context, p run.Page) (run.Decision, []string, error) {
	r.page(p)
	for _, i := range p.Items {
		switch id := i.ID(); {
		case i.Call != nil:
			c := i.Call
			r.text(id, c.Title, c.Why, c.CostNote, c.Undo, c.NoUndo, c.ConsentAsk)
		case i.HandOff != nil:
			r.handOff(i.HandOff)
		case i.Later != nil:
			r.text(id, i.Later.Title, i.Later.Why)
		case i.Blocked != nil:
			r.text(id, i.Blocked.What, i.Blocked.Why, i.Blocked.Next)
		}
	}
	return run.Go, nil, nil
}

func (r *reader) handOff(h *plan.HandOff) {
	r.text(h.ID, h.Title, h.Why)
	r.text(h.ID, h.Clicks...)
	r.text(h.ID, h.Stuck...)
}

// HandOff implements run.FrontEnd.
func (r *reader) HandOff(_ context.Context, p run.Page, h *plan.HandOff) (run.Decision, error) {
	r.page(p)
	r.handOff(h)
	if h.StandIn == "" && h.SignIn == nil && h.Poll != nil {
		return run.Skip, nil
	}
	return run.Go, nil
}

// Trouble implements run.FrontEnd.
func (r *reader) Trouble(_ context.Context, p run.Page, id string, problem run.Problem) (run.Decision, error) {
	r.page(p)
	r.text(id, problem.What, problem.Why, problem.Next)
	return run.Skip, nil
}
