//go:build unix

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
)

// recording is the session people can watch. WIZARD_RECORD=1 records it anew.
const recording = "../docs/demo.cast"

const (
	reading = 1600 * time.Millisecond // before a key
	letter  = 70 * time.Millisecond   // between letters
	largest = 400 << 10
	longest = 5 * time.Minute
)

// TestTerminalRecording checks the recorded session: that it can be played, shows a whole set-up, and holds nothing that
// is nobody's business. It does not compare it with the screens of today; the pictures do that.
func TestTerminalRecording(t *testing.T) {
	if os.Getenv("WIZARD_RECORD") != "" {
		if err := os.WriteFile(recording, record(t), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(recording)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > largest {
		t.Errorf("%d bytes, more than %d", len(b), largest)
	}
	text, seen, last := play(t, b)
	for _, want := range []string{"Nothing is changed until you approve it.", "End the free plan?", "Create your organization", "[2 JSON]", "aws organizations create-organization",
		"Make 12 calls now?", "For you: Switch on the login page", "Default networks:"} {
		if !seen(want) {
			t.Errorf("no screen of it has %q", want)
		}
	}
	if !seen("The set-up is done.") || !holds(last, "How to take it back") {
		t.Errorf("it does not end with the last screen:\n%s", last)
	}
	for _, secret := range []string{`\b(AKIA|ASIA)[A-Z0-9]{16}\b`, `hooks\.slack\.com`, `/tmp/`, `/root\b`, `/home/`, `(?i)secret_?access_?key\W+\S{20}`, `(?i)password: \S`} {
		if m := regexp.MustCompile(secret).FindString(text); m != "" {
			t.Errorf("it holds %q", m)
		}
	}
}

// play plays an asciicast. It returns all that was written, a way to ask whether words stood on a screen, and the last screen.
func play(t *testing.T, cast []byte) (text string, seen func(words string) bool, last string) {
	t.Helper()
	lines := bufio.NewScanner(bytes.NewReader(cast))
	lines.Buffer(nil, largest)
	lines.Scan()
	var head struct{ Version, Width, Height int }
	if err := json.Unmarshal(lines.Bytes(), &head); err != nil || head.Version != 2 || head.Width == 0 || head.Height == 0 {
		t.Fatalf("the first line is %s: %v", lines.Bytes(), err)
	}
	e := vt.NewEmulator(head.Width, head.Height)
	answered := make(chan struct{})
	go func() { // nobody is there to hear the emulator's answers to questions
		defer close(answered)
		io.Copy(io.Discard, e)
	}()
	defer func() { hangUp(e); <-answered }()
	var (
		all, screens strings.Builder
		now          float64
	)
	for n := 2; lines.Scan(); n++ {
		var (
			at   float64
			kind string
			out  string
		)
		if err := json.Unmarshal(lines.Bytes(), &[]any{&at, &kind, &out}); err != nil || kind != "o" || at < now {
			t.Fatalf("line %d: %v, kind %q, %.3f after %.3f", n, err, kind, at, now)
		}
		now = at
		all.WriteString(out)
		e.WriteString(out)
		screens.WriteString(strings.Join(strings.Fields(e.String()), " ") + "\n")
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if total := time.Duration(now * float64(time.Second)); total > longest || total < 30*time.Second {
		t.Errorf("it takes %v", total)
	}
	return all.String(), func(words string) bool { return strings.Contains(screens.String(), words) }, e.String()
}

// record records a whole set-up.
func record(t *testing.T) []byte {
	t.Helper()
	p := &tape{cols: 100, rows: 30, title: "wizard: from a bare AWS account to a safe organization (a trial run)"}
	x := start(t, setting{cols: p.cols, rows: p.rows, tape: p}, "--sandbox=trial.json")
	f := founder(x)
	looked := false
	slowly := func(text string) func(*Terminal) {
		return func(x *Terminal) {
			x.t.Helper()
			for n := range text {
				x.Type(text[n : n+1]).Expect("> " + text[:n+1])
				p.pause(letter)
			}
			p.pause(reading / 2)
			x.Enter()
		}
	}
	own := []reply{
		{"Nothing to approve here", enter},
		{"What is your company called?", slowly("Acme Robotics")},
		{"Which mailbox do AWS mails go to?", slowly("aws@acme-robotics.example")},
		{"What is that person's e-mail address?", slowly("ada@acme-robotics.example")},
		{"Type yes in full to agree.", slowly("yes")},
		{"Type agree and Enter to agree.", slowly("agree")},
		{"Type yes and Enter to make them.", slowly("yes")},
		{" seen", func(x *Terminal) { // one call is looked at in all three ways
			x.t.Helper()
			if !looked {
				looked = true
				x.Type("2").Expect("[2 JSON]")
				p.pause(2 * reading)
				x.Type("3").Expect("[3 command]")
				p.pause(2 * reading)
			}
			x.Type("a")
		}},
	}
	f.replies = append(own[:7:7], f.replies...)
	for i, r := range f.replies {
		if r.on == " seen" {
			r.do = own[7].do
		}
		do := r.do
		f.replies[i].do = func(x *Terminal) { x.t.Helper(); p.pause(reading); do(x) }
	}
	f.Until("The set-up is done.").Expect("enter leave")
	p.pause(reading)
	x.End().Expect("How to take it back") // the report is longer than a screen
	p.end(3 * time.Second)
	f.Finish(0)
	return p.asciicast()
}
