package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/ui/safe"
)

// trouble is a problem: what, why, what next; and what is done already.
type trouble struct {
	step    string
	problem run.Problem
	done    []string // titles of the calls made before it
	left    int      // items still to do
	copied  bool
	scroll  scroller
}

func newTrouble(m *model, d demand) *trouble {
	t := &trouble{step: d.page.Step.Title, problem: *d.problem}
	if m.work != nil {
		for _, j := range m.work.jobs {
			switch j.state {
			case made:
				t.done = append(t.done, j.title)
			case queued, running:
				t.left++
			}
		}
	}
	return t
}

func (t *trouble) typing() bool { return false }

func (t *trouble) hints() []hint {
	switch t.problem.SignIn {
	case run.SignInBeside:
		return append([]hint{{"r", "go on"}, {"s", "skip it"}}, t.scroll.hint()...)
	case run.SignInAnew:
		return append([]hint{{"s", "skip it"}}, t.scroll.hint()...)
	}
	return append([]hint{{"r", "try again"}, {"s", "skip it"}, {"y", "copy for support"}}, t.scroll.hint()...)
}

func (t *trouble) update(m *model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	switch k.String() {
	case "r":
		if t.problem.SignIn == run.SignInAnew {
			return nil
		}
		return m.answer(replyOnce{decision: run.Go})
	case "s":
		return m.answer(replyOnce{decision: run.Skip})
	case "y":
		if t.problem.SignIn != "" {
			return nil // no matter for support
		}
		t.copied = true
		return tea.SetClipboard(t.forSupport())
	default:
		t.scroll.key(k.String())
	}
	return nil
}

func (t *trouble) fields(m *model) []hint {
	if t.problem.SignIn != "" { // what to do comes first, and nothing is wrong
		return []hint{{"What next", t.problem.Next}, {"Why", t.problem.Why}}
	}
	all := []hint{{"What", t.problem.What}, {"Why", t.problem.Why}, {"What next", t.problem.Next}, {"Code", t.problem.Code},
		{"Request id", t.problem.RequestID}, {"Log", m.o.Log}}
	var out []hint
	for _, f := range all {
		if f.does != "" {
			out = append(out, f)
		}
	}
	return out
}

// forSupport is what AWS Support asks for.
func (t *trouble) forSupport() string {
	return safe.Text(strings.Join([]string{t.problem.What, t.problem.Why, t.problem.Code, t.problem.RequestID}, "\n"))
}

// mostDone is how many of the calls made are listed; the rest are counted.
const mostDone = 8

func (t *trouble) view(m *model, width, height int) []string {
	s := m.styles
	p := &page{width: width}
	if t.problem.SignIn != "" {
		p.add(s.warn, strings.TrimSuffix(t.problem.What, ".")+". Nothing is lost.")
	} else {
		p.hang(s.marks.failed+" ", s.bad, "This did not work: "+t.step, s.bad)
	}
	roomy := height >= 14
	if roomy {
		p.gap()
	}
	const lead = 11
	for _, f := range t.fields(m) {
		p.hang(pad(f.key, lead), s.accent, f.does, s.text)
	}
	if roomy {
		p.gap()
	}
	switch t.problem.SignIn {
	case run.SignInAnew:
	case run.SignInBeside:
		p.hang(pad("r", 3), s.accent, "go on: press this after you have signed in", s.text)
	default:
		p.hang(pad("r", 3), s.accent, "try again: do this after you have mended the cause", s.text)
	}
	p.hang(pad("s", 3), s.accent, "skip it: what needs it waits, all else goes on; the next start offers it again", s.text)
	stop := "stop here: the next start goes on"
	if m.o.Forgets {
		stop = "stop here"
	}
	p.hang(pad("q", 3), s.accent, stop, s.text)
	if roomy {
		p.gap()
	}
	t.soFar(p, s)
	var bottom []string
	if t.copied {
		bottom = []string{s.good.Render("Copied, if your terminal allows it.")}
	}
	return t.scroll.over(bottom, s, p.lines, height, false)
}

// soFar lists what is done: a problem takes nothing of it back.
func (t *trouble) soFar(p *page, s styles) {
	if len(t.done) == 0 {
		p.add(s.muted, "What is done already stays done.")
		return
	}
	p.add(s.muted, fmt.Sprintf("What is done already stays done: %s; %d still to do.", plan.Count(len(t.done), "call"), t.left))
	for _, title := range t.done[max(0, len(t.done)-mostDone):] {
		p.hang(s.marks.done+" ", s.good, title, s.text)
	}
	if more := len(t.done) - mostDone; more > 0 {
		p.add(s.muted, fmt.Sprintf("and %d before them", more))
	}
}
