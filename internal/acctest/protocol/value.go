// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol/parts"
)

// Value converts maps, lists and plain values, any of which may be tftypes.UnknownValue or already a value. A missing attribute is null,
// a missing list or set of blocks is empty. It panics on a key that the type does not have, because that is a mistake in the test.
func Value(ty tftypes.Type, v any) tftypes.Value {
	if value, made := v.(tftypes.Value); made {
		return value
	}
	switch ty := ty.(type) {
	case tftypes.Object:
		if fields, ok := v.(map[string]any); ok {
			return tftypes.NewValue(ty, fieldsOf(ty, fields))
		}
	case tftypes.Map:
		if elements, ok := v.(map[string]any); ok {
			out := map[string]tftypes.Value{}
			for key, element := range elements {
				out[key] = Value(ty.ElementType, element)
			}
			return tftypes.NewValue(ty, out)
		}
	case tftypes.List:
		return collection(ty, ty.ElementType, v)
	case tftypes.Set:
		return collection(ty, ty.ElementType, v)
	}
	return tftypes.NewValue(ty, v)
}

func fieldsOf(ty tftypes.Object, fields map[string]any) map[string]tftypes.Value {
	out := map[string]tftypes.Value{}
	for name, of := range ty.AttributeTypes {
		out[name] = Value(of, fields[name])
	}
	for name := range maps.Keys(fields) {
		if _, known := ty.AttributeTypes[name]; !known {
			panic(fmt.Sprintf("there is no argument %q", name))
		}
	}
	return out
}

func collection(ty, element tftypes.Type, v any) tftypes.Value {
	elements, ok := v.([]any)
	if _, blocks := element.(tftypes.Object); !ok && (v != nil || !blocks) {
		return tftypes.NewValue(ty, v)
	}
	out := []tftypes.Value{}
	for _, one := range elements {
		out = append(out, Value(element, one))
	}
	return tftypes.NewValue(ty, out)
}

// attributes are those of an object, none where it is null or unknown.
var attributes = parts.Attributes

func (p *Provider) dynamic(v tftypes.Value) *tfprotov6.DynamicValue {
	p.t.Helper()
	d, err := tfprotov6.NewDynamicValue(v.Type(), v)
	if err != nil {
		p.t.Fatal(err)
	}
	return &d
}

// value decodes the value of a response, null where there is none.
func (p *Provider) value(ty tftypes.Type, d *tfprotov6.DynamicValue) tftypes.Value {
	p.t.Helper()
	if d == nil {
		return tftypes.NewValue(ty, nil)
	}
	v, err := d.Unmarshal(ty)
	if err != nil {
		p.t.Fatal(err)
	}
	return v
}
