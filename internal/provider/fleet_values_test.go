// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"math/big"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// wired encodes a value as MessagePack. A missing attribute is null, or no blocks.
func wired(ty tftypes.Type, v map[string]any) *tfprotov6.DynamicValue {
	value := tftypes.NewValue(ty, nil)
	if v != nil {
		value = valued(ty, v)
	}
	d, err := tfprotov6.NewDynamicValue(ty, value)
	if err != nil {
		panic(err) // the value does not fit the schema: an error in these tests
	}
	return &d
}

func valued(ty tftypes.Type, v any) tftypes.Value {
	elements, _ := v.([]any)
	fields, _ := v.(map[string]any)
	many := func(of tftypes.Type) tftypes.Value {
		if _, blocks := of.(tftypes.Object); v == nil && !blocks {
			return tftypes.NewValue(ty, nil)
		}
		out := []tftypes.Value{}
		for _, e := range elements {
			out = append(out, valued(of, e))
		}
		return tftypes.NewValue(ty, out)
	}
	out := map[string]tftypes.Value{}
	switch ty := ty.(type) {
	case tftypes.List:
		return many(ty.ElementType)
	case tftypes.Set:
		return many(ty.ElementType)
	case tftypes.Map:
		for key, e := range fields {
			out[key] = valued(ty.ElementType, e)
		}
	case tftypes.Object:
		for key, of := range ty.AttributeTypes {
			out[key] = valued(of, fields[key])
		}
	}
	if v == nil || len(out) == 0 {
		return tftypes.NewValue(ty, v)
	}
	return tftypes.NewValue(ty, out)
}

// plainly converts a value for encoding/json.
func plainly(v tftypes.Value) any {
	if v.IsNull() {
		return nil
	}
	var elements []tftypes.Value
	var fields map[string]tftypes.Value
	var text string
	var number big.Float
	var yes bool
	switch {
	case v.As(&elements) == nil:
		out := []any{}
		for _, e := range elements {
			out = append(out, plainly(e))
		}
		return out
	case v.As(&fields) == nil:
		out := map[string]any{}
		for key, e := range fields {
			out[key] = plainly(e)
		}
		return out
	case v.As(&text) == nil:
		return text
	case v.As(&number) == nil:
		return json.Number(number.Text('f', -1))
	case v.As(&yes) == nil:
		return yes
	}
	panic(v.String() + " is of no type that a state holds")
}
