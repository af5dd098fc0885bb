package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var at = time.Date(2026, 11, 23, 9, 30, 0, 123456789, time.FixedZone("east", 2*3600))

func clock() time.Time { return at }

func open(t testing.TB, path string) *Journal {
	t.Helper()
	j, err := Open(path, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j
}

func add(t testing.TB, j *Journal, entries ...Entry) {
	t.Helper()
	for _, e := range entries {
		if err := j.Append(e); err != nil {
			t.Fatal(err)
		}
	}
}

// full uses every field.
var full = []Entry{
	{Kind: KindOpen, Run: "r1", Account: "111122223333", Caller: "arn:aws:iam::111122223333:root"},
	{Kind: KindApprove, Run: "r1", Step: "organization", Hash: "h1", Items: map[string]string{"a": "fa", "b": "fb"}},
	{Kind: KindBegin, Run: "r1", Step: "organization", Item: "a", Service: "organizations", Operation: "CreateAccount", Account: "111122223333",
		Region: "us-east-1", Fingerprint: "fa", Input: json.RawMessage(`{"AccountName":"Söhne \n<&>"}`)},
	{Kind: KindOK, Run: "r1", Item: "a", Settles: true, Facts: map[string]string{"organization.request.security": "car-12345678"}, RequestID: "q-1"},
	{Kind: KindBegin, Run: "r1", Item: "b"},
	{Kind: KindFail, Run: "r1", Item: "b", Code: "AccessDeniedException", Message: "two\nlines"},
}

// fullBytes is the journal file of full.
func fullBytes(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	add(t, open(t, path), full...)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	first := open(t, path)
	add(t, first, full[:3]...)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := open(t, path)
	add(t, second, full[3:]...)

	var want []Entry
	for i, e := range full {
		e.V, e.Seq, e.Time = Version, i+1, at.UTC()
		want = append(want, e)
	}
	// encoding/json writes <, > and & of a raw message as escapes, which mean the same.
	want[2].Input = json.RawMessage(`{"AccountName":"Söhne \n\u003c\u0026\u003e"}`)
	if got := second.Replay(); !reflect.DeepEqual(got.Entries, want) || got.Torn {
		t.Errorf("in memory\n%+v\nwant\n%+v", got.Entries, want)
	}
	got, err := Read(path)
	if err != nil || !reflect.DeepEqual(got, second.Replay()) {
		t.Errorf("on disk\n%+v, %v\nwant\n%+v", got.Entries, err, want)
	}
	if data, _ := os.ReadFile(path); !bytes.Contains(data, []byte(`"time":"2026-11-23T07:30:00.123456789Z"`)) {
		t.Errorf("time is not UTC with nanoseconds:\n%s", data)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// What is kept in memory is what the next start reads, whatever the entry is like, and nobody can change it any more.
func TestWhatIsKeptIsWhatIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	j, err := Open(path, time.Now) // with a monotonic clock
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string]string{"organization.id": "o-1"}
	add(t, j,
		Entry{Kind: KindBegin, Items: map[string]string{}, Facts: map[string]string{}, Before: map[string]string{}, TakesBack: []string{}, Input: json.RawMessage{}},
		Entry{Kind: KindBegin, Input: json.RawMessage("{\n  \"A\": [ 1, \"<\\u2028é\" ],\n  \"B\": null\n}")},
		Entry{Kind: KindFail, Message: "cut \xc3 in two \xff\xfe"},
		Entry{Kind: KindOK, Facts: facts})
	facts["organization.id"] = "o-2"
	got, err := Read(path)
	if err != nil || !reflect.DeepEqual(got, j.Replay()) {
		t.Errorf("on disk\n%+v, %v\nin memory\n%+v", got.Entries, err, j.Replay().Entries)
	}
}

func TestReplayReadings(t *testing.T) {
	f := func(k, v string) map[string]string { return map[string]string{k: v} }
	for _, c := range []struct {
		name                string
		entries             []Entry
		doubt, unsettled    []int
		facts, approvedWant map[string]string
	}{
		{name: "empty"},
		{name: "begin alone", entries: []Entry{{Kind: KindBegin, Item: "a"}}, doubt: []int{1}},
		{name: "ok ends", entries: []Entry{{Kind: KindBegin, Item: "a"}, {Kind: KindOK, Item: "a", Facts: f("x", "1")}}, facts: f("x", "1")},
		{name: "fail ends", entries: []Entry{{Kind: KindBegin, Item: "a"}, {Kind: KindFail, Item: "a", Facts: f("x", "1")}}},
		{name: "settled ends a doubt", entries: []Entry{{Kind: KindBegin, Item: "a"}, {Kind: KindSettled, Item: "a", Facts: f("x", "1")}}, facts: f("x", "1")},
		{name: "skip and note end nothing", entries: []Entry{{Kind: KindBegin, Item: "a"}, {Kind: KindSkip, Item: "a"}, {Kind: KindNote, Item: "a"}}, doubt: []int{1}},
		{name: "another item ends nothing", entries: []Entry{{Kind: KindBegin, Item: "a"}, {Kind: KindOK, Item: "b"}}, doubt: []int{1}},
		{name: "begun again after a failure", entries: []Entry{{Kind: KindBegin, Item: "a"}, {Kind: KindFail, Item: "a"}, {Kind: KindBegin, Item: "a"}}, doubt: []int{3}},
		{name: "several, in order", entries: []Entry{{Kind: KindBegin, Item: "z"}, {Kind: KindBegin, Item: "m"}, {Kind: KindBegin, Item: "a"}, {Kind: KindOK, Item: "m"}}, doubt: []int{1, 3}},
		{name: "accepted, not settled", entries: []Entry{{Kind: KindBegin, Item: "a"}, {Kind: KindOK, Item: "a", Settles: true}}, unsettled: []int{2}},
		{name: "settled", entries: []Entry{{Kind: KindOK, Item: "a", Settles: true}, {Kind: KindSettled, Item: "a"}}},
		{name: "failed to settle", entries: []Entry{{Kind: KindOK, Item: "a", Settles: true}, {Kind: KindFail, Item: "a"}}},
		{name: "later facts win, hand-offs count, notes do not", entries: []Entry{{Kind: KindOK, Facts: f("x", "1")}, {Kind: KindHandoff, Facts: f("x", "2")}, {Kind: KindNote, Facts: f("x", "3")}}, facts: f("x", "2")},
		{name: "the last approval wins", entries: []Entry{{Kind: KindApprove, Items: map[string]string{"a": "1", "b": "1"}}, {Kind: KindApprove, Items: f("a", "2")}},
			approvedWant: map[string]string{"a": "2", "b": "1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := open(t, filepath.Join(t.TempDir(), "j"))
			add(t, j, c.entries...)
			r := j.Replay()
			if got := seqs(r.InDoubt()); !reflect.DeepEqual(got, c.doubt) {
				t.Errorf("in doubt %v, want %v", got, c.doubt)
			}
			if got := seqs(r.Unsettled()); !reflect.DeepEqual(got, c.unsettled) {
				t.Errorf("unsettled %v, want %v", got, c.unsettled)
			}
			if got := r.Facts(); len(got)+len(c.facts) > 0 && !reflect.DeepEqual(got, c.facts) {
				t.Errorf("facts %v, want %v", got, c.facts)
			}
			if got := r.Approved(); len(got)+len(c.approvedWant) > 0 && !reflect.DeepEqual(got, c.approvedWant) {
				t.Errorf("approved %v, want %v", got, c.approvedWant)
			}
		})
	}
}

func seqs(entries []Entry) []int {
	var n []int
	for _, e := range entries {
		n = append(n, e.Seq)
	}
	return n
}

// A crash may leave any prefix of the file. Each must open with every entry whose Append had returned, keep the cut
// bytes, and take new entries.
func TestCutAtEveryByte(t *testing.T) {
	data := fullBytes(t)
	dir := t.TempDir()
	for n := range len(data) + 1 {
		path := filepath.Join(dir, "j")
		if err := os.WriteFile(path, data[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		whole := bytes.Count(data[:n], []byte("\n"))
		torn := data[bytes.LastIndexByte(data[:n], '\n')+1 : n]

		seen, err := Read(path)
		if err != nil || len(seen.Entries) != whole || seen.Torn != (len(torn) > 0) {
			t.Fatalf("cut at %d: read %d entries, torn %v, %v; want %d entries", n, len(seen.Entries), seen.Torn, err, whole)
		}
		j, err := Open(path, clock)
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		if j.Torn() != (len(torn) > 0) || len(j.Replay().Entries) != whole {
			t.Fatalf("cut at %d: opened with %d entries, torn %v", n, len(j.Replay().Entries), j.Torn())
		}
		add(t, j, Entry{Kind: KindNote, Message: "after"})
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		after, err := Read(path)
		if err != nil || len(after.Entries) != whole+1 || after.Torn || after.Entries[whole].Message != "after" {
			t.Fatalf("cut at %d: after one more entry %d, torn %v, %v", n, len(after.Entries), after.Torn, err)
		}
		side := path + ".torn-1"
		if kept, err := os.ReadFile(side); len(torn) > 0 && (err != nil || !bytes.Equal(kept, torn)) {
			t.Fatalf("cut at %d: set aside %q, %v; want %q", n, kept, err, torn)
		} else if len(torn) == 0 && err == nil {
			t.Fatalf("cut at %d: set aside %q, want nothing", n, kept)
		}
		if len(torn) > 0 {
			if err := os.Remove(side); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d cuts", len(data)+1)
}

func TestTornEndsAreAllKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	for _, end := range []string{"first", "second"} {
		if err := os.WriteFile(path, []byte(end), 0o600); err != nil {
			t.Fatal(err)
		}
		open(t, path)
	}
	for name, want := range map[string]string{".torn-1": "first", ".torn-2": "second"} {
		if got, err := os.ReadFile(path + name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// One changed bit anywhere must be seen, and the file left as it is.
func TestFlippedBits(t *testing.T) {
	data := fullBytes(t)
	path := filepath.Join(t.TempDir(), "j")
	for i := range data {
		for bit := range 8 {
			bad := bytes.Clone(data)
			bad[i] ^= 1 << bit
			_, _, err := parse(path, bad)
			var damaged *DamagedError
			if !errors.As(err, &damaged) {
				t.Fatalf("bit %d of byte %d: %v", bit, i, err)
			}
			if want := bytes.Count(data[:i], []byte("\n")) + 1; damaged.Line != want {
				t.Fatalf("bit %d of byte %d: reported at line %d, want %d", bit, i, damaged.Line, want)
			}
		}
	}
	t.Logf("%d bits", 8*len(data))
}

func TestDamageLeavesTheFileAlone(t *testing.T) {
	lines := bytes.SplitAfter(fullBytes(t), []byte("\n"))
	join := func(n ...int) []byte {
		var out []byte
		for _, i := range n {
			out = append(out, lines[i]...)
		}
		return out
	}
	for _, c := range []struct {
		name string
		data []byte
		line int
		why  string
	}{
		{"a line is missing", join(0, 2, 3), 2, "missing"},
		{"two lines changed places", join(0, 2, 1), 2, "moved"},
		{"a line twice", join(0, 0), 2, "moved"},
		{"edited", bytes.Replace(join(0, 1, 2), []byte("fa"), []byte("fx"), 1), 2, "checksum"},
		{"a foreign line, then a torn one", append(join(0), "hello\n{"...), 2, "no checksum"},
		{"an empty line", append(join(0), '\n'), 2, "no checksum"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "j")
			if err := os.WriteFile(path, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, openErr := Open(path, clock)
			_, readErr := Read(path)
			for _, err := range []error{openErr, readErr} {
				var damaged *DamagedError
				if !errors.As(err, &damaged) || damaged.Line != c.line || damaged.Path != path || !strings.Contains(damaged.Why, c.why) {
					t.Errorf("got %v, want line %d: …%s…", err, c.line, c.why)
				}
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, c.data) {
				t.Errorf("the damaged file was changed: %q, %v", after, err)
			}
		})
	}
}

func TestNewerVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	line, err := encodeLine(Entry{V: Version + 1, Seq: 1, Kind: "quantum"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, line, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Open(path, clock)
	var newer *NewerError
	if !errors.As(err, &newer) || newer.Version != Version+1 || newer.Path != path {
		t.Errorf("got %v", err)
	}
}

func TestLargeEntry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	input, err := json.Marshal(strings.Repeat("policy ", 100_000/7+1))
	if err != nil {
		t.Fatal(err)
	}
	add(t, open(t, path), Entry{Kind: KindBegin, Item: "a", Input: input}, Entry{Kind: KindOK, Item: "a"})
	got, err := Read(path)
	if err != nil || len(got.Entries) != 2 || !bytes.Equal(got.Entries[0].Input, input) {
		t.Errorf("%d entries, %v", len(got.Entries), err)
	}
}

func TestNothingIsTakenAfterAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path)
	add(t, j, Entry{Kind: KindNote})
	if err := j.file.Close(); err != nil { // the disk goes away
		t.Fatal(err)
	}
	if err := j.Append(Entry{Kind: KindBegin}); err == nil {
		t.Fatal("an entry that was not written was taken")
	}
	reopened, err := os.OpenFile(path, os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	j.file = reopened // the disk is back, but what is on it is unknown
	if err := j.Append(Entry{Kind: KindBegin}); err == nil {
		t.Error("an entry was taken after a write failed")
	}
	if n := len(j.Replay().Entries); n != 1 {
		t.Errorf("%d entries, want the one that was written", n)
	}
}

// TestManyAtOnce: what lanes record at the same moment shares a write, and each entry is on the disk, in the order of the
// numbers, before its Append returns.
func TestManyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	j := open(t, path)
	const lanes, each = 32, 20
	var all sync.WaitGroup
	for lane := range lanes {
		all.Go(func() {
			for n := range each {
				item := fmt.Sprintf("%d/%d", lane, n)
				if err := j.Append(Entry{Kind: KindBegin, Item: item}); err != nil {
					t.Error(err)
					return
				}
				onDisk, err := Read(path) // Torn, when another batch is being written
				if err != nil || !slices.ContainsFunc(onDisk.Entries, func(e Entry) bool { return e.Item == item }) {
					t.Errorf("%s is not on the disk: %v", item, err)
				}
			}
		})
	}
	all.Wait()
	onDisk, err := Read(path)
	if err != nil || len(onDisk.Entries) != lanes*each {
		t.Fatalf("%d entries on the disk, %v", len(onDisk.Entries), err)
	}
	if inMemory := j.Replay(); !reflect.DeepEqual(onDisk.Entries, inMemory.Entries) {
		t.Error("what is remembered differs from what is on the disk")
	}
}

func TestAppendAfterClose(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "j"))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(Entry{Kind: KindNote}); !errors.Is(err, errClosed) {
		t.Errorf("got %v", err)
	}
}

func TestReadNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	got, err := Read(path)
	if err != nil || len(got.Entries) != 0 || got.Torn {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("reading made a file")
	}
}

func TestAppendRedactsTheMessage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	add(t, open(t, path), Entry{Kind: KindFail, Message: "post https://hooks.slack.com/services/T0/B0/xyz: refused"})
	data, err := os.ReadFile(path)
	if err != nil || bytes.Contains(data, []byte("hooks.slack")) || !bytes.Contains(data, []byte("refused")) {
		t.Errorf("%s, %v", data, err)
	}
}

