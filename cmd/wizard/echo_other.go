//go:build !unix

package main

import "io"

// hideTyping is for terminals whose line mode can be set.
func hideTyping(io.Reader) func() (show func()) { return nil }
