package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"awswizard/ui/safe"
)

// ink is what a part of JSON is, and so how it looks.
type ink byte

const (
	inkPlain ink = iota
	inkName
	inkText
	inkUnknown // a value that is not known yet
	inkValue   // a number, true, false, null
)

// inks says for each byte of JSON what it is a part of. The text need not be valid.
func inks(text string) []ink {
	out := make([]ink, len(text))
	for at := 0; at < len(text); {
		switch c := text[at]; {
		case c == '"':
			end := quoteEnd(text, at)
			kind := inkText
			if strings.HasPrefix(strings.TrimLeft(text[end:], " "), ":") {
				kind = inkName
			} else if strings.Contains(text[at:end], "(known after ") {
				kind = inkUnknown
			}
			for ; at < end; at++ {
				out[at] = kind
			}
		case strings.IndexByte("{}[],: \n", c) >= 0:
			at++
		default:
			out[at] = inkValue
			at++
		}
	}
	return out
}

// quoteEnd is the place behind the string that begins at from.
func quoteEnd(text string, from int) int {
	for at := from + 1; at < len(text); at++ {
		switch text[at] {
		case '\\':
			at++
		case '"':
			return at + 1
		}
	}
	return len(text)
}

// json puts JSON below in colours, broken only where the page ends.
func (p *page) json(s styles, text string) {
	text = safe.Text(text)
	kinds := inks(text)
	at := 0
	for line := range strings.SplitSeq(ansi.Hardwrap(text, max(p.width, 1), true), "\n") {
		p.lines = append(p.lines, coloured(s, line, kinds[at:at+len(line)]))
		at += len(line)
		if at < len(text) && text[at] == '\n' {
			at++ // the line ended here before it was broken
		}
	}
}

func coloured(s styles, line string, kinds []ink) string {
	var out strings.Builder
	for from := 0; from < len(line); {
		to := from + 1
		for to < len(line) && kinds[to] == kinds[from] {
			to++
		}
		out.WriteString(inkStyle(s, kinds[from]).Render(line[from:to]))
		from = to
	}
	return out.String()
}

func inkStyle(s styles, k ink) paint {
	switch k {
	case inkName:
		return s.accent
	case inkText:
		return s.good
	case inkUnknown:
		return s.muted
	case inkValue:
		return s.warn
	}
	return s.text
}
