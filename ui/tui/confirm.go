package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"

	"awswizard/internal/plan"
)

// consentWord is typed in full to approve; anything else is a no.
const consentWord = "yes"

// grace is how long keys count as typed for the screen before. A held Enter or a word too many approves nothing.
const grace = 400 * time.Millisecond

// ready says that the grace of a confirmation is over.
type ready struct{ of *confirm }

// confirm is where consent is typed: first for each call that needs it for itself, then for the rest of the plan.
type confirm struct {
	preview *preview
	typed   []*plan.Call // calls still to be agreed to by themselves
	refused []string     // ids
	open    bool         // the grace is over
	end     bool         // the list was seen to its end
	word    textinput.Model
	list    viewport.Model
}

func newConfirm(m *model, v *preview) tea.Cmd {
	c := &confirm{preview: v, refused: v.left()}
	for _, call := range plan.Calls(v.page.Items) {
		if call.Consent == plan.Typed && !v.refused[call.ID] {
			c.typed = append(c.typed, call)
		}
	}
	m.current = c
	return c.begin()
}

// begin makes the page for the next word.
func (c *confirm) begin() tea.Cmd {
	c.open, c.end = false, len(c.typed) > 0
	c.word = textinput.New()
	c.word.Prompt = "> "
	c.word.CharLimit = 20
	c.list = viewport.New()
	return tea.Batch(c.word.Focus(), tea.Tick(grace, func(time.Time) tea.Msg { return ready{c} }))
}

func (c *confirm) typing() bool { return true }

func (c *confirm) hints() []hint {
	hints := []hint{{"enter", "confirm"}, {"esc", "back to the plan"}}
	if len(c.typed) == 0 {
		hints = append(hints, hint{"up/down", "scroll"})
	}
	return hints
}

// calls are those that would be made.
func (c *confirm) calls() []*plan.Call {
	return slices.DeleteFunc(plan.Calls(c.preview.page.Items), func(x *plan.Call) bool { return slices.Contains(c.refused, x.ID) })
}

func (c *confirm) update(m *model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case ready:
		c.open = c.open || msg.of == c
		return nil
	case tea.PasteMsg:
		if !c.open {
			return nil
		}
	case tea.KeyPressMsg:
		if !c.open {
			return nil
		}
		c.layout(m)
		defer c.layout(m)
		switch msg.String() {
		case "esc":
			m.current = c.preview
			return nil
		case "up":
			c.list.ScrollUp(1)
			return nil
		case "down":
			c.list.ScrollDown(1)
			return nil
		case "pgup":
			c.list.PageUp()
			return nil
		case "pgdown":
			c.list.PageDown()
			return nil
		case "end":
			c.list.GotoBottom()
			return nil
		case "enter":
			return c.decide(m)
		}
	}
	var cmd tea.Cmd
	c.word, cmd = c.word.Update(msg)
	return cmd
}

func (c *confirm) decide(m *model) tea.Cmd {
	agreed := strings.TrimSpace(c.word.Value()) == consentWord
	switch {
	case len(c.typed) > 0:
		if !agreed {
			c.refused = append(c.refused, c.typed[0].ID)
		}
		c.typed = c.typed[1:]
		if len(c.typed) == 0 && len(c.calls()) == 0 {
			return m.approve(c.preview.page, c.refused)
		}
		return c.begin()
	case !c.end && (agreed || c.word.Value() == ""):
		c.list.PageDown() // the prompt says that more is to be seen
		return nil
	case !agreed:
		m.current = c.preview
		c.preview.note = "Not approved: nothing was done."
		return nil
	}
	return m.approve(c.preview.page, c.refused)
}

func (c *confirm) view(m *model, width, height int) []string {
	if len(c.typed) > 0 {
		return c.consent(m, width)
	}
	top := c.layout(m)
	return fit(slices.Concat(top, strings.Split(c.list.View(), "\n"), c.prompt(m, width, makeThem)), width, height)
}

// makeThem is the longest text of the prompt.
const makeThem = "Type yes and Enter to make them. Anything else makes none of them."

// layout gives the list the room between the text above it, which it returns, and the prompt. It notes when the end of
// the list has been on the screen.
func (c *confirm) layout(m *model) []string {
	if len(c.typed) > 0 {
		return nil
	}
	s, width, height := m.styles, m.bodyWidth(), m.bodyHeight()
	top := &page{width: width}
	calls := c.calls()
	top.add(s.strong, fmt.Sprintf("Make %s now?", count(len(calls), "call")))
	var items []plan.Item
	for _, call := range calls {
		items = append(items, plan.Item{Call: call})
	}
	top.add(s.text, plan.Sum(items).String())
	if n := len(c.refused); n > 0 {
		top.add(s.warn, count(n, "call")+" left out.")
	}
	list := &page{width: width}
	for n, call := range calls {
		list.hang(fmt.Sprintf("%3d. %s ", n+1, call.Effect.Mark()), s.accent, call.Title+" ("+call.Price()+undoWord(call)+")", s.text)
	}
	bottom := len(wrap(makeThem, width)) + 1
	if m.height >= 20 {
		bottom++
	}
	room := max(1, height-len(top.lines)-bottom)
	c.list.SetWidth(width)
	c.list.SetHeight(min(room, len(list.lines)))
	c.list.SetContentLines(list.lines)
	c.end = c.end || (c.list.AtBottom() && m.height > 0)
	return top.lines
}

func undoWord(c *plan.Call) string {
	if c.Undo == "" {
		return "; cannot be undone"
	}
	return ""
}

// consent asks for one call by itself.
func (c *confirm) consent(m *model, width int) []string {
	s, call := m.styles, c.typed[0]
	p := &page{width: width}
	p.add(s.warn, "This call needs your consent by itself")
	p.gap()
	p.add(s.strong, call.Title)
	p.add(s.text, call.ConsentAsk)
	p.hang("Cost  ", s.accent, call.Price(), s.text)
	p.hang("Undo  ", s.accent, call.WayBack(), s.text)
	p.raw(c.prompt(m, width, "Type yes and Enter to agree. Anything else leaves this call out.")...)
	return p.lines
}

func (c *confirm) prompt(m *model, width int, text string) []string {
	s := m.styles
	p := &page{width: width}
	if m.height >= 20 {
		p.raw("")
	}
	switch {
	case !c.open:
		p.add(s.muted, "One moment…") // a driver or a person waits for the prompt
		return append(p.lines, "")
	case !c.end:
		p.add(s.warn, "Enter shows more of the list. At its end you can approve it.")
	default:
		p.add(s.warn, text)
	}
	c.word.SetWidth(max(1, min(20, width-4)))
	p.raw(c.word.View())
	return p.lines
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
