package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
)

// DamagedError is a journal with a bad line that is not simply the last one cut by a crash.
type DamagedError struct {
	Path string
	Line int // counted from 1
	Why  string
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("the journal %s is damaged at line %d: %s", e.Path, e.Line, e.Why)
}

// NewerError is a journal written by a later version of this program.
type NewerError struct {
	Path    string
	Version int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("the journal %s has format %d and this program knows up to %d: use the newer program that wrote it", e.Path, e.Version, Version)
}

// ReadError is a journal that cannot be read: it is not the person's, or no file.
type ReadError struct {
	Path string
	Err  error
}

func (e *ReadError) Error() string {
	return fmt.Sprintf("the journal %s cannot be read: %v", e.Path, reason(e.Err))
}

// Unwrap is the reason.
func (e *ReadError) Unwrap() error { return e.Err }

// Replay is what a journal says, in order.
type Replay struct {
	Entries []Entry
	Torn    bool // the last line was cut by a crash and is not among the entries
}

// Read reads the journal without a lock and without changing it. A journal that does not exist is empty. Errors:
// *DamagedError, *NewerError, *ReadError.
func Read(path string) (Replay, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Replay{}, nil
	}
	if err != nil {
		return Replay{}, &ReadError{path, err}
	}
	replay, _, err := parse(path, data)
	return replay, err
}

func readAll(path string, f io.Reader) (replay Replay, good int, data []byte, err error) {
	data, err = io.ReadAll(f)
	if err != nil {
		return Replay{}, 0, nil, &ReadError{path, err}
	}
	replay, good, err = parse(path, data)
	return replay, good, data, err
}

// parse gives the entries and how many bytes of whole lines they take. A last line without its newline was cut while
// it was written: Append had not returned, so nobody relied on it. A whole last line that is bad was changed later.
func parse(path string, data []byte) (replay Replay, good int, err error) {
	for good < len(data) {
		n := bytes.IndexByte(data[good:], '\n')
		if n < 0 {
			tail := data[good:]
			if _, err := decodeLine(tail[:len(tail)-1]); err == nil {
				return Replay{}, 0, &DamagedError{Path: path, Line: len(replay.Entries) + 1, Why: "its end was changed"}
			}
			replay.Torn = true
			return replay, good, nil
		}
		line := len(replay.Entries) + 1
		e, err := decodeLine(data[good : good+n])
		var newer *NewerError
		switch {
		case errors.As(err, &newer):
			newer.Path = path
			return Replay{}, 0, newer
		case err != nil:
			return Replay{}, 0, &DamagedError{Path: path, Line: line, Why: err.Error()}
		case e.Seq != line:
			return Replay{}, 0, &DamagedError{Path: path, Line: line, Why: fmt.Sprintf("it is entry %d: a line is missing or was moved", e.Seq)}
		}
		replay.Entries = append(replay.Entries, e)
		good += n + 1
	}
	return replay, good, nil
}

// Facts are all facts learned, later ones over earlier ones.
func (r Replay) Facts() map[string]string {
	facts := map[string]string{}
	for _, e := range r.Entries {
		switch e.Kind {
		case KindOK, KindSettled, KindHandoff:
			maps.Copy(facts, e.Facts)
		}
	}
	return facts
}

// InDoubt are the requests that left, or were about to, and whose end is not known: for each item its last begin
// without an ok, fail or settled after it. AWS must be asked before they are made again.
func (r Replay) InDoubt() []Entry {
	return r.open(func(e Entry) bool { return e.Kind == KindBegin },
		KindOK, KindFail, KindSettled)
}

// Unsettled are the calls AWS accepted and goes on working at, as far as is known: for each item its last ok that
// said Settles, without a settled or fail after it.
func (r Replay) Unsettled() []Entry {
	return r.open(func(e Entry) bool { return e.Kind == KindOK && e.Settles },
		KindOK, KindSettled, KindFail)
}

// open gives, in the order of the journal, the last entry of each item that starts something and is not followed by
// one of the kinds that end it.
func (r Replay) open(starts func(Entry) bool, ends ...Kind) []Entry {
	last := map[string]int{}
	for i, e := range r.Entries {
		if e.Kind == KindUndone {
			maps.DeleteFunc(last, func(_ string, at int) bool { return r.Entries[at].Step == e.Step })
		}
		if starts(e) {
			last[e.Item] = i
		} else if slices.Contains(ends, e.Kind) {
			delete(last, e.Item)
		}
	}
	var entries []Entry
	for _, i := range slices.Sorted(maps.Values(last)) {
		entries = append(entries, r.Entries[i])
	}
	return entries
}

// Approved gives for each item the fingerprint of the request that was approved last.
func (r Replay) Approved() map[string]string {
	approved := map[string]string{}
	for _, e := range r.Entries {
		if e.Kind == KindApprove {
			maps.Copy(approved, e.Items)
		}
	}
	return approved
}
