package plain

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"awswizard/internal/pattern"
)

// wrap breaks the lines of s at width columns. Addresses and commands stay whole, since they are copied.
func wrap(s string, width int) string {
	if width <= 0 {
		return s
	}
	out := strings.Split(s, "\n")
	for i, line := range out {
		if !command().MatchString(line) {
			out[i] = wrapLine(line, width)
		}
	}
	return strings.Join(out, "\n")
}

var (
	command = pattern.Of(`^\s*(aws|wizard|export) `)
	pieces  = pattern.Of(`( *)([^ ]+)`)
	// label is the name of a field in a described item; its text begins in column 13.
	label = pattern.Of(`^   (?:[A-Z][a-z ]{8} |          )\S`)
)

func wrapLine(line string, width int) string {
	if ansi.StringWidth(line) <= width {
		return line
	}
	hang := len(line) - len(strings.TrimLeft(line, " "))
	if label().MatchString(line) && width >= 2*labelled {
		hang = labelled
	}
	hang = min(hang, width/2)
	var b strings.Builder
	column := 0
	for _, m := range pieces().FindAllStringSubmatch(line, -1) {
		gap, word := m[1], m[2]
		if column > 0 && column+len(gap)+ansi.StringWidth(word) > width && column > hang {
			b.WriteString("\n")
			gap, column = strings.Repeat(" ", hang), 0
		}
		gap = gap[:min(len(gap), width/2)]
		b.WriteString(gap)
		column += len(gap)
		if ansi.StringWidth(word) > width-column && !strings.Contains(word, "://") {
			parts := strings.Split(ansi.Hardwrap(word, width-column, true), "\n")
			word = strings.Join(parts, "\n"+strings.Repeat(" ", column))
			b.WriteString(word)
			column += ansi.StringWidth(parts[len(parts)-1])
			continue
		}
		b.WriteString(word)
		column += ansi.StringWidth(word)
	}
	return b.String()
}

// labelled is the column where the text of a described item's fields begins.
const labelled = 13

// wrapPlan wraps a described plan, but not its requests and commands: they are shown as they are sent. Marks become
// words.
func wrapPlan(s string, width int) string {
	var out []string
	exact := false
	for line := range strings.SplitSeq(s, "\n") {
		switch {
		case strings.HasPrefix(line, "   Request   "), strings.HasPrefix(line, "   Change    "):
			exact = true
		case itemStart().MatchString(line):
			exact = false
		}
		if !exact {
			line = wrap(inWords(line), width)
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// inWords replaces the mark of a described item: a screen reader says "tilde" or nothing for it.
func inWords(line string) string {
	number, rest, ok := strings.Cut(line, ". ")
	if !ok || !itemStart().MatchString(line) {
		return line
	}
	switch mark, title := rest[:1], rest[2:]; mark {
	case "+":
		return number + ". Creates: " + title
	case "~":
		return number + ". Changes: " + title
	case "-":
		return number + ". Deletes: " + title
	default: // the text of the others says what they are
		return number + ". " + title
	}
}

var itemStart = pattern.Of(`^\d+(\. [-+~>*!] | to create, )`)