func FuzzOpen(f *testing.F) {
	data := fullBytes(f)
	f.Add(data)
	f.Add(data[:len(data)-3])
	f.Add([]byte{})
	f.Add([]byte("{}\t00000000\n"))
	f.Add([]byte("\n\n"))
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, data []byte) {
		replay, good, err := parse("j", data)
		if err != nil {
			var damaged *DamagedError
			var newer *NewerError
			if !errors.As(err, &damaged) && !errors.As(err, &newer) {
				t.Fatalf("an error without a type: %v", err)
			}
			return
		}
		if replay.Torn != (good < len(data)) || bytes.Count(data[:good], []byte("\n")) != len(replay.Entries) {
			t.Fatalf("%d entries in %d of %d bytes, torn %v", len(replay.Entries), good, len(data), replay.Torn)
		}
		replay.Facts()
		replay.Approved()
		for _, e := range append(replay.InDoubt(), replay.Unsettled()...) {
			if e.Seq < 1 || e.Seq > len(replay.Entries) {
				t.Fatalf("an entry from nowhere: %+v", e)
			}
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	j := open(b, filepath.Join(b.TempDir(), "j"))
	for b.Loop() {
		add(b, j, full[2])
	}
}

// BenchmarkAppendSideBySide is what an entry takes when many lanes record at once.
func BenchmarkAppendSideBySide(b *testing.B) {
	j := open(b, filepath.Join(b.TempDir(), "j"))
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			add(b, j, full[2])
		}
	})
}
