package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"awswizard/internal/crashtest"
	"awswizard/internal/journal"
	"awswizard/internal/mototest"
)

// mortal is a computer's way to moto that dies at one of its writes. Nothing gets through from then on, and the folder of
// the journal is kept as it was at that moment. What the program does afterwards nobody sees.
type mortal struct {
	t       *testing.T
	moto    *mototest.Server
	dies    int  // the write it dies at, counted from 1
	after   bool // after the effect of that write, and not before it
	state   string
	kept    string // the copy of state
	signals chan os.Signal

	mu     sync.Mutex
	writes int
	dead   bool
	last   string // what it died at
}

var errDead = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

// Do implements the SDK's HTTP client.
func (m *mortal) Do(r *http.Request) (*http.Response, error) {
	request := mototest.RequestOf(r)
	if m.count(request) && !m.after {
		m.die(request)
	}
	if m.isDead() {
		return nil, errDead
	}
	resp, err := m.moto.Do(r)
	if m.due() && request.Write() {
		m.die(request)
	}
	if m.isDead() && err == nil { // a reply that reaches nobody
		resp.Body.Close()
		return nil, errDead
	}
	return resp, err
}

// count counts a write and reports whether it is the last one.
func (m *mortal) count(r mototest.Request) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.Write() {
		m.writes++
	}
	return r.Write() && m.writes == m.dies
}

func (m *mortal) due() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.after && m.writes >= m.dies
}

func (m *mortal) isDead() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dead
}

func (m *mortal) die(at mototest.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return
	}
	m.dead = true
	m.last = fmt.Sprintf("at write %d, %s in %s, after its effect: %t", m.dies, at.Operation, at.Region, m.after)
	if err := os.CopyFS(m.kept, os.DirFS(m.state)); err != nil {
		m.t.Error(err)
	}
	m.signals <- syscall.SIGTERM
}

// TestMotoStopAnywhere dies ten times and more in one set-up on moto, at drawn writes, before and after their effect, and goes
// on from what the computer had on its disk then. What boto3 reads back in the end is what TestMotoApply reads back after
// a set-up that nobody disturbed; nothing was done twice or without approval, and nothing is left to do.
func TestMotoStopAnywhere(t *testing.T) {
	crashtest.Sweep(t)
	const deaths, least = 13, 10
	seed := crashtest.Seed(t)
	draw := rand.New(rand.NewPCG(seed, 0))
	server := mototest.Start(t)
	dir := motoEnvironment(t, server)
	answers := filepath.Join(dir, "wizard.yaml")
	if err := os.WriteFile(answers, []byte(mototest.Answers), 0o600); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(dir, "state 0")
	apply := func(m *mortal) (int, []byte) {
		m.t, m.moto, m.state, m.signals = t, server, state, make(chan os.Signal, 1)
		var out, errs bytes.Buffer
		code := execute(system{args: []string{"apply", "--yes", "--json", "--answers", answers, "--state-dir", state},
			in: &bytes.Buffer{}, out: &out, err: &errs, getenv: os.Getenv, http: m, signals: m.signals})
		return code, out.Bytes()
	}

	died := 0
	for n := range deaths {
		// About a hundred writes come before the default networks, which are three hundred, many at once.
		most := []int{2, 5, 10, 20}[draw.IntN(4)]
		if n >= least {
			most = 60
		}
		m := &mortal{dies: 1 + draw.IntN(most), after: draw.IntN(2) == 0, kept: filepath.Join(dir, fmt.Sprint("state ", n+1))}
		apply(m)
		if !m.dead {
			break
		}
		t.Log(m.last)
		died, state = died+1, m.kept
	}
	if died < least {
		t.Errorf("died %d times, want at least %d", died, least)
	}
	apply(&mortal{})
	all := server.Writes()
	code, lines := apply(&mortal{})
	if code != exitLeft {
		t.Errorf("exit code %d of the last apply, want %d", code, exitLeft)
	}
	mototest.CheckLeft(t, lines, true, true)
	if more := server.Writes()[len(all):]; len(more) > 0 {
		t.Errorf("the last apply wrote: %v", mototest.Names(more))
	}

	r, err := journal.Read(filepath.Join(state, mototest.Account, "journal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var effects []string
	for _, w := range all {
		effects = append(effects, w.Operation+" in "+w.Region)
	}
	for _, wrong := range crashtest.Unapproved(r, effects) {
		t.Error(wrong)
	}
	end := crashtest.EndOf(r)
	if len(end.Twice) > 0 {
		t.Errorf("done twice: %v", end.Twice)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "TestMotoApply.golden"))
	if err != nil {
		t.Fatal(err)
	}
	if made := server.ReadBack(t, mototest.Account, mototest.Region); !bytes.Equal(made, want) {
		t.Errorf("what was made is not as after an undisturbed set-up:\n%s", made)
	}
	t.Logf("died %d times in %d writes: %d had taken effect, %d had not and were made again; seed %d", died, len(all), end.Found, end.Repeat, seed)
}
