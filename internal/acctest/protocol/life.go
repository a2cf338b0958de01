// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Stage is one apply in a life.
type Stage struct {
	Before func() // outside of Terraform, before the apply; nil: nothing
	Config string // empty: no apply
}

// Life runs several applies, imports the objects of a type by their ids after the first, and destroys everything. Each has its own
// provider, as in every start of Terraform. It returns the first error, and leaves what exists then.
func Life(t *testing.T, factory Factory, kind string, stages ...Stage) error {
	t.Helper()
	lessCollection()
	r := &run{t: t, factory: factory, state: map[string]entry{}}
	for i, stage := range stages {
		if stage.Before != nil {
			stage.Before()
		}
		if stage.Config == "" {
			continue
		}
		config, err := parse(stage.Config)
		if err != nil {
			return err
		}
		r.config = config
		if err := r.stage(); err != nil {
			return fmt.Errorf("apply %d: %w", i+1, err)
		}
		if i > 0 {
			continue
		}
		if err := r.reimported(kind); err != nil {
			return fmt.Errorf("import: %w", err)
		}
	}
	if err := r.destroy(); err != nil {
		return fmt.Errorf("destroy: %w", err)
	}
	return nil
}

// stage plans with a refresh, applies, and requires an empty plan afterwards.
func (r *run) stage() error {
	r.t.Helper()
	planned, err := r.planning(true, false)
	if err != nil {
		return err
	}
	w, err := r.walk(planned.config, planned.state)
	if err != nil {
		return err
	}
	err = w.apply(planned.changes)
	if r.state = w.state; err != nil {
		return err
	}
	after, err := r.planning(true, false)
	if err != nil {
		return err
	}
	if does := after.does(); does != "" {
		return fmt.Errorf("the plan is not empty: %s", does)
	}
	return nil
}

// reimported imports every object of a type.
func (r *run) reimported(kind string) error {
	r.t.Helper()
	for _, address := range slices.Sorted(maps.Keys(r.state)) {
		e := r.state[address]
		if e.Type != kind || strings.HasPrefix(address, "data.") {
			continue
		}
		w, err := r.walk(r.config, nil)
		if err != nil {
			return err
		}
		found, all := w.provider.Import(kind, e.Text("id"))
		if err := diagnosticsError(address, all); err != nil {
			return err
		}
		if !found.Exists() {
			return errors.New(address + " cannot be imported by its id")
		}
	}
	return nil
}

// Made applies a configuration, and leaves its objects.
func Made(t *testing.T, factory Factory, text string) error {
	t.Helper()
	config, err := parse(text)
	if err != nil {
		return err
	}
	return (&run{t: t, factory: factory, config: config, state: map[string]entry{}}).stage()
}
