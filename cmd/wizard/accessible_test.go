package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"awswizard/internal/cloud"
)

// listener answers prompts as somebody with a screen reader does: a line for each, as it comes.
type listener struct {
	t      *testing.T
	typing io.Writer
	quitAt string // the prompt that is answered with q; "" never
	all    bytes.Buffer
	asked  []string
}

var about = map[string]string{"company": "Acme Robotics", "mailbox": "aws@acme-robotics.example", "e-mail": "aws@acme-robotics.example"}

// Write implements io.Writer for what the program says; each write is whole lines.
func (l *listener) Write(b []byte) (int, error) {
	l.all.Write(b)
	text := string(b)
	if reply, asks := l.reply(text); asks {
		prompt := strings.Join(strings.Fields(text), " ")
		l.asked = append(l.asked, prompt)
		if len(l.asked) > 300 {
			reply = "q" // it asks for ever
		}
		go fmt.Fprintln(l.typing, reply)
	}
	return len(b), nil
}

func (l *listener) reply(text string) (string, bool) {
	flat := strings.Join(strings.Fields(text), " ")
	if l.quitAt != "" && strings.Contains(flat, l.quitAt) {
		return "q", true
	}
	switch {
	case strings.HasPrefix(flat, "Type yes to "):
		return "yes", true
	case strings.Contains(flat, "Type agree in full"):
		return "agree", true
	case strings.HasPrefix(flat, "Type yes in full to agree"):
		return "yes", true
	case strings.HasPrefix(flat, "Press Enter when done"):
		return "", true
	case strings.HasPrefix(flat, "Type r to retry"):
		return "s", true
	case strings.HasPrefix(flat, "Type a number from 1 to "):
		return "", true
	case strings.HasPrefix(flat, "Your answer") && strings.Contains(flat, "or press Enter for "):
		return "", true
	case strings.HasPrefix(flat, "Your answer"):
		said := strings.ToLower(l.all.String())
		said = said[max(0, len(said)-600):]
		best, reply := -1, ""
		for word, answer := range about {
			if at := strings.LastIndex(said, word); at > best {
				best, reply = at, answer
			}
		}
		return reply, true
	}
	return "", false
}

// listen runs the program on a dumb terminal.
func (tr *trial) listen(quitAt string) (code int, l *listener, errs string) {
	tr.t.Helper()
	in, typing := io.Pipe()
	defer typing.Close()
	l = &listener{t: tr.t, typing: typing, quitAt: quitAt}
	var err bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- execute(system{args: []string{"--sandbox=" + tr.sandbox}, in: in, out: l, err: &err, pace: quick,
			getenv: func(name string) string { return map[string]string{"TERM": "dumb"}[name] }, sent: func(cloud.Sent) {}})
	}()
	select {
	case code = <-ended:
	case <-time.After(5 * time.Minute): // a limit for a test that hangs; nothing is asserted on it
		tr.t.Fatalf("the program waits for something nobody answers:\n%s", last(l.all.String(), 1500))
	}
	return code, l, err.String()
}

var (
	redrawn = regexp.MustCompile("[\x1b\r\b]")
	braille = regexp.MustCompile("[\u2800-\u28ff]")
)

// TestSetUpLineByLine stops a set-up on a dumb terminal in the middle, goes on from there, and finishes it: words only,
// line by line, nothing drawn twice.
func TestSetUpLineByLine(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	code, first, errs := tr.listen("For you to do: Switch on the login page")
	if code != exitLeft || !strings.Contains(errs, "Nothing is lost") {
		t.Fatalf("stopped with exit %d: %s\n%s", code, errs, last(first.all.String(), 1500))
	}
	code, second, errs := tr.listen("")
	if code != exitDone {
		t.Fatalf("exit %d: %s\n%s", code, errs, last(second.all.String(), 3000))
	}
	for _, prompt := range second.asked {
		if strings.HasPrefix(prompt, "Your answer:") {
			t.Errorf("asked again for what was answered: %s", prompt)
		}
	}
	for start, want := range map[*listener]string{first: "Nothing is changed until you approve it.", second: "Welcome back. You left your set-up on "} {
		if all := strings.Join(strings.Fields(start.all.String()), " "); !strings.Contains(all[:min(len(all), 900)], want) || !strings.Contains(all, "You are signed in as ") {
			t.Errorf("a start does not begin with %q:\n%s", want, all[:min(len(all), 900)])
		}
	}
	said := first.all.String() + second.all.String()
	if found := redrawn.FindStringIndex(said); found != nil {
		t.Errorf("a control character in %q", said[max(0, found[0]-40):found[1]+10])
	}
	if braille.MatchString(said) {
		t.Error("a Braille character")
	}
	theTourSaysWhatIsSaid(t, said)
	for _, want := range []string{"Step 3 of ", "Creates: ", "Deletes: ", "Started: ", ": done", "aws-config"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is never said", want)
		}
	}
	if b := tr.read(filepath.Join(tr.state(), "aws-config")); !strings.Contains(b, "[profile acme-robotics-production-admin]") {
		t.Errorf("the config file of the trial run:\n%s", b)
	}
	tr.answers = filepath.Join(tr.state(), "wizard.yaml")
	tr.scenario = ""
	if r := tr.run("plan", "--detailed-exitcode"); r.code != exitDone {
		t.Errorf("the plan afterwards: exit %d\n%s", r.code, last(r.out, 1500))
	}
}

// theTourSaysWhatIsSaid reads the part of a session that the documentation shows.
func theTourSaysWhatIsSaid(t *testing.T, said string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/tour.md")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(string(page), "## 12. Without a picture")
	_, shown, _ = strings.Cut(shown, "```text\n")
	shown, _, _ = strings.Cut(shown, "```")
	said = strings.Join(strings.Fields(said), " ")
	parts := strings.Split(strings.TrimSpace(shown), "\n\n")
	for _, part := range parts {
		if part = strings.Join(strings.Fields(part), " "); part == "" || !strings.Contains(said, part) {
			t.Errorf("the tour shows what is not said: %q", part)
		}
	}
}
