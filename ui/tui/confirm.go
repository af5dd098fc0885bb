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
	"awswizard/internal/run"
)

// consentWord approves a plan. It is typed in full; Enter alone is a no. A call that is agreed to by itself has a word of
// its own.
const consentWord = "yes"

// mostGraces bounds the graces of a confirmation: one begins again while keys go on coming, so that a held Enter or a word
// too many approves nothing.
const mostGraces = 4

// ready says that a grace of a confirmation is over.
type ready struct{ of *confirm }

// confirm is where consent is typed: first for each call that needs it for itself, then for the rest of the plan.
type confirm struct {
	preview *preview
	only    map[string]bool // ids of what is approved now, the rest being shown again; nil for the whole step
	typed   []*plan.Call    // calls still to be agreed to by themselves
	refused []string        // ids
	open    bool            // the grace is over
	early   bool            // a key came in it
	graces  int
	end     bool // all that is agreed to was seen to its end
	wrong   bool // another word was typed than the one that agrees to a call by itself
	word    textinput.Model
	list    viewport.Model
}

func newConfirm(m *model, v *preview, only map[string]bool) tea.Cmd {
	c := &confirm{preview: v, only: only, refused: v.left()}
	for _, call := range c.calls() {
		if call.Consent == plan.Typed {
			c.typed = append(c.typed, call)
		}
	}
	m.current = c
	return c.begin(m)
}

// begin makes the page for the next word.
func (c *confirm) begin(m *model) tea.Cmd {
	c.open, c.early, c.wrong, c.graces, c.end = false, false, false, 0, false
	c.word = m.styles.field("> ")
	c.word.CharLimit = 64 // the longest name of a bucket
	c.list = viewport.New()
	return tea.Batch(c.word.Focus(), c.wait())
}

func (c *confirm) wait() tea.Cmd {
	c.early, c.graces = false, c.graces+1
	return tea.Tick(grace, func(time.Time) tea.Msg { return ready{c} })
}

func (c *confirm) typing() bool { return true }

func (c *confirm) hints() []hint {
	hints := []hint{{"enter", "confirm"}, {"esc", "back to the plan"}}
	if c.list.TotalLineCount() > c.list.Height() {
		hints = append(hints, hint{"up/down", "scroll"})
	}
	return hints
}

// items are those that would be done.
func (c *confirm) items() []plan.Item {
	out := map[string]bool{}
	for _, id := range c.refused {
		out[id] = true
	}
	waits := waiting(c.preview.page.Items, out)
	return slices.DeleteFunc(slices.Clone(c.preview.page.Items), func(i plan.Item) bool {
		id := i.ID()
		return out[id] || waits[id] != "" || c.only != nil && !c.only[id]
	})
}

func (c *confirm) calls() []*plan.Call { return plan.Calls(c.items()) }

