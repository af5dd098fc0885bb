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
