// SPDX-License-Identifier: MPL-2.0

package functions

import (
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// plainOf returns a value of Terraform as maps, lists, texts, numbers and truth values; nil for null.
func plainOf(value attr.Value) any {
	if value == nil || value.IsNull() {
		return nil
	}
	switch v := value.(type) {
	case types.Dynamic:
		return plainOf(v.UnderlyingValue())
	case types.String:
		return v.ValueString()
	case types.Bool:
		return v.ValueBool()
	case types.Number:
		return v.ValueBigFloat()
	case types.Int64:
		return new(big.Float).SetInt64(v.ValueInt64())
	case types.Object:
		return plainMap(v.Attributes())
	case types.Map:
		return plainMap(v.Elements())
	case interface{ Elements() []attr.Value }: // lists, sets and tuples
		out := []any{}
		for _, element := range v.Elements() {
			out = append(out, plainOf(element))
		}
		return out
	}
	return nil
}

func plainMap(values map[string]attr.Value) map[string]any {
	out := make(map[string]any, len(values))
	for name, value := range values {
		out[name] = plainOf(value)
	}
	return out
}
