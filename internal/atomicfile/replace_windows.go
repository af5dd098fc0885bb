package atomicfile

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/windows"
)

// A file that somebody has open cannot be replaced on Windows. Virus scanners and the search index open every new file for
// a moment, so one refusal says nothing: tried ten times, over 2.5 seconds in all.
const (
	tries     = 10
	firstWait = 5 * time.Millisecond
)

// replace moves the file into the other's place and returns when the move is on the disk. On NTFS it is one entry of the
// file system's own journal. Microsoft promises no more than that it is done or not done, and says nothing of FAT.
func replace(from, to string) error {
	source, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	target, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	wait := firstWait
	for n := 1; ; n++ {
		err = windows.MoveFileEx(source, target, windows.MOVEFILE_REPLACE_EXISTING|windows.MOVEFILE_WRITE_THROUGH)
		busy := errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_LOCK_VIOLATION)
		if err == nil || !busy || n == tries {
			break
		}
		<-time.After(wait)
		wait *= 2
	}
	if err != nil {
		return fmt.Errorf("replace %s: %w", to, err)
	}
	return nil
}

// SyncFolder has nothing to do: a program cannot flush a folder on Windows, where the file system keeps a journal of names.
// A file made in the last moment before a power cut may be missing afterwards; one that was replaced is not, see replace.
func SyncFolder(string) error { return nil }
