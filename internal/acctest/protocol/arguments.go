package protocol

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// arguments are Value for a whole configuration. Its schema says what a type cannot: whether a list of objects that nobody has written is
// one of blocks, and empty, or an attribute, and null.
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
