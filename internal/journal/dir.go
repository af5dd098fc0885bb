package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"

	"awswizard/internal/atomicfile"
)

// StateDir is the folder everything kept between runs is in: override when given, else $XDG_STATE_HOME/awswizard, else
// where the system keeps such things: ~/.local/state/awswizard, on a Mac ~/Library/Application Support/awswizard, on Windows
// %LocalAppData%\awswizard. A relative XDG_STATE_HOME is ignored, as the specification demands.
func StateDir(override string) (string, error) {
	if override != "" {
		return filepath.Abs(override)
	}
	if base := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(base) {
		return filepath.Join(base, "awswizard"), nil
	}
	base, err := stateHome(runtime.GOOS)
	if err != nil {
		return "", fmt.Errorf("find a folder for the state (set --state-dir): %w", err)
	}
	return filepath.Join(base, "awswizard"), nil
}

func stateHome(system string) (string, error) {
	switch system {
	case "windows":
		return os.UserCacheDir() // %LocalAppData%: it stays on this computer, where the lock is
	case "darwin":
		return os.UserConfigDir() // ~/Library/Application Support; ~/Library/Caches may be emptied at any time
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "state"), err
}

// FolderError is a state folder in which nothing can be kept.
type FolderError struct {
	Path string
	Err  error
}

func (e *FolderError) Error() string {
	return fmt.Sprintf("the state folder %s cannot be written to: %v", e.Path, reason(e.Err))
}

// Unwrap is the reason.
func (e *FolderError) Unwrap() error { return e.Err }

// Dir is a folder of state that can be written to.
type Dir struct{ path string }

// OpenDir makes the folder, readable by its owner only (on Windows by whoever may read the folder above it, which is the
// person, administrators and the system), and proves that it can be written to, so that a run is
// refused before its first call and not after it. Errors: *FolderError.
func OpenDir(path string) (*Dir, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return nil, &FolderError{path, err}
		}
		if err := atomicfile.SyncFolder(filepath.Dir(path)); err != nil {
			return nil, &FolderError{path, err}
		}
	}
	probe, err := os.CreateTemp(path, ".probe-*")
	if err != nil {
		return nil, &FolderError{path, err}
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return nil, &FolderError{path, err}
	}
	return &Dir{path: path}, nil
}

// Path is the folder.
func (d *Dir) Path() string { return d.path }

// Join is the path of a file in the folder.
func (d *Dir) Join(name ...string) string { return filepath.Join(append([]string{d.path}, name...)...) }

// LockedError says who holds the lock. Its fields are zero when the holder could not be read.
type LockedError struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
	Host  string    `json:"host"`
	What  string    `json:"what"`
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return "another run is at work here"
	}
	return fmt.Sprintf("another run is at work here: %s, process %d on %s, since %s", e.What, e.PID, e.Host, e.Since.Format(time.RFC3339))
}

// The lock file is never removed: removing it would let two processes lock two different files of one name.
const (
	lockFile   = "lock"
	holderFile = "lock.json"
)

// A look at the lock holds it for far less than lockPatience.
const (
	lockPatience = 100 * time.Millisecond
	lockPause    = 25 * time.Millisecond
)

// Lock makes this process the only writer of the folder until unlock. What it says is for whoever comes second, who
// gets a *LockedError. The system frees the lock when the process dies, so there is nothing to clean up after a crash.
// A Holder that looks at the same moment is waited for.
func (d *Dir) Lock(what string) (unlock func(), err error) {
	lock := flock.New(d.Join(lockFile), flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(context.Background(), lockPatience)
	defer cancel()
	ok, err := lock.TryLockContext(ctx, lockPause)
	if err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("lock the state folder: %w", err)
	}
	if !ok {
		return nil, d.holder()
	}
	if err := d.sign(what); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the state folder: %w", err), lock.Unlock())
	}
	return func() {
		// Nothing can be done about a failure, and the system frees the lock with the process.
		_ = lock.Unlock()
	}, nil
}

// Holder tells who holds the lock of a state folder; nil for nobody. It makes nothing, and it needs no folder.
func Holder(path string) *LockedError {
	d := Dir{path: path}
	if info, _ := os.Stat(d.Join(lockFile)); info == nil {
		return nil // nobody has been here
	}
	lock := flock.New(d.Join(lockFile), flock.SetFlag(os.O_RDONLY))
	ok, err := lock.TryRLock()
	if !ok && err == nil {
		return d.holder()
	}
	_ = lock.Unlock() // of nothing, where the lock could not be opened, and so told nothing
	return nil
}

// sign leaves word of who holds the lock. The word stays behind after a crash; it is read only while somebody holds
// the lock, who has signed by then.
func (d *Dir) sign(what string) error {
	host, err := os.Hostname()
	if err != nil {
		host = "this computer"
	}
	data, err := json.Marshal(LockedError{PID: os.Getpid(), Since: time.Now().UTC(), Host: host, What: what})
	if err != nil {
		return err
	}
	return WriteFile(d.Join(holderFile), data)
}

// holder reads who signed; an unreadable word gives an error that names nobody.
func (d *Dir) holder() *LockedError {
	var holder LockedError
	data, err := os.ReadFile(d.Join(holderFile))
	if err != nil || json.Unmarshal(data, &holder) != nil {
		return &LockedError{}
	}
	return &holder
}

// WriteFile replaces the file so that after a crash there is the old one or the new one, whole, and readable by its
// owner only.
func WriteFile(path string, data []byte) error {
	if err := atomicfile.Write(path, data, 0o600); err != nil {
		return err
	}
	return atomicfile.SyncFolder(filepath.Dir(path))
}
