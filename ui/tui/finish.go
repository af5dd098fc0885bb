package tui

import (
	tea "charm.land/bubbletea/v2"

	"awswizard/internal/run"
)

// finish is the last screen. The same text stands on the normal screen afterwards.
type finish struct {
	Finish
	scroll int
}

func (*finish) typing() bool   { return false }
func (*finish) cautious() bool { return true }
func (*finish) free() bool     { return true }
func (*finish) hints() []hint  { return []hint{{"enter", "leave"}, {"up/down", "scroll"}} }

func (f *finish) update(m *model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	switch k.String() {
	case "enter":
		return m.answer(replyOnce{decision: run.Go})
	case "down", "j":
		f.scroll++
	case "pgdown", "space":
		f.scroll += 5
	case "up", "k":
		f.scroll = max(0, f.scroll-1)
	case "pgup":
		f.scroll = max(0, f.scroll-5)
	case "home":
		f.scroll = 0
	}
	return nil
}

func (f *finish) view(m *model, width, height int) []string {
	s := m.styles
	top := &page{width: width}
	top.add(s.strong, f.Title)
	body := &page{width: width}
	for _, section := range f.Sections {
		if height >= 14 {
			body.gap()
		}
		body.add(s.accent, section.Title)
		for _, line := range section.Lines {
			body.hang("  "+s.marks.dot+" ", s.muted, line, s.text)
		}
	}
	if height >= 14 {
		top.gap()
	}
	lines, scroll := scrolledTo(s, body.lines, f.scroll, height-len(top.lines))
	f.scroll = scroll
	return append(top.lines, lines...)
}
