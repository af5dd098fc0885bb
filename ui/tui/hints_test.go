package tui

import (
	"strings"
	"testing"
)

// keysOf are the keys a hint names.
func keysOf(h hint) []string {
	switch h.key {
	case "/":
		return []string{"/"}
	case "pgup/pgdn":
		return []string{"pgup", "pgdown"}
	}
	return strings.FieldsFunc(h.key, func(r rune) bool { return r == '/' || r == ' ' })
}

// again are keys that do now what they did a moment ago, so that nothing is to be seen.
var again = map[string]string{"question": "enter", "question-wrong": "enter", "review-written": "e"}

// TestEveryKeyNamedWorks presses each key a screen names, in the help bar or behind "?". A key that does nothing is one a
// founder tries in vain.
func TestEveryKeyNamedWorks(t *testing.T) {
	for name, show := range views {
		t.Run(name, func(t *testing.T) {
			var hints []hint
			drive(t, 80, 24, func(d *driver) {
				show(d)
				d.screen()
				if d.m.leave || d.m.showHelp || d.m.stopping {
					return // these have keys of their own
				}
				hints = append(d.m.top().hints(), d.m.frameHints()...)
			})
			for _, h := range hints {
				works := again[name] == h.key
				for _, key := range keysOf(h) {
					drive(t, 80, 24, func(d *driver) {
						show(d)
						before, demand := d.screen(), d.m.demand
						d.key(key)
						works = works || d.screen() != before || d.m.demand != demand || d.quit || d.copied != "" || d.cancelled > 0
					})
				}
				if !works {
					t.Errorf("%q is said to do this, and does nothing: %s", h.key, h.does)
				}
			}
		})
	}
}
