package tui

import (
	"fmt"
	"slices"
	"strings"

	"awswizard/internal/run"
	"awswizard/steps"
)

type stepState int

const (
	later stepState = iota
	now
	finished
	skipped
	incomplete
)

// stepRow is one line of the list of steps.
type stepRow struct {
	name, title string
	state       stepState
}

// track is how far the run is.
type track struct {
	rows []stepRow
	of   int // how many steps there are, when it is known
}

func newTrack(all []steps.Step) track {
	t := track{of: len(all)}
	for _, s := range all {
		t.rows = append(t.rows, stepRow{name: s.Name, title: s.Title})
	}
	return t
}

func (t *track) row(name, title string) *stepRow {
	i := slices.IndexFunc(t.rows, func(r stepRow) bool { return r.name == name })
	if i < 0 {
		t.rows = append(t.rows, stepRow{name: name, title: title})
		i = len(t.rows) - 1
	}
	return &t.rows[i]
}

// title is that of a step by its name; the name itself when the step is not known.
func (t *track) title(name string) string {
	for _, r := range t.rows {
		if r.name == name {
			return r.title
		}
	}
	return name
}

func (t *track) at(p run.Page) {
	t.of = max(t.of, p.Of)
	t.begin(p.Step.Name, p.Step.Title)
}

// begin makes a step the one that is worked on; a run can go back to an earlier one.
func (t *track) begin(name, title string) {
	for i := range t.rows {
		if t.rows[i].state == now {
			t.rows[i].state = later
		}
	}
	t.row(name, title).state = now
}

func (t *track) happened(e run.Event) {
	switch e.Kind {
	case run.StepBegin:
		t.begin(e.Step, e.Text)
	case run.StepEnd:
		r := t.row(e.Step, e.Step)
		verdict, _, _ := strings.Cut(e.Text, ";")
		switch verdict { // the engine's
		case "done":
			r.state = finished
		case "left out":
			r.state = skipped
		case run.LookedAt:
			r.state = later
		default:
			r.state = incomplete
		}
	}
}

// now is the step that is worked on: its number from 1, and its title; 0 before the first.
func (t *track) now() (int, string) {
	last := slices.IndexFunc(t.rows, func(r stepRow) bool { return r.state == now })
	for i := len(t.rows) - 1; i >= 0 && last < 0; i-- {
		if t.rows[i].state != later {
			last = i
		}
	}
	if last >= 0 {
		return last + 1, oneLine(t.rows[last].title)
	}
	return 0, ""
}

// position is "Step 2 of 7: Organization".
func (t *track) position() string {
	n, title := t.now()
	switch {
	case n == 0:
		return ""
	case t.of == 0:
		return fmt.Sprintf("Step %d: %s", n, title)
	}
	return fmt.Sprintf("Step %d of %d: %s", n, t.of, title)
}

// with is the list with other states, by name; a step that is not named is still to come.
func (t track) with(states map[string]stepState) track {
	t.rows = slices.Clone(t.rows)
	for i := range t.rows {
		t.rows[i].state = states[t.rows[i].name]
	}
	return t
}

// list draws the steps. The words stand beside the marks where colours do not help.
func (t *track) list(s styles, width int) []string {
	p := &page{width: width}
	p.add(s.strong, "Steps")
	p.gap()
	for _, r := range t.rows {
		mark, style, word := s.marks.later, s.muted, ""
		switch r.state {
		case now:
			mark, style, word = s.marks.now, s.accent, "now"
		case finished:
			mark, style, word = s.marks.done, s.good, "done"
		case skipped:
			mark, style, word = s.marks.skipped, s.muted, "left out"
		case incomplete:
			mark, style, word = s.marks.failed, s.bad, "not all"
		}
		title := oneLine(r.title)
		if word != "" && (s.words || r.state == skipped || r.state == incomplete) {
			title += " (" + word + ")"
		}
		text := s.text
		if r.state == now {
			text = s.strong
		}
		p.hang(mark+" ", style, title, text)
	}
	if more := t.of - len(t.rows); more > 0 {
		p.add(s.muted, strings.TrimSpace(fmt.Sprintf("%s %d more", s.marks.later, more)))
	}
	return p.lines
}
