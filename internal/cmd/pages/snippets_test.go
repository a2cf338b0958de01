// SPDX-License-Identifier: MPL-2.0

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/snippets"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
)

var fenced = regexp.MustCompile("(?ms)^ *```(?:terraform|hcl)\n(.*?)^ *```")

// TestSnippets validates every configuration that documentation shows: in the templates, filled in, in the other Markdown of the project,
// and in the examples.
func TestSnippets(t *testing.T) {
	t.Parallel()
	p := snippets.New(t, provider.New("test").Server())
	texts := shown(t)
	for name, text := range texts {
		if err := p.Check(text); err != nil {
			t.Errorf("%s:\n%s", name, err)
		}
	}
	if len(texts) < 150 {
		t.Errorf("only %d snippets were found", len(texts))
	}
}

// shown returns the configurations, by where they are.
func shown(t *testing.T) map[string]string {
	t.Helper()
	all, err := known(t.Context(), provider.New("test"), root)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filled(os.DirFS(filepath.Join(root, "templates")), all)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	files := os.DirFS(root)
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "." && strings.HasPrefix(name, ".") || name == "internal" || name == "templates" || name == "bin" ||
				strings.HasPrefix(name, "docs/") && name != "docs/adr" {
				return fs.SkipDir
			}
			return nil
		}
		text, err := fs.ReadFile(files, name)
		switch {
		case strings.HasSuffix(name, ".tf"), strings.HasSuffix(name, ".tfquery.hcl"):
			texts[name] = string(text)
		case strings.HasSuffix(name, ".md"):
			pages[name] = string(text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range pages {
		for _, block := range fenced.FindAllStringSubmatchIndex(text, -1) {
			line := strings.Count(text[:block[0]], "\n") + 1
			texts[name+":"+strconv.Itoa(line)] = text[block[2]:block[3]]
		}
	}
	return texts
}

// TestSnippetsThatAreWrong: what a snippet can be wrong in is found.
func TestSnippetsThatAreWrong(t *testing.T) {
	t.Parallel()
	p := snippets.New(t, provider.New("test").Server())
	for text, want := range map[string]string{
		`resource "novasphere_compute_sever" "web" {}`:                                                           "no such type",
		"resource \"novasphere_compute_keypair\" \"ops\" {\n  name = \"o\"\n  nam = \"ops\"\n}":                  "Unsupported",
		`output "x" { value = novasphere_compute_instance.web[0].adr }`:                                          "no attribute adr",
		`output "x" { value = data.novasphere_compute_instances.all.configuration }`:                             "is sensitive",
		`output "x" { value = data.novasphere_compute_sever.all.id }`:                                            "there is no type",
		`import { to = novasphere_compute_sever.web }`:                                                           "there is no resource",
		"resource \"novasphere_compute_flavor\" \"x\" {\n  name = \"x\"\n}":                                      "required",
		"resource \"novasphere_compute_flavor\" \"x\" {\n  name = \"x\"\n  vcpus = -1\n  ram = 1\n  disk = 1\n}": "vcpus",
		`resource "novasphere_compute_flavor" {`:                                                                 "Unclosed",
		"provider \"novasphere\" {\n  project = \"a//b\"\n}":                                                     "project",
	} {
		if err := p.Check(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{
		"output \"x\" {\n  value     = data.novasphere_compute_instances.all.configuration\n  sensitive = true\n}",
		"resource \"novasphere_compute_keypair\" \"ops\" {\n  name     = sha256(var.x)\n  provider = novasphere.other\n}",
		"resource \"openstack_dns_zone_v2\" \"z\" {\n  whatever = 1\n}",
	} {
		if err := p.Check(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}
