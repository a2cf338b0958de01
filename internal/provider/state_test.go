// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayBeWritten are the package-level variables that may be written after start, with the reason.
var mayBeWritten = map[string]string{
	// Models are read thousands of times in a plan.
	"internal/crud.modelTypes":    "it keeps what is computed of a type, which is as constant as the type itself",
	"internal/cmd/acc.flag.Usage": "the package flag has no other way to say how a program is called, and the program is all of its process",
}

// TestNoPackageState refuses package-level variables that are written after start: two configurations of one process would share them,
// and one test would see another's. State belongs to a value that the provider's instance owns, such as planned.Memory.
func TestNoPackageState(t *testing.T) {
	t.Parallel()
	rooms := map[string][]string{}
	eachGoFile(t, func(file string) {
		room := path.Dir(file)
		outside := strings.HasPrefix(file, "internal/acctest/") || strings.HasPrefix(file, "internal/tools/")
		if strings.HasPrefix(file, "internal/") && !outside && !strings.Contains(file, "/testdata/") {
			rooms[room] = append(rooms[room], file)
		}
	})
	excused := map[string]bool{}
	for room, files := range rooms {
		fset, parsed := token.NewFileSet(), []*ast.File(nil)
		for _, file := range files {
			one, err := parser.ParseFile(fset, filepath.Join(root, file), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			parsed = append(parsed, one)
		}
		for name, where := range packageState(fset, parsed) {
			if _, may := mayBeWritten[room+"."+name]; may {
				excused[room+"."+name] = true
				continue
			}
			t.Errorf("%s: the package-level variable %s.%s is written after start: let the value that needs it own it", where, room, name)
		}
	}
	for name, why := range mayBeWritten {
		if !excused[name] {
			t.Errorf("%s may be written (%s), and is not: take it off the list", name, why)
		}
	}
}

// packageState finds the variables of a package that its functions write, or whose type exists only to be written, and where. Tests of
// the package count as writers, because all of them share what they set.
func packageState(fset *token.FileSet, files []*ast.File) map[string]string {
	found := map[string]string{}
	for _, name := range []string{"", "_test"} { // a directory may have a package and its external tests
		var in []*ast.File
		for _, file := range files {
			if strings.HasSuffix(file.Name.Name, "_test") == (name == "_test") {
				in = append(in, file)
			}
		}
		s := stateFinder{fset: fset, uses: usesIn(fset, in), found: found}
		for _, file := range in {
			s.file(file)
		}
	}
	return found
}

// usesIn resolves the identifiers of files by their scopes alone: nothing is imported.
func usesIn(fset *token.FileSet, files []*ast.File) map[*ast.Ident]types.Object {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	cfg := types.Config{Importer: noImports{}, Error: func(error) {}}
	_, _ = cfg.Check("room", fset, files, info) // errors about packages that are not imported
	return info.Uses
}

type noImports struct{}

func (noImports) Import(string) (*types.Package, error) {
	return nil, errors.New("nothing is imported")
}

// stateFinder searches the files of one package.
type stateFinder struct {
	fset  *token.FileSet
	uses  map[*ast.Ident]types.Object
	found map[string]string
}

func (s stateFinder) file(file *ast.File) {
	test := strings.HasSuffix(s.fset.Position(file.Pos()).Filename, "_test.go")
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.GenDecl:
			if d.Tok == token.VAR && !test {
				s.declared(d)
			}
		case *ast.FuncDecl:
			ast.Inspect(d, s.statement)
		}
	}
}

// declared records variables of types that exist only to be written: those of sync and sync/atomic, and channels.
func (s stateFinder) declared(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		value, _ := spec.(*ast.ValueSpec)
		mutable := false
		look := func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.ChanType:
				mutable = true
			case *ast.SelectorExpr:
				from, is := n.X.(*ast.Ident)
				mutable = mutable || is && slices.Contains([]string{"sync", "atomic", "singleflight"}, from.Name)
			}
			return true
		}
		for _, part := range append([]ast.Expr{value.Type}, value.Values...) {
			if part != nil {
				ast.Inspect(part, look)
			}
		}
		if mutable {
			s.note(value.Names[0])
		}
	}
}

