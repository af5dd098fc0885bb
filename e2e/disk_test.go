//go:build unix

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"awswizard/internal/journal"
)

// room is how large a file may become in the test, in the 512 bytes that sh counts in. It is more than the simulated AWS
// needs, so that the journal is what becomes too large.
const room = 4 << 11

// TestDiskFull runs out of room for the journal in the middle of a step: nothing is sent that the journal does not hold.
// With room again the set-up goes on and does nothing twice.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	for name, left := range map[string]int64{"at once": 40, "at the approval": 700, "after some calls": 9000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "aws.json")
			answers := filepath.Join(dir, "founder.yaml")
			if err := os.WriteFile(answers, []byte("company: Acme\nemail: founder@acme.example\nhome_region: eu-west-1\naccept_paid_plan: true\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			args := []string{"apply", "--yes", "--debug", "--step", "organization", "--sandbox=" + file, "--answers", answers}
			status := without(t, setting{}, "status", "--sandbox="+file, "--answers", answers)
			account := regexp.MustCompile(`\d{12}`).FindString(status.out)
			path := filepath.Join(file+".state", account, "journal.jsonl")
			fill(t, path, room*512-left)

			cmd := command(t, setting{}, args...)
			cmd.Args = append([]string{"sh", "-c", fmt.Sprintf(`ulimit -f %d; exec "$0" "$@"`, room), wizard}, args...)
			var err error
			if cmd.Path, err = exec.LookPath("sh"); err != nil {
				t.Fatal(err)
			}
			var errs bytes.Buffer
			cmd.Stderr = &errs
			stop := time.AfterFunc(patience, func() { cmd.Process.Kill() })
			defer stop.Stop()
			if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
				t.Fatal(err)
			}
			if code := cmd.ProcessState.ExitCode(); code != 1 || !holds(errs.String(), path+" cannot be written", "Make room on that disk") || strings.Contains(errs.String(), "goroutine ") {
				t.Errorf("exit %d: %s", code, &errs)
			}
			r, err := journal.Read(path)
			if err != nil {
				t.Fatal(err)
			}
			kept, began := map[string]int{}, 0
			for _, e := range r.Entries {
				if e.Kind == journal.KindBegin {
					kept[e.Operation]++
					began++
				}
			}
			if (began > 0) != (left > 5000) {
				t.Errorf("%d calls were begun", began)
			}
			log, err := os.ReadFile(filepath.Join(file+".state", "wizard.log"))
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`"operation":"((?:Create|Enable|Update|Attach|Put|Move|Tag)\w+)"`).FindAllStringSubmatch(string(log), -1) {
				if kept[m[1]]--; kept[m[1]] < 0 {
					t.Errorf("%s was sent and is not in the journal", m[1])
				}
			}
			if again := without(t, setting{}, args...); again.code != 0 {
				t.Errorf("with room again: exit %d\n%s%s", again.code, again.out, again.errors)
			}
			made := map[string]bool{}
			for _, e := range entries(t, file) {
				if e.Kind == journal.KindOK && made[e.Item] {
					t.Errorf("%s was made twice", e.Item)
				}
				made[e.Item] = made[e.Item] || e.Kind == journal.KindOK
			}
			if len(made) < 5 {
				t.Errorf("only %d calls were made", len(made))
			}
		})
	}
}

// fill makes a journal of notes that is as large as it is told, to about a line.
func fill(t *testing.T, path string, size int64) {
	t.Helper()
	if _, err := journal.OpenDir(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for have := int64(0); have < size; {
		n := min(size-have, 1<<20)
		if err := j.Append(journal.Entry{Kind: journal.KindNote, Message: strings.Repeat("x", int(max(n-overhead, 0)))}); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if have = info.Size(); size-have < overhead {
			return
		}
	}
}

// overhead is what a line of the journal has besides the message.
const overhead = 110
