// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The limits of a room, so that a stranger finds the way in it. Those of functions and of lines are the linter's (.golangci.yml).
const (
	longestFile  = 350   // lines, tests included
	biggestRoom  = 3_000 // lines without tests
	mostArrowsUp = 30    // files of one room that use a file above them
	widestFacade = 40    // exported methods of vcenter.Client
	facadesRoom  = "internal/vcenter"
	facadesType  = "Client"
)

// ofNouns are rooms in which each file is a noun of its own, and which may therefore be bigger.
var ofNouns = map[string]bool{"internal/compute": true, "internal/networking": true, "internal/blockstorage": true}

func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	eachGoFile(t, func(file string) {
		if n := len(lines(t, file)); n > longestFile {
			t.Errorf("%s has %d lines, over %d: what else is in it that has a name?", file, n, longestFile)
		}
	})
}

func TestRoomsAreSmall(t *testing.T) {
	t.Parallel()
	for room, files := range rooms(t) {
		total := 0
		for _, file := range files {
			total += len(lines(t, file))
		}
		if total > biggestRoom && !ofNouns[room] {
			t.Errorf("%s has %d lines, over %d: cut it", room, total, biggestRoom)
		}
	}
}

// TestRoomsReadDownwards counts in each room how many files use a file above them, in the order with the fewest such arrows that a simple
// search finds.
func TestRoomsReadDownwards(t *testing.T) {
	t.Parallel()
	for room, files := range rooms(t) {
		arrows := arrowsOf(t, files)
		if up := arrows.up(arrows.order()); len(up) >= mostArrowsUp {
			t.Errorf("%s: %d of %d arrows between its files run up, and under %d may:\n%s", room, len(up), arrows.count(), mostArrowsUp,
				strings.Join(up, "\n"))
		}
	}
}

func TestFacadeIsNarrow(t *testing.T) {
	t.Parallel()
	var methods []string
	for _, file := range rooms(t)[facadesRoom] {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Name.IsExported() && receiver(f) == facadesType {
				methods = append(methods, f.Name.Name)
			}
		}
	}
	if len(methods) == 0 || len(methods) >= widestFacade {
		t.Errorf("%s.%s exports %d methods, and under %d may: %v", facadesRoom, facadesType, len(methods), widestFacade, methods)
	}
}

// receiver returns the type name of a method's receiver, or "" for a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	of := f.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	if generic, ok := of.(*ast.IndexExpr); ok {
		of = generic.X
	}
	name, _ := of.(*ast.Ident)
	if name == nil {
		return ""
	}
	return name.Name
}

// rooms returns the directories with the files of each, without tests.
func rooms(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	eachGoFile(t, func(file string) {
		if !strings.HasSuffix(file, "_test.go") {
			out[path.Dir(file)] = append(out[path.Dir(file)], file)
		}
	})
	return out
}

// lines returns a file's lines, less the header that names its licence: it is the same everywhere and nobody reads it.
func lines(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(withoutLicence(string(text)), "\n"), "\n")
}

// licence is the first line of a file that names the licence of this project, in SPDX's form.
const licence = "// SPDX-License-Identifier: MPL-2.0\n"

// withoutLicence cuts the licence's line off, and the empty one that keeps it apart from the documentation of the package.
func withoutLicence(text string) string {
	if rest, headed := strings.CutPrefix(text, licence); headed {
		return strings.TrimPrefix(rest, "\n")
	}
	return text
}

func TestLicenceIsNotMeasured(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		licence + "\n// Package p.\npackage p\n": "// Package p.\npackage p\n",
		licence + "package p\n":                  "package p\n",
		"// Package p.\npackage p\n":             "// Package p.\npackage p\n",
		"package p\n" + licence:                  "package p\n" + licence,
	} {
		if have := withoutLicence(text); have != want {
			t.Errorf("%q is left of %q, and %q expected", have, text, want)
		}
	}
}

// fileGraph holds which files of a room use declarations of which others.
type fileGraph map[string]map[string]bool

// arrowsOf reads the files of a room. Types are checked without other packages: names declared in the room are still resolved.
func arrowsOf(t *testing.T, files []string) fileGraph {
	t.Helper()
	fset, graph := token.NewFileSet(), fileGraph{}
	parsed := make([]*ast.File, len(files))
	for i, file := range files {
		var err error
		if parsed[i], err = parser.ParseFile(fset, filepath.Join(root, file), nil, parser.SkipObjectResolution); err != nil {
			t.Fatal(err)
		}
		graph[path.Base(file)] = map[string]bool{}
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	check := types.Config{Error: func(error) {}, Importer: noPackages{}}
	pkg, _ := check.Check(path.Dir(files[0]), fset, parsed, info)
	for used, object := range info.Uses {
		if object.Pkg() == pkg && object.Pos().IsValid() {
			from, to := path.Base(fset.Position(used.Pos()).Filename), path.Base(fset.Position(object.Pos()).Filename)
			if from != to {
				graph[from][to] = true
			}
		}
	}
	return graph
}

// noPackages imports nothing: the names of other packages stay unknown.
type noPackages struct{}

func (noPackages) Import(string) (*types.Package, error) { return nil, errors.New("not looked at") }

func (g fileGraph) count() (n int) {
	for _, to := range g {
		n += len(to)
	}
	return n
}

// order puts files before those that they use: repeatedly, a file that uses none of the rest goes last, one that none of the rest uses
// goes first, and where neither is left, one that uses more files than use it.
func (g fileGraph) order() []string {
	left := slices.Sorted(maps.Keys(g))
	var top, bottom []string
	for len(left) > 0 {
		first, last, between := "", "", ""
		most := -len(g)
		for _, file := range left {
			uses, used := g.within(file, left)
			switch {
			case uses == 0:
				last = file
			case used == 0:
				first = file
			case uses-used > most:
				most, between = uses-used, file
			}
		}
		chosen := cmp.Or(last, first, between)
		if last != "" {
			bottom = append(bottom, last)
		} else {
			top = append(top, chosen)
		}
		left = slices.DeleteFunc(left, func(file string) bool { return file == chosen })
	}
	slices.Reverse(bottom)
	return append(top, bottom...)
}

// within counts how many of the other files a file uses, and how many of them use it.
func (g fileGraph) within(file string, among []string) (uses, used int) {
	for _, other := range among {
		if g[file][other] {
			uses++
		}
		if g[other][file] {
			used++
		}
	}
	return uses, used
}

// up returns the arrows from a file to one that comes earlier in an order.
func (g fileGraph) up(order []string) (out []string) {
	for i, file := range order {
		for _, above := range order[:i] {
			if g[file][above] {
				out = append(out, file+" -> "+above)
			}
		}
	}
	return out
}

func TestArrowsUp(t *testing.T) {
	t.Parallel()
	set := func(names ...string) map[string]bool {
		out := map[string]bool{}
		for _, name := range names {
			out[name] = true
		}
		return out
	}
	for name, tc := range map[string]struct {
		graph fileGraph
		up    int
	}{
		"a chain":                {fileGraph{"c": set("b"), "b": set("a"), "a": set()}, 0},
		"two that need another":  {fileGraph{"a": set("b"), "b": set("a")}, 1},
		"a circle of three":      {fileGraph{"a": set("b"), "b": set("c"), "c": set("a")}, 1},
		"a struct above its use": {fileGraph{"plan": set("x", "y"), "x": set("plan"), "y": set("plan")}, 2},
	} {
		if up := tc.graph.up(tc.graph.order()); len(up) != tc.up {
			t.Errorf("%s: %v, and %d expected", name, up, tc.up)
		}
	}
}
