package main

import (
	"strings"
	"sync"
	"testing"

	"awswizard/internal/run"
	"awswizard/internal/sandbox"
	"awswizard/ui/plain"
)

// signs is a front end that says yes to everything, and notes when the person has signed in.
type signs struct {
	run.FrontEnd
	signedIn func()
}

func (s signs) Tell(e run.Event) {
	if e.Kind == run.OK && e.Item == "identity/sign-in" {
		s.signedIn()
	}
	s.FrontEnd.Tell(e)
}

// TestRootIsNotUsedAfterTheSignIn: from the moment the founder has signed in as themselves, no request is made as root,
// in this run and in the next.
func TestRootIsNotUsedAfterTheSignIn(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	asRoot, others, after := setUpWatched(t, tr)
	if asRoot[false] == 0 {
		t.Error("the set-up did not begin as root")
	}
	if !after || others == 0 {
		t.Fatal("nobody signed in")
	}
	if asRoot[true] > 0 {
		t.Errorf("%d requests were made as root after the sign-in", asRoot[true])
	}
	again, _, _ := setUpWatched(t, tr)
	// The next start asks AWS who the credentials of this computer belong to, and finds the kept sign-in then.
	if n := again[false] + again[true]; n > 1 {
		t.Errorf("the next start made %d requests as root", n)
	}
}

// setUpWatched runs the whole set-up and counts the requests made as root, before and after the sign-in.
func setUpWatched(t *testing.T, tr *trial) (asRoot map[bool]int, others int, after bool) {
	t.Helper()
	sys := system{in: strings.NewReader(""), out: &strings.Builder{}, err: &strings.Builder{}, pace: quick, logFile: new(string), getenv: func(string) string { return "" }}
	f := &flags{sandbox: tr.sandbox, answers: tr.answers, yes: true}
	w, err := open(t.Context(), sys, f)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	var mu sync.Mutex
	asRoot = map[bool]int{}
	w.sim.Faults(func(r sandbox.Request) error {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case strings.HasSuffix(r.Principal.ARN, ":root"):
			asRoot[after]++
		case r.Principal.ARN != "":
			others++
		}
		return nil
	})
	o := w.options(f)
	if o.Journal, err = w.journal("test"); err != nil {
		t.Fatal(err)
	}
	o.Unattended, o.Save = true, nil
	o.FrontEnd = signs{plain.New(sys.in, sys.out, plain.Options{Yes: true, Sandbox: true}), func() {
		mu.Lock()
		defer mu.Unlock()
		after = true
	}}
	if _, err := run.New(o).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return asRoot, others, after
}
