package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"awswizard/internal/plan"
	"awswizard/internal/run"
)

// aspect is a way to look at a call.
type aspect int

const (
	inWords aspect = iota
	asJSON
	asCommand
	aspects
)

// preview is a plan before it is approved: the list of items, and all that is known about the chosen one.
type preview struct {
	page    run.Page
	chosen  int
	seen    map[int]bool
	refused map[string]bool // calls left out
	aspect  aspect
	scroll  int    // of the pane
	note    string // what became of the last key
}

func newPreview(d demand) *preview {
	p := &preview{page: d.page, seen: map[int]bool{}, refused: map[string]bool{}}
	p.choose(0)
	return p
}

func (v *preview) choose(i int) {
	v.chosen = min(max(i, 0), max(len(v.page.Items)-1, 0))
	v.seen[v.chosen], v.scroll, v.note = true, 0, ""
}

func (v *preview) typing() bool { return false }

func (v *preview) hints() []hint {
	hints := v.keys()
	if v.page.Undo { // there are none to go back to
		hints = slices.DeleteFunc(hints, func(h hint) bool { return h.key == "b" })
	}
	return hints
}

func (v *preview) keys() []hint {
	if v.nothingToApprove() {
		return []hint{{"enter", "go on"}, {"up/down", "move"}, {"b", "questions"}, {"s", "skip step"}, {"pgup/pgdn", "scroll"}}
	}
	first := []hint{{"enter", "next unseen"}, {"a", "approve…"}, {"up/down", "move"}}
	if v.allSeen() {
		first = []hint{{"enter", "approve…"}, {"up/down", "move"}}
	}
	return append(first, []hint{{"tab", "request"}, {"x", "leave out"}, {"b", "questions"},
		{"s", "skip step"}, {"pgup/pgdn", "scroll"}, {"1 2 3", "words, JSON, command"}}...)
}

// nothingToApprove reports whether the plan makes no call.
func (v *preview) nothingToApprove() bool { return len(plan.Calls(v.page.Items)) == 0 }

func (v *preview) allSeen() bool { return len(v.seen) >= len(v.page.Items) }

// left are the ids of the calls left out, in the plan's order.
func (v *preview) left() []string {
	var out []string
	for _, c := range plan.Calls(v.page.Items) {
		if v.refused[c.ID] {
			out = append(out, c.ID)
		}
	}
	return out
}

func (v *preview) update(m *model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	switch k.String() {
	case "up", "k":
		v.choose(v.chosen - 1)
	case "down", "j":
		v.choose(v.chosen + 1)
	case "home", "g":
		v.choose(0)
	case "end", "G":
		v.choose(len(v.page.Items) - 1)
	case "pgdown", "space", "ctrl+d":
		v.scroll += 5
	case "pgup", "ctrl+u":
		v.scroll = max(0, v.scroll-5)
	case "tab", "right":
		v.aspect, v.scroll = (v.aspect+1)%aspects, 0
	case "shift+tab", "left":
		v.aspect, v.scroll = (v.aspect+aspects-1)%aspects, 0
	case "1", "2", "3":
		v.aspect, v.scroll = aspect(k.String()[0]-'1'), 0
	case "x":
		v.leaveOut()
	case "s":
		return m.answer(replyOnce{decision: run.Skip})
	case "b", "esc":
		if v.page.Undo {
			return nil
		}
		return m.answer(replyOnce{decision: run.Back})
	case "enter":
		return v.next(m)
	case "a":
		if !v.nothingToApprove() {
			return v.approve(m)
		}
	}
	return nil
}

// next goes to the next item not seen yet, and on from the last.
func (v *preview) next(m *model) tea.Cmd {
	for step := range v.page.Items {
		i := (v.chosen + step) % len(v.page.Items)
		if !v.seen[i] {
			v.choose(i)
			return nil
		}
	}
	return v.approve(m)
}

// approve goes to the pages where consent is typed; with no call to make there is nothing to type.
func (v *preview) approve(m *model) tea.Cmd {
	if len(v.left()) == len(plan.Calls(v.page.Items)) {
		return m.approve(v.page, v.left())
	}
	return newConfirm(m, v)
}

