//go:build unix

// Package e2e drives the real program from outside: on a pseudo-terminal with an emulator behind it, and against moto. It
// needs a Unix: Windows has neither the terminal nor the signals.
package e2e

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image/color"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// patience is how long a screen may take to appear. It is far more than a slow machine needs.
const patience = time.Minute

// wizard is the path of the program, built once for all tests.
var wizard string

// screens is where the screens that were acted on are kept, for people to read.
var screens = flag.String("screens", "", "keep every screen the terminal tests act on in this `FOLDER`")

func TestMain(m *testing.M) {
	flag.Parse()
	syscall.Umask(0) // what the program keeps to its owner must not hang on how the person's shell is set
	code, err := withProgram(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func withProgram(tests func() int) (int, error) {
	dir, err := os.MkdirTemp("", "wizard-e2e-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	wizard = filepath.Join(dir, "wizard")
	if out, err := exec.Command("go", "build", "-o", wizard, "awswizard/cmd/wizard").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return tests(), nil
}

// Terminal is the program on a terminal, and a person in front of it. Its methods fail the test when what is expected
// does not come, and return the Terminal so that they read as a story.
type Terminal struct {
	t    *testing.T
	cmd  *exec.Cmd
	tty  *os.File
	done chan struct{} // closed when the program has ended and all it wrote was drawn

	mu     sync.Mutex // vt.SafeEmulator does not lock String
	screen *vt.Emulator
	raw    bytes.Buffer
	drawn  time.Time // when it was drawn on last

	kept []string // screens acted on
}

// setting is where and how the program is started.
type setting struct {
	cols, rows int
	env        []string
	dir        string // working directory; a new one when empty
	light      bool   // black on white
	tape       *tape  // what records the session; nil when nothing does
}

// start runs the program with args on a new terminal of 80 columns and 24 lines, or as the setting says.
func start(t *testing.T, s setting, args ...string) *Terminal {
	t.Helper()
	if s.cols == 0 {
		s.cols, s.rows = 80, 24
	}
	x := &Terminal{t: t, cmd: command(t, s, args...), done: make(chan struct{}), screen: vt.NewEmulator(s.cols, s.rows)}
	if s.light {
		x.screen.SetBackgroundColor(color.White)
	}
	tty, err := pty.StartWithSize(x.cmd, &pty.Winsize{Rows: uint16(s.rows), Cols: uint16(s.cols)})
	if err != nil {
		t.Fatalf("starting on a terminal: %v", err)
	}
	x.tty = tty
	answers := make(chan struct{})
	go func() { // without it the emulator blocks at the first question of the program for the terminal
		defer close(answers)
		io.Copy(tty, x.screen)
	}()
	drawn := make(chan struct{})
	go func() {
		defer close(drawn)
		buf := make([]byte, 32<<10)
		for {
			n, err := tty.Read(buf)
			x.mu.Lock()
			x.raw.Write(buf[:n])
			x.screen.Write(buf[:n])
			x.drawn = time.Now()
			s.tape.output(buf[:n])
			x.mu.Unlock()
			if err != nil {
				return // on Linux EIO says that the program has gone
			}
		}
	}()
	go func() {
		x.cmd.Wait()
		<-drawn
		close(x.done)
	}()
	t.Cleanup(func() {
		x.cmd.Process.Kill()
		<-x.done
		tty.Close()
		hangUp(x.screen)
		<-answers
		x.keep()
	})
	return x
}

// command is the program in an environment made from nothing.
func command(t *testing.T, s setting, args ...string) *exec.Cmd {
	t.Helper()
	if s.dir == "" {
		s.dir = t.TempDir()
	}
	cmd := exec.Command(wizard, args...)
	cmd.Dir = s.dir
	cmd.Env = append([]string{"TERM=xterm-256color", "LANG=C.UTF-8", "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TMPDIR=" + t.TempDir()}, s.env...)
	return cmd
}

// Screen is what is on the screen now, without blanks at the ends of lines.
func (x *Terminal) Screen() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	lines := strings.Split(x.screen.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \r")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// Raw is every byte the program wrote.
func (x *Terminal) Raw() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.raw.String()
}

// AltScreen reports whether the program has the screen for itself.
func (x *Terminal) AltScreen() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen.IsAltScreen()
}

// quiet reports whether the screen is whole: a frame that comes in several parts is not acted on in the middle.
func (x *Terminal) quiet() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return time.Since(x.drawn) > 50*time.Millisecond
}

// until waits for ok of the screen, and returns that screen.
func (x *Terminal) until(what string, ok func(screen string) bool) string {
	x.t.Helper()
	deadline := time.After(patience)
	for {
		ended := x.ended()
		now := x.Screen()
		switch {
		case ok(now):
			return now
		case ended:
			x.t.Fatalf("the program ended (exit %d) before this: %s\n%s", x.cmd.ProcessState.ExitCode(), what, now)
		}
		select {
		case <-deadline:
			x.t.Fatalf("waited in vain for this: %s\n%s", what, now)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (x *Terminal) ended() bool {
	select {
	case <-x.done:
		return true
	default:
		return false
	}
}

// Expect waits until all words are on one screen.
func (x *Terminal) Expect(words ...string) *Terminal {
	x.t.Helper()
	x.until("a screen with "+strings.Join(words, " and "), func(s string) bool { return holds(s, words...) })
	return x
}

// holds reports whether s has all words, wherever its lines end.
func holds(s string, words ...string) bool {
	s = strings.Join(strings.Fields(s), " ")
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(s, w) })
}

// Type types text.
func (x *Terminal) Type(text string) *Terminal {
	x.t.Helper()
	x.kept = append(x.kept, x.Screen())
	if _, err := x.tty.WriteString(text); err != nil && !errors.Is(err, syscall.EIO) {
		x.t.Fatalf("typing %q: %v", text, err)
	}
	return x
}

// The keys a person has besides letters.
func (x *Terminal) Enter() *Terminal { x.t.Helper(); return x.Type("\r") }

// Esc presses the escape key.
func (x *Terminal) Esc() *Terminal { x.t.Helper(); return x.Type("\x1b") }

// CtrlC presses ctrl+c.
func (x *Terminal) CtrlC() *Terminal { x.t.Helper(); return x.Type("\x03") }

// End presses the end key.
func (x *Terminal) End() *Terminal { x.t.Helper(); return x.Type("\x1b[F") }

// Paste pastes text as terminals do that mark what was pasted.
func (x *Terminal) Paste(text string) *Terminal {
	x.t.Helper()
	return x.Type("\x1b[200~" + text + "\x1b[201~")
}

// Resize changes the size of the window.
func (x *Terminal) Resize(cols, rows int) *Terminal {
	x.t.Helper()
	x.mu.Lock()
	x.screen.Resize(cols, rows)
	x.mu.Unlock()
	if err := pty.Setsize(x.tty, &pty.Winsize{Rows: uint16(rows), Cols: uint16(cols)}); err != nil {
		x.t.Fatalf("resizing: %v", err)
	}
	return x
}

// Kill ends the program as a crash of the machine would.
func (x *Terminal) Kill() {
	x.t.Helper()
	if err := x.cmd.Process.Kill(); err != nil {
		x.t.Fatalf("killing: %v", err)
	}
	<-x.done
}

// Close closes the window and waits for the end of the program.
func (x *Terminal) Close() {
	x.t.Helper()
	if err := x.tty.Close(); err != nil {
		x.t.Fatalf("closing the window: %v", err)
	}
	select {
	case <-x.done:
	case <-time.After(patience):
		x.t.Fatal("the program goes on without its window")
	}
}

// Signal sends a signal.
func (x *Terminal) Signal(sig os.Signal) *Terminal {
	x.t.Helper()
	if err := x.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		x.t.Fatalf("sending %v: %v", sig, err)
	}
	return x
}

// Exits waits for the end with this exit code, and for the terminal to be as it was. It returns the last screen.
func (x *Terminal) Exits(code int) string {
	x.t.Helper()
	select {
	case <-x.done:
	case <-time.After(patience):
		x.t.Fatalf("the program does not end:\n%s", x.Screen())
	}
	last := x.Screen()
	if got := x.cmd.ProcessState.ExitCode(); got != code {
		x.t.Fatalf("exit code %d, want %d:\n%s", got, code, last)
	}
	if x.AltScreen() {
		x.t.Fatalf("the program ended and left the alternate screen on:\n%s", last)
	}
	raw := x.Raw()
	for on, off := range map[string]string{"\x1b[?1049h": "\x1b[?1049l", "\x1b[?25l": "\x1b[?25h", "\x1b[?2004h": "\x1b[?2004l"} {
		if strings.LastIndex(raw, on) > strings.LastIndex(raw, off) {
			x.t.Errorf("the program ended and did not take back %q", on)
		}
	}
	return last
}

// keep writes the screens that were acted on into the folder people read.
func (x *Terminal) keep() {
	if *screens == "" {
		return
	}
	rule := "\n" + strings.Repeat("=", 100) + "\n"
	name := filepath.Join(*screens, strings.NewReplacer("/", "-").Replace(x.t.Name())+".txt")
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		x.t.Errorf("keeping the screens: %v", err)
		return
	}
	defer f.Close()
	fmt.Fprint(f, strings.Join(append(slices.Compact(x.kept), x.Screen()), rule), rule)
}

// ran is the end of a program that ran without a terminal.
type ran struct {
	code        int
	out, errors string
}

// without runs the program to its end with no terminal: nothing to read, and pipes to write to.
func without(t *testing.T, s setting, args ...string) ran {
	t.Helper()
	cmd := command(t, s, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	stop := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer stop.Stop()
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return ran{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// hangUp ends the emulator's answers. Its Close would race with the Read that waits for them.
func hangUp(e *vt.Emulator) {
	if c, ok := e.InputPipe().(io.Closer); ok {
		c.Close()
	}
}
