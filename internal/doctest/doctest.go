// Package doctest keeps the documents that are made from the program as the program is. `go test … -update` writes them;
// without it a document that is not as it should be fails the test.
package doctest

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Keep compares a document, named below docs, with what it should be, or writes it. The tests' packages lie two folders
// below the module's root.
func Keep(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", filepath.FromSlash(name))
	if updating() {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("docs/%s is not what the program says (%v); run this test with -update and read what changed", name, err)
	}
}

// KeepFolder is Keep for every file of a folder below docs, which may hold no others.
func KeepFolder(t *testing.T, folder string, want map[string]string) {
	t.Helper()
	for name, text := range want {
		Keep(t, folder+"/"+name, text)
	}
	have, err := os.ReadDir(filepath.Join("..", "..", "docs", filepath.FromSlash(folder)))
	if err != nil {
		t.Fatal(err)
	}
	extra := slices.DeleteFunc(have, func(e os.DirEntry) bool { _, wanted := want[e.Name()]; return wanted })
	for _, e := range extra {
		t.Errorf("docs/%s/%s is made from nothing any more; delete it", folder, e.Name())
	}
}

// updating reports whether -update was given; the package of the goldens defines the flag.
func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}
