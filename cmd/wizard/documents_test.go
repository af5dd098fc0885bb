package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

// keep compares a document with what it should be. With -update it writes it; the difference is then the review.
func keep(t *testing.T, path, want string) {
	t.Helper()
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s is not what the program says (%v); run go test ./cmd/wizard -run %s -update", path, err, t.Name())
	}
}
