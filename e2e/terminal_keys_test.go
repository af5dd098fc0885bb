//go:build unix

package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// wrong are keys no screen takes, also where text is typed: F5, insert, ctrl+x, alt+z, shift+F3, a click of the mouse, a
// sequence no terminal sends.
var wrong = []string{"\x1b[15~", "\x1b[2~", "\x18", "\x1bz", "\x1b[1;2R", "\x1b[<0;5;5M", "\x1b[99;99u"}

// letters are more of them, where no text is typed.
var letters = []string{"z", "w", "5", "!", "ü", "\t\x1b[Z"}

// TestTerminalWrongKeys presses wrong keys on every screen of a whole set-up, in the smallest window. None changes a
// screen, and none keeps the set-up from its end.
func TestTerminalWrongKeys(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "aws.json")
	p := founder(start(t, setting{cols: 50, rows: 14}, "--sandbox="+file))
	p.hurry()
	tried := map[string]bool{}
	for i, r := range p.replies {
		do := r.do
		p.replies[i].do = func(x *Terminal) {
			x.t.Helper()
			before := still(x.Screen())
			text := slices.ContainsFunc(strings.Split(before, "\n"), func(line string) bool { return strings.HasPrefix(line, ">") })
			keys := wrong
			if !text && !tried[r.on] {
				keys = append(slices.Clone(wrong), letters...)
			}
			tried[r.on] = true
			for _, key := range keys {
				x.Type(key)
			}
			x.until("the same screen after wrong keys on\n"+before, func(s string) bool { return still(s) == before })
			do(x)
		}
	}
	if last := p.Finish(0); !holds(last, "Calls made in this run", "Sign in from now on at https://") {
		t.Errorf("the last screen:\n%s", last)
	}
	if len(tried) < 12 {
		t.Errorf("only %d kinds of screens were tried: %v", len(tried), tried)
	}
}
