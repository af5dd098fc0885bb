package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"awswizard/internal/answers"
	"awswizard/internal/beside"
	"awswizard/internal/cloud"
	"awswizard/internal/journal"
	"awswizard/internal/run"
	"awswizard/ui/plain"
	"awswizard/ui/tui"
)

// The exit codes of the program.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitChanges     = 3
	exitCredentials = 4
	exitLeft        = 5
	exitInternal    = 70
	exitInterrupted = 130
	exitTerminated  = 143
)

// status is an error that only carries an exit code: what there is to say was said.
type status int

func (s status) Error() string { return fmt.Sprintf("exit %d", int(s)) }

// usage is a mistake in the command line.
type usage struct{ error }

// exit turns the outcome of a command into an exit code and, where something is left to say, into plain words on standard
// error. With exitCode it is the only place that does.
func exit(sys system, in *interrupt, err error) int {
	code := in.exitCode(err)
	if code == exitInternal {
		sorry(sys, err)
		return code
	}
	if text := words(err, code); text != "" {
		fmt.Fprintln(sys.err, text)
	}
	return code
}

// exitCode is the exit code of an error of a command, and of the signal that brought it about.
func (in *interrupt) exitCode(err error) int {
	code := exitCode(err)
	if sig := in.signal(); sig != nil && (errors.Is(err, context.Canceled) || code == exitFailed) {
		return codeOf(sig)
	}
	return code
}

// exitCode is the exit code of an error of a command.
func exitCode(err error) int {
	var (
		code    status
		bad     *run.InvalidError
		missing *run.MissingError
		file    *answers.FileError
		creds   *cloud.CredentialsError
		broken  *beside.Panic
		crashed *tui.CrashError
		wrong   usage
	)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &broken), errors.As(err, &crashed):
		return exitInternal
	case errors.Is(err, tui.ErrInterrupted):
		return exitInterrupted
	case errors.Is(err, run.ErrLeft), errors.Is(err, plain.ErrNoInput):
		return exitLeft
	case errors.As(err, &missing), errors.As(err, &bad), errors.As(err, &file), errors.As(err, &wrong):
		return exitUsage
	case errors.As(err, &creds), cloud.Explain(err).Kind == cloud.Credentials:
		return exitCredentials
	}
	return exitFailed
}

// words are what a person should read about an error; "" when it was said already.
func words(err error, code int) string {
	var (
		said    status
		bad     *run.InvalidError
		missing *run.MissingError
		creds   *cloud.CredentialsError
		nobody  *signedOut
		unkept  *journal.WriteError
		folder  *journal.FolderError
		locked  *journal.LockedError
		over    *trialOver
	)
	switch {
	case err == nil, errors.As(err, &said):
		return ""
	case (code == exitInterrupted || code == exitTerminated || errors.Is(err, run.ErrLeft)) && errors.As(err, &over):
		return "Stopped." // the report says that it is forgotten
	case code == exitInterrupted, code == exitTerminated, errors.Is(err, run.ErrLeft):
		return "Stopped. Nothing is lost: the same command goes on where you left off."
	case errors.Is(err, plain.ErrNoInput) && errors.As(err, &over):
		return "The input ended before the set-up did."
	case errors.Is(err, plain.ErrNoInput):
		return "The input ended before the set-up did. Nothing is lost:\nthe same command goes on where you left off."
	case errors.As(err, &missing):
		return "These answers are missing. Put them into wizard.yaml (or give --answers FILE):\n  " + strings.Join(missing.Fields, "\n  ")
	case errors.As(err, &bad):
		text := "These answers cannot be used:"
		for _, p := range bad.Problems {
			text += "\n  " + p.String()
		}
		return text
	case errors.As(err, &nobody):
		return nobody.text
	case len(aboutJournal(err)) > 0:
		return "wizard: " + join(aboutJournal(err)...)
	case errors.As(err, &folder):
		return join("wizard: "+folder.Error(),
			"The wizard notes there what it does before it does it. Without that it changes nothing in AWS.",
			"Make the folder one that you may write to, or give another one: --state-dir DIR")
	case errors.As(err, &locked):
		return join("wizard: "+locked.Error(),
			"Two at once would get into each other's way, so this one changes nothing.",
			"Let the other one end, or stop it with ctrl+c where it runs. Then give the same command again.",
			"Looking works meanwhile: wizard status, wizard plan.")
	case errors.As(err, &unkept):
		return join("wizard: "+unkept.Error(),
			"Nothing is sent to AWS that the journal does not hold. So the wizard stopped.",
			"Make room on that disk, then give the same command again: it looks what was done and goes on.")
	case errors.As(err, &creds):
		return join(creds.What, creds.Why, creds.Next)
	}
	x := cloud.Explain(err)
	switch {
	case x.Kind == cloud.Credentials && x.Code != "":
		return join("wizard: "+x.What+".", x.Why, x.Next, "AWS says "+x.Code+" (request "+x.RequestID+").")
	case x.Code != "", x.Kind == cloud.Network:
		return join("wizard: "+err.Error(), x.Why, x.Next)
	}
	return "wizard: " + err.Error()
}

func join(lines ...string) string {
	return strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), "\n")
}
