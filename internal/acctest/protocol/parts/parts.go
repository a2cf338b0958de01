// SPDX-License-Identifier: MPL-2.0

// Package parts takes values of the protocol apart.
package parts

import (
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Attributes returns the attributes of an object, none where it is null or unknown.
func Attributes(v tftypes.Value) map[string]tftypes.Value {
	out := map[string]tftypes.Value{}
	if v.IsKnown() && !v.IsNull() {
		if err := v.As(&out); err != nil {
			panic(err)
		}
	}
	return maps.Clone(out) // As returns the value's own map
}

// Elements returns the elements of a list or set, none where it is null or unknown.
func Elements(v tftypes.Value) (out []tftypes.Value) {
	if v.IsKnown() && !v.IsNull() {
		if err := v.As(&out); err != nil {
			panic(err)
		}
	}
	return slices.Clone(out) // As returns the value's own slice
}
