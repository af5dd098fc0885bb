package tui

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"awswizard/internal/plan"
)

// The frame: what surrounds every screen, and the sizes it needs.
const (
	leastWidth   = 40
	leastHeight  = 10
	sideFrom     = 100 // columns from which the list of steps stands at the left
	sideWidth    = 26
	product      = "AWS setup"
	trialRun     = "TRIAL RUN: nothing real is touched"
	stopFirst    = "Stopping after the call in flight… ctrl+c again leaves at once."
	stopShort    = "Stopping… ctrl+c again: leave at once."
	stopQuestion = "Nothing is lost: what is done stays done, your answers are kept, and the next start goes on from here."
	stopForgets  = "This trial run is kept in memory: it is forgotten when you leave. One that you can go on with: wizard --sandbox=trial.json"
)

// View implements tea.Model.
func (m *model) View() (v tea.View) {
	defer func() {
		if e := recover(); e != nil {
			if m.crash == nil {
				m.crash = &CrashError{e, debug.Stack()}
			}
			m.wake() // Update ends the program
			v = tea.View{AltScreen: true}
		}
	}()
	v.AltScreen = true
	if m.width == 0 {
		return v // the first frame is drawn before the size is known
	}
	v.WindowTitle = m.windowTitle()
	if m.work != nil && m.work.busy() {
		v.ProgressBar = m.work.terminalBar()
	}
	v.Content = strings.Join(m.draw(), "\n")
	if m.ascii {
		v.Content = strings.ReplaceAll(v.Content, "…", ".")
	}
	return v
}

func (m *model) windowTitle() string {
	n, title := m.track.now()
	if n == 0 {
		return product
	}
	if m.work != nil && m.work.busy() {
		finished, total := m.work.counts()
		return fmt.Sprintf("%s: %d of %d calls, %s", product, finished, total, title)
	}
	return fmt.Sprintf("%s %d/%d %s", product, n, max(m.track.of, n), title)
}

// draw is the whole screen, line by line.
func (m *model) draw() []string {
	if m.tooSmall() {
		return m.small()
	}
	s := m.styles
	lines := m.header()
	if m.height >= 20 {
		lines = append(lines, "")
	}
	width, height, side := m.bodyWidth(), m.bodyHeight(), []string(nil)
	if width < m.width {
		side = fit(m.steps().list(s, sideWidth), sideWidth, height)
	}
	for n, line := range fit(m.body(width, height), width, height) {
		if side != nil {
			line = pad(side[n], sideWidth) + " " + s.muted.Render(s.marks.rule) + " " + line
		}
		lines = append(lines, line)
	}
	for len(lines) < m.height-1 {
		lines = append(lines, "")
	}
	return fit(append(lines, m.footer()), m.width, m.height)
}

// steps is the list at the left. Before a run has begun, the screen knows how far the steps are.
func (m *model) steps() *track {
	if x, ok := m.current.(interface{ standing(t track) track }); ok {
		t := x.standing(m.track)
		return &t
	}
	return &m.track
}

// bodyWidth and bodyHeight are the room of a screen: what header, help bar and list of steps leave.
func (m *model) bodyWidth() int {
	if m.width >= sideFrom {
		return m.width - sideWidth - 3
	}
	return m.width
}

func (m *model) bodyHeight() int {
	height := m.height - 3
	if m.height >= 16 {
		height-- // a blank line above the help bar
	}
	if m.height >= 20 {
		height-- // and one under the header
	}
	return height
}

// body is the screen itself or what lies over it.
func (m *model) body(width, height int) []string {
	s := m.styles
	switch {
	case m.leave:
		p := &page{width: width}
		p.add(s.strong, "Stop here?")
		p.gap()
		if m.o.Forgets {
			p.add(s.text, stopForgets)
		} else {
			p.add(s.text, stopQuestion)
		}
		if m.work != nil && m.work.busy() {
			p.gap()
			p.add(s.text, "The call in flight is finished first.")
		}
		p.gap()
		p.add(s.text, "y   stop here")
		p.add(s.text, "n   go on (Enter, too)")
		return p.lines
	case m.showHelp:
		return m.allKeys(width, height)
	}
	return m.top().view(m, width, height)
}

// allKeys lists the keys in full, from the line the person scrolled to.
func (m *model) allKeys(width, height int) []string {
	s := m.styles
	p := &page{width: width}
	p.add(s.strong, "All keys of this screen")
	p.gap()
	for _, h := range append(m.top().hints(), m.frameHints()...) {
		p.hang(pad(h.key, 12)+" ", s.accent, h.does, s.text)
	}
	return m.helpScroll.part(s, p.lines, height)
}

