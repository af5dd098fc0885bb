package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"awswizard/internal/mototest"

	"github.com/charmbracelet/x/exp/golden"
)

// TestMotoUndo sets everything up on moto, takes it back, and reads back with boto3 what is there then. Nothing is written
// without approval on the way back either, and a second way back writes nothing.
func TestMotoUndo(t *testing.T) {
	server := mototest.Start(t)
	dir := motoEnvironment(t, server)
	answers, state := filepath.Join(dir, "wizard.yaml"), filepath.Join(dir, "state")
	// Private networks cannot be taken back there: moto keeps the association of a route table with a subnet that is gone, and
	// does not say that the network interface of a NAT gateway is the gateway's own.
	if err := os.WriteFile(answers, []byte(regexp.MustCompile(`(?m)^vpc: .*\n`).ReplaceAllString(mototest.Answers, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(command string) (int, []byte) {
		var out, errs bytes.Buffer
		code := execute(system{args: []string{command, "--yes", "--json", "--answers", answers, "--state-dir", state},
			in: &bytes.Buffer{}, out: &out, err: &errs, getenv: os.Getenv, http: server})
		if errs.Len() > 0 {
			t.Errorf("%s, on standard error: %s", command, &errs)
		}
		return code, out.Bytes()
	}
	run("apply")
	made := server.Writes()

	code, lines := run("undo")
	left := leftBehind(t, lines)
	if code != exitLeft {
		t.Errorf("exit code %d of the way back, want %d: accounts stay. Left:\n%s", code, exitLeft, left)
	}
	writes := server.Writes()
	if back := writes[len(made):]; len(back) < 200 {
		t.Errorf("only %d writes on the way back", len(back))
	}
	mototest.CheckJournal(t, filepath.Join(state, mototest.Account, "journal.jsonl"), writes)
	there := server.ReadBack(t, mototest.Account, mototest.Region)

	run("undo")
	if more := server.Writes()[len(writes):]; len(more) > 0 {
		t.Errorf("the second way back wrote: %v", mototest.Names(more))
	}
	golden.RequireEqual(t, append(left, there...))
}

// leftBehind are the items the way back left, with the reason it gave.
func leftBehind(t *testing.T, lines []byte) []byte {
	t.Helper()
	var out []string
	for _, line := range bytes.Split(bytes.TrimSpace(lines), []byte("\n")) {
		var l struct{ Type, ID, What, Why, Code string }
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		switch l.Type {
		case "fail", "skip", "blocked":
			out = append(out, l.Type+" "+l.ID+": "+l.Code+" "+l.Why+"\n")
		}
	}
	slices.Sort(out)
	var all []byte
	for _, l := range slices.Compact(out) {
		all = append(all, l...)
	}
	return all
}
