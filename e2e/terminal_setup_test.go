//go:build unix

package e2e

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"awswizard/internal/journal"
)

func TestTerminalWholeSetUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "aws.json")
	p := founder(start(t, setting{dir: dir, env: canaries()}, "--debug", "--sandbox="+file))
	last := p.Finish(0)
	if !holds(last, "journal.jsonl") {
		t.Errorf("the report does not name the record of every call:\n%s", last)
	}

	made := calls(t, file)
	if len(made) < 30 {
		t.Errorf("only %d calls for a whole set-up", len(made))
	}
	first := map[string]journal.Entry{} // a call may be repeated, as approved, when AWS is busy
	for _, e := range made {
		first[e.Item] = e
	}
	if m := missing(operations(slices.Collect(maps.Values(first))), p.shown); len(m) > 0 {
		t.Errorf("calls were made that were not on the screen before: %v", m)
	}
	approved := map[string]bool{}
	for _, e := range entries(t, file) {
		for id := range e.Items {
			approved[id] = true
		}
		if e.Kind == journal.KindBegin && !approved[e.Item] {
			t.Errorf("%s was sent and not approved before", e.Item)
		}
	}

	again := without(t, setting{dir: dir, env: canaries()}, "plan", "--detailed-exitcode", "--out", filepath.Join(dir, "plan.json"), "--sandbox="+file)
	if again.code != 0 {
		t.Errorf("the plan after a whole set-up ends with %d:\n%s%s", again.code, again.out, again.errors)
	}
	noSecrets(t, p.Terminal, dir, file)
	ownersOnly(t, dir)
}
