// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// gallery is the page with the output of both demos, from this directory.
const gallery = "../../../templates/guides/gallery.md.tmpl"

// TestGalleryIsCompared: times, ports and addresses of a pool may be others, and nothing else; .ci/run compares the real output.
func TestGalleryIsCompared(t *testing.T) {
	t.Parallel()
	page := filepath.Join(t.TempDir(), "page.md")
	text := "# x\n\n```shell\nmake demo\n```\n\n```text\nchoose a CLI         0.5 s  Terraform v1.11.4\nstart a vCenter      1.2 s  at " +
		"127.0.0.1:41599\n" +
		"the site is 203.0.113.9\nbuild     66.5 s\n\nAll as promised, in 77.7 s.\n```\n"
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	again := "choose a CLI        10.5 s  OpenTofu v1.12.6\nstart a vCenter     21.2 s  at 127.0.0.1:4\nthe site is 203.0.113.123\nbuild   " +
		" 126.5 s\n\n" +
		"All as promised, in 7.7 s.\n"
	if err := compare(page, "make demo", again); err != nil {
		t.Error(err)
	}
	if err := compare(page, "make demo", strings.Replace(again, "promised", "feared", 1)); err == nil {
		t.Error("another output is not told")
	}
	if err := compare(page, "make demo-nsx", again); err == nil {
		t.Error("a page without the command is not told")
	}
}

// TestGalleryShowsEachStep of both demos, and in their order.
func TestGalleryShowsEachStep(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(gallery)
	if err != nil {
		t.Fatal(err)
	}
	for command, p := range map[string]play{"make demo": &demo{}, "make demo-nsx": &secondAct{}} {
		_, rest, _ := strings.Cut(string(text), "```shell\n"+command+"\n```\n")
		for _, s := range p.steps() {
			var found bool
			if _, rest, found = strings.Cut(rest, "\n"+s.name+" "); !found {
				t.Errorf("%s: the step %q is not shown, or not in its place", command, s.name)
			}
		}
	}
}

// TestNextIsThere: what the demos say to type next exists.
func TestNextIsThere(t *testing.T) {
	t.Parallel()
	for _, nsx := range []bool{false, true} {
		text := next(nsx)
		for _, file := range []string{"templates/guides/preparing-a-vcenter.md.tmpl", "templates/guides/testing-modules-with-novasim.md",
			"internal/cmd/novasim"} {
			if _, err := os.Stat(filepath.Join("../../..", filepath.FromSlash(file))); err != nil {
				t.Error(err)
			}
		}
		if strings.Contains(text, "make demo-nsx") == nsx || !strings.Contains(text, "make install") {
			t.Errorf("after NSX %t: %s", nsx, text)
		}
	}
}
