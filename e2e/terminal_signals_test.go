//go:build unix

package e2e

import (
	"path/filepath"
	"syscall"
	"testing"

	"awswizard/internal/journal"
)

// TestTerminalSignalsWhileCallsRun: the first stop lets the call in flight end, says how to go on and gives the terminal
// back. Nothing is in doubt afterwards.
func TestTerminalSignalsWhileCallsRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stop func(*Terminal)
		code int
		says string
	}{
		"ctrl+c":  {func(x *Terminal) { x.CtrlC() }, 130, "the same command"},
		"SIGINT":  {func(x *Terminal) { x.Signal(syscall.SIGINT) }, 130, "the same command"},
		"SIGTERM": {func(x *Terminal) { x.Signal(syscall.SIGTERM) }, 143, "the same command"},
		"SIGHUP":  {func(x *Terminal) { x.Signal(syscall.SIGHUP) }, 143, "the same command"},
		"twice":   {func(x *Terminal) { x.Signal(syscall.SIGTERM).Signal(syscall.SIGTERM) }, 143, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "aws.json")
			p := organizationPlan(t, setting{}, file)
			p.Type("a")
			p.Until("ctrl+c is safe")
			c.stop(p.Terminal)
			if last := p.Exits(c.code); !holds(last, c.says) {
				t.Errorf("nothing says how to go on:\n%s", last)
			}
			r := journal.Replay{Entries: entries(t, file)}
			if doubt := r.InDoubt(); len(doubt) > 0 && name != "twice" {
				t.Errorf("the call in flight did not end: %v", doubt)
			}
			if again := without(t, setting{}, "status", "--sandbox="+file); again.code != 0 {
				t.Errorf("status afterwards: exit %d, %s", again.code, again.errors)
			}
		})
	}
}

// TestTerminalWindowIsClosed closes the terminal under the program, as a person does who closes the window.
func TestTerminalWindowIsClosed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "aws.json")
	p := organizationPlan(t, setting{}, file)
	p.Type("a")
	p.Until("ctrl+c is safe")
	p.Close()
	if code := p.cmd.ProcessState.ExitCode(); code != 143 {
		t.Errorf("exit %d, want 143", code)
	}
	r := journal.Replay{Entries: entries(t, file)}
	if len(r.Entries) == 0 || len(r.InDoubt()) > 0 {
		t.Errorf("%d entries, in doubt: %v", len(r.Entries), r.InDoubt())
	}
	if again := without(t, setting{}, "status", "--sandbox="+file); again.code != 0 {
		t.Errorf("status afterwards: exit %d, %s", again.code, again.errors)
	}
}
