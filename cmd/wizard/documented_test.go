package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"awswizard/internal/doctest"
)

// asProgramVariable makes the binary of the tests the program, as the commands of the documents start it.
const asProgramVariable = "WIZARD_TEST_AS_PROGRAM"

// notRunHere are the programs of the documents that no test starts, with the reason.
var notRunHere = map[string]string{
	"asciinema":  "plays a recording until it ends; TestTerminalRecording makes the recording",
	"aws":        "would reach AWS; TestTheCommandLinesAreTheCLIs has the AWS CLI check such lines",
	"brew":       "needs a release that is published",
	"gh":         "reaches GitHub",
	"gitleaks":   "is another program, for the founder's own code",
	"goreleaser": "is another program; .goreleaser.yaml says which version",
	"pip":        "reaches the registry of Python",
	"xattr":      "is a program of macOS",
}

// ofTheShell are the programs a page's lines are run with as they stand, besides the wizard.
var ofTheShell = []string{"man", "mkdir", "rm", "sha256sum", "tar", "uname"}

// notOfSh are words only other shells know. A line with one is run up to where its output goes.
var notOfSh = []string{"${fpath[1]}", "$PROFILE"}

func knownProgram(name string) bool {
	_, listed := notRunHere[name]
	return listed || name == "go" || strings.HasPrefix(name, ".ci/") || isWizard(name) || slices.Contains(ofTheShell, name)
}

func isWizard(name string) bool { return name == "wizard" || name == "./wizard" }

// TestDocumentedCommands runs the commands of every page, in the order of the page, as its reader would.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(pages) < 15 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, path := range append(pages, filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md")) {
		page, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.ToSlash(page), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, problem := range newTypist(t).problems(filepath.ToSlash(page), string(text)) {
				t.Error(problem)
			}
		})
	}
}

// TestDocumentedCommandsThatFail: a page with a command that does not do what it says is found out.
func TestDocumentedCommandsThatFail(t *testing.T) {
	t.Parallel()
	block := func(lines string) string { return "# A page\n\n```sh\n" + lines + "\n```\n" }
	for name, c := range map[string]struct{ page, want string }{
		"an unknown flag":                  {"Type `wizard plan --nonsense`.", "--nonsense"},
		"an unknown command":               {"Type `wizard nonsense`.", "nonsense"},
		"a value that cannot be":           {"| a |\n| --- |\n| `wizard report --format docx` |", "docx"},
		"an argument too many":             {block("wizard status now"), "status takes no arguments"},
		"a file nobody made":               {block("wizard apply --yes plan.json"), "plan.json"},
		"a step that is not there":         {block("go run ./cmd/wizard plan --step nonsense"), "nonsense"},
		"a folder that is not there":       {block("wizard report > nowhere/report.md"), "nowhere"},
		"an unknown fault":                 {block("wizard --sandbox --sandbox-fault flood"), "flood"},
		"a program nobody knows":           {block("frobnicate --all"), "frobnicate"},
		"an archive that is not there":     {block("tar -xzf wizard_*_plan9_*.tar.gz wizard"), "exit status"},
		"a package that is not there":      {block("go test ./nowhere/..."), "./nowhere/..."},
		"a program that is not there":      {block("go run ./cmd/nothing --sandbox"), "./cmd/nothing"},
		"a test that is not there":         {block("go test ./cmd/wizard -run TestNonsense"), "TestNonsense"},
		"a benchmark that is not there":    {"`go test ./ui/tui -run '^$' -bench Nonsense`", "Nonsense"},
		"a part of it that is not there":   {"`go test ./ui/tui -run '^$' -bench Frame/no-such-screen`", "no-such-screen"},
		"tests without goldens":            {block("go test ./internal/journal -update"), "-update"},
		"a script that is not there":       {block(".ci/nothing"), ".ci/nothing"},
		"a quote that does not end":        {block("wizard plan --format 'md"), "quote"},
		"a block that says not what it is": {"```\nwizard plan\n```", "language"},
		"a file of the source not there":   {block("asciinema play docs/nothing.cast"), "docs/nothing.cast"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if problems := newTypist(t).problems("page.md", c.page); len(problems) != 1 || !strings.Contains(problems[0], c.want) {
				t.Errorf("found %q, want %q", problems, c.want)
			}
		})
	}
	if problems := newTypist(t).problems("page.md", block("wizard plan --out plan.json\nwizard apply --yes plan.json\nwizard check --json")); len(problems) > 0 {
		t.Errorf("found %q in a page that is right", problems)
	}
}

// typist types the commands of a page in a home folder of its own, where there are answers and the archive of a release.
type typist struct {
	t    *testing.T
	root string // of the source
	home string
	path string
}

