package tui

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"awswizard/internal/plan"
)

// find is the search in a preview: in what is said about each item, in the way that is chosen.
type find struct {
	typing bool
	field  textinput.Model
	query  string // in small letters; "" when nothing is searched for
	found  []int  // items that have it
	line   int    // of the pane, where the last was found; -1 before
}

func (v *preview) beginSearch(s styles) tea.Cmd {
	f := &v.find
	f.typing = true
	f.field = s.field("/")
	f.field.CharLimit = 100
	v.note = ""
	return f.field.Focus()
}

// searching takes the messages while the words to search for are typed.
func (v *preview) searching(m *model, msg tea.Msg) tea.Cmd {
	f := &v.find
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.String() {
		case "esc":
			v.endSearch()
			return nil
		case "enter":
			f.typing = false
			v.search(m, f.field.Value())
			return nil
		}
	}
	var cmd tea.Cmd
	f.field, cmd = f.field.Update(msg)
	return cmd
}

func (v *preview) endSearch() { v.find = find{line: -1} }

// search begins a search, and goes to the first place.
func (v *preview) search(m *model, text string) {
	text = strings.ToLower(strings.TrimSpace(oneLine(text)))
	v.endSearch()
	if text == "" {
		return
	}
	v.find.query = text
	v.refind(m)
	if len(v.find.found) == 0 {
		v.note = fmt.Sprintf("Nothing here has %q.", text)
		v.find.query = ""
		return
	}
	v.step(m, 1)
}

// refind looks again which items have it, since another way to look at them has other words.
func (v *preview) refind(m *model) {
	f := &v.find
	f.found, f.line = nil, -1
	if f.query == "" {
		return
	}
	for n := range v.page.Items {
		if strings.Contains(v.text(m, n), f.query) {
			f.found = append(f.found, n)
		}
	}
}

// text is what is said about an item in the chosen way, in small letters and without line ends by width.
func (v *preview) text(m *model, item int) string {
	key := textKey{item, v.aspect}
	if known, ok := v.texts[key]; ok {
		return known
	}
	text := strings.ToLower(v.raw(m.styles, leaf(v.roots, item)))
	v.texts[key] = text
	return text
}

type textKey struct {
	item   int
	aspect aspect
}

// step goes to the next (1) or the previous (-1) place that has what is searched for: in the pane, then in another item.
func (v *preview) step(m *model, way int) {
	f := &v.find
	if len(f.found) == 0 {
		return
	}
	lines := hits(v.sheet(m, v.chosen, v.paneWidth).plain, f.query)
	if way < 0 {
		slices.Reverse(lines)
	}
	for _, line := range lines {
		if f.line < 0 && way > 0 || way > 0 && line > f.line || way < 0 && f.line >= 0 && line < f.line {
			v.goTo(line)
			return
		}
	}
	at := v.chosen.items[0]
	if way > 0 {
		at = v.chosen.items[len(v.chosen.items)-1]
	}
	next := f.found[0]
	if way < 0 {
		next = f.found[len(f.found)-1]
		for _, n := range f.found {
			if n < at {
				next = n
			}
		}
	} else if i := slices.IndexFunc(f.found, func(n int) bool { return n > at }); i >= 0 {
		next = f.found[i]
	}
	to := leaf(v.roots, next)
	to.reveal()
	v.choose(to)
	lines = hits(v.sheet(m, to, v.paneWidth).plain, f.query)
	switch {
	case len(lines) == 0:
	case way > 0:
		v.goTo(lines[0])
	default:
		v.goTo(lines[len(lines)-1])
	}
}

// goTo shows a line of the pane.
func (v *preview) goTo(line int) {
	v.find.line = line
	if line < v.scroll || line >= v.scroll+v.paneHeight-1 {
		v.scroll = max(0, line-v.paneHeight/3)
	}
}

// hits are the lines that have the words, also those that go on in the next line.
func hits(lines []string, query string) (out []int) {
	for n, line := range lines {
		if strings.Contains(line, query) {
			out = append(out, n)
			continue
		}
		if n+1 == len(lines) || strings.Contains(lines[n+1], query) {
			continue
		}
		next := lines[n+1]
		if strings.Contains(line+next, query) || strings.Contains(strings.TrimRight(line, " ")+" "+strings.TrimLeft(next, " "), query) {
			out = append(out, n)
		}
	}
	return out
}

// marked is a line of a sheet with what is searched for in it made visible.
func marked(line, plain, query string, style paint) string {
	if query == "" {
		return line
	}
	var ranges []lipgloss.Range
	for from := 0; ; {
		at := strings.Index(plain[from:], query)
		if at < 0 {
			break
		}
		start := ansi.StringWidth(plain[:from+at])
		ranges = append(ranges, lipgloss.NewRange(start, start+ansi.StringWidth(query), style.style))
		from += at + len(query)
	}
	if len(ranges) == 0 {
		return line
	}
	return lipgloss.StyleRanges(line, ranges...)
}

// says is the state of the search, for the status line.
func (f *find) says(chosen *node) string {
	if f.query == "" {
		return ""
	}
	for n, item := range f.found {
		if !chosen.group() && item == chosen.items[0] {
			return fmt.Sprintf("%q: %d of %s (n next, N back)", f.query, n+1, plan.Count(len(f.found), "item"))
		}
	}
	return fmt.Sprintf("%q: in %s (n next)", f.query, plan.Count(len(f.found), "item"))
}
