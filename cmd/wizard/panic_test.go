package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"

	"awswizard/internal/cloud"
	"awswizard/internal/journal"
)

// TestPanics lets the program break while it looks (on the engine's goroutine and on those beside it) and while a call is
// under way. It ends with 70, names the log, prints no stack, and the next start goes on.
func TestPanics(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"DescribeOrganization", "DescribeSubnets", "CreateOrganizationalUnit", "CreateAccountAssignment", "DeleteSubnet"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, "")
			var out, errs bytes.Buffer
			code := execute(system{args: []string{"apply", "--yes", "--json", "--sandbox=" + tr.sandbox, "--answers", tr.answers},
				in: strings.NewReader(""), out: &out, err: &errs, pace: quick, getenv: func(string) string { return "" },
				sent: func(s cloud.Sent) {
					if s.Operation == operation {
						panic("broken at " + operation)
					}
				}})
			log := filepath.Join(tr.state(), "wizard.log")
			said := errs.String()
			if code != exitInternal || !strings.Contains(said, "broken at "+operation) || !strings.Contains(said, log) || strings.Contains(said, "goroutine ") {
				t.Errorf("exit %d, %s", code, said)
			}
			if kept := tr.read(log); !strings.Contains(kept, "internal error: broken at "+operation) || !strings.Contains(kept, "panic_test.go") {
				t.Errorf("the log has no stack of the place:\n%s", last(kept, 600))
			}
			if found, _ := filepath.Glob(filepath.Join(tr.state(), "*", "journal.jsonl")); len(found) == 1 {
				if _, err := journal.Read(found[0]); err != nil {
					t.Error(err)
				}
			}
			tr.must(exitDone, "apply", "--yes", "--json")
		})
	}
}

// TestPanicOfATrialInMemory prints the stack: its log has gone.
func TestPanicOfATrialInMemory(t *testing.T) {
	t.Parallel()
	answers := filepath.Join(t.TempDir(), "wizard.yaml")
	if err := os.WriteFile(answers, []byte(founderAnswers), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	code := execute(system{args: []string{"plan", "--sandbox", "--answers", answers}, in: strings.NewReader(""), out: &out, err: &errs,
		pace: quick, getenv: func(string) string { return "" }, sent: func(s cloud.Sent) {
			if s.Operation == "DescribeOrganization" {
				panic("broken")
			}
		}})
	if code != exitInternal || !strings.Contains(errs.String(), "panic_test.go") {
		t.Errorf("exit %d, %s", code, &errs)
	}
}

// TestPanicOnTheFullScreen gives the terminal back before it tells where the log is.
func TestPanicOnTheFullScreen(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	window, terminal, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal: ", err)
	}
	defer window.Close()
	if err := pty.Setsize(window, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	drawn := make(chan string, 1)
	go func() {
		var raw []byte
		buf := make([]byte, 32<<10)
		for begun := false; ; {
			n, err := window.Read(buf)
			raw = append(raw, buf[:n]...)
			if !begun && bytes.Contains(raw, []byte("begin")) {
				begun = true
				window.WriteString("\r")
			}
			if err != nil { // on Linux EIO says that the program has closed it
				drawn <- string(raw)
				return
			}
		}
	}()
	var errs bytes.Buffer
	code := execute(system{args: []string{"--sandbox=" + tr.sandbox, "--answers", tr.answers}, in: terminal, out: terminal, err: &errs, pace: quick,
		getenv: func(name string) string { return map[string]string{"TERM": "xterm-256color", "LANG": "C.UTF-8"}[name] },
		sent: func(s cloud.Sent) {
			if s.Operation == "DescribeOrganization" {
				panic("broken at " + s.Operation)
			}
		}})
	terminal.Close()
	raw := <-drawn
	log := filepath.Join(tr.state(), "wizard.log")
	if said := errs.String(); code != exitInternal || !strings.Contains(said, "broken at DescribeOrganization") || !strings.Contains(said, log) || strings.Contains(said, "goroutine ") {
		t.Errorf("exit %d, %s", code, said)
	}
	if !strings.Contains(tr.read(log), "panic_test.go") {
		t.Error("the log has no stack of the place")
	}
	for on, off := range map[string]string{"\x1b[?1049h": "\x1b[?1049l", "\x1b[?25l": "\x1b[?25h", "\x1b[?2004h": "\x1b[?2004l"} {
		if at := strings.LastIndex(raw, on); at < 0 || at > strings.LastIndex(raw, off) {
			t.Errorf("%q is not taken back (it stands at %d)", on, at)
		}
	}
	tr.must(exitDone, "apply", "--yes", "--json")
}
