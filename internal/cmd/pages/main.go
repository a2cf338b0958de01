// SPDX-License-Identifier: MPL-2.0

// Command pages writes a copy of templates/ in which the parts that code knows are filled in: what a change of a resource does, which
// privileges it needs, which arguments the provider block has. A part's place is a line of its own, {{/* generated: its name */}}. The
// documentation is made from the copy, so that no generated text has to be kept beside the code.
package main

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
)

func main() {
	tree := flag.String("tree", ".", "the root of the project, which has templates/ and examples/")
	to := flag.String("to", "", "where the copy goes; the directory is emptied first")
	flag.Parse()
	if err := run(context.Background(), *tree, *to); err != nil {
		fmt.Fprintln(os.Stderr, "pages:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, tree, to string) error {
	if to == "" {
		return fmt.Errorf("-to is missing: name the directory of the copy")
	}
	all, err := known(ctx, provider.New("docs"), tree)
	if err != nil {
		return err
	}
	pages, err := filled(os.DirFS(filepath.Join(tree, "templates")), all)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	for name, text := range pages {
		file := filepath.Join(to, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// place matches where a part belongs.
var place = regexp.MustCompile(`(?m)^\{\{/\* generated: ([a-z ]+) \*/\}\}\n`)

// filled returns the text of each template, by its path. A template of a kind of types (resources.md.tmpl) becomes one for each type, for
// what is generated differs among them; a type with a template of its own keeps that.
func filled(templates fs.FS, all knowledge) (map[string]string, error) {
	pages := map[string]string{}
	err := fs.WalkDir(templates, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(templates, name)
		if err != nil {
			return err
		}
		types, isKind := all.types[strings.TrimSuffix(name, ".md.tmpl")]
		if !isKind {
			pages[name], err = fill(string(text), name, all.parts)
			return err
		}
		for noun, parts := range types {
			one := strings.TrimSuffix(name, ".md.tmpl") + "/" + noun + ".md.tmpl"
			if _, failed := fs.Stat(templates, one); failed == nil {
				continue
			}
			if pages[one], err = fill(string(text), name, parts); err != nil {
				return err
			}
		}
		return nil
	})
	return pages, err
}

// fill puts the parts in their places.
func fill(text, name string, parts map[string]string) (out string, err error) {
	out = place.ReplaceAllStringFunc(text, func(at string) string {
		part, known := parts[place.FindStringSubmatch(at)[1]]
		if !known {
			err = fmt.Errorf("%s: nothing is generated for %q", name, strings.TrimSpace(at))
		}
		return part
	})
	return out, err
}
