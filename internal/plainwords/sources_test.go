package plainwords

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms are the folders with texts people read.
var rooms = []string{"../../cmd", "../../ui", "../../steps", "../run", "../cloud", "../answers", "../awsconfig"}

// screens are the rooms whose texts stand on a screen by themselves, so that each file has to explain its terms.
var screens = []string{"../../ui/tui/", "../../ui/plain/", "../../ui/login/", "../../ui/report/", "../../ui/dossier/"}

// TestSources reads every text in the sources, also those no run of a test comes by. What a term of a step means is told on
// the way through the steps, so that is tested there.
func TestSources(t *testing.T) {
	found := 0
	for _, room := range rooms {
		err := filepath.WalkDir(room, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			var screen Reader
			read := wording
			if slices.ContainsFunc(screens, func(room string) bool { return strings.HasPrefix(path, room) }) {
				read = screen.Read
			}
			for _, text := range texts(file) {
				found++
				for _, p := range read(text.words) {
					t.Errorf("%s: %s", files.Position(text.at), p)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 1000 {
		t.Errorf("only %d texts were found", found)
	}
}

// text is a text in the sources. What is put into it by the program stands there as "%v".
type text struct {
	at    token.Pos
	words string
}

// texts are the literals of several words, and what is made of them with +.
func texts(file *ast.File) []text {
	var out []text
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BinaryExpr:
			if n.Op != token.ADD {
				return true
			}
		case *ast.BasicLit:
			if n.Kind != token.STRING {
				return true
			}
		default:
			return true
		}
		s, literal := joined(n.(ast.Expr))
		if literal && len(strings.Fields(s)) > 2 && !strings.Contains(s, " { ") { // a style sheet is no text
			out = append(out, text{n.Pos(), s})
		}
		return !literal
	})
	return out
}

// joined is an expression as a text, and whether a literal is in it.
func joined(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			s, err := strconv.Unquote(e.Value)
			return s, err == nil
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			a, inA := joined(e.X)
			b, inB := joined(e.Y)
			return a + b, inA || inB
		}
	}
	return "%v", false
}
