// SPDX-License-Identifier: MPL-2.0

package server

import (
	"errors"
	"maps"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// withoutHidden returns an object without the values of its write-only attributes, which no plan and no state holds. Terraform proposes
// them as they are written, and leaves it to the provider to take them out.
func (k *kind) withoutHidden(object tftypes.Value) (tftypes.Value, error) {
	if len(k.hidden) == 0 || object.IsNull() {
		return object, nil
	}
	var values map[string]tftypes.Value
	if err := object.As(&values); err != nil {
		return object, err
	}
	values = maps.Clone(values) // As returns the value's own map
	err := k.hide(values)
	return tftypes.NewValue(k.object, values), err
}

// hide makes the write-only ones among the values of an object null, those of its blocks too.
func (k *kind) hide(values map[string]tftypes.Value) (err error) {
	for block, names := range k.hidden {
		if block == "" {
			hideNamed(names, values)
			continue
		}
		hidden, failed := hideInBlocks(names, values[block])
		values[block], err = hidden, errors.Join(err, failed)
	}
	return err
}

func hideNamed(names []string, values map[string]tftypes.Value) {
	for _, name := range names {
		values[name] = tftypes.NewValue(values[name].Type(), nil)
	}
}

// hideInBlocks makes the named values null in a block, or in each of a list. The framework allows write-only attributes in both, and not
// in a set.
func hideInBlocks(names []string, blocks tftypes.Value) (tftypes.Value, error) {
	if blocks.IsNull() || !blocks.IsKnown() {
		return blocks, nil
	}
	if _, single := blocks.Type().(tftypes.Object); single {
		var values map[string]tftypes.Value
		if err := blocks.As(&values); err != nil {
			return blocks, err
		}
		values = maps.Clone(values)
		hideNamed(names, values)
		return tftypes.NewValue(blocks.Type(), values), nil
	}
	var all []tftypes.Value
	if err := blocks.As(&all); err != nil {
		return blocks, err
	}
	out, failed := make([]tftypes.Value, len(all)), error(nil)
	for i, block := range all {
		var err error
		out[i], err = hideInBlocks(names, block)
		failed = errors.Join(failed, err)
	}
	return tftypes.NewValue(blocks.Type(), out), failed
}
