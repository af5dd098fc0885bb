package doctest

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} +(.+)$`)
	block   = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	aSpan   = regexp.MustCompile("`[^`\n]*`")
)

// DeadLinks are the links of a page, named below root, that lead to no file of the source, or to no heading of it. Links
// to the web are not followed.
func DeadLinks(root, page string) []string {
	var dead []string
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(page)))
	if err != nil {
		return []string{err.Error()}
	}
	prose := aSpan.ReplaceAllString(block.ReplaceAllString(string(text), ""), "")
	for _, m := range link.FindAllStringSubmatch(prose, -1) {
		if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
			continue
		}
		to, anchor, _ := strings.Cut(m[1], "#")
		target := page
		if to != "" {
			target = path.Join(path.Dir(page), to)
		}
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(target))); err != nil {
			dead = append(dead, fmt.Sprintf("%s: %s: there is no %s", page, m[1], target))
		} else if anchor != "" && !hasAnchor(filepath.Join(root, filepath.FromSlash(target)), anchor) {
			dead = append(dead, fmt.Sprintf("%s: %s: %s has no such heading", page, m[1], target))
		}
	}
	return dead
}

// hasAnchor reports whether a page has a heading that is reached by the anchor, as GitHub names them.
func hasAnchor(path, anchor string) bool {
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	for _, m := range heading.FindAllStringSubmatch(block.ReplaceAllString(string(text), ""), -1) {
		if anchorOf(m[1]) == anchor {
			return true
		}
	}
	return false
}

// anchorOf is the anchor of a heading: small letters, digits, - and _ stay, spaces become -, all else goes.
func anchorOf(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', r >= 'a' && r <= 'z', r >= '0' && r <= '9', r > 127:
			return r
		}
		return -1
	}, strings.ToLower(title))
}
