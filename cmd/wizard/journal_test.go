package main

import (
	"fmt"
	"os"
	"path/filepath"
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
		{"of a newer program", strings.Join(good[:2], "") + `{"v":99,"crc":"x"}` + "\n", "99"},
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
	tr.must(exitDone, "status")
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
		if r.code != exitFailed || !strings.Contains(r.err, "wizard undo, process "+fmt.Sprint(os.Getpid())) || len(r.writes) != 0 {
			t.Errorf("%v: exit %d, wrote %v, %s", args, r.code, r.writes, r.err)
		}
	}
	for _, args := range [][]string{{"plan"}, {"status"}, {"undo", "--plan"}} {
		tr.must(exitDone, args...)
	}
	if tr.read(tr.journal()) != before || tr.read(tr.sandbox) != world {
		t.Error("the second one changed something")
	}
	unlock()
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
	if r := tr.must(exitDone, "status"); !strings.Contains(r.out, "directory") {
		t.Errorf("status does not explain:\n%s", r.out)
	}
}
