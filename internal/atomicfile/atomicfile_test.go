package atomicfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestWrite(t *testing.T) {
	for _, c := range []struct {
		name   string
		before fs.FileMode // of the file that is replaced; 0: there is none
		mode   fs.FileMode
	}{
		{"new", 0, 0o600},
		{"old one that others could read", 0o644, 0o600},
		{"others may read it, whatever the umask", 0o600, 0o666},
		{"read-only", 0o400, 0o400},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			if c.before != 0 {
				if err := os.WriteFile(path, []byte("an old text, longer than the new one"), c.before); err != nil {
					t.Fatal(err)
				}
			}
			if err := Write(path, []byte("new"), c.mode); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != "new" {
				t.Errorf("holds %q, %v", got, err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != c.mode {
				t.Errorf("mode %v, want %v, %v", info.Mode(), c.mode, err)
			}
			alone(t, dir)
		})
	}
}

// A reader that has the file open keeps the old text, whole.
func TestWriteLeavesTheOldFileToItsReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := Write(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := Write(path, []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := make([]byte, 10)
	if n, err := f.Read(text); err != nil || string(text[:n]) != "old" {
		t.Errorf("reads %q, %v", text[:n], err)
	}
}

// What cannot be put in its place is not left lying about, and what is there stays.
func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a folder")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, []byte("new"), 0o600); err == nil {
		t.Error("a folder was replaced by a file")
	}
	alone(t, dir)
	if err := Write(filepath.Join(dir, "nowhere", "file"), nil, 0o600); err == nil {
		t.Error("a file was written into a folder that is not there")
	}
}

func TestSyncFolder(t *testing.T) {
	dir := t.TempDir()
	if err := SyncFolder(dir); err != nil {
		t.Error(err)
	}
	if err := SyncFolder(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a folder that is not there was synced")
	}
}

// alone checks that the folder holds one name only.
func alone(t *testing.T, dir string) {
	t.Helper()
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		t.Errorf("the folder holds %v, %v", names, err)
	}
}
