// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// destroying returns the node that destroys an instance. Creating, changing and reading are a node for each block.
func destroying(address string) string { return "destroy " + address }

// orphans returns the instances in the state that a walk has not met.
func (w *walk) orphans() (out []string) {
	for address, e := range w.state {
		_, met := w.changes[address]
		if b := w.config.blocks[e.block]; !met && (b == nil || !b.data) && !strings.HasPrefix(address, "data.") {
			out = append(out, address)
		}
	}
	return out
}

// forget drops the data sources that are no longer configured.
func (w *walk) forget() {
	for address, e := range w.state {
		if strings.HasPrefix(address, "data.") && w.config.blocks[e.block] == nil {
			delete(w.state, address)
		}
	}
}

// plan walks the configuration, and then the orphans in the state.
func (w *walk) plan() error {
	for address := range w.config.blocks {
		w.over[address] = make(chan struct{})
	}
	for address, b := range w.config.blocks {
		w.node(address, b.needs, func() error { return w.block(b) })
	}
	w.nodes.Wait()
	if err := errors.Join(w.errors...); err != nil {
		return err
	}
	orphans := w.orphans()
	if err := w.each(len(orphans), func(i int) error { return w.leave(orphans[i]) }); err != nil {
		return err
	}
	w.forget()
	return nil
}

// apply applies a plan. An object is destroyed before the objects that it was made from, and before objects that were made from it
// change.
func (w *walk) apply(planned map[string]change) error {
	w.applying, w.planned = true, planned
	going := map[string]entry{}
	for address, c := range planned {
		if c.Action == Delete || c.Action == Replace {
			going[address] = w.state[address]
		}
	}
	needs := w.order(going)
	for name := range needs {
		w.over[name] = make(chan struct{})
	}
	for address := range going {
		w.node(destroying(address), needs[destroying(address)], func() error {
			return w.each(1, func(int) error { return w.leave(address) })
		})
	}
	for address, b := range w.config.blocks {
		w.node(address, needs[address], func() error { return w.block(b) })
	}
	w.nodes.Wait()
	return errors.Join(w.errors...)
}

// order returns what each node of an apply waits for.
func (w *walk) order(going map[string]entry) map[string][]string {
	madeFrom := map[string][]string{} // what the instances of a block were made from
	for _, e := range w.state {
		madeFrom[e.block] = append(madeFrom[e.block], e.needs...)
	}
	out := map[string][]string{}
	for address, e := range going {
		name := destroying(address)
		out[name] = nil
		for other, o := range going {
			if slices.Contains(o.needs, e.block) {
				out[name] = append(out[name], destroying(other))
			}
		}
	}
	for block, b := range w.config.blocks {
		out[block] = slices.Clone(b.needs)
		for address, e := range going {
			if e.block == block || slices.Contains(madeFrom[block], e.block) {
				out[block] = append(out[block], destroying(address))
			}
		}
	}
	return out
}

// does formats the actions of a plan, "" where it is empty.
func (w *walk) does() string {
	var out []string
	for _, address := range slices.Sorted(maps.Keys(w.changes)) {
		if c := w.changes[address]; c.Action != Nothing || c.data {
			out = append(out, fmt.Sprintf("%s of %s from %s to %s", c.Action, address, c.Prior.State, c.Planned))
		}
	}
	return strings.Join(out, "; ")
}
