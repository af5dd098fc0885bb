package plain

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"awswizard/internal/run"
	"awswizard/ui/login"
)

// lookEvery is the pause between two looks whether somebody has signed in.
const lookEvery = 3 * time.Second

// Login says the ways to sign in and goes on as soon as one was gone. Try looks once, with a profile of this computer or
// the usual chain (""), and gives the help for what it found. The error is run.ErrLeft when the person leaves.
func (u *UI) Login(ctx context.Context, help login.Help, try func(ctx context.Context, profile string) (login.Help, bool)) error {
	u.say(help.Text())
	profile := ""
	for {
		u.say("")
		for n, name := range help.Profiles {
			u.say(fmt.Sprintf("  %d. Use the profile %s", n+1, name))
		}
		prompt := "This is looked for every few seconds. Press Enter to look now, q to stop."
		if n := len(help.Profiles); n > 0 {
			prompt = fmt.Sprintf("This is looked for every few seconds. Type a number from 1 to %d for a profile, press Enter to look now, q to stop.", n)
		}
		u.say(prompt)
		line, ok, err := u.lineOrLogin(ctx, profile, try)
		switch {
		case err != nil:
			return err
		case ok:
			u.say("You are signed in.")
			return nil
		case line == "q" || line == "quit":
			return run.ErrLeft
		case line == "?" || line == "help":
			u.say(help.Text())
			continue
		case line != "":
			n, err := strconv.Atoi(line)
			if err != nil || n < 1 || n > len(help.Profiles) {
				u.say(fmt.Sprintf("%q is none of these.", line))
				continue
			}
			profile = help.Profiles[n-1]
		}
		now, ok := try(ctx, profile)
		if ok {
			u.say("You are signed in.")
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		help = now
		u.say("Not signed in yet. " + strings.TrimSuffix(help.Problem.What, ".") + ". " + help.Problem.Why)
	}
}

// lineOrLogin waits for a line and looks meanwhile; ok means that somebody has signed in.
func (u *UI) lineOrLogin(ctx context.Context, profile string, try func(ctx context.Context, profile string) (login.Help, bool)) (line string, ok bool, err error) {
	reading, stop := context.WithCancel(ctx)
	defer stop()
	found := make(chan bool, 1)
	go func() {
		defer close(found)
		for run.Sleep(reading, lookEvery) == nil {
			if _, ok := try(reading, profile); ok {
				found <- true
				stop()
				return
			}
		}
	}()
	line, err = u.read(reading)
	stop()
	if ok = <-found; ok {
		return "", true, nil
	}
	if err != nil && errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return "", false, ctx.Err()
	}
	return strings.ToLower(line), false, err
}
