package main

import (
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"awswizard/internal/journal"
)

// TestADamagedJournal keeps the program from writing: what it did before is not known for certain. Looking still works
// and says what is wrong; the file stays as it is.
func TestADamagedJournal(t *testing.T) {
	t.Parallel()
	made := newTrial(t, "")
	made.must(exitDone, "apply", "--yes", "--json", "--step", "organization")
	good := strings.SplitAfter(made.read(made.journal()), "\n")
	if len(good) < 6 {
		t.Fatalf("%d lines", len(good))
	}
	rest := strings.Join(good[3:], "")
	for _, c := range []struct{ name, text, says string }{
		{"a changed character", strings.Join(good[:2], "") + strings.Replace(good[2], `"`, `'`, 1) + rest, "damaged at line 3"},
		{"a changed value", strings.Join(good[:2], "") + strings.Replace(good[2], "20", "21", 1) + rest, "damaged at line 3"},
		{"a line is missing", strings.Join(good[:2], "") + rest, "damaged at line 3"},
		{"two lines changed places", good[1] + good[0] + strings.Join(good[2:], ""), "damaged at line 1"},
		{"zeros, as after a power cut", strings.Join(good[:2], "") + strings.Repeat("\x00", 4096) + "\n", "damaged at line 3"},
		{"another file", "my notes\n", "damaged at line 1"},
		{"of a newer program", strings.Join(good[:2], "") + checked32(`{"v":99,"seq":3,"kind":"quantum"}`) + rest, "has format 99"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, "")
			tr.write(tr.sandbox, made.read(made.sandbox))
			path := filepath.Join(tr.state(), filepath.Base(filepath.Dir(made.journal())), "journal.jsonl")
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			tr.write(path, c.text)
			world := tr.read(tr.sandbox)
			for _, x := range []struct {
				args string
				code int
			}{
				{"status", exitDone}, {"status --json", exitDone}, {"plan", exitDone}, {"plan --json", exitDone},
				{"apply --yes", exitFailed}, {"apply --yes --json", exitFailed}, {"undo --plan", exitFailed}, {"undo --yes", exitFailed}, {"--accessible", exitFailed},
			} {
				r := tr.run(strings.Fields(x.args)...)
				said := r.err
				if x.args == "status" {
					said = r.out
				}
				if looks := strings.HasPrefix(x.args, "plan"); !looks && !strings.Contains(said, "Nothing is changed in AWS while that is not certain") {
					t.Errorf("wizard %s does not say what it means:\n%s", x.args, last(said, 600))
				}
				if r.code != x.code || !strings.Contains(said, path) || !strings.Contains(said, c.says) || strings.Contains(r.out+r.err, "goroutine ") {
					t.Errorf("wizard %s: exit %d\n%s", x.args, r.code, last(said, 600))
				}
				if len(r.writes) != 0 {
					t.Errorf("wizard %s wrote %v", x.args, r.writes)
				}
				if tr.read(tr.sandbox) != world || tr.read(path) != c.text {
					t.Fatalf("wizard %s changed something", x.args)
				}
			}
		})
	}
}

// TestATornJournal is what a power cut leaves: the cut line is set aside and the set-up goes on.
func TestATornJournal(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	tr.must(exitDone, "apply", "--yes", "--json", "--step", "organization")
	whole := tr.read(tr.journal())
	torn := whole[:len(whole)-40]
	tr.write(tr.journal(), torn)
	if r := tr.must(exitDone, "status"); !strings.Contains(r.out, "cut while it was written") {
		t.Errorf("status does not tell:\n%s", r.out)
	}
	if tr.read(tr.journal()) != torn {
		t.Error("looking changed the journal")
	}
	tr.must(exitDone, "apply", "--yes", "--json", "--step", "organization")
	cut := torn[strings.LastIndex(torn, "\n")+1:]
	if got := tr.read(tr.journal() + ".torn-1"); got != cut {
		t.Errorf("set aside: %q, want %q", got, cut)
	}
	if !strings.HasPrefix(tr.read(tr.journal()), strings.TrimSuffix(torn, cut)) {
		t.Error("whole lines are gone")
	}
}

