package tui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"awswizard/ui/safe"
)

// oneLine is safe text without line ends, for titles.
func oneLine(s string) string { return strings.ReplaceAll(safe.Text(s), "\n", " ") }

// wrap breaks text at width columns, between words where it can. A date, a Region or an id is not broken at its hyphens.
func wrap(s string, width int) []string {
	const hyphen, kept = "-", "\u2011" // ansi.Wrap breaks after the first and not after the second
	text := ansi.Wrap(strings.ReplaceAll(safe.Text(s), hyphen, kept), max(width, 1), " ")
	return strings.Split(strings.ReplaceAll(text, kept, hyphen), "\n")
}

// readable is the most columns of a line of text, however wide the window: the eye loses longer ones.
const readable = 100

// page is a text that grows line by line, each no wider than the page.
type page struct {
	width int
	lines []string
}

// add puts a paragraph of one style below.
func (p *page) add(style paint, text string) {
	for _, line := range wrap(text, min(p.width, readable)) {
		p.lines = append(p.lines, style.Render(line))
	}
}

// hang puts a paragraph below whose later lines begin under the text of the first, after the lead.
func (p *page) hang(lead string, leadStyle paint, text string, style paint) {
	indent := ansi.StringWidth(lead)
	for n, line := range wrap(text, min(p.width-indent, readable)) {
		if n > 0 {
			lead = strings.Repeat(" ", indent)
		}
		p.lines = append(p.lines, leadStyle.Render(lead)+style.Render(line))
	}
}

// raw puts lines below that are styled already.
func (p *page) raw(lines ...string) { p.lines = append(p.lines, lines...) }

// exact puts lines below as they are, broken only where the page ends: they are read letter by letter.
func (p *page) exact(style paint, text string) {
	for line := range strings.SplitSeq(ansi.Hardwrap(safe.Text(text), max(p.width, 1), true), "\n") {
		p.lines = append(p.lines, style.Render(line))
	}
}

func (p *page) gap() {
	if len(p.lines) > 0 && p.lines[len(p.lines)-1] != "" {
		p.lines = append(p.lines, "")
	}
}

// fit makes a block of exactly height lines, none wider than width.
func fit(lines []string, width, height int) []string {
	out := make([]string, 0, max(height, 0))
	for n := 0; n < height; n++ {
		line := ""
		if n < len(lines) {
			line = lines[n]
		}
		if ansi.StringWidth(line) > width {
			line = ansi.Truncate(line, width, "…")
		}
		out = append(out, line)
	}
	return out
}

// pad fills a line with spaces up to width.
func pad(line string, width int) string {
	return line + strings.Repeat(" ", max(0, width-ansi.StringWidth(line)))
}

// window is the part of rows to show so that row chosen is seen.
func window[T any](rows []T, chosen, height int) []T {
	if len(rows) <= height {
		return rows
	}
	from := min(max(0, chosen-height/2), len(rows)-height)
	return rows[from : from+height]
}

// sentence is what an error says, as a sentence for a person.
func sentence(err error) string {
	text := strings.TrimSpace(safe.Text(err.Error()))
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if strings.ContainsRune(".!?", rune(text[len(text)-1])) {
		return text
	}
	return text + "."
}
