// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the root of the tree, seen from this package.
const root = "../.."

// eachGoFile visits every Go file of this module, named from the root.
func eachGoFile(t *testing.T, visit func(file string)) {
	t.Helper()
	eachFile(t, func(file string) {
		if strings.HasSuffix(file, ".go") {
			visit(file)
		}
	})
}

// eachFile visits every file of the tree that is written by hand.
func eachFile(t *testing.T, visit func(file string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		file, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		switch file = filepath.ToSlash(file); {
		case entry.IsDir() && slices.Contains([]string{".git", "bin", "dist"}, file):
			return fs.SkipDir
		case file == ".git": // the file of a worktree, which names the folder of its repository
		case entry.Type().IsRegular():
			visit(file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
