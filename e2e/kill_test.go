//go:build unix

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"awswizard/internal/crashtest"
	"awswizard/internal/journal"
)

// founderAnswers is a complete wizard.yaml.
const founderAnswers = `company: Acme Robotics
email: aws@acme-robotics.example
home_region: eu-west-1
accounts: [security, production, development]
people:
  - {name: First Founder, email: first@acme-robotics.example, groups: [administrators]}
  - {name: First Engineer, email: engineer@acme-robotics.example, groups: [developers]}
accept_paid_plan: true
budget:
  monthly_usd: 200
  notify: [aws-billing@acme-robotics.example]
`

// TestKilled kills the program with SIGKILL at drawn moments of unattended set-ups, starts it again and again until it
// comes to its end, and compares with a set-up nobody disturbed: AWS is the same, no call took effect twice, each was
// approved before it was begun, nothing is in doubt and nothing is left to plan.
func TestKilled(t *testing.T) {
	crashtest.Sweep(t)
	t.Parallel()
	const setUps, killsEach, least = 12, 6, 50
	seed := crashtest.Seed(t)
	undisturbed := newSetUp(t, "fresh")
	undisturbed.finish()
	want, made := undisturbed.picture(), undisturbed.ended()
	if len(made.Done) < 30 {
		t.Fatalf("only %d calls in an undisturbed set-up", len(made.Done))
	}
	var (
		kills, found, repeated atomic.Int64
		mu                     sync.Mutex
		at                     = map[string]int{} // kills by the step they came in
	)
	t.Run("set-ups", func(t *testing.T) {
		for n := range setUps {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				s := newSetUp(t, "fresh")
				draw := rand.New(rand.NewPCG(seed, uint64(n)))
				for range killsEach {
					if !s.kill(draw) {
						break
					}
					kills.Add(1)
					mu.Lock()
					at[s.step()]++
					mu.Unlock()
				}
				s.finish()
				end := s.ended()
				found.Add(int64(end.Found))
				repeated.Add(int64(end.Repeat))
				if different := crashtest.Difference(want, s.picture()); different != "" {
					t.Errorf("AWS is not as after an undisturbed set-up:\n%s", different)
				}
				if twice := crashtest.Repeated(made.Done, end.Done); twice != "" {
					t.Errorf("calls were repeated:\n%s", twice)
				}
			})
		}
	})
	t.Logf("%d kills in %d set-ups of %d calls, by step %v: %d requests in flight had taken effect, %d had not and were made again; seed %d",
		kills.Load(), setUps, len(made.Done), at, found.Load(), repeated.Load(), seed)
	if kills.Load() < least || len(at) < 3 || found.Load()+repeated.Load() == 0 {
		t.Errorf("%d kills, want at least %d, in three steps or more (%v) and some with a request in flight", kills.Load(), least, at)
	}
}

// setUp is an unattended set-up on a sandbox in a file, in a folder of its own.
type setUp struct {
	t         *testing.T
	dir, file string
	scenario  string
	moments   []string     // at which it was killed
	out       bytes.Buffer // of the run that is killed next
}

func newSetUp(t *testing.T, scenario string) *setUp {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "wizard.yaml"), []byte(founderAnswers), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &setUp{t: t, dir: dir, file: filepath.Join(dir, "aws.json"), scenario: scenario}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("killed %q", s.moments)
		}
	})
	return s
}

func (s *setUp) args(command ...string) []string {
	return append(command, "--sandbox="+s.file, "--scenario", s.scenario, "--answers", "wizard.yaml")
}