func (m *model) header() []string {
	s := m.styles
	first := s.accent.Render(product)
	if m.o.Sandbox {
		words := trialRun
		if len(product)+3+len(words) > m.width {
			words, _, _ = strings.Cut(words, ":")
		}
		first += " " + s.muted.Render(s.marks.dot) + " " + s.warn.Render(words)
	}
	var parts []string
	if at := m.track.position(); at != "" {
		parts = append(parts, at)
	}
	account, as, home := "account ", "signed in as ", "home "
	if m.width < sideFrom {
		account, as, home = "", "", ""
	}
	if id := accountID(m.page); id != "" {
		parts = append(parts, account+oneLine(id))
	}
	if who := callers[m.page.Caller.Kind]; who != "" {
		parts = append(parts, as+who)
	}
	if m.region != "" {
		parts = append(parts, home+oneLine(m.region))
	}
	return []string{first, s.muted.Render(ansi.Truncate(fitting(parts, " "+s.marks.dot+" ", m.width), m.width, "…"))}
}

// fitting joins as many of the parts as fit, from the first; that one stands in any case.
func fitting(parts []string, between string, width int) string {
	out := ""
	for n, part := range parts {
		if n > 0 {
			part = out + between + part
		}
		if n > 0 && ansi.StringWidth(part) > width {
			break
		}
		out = part
	}
	return out
}

// callers are the ways of being signed in, in a word or two.
var callers = map[plan.CallerKind]string{plan.Root: "root", plan.IAMUser: "IAM user", plan.Role: "a role", plan.IdentityCenter: "yourself"}

func (m *model) frameHints() []hint {
	var out []hint
	stop := "stop here, continue another day"
	if m.free() || m.o.Forgets {
		stop = "leave"
	}
	if m.top().typing() {
		out = append(out, hint{"ctrl+q", stop})
	} else {
		out = append(out, hint{"q", stop}, hint{"?", "all keys"})
	}
	if m.over == nil && m.page.Set != nil {
		out = append(out, hint{"ctrl+e", "see and change the settings"})
	}
	if m.work != nil && m.work.busy() {
		return append(out, hint{"ctrl+c", "stop after the call in flight"})
	}
	return append(out, hint{"ctrl+c", "leave at once"})
}

// footer has the keys that work now; what does not fit is behind "?".
func (m *model) footer() string {
	s := m.styles
	switch {
	case m.stopping:
		text := stopFirst
		if ansi.StringWidth(text) > m.width {
			text = stopShort
		}
		return s.warn.Render(ansi.Truncate(text, m.width, "…"))
	case m.leave:
		return m.bar(hint{"y", "stop"}, hint{"n", "go on"}, hint{"ctrl+c", "stop"})
	case m.showHelp:
		return m.bar(append([]hint{{"any key", "back"}}, m.helpScroll.hint()...)...)
	case m.hushed != nil && m.hushed == m.top():
		return s.muted.Render("One moment…") // keys typed for the screen before are not taken
	}
	hints := m.top().hints()
	leave := "stop"
	if m.free() {
		leave = "leave"
	}
	last := []hint{{"?", "keys"}, {"q", leave}}
	if m.top().typing() {
		last = []hint{{"ctrl+q", leave}}
	}
	if m.over == nil && m.page.Set != nil && !slices.ContainsFunc(hints, func(h hint) bool { return h.does == "settings" }) {
		hints = append(hints, hint{"ctrl+e", "settings"})
	}
	first := min(2, len(hints)) // the two most important, how to get out, then the rest
	if first == 2 && hints[1].does == "scroll" {
		first = 1
	}
	return m.bar(slices.Concat(hints[:first], last, hints[first:])...)
}

// free reports whether leaving needs no second thought here.
func (m *model) free() bool {
	f, ok := m.current.(free)
	return ok && f.free()
}

func (m *model) bar(hints ...hint) string { return bar(m.styles, m.width, hints...) }

// dotsFrom is from how many columns a dot stands between two keys; the room of the dots goes to keys in smaller windows.
const dotsFrom = 60

// bar is the help bar; a key that does not fit is left out.
func bar(s styles, columns int, hints ...hint) string {
	between := "  "
	if columns >= dotsFrom {
		between = " " + s.marks.dot + " "
	}
	out, width := "", 0
	for _, h := range hints {
		need := ansi.StringWidth(h.key) + 1 + ansi.StringWidth(h.does)
		if out != "" {
			need += ansi.StringWidth(between)
		}
		if width+need > columns {
			continue
		}
		if out != "" {
			out += s.muted.Render(between)
		}
		out += s.accent.Render(h.key) + " " + s.muted.Render(h.does)
		width += need
	}
	return out
}

func (m *model) small() []string { return small(m.width, m.height) }

// small is all that is said in a window nobody can read.
func small(width, height int) []string {
	text := fmt.Sprintf("Please make the window larger: at least %dx%d (now %dx%d). Nothing is lost.", leastWidth, leastHeight, width, height)
	if more := wrap(text+" If it cannot be: press ctrl+c and start with --accessible.", width); len(more) <= height {
		return fit(more, width, height)
	}
	return fit(wrap(text, width), width, height)
}

// spin is the sign that something runs. It is of ASCII, which every font and Braille display has.
func (m *model) spin() string { return string(`|/-\`[m.frame%4]) }
