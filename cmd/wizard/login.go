package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"

	"awswizard/internal/awsconfig"
	"awswizard/internal/cloud"
	"awswizard/internal/run"
	"awswizard/ui/login"
	"awswizard/ui/plain"
	"awswizard/ui/safe"
	"awswizard/ui/tui"
)

// openWithPerson is open for a person at the terminal: while nobody is signed in it says how, and goes on by itself. Lines
// is what reads the input already, nil when nothing does.
func openWithPerson(ctx context.Context, sys system, f *flags, lines *plain.UI) (*workplace, error) {
	if f.sandbox == "" && isTerminal(sys.out) { // AWS may take seconds, and a program of the profile may ask for a second factor here
		with := ""
		if f.profile != "" {
			with = " with the profile " + safe.Text(f.profile)
		}
		printf(sys.out, "Looking who you are signed in to AWS as%s. This only reads.\n", with)
	}
	w, err := tryOpen(ctx, sys, f)
	if err == nil {
		w.lines = lines
	}
	if err == nil || exitCode(err) != exitCredentials || f.sandbox != "" {
		return w, err
	}
	computer := thisComputer(ctx, sys, f)
	var one sync.Mutex // a look by key and one by time must not open two workplaces
	try := func(ctx context.Context, profile string) (login.Help, bool) {
		one.Lock()
		defer one.Unlock()
		if w != nil || ctx.Err() != nil {
			return login.Help{}, w != nil
		}
		with := *f
		if profile != "" {
			with.profile = profile
		}
		found, err := tryOpen(ctx, sys, &with)
		if err != nil {
			return login.For(problemOf(err), computer), false
		}
		w, f.profile = found, with.profile
		return login.Help{}, true
	}
	w = nil
	help := login.For(problemOf(err), computer)
	if byLine(sys, f) {
		if lines == nil {
			lines = plain.New(sys.in, sys.out, plain.Options{Width: width(sys), Hide: hideTyping(sys.in)})
		}
		if err = lines.Login(ctx, help, try); err == nil {
			w.lines = lines // whoever reads the input goes on reading it
		}
	} else {
		err = tui.Login(ctx, sys.in, sys.out, tui.Options{NoColor: f.plain, Getenv: sys.getenv}, help, try)
	}
	one.Lock()
	defer one.Unlock()
	if err != nil && w != nil {
		w.close()
		w = nil
	}
	return w, err
}

// signedOut ends a command that asks nobody because nobody is signed in. It holds what a person should read.
type signedOut struct {
	error
	text string
}

// Unwrap gives the cause.
func (e *signedOut) Unwrap() error { return e.error }

// open is tryOpen for a command that asks nobody: the error says how to sign in.
func open(ctx context.Context, sys system, f *flags) (*workplace, error) {
	w, err := tryOpen(ctx, sys, f)
	if err != nil && exitCode(err) == exitCredentials && f.sandbox == "" {
		return nil, &signedOut{err, login.For(problemOf(err), thisComputer(ctx, sys, f)).Text()}
	}
	if _, gone := os.Stat(f.answers); err == nil && f.answers != "" && errors.Is(gone, fs.ErrNotExist) {
		printf(sys.err, "There is no answers file %s.\n", safe.Text(f.answers)) // a slip of the keys else looks like missing answers
	}
	return w, err
}

func problemOf(err error) run.Problem {
	x := cloud.Explain(err)
	return run.Problem{What: x.What, Why: x.Why, Code: x.Code}
}

// thisComputer looks what there is here to sign in with.
func thisComputer(ctx context.Context, sys system, f *flags) login.Computer {
	c := login.Computer{Keys: cloud.MaskingKeys(sys.getenv), LoginNeeds: cloud.LoginNeeds,
		CloudShell: strings.EqualFold(sys.getenv("AWS_EXECUTION_ENV"), "CloudShell"), ChosenByArg: f.profile}
	if c.ChosenByArg == "" {
		c.ChosenByArg = sys.getenv("AWS_PROFILE")
	}
	c.CLI, c.CanLogin = cloud.CLI(ctx)
	c.Profiles = awsconfig.Read(awsconfig.Find(sys.getenv)).Profiles
	return c
}
