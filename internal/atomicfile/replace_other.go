//go:build !windows

package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

func replace(from, to string) error { return os.Rename(from, to) }

// SyncFolder puts the names in the folder on the disk: that a file was made, or replaced by another.
func SyncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync the folder: %w", err)
	}
	err = dir.Sync()
	if errors.Is(err, syscall.EINVAL) {
		err = nil // some network file systems do not know fsync of a folder and keep names safe themselves
	}
	if err := errors.Join(err, dir.Close()); err != nil {
		return fmt.Errorf("sync the folder %s: %w", path, err)
	}
	return nil
}
