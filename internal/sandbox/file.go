package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"awswizard/internal/atomicfile"
)

// fileVersion is the version of the file's form; another one cannot be read.
const fileVersion = 1

// file is a simulated AWS on disk.
type file struct {
	Version  int      `json:"version"`
	Scenario Scenario `json:"scenario"`
	World    *World   `json:"world"`
}

// OpenFile opens the simulated AWS kept at path, or begins one there in the scenario's world. Every write request is
// on disk before its reply is given; reading leaves the file as it is, byte for byte. A file of another scenario is
// refused; an empty scenario takes whichever the file holds, and "fresh" where there is none.
func OpenFile(path string, sc Scenario, seed uint64) (*Sim, error) {
	f, err := readFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if sc == "" {
			sc = Fresh
		}
		w, err := NewWorld(sc, seed)
		if err != nil {
			return nil, err
		}
		f = &file{Version: fileVersion, Scenario: sc, World: w}
		if err := f.write(path); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	case sc != "" && sc != f.Scenario:
		return nil, fmt.Errorf("sandbox: %s holds the scenario %q, not %q; name another file or remove this one to begin again", path, f.Scenario, sc)
	}
	s := New(f.World)
	s.Persist(func(*World) error { return f.write(path) })
	return s, nil
}

func readFile(path string) (*file, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("sandbox: reading the file: %w", err)
	}
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, damaged(path, err)
	}
	if head.Version != fileVersion {
		return nil, fmt.Errorf("sandbox: %s has version %d of the file's form; this program reads version %d", path, head.Version, fileVersion)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	var f file
	if err := dec.Decode(&f); err != nil {
		return nil, damaged(path, err)
	}
	if f.World == nil || f.World.Accounts == nil || f.World.Principals == nil || f.World.caller() == nil {
		return nil, damaged(path, errors.New("a part is missing"))
	}
	return &f, nil
}

func damaged(path string, err error) error {
	return fmt.Errorf("sandbox: %s is damaged or no sandbox file: %w; name another file or remove this one to begin again", path, err)
}

// write replaces the file at once: a crash leaves the old one or the new one, never a part.
func (f *file) write(path string) error {
	b, err := json.MarshalIndent(f, "", "\t")
	if err != nil {
		return fmt.Errorf("sandbox: writing the file: %w", err)
	}
	if err := atomicfile.Write(path, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("sandbox: writing the file: %w", err)
	}
	return nil
}
