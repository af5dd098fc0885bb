package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"awswizard/internal/run"
)

// scan is what was looked at so far, and what was found.
type scan struct{ steps []scanned }

// scanned is the look at one step.
type scanned struct {
	name, title string
	over        bool
	ahead       bool // looked at before any step began, as the way back does with all that was made
	stale       bool // calls were made since: what was found is so no more
	checks      []check
}

// check is one look and its answer.
type check struct{ what, answer string }

// happened takes an event in; title is that of its step.
func (s *scan) happened(e run.Event, title string) {
	at := slices.IndexFunc(s.steps, func(x scanned) bool { return x.name == e.Step })
	switch e.Kind {
	case run.StepBegin:
		s.steps = slices.DeleteFunc(s.steps, func(x scanned) bool { return x.name == e.Step || x.ahead })
		s.steps = append(s.steps, scanned{name: e.Step, title: e.Text})
	case run.OK:
		if at >= 0 && e.Item != "" {
			s.steps[at].stale = true
		}
	case run.Checked:
		if at < 0 {
			for i := range s.steps {
				s.steps[i].over = true
			}
			s.steps = append(s.steps, scanned{name: e.Step, title: title, ahead: true})
			at = len(s.steps) - 1
		}
		if s.steps[at].stale {
			s.steps[at].stale, s.steps[at].checks = false, nil
		}
		checks := &s.steps[at].checks
		if i := slices.IndexFunc(*checks, func(c check) bool { return c.what == e.Text }); i >= 0 {
			(*checks)[i].answer = e.Answer
		} else {
			*checks = append(*checks, check{e.Text, e.Answer})
		}
	case run.StepEnd:
		if at >= 0 {
			s.steps[at].over = true
		}
	}
}

// lines is the newest part of the scan that fits.
func (s *scan) lines(m *model, width, height int) []string {
	st := m.styles
	p := &page{width: width}
	for _, x := range s.steps {
		if x.over && len(x.checks) == 0 {
			continue
		}
		mark, style := st.marks.done, st.good
		if !x.over {
			mark, style = m.spin(), st.accent
		}
		p.hang(mark+" ", style, x.title, st.strong)
		for _, c := range x.checks {
			p.raw(dotted(st, c, x.column(width), width))
		}
	}
	return p.lines[max(0, len(p.lines)-height):]
}

// column is where the answers of a step begin: under each other, also where a question is long, if there is room.
func (x scanned) column(width int) int {
	const usual, dots = 34, 4
	out := usual
	for _, c := range x.checks {
		out = max(out, len("     ")+ansi.StringWidth(oneLine(c.what))+dots)
	}
	return max(usual, min(out, width*2/3))
}

// dotted is one check as a line: the question, dots, the answer in its column.
func dotted(s styles, c check, answers, width int) string {
	what, answer := "    "+oneLine(c.what)+" ", oneLine(c.answer)
	room := width - ansi.StringWidth(what)
	dots := max(2, answers-ansi.StringWidth(what))
	if room < dots+1+ansi.StringWidth(answer) {
		dots = 2
	}
	return ansi.Truncate(s.text.Render(what)+s.muted.Render(strings.Repeat(".", dots))+" "+s.accent.Render(answer), width, "…")
}

// scanning is up while AWS is looked at and nothing is asked.
type scanning struct{}

func (scanning) typing() bool                   { return false }
func (scanning) hints() []hint                  { return nil }
func (scanning) update(*model, tea.Msg) tea.Cmd { return nil }

func (scanning) view(m *model, width, height int) []string {
	s := m.styles
	p := &page{width: width}
	text := "Looking at your account"
	if _, title := m.track.now(); title != "" {
		text = "Looking at: " + title
	}
	p.hang(m.spin()+" ", s.accent, text, s.strong)
	p.add(s.muted, "This only reads. Nothing is changed.")
	if m.note != "" {
		p.gap()
		p.add(s.text, m.note)
	}
	if height >= 10 {
		p.gap()
	}
	return append(p.lines, m.scan.lines(m, width, height-len(p.lines))...)
}
