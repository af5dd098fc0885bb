package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/ui/safe"
)

// Browser says how an address is opened for the person.
type Browser struct {
	// Open starts the browser and returns what went wrong; nil when there is none to start.
	Open func(url string) error
	// Local: the browser is on the screen the person sits at, so it may come up unasked. Over SSH and in a container it
	// would come up elsewhere, or nowhere.
	Local bool
}

// opened says what became of starting the browser for an address.
type opened struct {
	url string
	err error
}

// signIn leads through signing in as oneself: an address to open, anywhere, and a code to compare. The engine looks
// meanwhile and takes the screen away when it is done.
type signIn struct {
	item   *plan.HandOff
	stuck  bool
	note   string // what became of the last key
	scroll scroller
}

// newSignIn opens the page unasked where the browser is at hand; in a trial run there is no page.
func newSignIn(m *model, item *plan.HandOff) tea.Cmd {
	s := &signIn{item: item}
	m.current = s
	if m.o.Browser.Local && !m.o.Sandbox {
		return s.open(m)
	}
	return nil
}

func (s *signIn) typing() bool { return false }

func (s *signIn) hints() []hint {
	does := "I am stuck"
	if s.stuck {
		does = "the code"
	}
	hints := []hint{{"enter", "I have signed in"}, {"h", does}, {"o", "open"}, {"y", "copy"}, {"s", "later"}}
	return append(hints, s.scroll.hint()...)
}

// open starts the browser outside the event loop.
func (s *signIn) open(m *model) tea.Cmd {
	start, url := m.o.Browser.Open, s.item.URL
	switch {
	case m.o.Sandbox:
		s.note = "In a trial run there is no page to open: press Enter."
		return nil
	case start == nil:
		s.note = "No browser can be opened from here. Open the address on any computer or phone."
		return nil
	case !strings.HasPrefix(url, "https://"):
		s.note = "Only https addresses are opened. Look at the address first."
		return nil
	}
	s.note = "Opening your browser."
	return func() tea.Msg { return opened{url, start(url)} }
}

func (s *signIn) update(m *model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case opened:
		switch {
		case msg.url != s.item.URL: // of a page before this one
		case msg.err != nil:
			s.note = "The browser could not be opened. Open the address yourself, on any computer or phone."
		default:
			s.note = "Your browser shows the page now."
		}
		return nil
	case tea.KeyPressMsg:
		note := s.note
		s.note = ""
		switch msg.String() {
		case "enter":
			m.note = "Looking whether you have signed in."
			return m.answer(replyOnce{decision: run.Go})
		case "s":
			return m.answer(replyOnce{decision: run.Skip})
		case "o":
			return s.open(m)
		case "y", "c":
			s.note = "The address is copied, if your terminal allows it."
			return tea.SetClipboard(safe.Text(s.item.URL))
		case "h":
			s.stuck, s.scroll.at = !s.stuck, 0
		default:
			if !s.scroll.key(msg.String()) {
				s.note = note
			}
		}
	}
	return nil
}

func (s *signIn) view(m *model, width, height int) []string {
	st := m.styles
	roomy := height >= 16
	p := &page{width: width}
	title := "For you: " + s.item.Title
	if !roomy {
		title = s.item.Title // the code needs the room
	}
	p.add(st.strong, title)
	if roomy && s.item.Why != "" {
		p.add(st.muted, s.item.Why)
	}
	if roomy {
		p.gap()
	}
	if s.stuck {
		whenStuck(p, st, append(slices.Clone(anySignIn), s.item.Stuck...))
	} else {
		s.instructions(p, st, roomy)
	}
	return s.scroll.over(s.bottom(m, width, roomy), st, p.lines, height, roomy)
}

// anySignIn is what to do about every sign-in that does not work; a step may know more.
var anySignIn = []string{
	"The browser is on another computer: open the address there, or on your phone. This program notices all the same.",
	"The code on the page is another one: do not press Allow. Close the page and open the address shown here.",
}

func (s *signIn) instructions(p *page, st styles, roomy bool) {
	p.add(st.text, "Open this address, here or on your phone:")
	p.raw(link(safe.Text(s.item.URL), p.width, st)...)
	if roomy {
		p.gap()
	}
	p.add(st.text, "The page must show this code:")
	if roomy {
		p.gap()
	}
	code := "  " + strings.Join(strings.Split(oneLine(s.item.SignIn.Code), ""), " ") + "  "
	if ansi.StringWidth(code)+4 > p.width {
		code = oneLine(s.item.SignIn.Code)
	}
	p.raw("    " + st.chosen.Render(st.strong.Render(code)))
	if roomy {
		p.gap()
	}
	clicks(p, st, []string{"Sign in with your e-mail address, your password and your second factor.",
		"The code is the same? Press Allow. Another code: close the page, and never use a code somebody sends you."})
}

// bottom is what is always seen: that the program looks by itself, how long the code is good, what the last key did.
func (s *signIn) bottom(m *model, width int, roomy bool) []string {
	p := &page{width: width}
	if s.note != "" {
		p.add(m.styles.good, s.note)
		if !roomy {
			return p.lines // until the next key
		}
	}
	text := "Waiting for you to sign in; it is seen by itself."
	until := s.item.SignIn.Expires
	switch left := until.Sub(m.now); {
	case m.o.Sandbox:
		text = "Trial run: press Enter to play the person signing in."
	case until.IsZero() || m.now.IsZero():
	case left <= 0:
		text = "The code has run out: press Enter for a new one."
	case left < 2*time.Minute:
		text += fmt.Sprintf(" The code is good for %d more seconds.", int(left.Seconds()))
	default:
		text += " The code is good for " + plan.Count(int(left.Round(time.Minute).Minutes()), "minute") + "."
	}
	p.hang(m.spin()+" ", m.styles.accent, text, m.styles.text)
	return p.lines
}
