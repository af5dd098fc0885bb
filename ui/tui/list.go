package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"awswizard/internal/plan"
)

// wideEnough is from how many columns list and pane stand side by side.
const wideEnough = 84

func (v *preview) view(m *model, width, height int) []string {
	s := m.styles
	if v.skips {
		return v.skipPage(s, width)
	}
	top := &page{width: width}
	v.headline(top, s, height)
	var middle []string
	below := len(v.status(m, width, height))
	room := max(1, height-len(top.lines)-below)
	if width >= wideEnough {
		middle = v.sideBySide(m, width, room)
	} else {
		middle = v.stacked(m, width, room)
	}
	return slices.Concat(top.lines, middle, fit(v.status(m, width, height), width, below)) // anew: drawing is seeing
}

func (v *preview) headline(p *page, s styles, height int) {
	switch {
	case v.readOnly && height < 14:
		p.raw(s.strong.Render(ansi.Truncate(v.page.Step.Title+": "+sumWords(v.page.Items), p.width, "…")))
		return
	case v.readOnly:
		p.add(s.strong, v.page.Step.Title+". "+sumLine(v.page.Items))
		if height >= 18 {
			p.raw("")
		}
		return
	case v.nothingToApprove():
		p.add(s.strong, "Nothing to approve here: Enter goes on.")
		if sum := sumLine(v.page.Items); sum != "" && height >= 14 {
			p.add(s.muted, sum)
		}
		if height >= 18 {
			p.raw("")
		}
		return
	}
	if height < 14 {
		p.raw(s.strong.Render(shortest(p.width, v.kept()))) // the approval says it in full
		return
	}
	p.add(s.strong, "Nothing of this has been done yet. "+sumLine(v.kept()))
	if height >= 18 {
		p.raw("")
	}
}

// status is below all: how far the person is, and what became of the last key.
func (v *preview) status(m *model, width, height int) []string {
	if v.find.typing {
		v.find.field.SetWidth(max(1, width-2))
		return []string{v.find.field.View()}
	}
	text := fmt.Sprintf("%d of %d seen", len(v.seen), len(v.page.Items))
	if n := len(v.left()); n > 0 {
		text += fmt.Sprintf("; %d left out", n)
	}
	if n := len(v.waits); n > 0 {
		text += fmt.Sprintf("; %d waiting", n)
	}
	for _, more := range []string{v.note, v.find.says(v.chosen)} {
		if more != "" {
			text = strings.TrimSuffix(text, ".") + ". " + more
		}
	}
	if height < 18 && (v.note == "" || ansi.StringWidth(oneLine(text)) <= width) {
		return []string{m.styles.accent.Render(ansi.Truncate(oneLine(text), width, "…"))}
	}
	if height < 18 {
		text = v.note // what became of the key comes before how far the person is
	}
	p := &page{width: width}
	p.add(m.styles.accent, text)
	return p.lines
}

func (v *preview) skipPage(s styles, width int) []string {
	p := &page{width: width}
	p.add(s.strong, "Skip this step?")
	p.gap()
	p.add(s.text, "None of its calls are made now, and what needs them waits. The next start of the wizard offers them again.")
	p.gap()
	p.add(s.text, "n   stay here (Enter, too)")
	p.add(s.text, "y   skip this step")
	return p.lines
}

func (v *preview) sideBySide(m *model, width, height int) []string {
	list := 0
	for _, n := range visible(v.roots) {
		_, _, title := v.says(m.styles, n)
		list = max(list, 4+2*n.depth+ansi.StringWidth(oneLine(title)))
	}
	list = min(list, width/2) // what a list of short titles does not need, the pane gets
	pane := width - list - 3
	left := fit(v.rows(m.styles, list, height), list, height)
	right := fit(v.pane(m, pane, height), pane, height)
	out := make([]string, height)
	for n := range out {
		out[n] = pad(left[n], list) + " " + m.styles.muted.Render(m.styles.marks.rule) + " " + right[n]
	}
	return out
}

func (v *preview) stacked(m *model, width, height int) []string {
	most := max(2, height*2/5)
	if v.chosen.group() {
		most = max(2, height/3) // what it holds needs the room
	}
	list := min(len(visible(v.roots)), most)
	out := fit(v.rows(m.styles, width, list), width, list)
	pane := height - list
	if pane > 6 {
		out = append(out, m.styles.muted.Render(strings.Repeat("-", width)))
		pane--
	}
	return append(out, fit(v.pane(m, width, pane), width, pane)...)
}

