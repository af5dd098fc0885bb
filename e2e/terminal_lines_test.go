//go:build unix

package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// lines is the program line by line, as a screen reader speaks it, and a founder who answers.
type lines struct {
	*Terminal
	heard int // bytes of what was said up to the last answer
}

// said is what was said since the last answer, with single blanks.
func (l *lines) said() string {
	return strings.Join(strings.Fields(l.Raw()[l.heard:]), " ")
}

// hear waits until all words were said since the last answer.
func (l *lines) hear(words ...string) *lines {
	l.t.Helper()
	l.until("to hear "+strings.Join(words, " and "), func(string) bool { return holds(l.said(), words...) })
	return l
}

// line types a line.
func (l *lines) line(text string) *lines {
	l.t.Helper()
	l.heard = len(l.Raw())
	l.Type(text + "\r")
	return l
}

// founderSays is what a founder types when this was asked; calls that go on may have been told of after it.
var founderSays = []struct{ asks, text string }{
	{"? for all you can type.", "yes"},
	{"Enter alone is no, which leaves this call out.", "agree"},
	{"Type yes in full to agree, or press Enter for no:", "yes"},
	{"Press Enter when done, s to skip, ? to hear it again, q to stop.", ""},
}

// reply is the answer to what was said last, and whether something was asked at all.
func (l *lines) reply() (text string, asked bool) {
	said := l.said()
	for _, r := range founderSays {
		if strings.Contains(said, r.asks) {
			return r.text, true
		}
	}
	switch ask := said[max(0, len(said)-200):]; {
	case strings.Contains(ask, "or press Enter for ") && strings.HasSuffix(ask, ":"):
		return "", true
	case !strings.HasSuffix(ask, "Your answer:"):
		return "", false
	case strings.Contains(said, "called?"):
		return "Acme Robotics", true
	}
	return "founder@acme.example", true
}

// answerUntil answers whatever is asked until over.
func (l *lines) answerUntil(what string, over func() bool) {
	l.t.Helper()
	for range most {
		var text string
		l.until(what+", or a question", func(string) bool {
			var asked bool
			text, asked = l.reply()
			return over() || asked && l.quiet()
		})
		if over() {
			return
		}
		l.line(text)
	}
	l.t.Fatalf("asked for ever before %s:\n%s", what, l.Screen())
}

// TestTerminalLineByLine is a whole set-up for somebody who hears the screen: the end of the input is no answer, ctrl+c
// stops, and each start goes on from there, with nothing made twice. The second start is on a terminal that can do nothing
// but lines, where nobody asks for it.
func TestTerminalLineByLine(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "aws.json")
	begin := func(s setting, args ...string) *lines {
		return &lines{Terminal: start(t, s, append(args, "--sandbox="+file)...)}
	}

	x := begin(setting{}, "--accessible").hear("Nothing is changed until you approve it.", "What is your company called?", "Your answer:")
	x.line("").hear("\"\" cannot be used: ").line("Acme Robotics").hear("Which mailbox", "Your answer:").Type("\x04")
	if last := x.Exits(5); !holds(last, "The input ended before the set-up did. Nothing is lost") {
		t.Errorf("the end of the input is not told:\n%s", last)
	}
	if made := calls(t, file); len(made) > 0 {
		t.Fatalf("nothing was approved, and these were made: %v", operations(made))
	}

	y := begin(setting{env: []string{"TERM=dumb"}}).hear("Welcome back.", "or press Enter for Acme Robotics:")
	y.line("b\x1b[31m").hear("What is your company called?")
	y.answerUntil("the first plan", func() bool { return strings.HasSuffix(y.said(), "for all you can type.") })
	y.line("zzz").hear("\"zzz\" is none of these.").line("?").hear("yes runs the calls", "for all you can type.")
	y.answerUntil("step 3", func() bool { return holds(y.said(), "Step 3 of ") })
	y.CtrlC()
	if last := y.Exits(130); !holds(last, "the same command") {
		t.Errorf("nothing says how to go on:\n%s", last)
	}
	n := len(calls(t, file))
	if n == 0 {
		t.Fatal("no call was made before the stop")
	}

	z := begin(setting{env: []string{"WIZARD_ACCESSIBLE=1"}}).hear("Welcome back.")
	z.answerUntil("the end", z.ended)
	if last := z.Exits(0); !holds(last, "Calls made in this run", "Sign in from now on at https://") {
		t.Errorf("the end is not told:\n%s", last)
	}
	notTwice(t, file, n)
	for _, l := range []*lines{x, y, z} {
		raw := l.Raw()
		typed := strings.ReplaceAll(raw, "^[[31m", "") // as the terminal shows what was typed
		if ansi.Strip(typed) != typed || l.AltScreen() {
			t.Error("something was redrawn")
		}
	}
}
