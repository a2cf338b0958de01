// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/novasim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// tiers is the example of the second act, and operator what is applied before it.
const (
	tiers    = "examples/three-tier-nsx"
	operator = tiers + "/operator"
)

// neighbour is what else there is in the operator's workspace.
//
//go:embed neighbour.tf
var neighbour []byte

// A secondAct is the demo with an NSX, which runs in this process, so that it can be asked what becomes of packets.
type secondAct struct {
	stage
	simulation *novasim.Simulation
	disagreed  error // what NSX wanted, and the vCenter could not do
	others     *workspace
	workspace  *workspace
	before     holdings // what the operator's workspace has
	names      addresses
}

func (a *secondAct) steps() []step {
	return []step{
		{"choose a CLI", a.choose},
		{"build the provider", a.build(".")},
		{"start a vCenter and an NSX", a.start},
		{"apply " + operator, a.applyOthers},
		{"apply " + tiers, a.apply},
		{"look into the vCenter", a.inspect},
		{"send packets through NSX", a.sendPackets},
		{"plan again", func(ctx context.Context) (string, error) { return a.workspace.planIsEmpty(ctx) }},
		{"destroy", func(ctx context.Context) (string, error) { return a.workspace.destroy(ctx) }},
		{"look into the vCenter and NSX again", a.inspectAgain},
		{"plan the other workspace again", func(ctx context.Context) (string, error) { return a.others.planIsEmpty(ctx) }},
		{"destroy it too", a.destroyOthers},
	}
}

func (a *secondAct) start(ctx context.Context) (_ string, err error) {
	a.simulation, err = novasim.Start(ctx, novasim.Options{VCenter: vcsim.Options{Listen: "127.0.0.1:0"}, NSX: true,
		Report: func(err error) { a.disagreed = errors.Join(a.disagreed, err) }})
	if err != nil {
		return "", err
	}
	return "at " + a.simulation.VCenter.Server() + " and " + a.simulation.NSX.Address(), nil
}

// variables are the provider's environment, by name.
func (a *secondAct) variables() map[string]string {
	vars := map[string]string{}
	for _, pair := range a.simulation.Environment() {
		vars[pair[0]] = pair[1]
	}
	return vars
}

// enter makes a workspace and applies it.
func (a *secondAct) enter(ctx context.Context, name, example string, more []byte) (*workspace, string, error) {
	w, err := a.copied(name, example, (&simulator{vars: a.variables()}).env())
	if err != nil {
		return nil, "", err
	}
	if err := os.WriteFile(filepath.Join(w.dir, "more.tf"), more, 0o600); err != nil {
		return nil, "", err
	}
	said, err := w.apply(ctx)
	return w, said, err
}

func (a *secondAct) applyOthers(ctx context.Context) (said string, err error) {
	if a.others, said, err = a.enter(ctx, "others", operator, neighbour); err != nil {
		return "", err
	}
	a.before, err = holdingsOf(ctx, a.variables(), a.simulation.NSX)
	return said, err
}

func (a *secondAct) apply(ctx context.Context) (said string, err error) {
	if a.workspace, said, err = a.enter(ctx, "workspace", tiers, nil); err != nil {
		return "", err
	}
	values, err := a.workspace.outputs(ctx)
	if err != nil {
		return "", err
	}
	a.names, err = newAddresses(values)
	return said, err
}

// inspect compares the outputs with what the vCenter reports.
func (a *secondAct) inspect(ctx context.Context) (string, error) {
	vms, err := inventory(ctx, a.variables())
	if err != nil {
		return "", err
	}
	said := fmt.Sprintf("%d instances with the addresses of the outputs", len(a.names.instances))
	return said, agree(outputs{Addresses: a.names.instances}, vms)
}

func (a *secondAct) sendPackets(context.Context) (string, error) {
	router, err := routerNamed(a.simulation.NSX, "three-tier")
	if err != nil {
		return "", err
	}
	var page strings.Builder
	page.WriteString("as the groups allow and the router translates\n")
	err = sendAll(&page, a.simulation.NSX, router, a.names)
	return page.String(), err
}

func (a *secondAct) inspectAgain(ctx context.Context) (string, error) {
	after, err := holdingsOf(ctx, a.variables(), a.simulation.NSX)
	if err != nil {
		return "", err
	}
	return "nothing of the example is left, and all of the other workspace is as it was", after.same(a.before)
}

func (a *secondAct) destroyOthers(ctx context.Context) (string, error) {
	said, err := a.others.destroy(ctx)
	if err != nil {
		return "", err
	}
	if left := a.simulation.NSX.Left(); len(left) > 0 {
		return "", fmt.Errorf("NSX still has %s", strings.Join(left, ", "))
	}
	return said, a.harm()
}

// harm is what would have hurt a real NSX, or a vCenter beside one.
func (a *secondAct) harm() error {
	err := a.disagreed
	for _, misuse := range a.simulation.NSX.Misuses() {
		err = errors.Join(err, fmt.Errorf("a real NSX would have been harmed: %s", misuse))
	}
	return err
}

func (a *secondAct) stop() error {
	if a.simulation != nil {
		a.simulation.Close()
	}
	return nil
}
