package alerts

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"awswizard/internal/answers"
)

// TestHandler runs the tests of the program itself.
func TestHandler(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("WIZARD_REQUIRE_MOTO") == "1" {
			t.Fatal("python3 is missing, and WIZARD_REQUIRE_MOTO=1 wants these tests")
		}
		t.Skip("python3 is missing: install it and run go test ./steps/alerts again")
	}
	run := exec.CommandContext(t.Context(), python, "-B", "-m", "unittest", "-v")
	run.Dir = "lambda"
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if ran := regexp.MustCompile(`Ran (\d\d+) tests`).FindSubmatch(out); ran == nil {
		t.Errorf("too few tests ran:\n%s", out)
	}
}

// rulesOf are the names of the rules in the program: what _matches yields, and the names of lists of events.
func rulesOf(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^            yield "([a-z-]+)",|^                yield "([a-z-]+)",|^    "([a-z-]+)": \("`).FindAllSubmatch(program, -1) {
		names = append(names, string(bytes.Join(m[1:], nil)))
	}
	if bytes.Contains(program, []byte(`"denied" not in self.rules.off`)) {
		names = append(names, "denied")
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return slices.DeleteFunc(names, func(n string) bool { return n == "also" }) // what the founder adds is no rule to switch off
}

// The rules that can be switched off, those of the program and those of the page are the same.
func TestRulesAreNamedAlike(t *testing.T) {
	want := answers.AlertRules()
	slices.Sort(want)
	if got := rulesOf(t); !slices.Equal(got, want) {
		t.Errorf("the program has the rules\n%v\nand the answers take\n%v", got, want)
	}
	page, err := os.ReadFile("../../docs/alerts.md")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllSubmatch(page, -1) {
		told = append(told, string(m[1]))
	}
	slices.Sort(told)
	if !slices.Equal(told, want) {
		t.Errorf("docs/alerts.md tells of\n%v\nand there are\n%v", told, want)
	}
	for _, name := range []string{WebhookVariable, parameterName, functionName, queueName, logGroup} {
		if !strings.Contains(string(page), name) {
			t.Errorf("docs/alerts.md does not tell of %s", name)
		}
	}
}

// What is shown is what is installed, and packing it twice gives the same bytes.
func TestPackage(t *testing.T) {
	first := pack()
	if !bytes.Equal(first, pack()) {
		t.Error("packing twice gives two packages")
	}
	z, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	if err != nil || len(z.File) != 1 {
		t.Fatalf("%v, %v", z, err)
	}
	f, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	inside, err := io.ReadAll(f)
	if err != nil || !bytes.Equal(inside, program) || z.File[0].Name+".handler" != strings.Replace(handler, ".", ".py.", 1) {
		t.Errorf("%s, %v: not the program as it is shown", z.File[0].Name, err)
	}
	if z.File[0].Mode().Perm() != 0o644 || z.File[0].Method != zip.Store {
		t.Errorf("mode %v, method %d", z.File[0].Mode(), z.File[0].Method)
	}
}
