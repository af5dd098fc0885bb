package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"awswizard/internal/atomicfile"
)

// Journal is an open journal file. The caller holds the Dir's lock, so there is one writer. Its methods may be called
// from several goroutines.
type Journal struct {
	now func() time.Time

	mu      sync.Mutex
	file    *os.File
	replay  Replay
	taken   int    // number of the last entry that was taken; the replay's last one is on the disk
	broken  error  // the write error after which nothing is taken any more
	waiting *batch // entries that the next write takes; nil when there are none

	writing sync.Mutex // held before mu; one write at a time, so that entries reach the disk in their order
}

// batch are entries that are put on the disk by one write: what many lanes record at the same moment shares one fsync,
// which is what takes the time.
type batch struct {
	lines   []byte
	entries []Entry
	done    chan struct{} // closed when the entries are on the disk, or err says why not
	err     error
}

var errClosed = errors.New("the journal is closed")

// WriteError is an entry that may not be on the disk: it is full, or broken. Nothing may be sent to AWS after it.
type WriteError struct {
	Path string
	Err  error
}

func (e *WriteError) Error() string {
	return fmt.Sprintf("the journal %s cannot be written: %v", e.Path, e.Err)
}

// Unwrap is the reason.
func (e *WriteError) Unwrap() error { return e.Err }

// Open reads and checks the journal, making an empty one where there is none, and stands at its end. A last line cut
// by a crash is set aside in path+".torn-N" and reported by Torn. Errors: *DamagedError, *NewerError, *ReadError; the file is then unchanged.
func Open(path string, now func() time.Time) (*Journal, error) {
	// O_RDWR with O_APPEND: every write goes to the end, whatever was read before.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, &ReadError{path, err}
	}
	replay, err := takeOver(path, f)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &Journal{now: now, file: f, replay: replay, taken: len(replay.Entries)}, nil
}

// takeOver reads what is there and cuts a torn end off.
func takeOver(path string, f *os.File) (Replay, error) {
	replay, good, data, err := readAll(path, f)
	if err != nil {
		return Replay{}, err
	}
	if replay.Torn {
		if err := setAside(path, data[good:]); err != nil {
			return Replay{}, err
		}
		// By its name: on Windows a file that is open for appending cannot be cut.
		if err := os.Truncate(path, int64(good)); err != nil {
			return Replay{}, fmt.Errorf("cut the torn end of the journal: %w", err)
		}
	}
	if err := f.Sync(); err != nil {
		return Replay{}, fmt.Errorf("open the journal: %w", err)
	}
	// Without this the new file's name may be lost in a power cut even though its content is safe.
	return replay, atomicfile.SyncFolder(filepath.Dir(path))
}

// setAside keeps the cut line as evidence, in the first free path.torn-N.
func setAside(path string, torn []byte) error {
	for n := 1; ; n++ {
		side := path + ".torn-" + strconv.Itoa(n)
		f, err := os.OpenFile(side, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("set the torn end of the journal aside: %w", err)
		}
		_, werr := f.Write(torn)
		if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
			return fmt.Errorf("set the torn end of the journal aside: %w", err)
		}
		return nil
	}
}

// Append puts the entry on the disk before it returns, with its version, number, time and a redacted message. After
// an error nothing more is taken: after a failed fsync nobody knows what is on the disk, so the only way on is Open.
func (j *Journal) Append(e Entry) error {
	b, first, err := j.join(e)
	if err == nil && first {
		j.write(b)
	}
	if err == nil {
		<-b.done
		err = b.err
	}
	if err != nil {
		return fmt.Errorf("append to the journal: %w", err)
	}
	return nil
}

// join puts the entry into the batch that is written next; first says that the caller has to write it.
func (j *Journal) join(e Entry) (b *batch, first bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return nil, false, j.broken
	}
	e.V = Version
	e.Seq = j.taken + 1
	e.Time = j.now().UTC()
	e.Message = Redact(e.Message)
	if e, err = asRead(e); err != nil {
		return nil, false, err
	}
	line, err := encodeLine(e)
	if err != nil {
		return nil, false, err
	}
	if first = j.waiting == nil; first {
		j.waiting = &batch{done: make(chan struct{})}
	}
	b, j.taken = j.waiting, e.Seq
	b.lines, b.entries = append(b.lines, line...), append(b.entries, e)
	return b, first, nil
}

// write puts a batch on the disk, after the one before it. While it waits its turn, more entries may join.
func (j *Journal) write(b *batch) {
	j.writing.Lock()
	defer j.writing.Unlock()
	j.mu.Lock()
	j.waiting = nil
	err := j.broken
	j.mu.Unlock()
	if err == nil {
		_, err = j.file.Write(b.lines)
		if err == nil {
			err = j.file.Sync()
		}
		if err != nil {
			err = &WriteError{Path: j.file.Name(), Err: reason(err)}
		}
	}
	j.mu.Lock()
	if err == nil {
		j.replay.Entries = append(j.replay.Entries, b.entries...)
	} else if j.broken == nil {
		j.broken = err
	}
	j.mu.Unlock()
	b.err = err
	close(b.done)
}

// reason is an error without the path, which is named beside it.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Replay is what the journal says now. Its entries are shared memory: do not change them.
func (j *Journal) Replay() Replay {
	j.mu.Lock()
	defer j.mu.Unlock()
	return Replay{Entries: slices.Clip(j.replay.Entries), Torn: j.replay.Torn} // what is appended later is not seen in it
}

// Torn says whether Open found a last line cut by a crash.
func (j *Journal) Torn() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.replay.Torn
}

// Close ends the journal; Append refuses afterwards. Closing twice is harmless.
func (j *Journal) Close() error {
	j.writing.Lock()
	defer j.writing.Unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	if errors.Is(j.broken, errClosed) {
		return nil
	}
	j.broken = errClosed
	if err := j.file.Close(); err != nil {
		return fmt.Errorf("close the journal: %w", err)
	}
	return nil
}
