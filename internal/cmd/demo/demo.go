package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/cli"
)

// example is the configuration that the demo applies, relative to the root of the repository.
const example = "examples/quickstart"

// A demo holds the results that each step leaves for the next.
type demo struct {
	dir       string // contains everything that the demo writes
	root      string // the provider's source tree
	cli       cli.CLI
	simulator *simulator
	workspace *workspace
	outputs   outputs
}

func (d *demo) steps() []step {
	return []step{
		{"choose a CLI", d.choose},
		{"build the provider and novasim", d.build},
		{"start a vCenter", d.start},
		{"apply " + example, d.apply},
		{"look into the vCenter", d.inspect},
		{"plan again", d.planAgain},
		{"destroy", d.destroy},
		{"look into the vCenter again", d.inspectAgain},
	}
}

func (d *demo) choose(ctx context.Context) (_ string, err error) {
	if d.root, err = cli.Root(ctx); err != nil {
		return "", err
	}
	d.cli, err = cli.Find(ctx)
	return d.cli.Version, err
}

// bin is the directory in which the two programs are built.
func (d *demo) bin() string { return filepath.Join(d.dir, "bin") }

func (d *demo) build(ctx context.Context) (string, error) {
	if err := os.Mkdir(d.bin(), 0o700); err != nil {
		return "", err
	}
	build := command{dir: d.root, env: os.Environ(), argv: []string{
		"go", "build", "-o", d.bin() + string(filepath.Separator), ".", "./internal/cmd/novasim",
	}}
	_, err := build.run(ctx)
	return "", err
}

func (d *demo) start(ctx context.Context) (_ string, err error) {
	d.simulator, err = startSimulator(ctx, filepath.Join(d.bin(), "novasim"), d.dir)
	if err != nil {
		return "", err
	}
	return "at " + d.simulator.vars["VSPHERE_SERVER"], nil
}

func (d *demo) apply(ctx context.Context) (_ string, err error) {
	d.workspace, err = newWorkspace(d.cli, filepath.Join(d.root, filepath.FromSlash(example)), d.dir, d.bin(), d.simulator.env())
	if err != nil {
		return "", err
	}
	said, err := d.workspace.apply(ctx)
	if err != nil {
		return "", err
	}
	d.outputs, err = d.workspace.outputs(ctx)
	return said, err
}

// inspect prints the outputs beside what the vCenter reports, and compares them.
func (d *demo) inspect(ctx context.Context) (string, error) {
	vms, err := inventory(ctx, d.simulator.vars)
	if err != nil {
		return "", err
	}
	if err := agree(d.outputs, vms); err != nil {
		return "", err
	}
	var page strings.Builder
	page.WriteString("as the outputs say\n")
	d.outputs.print(&page)
	printInventory(&page, vms)
	return page.String(), nil
}

func (d *demo) planAgain(ctx context.Context) (string, error) {
	return "empty: nothing to change", d.workspace.planIsEmpty(ctx)
}

func (d *demo) destroy(ctx context.Context) (string, error) {
	return d.workspace.destroy(ctx)
}

func (d *demo) inspectAgain(ctx context.Context) (string, error) {
	vms, err := inventory(ctx, d.simulator.vars)
	if err != nil {
		return "", err
	}
	for _, vm := range vms {
		if _, ours := d.outputs.Addresses[vm.name]; ours {
			return "", fmt.Errorf("%s is still there", vm.name)
		}
	}
	return "none of the instances is left", nil
}

// stop ends the simulator if it runs.
func (d *demo) stop() error {
	if d.simulator == nil {
		return nil
	}
	return d.simulator.stop()
}
