package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"awswizard/internal/run"
	"awswizard/ui/login"
)

// lookEvery is the pause between two looks whether somebody has signed in.
const lookEvery = 3 * time.Second

// tried says what a look for a sign-in found.
type tried struct {
	profile string
	help    login.Help
	ok      bool
}

// lookNow is the next look's time.
type lookNow struct{}

// loginScreen is up while nobody is signed in to AWS: it says how, and looks by itself whether it was done.
type loginScreen struct {
	help    login.Help
	try     func(profile string) (login.Help, bool)
	chosen  int // 0 is no profile, else a number of help.Profiles
	profile string
	looking bool
	ended   error // why it was left
	ok      bool

	width, height, frame int
	scroll               scroller
	styles               styles
	ascii, colourless    bool
}

// Login shows the ways to sign in until one was gone, and returns. Try looks once, with a profile of this computer or the
// usual chain (""), and gives the help for what it found; it is called every few seconds, and when the person presses
// Enter. The error is run.ErrLeft or ErrInterrupted when the person leaves.
func Login(ctx context.Context, in io.Reader, out io.Writer, o Options, help login.Help, try func(ctx context.Context, profile string) (login.Help, bool)) error {
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	colourless := o.NoColor || o.Getenv("NO_COLOR") != ""
	s := &loginScreen{help: help, ascii: asciiOnly(o.Getenv), colourless: colourless}
	s.styles = newStyles(true, s.ascii, colourless)
	looks, stop := context.WithCancel(ctx)
	defer stop()
	s.try = func(profile string) (login.Help, bool) { return try(looks, profile) }
	options := []tea.ProgramOption{tea.WithInput(in), tea.WithOutput(out), tea.WithoutSignalHandler(), tea.WithContext(ctx)}
	if colourless {
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
	}
	_, err := tea.NewProgram(s, options...).Run()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case s.ended != nil:
		return s.ended
	case err != nil:
		return fmt.Errorf("showing the screens: %w", err)
	}
	return nil
}

// Init implements tea.Model.
func (s *loginScreen) Init() tea.Cmd {
	return tea.Batch(tea.RequestBackgroundColor, s.later(), spin())
}

func (s *loginScreen) later() tea.Cmd {
	return tea.Tick(lookEvery, func(time.Time) tea.Msg { return lookNow{} })
}

func spin() tea.Cmd { return tea.Tick(tickEvery, func(t time.Time) tea.Msg { return tick(t) }) }

// look looks once, outside the event loop.
func (s *loginScreen) look() tea.Cmd {
	if s.looking {
		return nil
	}
	s.looking = true
	profile, try := s.profile, s.try
	return func() tea.Msg {
		help, ok := try(profile)
		return tried{profile, help, ok}
	}
}

// Update implements tea.Model.
func (s *loginScreen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		s.width, s.height = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		s.styles = newStyles(msg.IsDark(), s.ascii, s.colourless)
	case tick:
		s.frame++
		return s, spin()
	case lookNow:
		return s, s.look()
	case tried:
		s.looking = false
		if msg.ok {
			s.ok = true
			return s, tea.Quit
		}
		if msg.profile == s.profile {
			s.help = msg.help
		}
		return s, s.later()
	case tea.KeyPressMsg:
		return s, s.pressed(msg.String())
	}
	return s, nil
}

func (s *loginScreen) pressed(key string) tea.Cmd {
	switch key {
	case "ctrl+c":
		s.ended = errors.Join(ErrInterrupted, context.Canceled)
		return tea.Quit
	case "q", "ctrl+q":
		s.ended = run.ErrLeft
		return tea.Quit
	case "p", "tab":
		if n := len(s.help.Profiles); n > 0 {
			s.chosen = (s.chosen + 1) % (n + 1)
			s.scroll.at = 1 << 20 // the list of profiles is at the end
		}
	case "enter":
		s.profile = ""
		if s.chosen > 0 && s.chosen <= len(s.help.Profiles) {
			s.profile = s.help.Profiles[s.chosen-1]
		}
		return s.look()
	default:
		s.scroll.key(key)
	}
	return nil
}

// View implements tea.Model.
func (s *loginScreen) View() tea.View {
	v := tea.View{AltScreen: true, WindowTitle: product}
	if s.width > 0 {
		v.Content = strings.Join(s.draw(), "\n")
	}
	if s.ascii {
		v.Content = strings.ReplaceAll(v.Content, "…", ".")
	}
	return v
}

func (s *loginScreen) draw() []string {
	if s.width < leastWidth || s.height < leastHeight {
		return small(s.width, s.height)
	}
	st := s.styles
	p := &page{width: s.width}
	what := strings.TrimSuffix(s.help.Problem.What, ".") + "."
	p.add(st.warn, what)
	if s.help.Problem.Why != "" {
		p.add(st.text, s.help.Problem.Why)
	}
	for _, w := range s.help.Warnings {
		p.add(st.warn, w)
	}
	for n, w := range s.help.Ways {
		p.gap()
		p.add(st.strong, fmt.Sprintf("Way %d. %s", n+1, w.Title))
		for i, step := range w.Steps {
			for k, line := range strings.Split(step, "\n") {
				lead := "     "
				if k == 0 {
					lead = fmt.Sprintf("  %d. ", i+1)
				}
				if strings.HasPrefix(line, "https://") {
					p.raw(link(line, s.width, st)...) // whole, to be copied
					continue
				}
				p.hang(lead, st.accent, line, st.text)
			}
		}
	}
	if len(s.help.Profiles) > 0 {
		p.gap()
		p.add(st.strong, "Profiles on this computer (p chooses the next, Enter uses it)")
		for n, name := range s.help.Profiles {
			mark, style := "  ", st.text
			if n+1 == s.chosen {
				mark, style = "> ", st.accent
			}
			p.hang(mark, st.accent, name, style)
		}
	}
	bottom := &page{width: s.width}
	with := ""
	if s.profile != "" {
		with = " with the profile " + s.profile
	}
	bottom.hang(string(`|/-\`[s.frame%4])+" ", st.accent, "Looking every few seconds"+with+" whether you have signed in.", st.text)
	if s.height >= 20 {
		bottom.raw("")
	}
	head := []string{st.accent.Render(product) + " " + st.muted.Render(st.marks.dot+" nothing was changed")}
	if s.height >= 20 {
		head = append(head, "")
	}
	room := max(1, s.height-len(head)-len(bottom.lines)-1)
	lines := fit(s.scroll.part(st, p.lines, room), s.width, room)
	keys := []hint{{"enter", "look now"}, {"q", "stop"}}
	if len(s.help.Profiles) > 0 {
		keys = slices.Insert(keys, 1, hint{"p", "next profile"})
	}
	keys = append(keys, s.scroll.hint()...)
	return fit(slices.Concat(head, lines, bottom.lines, []string{bar(st, s.width, keys...)}), s.width, s.height)
}
