// SPDX-License-Identifier: MPL-2.0

package release

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"
)

// semantic is a version as registries take it.
var semantic = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

func TestVersionIsOneLine(t *testing.T) {
	t.Parallel()
	if text := contentOf(t, "VERSION"); text != current(t)+"\n" || !semantic.MatchString(current(t)) {
		t.Errorf("VERSION holds %q, and one line like 1.2.3 expected", text)
	}
	if !strings.Contains(contentOf(t, "GNUmakefile"), "VERSION := $(shell cat VERSION)\n") {
		t.Error("GNUmakefile does not read VERSION")
	}
}

// The ways in which a file may say which version of the provider is meant.
var (
	packaged = regexp.MustCompile(`(?:terraform-provider-novasphere|novasim)(?:_v?|[ /]v?)(\d+\.\d+\.\d+[0-9A-Za-z.-]*)`)
	required = regexp.MustCompile(`(?s)"(?:[a-z.]+/)?terraform-provider-novasphere/novasphere"\s*\n\s*version\s*=\s*"([^"]+)"`)
	assigned = regexp.MustCompile(`(?m)^VERSION\s*:?=\s*(\d\S*)`)
)

// TestVersionStandsInOnePlace: no other file says another version than VERSION; a configuration may allow more than it.
func TestVersionStandsInOnePlace(t *testing.T) {
	t.Parallel()
	now := version.Must(version.NewVersion(current(t)))
	read := 0
	eachText(t, func(file, text string) {
		read++
		for _, pattern := range []*regexp.Regexp{packaged, assigned} {
			for _, found := range pattern.FindAllStringSubmatch(text, -1) {
				if found[1] != now.Original() {
					t.Errorf("%s says %q, and VERSION says %s", file, found[0], now)
				}
			}
		}
		for _, found := range required.FindAllStringSubmatch(text, -1) {
			if allowed, err := version.NewConstraint(found[1]); err != nil || !allowed.Check(now) {
				t.Errorf("%s requires novasphere %q, which %s is not (%v)", file, found[1], now, err)
			}
		}
	})
	if read < 100 {
		t.Errorf("only %d files were read", read)
	}
}

// eachText visits the files that users read, and those that build and release.
func eachText(t *testing.T, visit func(file, text string)) {
	t.Helper()
	kinds := []string{".md", ".tf", ".tmpl", ".yml", ".sh", ".json", ".tfrc", ""}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		file := filepath.ToSlash(strings.TrimPrefix(name, root+string(filepath.Separator)))
		switch {
		case entry.IsDir() && slices.Contains([]string{".git", "bin", "dist", "internal"}, file):
			return fs.SkipDir
		case file == "CHANGELOG.md" || file == ".git": // it tells of earlier versions; and a worktree's file
		case entry.Type().IsRegular() && slices.Contains(kinds, filepath.Ext(file)):
			visit(file, contentOf(t, file))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestVersionsAreFound(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"see terraform-provider-novasphere_0.1.0_linux_amd64.zip": "0.1.0_linux",
		"novasim 1.2.3 (commit":                                   "1.2.3",
		"terraform-provider-novasphere/1.2.3 Terraform":           "1.2.3",
	} {
		if found := packaged.FindStringSubmatch(text); found == nil || !strings.HasPrefix(want, found[1]) {
			t.Errorf("%q: %q", text, found)
		}
	}
	block := "source  = \"terraform-provider-novasphere/novasphere\"\n      version = \"~> 0.1\"\n"
	if found := required.FindStringSubmatch(block); found == nil || found[1] != "~> 0.1" {
		t.Errorf("%q: %q", block, found)
	}
}
