package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/ui/safe"
)

// handOff is what only a person can do. The engine looks meanwhile and takes the screen away when it sees it done.
type handOff struct {
	item   *plan.HandOff
	stuck  bool
	copied bool
	scroll int
}

func (h *handOff) typing() bool { return false }

func (h *handOff) hints() []hint {
	hints := []hint{{"enter", "I have done it"}, {"s", "leave for later"}}
	if h.item.URL != "" {
		hints = append(hints, hint{"c", "copy the link"})
	}
	if len(h.item.Stuck) > 0 {
		hints = append(hints, hint{"h", "it does not work"})
	}
	return append(hints, hint{"up/down", "scroll"})
}

func (h *handOff) update(m *model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	switch k.String() {
	case "enter":
		m.note = "Looking whether AWS shows it: " + oneLine(h.item.Title)
		return m.answer(replyOnce{decision: run.Go})
	case "s":
		return m.answer(replyOnce{decision: run.Skip})
	case "h":
		h.stuck = !h.stuck
		h.scroll = 0
	case "c":
		if h.item.URL != "" {
			h.copied = true
			return tea.SetClipboard(safe.Text(h.item.URL))
		}
	case "down", "j":
		h.scroll++
	case "up", "k":
		h.scroll = max(0, h.scroll-1)
	}
	return nil
}

func (h *handOff) view(m *model, width, height int) []string {
	s := m.styles
	p := &page{width: width}
	p.add(s.strong, "For you: "+h.item.Title)
	if h.item.Why != "" {
		p.add(s.muted, h.item.Why)
	}
	if h.item.Optional {
		p.add(s.muted, "Optional: the set-up goes on without it.")
	}
	roomy := height >= 16
	if roomy {
		p.gap()
	}
	if h.stuck {
		p.add(s.accent, "When it does not work")
		for _, line := range h.item.Stuck {
			p.hang(s.marks.dot+" ", s.accent, line, s.text)
		}
	} else {
		h.instructions(p, s, roomy)
	}
	bottom := h.bottom(m, width)
	room := max(1, height-len(bottom))
	if roomy {
		bottom = append([]string{""}, bottom...)
		room--
	}
	h.scroll = min(h.scroll, max(0, len(p.lines)-room))
	lines := p.lines[h.scroll:]
	if len(lines) > room {
		lines = append(lines[:room-1:room-1], s.muted.Render("(more: down)"))
	}
	return append(lines, bottom...)
}

func (h *handOff) instructions(p *page, s styles, roomy bool) {
	if h.item.URL != "" {
		p.raw(link(safe.Text(h.item.URL), p.width, s)...)
		if h.copied {
			p.add(s.good, "Copied, if your terminal allows it.")
		}
		if roomy {
			p.gap()
		}
	}
	for n, click := range h.item.Clicks {
		p.hang(fmt.Sprintf("%2d. ", n+1), s.accent, click, s.text)
	}
}

// bottom is what is always seen.
func (h *handOff) bottom(m *model, width int) []string {
	p := &page{width: width}
	text := "Looking every few seconds whether it is done; Enter looks at once."
	switch {
	case m.o.Sandbox:
		text = "Trial run: press Enter to play the person doing this."
	case h.item.Poll == nil && h.item.SignIn == nil:
		text = "AWS has no way to see it: press Enter when you have done it."
	}
	p.hang(m.spin()+" ", m.styles.accent, text, m.styles.text)
	return p.lines
}

// link is an address as text, never cut, each part of which leads to the whole in terminals that know hyperlinks.
func link(url string, width int, s styles) []string {
	url = oneLine(url)
	var out []string
	for line := range strings.SplitSeq(ansi.Hardwrap(url, width, false), "\n") {
		line = s.accent.Render(line)
		if strings.HasPrefix(url, "https://") {
			line = ansi.SetHyperlink(url, "id=wizard") + line + ansi.ResetHyperlink()
		}
		out = append(out, line)
	}
	return out
}
