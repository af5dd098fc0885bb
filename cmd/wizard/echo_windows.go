package main

import (
	"io"
	"os"

	"github.com/charmbracelet/x/term"
	"golang.org/x/sys/windows"
)

// hideTyping makes the console not show what is typed; nil where in is none. The terminals of Git and Cygwin are pipes to a
// program of Windows, so they are none.
func hideTyping(in io.Reader) func() (show func()) {
	f, ok := in.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(f.Fd()) {
		return nil
	}
	return func() func() {
		before, err := term.GetState(f.Fd())
		if err != nil {
			return func() {}
		}
		hidden := *before
		hidden.Mode &^= windows.ENABLE_ECHO_INPUT
		if term.SetState(f.Fd(), &hidden) != nil {
			return func() {}
		}
		return func() {
			_ = term.SetState(f.Fd(), before)
			_, _ = os.Stdout.WriteString("\r\n") // the end of the line was hidden, too
		}
	}
}
