//go:build unix

package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"awswizard/internal/mototest"

	"github.com/charmbracelet/x/exp/golden"
)

// TestMotoProxy runs the program as it is shipped, with no setting but a proxy and its certificate, against moto as it
// is: from nothing, and once more.
func TestMotoProxy(t *testing.T) {
	t.Parallel()
	proxy := mototest.StartProxy(t)
	proxy.Keys(t, mototest.Account)
	dir := t.TempDir()
	program := filepath.Join(dir, "wizard")
	if out, err := exec.Command("go", "build", "-o", program, "awswizard/cmd/wizard").CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "wizard.yaml"), []byte(mototest.Answers), 0o600); err != nil {
		t.Fatal(err)
	}
	apply := func() (int, []byte) {
		cmd := exec.CommandContext(t.Context(), program, "apply", "--yes", "--json")
		cmd.Dir = dir
		cmd.Env = append(proxy.Env(), "PATH="+os.Getenv("PATH"), "HOME="+dir, "XDG_STATE_HOME="+filepath.Join(dir, "state"), "WIZARD_SLACK_WEBHOOK="+mototest.Webhook)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		err := cmd.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if errs.Len() > 0 {
			t.Errorf("on standard error: %s", &errs)
		}
		return cmd.ProcessState.ExitCode(), out.Bytes()
	}
	journal := filepath.Join(dir, "state", "awswizard", mototest.Account, "journal.jsonl")

	code, lines := apply()
	if code != 1 {
		t.Errorf("exit code %d: moto refuses calls, so it must be 1", code)
	}
	mototest.CheckLeft(t, lines, false, false)
	writes := proxy.Writes(t)
	mototest.CheckJournal(t, journal, writes)
	made := proxy.ReadBack(t, mototest.Account, mototest.Region)

	code, lines = apply()
	if code != 1 {
		t.Errorf("exit code %d of the second apply, want 1", code)
	}
	mototest.CheckLeft(t, lines, true, false)
	all := proxy.Writes(t)
	mototest.CheckJournal(t, journal, all)
	if more := mototest.Names(all[len(writes):]); !slices.Equal(more, mototest.WritesAgain()) {
		t.Errorf("the second apply wrote %v, want only what moto refused: %v", more, mototest.WritesAgain())
	}
	if again := proxy.ReadBack(t, mototest.Account, mototest.Region); !bytes.Equal(made, again) {
		t.Errorf("the second apply changed what there is:\n%s", again)
	}
	golden.RequireEqual(t, made)
}