func newTypist(t *testing.T) *typist {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("needs sh: run it on Linux or macOS")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	tests, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home, bin := t.TempDir(), t.TempDir()
	for path, text := range map[string]string{
		filepath.Join(bin, "wizard"):       fmt.Sprintf("#!%s\n%s=1 exec '%s' \"$@\"\n", sh, asProgramVariable, tests),
		filepath.Join(home, "wizard.yaml"): founderAnswers,
	} {
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p := &typist{t: t, root: root, home: home, path: bin + string(filepath.ListSeparator) + os.Getenv("PATH")}
	archive := "wizard_1.2.3_linux_amd64.tar.gz"
	if out, err := p.sh(fmt.Sprintf("tar -czf %s -C '%s' wizard && sha256sum %s > checksums.txt", archive, bin, archive)); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return p
}

// sh runs a line in the home folder; the pages of the manual are where they are in the source.
func (p *typist) sh(line string) (string, error) {
	cmd := exec.CommandContext(p.t.Context(), "sh", "-c", line)
	cmd.Dir = p.home
	cmd.Env = []string{"HOME=" + p.home, "PATH=" + p.path, "MANPAGER=cat", "LC_ALL=C.UTF-8"}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return last(out.String(), 600), err
}

// problems are the commands of a page that do not do what they say, each with the reason.
func (p *typist) problems(page, text string) []string {
	lines, problems := doctest.Lines(page, text, knownProgram)
	for _, l := range lines {
		if problem := p.problem(l); problem != "" {
			problems = append(problems, fmt.Sprintf("%s: %s: %s", l.At, l.Text, problem))
		}
	}
	return problems
}

// problem types one line; it is "" when the line does what it says.
func (p *typist) problem(l doctest.Line) string {
	text, run := l.Text, true
	for _, words := range l.Parts {
		program := words[0]
		switch {
		case program == "go" && len(words) > 2 && words[1] == "run" && words[2] == "./cmd/wizard":
			text = strings.Replace(text, "go run ./cmd/wizard", "wizard", 1)
		case program == "go":
			if problem := goProblem(p.root, words); problem != "" {
				return problem
			}
			run = false
		case strings.HasPrefix(program, ".ci/"):
			if info, err := os.Stat(filepath.Join(p.root, program)); err != nil || info.Mode()&0o111 == 0 {
				return fmt.Sprintf("%s is not there, or cannot be run", program)
			}
			run = false
		case notRunHere[program] != "":
			if problem := p.missing(words); problem != "" {
				return problem
			}
			run = false
		case program == "man":
			if problem := p.missing(words); problem != "" {
				return problem
			}
			_, err := exec.LookPath("man")
			run = err == nil
			text = strings.ReplaceAll(text, "./docs/", p.root+"/docs/")
		case !knownProgram(program):
			return fmt.Sprintf("nothing says whether %s can be run: see notRunHere and ofTheShell", program)
		}
	}
	if !run {
		return ""
	}
	for _, word := range notOfSh {
		if strings.Contains(text, word) {
			text, _, _ = strings.Cut(text, ">")
		}
	}
	out, err := p.sh(text)
	code := 0
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) {
		code = ended.ExitCode()
	} else if err != nil {
		return err.Error()
	}
	if !slices.Contains(mayEndWith(l.Parts[len(l.Parts)-1]), code) {
		return fmt.Sprintf("%v\n%s", err, out)
	}
	return ""
}

// missing names a file of the source that a line names and that is not there.
func (p *typist) missing(words []string) string {
	for _, word := range words {
		if name := strings.TrimPrefix(word, "./"); strings.HasPrefix(name, "docs/") {
			if _, err := os.Stat(filepath.Join(p.root, name)); err != nil {
				return fmt.Sprintf("there is no %s", name)
			}
		}
	}
	return ""
}

// mayEndWith are the exit codes that say a program did its work.
func mayEndWith(words []string) []int {
	if words[0] == "go" {
		words = words[2:] // go run ./cmd/wizard
	} else if !isWizard(words[0]) {
		return []int{0}
	}
	codes := []int{exitDone}
	command := "" // the guided set-up: its input ends at the first question
	if len(words) > 1 && !strings.HasPrefix(words[1], "-") {
		command = words[1]
	}
	switch command {
	case "", "apply", "undo":
		codes = append(codes, exitLeft)
	case "check":
		codes = append(codes, exitChanges)
	}
	if slices.Contains(words, "--sandbox-fault") {
		codes = append(codes, exitFailed)
	}
	return codes
}

// asProgram is the program for somebody who types a line of a page: with nobody at the keyboard, and on a simulated AWS
// that lasts as the real one does.
func asProgram() int {
	args, home := os.Args[1:], os.Getenv("HOME")
	if !slices.ContainsFunc(args, func(a string) bool { return a == "--sandbox" || strings.HasPrefix(a, "--sandbox=") }) {
		args = append(args, "--sandbox="+filepath.Join(home, "aws.json"), "--state-dir", filepath.Join(home, ".local", "state", "awswizard"), "--answers", "wizard.yaml")
	}
	return execute(system{args: append(args, "--accessible"), in: strings.NewReader(""), out: os.Stdout, err: os.Stderr, getenv: os.Getenv, pace: quick})
}
