// Package journal keeps what AWS cannot tell after a crash: what was approved, which requests may be in flight and
// what was learned. It is an append-only file; every entry is on the disk before Append returns.
package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
	"time"
)

// Version is the format this program writes. A higher one in a file is refused.
const Version = 1

// Kind says what an entry records.
type Kind string

// The kinds of entries.
const (
	KindOpen    Kind = "open"    // a run began
	KindApprove Kind = "approve" // the founder said yes to a plan
	KindBegin   Kind = "begin"   // a request is about to leave
	KindOK      Kind = "ok"      // its reply came
	KindFail    Kind = "fail"    // it was refused, or given up
	KindSkip    Kind = "skip"    // an item was left out
	KindSettled Kind = "settled" // what an ok started in AWS has ended well, or a doubt was resolved
	KindHandoff Kind = "handoff" // a person finished a hand-off
	KindUndone  Kind = "undone"  // nothing the wizard made in a step is left: what is set up there later is new
	KindNote    Kind = "note"    // for the reader only
)

// Entry is one line of the journal. Append fills V, Seq and Time.
type Entry struct {
	V    int       `json:"v"`
	Seq  int       `json:"seq"` // counted from 1 without gaps
	Time time.Time `json:"time"`
	Kind Kind      `json:"kind"`
	Run  string    `json:"run,omitempty"`
	Step string    `json:"step,omitempty"`
	Item string    `json:"item,omitempty"`

	Service   string `json:"service,omitempty"`
	Operation string `json:"operation,omitempty"`
	Account   string `json:"account,omitempty"`
	Region    string `json:"region,omitempty"`
	Caller    string `json:"caller,omitempty"` // ARN

	Title      string  `json:"title,omitempty"`       // begin: the call in plain words
	MonthlyUSD float64 `json:"monthly_usd,omitempty"` // begin: its expected price per month

	Fingerprint string            `json:"fingerprint,omitempty"` // of the request as approved and sent
	Hash        string            `json:"hash,omitempty"`        // approve: of the plan
	Items       map[string]string `json:"items,omitempty"`       // approve: item id to approved fingerprint
	Input       json.RawMessage   `json:"input,omitempty"`       // begin: the request, redacted by the caller
	Settles     bool              `json:"settles,omitempty"`     // ok: AWS goes on working; a settled entry follows
	Facts       map[string]string `json:"facts,omitempty"`       // ok, settled, handoff: what was learned

	TakesBack []string          `json:"takes_back,omitempty"` // begin, handoff: ids of the items it takes back
	Before    map[string]string `json:"before,omitempty"`     // begin: the values it replaces

	RequestID string `json:"request_id,omitempty"`
	Code      string `json:"code,omitempty"`
	Message   string `json:"message,omitempty"` // redacted by Append
}

// A line is the entry as a JSON object, a tab, and eight hex digits: the CRC-32C of the object's bytes. Any tool that
// reads JSON up to a tab can read it, and no byte of it can change unseen.
const sumLen = len("\t00000000")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func encodeLine(e Entry) ([]byte, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(data, "\t%08x\n", crc32.Checksum(data, castagnoli)), nil
}

// asRead is the entry as a later Open reads it, down to time zones and empty maps. It shares the words of the call, of which
// there may be tens of thousands, and no map.
func asRead(e Entry) (Entry, error) {
	e.Time = e.Time.UTC().Round(0)
	e.Message = strings.ToValidUTF8(e.Message, "\ufffd")
	for _, m := range []*map[string]string{&e.Items, &e.Facts, &e.Before} {
		if *m = maps.Clone(*m); len(*m) == 0 {
			*m = nil
		}
	}
	if e.TakesBack = slices.Clone(e.TakesBack); len(e.TakesBack) == 0 {
		e.TakesBack = nil
	}
	if len(e.Input) == 0 {
		e.Input = nil
		return e, nil
	}
	input, err := json.Marshal(e.Input) // without the space between its members
	if err != nil {
		return Entry{}, fmt.Errorf("the request is no JSON: %w", err)
	}
	e.Input = input
	return e, nil
}

var errDamaged = errors.New("its checksum does not match: the bytes were changed")

// decodeLine reads one line without its newline.
func decodeLine(line []byte) (Entry, error) {
	if len(line) < sumLen || line[len(line)-sumLen] != '\t' {
		return Entry{}, errors.New("it has no checksum: the line was cut or edited")
	}
	data, sum := line[:len(line)-sumLen], line[len(line)-sumLen+1:]
	if fmt.Sprintf("%08x", crc32.Checksum(data, castagnoli)) != string(sum) {
		return Entry{}, errDamaged
	}
	// A newer format may have changed the shape of other fields, so the version is read alone first.
	var version struct {
		V int `json:"v"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return Entry{}, fmt.Errorf("it is not an entry: %w", err)
	}
	if version.V > Version {
		return Entry{}, &NewerError{Version: version.V}
	}
	var e Entry
	if err := json.Unmarshal(data, &e); err != nil {
		return Entry{}, fmt.Errorf("it is not an entry: %w", err)
	}
	if e.V < 1 {
		return Entry{}, fmt.Errorf("it has the impossible version %d", e.V)
	}
	return e, nil
}
