// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

// quickstart is the configuration that the demo applies, relative to the root of the repository.
const quickstart = "examples/quickstart"

// A demo holds the results that each step leaves for the next.
type demo struct {
	stage
	simulator *simulator
	workspace *workspace
	outputs   outputs
}

func (d *demo) steps() []step {
	return []step{
		{"choose a CLI", d.choose},
		{"build the provider and novasim", d.build(".", "./internal/cmd/novasim")},
		{"start a vCenter", d.start},
		{"apply " + quickstart, d.apply},
		{"look into the vCenter", d.inspect},
		{"plan again", d.planAgain},
		{"destroy", d.destroy},
		{"look into the vCenter again", d.inspectAgain},
	}
}

func (d *demo) start(ctx context.Context) (_ string, err error) {
	d.simulator, err = startSimulator(ctx, filepath.Join(d.bin(), "novasim"), d.dir)
	if err != nil {
		return "", err
	}
	return "at " + d.simulator.vars["VSPHERE_SERVER"], nil
}

func (d *demo) apply(ctx context.Context) (_ string, err error) {
	d.workspace, err = d.copied("workspace", quickstart, d.simulator.env())
	if err != nil {
		return "", err
	}
	said, err := d.workspace.apply(ctx)
	if err != nil {
		return "", err
	}
	values, err := d.workspace.outputs(ctx)
	if err != nil {
		return "", err
	}
	d.outputs, err = newOutputs(values)
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

func (d *demo) planAgain(ctx context.Context) (string, error) { return d.workspace.planIsEmpty(ctx) }

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