// kill starts the program and kills it after a drawn number of lines of its journal, at once or as soon as AWS has changed
// since. It reports whether the program was still at work.
func (s *setUp) kill(draw *rand.Rand) bool {
	s.t.Helper()
	// Few lines and many: the organization and the sign-in take some dozens, default networks many hundreds.
	lines := 1 + draw.IntN([]int{4, 16, 64, 256}[draw.IntN(4)])
	effect := draw.IntN(2) == 0
	s.moments = append(s.moments, fmt.Sprintf("after %d lines, awaiting an effect: %t", lines, effect))
	cmd := command(s.t, setting{dir: s.dir}, s.args("apply", "--yes")...)
	grown := watch(s.file)
	s.out.Reset()
	cmd.Stdout = &s.out
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	reached := s.await(ended, func() bool { return grown() >= lines })
	if reached && effect {
		now, before := grown(), changed(s.file)
		reached = s.await(ended, func() bool { return grown() > now || changed(s.file) != before })
	}
	cmd.Process.Kill()
	<-ended
	if code := cmd.ProcessState.ExitCode(); code > 0 || !reached && code < 0 {
		s.t.Fatalf("exit %d, after %d lines of the journal:\n%s", code, grown(), s.out.String()[max(0, s.out.Len()-3000):])
	}
	return !cmd.ProcessState.Exited()
}

// step is the step the journal ends in.
func (s *setUp) step() string {
	s.t.Helper()
	step := ""
	for _, e := range entries(s.t, s.file) {
		if e.Step != "" {
			step = e.Step
		}
	}
	return step
}

// await looks until ok is true. It is not when the program ends before, or hangs.
func (s *setUp) await(ended chan struct{}, ok func() bool) bool {
	deadline := time.After(5 * patience)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ended:
			return false
		case <-deadline:
			return false
		case <-tick.C:
		}
	}
	return true
}

// watch returns a function that tells how many lines the journal has grown since.
func watch(file string) func() int {
	from, lines := int64(0), 0
	part := make([]byte, 64<<10)
	grown := func() int {
		path := journalOf(file)
		f, err := os.Open(path)
		if err != nil {
			return lines // there is none before the first run has opened it
		}
		defer f.Close()
		for {
			n, _ := f.ReadAt(part, from)
			whole := bytes.LastIndexByte(part[:n], '\n') + 1
			if whole == 0 {
				return lines
			}
			lines += bytes.Count(part[:whole], []byte("\n"))
			from += int64(whole)
		}
	}
	before := grown()
	return func() int { return grown() - before }
}

// journalOf is the path of the journal beside a sandbox's file; "" before there is one.
func journalOf(file string) string {
	found, err := filepath.Glob(file + ".state/*/journal.jsonl")
	if err != nil || len(found) == 0 {
		return ""
	}
	return found[0]
}

// changed tells one content of the sandbox's file from the next: each is a file of its own that takes the name.
func changed(file string) time.Time {
	info, err := os.Stat(file)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// finish runs the program to its end, and plans once more: nothing may be left.
func (s *setUp) finish() {
	s.t.Helper()
	for _, args := range [][]string{{"apply", "--yes"}, {"plan", "--detailed-exitcode"}} {
		if got := s.run(args...); got.code != 0 {
			s.t.Fatalf("wizard %s: exit %d\n%s\n%s", args[0], got.code, got.errors, got.out[max(0, len(got.out)-2000):])
		}
	}
}

func (s *setUp) run(args ...string) ran {
	s.t.Helper()
	cmd := command(s.t, setting{dir: s.dir}, s.args(args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		s.t.Fatal(err)
	}
	return ran{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// picture is AWS as the sandbox's file has it.
func (s *setUp) picture() crashtest.Picture {
	s.t.Helper()
	b, err := os.ReadFile(s.file)
	if err != nil {
		s.t.Fatal(err)
	}
	var file struct{ World json.RawMessage }
	if err := json.Unmarshal(b, &file); err != nil {
		s.t.Fatal(err)
	}
	p, err := crashtest.Draw(file.World)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// ended reads the journal of all runs: everything was approved before it was begun, and nothing is in doubt.
func (s *setUp) ended() crashtest.Ended {
	s.t.Helper()
	r := journal.Replay{Entries: entries(s.t, s.file)}
	end := crashtest.EndOf(r)
	for _, wrong := range crashtest.Unapproved(r, end.Done) {
		s.t.Error(wrong)
	}
	if d := slices.Concat(r.InDoubt(), r.Unsettled()); len(d) > 0 {
		s.t.Errorf("%s is still in doubt, and %d more", d[0].Item, len(d)-1)
	}
	return end
}
