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

// review goes through all steps and their calls with no way to approve any: there is nobody who waits for an approval.
type review struct {
	r     Review
	at    int  // the step; -1 is the list of all
	calls bool // its calls are shown, not its page
	row   int  // in the list
	intro []*intro
	plans []*preview
	note  string
	busy  bool
}

// saved says where the plan was written, or why it was not.
type saved struct {
	paths []string
	err   error
}

func newReview(d demand) *review {
	v := &review{r: *d.review, at: -1}
	for n, p := range d.review.Plans {
		page := run.Page{Step: p.Step, Number: n + 1, Of: len(d.review.Plans), Items: p.Items, Facts: p.Facts, Caller: d.page.Caller}
		v.intro = append(v.intro, &intro{page: page, review: true})
		view := newPreview(demand{page: page})
		view.readOnly = true
		v.plans = append(v.plans, view)
	}
	return v
}

func (v *review) typing() bool { return v.inCalls() && v.plans[v.at].typing() }

// inCalls reports whether the calls of a step are shown. A step without any has only its page.
func (v *review) inCalls() bool { return v.at >= 0 && v.calls && len(v.plans[v.at].page.Items) > 0 }
func (*review) free() bool      { return true }

func (v *review) hints() []hint {
	steps := hint{"left/right", "step"}
	switch {
	case v.at < 0:
		return []hint{{"enter", "open"}, {"up/down", "move"}, {"e", "export"}, {"s", "settings"}, {"esc", v.away()}}
	case !v.inCalls():
		enter := "its calls"
		if len(v.plans[v.at].page.Items) == 0 {
			enter = "next step"
		}
		hints := []hint{{"enter", enter}, {"esc", "all steps"}, steps, {"e", "export"}, {"s", "settings"}}
		return append(hints, v.intro[v.at].scroll.hint()...)
	case v.typing():
		return v.plans[v.at].hints()
	}
	next := hint{"enter", "next"}
	if v.plans[v.at].chosen.group() {
		next.does = "open, close"
	}
	hints := []hint{{"up/down", "move"}, {"esc", "back"}}
	if v.plans[v.at].onCall() {
		hints = append(hints, hint{"tab", "request"})
	}
	hints = append(hints, next, hint{"/", "search"}, steps, hint{"y", "copy"})
	return append(append(hints, v.plans[v.at].pageKeys()...), hint{"e", "export"}, hint{"s", "settings"})
}

// away is where esc leads from the list.
func (v *review) away() string {
	if v.r.Home {
		return "back"
	}
	return "leave"
}

func (v *review) update(m *model, msg tea.Msg) tea.Cmd {
	if d, ok := msg.(saved); ok {
		v.busy, v.note = false, "Written: "+strings.Join(d.paths, ", ")+"."
		if d.err != nil {
			v.note = "Not written: " + sentence(d.err)
		}
		return nil
	}
	k, ok := msg.(tea.KeyPressMsg)
	if !ok || v.typing() {
		if v.typing() {
			return v.plans[v.at].update(m, msg)
		}
		return nil
	}
	v.note = ""
	switch key := k.String(); key {
	case "e":
		return v.export()
	case "s":
		m.openSettings()
	case "right":
		v.at = min(v.at+1, len(v.plans)-1)
	case "left":
		v.at = max(v.at-1, -1)
	case "esc":
		if v.inCalls() && v.plans[v.at].find.query != "" {
			return v.plans[v.at].update(m, msg)
		}
		return v.back(m)
	case "enter":
		v.enter()
	default:
		switch {
		case v.at < 0:
			v.row, _ = moved(key, v.row, len(v.plans))
		case v.inCalls():
			return v.plans[v.at].update(m, msg)
		default:
			return v.intro[v.at].update(m, msg)
		}
	}
	return nil
}

func (v *review) enter() {
	switch {
	case v.at < 0 && len(v.plans) > 0:
		v.at, v.calls = v.row, false
	case v.at >= 0 && len(v.plans[v.at].page.Items) == 0: // no calls to see
		if v.at+1 < len(v.plans) {
			v.at, v.calls = v.at+1, false
		}
	case v.at >= 0 && !v.calls:
		v.calls = true
	case v.at >= 0 && v.plans[v.at].chosen != nil && v.plans[v.at].chosen.group():
		v.plans[v.at].fold(!v.plans[v.at].chosen.open)
	case v.at >= 0: // through all calls, as a set-up would lead
		if !v.plans[v.at].further() && v.at+1 < len(v.plans) {
			v.at, v.calls = v.at+1, false
		}
	}
}