func (c *confirm) update(m *model, msg tea.Msg) tea.Cmd {
	_, key := msg.(tea.KeyPressMsg)
	_, paste := msg.(tea.PasteMsg)
	switch msg := msg.(type) {
	case ready:
		if msg.of != c || c.open {
			return nil
		}
		if c.early && c.graces < mostGraces {
			return c.wait()
		}
		c.open = true
		return nil
	case tea.KeyPressMsg:
		if !c.open {
			break
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
	if !c.open && (key || paste) {
		c.early = true
		return nil
	}
	var cmd tea.Cmd
	c.word, cmd = c.word.Update(msg)
	return cmd
}

func (c *confirm) decide(m *model) tea.Cmd {
	word := strings.TrimSpace(c.word.Value())
	switch {
	case !c.end && (word == c.wanted() || word == ""):
		c.list.PageDown() // the prompt says that more is to be seen
		return nil
	case len(c.typed) > 0 && word != c.wanted() && !isNo(word):
		c.wrong = true // a slip of the keys must not leave out what half of the step may need
		c.word.SetValue("")
		return nil
	case len(c.typed) > 0:
		call := c.typed[0]
		if word != call.ConsentWord() {
			c.refused = append(c.refused, call.ID)
		}
		c.typed = c.typed[1:]
		if len(c.typed) == 0 && len(c.calls()) == 0 {
			m.current = c.preview
			c.preview.note = "Nothing was done: without \"" + call.Title + "\" nothing is left to make here. Press s to skip the step."
			return nil
		}
		return c.begin(m)
	case word != consentWord:
		return c.not(m)
	case c.only != nil:
		return m.approvePart(c.preview.page, c.others())
	}
	return m.approve(c.preview.page, c.refused)
}

// wanted is the word that agrees.
func (c *confirm) wanted() string {
	if len(c.typed) > 0 {
		return c.typed[0].ConsentWord()
	}
	return consentWord
}

// isNo reports whether an answer to a question for consent is a no.
func isNo(word string) bool {
	return word == "" || strings.EqualFold(word, "no") || strings.EqualFold(word, "n")
}

// not goes back to the plan.
func (c *confirm) not(m *model) tea.Cmd {
	m.current = c.preview
	c.preview.note = "Not approved: nothing was done."
	return nil
}

// others are the ids of all that is not approved now.
func (c *confirm) others() []string {
	chosen := map[string]bool{}
	for _, i := range c.items() {
		chosen[i.ID()] = true
	}
	var out []string
	for _, i := range c.preview.page.Items {
		if (i.Call != nil || i.HandOff != nil) && !chosen[i.ID()] {
			out = append(out, i.ID())
		}
	}
	return out
}

// approvePart begins the work on a part of a plan.
func (m *model) approvePart(p run.Page, others []string) tea.Cmd {
	m.work = newProgress(p, others)
	return m.answer(replyOnce{decision: run.Part, refused: others})
}

func (c *confirm) view(m *model, width, height int) []string {
	top := c.layout(m)
	return fit(slices.Concat(top, strings.Split(c.list.View(), "\n"), c.prompt(m, width)), width, height)
}

// What the prompt says: how to agree, that more is to be seen first, that another word was typed.
const (
	makeThem = "Type yes and Enter to make them. Enter alone is No: none is made."
	seeMore  = "Enter shows more of the list. At its end you can approve it."
	readMore = "Enter shows the rest of the text. At its end you can agree."
)

// says are those texts; they stand in the same room, so that nothing jumps between them.
func (c *confirm) says() (agree, more, slip string) {
	if len(c.typed) == 0 {
		return makeThem, seeMore, ""
	}
	word := c.wanted()
	return "Type " + word + " and Enter to agree. Enter alone is No: this call is left out.", readMore,
		"That was not " + word + ". Type it in full, or Enter alone for No."
}

// What happens next, in one sentence; the short one is for small windows.
const (
	nextLong  = "Next: the calls are made and you watch each one. ctrl+c is safe: it stops after the call in flight, and what is done stays done."
	nextShort = "ctrl+c is safe: it stops after the call in flight."
)

// layout gives the list the room between the text above it, which it returns, and the prompt. It notes when the end of
// the list has been on the screen.
func (c *confirm) layout(m *model) []string {
	s, width, height := m.styles, m.bodyWidth(), m.bodyHeight()
	top, list := &page{width: width}, &page{width: width}
	if len(c.typed) > 0 {
		c.consent(m, top, list)
	} else {
		c.plan(s, top, list, height)
	}
	agree, more, slip := c.says()
	bottom := max(len(wrap(agree, width)), len(wrap(more, width)), len(wrap(slip, width))) + 1
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

// plan is all that would be made.
func (c *confirm) plan(s styles, top, list *page, height int) {
	items := c.items()
	top.add(s.strong, fmt.Sprintf("Make %s now?", plan.Count(len(plan.Calls(items)), "call")))
	top.add(s.text, sumLine(items))
	if c.only != nil {
		top.add(s.text, "Only this and what it needs. The rest of the plan is shown again afterwards.")
	} else if n := len(c.refused); n > 0 {
		text := plan.Count(n, "call") + " left out."
		if waits := len(c.preview.page.Items) - len(items) - n; waits > 0 {
			text += fmt.Sprintf(" What needs it waits, too: %d.", waits)
		}
		top.add(s.warn, text)
	}
	next := nextLong
	if height < 14 {
		next = nextShort
	}
	top.add(s.muted, next)
	c.lines(list, s, items)
}

// lines is one line per call, and one per account of a sweep, whose calls were listed in the preview.
func (c *confirm) lines(p *page, s styles, items []plan.Item) {
	number := 0
	for _, n := range tree(items) {
		if !n.group() {
			switch i := items[n.items[0]]; {
			case i.Call != nil:
				number++
				p.hang(fmt.Sprintf("%3d. %s ", number, i.Call.Effect.Mark()), s.accent, i.Call.Title+" ("+i.Call.Price()+undoWord(i.Call)+")", s.text)
			case i.HandOff != nil:
				p.hang("   > ", s.accent, "For you: "+i.HandOff.Title, s.text)
			}
			continue
		}
		first := items[n.items[0]].Call
		var regions []string
		for _, at := range n.items {
			if r := items[at].Call.Where.Region; !slices.Contains(regions, r) {
				regions = append(regions, r)
			}
		}
		p.hang(fmt.Sprintf("%3d-%d. %s ", number+1, number+len(n.items), first.Effect.Mark()), s.accent,
			n.says()+" ("+first.Price()+undoWord(first)+"): "+strings.Join(regions, ", "), s.text)
		number += len(n.items)
	}
}

func undoWord(c *plan.Call) string {
	if c.Undo == "" {
		return "; cannot be undone"
	}
	return ""
}

// consent asks for one call by itself.
func (c *confirm) consent(m *model, top, text *page) {
	s, call := m.styles, c.typed[0]
	top.add(s.warn, "This call needs your consent by itself")
	if m.height >= 20 {
		top.gap()
	}
	top.add(s.strong, call.Title)
	text.add(s.text, call.ConsentAsk)
	text.hang("Cost  ", s.accent, call.Price(), s.text)
	text.hang("Undo  ", s.accent, call.WayBack(), s.text)
	text.hang("Next  ", s.accent, "Nothing is made yet: the next page asks once more, for all calls.", s.muted)
}

func (c *confirm) prompt(m *model, width int) []string {
	s := m.styles
	p := &page{width: width}
	if m.height >= 20 {
		p.raw("")
	}
	agree, more, slip := c.says()
	switch {
	case !c.open:
		p.add(s.muted, "One moment…") // a driver or a person waits for the prompt
		return append(p.lines, "")
	case !c.end:
		p.add(s.warn, more)
	case c.wrong:
		p.add(s.warn, slip)
	default:
		p.add(s.warn, agree)
	}
	c.word.SetWidth(max(1, min(c.word.CharLimit, width-4)))
	p.raw(c.word.View())
	return p.lines
}
