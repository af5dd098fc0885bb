package doctest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Line is a command line that a page tells its reader to type.
type Line struct {
	At    string // "docs/install.md:23"
	Text  string
	Parts []Part // the programs it starts, in their order
}

// Part is a program of a line with its arguments, without what is set before it and where its output goes.
type Part []string

var (
	fence = regexp.MustCompile("^ *```([A-Za-z]*)$")
	// A span of code may be broken over two lines.
	span     = regexp.MustCompile("`([^`\n]+(?:\n[^`\n]+)?)`")
	assigned = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)
)

// noCommands are the languages of blocks that hold nothing to type.
var noCommands = []string{"json", "mermaid", "text", "yaml"}

// Lines finds the command lines of a page in Markdown: those of its blocks in the language sh, and in its text each span
// of code that begins with a program that is known. It also returns what keeps a reader from typing them.
func Lines(page, text string, known func(program string) bool) (lines []Line, problems []string) {
	at := func(n int) string { return fmt.Sprintf("%s:%d", page, n+1) }
	add := func(n int, text string) {
		parts, err := Split(text)
		if err != nil {
			problems = append(problems, fmt.Sprintf("%s: %s: %v", at(n), text, err))
		}
		if len(parts) > 0 && err == nil {
			lines = append(lines, Line{at(n), text, parts})
		}
	}
	all := strings.Split(text, "\n")
	paragraph, from := []string{}, 0
	spans := func() {
		part := strings.Join(paragraph, "\n")
		for _, m := range span.FindAllStringSubmatchIndex(part, -1) {
			code := strings.Join(strings.Fields(part[m[2]:m[3]]), " ")
			parts, err := Split(strings.ReplaceAll(code, `\|`, "|"))
			if err != nil || len(parts) == 0 || !known(parts[0][0]) {
				continue // a name, or a piece of something
			}
			n := from + strings.Count(part[:m[0]], "\n")
			if inTable := strings.HasPrefix(all[n], "|"); inTable && strings.Contains(strings.ReplaceAll(code, `\|`, ""), "|") {
				problems = append(problems, fmt.Sprintf("%s: %s: the table ends a cell at its |: write \\|", at(n), code))
			} else if inTable {
				code = strings.ReplaceAll(code, `\|`, "|")
			}
			add(n, code)
		}
		paragraph = paragraph[:0]
	}
	for n := 0; n < len(all); n++ {
		m := fence.FindStringSubmatch(all[n])
		if m == nil {
			if len(paragraph) == 0 {
				from = n
			}
			paragraph = append(paragraph, all[n])
			if strings.TrimSpace(all[n]) == "" || strings.HasPrefix(all[n], "|") {
				spans()
			}
			continue
		}
		spans()
		if m[1] != "sh" && !slices.Contains(noCommands, m[1]) {
			problems = append(problems, fmt.Sprintf("%s: a block in the language %q: say sh, or one of %s", at(n), m[1], strings.Join(noCommands, ", ")))
		}
		for n++; n < len(all) && !fence.MatchString(all[n]); n++ {
			if m[1] == "sh" {
				add(n, strings.TrimSpace(all[n]))
			}
		}
	}
	spans()
	return lines, problems
}

// Split parts a line as a shell does: into programs, and each into words. It knows quotes, comments, redirections and
// what parts programs, which is all that a page should ask of its reader.
func Split(line string) ([]Part, error) {
	var (
		parts           []Part
		part            Part
		word            strings.Builder
		within, skip    bool // in a word; the next word is where output goes
		quote           rune
		escaped, quoted bool
	)
	endWord := func() {
		text := word.String()
		word.Reset()
		switch {
		case !within:
			return
		case skip:
			skip = false
		case len(part) == 0 && !quoted && (assigned.MatchString(text) || text == "exec"):
		default:
			part = append(part, text)
		}
		within, quoted = false, false
	}
	endPart := func() {
		endWord()
		if len(part) > 0 {
			parts = append(parts, part)
		}
		part = nil
	}
	for _, r := range line {
		switch {
		case escaped:
			escaped = false
			word.WriteRune(r)
		case quote != 0 && r == quote:
			quote = 0
		case r == '\\' && quote != '\'':
			escaped, within = true, true
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, within, quoted = r, true, true
		case r == '#' && !within:
			endPart()
			return parts, nil
		case r == ' ' || r == '\t':
			endWord()
		case r == '>':
			endWord()
			skip = true
		case r == '|' || r == '&' || r == ';':
			endPart()
		default:
			within = true
			word.WriteRune(r)
		}
	}
	if quote != 0 || escaped {
		return nil, fmt.Errorf("a quote does not end")
	}
	endPart()
	return parts, nil
}
