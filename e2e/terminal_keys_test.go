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
var letters = []string{"z", "w", "5", "!", "ü"}

// WrongKeys presses keys the screen does not have, and waits for it to be as it was.
func (x *Terminal) WrongKeys() *Terminal {
	x.t.Helper()
	before := still(x.until("a whole screen", func(string) bool { return x.quiet() }))
	keys := slices.Clone(wrong)
	if !slices.ContainsFunc(strings.Split(before, "\n"), func(line string) bool { return strings.HasPrefix(line, ">") || strings.HasPrefix(line, "/") }) {
		keys = append(keys, letters...)
	}
	for _, key := range keys {
		x.Type(key)
	}
	x.until("the same screen after wrong keys on\n"+before, func(s string) bool { return still(s) == before })
	return x
}

// TestTerminalWrongKeys presses wrong keys on every screen of a whole set-up, in the smallest window. None changes a
// screen, and none keeps the set-up from its end. Those of the start and the review are tried in TestTerminalReview, those
// of a failure, of coming back and of the way back in TestTerminalTroubleAndTheWayBack, those of signing in first in
// TestTerminalFirstCredentials.
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
			tried[r.on] = true
			x.WrongKeys()
			do(x)
		}
	}
	worked := false
	busy := func(x *Terminal) { // what moves cannot be compared: that the set-up comes to its end must do
		x.t.Helper()
		if !worked {
			worked = true
			x.Type(strings.Join(append(wrong, letters...), "")).Type("?").Expect("All keys of this screen").Esc()
		}
		x.until("more work", func(string) bool { return !x.quiet() })
	}
	p.replies = append(p.replies, reply{"d details", busy}) // last: it is meant while nothing is asked
	if last := p.Finish(0); !holds(last, "Calls made in this run", "Sign in from now on at https://") {
		t.Errorf("the last screen:\n%s", last)
	}
	for _, r := range []string{"Nothing is changed until you approve it.", "What is your company called?", "Type yes in full to agree.", "enter choose", "enter go on",
		" seen", "Type agree and Enter to agree.", "Type yes and Enter to make them.", "I have done it", "I have signed in", "Nothing to approve here", "enter leave"} {
		if !tried[r] {
			t.Errorf("no wrong key was pressed on the screen that says %q", r)
		}
	}
	if !worked {
		t.Error("no wrong key was pressed while calls were made")
	}
}
