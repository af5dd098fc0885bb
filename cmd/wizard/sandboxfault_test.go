package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"awswizard/internal/sandbox"
)

// TestSandboxFaults tries every fault a person can ask for with --sandbox-fault: the run ends as it should and says why in
// words, and the next start without the fault finishes the set-up, with nothing there twice.
func TestSandboxFaults(t *testing.T) {
	t.Parallel()
	var want []string
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t, false)
		if s := p.start(); s.code != exitDone {
			t.Fatalf("without a fault: exit %d: %v", s.code, s.err)
		}
		want = p.things()
	})
	tried := map[string]bool{}
	for _, c := range []struct {
		fault string
		code  int
		told  string // of what happens or of what failed
	}{
		{"throttle", exitDone, "AWS asks us to slow down"},
		{"throttle=organizations", exitDone, "AWS asks us to slow down"},
		{"cut", exitDone, "AWS could not be reached"},
		{"cut=30m", exitFailed, "Check the network"},
		{"slow", exitDone, ""},
		{"expire", exitCredentials, "Your sign-in has run out"},
		{"expire=4h", exitDone, ""},
		{"deny=cloudtrail", exitLeft, "cloudtrail:DescribeTrails"},
		{"deny=SSO-Admin:createpermissionset", exitFailed, "sso:CreatePermissionSet"},
		{"deny=sso:CreatePermissionSet", exitFailed, "sso:CreatePermissionSet"},
		{"lost=CreateAccount", exitDone, "no reply from AWS"},
	} {
		word, _, _ := strings.Cut(c.fault, "=")
		tried[word] = true
		t.Run(c.fault, func(t *testing.T) {
			t.Parallel()
			fault, err := sandbox.ParseFault(c.fault)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				p := newPlace(t, false)
				p.mend = p.sim.Renew
				p.sim.Inject([]sandbox.Fault{fault}, nil)
				s := p.start()
				said := s.problems()
				for _, e := range s.events {
					said = append(said, e.Text)
				}
				if text := strings.Join(said, "\n"); s.code != c.code || !strings.Contains(text, c.told) {
					t.Errorf("exit %d, want %d and %q: %v\n%s", s.code, c.code, c.told, s.err, text)
				}
				if c.code != exitDone {
					p.heal()
					if next := p.start(); next.code != exitDone {
						t.Errorf("the next start: exit %d: %v %v", next.code, next.err, next.problems())
					}
				}
				if d := difference(want, p.things()); d != "" {
					t.Errorf("what stands in AWS differs:\n%s", d)
				}
			})
		})
	}
	document, err := os.ReadFile(filepath.Join("..", "..", "docs", "reliability.md"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(sandbox.FaultForms()) {
		form, does, _ := strings.Cut(strings.TrimSpace(line), " ")
		if row := "| `" + form + "` | " + strings.TrimSpace(does) + " |\n"; !strings.Contains(string(document), row) {
			t.Errorf("the page on reliability lacks the row %s", row)
		}
		if word := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '=' || r == '[' })[0]; !tried[word] {
			t.Errorf("%s is not tried", word)
		}
	}
}
