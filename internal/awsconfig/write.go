package awsconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"awswizard/internal/atomicfile"
	"awswizard/internal/plan"
)

// Edit changes the block from the lines remove to the lines add, as they were approved. The rest of the file is taken as
// it is now. The old file is kept beside it as config.bak-TIME, with the same permissions; a symbolic link stays one. An
// error is a *plan.LocalError, and then the file is as it was.
func Edit(files Files, remove, add []string, now time.Time) error {
	failed := func(why, next string, err error) error {
		return &plan.LocalError{What: files.Shown + " was not changed.", Why: why, Next: next, Err: err}
	}
	byHand := "Correct that and try again, or put these lines into it yourself:\n" + strings.Join(Marked(add), "\n")
	if len(add) == 0 {
		byHand = "Correct that and try again, or take the lines between \"" + beginMark + "\" and \"" + endMark + "\" out yourself."
	}
	path, err := target(files.Config)
	if err != nil {
		return failed("The place it points to cannot be found: "+reason(err)+".", byHand, err)
	}
	old, err := os.ReadFile(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return failed("It cannot be read: "+reason(err)+".", byHand, err)
	}
	t, err := parse(old)
	if err != nil {
		return failed(sentence(err.Error()), byHand, err)
	}
	if slices.Equal(t.block, add) && t.found == (len(add) > 0) {
		return nil // somebody did it meanwhile
	}
	if !slices.Equal(t.block, remove) {
		return failed("The wizard's lines in it were changed after they were shown to you.", "Start again: the change is planned and shown anew.", nil)
	}
	taken, _ := t.names()
	own, _ := text{before: []byte(strings.Join(add, "\n"))}.names()
	for _, name := range own {
		if slices.Contains(taken, name) {
			return failed("A profile or session called "+name+" was added to it meanwhile.", "Start again: another name is chosen then.", nil)
		}
	}
	mode := fs.FileMode(0o600)
	if missing {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return failed("The folder "+filepath.Dir(path)+" cannot be made: "+reason(err)+".", byHand, err)
		}
	} else {
		if readOnly(path) {
			return failed("It is marked as read-only.", byHand, nil)
		}
		info, err := os.Stat(path)
		if err != nil {
			return failed("It cannot be read: "+reason(err)+".", byHand, err)
		}
		mode = info.Mode().Perm()
		if err := backup(path, old, mode, now); err != nil {
			return failed("No copy of it could be kept: "+reason(err)+".", byHand, err)
		}
	}
	if err := atomicfile.Write(path, t.with(add), mode); err != nil {
		return failed("It cannot be written: "+reason(err)+".", byHand, err)
	}
	return nil
}

// target is the file at the end of symbolic links, which may not exist yet.
func target(path string) (string, error) {
	for range 40 { // as many as Linux follows
		to, err := os.Readlink(path)
		if err != nil {
			return path, nil //nolint:nilerr // no link: this is the file
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return "", errors.New("too many symbolic links")
}

// backup keeps the old content beside the file, under a name that does not exist yet.
func backup(path string, old []byte, mode fs.FileMode, now time.Time) error {
	name := path + ".bak-" + now.UTC().Format("20060102T150405Z")
	for n := 1; ; n++ {
		as := name
		if n > 1 {
			as = fmt.Sprintf("%s-%d", name, n)
		}
		f, err := os.OpenFile(as, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
		if errors.Is(err, fs.ErrExist) && n < 100 {
			continue
		}
		if err != nil {
			return err
		}
		_, err = f.Write(old)
		return errors.Join(err, f.Sync(), f.Close())
	}
}
