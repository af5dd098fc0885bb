package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"awswizard/internal/run"
)

// welcome is the first screen of a new set-up: who is signed in, where, and what will happen.
type welcome struct{ start Start }

func (*welcome) typing() bool { return false }
func (*welcome) free() bool   { return true }

func (w *welcome) hints() []hint {
	if w.start.Set == nil { // the way back has no settings and no review of its own
		return append([]hint{{"enter", "begin"}}, profileKey(w.start)...)
	}
	return slices.Concat([]hint{{"enter", "begin"}, {"r", "review only"}}, profileKey(w.start), []hint{{"s", "settings"}})
}

// profileKey is the key to another profile, where there is one.
func profileKey(s Start) []hint {
	if len(s.Profiles) == 0 {
		return nil
	}
	return []hint{{"p", "another profile"}}
}

func (w *welcome) update(m *model, msg tea.Msg) tea.Cmd {
	return begun(m, w.start, msg)
}

// begun acts on the keys of the first screens.
func begun(m *model, start Start, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	switch k.String() {
	case "enter":
		return m.answer(replyOnce{decision: run.Go, answer: string(Begin)})
	case "r":
		if m.page.Set == nil {
			return nil
		}
		return m.answer(replyOnce{decision: run.Go, answer: string(LookOnly)})
	case "s":
		m.openSettings()
	case "p":
		if len(start.Profiles) > 0 {
			m.over = newProfiles(start.Profiles)
		}
	}
	return nil
}

func (w *welcome) view(m *model, width, height int) []string {
	if m.o.Undo {
		return w.wayBack(m.styles, width, height)
	}
	long := []hint{
		{"You", w.start.Caller.Words()},
		{"Account", w.start.Caller.Account + "   " + w.start.Caller.ARN},
		{"Region", w.start.Region + " is your home for now; you are asked before it is used."},
		{"What", "Step by step: look at your account, ask a few questions, show every call to AWS, and make it when you say so."},
		{"Changes", "Nothing is changed until you approve it. How to take it back is said before."},
		{"Time", "About 30 minutes of your time; AWS needs some more for itself."},
		{"Cost", "Most of it is free. What is paid is named with its price before you approve it."},
		{"Leaving", "Press q at any time, or close the window. Start the program again and it goes on from there."},
	}
	short := []hint{
		{"You", w.start.Caller.Words()},
		{"Account", w.start.Caller.Account + " in " + w.start.Region},
		{"What", "Questions, then every call is shown first."},
		{"Changes", "Nothing is changed until you approve it."},
		{"Time", "About 30 minutes of yours."},
		{"Cost", "Mostly free; prices are named before."},
		{"Leaving", "Press q; start again to go on."},
	}
	switch {
	case m.o.Sandbox:
	case len(w.start.Profiles) > 0:
		long[1].does += "\n" + notYours
		short[1].does += " (p: another)"
	default:
		long[1].does += "\nNot the one you mean? Leave, sign in to the other one (aws login), and start again."
	}
	if m.o.Forgets {
		long[len(long)-1].does = "Press q at any time. This trial run is then forgotten; one that you can go on with: wizard --sandbox=trial.json"
		short[len(short)-1].does = "Press q; this trial is then forgotten."
	}
	if m.o.Sandbox {
		trial := hint{"Trial", "This is a trial run on a simulated AWS. Nothing real is touched and nothing is paid."}
		long, short = append([]hint{trial}, long...), append([]hint{{"Trial", "Simulated AWS: nothing real, nothing paid."}}, short...)
	}
	for _, try := range []struct {
		points []hint
		gaps   bool
	}{{long, true}, {long, false}, {short, false}} {
		if lines := w.list(m.styles, width, try.points, try.gaps); len(lines) <= height {
			return lines
		}
	}
	return w.list(m.styles, width, short[1:], false)
}

// notYours stands below an account where there are others to change to.
const notYours = "Not the one you mean? Press p for another AWS profile."

// wayBack is the first screen of an undo.
func (w *welcome) wayBack(s styles, width, height int) []string {
	account := w.start.Caller.Account + ", signed in as " + w.start.Caller.Words() + "."
	if len(w.start.Profiles) > 0 {
		account += "\n" + notYours
	}
	points := []hint{
		{"Account", account},
		{"What", "What the wizard made is taken back, from the last step to the first. What was there before stays."},
		{"Changes", "Nothing is changed until you approve it. What somebody changed since is shown, and stays unless you say so."},
		{"For good", "A closed account cannot be reopened after 90 days, and its e-mail address is lost. You are asked for each one."},
		{"Leaving", "Press q at any time, or close the window. Start wizard undo again and it goes on from there."},
	}
	short := []hint{
		{"Account", w.start.Caller.Account},
		{"What", "What the wizard made is taken back; what was there before stays."},
		{"Changes", "Nothing is changed until you approve it."},
		{"For good", "A closed account and its e-mail address are lost. You are asked for each one."},
		{"Leaving", "Press q; start wizard undo again to go on."},
	}
	if len(w.start.Profiles) > 0 {
		short[0].does += " (p: another)"
	}
	for _, gaps := range []bool{true, false} {
		if p := w.page(s, width, "The way back", points, gaps); len(p) <= height {
			return p
		}
	}
	return w.page(s, width, "The way back", short, false)
}

func (w *welcome) list(s styles, width int, points []hint, gaps bool) []string {
	return w.page(s, width, "From a bare AWS account to a safe set of accounts", points, gaps)
}

func (*welcome) page(s styles, width int, title string, points []hint, gaps bool) []string {
	p := &page{width: width}
	p.add(s.strong, title)
	if !gaps && width >= 70 {
		p.gap()
	}
	for _, x := range points {
		if gaps {
			p.gap()
		}
		p.hang(pad(x.key, 8)+" ", s.accent, x.does, s.text)
	}
	return p.lines
}
