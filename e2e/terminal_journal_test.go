//go:build unix

package e2e

import (
	"path/filepath"
	"slices"
	"testing"

	"awswizard/internal/journal"
)

// calls are the entries of the journal beside a sandbox's file that say a request left.
func calls(t *testing.T, file string) []journal.Entry {
	t.Helper()
	return slices.DeleteFunc(entries(t, file), func(e journal.Entry) bool { return e.Kind != journal.KindBegin })
}

func entries(t *testing.T, file string) []journal.Entry {
	t.Helper()
	found, err := filepath.Glob(file + ".state/*/journal.jsonl")
	if err != nil || len(found) > 1 {
		t.Fatalf("journals of %s: %v %v", file, found, err)
	}
	if len(found) == 0 {
		return nil
	}
	r, err := journal.Read(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return r.Entries
}

// operations are the calls' "service:Operation".
func operations(calls []journal.Entry) []string {
	var out []string
	for _, e := range calls {
		out = append(out, e.Service+":"+e.Operation)
	}
	return out
}
