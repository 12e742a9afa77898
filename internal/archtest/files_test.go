package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

const (
	mostLines         = 700
	mostFunctionLines = 150
)

// forbidden are imports with what to use instead.
var forbidden = map[string]string{
	"github.com/stretchr/testify/assert":  "testing and github.com/google/go-cmp",
	"github.com/stretchr/testify/require": "testing and github.com/google/go-cmp",
	"log":                                 "log/slog",
	"io/ioutil":                           "io and os",
	"github.com/pkg/errors":               "errors and fmt.Errorf with %w",
}

func TestFilesAreSmallAndTame(t *testing.T) {
	root := "../.."
	files := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && name != root) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		files++
		checkFile(t, strings.TrimPrefix(filepath.ToSlash(name), "../../"), name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Fatalf("found %d files only", files)
	}
}

func checkFile(t *testing.T, name, location string) {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, location, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Error(err)
		return
	}
	isTest := strings.HasSuffix(name, "_test.go")
	if n := set.Position(f.FileEnd).Line; n > mostLines && !isTest {
		t.Errorf("%s has %d lines: split it by subject, %d are the most", name, n, mostLines)
	}
	for _, i := range f.Imports {
		if instead, bad := forbidden[strings.Trim(i.Path.Value, `"`)]; bad {
			t.Errorf("%s imports %s: use %s", name, i.Path.Value, instead)
		}
	}
	for _, decl := range f.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if fn.Name.Name == "init" && fn.Recv == nil {
			t.Errorf("%s has an init function: make the value explicit", name)
		}
		if n := set.Position(fn.End()).Line - set.Position(fn.Pos()).Line; n > mostFunctionLines && !isTest {
			t.Errorf("%s: %s has %d lines, %d are the most", name, fn.Name.Name, n, mostFunctionLines)
		}
	}
	if !isTest {
		return
	}
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Sleep" {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && !usesSynctest(f) {
			t.Errorf("%s: time.Sleep in a test: wait for an event, or use testing/synctest", set.Position(n.Pos()))
		}
		return true
	})
}

func usesSynctest(f *ast.File) bool {
	for _, i := range f.Imports {
		if i.Path.Value == `"testing/synctest"` {
			return true
		}
	}
	return false
}
