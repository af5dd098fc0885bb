//go:build unix

package e2e

import (
	"encoding/base64"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	requestID = regexp.MustCompile(`sandbox-\d{8}`)
	accountID = regexp.MustCompile(`Type (\d{12}) and Enter to agree`)
)

// TestTerminalTroubleAndTheWayBack: a call is refused; the founder reads why, tries again, stops, comes back, and goes on
// without it. Then they take back what was made, where closing an account needs its number.
func TestTerminalTroubleAndTheWayBack(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "aws.json")
	begin := func(args ...string) *person {
		p := founder(start(t, setting{}, append(args, "--sandbox="+file)...))
		p.hurry()
		return p
	}
	const denied = "--sandbox-fault=deny=organizations:CreateOrganizationalUnit"
	refused := []string{"This did not work: Organization and accounts", "What next", "AccessDeniedException", "Request id sandbox-", "r try again", "s skip it", "q stop"}

	p := begin(denied)
	p.Until(refused...)
	id := requestID.FindString(p.Screen())
	p.WrongKeys().Resize(20, 5).Expect("make the window").Resize(80, 24).Expect(refused...)
	p.Type("y").Expect("Copied")
	if copied := p.clipboard(); !strings.Contains(copied, "AccessDeniedException") || !strings.Contains(copied, id) {
		t.Errorf("the clipboard has neither code nor request: %q", copied)
	}
	p.Type("r").until("the same problem of another request", func(s string) bool {
		again := requestID.FindString(s)
		return holds(s, refused...) && again != "" && again != id
	})
	p.Type("q").Expect("Stop here?").WrongKeys().Enter().Expect(refused...) // Enter alone goes on
	if last := p.Type("q").Expect("Stop here?").Type("y").Exits(5); !holds(last, "the same command") {
		t.Errorf("nothing says how to go on:\n%s", last)
	}

	p = begin(denied)
	p.Expect("Welcome back: your set-up is not finished", "enter go on").WrongKeys()
	p.Type("s").Expect("Settings (1 of ").WrongKeys().Esc().Expect("Welcome back")
	p.Type("r").Expect("Review: nothing can be changed here.").WrongKeys().Esc().Expect("Welcome back")
	p.Until(refused...)
	p.Type("s")
	p.Until("Step 3 of ").CtrlC().Exits(130)
	if begun(t, file, "organization/move/security") || !begun(t, file, "organization/account/security") {
		t.Error("skipped was something else than what needs the refused call")
	}

	p = begin("undo")
	p.Expect("The way back", "enter begin").WrongKeys()
	p.Until("Close the account production").WrongKeys()
	p.Type("/").Paste("\x1b[31mclose the account production\x07\n" + strings.Repeat("x", 5_000)).Expect("xxxxx").WrongKeys().Esc().Expect(" seen")
	p.Type("a").consents(func(number string) {
		p.Paste("\x1b[31m"+number+"\x07 yes\n").until("the paste in the field alone", func(s string) bool { return holds(s, "> ", number+" yes") })
		p.Enter().Expect("That was not " + number).Type("agree").Expect("> agree").Enter()
		p.until("the field empty again", func(s string) bool { return holds(s, "That was not "+number) && !holds(s, "> agree") })
		p.WrongKeys()
	})
	p.Expect("Type yes and Enter to make them.").Paste("yes\nyes\n").Expect("> yes yes").Enter().Expect("Not approved: nothing was done.")
	p.Type("a").consents(func(string) {})
	p.Until("Type yes and Enter to make them.")
	p.Type("yes").Expect("> yes").Enter()
	if last := p.Finish(5); !holds(last, "Close the account security") {
		t.Errorf("it does not say what stays:\n%s", last)
	}
	var closed []string
	for _, e := range calls(t, file) {
		if e.Operation == "CloseAccount" {
			closed = append(closed, e.Item)
		}
	}
	if len(closed) != 1 || !strings.Contains(closed[0], "production") {
		t.Errorf("the account production was to be closed, these were: %v", closed)
	}
}

// consents answers for each of the three accounts whether it is closed, only for production with its number. Before is done first.
func (x *Terminal) consents(before func(number string)) {
	x.t.Helper()
	left := map[string]string{"development": "no", "production": "its number", "security": ""}
	for len(left) > 0 {
		s := x.until("a question for consent", func(s string) bool { return accountID.MatchString(s) && holds(s, "Close the account") })
		_, name, _ := strings.Cut(s, "Close the account ")
		name, _, _ = strings.Cut(name, " ")
		answer, known := left[name]
		if !known {
			x.t.Fatalf("asked for %q again:\n%s", name, s)
		}
		delete(left, name)
		number := accountID.FindStringSubmatch(s)[1]
		before(number)
		if answer == "its number" {
			answer = number
		}
		x.Type(answer).Expect("> "+answer).Enter().until("the next page", func(s string) bool { return !holds(s, "Close the account "+name, "to agree") })
	}
}

// clipboard is what the program gave the terminal to copy. It comes beside the frames: the screen may say so before.
func (x *Terminal) clipboard() string {
	x.t.Helper()
	var sent string
	x.until("a text to copy", func(string) bool {
		_, rest, _ := strings.Cut(x.Raw(), "\x1b]52;c;")
		var whole bool
		sent, _, whole = strings.Cut(rest, "\x07")
		return whole
	})
	text, err := base64.StdEncoding.DecodeString(sent)
	if err != nil {
		x.t.Errorf("not a text to copy: %q", sent)
	}
	return string(text)
}
