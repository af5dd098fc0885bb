package tui

import (
	"context"
	"runtime/debug"
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

// cautious is a screen whose answer matters so much that keys typed for the screen before it must not give it.
type cautious interface{ cautious() bool }

// free is a screen that is left without being asked whether one is sure: nothing is under way.
type free interface{ free() bool }

// grace is how long keys count as typed for the screen before. A held Enter or a word too many approves nothing.
const grace = 400 * time.Millisecond

// rested says that the grace of a screen is over.
type rested struct{ of screen }

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
	over     screen  // what lies over it: the settings
	hushed   screen  // the screen that takes no keys yet, since they were typed for the one before it
	demand   *demand // the one shown
	showHelp bool
	leave    bool // "Stop here?" is up

	helpScroll scroller

	track   track     // steps
	work    *progress // what was approved last
	pause   *pause    // what is waited for, while nobody can do anything
	scan    scan
	drafts  map[string]string
	looks   map[string]time.Time // when the engine looks next whether a hand-off is done, by item
	claimed map[string]bool      // the hand-offs a person said to have done, by item
	told    map[string]bool      // steps whose page was shown
	back    string               // the step in which the person asked to go back last
	page    run.Page             // the last one seen, for the header
	region  string
	ended   string // how the last step ended
	note    string // what is waited for while nothing is asked
	now     time.Time
	frame   int
	ticking bool

	stopping, interrupted, atOnce, left bool
	crash                               error
}

func newModel(o Options, cancel context.CancelFunc) *model {
	m := &model{o: o, cancel: cancel, wake: func() {}, drafts: map[string]string{}, told: map[string]bool{}, looks: map[string]time.Time{},
		claimed: map[string]bool{}, region: o.Region,
		dark: true, ascii: asciiOnly(o.Getenv), track: newTrack(o.Steps), current: scanning{}}
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

// handle deals with a message, and lets a new screen that must not be answered by chance come to rest first.
func (m *model) handle(msg tea.Msg) tea.Cmd {
	before := m.current
	cmd := m.dispatch(msg)
	if m.current == before {
		return cmd
	}
	m.hushed = nil
	if c, ok := m.current.(cautious); ok && c.cautious() {
		shown := m.current
		m.hushed = shown
		return tea.Batch(cmd, tea.Tick(grace, func(time.Time) tea.Msg { return rested{shown} }))
	}
	return cmd
}

func (m *model) dispatch(msg tea.Msg) tea.Cmd {
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
	case rested:
		if m.hushed == msg.of {
			m.hushed = nil
		}
		return nil
	case tick:
		m.ticking, m.now, m.frame = false, time.Time(msg), m.frame+1
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
	return m.top().update(m, msg)
}

// top is the screen the keys go to.
func (m *model) top() screen {
	if m.over != nil {
		return m.over
	}
	return m.current
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
		m.showHelp = m.helpScroll.most > 0 && m.helpScroll.key(s)
		return nil
	case m.hushed != nil && m.hushed == m.top():
		return nil // typed for the screen before
	case s == "ctrl+q", s == "q" && !m.top().typing():
		if m.free() {
			return m.answer(replyOnce{decision: run.Leave})
		}
		m.leave = true
		return nil
	case s == "?" && !m.top().typing():
		m.showHelp, m.helpScroll.at = true, 0
		return nil
	case s == "ctrl+e" && m.over == nil && m.page.Set != nil:
		m.openSettings()
		return nil
	}
	return m.top().update(m, k)
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

// resized lets the screens lay themselves out anew.
func (m *model) resized() tea.Cmd {
	var cmds []tea.Cmd
	for _, s := range []screen{m.current, m.over} {
		if b, ok := s.(interface{ build(*model) tea.Cmd }); ok {
			cmds = append(cmds, b.build(m))
		}
	}
	return tea.Batch(cmds...)
}

func (m *model) happened(e run.Event) tea.Cmd {
	if m.now.IsZero() || e.Time.After(m.now) {
		m.now = e.Time
	}
	if e.Kind == run.Looking {
		m.looks[e.Item] = e.Until
		return nil
	}
	m.track.happened(e)
	m.scan.happened(e, m.track.title(e.Step))
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
	case run.StepBegin:
		m.work = nil
	case run.StepEnd:
		m.work, m.ended = nil, m.verdict(e)
	}
	_, resting := m.current.(scanning)
	_, working := m.current.(*progress)
	_, pausing := m.current.(*pause)
	if resting || working || pausing {
		return m.rest()
	}
	return nil
}

// verdict is how a step ended, for the page of the next.
func (m *model) verdict(e run.Event) string {
	if e.Text == run.LookedAt {
		return m.ended
	}
	return oneLine(m.track.title(e.Step)) + ": " + e.Text + "."
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

// settled notes the settings as they are now.
func (m *model) settled(rows []run.Setting) {
	if len(rows) > 0 {
		m.page.Settings = rows
	}
	for _, r := range rows {
		if r.Question.Key == "home_region" && r.Question.Default != "" {
			m.region = r.Question.Default
		}
	}
}

// accountID is the caller's account for the header.
func accountID(p run.Page) string {
	if p.Caller.Account != "" {
		return p.Caller.Account
	}
	id, _ := p.Facts.Lookup(plan.AccountFact(plan.Management))
	return id
}
