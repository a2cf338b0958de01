// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/cli"
)

// A stage is what every demo is performed on.
type stage struct {
	dir  string // contains everything that the demo writes
	root string // the provider's source tree
	cli  cli.CLI
}

func (s *stage) choose(ctx context.Context) (_ string, err error) {
	if s.root, err = cli.Root(ctx); err != nil {
		return "", err
	}
	s.cli, err = cli.Find(ctx)
	return s.cli.Version, err
}

// bin is the directory in which programs are built.
func (s *stage) bin() string { return filepath.Join(s.dir, "bin") }

// alike are the flags that GNUmakefile builds programs with: what the demo has compiled, make install need not compile again.
var alike = []string{"-trimpath", "-buildvcs=false"}

// build returns the step that builds programs of the tree.
func (s *stage) build(programs ...string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		if err := os.Mkdir(s.bin(), 0o700); err != nil {
			return "", err
		}
		build := command{dir: s.root, env: append(os.Environ(), "CGO_ENABLED=0"),
			argv: slices.Concat([]string{"go", "build", "-o", s.bin() + string(filepath.Separator)}, alike, programs)}
		_, err := build.run(ctx)
		return "", err
	}
}

// copied returns a workspace with a copy of an example, which is named from the root of the tree. Its provider finds in vars what it needs.
func (s *stage) copied(name, example string, vars []string) (*workspace, error) {
	return newWorkspace(s.cli, filepath.Join(s.root, filepath.FromSlash(example)), filepath.Join(s.dir, name), s.bin(), vars)
}
