package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"awswizard/internal/run"
	"awswizard/steps"
)

// settings is the table of all answers: what, how it stands, where it came from. It lies over any screen.
type settings struct {
	rows    []run.Setting
	chosen  int
	edit    *question // the one that is changed
	changed bool
	saving  bool
	note    string
}

// setDone says that a setting was changed, or why not.
type setDone struct {
	rows []run.Setting
	err  error
}

func (m *model) openSettings() {
	if m.page.Set != nil {
		m.over = &settings{rows: m.page.Settings}
	}
}

func (t *settings) typing() bool { return t.edit != nil && t.edit.typing() }

func (t *settings) hints() []hint {
	if t.edit != nil {
		return t.edit.hints()
	}
	return []hint{{"enter", "change"}, {"esc", "close"}, {"up/down", "move"}}
}

func (t *settings) build(m *model) tea.Cmd {
	if t.edit == nil {
		return nil
	}
	return t.edit.build(m)
}

func (t *settings) update(m *model, msg tea.Msg) tea.Cmd {
	if d, ok := msg.(setDone); ok {
		return t.set(m, d)
	}
	if t.edit != nil {
		return t.edit.update(m, msg)
	}
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	t.note = ""
	if at, ok := moved(k.String(), t.chosen, len(t.rows)); ok {
		t.chosen = at
		return nil
	}
	switch k.String() {
	case "enter":
		return t.begin(m)
	case "esc", "s", "ctrl+e":
		return t.close(m)
	}
	return nil
}

// begin puts the question of the chosen setting.
func (t *settings) begin(m *model) tea.Cmd {
	switch {
	case len(t.rows) == 0 || t.saving:
		return nil
	case m.demand == nil:
		t.note = "The wizard is at work now. Change it when the next page is shown."
		return nil
	}
	q := t.rows[t.chosen].Question
	t.edit = newQuestion(m, demand{page: run.Page{Question: &q}, previous: q.Default})
	t.edit.done = func(m *model, answer string) tea.Cmd {
		t.edit, t.saving = nil, true
		set := m.page.Set
		return func() tea.Msg {
			rows, err := set(q.Key, answer)
			return setDone{rows, err}
		}
	}
	t.edit.back = func(*model) tea.Cmd { t.edit = nil; return nil }
	return t.edit.build(m)
}

func (t *settings) set(m *model, d setDone) tea.Cmd {
	t.saving = false
	if d.err != nil {
		t.note = "Not changed: " + sentence(d.err)
		return nil
	}
	t.rows, t.changed, t.note = d.rows, true, "Changed. Close the settings to go on with it."
	t.chosen = min(t.chosen, max(0, len(t.rows)-1))
	m.settled(d.rows)
	clear(m.drafts) // what was half typed before may be wrong now
	return nil
}

func (t *settings) close(m *model) tea.Cmd {
	if t.saving {
		return nil
	}
	m.over = nil
	if t.changed {
		return m.answer(replyOnce{decision: run.Again})
	}
	return nil
}

func (t *settings) view(m *model, width, height int) []string {
	if t.edit != nil {
		return t.edit.view(m, width, height)
	}
	s := m.styles
	p := &page{width: width}
	p.add(s.strong, fmt.Sprintf("Settings (%d of %d)", min(t.chosen+1, len(t.rows)), len(t.rows)))
	if height >= 14 {
		p.gap()
	}
	var detail []string
	if t.chosen < len(t.rows) {
		detail = t.detail(m, t.rows[t.chosen], width)
	}
	rows, lines := t.table(s, width), 1
	if width < tableFrom {
		lines = 2
	}
	room := height - len(p.lines) - len(detail)
	if room < 3*lines {
		detail = detail[:max(0, len(detail)-(3*lines-room))]
		room = height - len(p.lines) - len(detail)
	}
	for _, row := range window(rows, t.chosen, room/lines) {
		p.raw(row...)
	}
	return append(p.lines, detail...)
}

// tableFrom is from how many columns the three columns stand side by side.
const tableFrom = 70

// table is each setting as one line, or two.
func (t *settings) table(s styles, width int) [][]string {
	const name, source = 22, 15
	var out [][]string
	for n, r := range t.rows {
		pointer, style := "  ", s.text
		if n == t.chosen {
			pointer, style = s.accent.Render(s.marks.now+" "), s.strong
		}
		value := shown(r)
		if width < tableFrom {
			out = append(out, []string{pointer + style.Render(ansi.Truncate(label(r.Question)+": "+value, width-2, "…")),
				"    " + s.muted.Render(ansi.Truncate(r.Source, width-4, "…"))})
			continue
		}
		cut := ansi.Truncate(value, width-name-source-4, "…")
		out = append(out, []string{pointer + style.Render(pad(ansi.Truncate(label(r.Question), name-1, "…"), name)) +
			style.Render(pad(cut, width-name-source-3)) + " " + s.muted.Render(ansi.Truncate(r.Source, source, "…"))})
	}
	return out
}

// detail is the chosen setting in full.
func (t *settings) detail(m *model, r run.Setting, width int) []string {
	s := m.styles
	p := &page{width: width}
	p.raw("")
	p.add(s.accent, r.Question.Title)
	if r.Value == "" {
		p.add(s.text, "Not given yet. Press Enter to answer.")
	} else {
		p.add(s.text, shown(r)+" ("+r.Source+")")
	}
	switch {
	case t.saving:
		p.add(s.muted, "Keeping it…")
	case t.note != "":
		p.add(s.warn, t.note)
	case m.height >= 20:
		p.add(s.muted, "A change to a step that is done leads back to it: its plan is shown and approved again.")
	}
	return p.lines
}

func shown(r run.Setting) string {
	if r.Value == "" {
		return "-"
	}
	return oneLine(r.Value)
}

func label(q steps.Question) string {
	if q.Label != "" {
		return oneLine(q.Label)
	}
	return oneLine(strings.TrimSuffix(q.Title, "?"))
}
