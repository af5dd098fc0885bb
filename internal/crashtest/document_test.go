package crashtest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	named  = regexp.MustCompile("`([a-z0-9/]+) ((?:Test|Fuzz)[A-Za-z0-9]+)`")
	sweeps = regexp.MustCompile(`(?m)^sweeps='\^\((.+)\)\$'$`)
)

// TestTheDocumentNamesTestsThatRun reads docs/reliability.md: each test it names is in the source, is not skipped, and is
// run by .ci/run.
func TestTheDocumentNamesTestsThatRun(t *testing.T) {
	root := filepath.Join("..", "..")
	document, ci := read(t, filepath.Join(root, "docs", "reliability.md")), read(t, filepath.Join(root, ".ci", "run"))
	apart := sweeps.FindStringSubmatch(ci)
	readme := read(t, filepath.Join(root, "README.md"))
	if apart == nil || !strings.Contains(ci, "WIZARD_REQUIRE_MOTO=1 GOFLAGS=-timeout=40m ./.ci/readme\n") || !strings.Contains(readme, "\ngo test ./...\n```") {
		t.Fatal(".ci/run does not run all tests, but for the sweeps, with moto")
	}
	var lines []string // of .ci/run that test
	for l := range strings.SplitSeq(ci, "\n") {
		if strings.Contains(l, "go test ") {
			lines = append(lines, l+" ")
		}
	}
	runs := func(folder, how string) bool {
		return slices.ContainsFunc(lines, func(l string) bool {
			return strings.Contains(l, "./"+folder+" ") && strings.Contains(l, how)
		})
	}
	tests := named.FindAllStringSubmatch(document, -1)
	if len(tests) < 50 {
		t.Fatalf("the document names only %d tests", len(tests))
	}
	for _, m := range tests {
		folder, name := m[1], m[2]
		body := source(t, filepath.Join(root, folder), name)
		switch {
		case body == "":
			t.Errorf("%s has no %s", folder, name)
		case strings.Contains(body, "t.Skip"), strings.Contains(body, "testing.Short"):
			t.Errorf("%s %s may be skipped", folder, name)
		case strings.HasPrefix(name, "Fuzz") && !runs(folder, "-fuzz "+name+" ") && !strings.Contains(ci, "\nblind "+folder+" "+name+"\n"):
			t.Errorf(".ci/run does not fuzz %s %s", folder, name)
		case slices.Contains(strings.Split(apart[1], "|"), name) && !runs(folder, `WIZARD_SWEEPS=1 go test -timeout 30m -run "$sweeps"`):
			t.Errorf(".ci/run leaves out %s %s", folder, name)
		}
	}
}

// source is the text of a test function; "" when the folder has none of that name.
func source(t *testing.T, folder, name string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		_, after, found := strings.Cut(read(t, f), "\nfunc "+name+"(")
		if found {
			body, _, _ := strings.Cut(after, "\n}\n")
			return body
		}
	}
	return ""
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
