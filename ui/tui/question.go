package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/huh/v2"

	"awswizard/internal/run"
	"awswizard/steps"
)

// question is one question: a huh form of one field, made anew whenever its size changes, since a form neither grows
// again nor lives on once it is completed. All else is drawn and decided here.
type question struct {
	page  run.Page
	q     steps.Question
	draft string // what stands in the field
	form  *huh.Form
	wrong []error // what the field said of the answer, until the next key

	scroll scroller // of the text over the field

	done func(m *model, answer string) tea.Cmd // takes the answer
	back func(m *model) tea.Cmd                // goes back to what was shown before
}

// newQuestion begins with what was typed before, if the person came back.
func newQuestion(m *model, d demand) *question {
	s := &question{page: d.page, q: *d.page.Question, draft: d.previous, scroll: scroller{by: "pgdn"}}
	s.done = func(m *model, answer string) tea.Cmd {
		return m.answer(replyOnce{decision: run.Go, answer: answer})
	}
	s.back = func(m *model) tea.Cmd {
		if d.page.Nth == 1 {
			m.current = &intro{page: d.page}
			return nil
		}
		return m.answer(replyOnce{decision: run.Back})
	}
	if s.q.Typed != "" || (s.typing() && s.draft == s.q.Default) {
		s.draft = "" // consent is typed each time; what Enter alone takes stands above the field
	}
	if kept, ok := m.drafts[s.key()]; ok {
		s.draft = kept
	}
	return s
}

func (s *question) key() string { return s.page.Step.Name + "/" + s.q.Key }

// cautious: a yes to a bill must be meant.
func (s *question) cautious() bool { return s.q.Typed != "" }

func (s *question) typing() bool { return len(s.q.Choices) == 0 }

func (s *question) hints() []hint {
	hints := []hint{{"enter", "go on"}, {"esc", "back"}}
	switch {
	case !s.typing():
		hints = []hint{{"enter", "choose"}, {"esc", "back"}, {"up/down", "move"}}
	case s.editable() && s.draft == "":
		hints = append(hints, hint{"tab", "change the answer above"})
	}
	if s.scroll.most > 0 {
		hints = append(hints, hint{"pgup/pgdn", "read it all"})
	}
	return hints
}

// editable reports whether there is a default to begin from.
func (s *question) editable() bool { return s.typing() && s.q.Typed == "" && s.q.Default != "" }

// build makes the form. Its Init must run, or the field gets no keys.
func (s *question) build(m *model) tea.Cmd {
	width := m.bodyWidth()
	keys := huh.NewDefaultKeyMap()
	keys.Quit.SetEnabled(false)
	keys.Select.Filter.SetEnabled(false)
	keys.Select.SetFilter.SetEnabled(false)
	var field huh.Field
	if s.typing() {
		input := huh.NewInput().Value(&s.draft).Prompt("> ").Placeholder("").Validate(s.check)
		if s.q.Secret != "" {
			input = input.EchoMode(huh.EchoModePassword)
		}
		field = input
	} else {
		var options []huh.Option[string]
		for _, c := range s.q.Choices {
			options = append(options, huh.NewOption(oneLine(c.Label), c.Value))
		}
		field = huh.NewSelect[string]().Options(options...).Value(&s.draft).Height(min(s.optionLines(width), s.room(m))).Validate(s.check)
	}
	look := m.styles.form
	s.form = huh.NewForm(huh.NewGroup(field)).WithKeyMap(keys).WithShowHelp(false).WithShowErrors(false).
		WithTheme(huh.ThemeFunc(func(bool) *huh.Styles { return look })).WithWidth(width)
	return s.form.Init()
}

// optionLines is how many lines all choices take behind their pointers.
func (s *question) optionLines(width int) (lines int) {
	for _, c := range s.q.Choices {
		lines += len(wrap(oneLine(c.Label), width-2))
	}
	return lines
}

