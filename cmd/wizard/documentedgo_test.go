package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// goProblem says what is wrong with a line for Go: a package that is not there, a test or benchmark that no package has,
// or -update where no package knows it. The tests themselves are run by .ci/run.
func goProblem(root string, words []string) string {
	if len(words) < 2 || !slices.Contains([]string{"build", "install", "run", "test", "vet"}, words[1]) {
		return "nothing says whether this can be run"
	}
	var folders []string
	value := map[string]string{}
	update := false
	for n := 2; n < len(words); n++ {
		switch word := words[n]; {
		case word == "…":
		case word == "-update":
			update = true
		case word == "-race":
		case strings.HasPrefix(word, "-") && n+1 < len(words): // -run X, -bench X, -benchtime X
			value[word] = words[n+1]
			n++
		case words[1] == "run" && len(folders) > 0: // an argument of the program
		default:
			found := goFolders(root, word)
			if len(found) == 0 {
				return "there is no package " + word
			}
			folders = append(folders, found...)
		}
	}
	if words[1] != "test" || len(folders) == 0 {
		return ""
	}
	for flag, prefix := range map[string]string{"-run": "Test", "-bench": "Benchmark"} {
		pattern, given := value[flag]
		if !given || flag == "-run" && pattern == "^$" {
			continue
		}
		if problem := unmatched(folders, pattern, prefix); problem != "" {
			return problem
		}
	}
	for _, folder := range folders {
		if tests := parsed(folder, true); update && len(tests) > 0 && !knowsUpdate(root, tests, map[string]bool{}) {
			return fmt.Sprintf("the tests of %s do not know -update", filepath.Base(folder))
		}
	}
	return ""
}

// goFolders are the folders of a pattern such as ./steps/... that hold Go files.
func goFolders(root, pattern string) []string {
	from, deep := strings.CutSuffix(pattern, "/...")
	var out []string
	_ = filepath.WalkDir(filepath.Join(root, from), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return fs.SkipDir // a folder that is not there has no packages
		}
		if !e.IsDir() {
			return nil
		}
		if name := e.Name(); name == "testdata" || strings.HasPrefix(name, ".") && path != filepath.Join(root, from) {
			return fs.SkipDir
		}
		if files, _ := filepath.Glob(filepath.Join(path, "*.go")); len(files) > 0 {
			out = append(out, path)
		}
		if !deep {
			return fs.SkipDir
		}
		return nil
	})
	return out
}

// unmatched says which of the folders has nothing of the pattern. Of a pattern that ends with /... one folder must have it.
func unmatched(folders []string, pattern, prefix string) string {
	outer, inner, parts := strings.Cut(pattern, "/")
	name, err := regexp.Compile(outer)
	if err != nil {
		return err.Error()
	}
	part, err := regexp.Compile(inner)
	if err != nil {
		return err.Error()
	}
	for _, folder := range folders {
		found, hasPart := false, !parts
		for _, file := range parsed(folder, true) {
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncDecl:
					found = found || n.Recv == nil && strings.HasPrefix(n.Name.Name, prefix) && name.MatchString(n.Name.Name)
				case *ast.BasicLit:
					text, err := strconv.Unquote(n.Value)
					hasPart = hasPart || err == nil && n.Kind == token.STRING && part.MatchString(text)
				}
				return true
			})
		}
		if pattern == "." && len(folders) > 1 {
			found = true // of many packages some have none
		}
		if !found || !hasPart {
			return fmt.Sprintf("%s has no %s like %s", filepath.Base(folder), prefix, pattern)
		}
	}
	return ""
}

// parsed are the Go files of a folder: its tests, or the others.
func parsed(folder string, tests bool) []*ast.File {
	paths, _ := filepath.Glob(filepath.Join(folder, "*.go"))
	var out []*ast.File
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil || strings.HasSuffix(path, "_test.go") != tests {
			continue
		}
		if file, err := parser.ParseFile(token.NewFileSet(), path, text, 0); err == nil {
			out = append(out, file)
		}
	}
	return out
}

// knowsUpdate reports whether files import the package of the goldens, which defines -update, or one of ours that does.
func knowsUpdate(root string, files []*ast.File, seen map[string]bool) bool {
	for _, file := range files {
		for _, imported := range file.Imports {
			path, _ := strconv.Unquote(imported.Path.Value)
			ours, isOurs := strings.CutPrefix(path, "awswizard/")
			switch {
			case strings.HasSuffix(path, "/golden"):
				return true
			case isOurs && !seen[path]:
				seen[path] = true
				if knowsUpdate(root, parsed(filepath.Join(root, ours), false), seen) {
					return true
				}
			}
		}
	}
	return false
}
