package journal

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"time"
)

func TestStateDir(t *testing.T) {
	home := t.TempDir()
	kept := filepath.Join(home, ".local/state/awswizard")
	if runtime.GOOS == "darwin" {
		kept = filepath.Join(home, "Library/Application Support/awswizard")
	}
	for _, c := range []struct{ name, override, xdg, want string }{
		{"override", "/x/state", "/y", "/x/state"},
		{"XDG", "", "/y", "/y/awswizard"},
		{"relative XDG is ignored", "", "y", kept},
		{"home", "", "", kept},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("HOME", home)
			t.Setenv("XDG_STATE_HOME", c.xdg)
			if got, err := StateDir(c.override); err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestOpenDir(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b")
	for range 2 {
		if _, err := OpenDir(path); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(path); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestOpenDirRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"a file": file, "below a file": filepath.Join(file, "x"), "read-only": readOnly(t)} {
		if _, err := OpenDir(path); err == nil {
			t.Errorf("%s: %s was taken", name, path)
		}
	}
}

func TestOpenInReadOnlyFolder(t *testing.T) {
	if _, err := Open(filepath.Join(readOnly(t), "journal.jsonl"), clock); err == nil {
		t.Error("a journal was opened where nothing can be written")
	}
}

// readOnly is a folder not even root can write to, or for everybody else one without the permission.
func readOnly(t *testing.T) string {
	t.Helper()
	if os.Geteuid() == 0 {
		return "/proc"
	}
	path := t.TempDir()
	if err := os.Chmod(path, 0o500); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLock(t *testing.T) {
	path := t.TempDir()
	first, second := openDir(t, path), openDir(t, path)
	unlock, err := first.Lock("wizard apply")
	if err != nil {
		t.Fatal(err)
	}
	_, err = second.Lock("wizard undo")
	var locked *LockedError
	if !errors.As(err, &locked) {
		t.Fatalf("locked twice: %v", err)
	}
	host, _ := os.Hostname()
	if age := time.Since(locked.Since); locked.PID != os.Getpid() || locked.What != "wizard apply" || locked.Host != host || age < 0 || age > time.Hour {
		t.Errorf("the holder is said to be %+v", locked)
	}
	unlock()
	unlock, err = second.Lock("wizard undo")
	if err != nil {
		t.Fatalf("after unlocking: %v", err)
	}
	defer unlock()
	if _, err := first.Lock("x"); !errors.As(err, &locked) || locked.What != "wizard undo" {
		t.Errorf("the holder is said to be %+v", locked)
	}
}

func TestLockWithUnreadableHolder(t *testing.T) {
	path := t.TempDir()
	unlock, err := openDir(t, path).Lock("x")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if err := os.WriteFile(filepath.Join(path, holderFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = openDir(t, path).Lock("y")
	var locked *LockedError
	if !errors.As(err, &locked) || !reflect.DeepEqual(*locked, LockedError{}) {
		t.Errorf("got %v", err)
	}
}

const childDir = "JOURNAL_TEST_LOCK_DIR"

// TestLockDiesWithItsProcess starts this test binary as the holder and kills it.
func TestLockDiesWithItsProcess(t *testing.T) {
	if path := os.Getenv(childDir); path != "" {
		holdUntilKilled(t, path)
		return
	}
	path := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestLockDiesWithItsProcess$")
	child.Env = append(os.Environ(), childDir+"="+path)
	// The child ends when this pipe does, should the parent fail before it kills.
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "locked\n" {
		t.Fatalf("the child said %q, %v", line, err)
	}
	d := openDir(t, path)
	_, err = d.Lock("second")
	var locked *LockedError
	if !errors.As(err, &locked) || locked.PID != child.Process.Pid || locked.What != "child" {
		t.Errorf("got %v, want the lock of process %d", err, child.Process.Pid)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Error("the child was not killed")
	}
	unlock, err := d.Lock("second")
	if err != nil {
		t.Fatalf("a dead process still holds the lock: %v", err)
	}
	unlock()
}

func holdUntilKilled(t *testing.T, path string) {
	if _, err := openDir(t, path).Lock("child"); err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("locked\n")
	os.Stdin.Read(make([]byte, 1))
}

func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(path, []byte("old, longer than the new"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "new" {
		t.Errorf("%q, %v", got, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := WriteFile(filepath.Join(path, "x"), nil); err == nil {
		t.Error("wrote below a file")
	}
}

func openDir(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestHolder looks who is at work, leaves nothing behind, and stands in nobody's way.
func TestHolder(t *testing.T) {
	path := t.TempDir()
	if h := Holder(path); h != nil {
		t.Errorf("where nobody has been: %+v", h)
	}
	if left, err := os.ReadDir(path); err != nil || len(left) != 0 {
		t.Errorf("looking left %v, %v", left, err)
	}
	dir := openDir(t, path)
	unlock, err := dir.Lock("wizard apply")
	if err != nil {
		t.Fatal(err)
	}
	if h := Holder(path); h == nil || h.PID != os.Getpid() || h.What != "wizard apply" {
		t.Errorf("the holder is said to be %+v", h)
	}
	unlock()
	if h := Holder(path); h != nil {
		t.Errorf("after the end: %+v", h)
	}
	if unlock, err = dir.Lock("wizard undo"); err != nil {
		t.Fatalf("after a look: %v", err)
	}
	unlock()
}
