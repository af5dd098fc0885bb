//go:build unix

package main

import (
	"io"
	"syscall"

	"github.com/charmbracelet/x/term"
)

// hideTyping makes the terminal not show what is typed; nil where in is none.
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
		hidden.Lflag &^= syscall.ECHO
		hidden.Lflag |= syscall.ECHONL // the end of the line is seen
		if term.SetState(f.Fd(), &hidden) != nil {
			return func() {}
		}
		return func() { _ = term.SetState(f.Fd(), before) }
	}
}
