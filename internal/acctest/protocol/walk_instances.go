// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol/proposed"
)

// block plans or applies all instances of a block, and then sets its value.
func (w *walk) block(b *block) error {
	w.mu.Lock()
	values := map[string]cty.Value{}
	for _, need := range w.config.needed(b.address) {
		values[need] = w.values[need]
	}
	w.mu.Unlock()
	scope, err := w.config.scope(values)
	if err != nil {
		return err
	}
	all, err := b.instances(scope)
	if err != nil {
		return err
	}
	out := make([]cty.Value, len(all))
	if err := w.each(len(all), func(i int) (err error) {
		out[i], err = w.instance(all[i])
		return err
	}); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.values[b.address] = b.join(all, out)
	return nil
}

func (w *walk) instance(i instance) (cty.Value, error) {
	schemas := w.provider.schemas.ResourceSchemas
	if i.block.data {
		schemas = w.provider.schemas.DataSourceSchemas
	}
	schema := schemas[i.block.kind]
	if schema == nil {
		return cty.NilVal, fmt.Errorf("%s needs a test with a CLI", i.block.kind)
	}
	config, err := Decode(i.block.body, schema, i.scope)
	if err != nil {
		return cty.NilVal, fmt.Errorf("Error: %w\n  with %s", err, i.address()) //nolint:staticcheck // Terraform's words
	}
	var value tftypes.Value
	if i.block.data {
		value, err = w.query(i, config)
	} else {
		value, err = w.resource(i, config)
	}
	if err != nil {
		return cty.NilVal, err
	}
	return ctyValue(value), nil
}

func (w *walk) entry(i instance) entry {
	return entry{block: i.block.address, needs: w.config.needed(i.block.address), key: i.key}
}

// query reads a data source: in the plan where its configuration is known and nothing that it depends on changes.
func (w *walk) query(i instance, config tftypes.Value) (tftypes.Value, error) {
	address := i.address()
	w.mu.Lock()
	had, there := w.state[address]
	later := w.planned[address].data
	for _, c := range w.changes {
		later = later || slices.Contains(i.block.after, c.entry.block) && c.Action != Nothing
	}
	w.mu.Unlock()
	if w.applying && there && !w.planned[address].data {
		return had.State, nil // as the plan has read it
	}
	e := w.entry(i)
	if !w.applying && (later || !config.IsFullyKnown()) {
		w.note(change{address: address, entry: e, data: true, Plan: Plan{Type: i.block.kind, Action: Nothing, Prior: had.Object}})
		return tftypes.NewValue(config.Type(), tftypes.UnknownValue), nil
	}
	value, all := w.provider.query(i.block.kind, config)
	if err := diagnosticsError(address, all); err != nil {
		return value, err
	}
	e.Object = Object{Type: i.block.kind, State: value}
	w.keep(address, e)
	return value, nil
}

func (w *walk) note(c change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changes[c.address] = c
}

// keep stores an entry in the state, or removes one that no longer exists.
func (w *walk) keep(address string, e entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state[address] = e; !e.Exists() {
		delete(w.state, address)
	}
}

// refreshed returns the state of an instance, refreshed.
func (w *walk) refreshed(address string) (entry, error) {
	w.mu.Lock()
	had, there := w.state[address]
	w.mu.Unlock()
	if id, is := w.config.imports[address]; is && !there && !w.applying {
		return w.imported(address, id)
	}
	if !there || !w.refresh || w.applying {
		return had, nil
	}
	now, all := w.provider.Read(had.Object)
	if err := diagnosticsError(address, all); err != nil {
		return had, err
	}
	had.Object = now
	w.keep(address, had)
	if !now.Exists() {
		return entry{}, nil
	}
	return had, nil
}

// imported imports the object of an import block into the state.
func (w *walk) imported(address, id string) (entry, error) {
	of, _, _ := strings.Cut(address, "[") // an instance of count or for_each
	b := w.config.blocks[of]
	if b == nil {
		return entry{}, fmt.Errorf("%s is not configured, and importing it needs a test with a CLI", address)
	}
	found, all := w.provider.Import(b.kind, id)
	if err := diagnosticsError(address, all); err != nil {
		return entry{}, err
	}
	if !found.Exists() {
		return entry{}, fmt.Errorf("Error: Cannot import non-existent remote object: %s", id) //nolint:staticcheck // Terraform's words
	}
	e := entry{Object: found, block: of, needs: w.config.needed(of)}
	w.keep(address, e)
	return e, nil
}

// resource plans a resource, and applies the plan during an apply.
func (w *walk) resource(i instance, config tftypes.Value) (tftypes.Value, error) {
	address := i.address()
	had, err := w.refreshed(address)
	if err != nil {
		return config, err
	}
	if w.applying && w.planned[address].Action == Nothing {
		e := w.entry(i)
		e.Object = had.Object
		w.keep(address, e)
		return had.State, nil
	}
	prior := had.Object
	if prior.Type == "" {
		prior = w.provider.None(i.block.kind)
	}
	plan := w.provider.Plan(i.block.kind, config, prior)
	if err := diagnosticsError(address, plan.Diagnostics); err != nil {
		return config, err
	}
	if !w.applying {
		w.note(change{address: address, entry: w.entry(i), Plan: plan})
		return plan.Planned, nil
	}
	if promised := w.planned[address]; !proposed.Follows(promised.Planned, plan.Planned) {
		w.t.Fatalf("%s: Terraform would not accept this plan: first it was %s, and during the apply %s", address, promised.Planned, plan.Planned)
	}
	now, all := w.provider.Apply(plan)
	e := w.entry(i)
	e.Object = now
	w.keep(address, e)
	return now.State, diagnosticsError(address, all)
}

// leave destroys an instance, or plans to.
func (w *walk) leave(address string) error {
	had, err := w.refreshed(address)
	if err != nil || !had.Exists() {
		return err
	}
	if !w.applying {
		plan := w.provider.PlanDelete(had.Object)
		w.note(change{address: address, entry: had, Plan: plan})
		return diagnosticsError(address, plan.Diagnostics)
	}
	plan := w.provider.deletion(had.Object)
	if planned := w.planned[address]; planned.Action == Delete {
		plan.Private = planned.Private
	}
	left, all := w.provider.Apply(plan)
	had.Object = left
	w.keep(address, had)
	return diagnosticsError(address, all)
}