// room is how many lines of choices fit, where a long text over them gives way: it can be scrolled.
func (s *question) room(m *model) int {
	const least = 3 // lines of text, and one that counts the choices
	title, text, _ := s.head(m, m.bodyWidth())
	return max(3, m.bodyHeight()-len(title)-min(len(text), least)-1)
}

func (s *question) answer() string {
	v := strings.TrimSpace(s.draft)
	if v == "" && s.q.Typed == "" {
		return s.q.Default
	}
	return v
}

func (s *question) check(string) error {
	v := s.answer()
	switch {
	case s.q.Typed != "" && v != s.q.Typed && !isNo(v):
		return fmt.Errorf("this is neither %s in full nor no", s.q.Typed)
	case s.q.Typed != "":
		return nil
	case s.q.Validate != nil:
		return s.q.Validate(v)
	case v == "":
		return errors.New("please type an answer")
	}
	return nil
}

func (s *question) update(m *model, msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.String() {
		case "esc":
			if s.q.Secret == "" {
				m.drafts[s.key()] = s.draft
			}
			return s.back(m)
		case "tab":
			if s.editable() && s.draft == "" {
				s.draft = s.q.Default
				return s.build(m)
			}
			return nil
		case "shift+tab":
			return nil // there is one field
		case "pgdown", "pgup":
			s.scroll.key(k.String())
			return nil
		}
	}
	next, cmd := s.form.Update(msg)
	s.form = next.(*huh.Form)
	if _, key := msg.(tea.KeyPressMsg); key {
		s.wrong = s.form.Errors()
		if len(s.wrong) > 0 && s.q.Typed != "" {
			s.draft = "" // the word is typed anew, not behind the wrong one
			return s.build(m)
		}
	}
	if s.form.State != huh.StateCompleted {
		return cmd
	}
	delete(m.drafts, s.key())
	answer := s.answer()
	if s.q.Key == "home_region" {
		m.region = answer
	}
	return s.done(m, answer)
}

// head is what stands above the field: the title, the text, and how to answer.
func (s *question) head(m *model, width int) (title, text, how []string) {
	st := m.styles
	top, body, bottom := &page{width: width}, &page{width: width}, &page{width: width}
	if s.page.Asked > 1 && m.height >= 16 {
		top.add(st.muted, fmt.Sprintf("Question %d of %d", s.page.Nth, s.page.Asked))
	}
	top.add(st.strong, s.q.Title)
	if s.q.Why != "" {
		body.add(st.muted, s.q.Why)
	}
	if m.height >= 16 {
		body.gap()
	}
	if s.q.Example != "" {
		body.add(st.muted, "Example: "+s.q.Example)
	}
	switch {
	case s.q.Typed != "" && m.hushed == screen(s):
		bottom.add(st.muted, "One moment…") // the question is read before it can be answered
	case s.q.Typed != "":
		bottom.add(st.warn, "Type "+s.q.Typed+" in full to agree. Enter alone means no.")
	case s.typing() && s.q.Default != "":
		bottom.add(st.muted, "Enter alone takes: "+s.q.Default)
	}
	return top.lines, body.lines, bottom.lines
}

func (s *question) view(m *model, width, height int) []string {
	title, text, how := s.head(m, width)
	p := &page{width: width, lines: how}
	for line := range strings.SplitSeq(strings.TrimRight(s.form.View(), "\n "), "\n") {
		p.raw(line)
	}
	if n := len(s.q.Choices); s.optionLines(width) > s.room(m) && len(s.wrong) == 0 {
		p.add(m.styles.muted, fmt.Sprintf("  (%d in all: move up and down to see them)", n))
	}
	for _, err := range s.wrong {
		p.hang(m.styles.marks.failed+" ", m.styles.bad, sentence(err), m.styles.bad)
	}
	room := height - len(title) - len(p.lines)
	if text = s.scroll.part(m.styles, text, room); room < 1 {
		text = nil
	}
	lines := slices.Concat(title, text, p.lines)
	return lines[max(0, len(lines)-height):] // the field and what is wrong with the answer must be seen
}
