package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"awswizard/internal/run"
	"awswizard/ui/login"
)

// profiles is the list of the AWS profiles of this computer, to be signed in as another. It lies over the first screen.
type profiles struct {
	list   []login.Profile
	chosen int
}

func newProfiles(list []login.Profile) *profiles {
	p := &profiles{list: list}
	for n, x := range list {
		if x.Used {
			p.chosen = n
		}
	}
	return p
}

func (*profiles) typing() bool { return false }

func (*profiles) hints() []hint {
	return []hint{{"enter", "use it"}, {"esc", "close"}, {"up/down", "move"}}
}

func (p *profiles) update(m *model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	if at, ok := moved(k.String(), p.chosen, len(p.list)); ok {
		p.chosen = at
		return nil
	}
	switch k.String() {
	case "esc", "p":
		m.over = nil
	case "enter":
		m.over = nil
		if x := p.list[p.chosen]; !x.Used {
			return m.answer(replyOnce{decision: run.Go, answer: string(SignInAs), profile: x.Name})
		}
	}
	return nil
}

func (p *profiles) view(m *model, width, height int) []string {
	s := m.styles
	top := &page{width: width}
	top.add(s.strong, fmt.Sprintf("Which AWS profile? (%d of %d)", p.chosen+1, len(p.list)))
	top.add(s.text, "Enter asks AWS who it is and comes back to the first screen. Nothing is changed.")
	if height >= 14 {
		top.gap()
	}
	longest := 0
	for _, x := range p.list {
		longest = max(longest, ansi.StringWidth(oneLine(x.Title())))
	}
	column := min(longest, width/3)
	var rows []string
	for n, x := range p.list {
		lead, style := "  ", s.text
		if n == p.chosen {
			lead, style = s.marks.now+" ", s.strong
		}
		name := pad(ansi.Truncate(oneLine(x.Title()), column, "…"), column)
		rows = append(rows, style.Render(lead+name)+"  "+s.muted.Render(ansi.Truncate(oneLine(x.About()), max(1, width-column-4), "…")))
	}
	whole := &page{width: width} // the chosen one, where the list has no room for it
	x := p.list[p.chosen]
	if ansi.StringWidth(oneLine(x.Title())) > column || ansi.StringWidth(oneLine(x.About())) > width-column-4 {
		whole.raw("")
		whole.add(s.text, strings.TrimSuffix(x.Title()+": "+x.About(), ": "))
	}
	top.raw(window(rows, p.chosen, max(1, height-len(top.lines)-len(whole.lines)))...)
	return append(top.lines, whole.lines...)
}