// TestTwoWizardsAtOnce: the second is told who the first is; looking needs no lock.
func TestTwoWizardsAtOnce(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	tr.must(exitDone, "apply", "--yes", "--json", "--step", "organization")
	dir, err := journal.OpenDir(filepath.Dir(tr.journal()))
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := dir.Lock("wizard undo")
	if err != nil {
		t.Fatal(err)
	}
	before, world := tr.read(tr.journal()), tr.read(tr.sandbox)
	for _, args := range [][]string{{"apply", "--yes"}, {"apply", "--yes", "--json"}, {"undo", "--yes"}, {"--accessible"}} {
		r := tr.run(args...)
		if r.code != exitFailed || !strings.Contains(r.err, "wizard undo, process "+fmt.Sprint(os.Getpid())) || !strings.Contains(r.err, "this one changes nothing") || len(r.writes) != 0 {
			t.Errorf("%v: exit %d, wrote %v, %s", args, r.code, r.writes, r.err)
		}
	}
	if r := tr.must(exitDone, "status"); !strings.Contains(r.out, "At work: another run is at work here: wizard undo, process "+fmt.Sprint(os.Getpid())) {
		t.Errorf("status does not name who is at work:\n%s", r.out)
	}
	for _, args := range [][]string{{"plan"}, {"status"}, {"undo", "--plan"}} {
		tr.must(exitDone, args...)
	}
	if tr.read(tr.journal()) != before || tr.read(tr.sandbox) != world {
		t.Error("the second one changed something")
	}
	unlock()
	if r := tr.must(exitDone, "status"); strings.Contains(r.out, "At work") {
		t.Errorf("status names somebody who has ended:\n%s", r.out)
	}
	tr.must(exitDone, "apply", "--yes", "--json", "--step", "organization")
}

