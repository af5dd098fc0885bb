package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/run"
	"awswizard/ui/login"
)

func oneHelp() login.Help {
	return login.For(run.Problem{What: "You are not signed in to AWS", Why: "No credentials were found on this computer."},
		login.Computer{CLI: "1.45.11", LoginNeeds: "2.32.0", Profiles: []string{"default", "acme-production-admin"}, Keys: []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}})
}

func newLogin(width, height int, try func(string) (login.Help, bool)) *loginScreen {
	return &loginScreen{help: oneHelp(), styles: newStyles(true, false, true), width: width, height: height, try: try}
}

func key(text string) tea.Msg {
	if code, ok := named[text]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Text: text, Code: []rune(text)[0]}
}

func TestLoginScreens(t *testing.T) {
	for _, size := range sizes {
		for _, keys := range []string{"", "p"} {
			t.Run(fmt.Sprintf("%dx%d%s", size[0], size[1], keys), func(t *testing.T) {
				s := newLogin(size[0], size[1], nil)
				for _, k := range keys {
					s.Update(key(string(k)))
				}
				lines := s.draw()
				if len(lines) != size[1] {
					t.Errorf("%d lines", len(lines))
				}
				for i := range lines {
					lines[i] = strings.TrimRight(ansi.Strip(lines[i]), " ")
				}
				golden.RequireEqual(t, strings.Join(lines, "\n")+"\n")
			})
		}
	}
}

// TestLoginFitsEveryTerminal: no line is wider than the window, and each letter can be read on light and dark.
func TestLoginFitsEveryTerminal(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		s := newLogin(80, 24, nil)
		s.ascii, s.styles = ascii, newStyles(true, ascii, false)
		for width := 40; width <= 160; width++ {
			height := []int{10, 14, 24, 40}[width%4]
			s.Update(tea.WindowSizeMsg{Width: width, Height: height})
			lines := strings.Split(s.View().Content, "\n")
			if len(lines) != height {
				t.Fatalf("%dx%d: %d lines", width, height, len(lines))
			}
			for _, line := range lines {
				if got := ansi.StringWidth(line); got > width {
					t.Fatalf("%dx%d: a line is %d wide: %q", width, height, got, ansi.Strip(line))
				}
				if i := strings.IndexFunc(ansi.Strip(line), func(r rune) bool { return r > 126 }); ascii && i >= 0 {
					t.Fatalf("not of ASCII: %q", line)
				}
			}
		}
		s.Update(tea.WindowSizeMsg{Width: 20, Height: 5})
		if got := strings.Join(s.draw(), " "); !strings.Contains(got, "make the window") {
			t.Errorf("a tiny window shows %q", got)
		}
	}
	for dark, backgrounds := range papers {
		s := newLogin(120, 40, nil)
		s.Update(tea.BackgroundColorMsg{Color: backgrounds[0]})
		for pair, letter := range coloursOf(s.View().Content) {
			if got := pair.contrast(backgrounds[0], dark); got < 4.5 {
				t.Errorf("dark %v: %q has a contrast of %.1f", dark, letter, got)
			}
		}
	}
}

// TestLoginLooksUntilSomebodySignedIn: by time, and with the profile that was chosen.
func TestLoginLooksUntilSomebodySignedIn(t *testing.T) {
	var tried []string
	s := newLogin(80, 24, func(profile string) (login.Help, bool) {
		tried = append(tried, profile)
		return oneHelp(), profile == "acme-production-admin"
	})
	look := func(msg tea.Msg) tea.Cmd {
		_, cmd := s.Update(msg)
		if cmd == nil {
			return nil
		}
		_, next := s.Update(cmd())
		return next
	}
	look(lookNow{})
	s.Update(key("p"))
	look(key("enter"))
	s.Update(key("p"))
	if quits := look(key("enter")); quits == nil || !s.ok {
		t.Error("the sign-in was not seen")
	}
	if want := []string{"", "default", "acme-production-admin"}; !slices.Equal(tried, want) {
		t.Errorf("tried %q, want %q", tried, want)
	}
	s.looking = true
	if _, cmd := s.Update(lookNow{}); cmd != nil {
		t.Error("it looks twice at once")
	}
}

func TestLeavingTheLoginScreen(t *testing.T) {
	for k, want := range map[string]error{"q": run.ErrLeft, "ctrl+c": ErrInterrupted} {
		s := newLogin(80, 24, nil)
		msg := key(k)
		if k == "ctrl+c" {
			msg = tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}
		}
		if _, cmd := s.Update(msg); cmd == nil || !errors.Is(s.ended, want) {
			t.Errorf("%s: %v", k, s.ended)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := Login(ctx, strings.NewReader(""), &strings.Builder{}, Options{}, oneHelp(), nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a signal gives %v", err)
	}
}
