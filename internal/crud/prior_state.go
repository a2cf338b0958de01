// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// PriorState is the state of another provider's resource, by argument. Its getters are lenient, because releases differ in whether a
// number or a boolean is a text. A value that is missing, empty or of another kind becomes null: providers on the older SDK keep
// arguments that were never written as empty.
type PriorState map[string]any

// Text returns a string.
func (o PriorState) Text(name string) types.String {
	if text := textOf(o[name]); text != "" {
		return types.StringValue(text)
	}
	return types.StringNull()
}

func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// Int returns a whole number.
func (o PriorState) Int(name string) types.Int64 {
	n, err := strconv.ParseFloat(textOf(o[name]), 64)
	if err != nil {
		return types.Int64Null()
	}
	return types.Int64Value(int64(n))
}

// Positive is Int where 0 means unset.
func (o PriorState) Positive(name string) types.Int64 {
	if n := o.Int(name); n.ValueInt64() != 0 {
		return n
	}
	return types.Int64Null()
}

// Float returns a number.
func (o PriorState) Float(name string) types.Float64 {
	n, err := strconv.ParseFloat(textOf(o[name]), 64)
	if err != nil {
		return types.Float64Null()
	}
	return types.Float64Value(n)
}

// Bool returns a boolean.
func (o PriorState) Bool(name string) types.Bool {
	b, err := strconv.ParseBool(textOf(o[name]))
	if err != nil {
		return types.BoolNull()
	}
	return types.BoolValue(b)
}

// Only returns a boolean if it has this value, else null: the other value is what an unwritten argument has.
func (o PriorState) Only(value bool, name string) types.Bool {
	if b := o.Bool(name); b.Equal(types.BoolValue(value)) {
		return b
	}
	return types.BoolNull()
}

// Or returns a boolean, or usual where it is null.
func (o PriorState) Or(name string, usual bool) types.Bool {
	if b := o.Bool(name); !b.IsNull() {
		return b
	}
	return types.BoolValue(usual)
}

// Texts returns the strings of a list or a set.
func (o PriorState) Texts(name string) (out []string) {
	all, _ := o[name].([]any)
	for _, one := range all {
		out = append(out, textOf(one))
	}
	return out
}

// Set returns a set of strings, null where it is empty.
func (o PriorState) Set(name string) types.Set {
	return KeepEmptySet(types.SetNull(types.StringType), o.Texts(name))
}

// List returns a list of strings, null where it is empty.
func (o PriorState) List(name string) types.List {
	texts := o.Texts(name)
	if len(texts) == 0 {
		return types.ListNull(types.StringType)
	}
	return TextList(texts)
}

// Map returns a map of strings, null where it is empty.
func (o PriorState) Map(name string) types.Map {
	all, _ := o[name].(map[string]any)
	out := make(map[string]string, len(all))
	for key, value := range all {
		out[key] = textOf(value)
	}
	return KeepEmptyMap(types.MapNull(types.StringType), out)
}

// Blocks returns the blocks of a name, in their order.
func (o PriorState) Blocks(name string) (out []PriorState) {
	all, _ := o[name].([]any)
	for _, one := range all {
		if block, ok := one.(map[string]any); ok {
			out = append(out, block)
		}
	}
	return out
}

// Timeouts returns the block of that name with these limits, null where it is not written.
func (o PriorState) Timeouts(limits ...string) types.Object {
	kinds, values := map[string]attr.Type{}, map[string]attr.Value{}
	written, _ := o["timeouts"].(map[string]any)
	for _, limit := range limits {
		kinds[limit], values[limit] = types.StringType, PriorState(written).Text(limit)
	}
	if len(written) == 0 {
		return types.ObjectNull(kinds)
	}
	return types.ObjectValueMust(kinds, values)
}
