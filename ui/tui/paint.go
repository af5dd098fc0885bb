package tui

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// paint is how text looks, with the sequences for it made once: a frame has up to a thousand pieces of text, and lipgloss
// goes through borders, margins and alignment for each.
type paint struct {
	style   lipgloss.Style
	on, off string
}

func newPaint(s lipgloss.Style) paint {
	on, off, _ := strings.Cut(s.Render("x"), "x")
	return paint{s, on, off}
}

// Render is the text as it looks. It is one line; what is more goes the long way.
func (p paint) Render(text string) string {
	switch {
	case text == "":
		return ""
	case strings.ContainsAny(text, "\n\r\t"):
		return p.style.Render(text)
	}
	return p.on + text + p.off
}