func (v *preview) leaveOut() {
	if v.chosen >= len(v.page.Items) {
		return
	}
	c := v.page.Items[v.chosen].Call
	switch {
	case c == nil:
		v.note = "Only calls can be left out."
	case v.refused[c.ID]:
		delete(v.refused, c.ID)
		v.note = "Taken in again."
	default:
		v.refused[c.ID] = true
		v.note = "Left out. What needs it waits, too."
	}
}

// wideEnough is from how many columns list and pane stand side by side.
const wideEnough = 84

func (v *preview) view(m *model, width, height int) []string {
	s := m.styles
	top := &page{width: width}
	if height >= 18 && m.introduces(v.page, "preview") {
		about(top, s, v.page.Step)
		if len(top.lines) > height/3 {
			top.lines = nil
		}
	}
	headline := "Nothing of this has been done yet. The plan:"
	if v.nothingToApprove() {
		headline = "Nothing to approve here: Enter goes on."
	}
	top.add(s.strong, headline)
	bottom := &page{width: width}
	sum := plan.Sum(v.page.Items).String()
	if height < 14 {
		sum = ansi.Truncate(sum, width, "…") // the approval says it in full
	}
	bottom.add(s.muted, sum)
	status := fmt.Sprintf("%d of %d seen", len(v.seen), len(v.page.Items))
	if n := len(v.left()); n > 0 {
		status += fmt.Sprintf("; %d left out", n)
	}
	if v.note != "" {
		status += ". " + v.note
	}
	bottom.add(s.accent, status)
	room := height - len(top.lines) - len(bottom.lines)
	if room < 3 {
		bottom.lines = bottom.lines[len(bottom.lines)-1:]
		room = height - len(top.lines) - 1
	}
	var middle []string
	if width >= wideEnough {
		middle = v.sideBySide(m, width, room)
	} else {
		middle = v.stacked(m, width, room)
	}
	return slices.Concat(top.lines, middle, bottom.lines)
}

func (v *preview) sideBySide(m *model, width, height int) []string {
	list := width / 2
	pane := width - list - 3
	left := fit(window(v.rows(m.styles, list), v.chosen, height), list, height)
	right := fit(v.scrolled(m, pane, height), pane, height)
	out := make([]string, height)
	for n := range out {
		out[n] = pad(left[n], list) + " " + m.styles.muted.Render(m.styles.marks.rule) + " " + right[n]
	}
	return out
}

func (v *preview) stacked(m *model, width, height int) []string {
	list := min(len(v.page.Items), max(2, height*2/5))
	out := fit(window(v.rows(m.styles, width), v.chosen, list), width, list)
	pane := height - list
	if pane > 6 {
		out = append(out, m.styles.muted.Render(strings.Repeat("-", width)))
		pane--
	}
	return append(out, fit(v.scrolled(m, width, pane), width, pane)...)
}

// rows is one line per item.
func (v *preview) rows(s styles, width int) []string {
	var out []string
	for n, i := range v.page.Items {
		mark, style, title := "", s.text, ""
		switch {
		case i.Call != nil:
			mark, title = i.Call.Effect.Mark(), i.Call.Title
			switch i.Call.Effect {
			case plan.Creates:
				style = s.good
			case plan.Deletes:
				style = s.bad
			case plan.Changes:
				style = s.warn
			}
			if v.refused[i.Call.ID] {
				mark, style, title = "x", s.muted, "(left out) "+title
			}
		case i.HandOff != nil:
			mark, style, title = ">", s.accent, "For you: "+i.HandOff.Title
		case i.Later != nil:
			mark, style, title = "*", s.muted, "Later: "+i.Later.Title
		case i.Blocked != nil:
			mark, style, title = "!", s.bad, i.Blocked.Heading()+": "+i.Blocked.What
			if i.Blocked.Kept {
				mark, style = "=", s.muted
			}
		}
		pointer, text := "  ", s.text
		if n == v.chosen {
			pointer, text = s.accent.Render(s.marks.now+" "), s.strong
		} else if v.seen[n] {
			text = s.muted
		}
		out = append(out, pointer+style.Render(mark)+" "+text.Render(ansi.Truncate(oneLine(title), max(width-4, 1), "…")))
	}
	return out
}
