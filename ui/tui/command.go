package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"awswizard/ui/safe"
)

// command puts a command of a shell below. It is broken between its words, in the way a shell goes on in the next line,
// so that it can be selected on the screen and run. Only a word longer than a line is broken inside.
func (p *page) command(style paint, text string) {
	text = safe.Text(text)
	if ansi.StringWidth(text) <= p.width {
		p.exact(style, text)
		return
	}
	const goesOn = ` \`
	line := ""
	for _, word := range shellWords(text) {
		switch {
		case line == "":
			line = word
		case ansi.StringWidth(line)+1+ansi.StringWidth(word)+len(goesOn) <= p.width:
			line += " " + word
		default:
			p.exact(style, line+goesOn)
			line = "  " + word
		}
	}
	p.exact(style, line)
}

// shellWords splits a command at the spaces outside quotes. A flag stays with its value.
func shellWords(text string) []string {
	var words []string
	quoted, from := false, 0
	for at := 0; at < len(text); at++ {
		switch text[at] {
		case '\'':
			quoted = !quoted
		case '\\':
			if !quoted {
				at++
			}
		case ' ':
			if !quoted {
				words = append(words, text[from:at])
				from = at + 1
			}
		}
	}
	words = append(words, text[from:])
	var out []string
	for _, w := range words {
		if n := len(out); n > 0 && !strings.HasPrefix(w, "--") && strings.HasPrefix(out[n-1], "--") && !strings.Contains(out[n-1], " ") {
			out[n-1] += " " + w
			continue
		}
		out = append(out, w)
	}
	return out
}
