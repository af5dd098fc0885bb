//go:build unix

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestTerminalBackKeepsAnswers: Esc leads back through the questions, and nothing that was typed is lost, half an answer
// neither.
func TestTerminalBackKeepsAnswers(t *testing.T) {
	t.Parallel()
	x := start(t, setting{}, "--sandbox").Expect("enter begin").Enter().Expect("go on to the questions").Enter()
	x.Expect("What is your company called?").Type("Acme Robotics").Expect("> Acme Robotics").Enter()
	x.Expect("Which mailbox").Type("founder@acme").Expect("> founder@acme").Esc()
	x.Expect("What is your company called?", "Acme Robotics").Esc().Expect("go on to the questions").Enter()
	x.Expect("What is your company called?", "Acme Robotics").Enter()
	x.Expect("Which mailbox", "> founder@acme").Type(".example").Expect("> founder@acme.example").Enter()
	x.Expect("Where is your home?").Type("\x05").Expect("Settings", "Acme Robotics", "founder@acme.example").Esc()
	x.Expect("Where is your home?").CtrlC().Exits(130)
}

// TestTerminalASettingIsChanged from the plan: the plan is another one then, and that is what is made.
func TestTerminalASettingIsChanged(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "aws.json")
	p := organizationPlan(t, setting{cols: 120, rows: 40}, file)
	p.Expect("Create the account development").Type("\x05").Expect("Settings (1 of ")
	for n := 0; !holds(p.Screen(), "▸ Accounts"); n++ {
		if n == 20 {
			t.Fatalf("there is no such setting:\n%s", p.Screen())
		}
		before := p.Screen()
		p.Type("j").until("the next setting", func(s string) bool { return s != before })
	}
	p.Enter().Expect("Which accounts do you want?").Type("security, production").Expect("> security, production").Enter()
	p.Expect("Changed.").Esc()
	p.Until("Nothing of this has been done yet", " seen", "Create the account production")
	if s := p.Screen(); strings.Contains(s, "development") {
		t.Errorf("the plan still has what the changed setting does not:\n%s", s)
	}
	p.Type("a")
	p.Until("Step 3 of ").CtrlC().Exits(130)
	for account, want := range map[string]bool{"security": true, "production": true, "development": false} {
		if begun(t, file, "organization/account/"+account) != want {
			t.Errorf("the account %s was made: %v, want %v", account, !want, want)
		}
	}
}