// TestAFolderInTheJournalsPlace is refused in words.
func TestAFolderInTheJournalsPlace(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	tr.must(exitDone, "apply", "--yes", "--json", "--step", "organization")
	path := tr.journal()
	if err := os.Rename(path, path+".kept"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	r := tr.run("apply", "--yes")
	if r.code != exitFailed || !strings.Contains(r.err, path) || !strings.Contains(r.err, "directory") || strings.Contains(r.err, "goroutine ") || len(r.writes) != 0 {
		t.Errorf("exit %d, %s", r.code, r.err)
	}
	if r := tr.must(exitDone, "status"); !strings.Contains(r.out, "directory") || !strings.Contains(r.out, "a file that you may read and write") {
		t.Errorf("status does not explain:\n%s", r.out)
	}
}

// checked32 is a line of the journal with its checksum, as the program that wrote it makes it.
func checked32(object string) string {
	return fmt.Sprintf("%s\t%08x\n", object, crc32.Checksum([]byte(object), crc32.MakeTable(crc32.Castagnoli)))
}

// TestStatusExplainsAnyJournal cuts the journal of a set-up at each byte of its last lines, and at others, and flips bits
// all over it: either it is read, or what is wrong is said, with what it means and what to do.
func TestStatusExplainsAnyJournal(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	tr.must(exitDone, "apply", "--yes", "--json", "--step", "organization")
	whole := tr.read(tr.journal())
	w := &workplace{folder: filepath.Dir(tr.journal())}
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	says := func(text string) string {
		t.Helper()
		tr.write(path, text)
		r, damage := journal.Read(path)
		return w.aboutState(r, damage)
	}
	last := strings.LastIndex(whole[:len(whole)-1], "\n")
	last = strings.LastIndex(whole[:last], "\n")
	cuts := 0
	for n := 0; n <= len(whole); n++ {
		if n < last && n%211 != 0 {
			continue
		}
		cuts++
		torn := n > 0 && whole[n-1] != '\n'
		if got := says(whole[:n]); torn != strings.Contains(got, "cut while it was written") || !torn && got != "" {
			t.Fatalf("cut at %d: %q", n, got)
		}
	}
	flips := 0
	for n := 0; n < len(whole); n += 97 {
		flips++
		bad := []byte(whole)
		bad[n] ^= 1 << (n % 8)
		line := fmt.Sprintf("damaged at line %d: ", strings.Count(whole[:n], "\n")+1)
		if got := says(string(bad)); !strings.Contains(got, line) || !strings.Contains(got, "a good copy") {
			t.Fatalf("bit %d of byte %d flipped: %q, want %q", n%8, n, got, line)
		}
	}
	t.Logf("%d cuts, %d flipped bits of a journal of %d bytes", cuts, flips, len(whole))
}

// TestWithoutAPlaceForTheJournal: where nothing can be kept, nothing is sent that changes anything. Looking goes on.
func TestWithoutAPlaceForTheJournal(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	tr.must(exitDone, "status")
	world, place := tr.read(tr.sandbox), nowhere(t)
	for _, args := range []string{"apply --yes", "apply --yes --json", "undo --yes", "--accessible"} {
		r := tr.run(append(strings.Fields(args), "--state-dir", place)...)
		if r.code != exitFailed || !strings.Contains(r.err, "the state folder "+place) || !strings.Contains(r.err, "--state-dir DIR") || len(r.writes) != 0 {
			t.Errorf("wizard %s: exit %d, wrote %v, %s", args, r.code, r.writes, r.err)
		}
	}
	for args, code := range map[string]int{"status": exitDone, "status --json": exitDone, "plan": exitDone, "check": exitChanges, "report": exitDone} {
		if r := tr.run(append(strings.Fields(args), "--state-dir", place)...); r.code != code || !strings.Contains(r.err, "No log is kept: ") {
			t.Errorf("wizard %s: exit %d, want %d, %s", args, r.code, code, r.err)
		}
	}
	if tr.read(tr.sandbox) != world {
		t.Error("the simulated AWS was changed")
	}
}

// nowhere is a folder in a read-only one; not even root makes any in /proc.
func nowhere(t *testing.T) string {
	t.Helper()
	if os.Geteuid() == 0 {
		return "/proc/wizard-state"
	}
	above := t.TempDir()
	if err := os.Chmod(above, 0o500); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(above, "state")
}

// TestWhatIsKeptIsTheOwnersOnly: whatever the program keeps is readable by nobody else. (The tests of the terminal do the same with a umask of 0.)
func TestWhatIsKeptIsTheOwnersOnly(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	saved := filepath.Join(tr.dir, "plan.json")
	tr.must(exitDone, "plan", "--out", saved)
	tr.must(exitDone, "apply", "--yes", "--json", "--debug", "--step", "organization", "--step", "identity")
	whole := tr.read(tr.journal())
	tr.write(tr.journal(), whole[:len(whole)-5]) // a torn end is set aside
	tr.must(exitDone, "apply", "--yes", "--json", "--step", "organization")
	var seen []string
	for _, top := range []string{saved, tr.sandbox, tr.state()} {
		err := filepath.WalkDir(top, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := e.Info()
			if err != nil {
				return err
			}
			want := fs.FileMode(0o600)
			if e.IsDir() {
				want = 0o700
			}
			if info.Mode().Perm() != want {
				t.Errorf("%s has the mode %o, want %o", path, info.Mode().Perm(), want)
			}
			seen = append(seen, filepath.Base(path))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"journal.jsonl", "journal.jsonl.torn-1", "lock", "lock.json", "wizard.log", "sso-cache", "aws-config", "plan.json", "aws.json"} {
		if !slices.Contains(seen, want) {
			t.Errorf("%s was not looked at, only %v", want, seen)
		}
	}
}
