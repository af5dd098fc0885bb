package main

import (
	"strings"
	"testing"
)

// TestATrialRunInMemoryEndsWithTheWindow: it promises no other day, and says how to keep one.
func TestATrialRunInMemoryEndsWithTheWindow(t *testing.T) {
	t.Parallel()
	r := wizard("--sandbox", "--accessible")
	all := strings.Join(strings.Fields(r.out+" "+r.err), " ")
	if r.code != exitLeft || strings.Contains(all, "Nothing is lost") || strings.Contains(all, "goes on") {
		t.Errorf("exit %d:\n%s", r.code, all)
	}
	for _, want := range []string{"This trial run is then forgotten. One that you can go on with: wizard --sandbox=trial.json", "The input ended before the set-up did.",
		"This trial run was kept in memory and is forgotten now."} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not said:\n%s", want, all)
		}
	}
}
