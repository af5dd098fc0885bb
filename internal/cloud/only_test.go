package cloud

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestOnlyHereAreConfigurationsMade reads the program's own text: a client that does not come through the gate would
// need a configuration or an HTTP client made elsewhere. The sandbox serves requests and sends none.
func TestOnlyHereAreConfigurationsMade(t *testing.T) {
	forbidden := map[string]bool{"http.DefaultClient": true, "http.DefaultTransport": true, "http.Get": true, "http.Post": true, "http.PostForm": true,
		"http.Head": true, "http.Client": true, "http.Transport": true, "net.Dial": true, "net.DialTimeout": true, "net.Dialer": true, "aws.NewConfig": true}
	files := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." && path != "../.." || d.Name() == "testdata"):
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		for _, own := range []string{"internal/cloud/", "internal/sandbox/", "internal/mototest/"} {
			if strings.HasPrefix(filepath.ToSlash(path), "../../"+own) {
				return nil
			}
		}
		files++
		set := gotoken.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, i := range file.Imports {
			if strings.Contains(i.Path.Value, "aws-sdk-go-v2/config") || strings.Contains(i.Path.Value, "aws-sdk-go-v2/credentials") {
				t.Errorf("%s imports %s", path, i.Path.Value)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if name := dotted(n.Type); name == "aws.Config" && len(n.Elts) > 0 {
					t.Errorf("%s makes an aws.Config", set.Position(n.Pos()))
				}
			case *ast.SelectorExpr:
				if forbidden[dotted(n)] {
					t.Errorf("%s uses %s", set.Position(n.Pos()), dotted(n))
				}
			}
			return true
		})
		return nil
	})
	t.Logf("%d files read", files)
	if err != nil || files < 100 {
		t.Errorf("%d files were read: %v", files, err)
	}
}

// dotted is "package.Name" of an expression, "" of any other.
func dotted(e ast.Expr) string {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if x, ok := s.X.(*ast.Ident); ok {
		return x.Name + "." + s.Sel.Name
	}
	return ""
}