func (v *review) back(m *model) tea.Cmd {
	switch {
	case v.inCalls():
		v.calls = false
	case v.at >= 0:
		v.calls = false
		v.row, v.at = v.at, -1
	default:
		return m.answer(replyOnce{decision: run.Back})
	}
	return nil
}

func (v *review) export() tea.Cmd {
	if v.busy || v.r.Save == nil {
		return nil
	}
	v.busy = true
	save := v.r.Save
	return func() tea.Msg {
		paths, err := save()
		return saved{paths, err}
	}
}

func (v *review) view(m *model, width, height int) []string {
	s := m.styles
	top := &page{width: width}
	top.add(s.warn, "Review: nothing can be changed here.")
	if v.note != "" {
		top.add(s.accent, v.note)
	}
	if height >= 18 {
		top.gap()
	}
	room := height - len(top.lines)
	switch {
	case v.at < 0:
		return append(top.lines, v.list(m, width, room)...)
	case v.inCalls():
		return append(top.lines, v.plans[v.at].view(m, width, room)...)
	}
	return append(top.lines, v.intro[v.at].view(m, width, room)...)
}

// standing marks the step that is looked at.
func (v *review) standing(t track) track {
	at := v.row
	if v.at >= 0 {
		at = v.at
	}
	if at >= len(v.r.Plans) {
		return t
	}
	return t.with(map[string]stepState{v.r.Plans[at].Step.Name: now})
}

// list is all steps with what each would do.
func (v *review) list(m *model, width, height int) []string {
	s := m.styles
	head, rows := &page{width: width}, &page{width: width}
	if v.r.Example && height >= 8 {
		head.add(s.muted, "You gave no answers yet, so this is the plan of an example company. Press s to write your own.")
	}
	if height >= 12 {
		head.gap()
	}
	var all []plan.Item
	longest := 0
	for _, p := range v.r.Plans {
		longest = max(longest, ansi.StringWidth(oneLine(p.Step.Title)))
	}
	column := titleColumn(longest, width)
	for n, p := range v.r.Plans {
		all = append(all, p.Items...)
		pointer, style := "  ", s.text
		if n == v.row {
			pointer, style = s.accent.Render(s.marks.now+" "), s.strong
		}
		rows.raw(pointer + style.Render(pad(ansi.Truncate(oneLine(p.Step.Title), column-3, "…"), column-2)) +
			s.muted.Render(ansi.Truncate(sumWords(p.Items), max(1, width-column), "…")))
	}
	foot := &page{width: width}
	if height >= 12 {
		foot.raw("")
	}
	total := sumLine(all)
	if total == "" {
		total = "nothing to do"
	}
	foot.add(s.text, "In all: "+total+".")
	room := height - len(head.lines) - len(foot.lines)
	lines := rows.lines
	if len(lines) > room {
		lines = append(slices.Clone(window(lines, v.row, max(1, room-1))),
			s.muted.Render(ansi.Truncate(fmt.Sprintf("  (%d in all: move up and down to see them)", len(rows.lines)), width, "…")))
	}
	return slices.Concat(head.lines, lines, foot.lines)
}

// titleColumn is how wide the titles of steps are, pointer and a gap included: whole where the words beside them have room.
func titleColumn(longest, width int) int {
	const words = 26 // of "27 calls, 3 for you"
	return min(longest+4, max(width/2, width-words))
}

// sumWords is a step's plan in a few words.
func sumWords(items []plan.Item) string {
	if len(items) == 0 {
		return "nothing to do"
	}
	t := plan.Sum(items)
	var parts []string
	if n := t.Create + t.Change + t.Delete; n > 0 {
		parts = append(parts, plan.Count(n, "call"))
	}
	if t.HandOffs > 0 {
		parts = append(parts, fmt.Sprintf("%d for you", t.HandOffs))
	}
	if t.Later > 0 {
		parts = append(parts, fmt.Sprintf("%d later", t.Later))
	}
	if t.Blocked > 0 {
		parts = append(parts, fmt.Sprintf("%d blocked", t.Blocked))
	}
	if t.Kept > 0 && len(parts) == 0 {
		parts = append(parts, kept(t.Kept))
	}
	return strings.Join(parts, ", ")
}
