// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// arguments is Value for a whole configuration. Its schema decides what a type cannot: an unwritten list of objects is empty if it is one
// of blocks, and null if it is an attribute.
func arguments(schema *tfprotov6.Schema, v any) tftypes.Value {
	value := Value(schema.ValueType(), v)
	written, plain := v.(map[string]any)
	if !plain {
		return value
	}
	fields := attributes(value)
	for _, a := range schema.Block.Attributes {
		if written[a.Name] == nil {
			fields[a.Name] = tftypes.NewValue(a.ValueType(), nil)
		}
	}
	return tftypes.NewValue(value.Type(), fields)
}