// pane is the part of what is said about the chosen node that fits, under the names of the ways to look at it.
func (v *preview) pane(m *model, width, height int) []string {
	if len(v.chosen.items) == 0 {
		return nil
	}
	var out []string
	if len(v.callsOf(v.chosen)) > 0 {
		out = append(out, v.tabs(m.styles, width))
		height--
	}
	v.paneWidth, v.paneHeight = width, height
	drawn := v.sheet(m, v.chosen, width)
	all, room := len(drawn.lines), height
	if all > height && height > 1 {
		room-- // for the line count
	}
	v.scroll = min(v.scroll, max(0, all-room))
	end := min(all, v.scroll+room)
	for n := v.scroll; n < end; n++ {
		line := marked(drawn.lines[n], drawn.plain[n], v.find.query, m.styles.chosen)
		if n == v.find.line && line == drawn.lines[n] {
			line = m.styles.chosen.Render(ansi.Strip(line)) // what is found goes on in the next line
		}
		out = append(out, line)
	}
	if v.all = all; v.scroll <= v.read {
		v.read = max(v.read, end)
	}
	if v.read >= all {
		for _, i := range v.chosen.items {
			v.seen[i] = true
		}
	}
	if room < height {
		text := fmt.Sprintf("lines %d-%d of %d", v.scroll+1, end, all)
		switch {
		case end < all && v.chosen.group():
			text += ", Enter or pgdn: more"
		case end < all:
			text += ", pgdn: more"
		default:
			text += ", the end"
		}
		out = append(out, m.styles.muted.Render(text))
	}
	return out
}

// rows is one line per node, as many as fit round the chosen one.
func (v *preview) rows(s styles, width, height int) []string {
	nodes := visible(v.roots)
	at := max(0, slices.Index(nodes, v.chosen))
	from := 0
	if len(nodes) > height {
		from = min(max(0, at-height/2), len(nodes)-height)
	}
	var out []string
	for _, n := range nodes[from:min(len(nodes), from+height)] {
		out = append(out, v.row(s, n, width))
	}
	return out
}

func (v *preview) row(s styles, n *node, width int) string {
	mark, style, title := v.says(s, n)
	pointer, text := "  ", s.text
	if n == v.chosen {
		pointer, text = s.accent.Render(s.marks.now+" "), s.strong
	} else if v.saw(n) {
		text = s.muted
	}
	indent := strings.Repeat("  ", n.depth)
	return pointer + indent + style.Render(mark) + " " + text.Render(ansi.Truncate(oneLine(title), max(width-4-len(indent), 1), "…"))
}

// says is a node's mark and its line.
func (v *preview) says(s styles, n *node) (mark string, style paint, title string) {
	if n.group() {
		calls := v.callsOf(n)
		mark, style = calls[0].Effect.Mark(), effectStyle(s, calls[0].Effect)
		title = n.says()
		if n.open {
			title += " (open)"
		}
		if out := v.leftOut(n); out == len(n.items) {
			mark, style, title = "x", s.muted, "(left out) "+title
		} else if out > 0 {
			title += fmt.Sprintf(", %d left out", out)
		}
		return mark, style, title
	}
	i := v.page.Items[n.items[0]]
	switch {
	case i.Call != nil:
		mark, style, title = i.Call.Effect.Mark(), effectStyle(s, i.Call.Effect), i.Call.Title
	case i.HandOff != nil:
		mark, style, title = ">", s.accent, "For you: "+i.HandOff.Title
	case i.Later != nil:
		return "*", s.muted, "Later: " + i.Later.Title
	case i.Blocked != nil:
		mark, style = "!", s.bad
		if i.Blocked.Kept {
			mark, style = "=", s.muted
		}
		return mark, style, i.Blocked.Heading() + ": " + i.Blocked.What
	}
	switch id := i.ID(); {
	case v.refused[id]:
		mark, style, title = "x", s.muted, "(left out) "+title
	case v.waits[id] != "":
		mark, style, title = "x", s.muted, "(waits) "+title
	}
	return mark, style, title
}

func effectStyle(s styles, e plan.Effect) paint {
	switch e {
	case plan.Creates:
		return s.good
	case plan.Deletes:
		return s.bad
	case plan.Changes:
		return s.warn
	}
	return s.text
}
