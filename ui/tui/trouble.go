package tui

import (
	tea "charm.land/bubbletea/v2"

	"awswizard/internal/run"
)

// trouble is a problem: what, why, what next.
type trouble struct {
	step    string
	problem run.Problem
	scroll  int
}

func (t *trouble) typing() bool { return false }

func (t *trouble) hints() []hint {
	return []hint{{"r", "try again"}, {"s", "skip it and go on"}, {"up/down", "scroll"}}
}

func (t *trouble) update(m *model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	switch k.String() {
	case "r":
		return m.answer(replyOnce{decision: run.Go})
	case "s":
		return m.answer(replyOnce{decision: run.Skip})
	case "down", "j":
		t.scroll++
	case "up", "k":
		t.scroll = max(0, t.scroll-1)
	}
	return nil
}

func (t *trouble) view(m *model, width, height int) []string {
	s := m.styles
	p := &page{width: width}
	p.hang(s.marks.failed+" ", s.bad, "This did not work: "+t.step, s.bad)
	p.gap()
	const lead = 11
	for _, part := range []struct{ name, text string }{
		{"What", t.problem.What}, {"Why", t.problem.Why}, {"What next", t.problem.Next},
		{"Code", t.problem.Code}, {"Request id", t.problem.RequestID},
	} {
		if part.text != "" {
			p.hang(pad(part.name, lead), s.accent, part.text, s.text)
		}
	}
	p.gap()
	p.add(s.muted, "What is done already stays done.")
	t.scroll = min(t.scroll, max(0, len(p.lines)-height))
	return p.lines[t.scroll:]
}
