package tui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
	scroll scroller
}

func (h *handOff) typing() bool { return false }

func (h *handOff) hints() []hint {
	later := hint{"s", "do it later"}
	if h.item.Optional {
		later.does = "skip it"
	}
	hints := []hint{{"enter", "I have done it"}}
	if len(h.item.Stuck) > 0 {
		does := "I am stuck"
		if h.stuck {
			does = "the clicks"
		}
		hints = append(hints, hint{"h", does})
	}
	hints = append(hints, later)
	if h.item.URL != "" {
		hints = append(hints, hint{"y", "copy link"})
	}
	return append(hints, h.scroll.hint()...)
}

func (h *handOff) update(m *model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	switch k.String() {
	case "enter":
		m.claimed[h.item.ID] = true
		m.note = "Looking whether AWS shows it: " + oneLine(h.item.Title)
		return m.answer(replyOnce{decision: run.Go})
	case "s":
		return m.answer(replyOnce{decision: run.Skip})
	case "h":
		if len(h.item.Stuck) > 0 {
			h.stuck = !h.stuck
			h.scroll.at = 0
		}
	case "y", "c":
		if h.item.URL != "" {
			h.copied = true
			return tea.SetClipboard(safe.Text(h.item.URL))
		}
	default:
		h.scroll.key(k.String())
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
	roomy := height >= 16
	if roomy {
		p.gap()
	}
	if h.stuck {
		whenStuck(p, s, h.item.Stuck)
	} else {
		h.instructions(p, s, roomy)
	}
	return h.scroll.over(h.bottom(m, width, roomy), s, p.lines, height, roomy)
}

// whenStuck is what to do when it does not work, and the ways round it.
func whenStuck(p *page, s styles, advice []string) {
	p.add(s.accent, "When it does not work")
	for _, line := range append(slices.Clip(advice), "Still stuck? Press s to leave it for later, or q to stop here. Nothing is lost either way.") {
		p.hang(s.marks.dot+" ", s.accent, line, s.text)
	}
}

// clicks are numbered lines.
func clicks(p *page, s styles, list []string) {
	digits := len(strconv.Itoa(len(list)))
	for n, click := range list {
		p.hang(fmt.Sprintf("%*d. ", digits, n+1), s.accent, click, s.text)
	}
}

func (h *handOff) instructions(p *page, s styles, roomy bool) {
	if h.item.URL != "" {
		p.raw(link(safe.Text(h.item.URL), p.width, s)...)
		if roomy {
			p.gap()
		}
	}
	clicks(p, s, h.item.Clicks)
}

// bottom is what is always seen: who looks, when, and what happens without it.
func (h *handOff) bottom(m *model, width int, roomy bool) []string {
	p := &page{width: width}
	if m.claimed[h.item.ID] && !m.o.Sandbox {
		p.add(m.styles.warn, "AWS does not show it as done yet.")
	}
	text := "Looking by itself whether it is done"
	if left := m.looks[h.item.ID].Sub(m.now); left > 0 {
		text += ", next in " + lasted(left+time.Second-1) // begun seconds count
	}
	text += "; Enter looks at once."
	switch {
	case m.o.Sandbox && h.item.StandIn == "" && h.seen():
		text = "Trial run: this one cannot be played. Press s to go on without it."
	case m.o.Sandbox:
		text = "Trial run: press Enter to play the person doing this."
	case !h.seen():
		text = "AWS has no way to see it: press Enter when you have done it."
	}
	p.hang(m.spin()+" ", m.styles.accent, text, m.styles.text)
	if h.copied {
		p.add(m.styles.good, "The link is copied, if your terminal allows it.")
	}
	switch {
	case h.item.Optional:
		p.add(m.styles.muted, "Optional: the set-up goes on without it.")
	case roomy:
		p.add(m.styles.muted, "What needs it waits until it is done. You may close this window; the next start asks again.")
	}
	return p.lines
}

// seen reports whether AWS shows when it is done.
func (h *handOff) seen() bool { return h.item.Poll != nil || h.item.SignIn != nil }

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
