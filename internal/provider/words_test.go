// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// destroyer is the one file that may destroy anything. Destroying a folder also destroys the foreign objects in it, so every other place
// must go through that file, which refuses folders.
const destroyer = "internal/vcenter/wire/changes.go"

// destroying are the names of destroying methods in the vSphere API and govmomi.
var destroying = []string{"Destroy_Task", "Destroy", "UnregisterAndDestroy_Task", "UnregisterAndDestroy"}

func TestNothingDestroysFolders(t *testing.T) {
	t.Parallel()
	eachGoFile(t, func(file string) {
		// The simulator answers these calls; it does not make them.
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "internal/acctest/") || file == destroyer {
			return
		}
		for _, name := range selected(t, file) {
			if slices.Contains(destroying, name) {
				t.Errorf("%s uses %s; only %s may destroy, and never a folder", file, name, destroyer)
			}
		}
	})
	for _, name := range selected(t, destroyer) {
		if strings.HasPrefix(name, "UnregisterAndDestroy") {
			t.Errorf("%s uses %s, which destroys a folder", destroyer, name)
		}
	}
}

// selected lists every x.Name of a file by its Name, except the destroyer's own method on a connection.
func selected(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && (s.Sel.Name != "Destroy" || !isConnection(s.X)) {
			names = append(names, s.Sel.Name)
		}
		return true
	})
	return names
}

// isConnection reports whether an expression is a connection of package wire, by its name: x.wire.
func isConnection(x ast.Expr) bool {
	s, ok := x.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "wire"
}

// hostPath matches a directory of a developer's computer. Its parts are split so that this file does not match.
var hostPath = regexp.MustCompile(`(?i)(^|[\s"'=(:` + "`" + `])(` + strings.Join([]string{
	"/" + "root/", "/" + "work/", "/" + "home/[a-z0-9]", "/" + "Users/[a-z0-9]", `[a-z]:\\` + `Users`,
}, "|") + `)`)

func TestNoPathsOfADevelopersMachine(t *testing.T) {
	t.Parallel()
	eachFile(t, func(file string) {
		content, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(content, 0) >= 0 {
			return // not text
		}
		if found := hostPath.Find(content); found != nil {
			t.Errorf("%s names a path of one machine: %s", file, bytes.TrimSpace(found))
		}
	})
}
