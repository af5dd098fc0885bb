package safe_test

import (
	"strings"
	"testing"
	"unicode"

	"awswizard/ui/safe"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"plain text, ü and 日本":            "plain text, ü and 日本",
		"two\nlines\tand a tab":           "two\nlines and a tab",
		"\x1b[31mred\x1b[0m":              "red",
		"\x1b]8;;https://x.example\a\x07": "",
		"evil\u202egnp.exe":               "evilgnp.exe",
		"bad \xff byte":                   "bad ? byte",
	} {
		if got := safe.Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("\x1b[2J\x9b31m\u2066x")
	f.Fuzz(func(t *testing.T, s string) {
		if i := strings.IndexFunc(safe.Text(s), func(r rune) bool { return r != '\n' && unicode.IsControl(r) }); i >= 0 {
			t.Errorf("a control character is left in %q", safe.Text(s))
		}
	})
}
