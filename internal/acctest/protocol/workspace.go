// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Workspace is a configuration and its state, as a user of Terraform has them. Its commands do what terraform's do, each with its own
// provider, and return the error that they end with: what was made before it is in the state.
type Workspace struct {
	run
	ends []func() // end the providers of the present command
}

// Start starts a provider for one command, and returns a function that ends it.
type Start func() (factory Factory, end func())

// NewWorkspace returns an empty workspace.
func NewWorkspace(t testing.TB, start Start) *Workspace {
	t.Helper()
	lessCollection()
	w := &Workspace{run: run{t: t, state: map[string]entry{}}}
	w.factory = func() (Server, error) {
		factory, end := start()
		w.ends = append(w.ends, end)
		return factory()
	}
	return w
}

// Configure replaces the configuration.
func (w *Workspace) Configure(text string) {
	w.t.Helper()
	config, err := parse(text)
	if err != nil {
		w.t.Fatal(err)
	}
	w.config = config
}

// Import adds an import block for the next commands.
func (w *Workspace) Import(address, id string) { w.config.imports[address] = id }

// ForgetImports removes the import blocks whose objects are in the state.
func (w *Workspace) ForgetImports() {
	maps.DeleteFunc(w.config.imports, func(address, _ string) bool { return slices.Contains(w.Addresses(), address) })
}

// Referred returns the address of the resource of a type, without count, to which another resource's block refers; "" for none or
// several.
func (w *Workspace) Referred(address, kind string) (out string) {
	block, _, _ := strings.Cut(address, "[")
	from := w.config.blocks[block]
	if from == nil {
		return ""
	}
	for _, needed := range from.needs {
		to := w.config.blocks[needed]
		if to == nil || to.data || to.kind != kind || to.count != nil || to.each != nil {
			continue
		}
		if out != "" {
			return ""
		}
		out = needed
	}
	return out
}

// Plan refreshes the state and returns what an apply would do, "" for an empty plan.
func (w *Workspace) Plan() (does string, err error) {
	w.t.Helper()
	defer w.close()
	planned, err := w.planning(true, false)
	if err != nil {
		return "", err
	}
	return planned.does(), nil
}

// Apply plans and applies.
func (w *Workspace) Apply() error {
	w.t.Helper()
	return w.carry(false)
}

// Destroy destroys everything.
func (w *Workspace) Destroy() error {
	w.t.Helper()
	return w.carry(true)
}

func (w *Workspace) carry(destroy bool) error {
	w.t.Helper()
	defer w.close()
	planned, err := w.planning(true, destroy)
	if err != nil {
		return err
	}
	w.close()
	at, err := w.walk(planned.config, planned.state)
	if err != nil {
		return err
	}
	err = at.apply(planned.changes)
	w.state = at.state
	return err
}

// close ends the providers, as Terraform does after each command.
func (w *Workspace) close() {
	for _, end := range w.ends {
		end()
	}
	w.ends = nil
}

// Objects returns the objects in the state, by address.
func (w *Workspace) Objects() map[string]Object {
	out := map[string]Object{}
	for address, e := range w.state {
		out[address] = e.Object
	}
	return out
}

// Addresses returns the addresses in the state, sorted.
func (w *Workspace) Addresses() []string { return slices.Sorted(maps.Keys(w.state)) }

// Failures returns the failures in the error of a command.
func Failures(err error) (out []*Failure) {
	var one *Failure
	switch several := err.(type) {
	case interface{ Unwrap() []error }:
		for _, e := range several.Unwrap() {
			out = append(out, Failures(e)...)
		}
	default:
		if errors.As(err, &one) {
			out = append(out, one)
		}
	}
	return out
}
