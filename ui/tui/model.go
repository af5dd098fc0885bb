package tui

import (
	"context"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"awswizard/internal/plan"
	"awswizard/internal/run"
)

// screen is what fills the space between header and help bar.
type screen interface {
	// update takes every message that is not the frame's own.
	update(m *model, msg tea.Msg) tea.Cmd
	// view draws at most height lines of at most width columns.
	view(m *model, width, height int) []string
	// hints are the keys that work now, the most important first.
	hints() []hint
	// typing reports whether letters are text now, and so not keys of the frame.
	typing() bool
}

// hint is a key and what it does.
type hint struct{ key, does string }

// nudge makes Update run after a failure in View.
type nudge struct{}

// tick moves the spinner and the seconds, only while something runs.
type tick time.Time

const tickEvery = 200 * time.Millisecond

// model is the one Bubble Tea model. It is used by the event loop only.
type model struct {
	o      Options
	cancel context.CancelFunc // asks the work to stop
	wake   func()

	width, height int
	styles        styles
	dark, ascii   bool

	current  screen
	demand   *demand  // the one shown
	waiting  []demand // those that came while the first screen was up
	showHelp bool
	helpFrom int  // first line shown of it
	leave    bool // "Stop here?" is up

	track   track     // steps
	work    *progress // what was approved last
	pause   *pause    // what is waited for, while nobody can do anything
	drafts  map[string]string
	about   map[string]string // the page on which a step was introduced, by step
	page    run.Page          // the last one seen, for the header
	region  string
	note    string // what is waited for while nothing is asked
	now     time.Time
	frame   int
	ticking bool

	stopping, interrupted, atOnce, left bool
	crash                               error
}

func newModel(o Options, cancel context.CancelFunc) *model {
	m := &model{o: o, cancel: cancel, wake: func() {}, drafts: map[string]string{}, about: map[string]string{}, region: o.Region,
		dark: true, ascii: asciiOnly(o.Getenv), track: newTrack(o.Steps), current: welcome{}}
	m.restyle()
	return m
}

// asciiOnly reports whether the locale is named and is not one of UTF-8.
func asciiOnly(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return !strings.Contains(v, "utf")
		}
	}
	return false
}

func (m *model) restyle() { m.styles = newStyles(m.dark, m.ascii, m.o.NoColor) }

// Init implements tea.Model. Some terminals never answer the question for the background: dark is assumed until then.
func (m *model) Init() tea.Cmd { return tea.Batch(tea.RequestBackgroundColor, m.startTicking()) }

// Update implements tea.Model.
func (m *model) Update(msg tea.Msg) (next tea.Model, cmd tea.Cmd) {
	defer func() {
		if v := recover(); v != nil {
			m.crash, next, cmd = &CrashError{v, debug.Stack()}, m, tea.Quit // without a model Bubble Tea itself panics
		}
	}()
	if m.crash != nil {
		return m, tea.Quit
	}
	return m, m.handle(msg)
}

func (m *model) handle(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		if m.width == msg.Width && m.height == msg.Height {
			return nil // a huh form asks for the size each time it begins: made anew, it would ask for ever
		}
		m.width, m.height = msg.Width, msg.Height
		return m.resized()
	case tea.BackgroundColorMsg:
		m.dark = msg.IsDark()
		m.restyle()
		return m.resized()
	case nudge:
		return nil
	case tick:
		m.ticking, m.now, m.frame = false, time.Time(msg), m.frame+1
		if h, ok := m.current.(*handOff); ok && h.since.IsZero() {
			h.since = m.now
		}
		return m.startTicking()
	case done:
		return tea.Quit
	case cancelled:
		return m.stop(false)
	case atOnce:
		m.atOnce = true
		return tea.Quit
	case eventMsg:
		return m.happened(msg.Event)
	case eventsMsg:
		var cmds []tea.Cmd
		for _, e := range msg {
			cmds = append(cmds, m.happened(e))
		}
		return tea.Batch(cmds...)
	case demand:
		return m.asked(msg)
	case withdrawn:
		return m.withdraw(msg.id)
	case tea.KeyPressMsg:
		return m.pressed(msg)
	}
	return m.current.update(m, msg)
}

