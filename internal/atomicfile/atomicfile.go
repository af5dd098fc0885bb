// Package atomicfile replaces files whole: after a crash of the program there is the old file or the new one, never a part
// of one. The same holds after a power cut, as far as the system and the disk keep their word about writing things down.
// Where the new name must be safe, too, before the program goes on, SyncFolder follows.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write puts data in the file's place. The file then has exactly the permissions mode, whatever it had before and whatever
// the umask says; on Windows only the bit for writing counts, and who may read is inherited from the folder. The folder
// must exist. After an error the old file is there as it was.
func Write(path string, data []byte, mode fs.FileMode) error {
	// Beside the file: a rename across file systems is not atomic.
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, permit(f, mode), f.Sync(), f.Close()) // unsynced, the new name may stand for an empty file
	if err == nil {
		err = replace(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}

// permit leaves a file alone that has the permissions already: some file systems do not let them be set.
func permit(f *os.File, mode fs.FileMode) error {
	info, err := f.Stat()
	if err != nil || info.Mode().Perm() == mode {
		return err
	}
	return f.Chmod(mode)
}
