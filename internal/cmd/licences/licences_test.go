// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestListIsCurrent: THIRD_PARTY_LICENSES.txt, which every archive of a release holds, is what the programs contain.
func TestListIsCurrent(t *testing.T) {
	t.Parallel()
	lookAt(t, "../../..")
	want, err := write(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile("../../../THIRD_PARTY_LICENSES.txt")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Error("THIRD_PARTY_LICENSES.txt is not what the programs contain now: run make licences, and read what the difference obliges to")
	}
}

// lookAt has go test notice each source that go list reads on its own: otherwise it would take an earlier result for the one of now.
func lookAt(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == ".git" {
			return fs.SkipDir
		}
		if err == nil && (strings.HasSuffix(name, ".go") || entry.Name() == "go.mod" || entry.Name() == "go.sum") {
			_, err = os.Stat(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestIdentify(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"Mozilla Public License,\n version 2.0":                                             "MPL-2.0",
		"MIT and Apache.\nPermission is hereby granted, free of\ncharge ... Apache License": "Apache-2.0 AND MIT",
		"Redistributions in binary form must reproduce ... Neither the name":                "BSD-3-Clause",
		"Redistributions in binary form must reproduce ...":                                 "BSD-2-Clause",
		"All rights reserved": "",
	} {
		if got := identify(body); got != want {
			t.Errorf("%q is taken for %q, and %q expected", body, got, want)
		}
	}
}

func TestParted(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][2]string{
		"Copyright (c) A\nCopyright B\n\nMozilla Public License\n": {"Copyright (c) A\nCopyright B", "Mozilla Public License\n"},
		"Mozilla Public License\n":                                 {"", "Mozilla Public License\n"},
		"Read this.\nMozilla Public License\n":                     {"", "Read this.\nMozilla Public License\n"},
		"Copyright (c) A\n\nMIT\n":                                 {"", "Copyright (c) A\n\nMIT\n"},
	} {
		if head, licence := parted(body); [2]string{head, licence} != want {
			t.Errorf("%q gives %q and %q", body, head, licence)
		}
	}
}

// TestModulesNeedLicences: a module without a licence, or with one that nobody has looked at, ends the command, and its error says where.
func TestModulesNeedLicences(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inside := filepath.Join(dir, "inside")
	put := func(name, body string) {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(filepath.Join(inside, "license.go"), "package inside\n")
	put(filepath.Join(dir, "NOTICE"), "Thanks to all\n")
	packages := []linkedPackage{{Dir: inside, Module: &struct{ Path, Dir string }{Path: "example.org/m", Dir: dir}}}
	if _, err := textsOf(packages); err == nil || !strings.Contains(err.Error(), "example.org/m: no licence in "+dir) {
		t.Errorf("a notice is no licence: %v", err)
	}
	put(filepath.Join(inside, "LICENSE.txt"), "Do what you want\n")
	if _, err := textsOf(packages); err == nil || !strings.Contains(err.Error(), "not known here") {
		t.Errorf("an unknown licence: %v", err)
	}
	put(filepath.Join(inside, "LICENSE.txt"), "Apache License\r\n")
	texts, err := textsOf(packages)
	if err != nil || len(texts) != 2 || texts[0].holder != "example.org/m (inside)" || texts[0].body != "Apache License\n" {
		t.Errorf("got %+v, %v", texts, err)
	}
}
