package tui

import (
	tea "charm.land/bubbletea/v2"

	"awswizard/internal/run"
)

// finish is the last screen. The same text stands on the normal screen afterwards.
type finish struct {
	Finish
	scroll scroller
}

func (*finish) typing() bool   { return false }
func (*finish) cautious() bool { return true }
func (*finish) free() bool     { return true }
func (f *finish) hints() []hint {
	return append([]hint{{"enter", "leave"}}, f.scroll.hint()...)
}

func (f *finish) update(m *model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	if k.String() == "enter" {
		return m.answer(replyOnce{decision: run.Go})
	}
	f.scroll.key(k.String())
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
	return append(top.lines, f.scroll.part(s, body.lines, height-len(top.lines))...)
}
