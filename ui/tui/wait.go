package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"awswizard/internal/run"
)

// pause is up while AWS needs its time and nobody can do anything: why, since when, and that nothing is lost by leaving.
type pause struct {
	reason             string
	since, next, until time.Time
}

// paused is the wait an event tells of. The same reason goes on; it does not begin again.
func paused(before *pause, e run.Event) *pause {
	p := &pause{reason: oneLine(e.Text), since: e.Time, next: e.Until, until: e.Limit}
	if before != nil && before.reason == p.reason {
		p.since = before.since
	}
	return p
}

func (*pause) typing() bool                   { return false }
func (*pause) hints() []hint                  { return nil }
func (*pause) update(*model, tea.Msg) tea.Cmd { return nil }

func (w *pause) view(m *model, width, height int) []string {
	s := m.styles
	p := &page{width: width}
	p.hang(m.spin()+" ", s.accent, w.reason, s.strong)
	if height >= 14 {
		p.gap()
	}
	field := func(name, text string) { p.hang(pad(name, 10)+" ", s.accent, text, s.text) }
	field("Since", clock(w.since)+", for "+lasted(m.now.Sub(w.since)))
	switch left := w.next.Sub(m.now); {
	case w.next.IsZero():
	case left > 0:
		field("Next look", "in "+lasted(left+time.Second-1))
	default:
		field("Next look", "now")
	}
	if !w.until.IsZero() {
		field("Until", clock(w.until)+" at the latest. What is not seen by then is noted, and the next start looks again.")
	}
	if height >= 14 {
		p.gap()
	}
	if m.o.Forgets {
		p.add(s.text, "There is nothing for you to do.")
	} else {
		p.add(s.text, "There is nothing for you to do. It is safe to close this window: the next start goes on from here.")
	}
	return p.lines
}
