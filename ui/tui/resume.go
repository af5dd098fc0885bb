package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"awswizard/internal/run"
)

// resume is the first screen of a set-up that was begun earlier: where it stands.
type resume struct {
	start  Start
	scroll scroller
}

func (*resume) typing() bool { return false }
func (*resume) free() bool   { return true }

func (r *resume) hints() []hint {
	return slices.Concat([]hint{{"enter", "go on"}, {"r", "review only"}}, profileKey(r.start), []hint{{"s", "settings"}}, r.scroll.hint())
}

func (r *resume) update(m *model, msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok && r.scroll.key(k.String()) {
		return nil
	}
	return begun(m, r.start, msg)
}

func (r *resume) view(m *model, width, height int) []string {
	s := m.styles
	p := &page{width: width}
	p.add(s.strong, "Welcome back: your set-up is not finished")
	if r.done() {
		p.lines = nil
		p.add(s.strong, "Welcome back: your set-up is done")
	}
	if left := r.start.Standing.Left; !left.IsZero() {
		p.add(s.muted, "You left it on "+left.Local().Format("Monday, 2 January 2006 at 15:04")+". Signed in now: "+r.start.Caller.Words()+".")
	}
	if r.start.Unread != "" {
		p.add(s.warn, "AWS could not be read now: "+r.start.Unread+" What follows is from the journal alone.")
	}
	if height >= 14 {
		p.gap()
	}
	body := &page{width: width}
	longest := 0
	for _, st := range r.start.Standing.Steps {
		longest = max(longest, ansi.StringWidth(oneLine(st.Title)))
	}
	for _, st := range r.start.Standing.Steps {
		r.step(body, s, st, titleColumn(longest, width))
	}
	bottom := &page{width: width}
	if height >= 14 {
		bottom.raw("")
	}
	next := "Enter goes on: done things are not done again, and each new call is shown first."
	if r.done() {
		next = "Nothing is left to do: you may leave with q. Enter goes through the steps once more, for what changed since."
	}
	bottom.add(s.text, next)
	lines := r.scroll.part(s, body.lines, height-len(p.lines)-len(bottom.lines))
	return append(append(p.lines, lines...), bottom.lines...)
}

// standing marks the steps that are done.
func (r *resume) standing(t track) track {
	states := map[string]stepState{}
	for _, st := range r.start.Standing.Steps {
		if st.Finished() {
			states[st.Name] = finished
		}
	}
	return t.with(states)
}

func (r *resume) done() bool {
	for _, st := range r.start.Standing.Steps {
		if !st.Finished() {
			return false
		}
	}
	return true
}

func (r *resume) step(p *page, s styles, st run.StepStanding, column int) {
	mark, style := s.marks.later, s.muted
	switch st.State {
	case run.IsDone:
		mark, style = s.marks.done, s.good
	case run.NoNeed:
		mark = s.marks.done
	case run.InDoubt, run.IsBlocked:
		mark, style = "!", s.bad
	case run.AtWork:
		mark, style = s.marks.wait, s.accent
	case run.NeedsYou:
		mark, style = ">", s.warn
	}
	state, rest := st.Words(), ""
	if ansi.StringWidth(state) > p.width-column {
		if short, more, ok := strings.Cut(state, "; "); ok {
			state, rest = short, more
		} else if st.Finished() {
			state, rest = "optional", state
		}
	}
	p.raw(style.Render(mark) + " " + s.text.Render(pad(ansi.Truncate(oneLine(st.Title), column-3, "…"), column-2)) +
		style.Render(ansi.Truncate(state, max(1, p.width-column), "…")))
	if rest != "" {
		p.hang("    ", s.muted, rest, s.text)
	}
	const most = 3
	for n, note := range st.Notes {
		if n == most && len(st.Notes) > most+1 {
			p.hang("    ", s.muted, fmt.Sprintf("and %d more", len(st.Notes)-most), s.muted)
			break
		}
		p.hang("    ", s.muted, strings.TrimPrefix(note, string(st.State)+": "), s.text)
	}
}
