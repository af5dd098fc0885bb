package tui

import (
	tea "charm.land/bubbletea/v2"

	"awswizard/internal/run"
)

// asked takes a demand. The page of its step comes first, once; and again when the person goes back and there is no question
// to go back to.
func (m *model) asked(d demand) tea.Cmd {
	m.demand, m.page, m.showHelp, m.pause = &d, d.page, false, nil
	m.settled(d.page.Settings)
	step := d.page.Step.Name
	if step != "" {
		m.track.at(d.page)
	}
	wentBack := m.back != "" && m.back == step
	m.back = ""
	plain := d.handOff == nil && d.problem == nil && step != "" && d.review == nil
	if plain && (!m.told[step] || wentBack && d.page.Question == nil) {
		m.told[step] = true
		m.current = &intro{page: d.page}
		return m.startTicking()
	}
	return m.show(d)
}

// show puts up the screen of a demand.
func (m *model) show(d demand) tea.Cmd {
	switch {
	case d.start != nil && d.start.Standing != nil:
		m.current = &resume{start: *d.start}
	case d.start != nil:
		m.current = &welcome{start: *d.start}
	case d.review != nil:
		m.current = newReview(d)
	case d.finish != nil:
		m.current = &finish{Finish: *d.finish}
	case d.page.Question != nil:
		q := newQuestion(m, d)
		m.current = q
		return q.build(m)
	case d.problem != nil:
		m.current = newTrouble(m, d)
	case d.handOff != nil:
		if in := d.handOff.SignIn; in != nil && in.Code != "" {
			return tea.Batch(newSignIn(m, d.handOff), m.startTicking())
		}
		m.current = &handOff{item: d.handOff}
	default:
		m.current = newPreview(d)
	}
	return m.startTicking()
}

// withdraw takes away a demand that needs no reply any more.
func (m *model) withdraw(id int64) tea.Cmd {
	if m.demand == nil || m.demand.id != id {
		return nil
	}
	m.demand = nil
	return m.rest()
}

// answer replies to the demand that is shown. Nothing blocks: the channel has room for the one reply.
func (m *model) answer(r replyOnce) tea.Cmd {
	if m.demand == nil {
		return nil
	}
	if r.decision == run.Back {
		m.back = m.demand.page.Step.Name
	}
	m.demand.reply <- r
	m.demand = nil
	return m.rest()
}

// rest shows what goes on while nothing is asked.
func (m *model) rest() tea.Cmd {
	switch {
	case m.work != nil && m.work.busy():
		m.current = m.work
	case m.pause != nil:
		m.current = m.pause
	case m.work != nil:
		m.current = m.work // until the step ends, AWS is looked at again
	default:
		m.current = scanning{}
	}
	return m.startTicking()
}
