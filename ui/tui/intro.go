package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"awswizard/internal/run"
	"awswizard/steps"
)

// intro is the page of a step, before its questions and its plan.
type intro struct {
	page   run.Page
	review bool // nothing can be approved from here
	scroll scroller
}

func (*intro) typing() bool { return false }

func (i *intro) hints() []hint {
	next := "see the calls"
	if i.page.Question != nil {
		next = "go on to the questions"
	} else if len(i.page.Items) == 0 {
		next = "go on"
	}
	return append([]hint{{"enter", next}}, i.scroll.hint()...)
}

func (i *intro) update(m *model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	if k.String() == "enter" && m.demand != nil {
		return tea.Batch(m.show(*m.demand), m.startTicking())
	}
	i.scroll.key(k.String())
	return nil
}

func (i *intro) view(m *model, width, height int) []string {
	s := m.styles
	p := &page{width: width}
	title := i.page.Step.Title
	if i.review && i.page.Of > 0 { // else the header says which one it is
		title = fmt.Sprintf("Step %d of %d: %s", i.page.Number, i.page.Of, title)
	}
	step := i.page.Step
	if i.page.Undo { // what it was for and what it cost is over
		step.About = steps.About{Undo: step.About.Undo}
	}
	about(p, s, title, step, height >= 14)
	next := "Enter shows the calls to AWS. Nothing is changed before you approve them."
	switch {
	case i.page.Question != nil && i.page.Asked == 1:
		next = "Enter goes on to one question. Nothing is changed before you approve it."
	case i.page.Question != nil:
		next = fmt.Sprintf("Enter goes on to %d questions. Nothing is changed before you approve it.", i.page.Asked)
	case i.review && len(i.page.Items) == 0:
		next = "Nothing to do: AWS is as your answers want it."
	case i.review:
		next = "Enter shows the calls to AWS."
	case len(i.page.Items) == 0:
		next = "Enter goes on."
	}
	bottom, lines := wrap(next, width), p.lines
	if before := (&page{width: width}); m.ended != "" && !i.review {
		before.add(s.muted, m.ended)
		before.raw("")
		// That a step is done is worth a line that is free; what is not done, any line.
		if len(before.lines)+len(lines)+1+len(bottom) <= height || !strings.Contains(m.ended, ": done") {
			lines = append(before.lines, lines...)
		}
	}
	return i.scroll.over(bottom, s, lines, height, height >= 14)
}

// about says what a step is for.
func about(p *page, s styles, title string, step steps.Step, roomy bool) {
	a := step.About
	p.add(s.strong, title)
	for _, part := range []struct{ lead, text string }{
		{"Why", a.Why}, {"What", a.What}, {"Cost", a.Cost}, {"Undo", a.Undo}, {"Meets", controls(a.Controls)},
	} {
		if part.text == "" {
			continue
		}
		if roomy {
			p.gap()
		}
		p.hang(pad(part.lead, 6)+" ", s.accent, part.text, s.text)
	}
}

func controls(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return strings.Join(ids, ", ") + " of the AWS Startup Security Baseline"
}
