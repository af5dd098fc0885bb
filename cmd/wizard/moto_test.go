package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"awswizard/internal/cloud"
	"awswizard/internal/mototest"
	"awswizard/steps/alerts"

	"github.com/charmbracelet/x/exp/golden"
)

// seen are the failing requests of a run: operation to error code.
type seen struct {
	mu    sync.Mutex
	codes map[string]string
}

func (s *seen) sent(r cloud.Sent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Code != "" {
		s.codes[r.Service+"."+r.Operation] = r.Code
	}
}

// TestMotoApply sets everything up on moto from nothing, reads it back with boto3, and applies once more.
func TestMotoApply(t *testing.T) {
	server := mototest.Start(t)
	dir := motoEnvironment(t, server)
	answers, state := filepath.Join(dir, "wizard.yaml"), filepath.Join(dir, "state")
	if err := os.WriteFile(answers, []byte(mototest.Answers), 0o600); err != nil {
		t.Fatal(err)
	}
	failing := &seen{codes: map[string]string{}}
	apply := func() (int, []byte) {
		var out, errs bytes.Buffer
		code := execute(system{
			args: []string{"apply", "--yes", "--json", "--answers", answers, "--state-dir", state},
			in:   &bytes.Buffer{}, out: &out, err: &errs, getenv: os.Getenv, http: server, sent: failing.sent,
		})
		if errs.Len() > 0 {
			t.Errorf("on standard error: %s", &errs)
		}
		return code, out.Bytes()
	}

	code, lines := apply()
	if code != exitFailed {
		t.Errorf("exit code %d: moto refuses a call, so it must be %d", code, exitFailed)
	}
	mototest.CheckLeft(t, lines, false, true)
	motoGaps(t, failing.codes)
	writes := server.Writes()
	mototest.CheckJournal(t, filepath.Join(state, mototest.Account, "journal.jsonl"), writes)
	t.Logf("%d writes that moto recorded, each approved before it was sent", len(writes))
	made := server.ReadBack(t, mototest.Account, mototest.Region)

	code, lines = apply()
	if code != exitLeft {
		t.Errorf("exit code %d of the second apply, want %d", code, exitLeft)
	}
	mototest.CheckLeft(t, lines, true, true)
	if more := server.Writes()[len(writes):]; len(more) > 0 {
		t.Errorf("the second apply wrote: %v", mototest.Names(more))
	}
	if again := server.ReadBack(t, mototest.Account, mototest.Region); !bytes.Equal(made, again) {
		t.Errorf("the second apply changed what there is:\n%s", again)
	}
	golden.RequireEqual(t, made)
}

// motoGaps compares the requests that failed with the table: no unexplained answer, and no gap that is none any more.
func motoGaps(t *testing.T, codes map[string]string) {
	t.Helper()
	var known []string
	for _, g := range mototest.Gaps() {
		known = append(known, g.Operation)
		if got := codes[g.Operation]; !g.Mended && got != g.Code {
			t.Errorf("%s answers %q and not %q: is it a gap still?", g.Operation, got, g.Code)
		}
	}
	for operation, code := range codes {
		if code == "error" && !slices.Contains(known, operation) {
			t.Errorf("moto does not serve %s, which is not in the table of gaps", operation)
		}
	}
}

// motoEnvironment is a machine that holds nothing of AWS but the access key of a fresh management account.
func motoEnvironment(t *testing.T, server *mototest.Server) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"} {
		t.Setenv(name, "") // so that it is restored
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(dir, "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(dir, "credentials"))
	id, secret := server.Keys(t, mototest.Account)
	t.Setenv("AWS_ACCESS_KEY_ID", id)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	t.Setenv("HOME", dir)
	t.Setenv(alerts.WebhookVariable, mototest.Webhook)
	return dir
}