// pressed is a key: the frame's own first, then the screen's.
func (m *model) pressed(k tea.KeyPressMsg) tea.Cmd {
	s := k.String()
	switch {
	case s == "ctrl+c" && m.stopping:
		m.atOnce = true
		return tea.Quit
	case s == "ctrl+c":
		return m.stop(true)
	case m.tooSmall():
		return nil
	case m.leave:
		return m.confirmLeave(s)
	case m.showHelp:
		switch s {
		case "down":
			m.helpFrom++
		case "up":
			m.helpFrom = max(0, m.helpFrom-1)
		default:
			m.showHelp = false
		}
		return nil
	case s == "ctrl+q", s == "q" && !m.current.typing():
		m.leave = true
		return nil
	case s == "?" && !m.current.typing():
		m.showHelp, m.helpFrom = true, 0
		return nil
	}
	return m.current.update(m, k)
}

func (m *model) stop(byKey bool) tea.Cmd {
	if !m.stopping {
		m.stopping, m.interrupted = true, byKey
		m.cancel()
	}
	m.leave, m.showHelp = false, false
	return m.startTicking()
}

func (m *model) confirmLeave(key string) tea.Cmd {
	switch key {
	case "y", "Y":
		m.leave = false
		if m.demand != nil {
			return m.answer(replyOnce{decision: run.Leave})
		}
		m.left = true
		return m.stop(false)
	case "n", "N", "esc", "enter":
		m.leave = false
	}
	return nil
}

func (m *model) tooSmall() bool { return m.width < leastWidth || m.height < leastHeight }

// resized lets the screen lay itself out anew.
func (m *model) resized() tea.Cmd {
	if q, ok := m.current.(*question); ok {
		return q.build(m)
	}
	return nil
}

// asked shows a demand, or keeps it until the first screen is left.
func (m *model) asked(d demand) tea.Cmd {
	if _, first := m.current.(welcome); first {
		m.waiting = append(m.waiting, d)
		return nil
	}
	m.demand, m.page, m.showHelp, m.pause = &d, d.page, false, nil
	m.track.at(d.page)
	switch {
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
	m.waiting = slices.DeleteFunc(m.waiting, func(d demand) bool { return d.id == id })
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

// entered leaves the first screen.
func (m *model) entered() tea.Cmd {
	cmd := m.rest()
	if len(m.waiting) == 0 {
		return cmd
	}
	next := m.waiting[0]
	m.waiting = m.waiting[1:]
	return tea.Batch(cmd, m.asked(next))
}

func (m *model) happened(e run.Event) tea.Cmd {
	if m.now.IsZero() || e.Time.After(m.now) {
		m.now = e.Time
	}
	m.track.happened(e)
	m.note = ""
	if e.Kind == run.Waiting {
		m.pause = paused(m.pause, e)
	} else {
		m.pause = nil
	}
	if m.work != nil {
		m.work.happened(e)
	}
	switch e.Kind {
	case run.StepBegin, run.StepEnd:
		m.work = nil
	}
	_, resting := m.current.(scanning)
	_, working := m.current.(*progress)
	_, pausing := m.current.(*pause)
	if resting || working || pausing {
		return m.rest()
	}
	return nil
}

// approve begins the work on what was approved.
func (m *model) approve(p run.Page, refused []string) tea.Cmd {
	m.work = newProgress(p, refused)
	return m.answer(replyOnce{decision: run.Go, refused: refused})
}

func (m *model) startTicking() tea.Cmd {
	moving := false
	switch m.current.(type) {
	case scanning, *progress, *pause, *handOff, *signIn:
		moving = true
	}
	if m.ticking || !moving {
		return nil
	}
	m.ticking = true
	return tea.Tick(tickEvery, func(t time.Time) tea.Msg { return tick(t) })
}

// introduces reports whether this page is the first of its step, which has the room to say what the step is for.
func (m *model) introduces(p run.Page, key string) bool {
	if _, known := m.about[p.Step.Name]; !known {
		m.about[p.Step.Name] = key
	}
	return m.about[p.Step.Name] == key && m.height >= 24
}

// accountID is the caller's account for the header.
func accountID(p run.Page) string {
	if p.Caller.Account != "" {
		return p.Caller.Account
	}
	id, _ := p.Facts.Lookup(plan.AccountFact(plan.Management))
	return id
}
