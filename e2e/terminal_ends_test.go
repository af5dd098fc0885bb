//go:build unix

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestTerminalKilledSetUpGoesOn: after kill -9 the same command says where it stands, makes the rest and nothing twice.
func TestTerminalKilledSetUpGoesOn(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "aws.json")
	p := founder(start(t, setting{}, "--sandbox="+file))
	p.Until("Step 3 of ", " seen")
	p.Kill()
	before := calls(t, file)
	if len(before) == 0 {
		t.Fatal("no call was made before the stop")
	}
	again := founder(start(t, setting{}, "--sandbox="+file))
	again.Expect("Welcome back: your set-up is not finished", "Organization and accounts")
	again.Finish(0)
	notTwice(t, file, len(before))
}

// notTwice checks that none of the first n calls was made again.
func notTwice(t *testing.T, file string, n int) {
	t.Helper()
	before := map[string]bool{}
	for at, e := range calls(t, file) {
		if at < n {
			before[e.Item] = true
		} else if before[e.Item] {
			t.Errorf("%s was made again", e.Item)
		}
	}
}

func TestTerminalSecondWizardIsRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "aws.json")
	x := start(t, setting{}, "--sandbox="+file).Expect("enter begin").Enter().Expect("go on to the questions")
	second := start(t, setting{cols: 160, rows: 24}, "--sandbox="+file).Expect("review only").Enter()
	if last := second.Exits(1); !holds(last, fmt.Sprintf("process %d", x.cmd.Process.Pid)) {
		t.Errorf("the first is not named:\n%s", last)
	}
	x.Signal(syscall.SIGTERM).Exits(143)
}

func TestTerminalOddPasteIsHarmless(t *testing.T) {
	t.Parallel()
	x := start(t, setting{cols: 120, rows: 40, env: []string{"NO_COLOR=yes"}}, "--sandbox")
	x.Expect("enter begin").Type("zx8\t").Enter().Expect("go on to the questions").Enter().Expect("What is your company called?").Paste("\x1b[31mred\x1b[0m\x07" + strings.Repeat("A", 10_000))
	x.Enter().Expect("company").CtrlC().Exits(130)
	for _, colour := range []string{"\x1b[31m", "\x1b[38;", "\x1b[48;"} {
		if strings.Contains(x.Raw(), colour) {
			t.Errorf("NO_COLOR is set and %q was written", colour)
		}
	}
}

func TestTerminalTinyWindowSurvives(t *testing.T) {
	t.Parallel()
	x := start(t, setting{}, "--sandbox").Expect("enter begin").Enter().Expect("go on to the questions").Enter().Expect("What is your company called?")
	x.Resize(20, 5).Resize(50, 14).Expect("What is your company called?").CtrlC().Exits(130)
}

func TestTerminalDumbIsPlain(t *testing.T) {
	t.Parallel()
	x := start(t, setting{env: []string{"TERM=dumb"}}, "--sandbox").Expect("What is your company called?")
	if x.AltScreen() || strings.Contains(x.Raw(), "\x1b[") {
		t.Error("escape sequences on a dumb terminal")
	}
	x.Type("q\n").Exits(5)
}

func TestTerminalUsage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"broken.yaml": "company: [\n", "mail.yaml": "company: Acme\nemail: nonsense\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ args, says string }{
		{"--sandbox", "terminal"},
		{"--nonsense", "nonsense"},
		{"nonsense", "nonsense"},
		{"plan --sandbox --answers broken.yaml", "broken.yaml, line "},
		{"plan --sandbox --answers mail.yaml", "nonsense"},
	} {
		got := without(t, setting{dir: dir}, strings.Fields(c.args)...)
		if got.code != 2 || !strings.Contains(got.errors, c.says) {
			t.Errorf("wizard %s: exit %d, %s", c.args, got.code, got.errors)
		}
	}
}

func TestTerminalJSONLines(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	yes := "company: Acme\nemail: founder@acme.example\nhome_region: eu-west-1\n"
	if err := os.WriteFile(filepath.Join(dir, "wizard.yaml"), []byte(yes), 0o600); err != nil {
		t.Fatal(err)
	}
	got := without(t, setting{dir: dir}, "plan", "--json", "--sandbox", "--answers", "wizard.yaml")
	if got.code != 0 {
		t.Errorf("exit %d: %s", got.code, got.errors)
	}
	lines := bytes.Split(bytes.TrimSpace([]byte(got.out)), []byte("\n"))
	for _, line := range lines {
		if !json.Valid(line) {
			t.Errorf("not JSON: %q (exit %d, %s)", line, got.code, got.errors)
		}
	}
}
