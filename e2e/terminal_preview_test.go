//go:build unix

package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// organizationPlan leads to the first plan that makes calls.
func organizationPlan(t *testing.T, s setting, file string) *person {
	t.Helper()
	p := founder(start(t, s, "--sandbox="+file))
	return p.Until("Step 2 of ", "Nothing of this has been done yet", " seen")
}

// begun reports whether a request of this item left.
func begun(t *testing.T, file, item string) bool {
	t.Helper()
	for _, e := range calls(t, file) {
		if e.Item == item {
			return true
		}
	}
	return false
}

func TestTerminalOneCallIsRejected(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "aws.json")
	p := organizationPlan(t, setting{cols: 120, rows: 40}, file)
	p.Type("/").Type("create the account production").Expect("/create the account production").Enter()
	p.Expect("▸ + Create the account production").Type("x").Expect("x (left out) Create the account production", "1 left out")
	p.Type("a")
	p.Until("1 call left out.", "ctrl+c is safe")
	p.Until("Step 3 of ").CtrlC().Exits(130)
	if begun(t, file, "organization/account/production") {
		t.Error("the call that was rejected was made")
	}
	if !begun(t, file, "organization/account/security") {
		t.Error("the calls that were approved were not made")
	}
}

func TestTerminalOneCallIsMadeAlone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "aws.json")
	p := organizationPlan(t, setting{}, file)
	p.Type("o")
	p.Until("Only this and what it needs.")
	p.Until("Nothing of this has been done yet", " seen")
	if made := operations(calls(t, file)); len(made) != 1 {
		t.Errorf("one call was approved, these were made: %v", made)
	}
	p.CtrlC().Exits(130)
}

func TestTerminalStepIsSkipped(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "aws.json")
	p := organizationPlan(t, setting{}, file)
	p.Type("s").Expect("Skip this step?").Enter().Expect(" seen")                    // Enter alone stays
	p.Type("s").Expect("Skip this step?").Type("y").Expect("Budget and cost alarms") // which needs no organization
	p.CtrlC().Exits(130)
	if made := operations(calls(t, file)); len(made) > 0 {
		t.Errorf("the step was skipped, and yet these were made: %v", made)
	}
}

func TestTerminalResizeWhileCallsRun(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "aws.json")
	p := organizationPlan(t, setting{}, file)
	p.Type("a")
	p.Until(" of 12 done")
	p.Resize(20, 5).Expect("make the window", "20x5").Resize(80, 24)
	p.until("the progress again, or what comes after it", func(s string) bool { return holds(s, " of 12 done") || holds(s, "Step 3 of ") })
	p.Resize(50, 14).Resize(160, 50).Resize(80, 24)
	p.Until("Step 3 of ").CtrlC().Exits(130)
	if n := len(operations(calls(t, file))); n < 12 {
		t.Errorf("%d calls were made, and 12 were approved", n)
	}
}

func TestTerminalLightBackground(t *testing.T) {
	t.Parallel()
	const navy, cyan = "\x1b[38;2;0;0;139", "\x1b[38;2;0;255;255" // the accent on light and on dark
	for light, want := range map[bool]string{true: navy, false: cyan} {
		x := start(t, setting{light: light, env: []string{"COLORTERM=truecolor"}}, "--sandbox").Expect("enter begin").Enter()
		x.Expect("go on to the questions").Enter().Expect("What is your company called?").CtrlC().Exits(130)
		_, after, _ := strings.Cut(x.Raw(), "company called?")
		if !strings.Contains(after, want) {
			t.Errorf("light %v: the colours are not for it: %q", light, after)
		}
	}
}

// colour is a selection of a colour; bold and reverse are none.
var colour = regexp.MustCompile(`\x1b\[([0-9]+;)*(3[0-8]|4[0-8]|9[0-7]|10[0-7])(;[0-9]+)*m`)

func TestTerminalNoColour(t *testing.T) {
	t.Parallel()
	p := organizationPlan(t, setting{cols: 120, rows: 40, env: []string{"NO_COLOR=yes", "COLORTERM=truecolor"}}, filepath.Join(t.TempDir(), "aws.json"))
	p.Type("2").Expect("[2 JSON]").Type("a").Expect("Type agree").CtrlC().Exits(130)
	if found := colour.FindString(p.Raw()); found != "" {
		t.Errorf("NO_COLOR is set and %q was written", found)
	}
}
