package tui

import (
	tea "charm.land/bubbletea/v2"
)

// welcome is the first screen. AWS is looked at meanwhile.
type welcome struct{}

func (welcome) typing() bool  { return false }
func (welcome) hints() []hint { return []hint{{"enter", "begin"}} }

func (welcome) update(m *model, msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok && k.String() == "enter" {
		return m.entered()
	}
	return nil
}

func (w welcome) view(m *model, width, height int) []string {
	if m.o.Undo {
		return w.wayBack(m.styles, width, height)
	}
	points := []hint{
		{"What", "Step by step: look at your account, ask a few questions, show every call to AWS, and make it when you say so."},
		{"Changes", "Nothing is changed until you approve it. How to take it back is said before."},
		{"Time", "About 30 minutes of your time; AWS needs some more for itself."},
		{"Cost", "Most of it is free. What is paid is named with its price before you approve it."},
		{"Leaving", "Press q at any time, or close the window. Start the program again and it goes on from there."},
	}
	if m.o.Sandbox {
		points = append([]hint{{"Trial", "This is a trial run on a simulated AWS. Nothing real is touched and nothing is paid."}}, points...)
	}
	if lines := w.list(m.styles, width, points, true); len(lines) <= height {
		return lines
	}
	if lines := w.list(m.styles, width, points, false); len(lines) <= height {
		return lines
	}
	return w.list(m.styles, width, []hint{
		{"Changes", "Nothing is changed until you approve it."},
		{"Time", "About 30 minutes of yours."},
		{"Cost", "Mostly free; prices are named before."},
		{"Leaving", "Press q; start again to go on."},
	}, false)
}

// wayBack is the first screen of an undo.
func (w welcome) wayBack(s styles, width, height int) []string {
	points := []hint{
		{"What", "What the wizard made is taken back, from the last step to the first. What was there before stays."},
		{"Changes", "Nothing is changed until you approve it. What somebody changed since is shown, and stays unless you say so."},
		{"For good", "A closed account cannot be reopened after 90 days, and its e-mail address is lost. You are asked for each one."},
		{"Leaving", "Press q at any time, or close the window. Start wizard undo again and it goes on from there."},
	}
	p := w.page(s, width, "The way back", points, true)
	if len(p) > height {
		p = w.page(s, width, "The way back", points, false)
	}
	return p
}

func (w welcome) list(s styles, width int, points []hint, gaps bool) []string {
	return w.page(s, width, "From a bare AWS account to a safe set of accounts", points, gaps)
}

func (welcome) page(s styles, width int, title string, points []hint, gaps bool) []string {
	p := &page{width: width}
	p.add(s.strong, title)
	for _, x := range points {
		if gaps {
			p.gap()
		}
		p.hang(pad(x.key, 9)+" ", s.accent, x.does, s.text)
	}
	return p.lines
}

// scanning is up while a step is looked at and nothing is asked.
type scanning struct{}

func (scanning) typing() bool                         { return false }
func (scanning) hints() []hint                        { return nil }
func (scanning) update(m *model, msg tea.Msg) tea.Cmd { return nil }

func (scanning) view(m *model, width, height int) []string {
	s := m.styles
	p := &page{width: width}
	_, title := m.track.now()
	text := "Looking at your account: only reading, nothing is changed."
	if title != "" {
		text = "Looking at: " + title
	}
	p.hang(m.spin()+" ", s.accent, text, s.strong)
	if title != "" {
		p.gap()
		p.add(s.muted, "This only reads. Nothing is changed.")
	}
	if m.note != "" {
		p.gap()
		p.add(s.text, m.note)
	}
	return p.lines
}