// statement records what a statement or an expression writes, or passes on to be written.
func (s stateFinder) statement(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			s.writes(n.Lhs...)
		}
	case *ast.IncDecStmt:
		s.writes(n.X)
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			s.writes(n.Key, n.Value)
		}
	case *ast.SendStmt:
		s.writes(n.Chan)
	case *ast.UnaryExpr:
		if n.Op == token.AND && !s.foreign(n.X) { // limits are passed by address, to be read
			s.writes(n.X)
		}
	case *ast.CallExpr:
		if f, is := n.Fun.(*ast.Ident); is && slices.Contains([]string{"delete", "clear", "copy"}, f.Name) {
			s.writes(n.Args[0])
		}
	}
	return true
}

// writes records the package-level variables, of this package or another one, that expressions are parts of.
func (s stateFinder) writes(targets ...ast.Expr) {
	for _, target := range targets {
		var last *ast.Ident
		for whole := target; whole != nil; {
			switch x := whole.(type) {
			case *ast.Ident:
				if of, foreign := s.uses[x].(*types.PkgName); foreign && last != nil {
					s.found[of.Name()+"."+last.Name] = s.fset.Position(x.Pos()).String()
				} else if v, is := s.uses[x].(*types.Var); is && v.Parent() != nil && v.Parent() == v.Pkg().Scope() && !s.ofTests(v) {
					s.note(x)
				}
				whole = nil
			case *ast.SelectorExpr:
				whole, last = x.X, x.Sel
			case *ast.IndexExpr:
				whole = x.X
			case *ast.SliceExpr:
				whole = x.X
			case *ast.StarExpr:
				whole = x.X
			case *ast.ParenExpr:
				whole = x.X
			default:
				whole = nil
			}
		}
	}
}

// foreign reports whether an expression is a variable of another package.
func (s stateFinder) foreign(x ast.Expr) bool {
	sel, is := x.(*ast.SelectorExpr)
	if !is {
		return false
	}
	from, is := sel.X.(*ast.Ident)
	if !is {
		return false
	}
	_, is = s.uses[from].(*types.PkgName)
	return is
}

// ofTests reports whether a variable is declared in a test, where no other package sees it.
func (s stateFinder) ofTests(v *types.Var) bool {
	return strings.HasSuffix(s.fset.Position(v.Pos()).Filename, "_test.go")
}

func (s stateFinder) note(name *ast.Ident) { s.found[name.Name] = s.fset.Position(name.Pos()).String() }

// TestPackageStateIsFound shows what TestNoPackageState refuses, and what it accepts.
func TestPackageStateIsFound(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]bool{
		`var x int; func f() { x = 1 }`:                                                                                true,
		`var x int; func f() { x++ }`:                                                                                  true,
		`var x int; func f() { for x = range 3 {} }`:                                                                   true,
		`var x = map[string]int{}; func f() { x["a"] = 1 }`:                                                            true,
		`var x = map[string]int{}; func f() { delete(x, "a") }`:                                                        true,
		`var x = []int{1}; func f() { clear(x[:1]) }`:                                                                  true,
		`type s struct{ n int }; var x = &s{}; func f() { (*x).n = 1 }`:                                                true,
		`var x int; func f() *int { return &x }`:                                                                       true,
		`var x struct{ n int }; func f() *int { return &x.n }`:                                                         true,
		`import "sync"; var x sync.Map`:                                                                                true,
		`import "sync/atomic"; var x = new(atomic.Bool)`:                                                               true,
		`import "sync"; type s struct{}; var x = map[string]*sync.Mutex{}`:                                             true,
		`var x = make(chan int, 1)`:                                                                                    true,
		`import "net/http"; func f() { http.DefaultClient = nil }`:                                                     true,
		`var x = map[string]int{"a": 1}; func f() int { return x["a"] }`:                                               false,
		`var x int; func f() { x := 1; x++ }`:                                                                          false,
		`var x int; func f(x int) { x = 2 }`:                                                                           false,
		`var x = 1; type s struct{ x int }; func (v *s) f() { v.x = 2 }`:                                               false,
		`import "sync"; var x = func() int { var one sync.Once; return f(&one) }; func f(*sync.Once) int { return 1 }`: false,
	} {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "x.go", "package p; "+source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if found := packageState(fset, []*ast.File{file}); (len(found) > 0) != want {
			t.Errorf("%s: found %v", source, found)
		}
	}
}
