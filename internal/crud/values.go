// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"cmp"
	"sort"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Known reports whether none of the values is unknown, at any depth.
func Known(values ...attr.Value) bool {
	for _, v := range values {
		switch v := v.(type) {
		case types.Map:
			for _, e := range v.Elements() {
				if e.IsUnknown() {
					return false
				}
			}
		case interface{ Elements() []attr.Value }: // a list or a set
			for _, e := range v.Elements() {
				if e.IsUnknown() {
					return false
				}
			}
		}
		if v.IsUnknown() {
			return false
		}
	}
	return true
}

// StringMap returns a map of strings, or nil for a null or unknown one.
func StringMap(m types.Map) map[string]string {
	if len(m.Elements()) == 0 {
		return nil
	}
	out := make(map[string]string, len(m.Elements()))
	for k, v := range m.Elements() {
		if s, ok := v.(types.String); ok {
			out[k] = s.ValueString()
		}
	}
	return out
}

// MapOf returns a map of strings as a value.
func MapOf(m map[string]string) types.Map {
	elements := make(map[string]attr.Value, len(m))
	for k, v := range m {
		elements[k] = types.StringValue(v)
	}
	return types.MapValueMust(types.StringType, elements)
}

// KeepEmptyMap returns the map as a value. An empty map becomes null where was is null or unknown, because Terraform tells an argument
// that was left out from an empty one.
func KeepEmptyMap(was types.Map, now map[string]string) types.Map {
	if len(now) == 0 && (was.IsNull() || was.IsUnknown()) {
		return types.MapNull(types.StringType)
	}
	return MapOf(now)
}

// KeepEmpty is KeepEmptyMap for a string.
func KeepEmpty(was types.String, now string) types.String {
	if now == "" && (was.IsNull() || was.IsUnknown()) {
		return types.StringNull()
	}
	return types.StringValue(now)
}

// Strings returns the elements of a set of strings, sorted.
func Strings(s types.Set) []string {
	var out []string
	for _, v := range s.Elements() {
		if text, ok := v.(types.String); ok {
			out = append(out, text.ValueString())
		}
	}
	sort.Strings(out)
	return out
}

// SetOf returns a set of strings as a value.
func SetOf(values []string) types.Set {
	elements := make([]attr.Value, len(values))
	for i, v := range values {
		elements[i] = types.StringValue(v)
	}
	return types.SetValueMust(types.StringType, elements)
}

// KeepEmptySet is KeepEmptyMap for a set.
func KeepEmptySet(was types.Set, now []string) types.Set {
	if len(now) == 0 && (was.IsNull() || was.IsUnknown()) {
		return types.SetNull(types.StringType)
	}
	return SetOf(now)
}

// Texts returns the elements of a list of strings, in their order.
func Texts(l types.List) (out []string) {
	for _, v := range l.Elements() {
		if text, ok := v.(types.String); ok {
			out = append(out, text.ValueString())
		}
	}
	return out
}

// TextList returns a list of strings as a value.
func TextList(texts []string) types.List {
	elements := make([]attr.Value, len(texts))
	for i, text := range texts {
		elements[i] = types.StringValue(text)
	}
	return types.ListValueMust(types.StringType, elements)
}

// Written returns an empty string that the user wrote, which means unset, else the first of the other values that is not empty.
func Written(was types.String, now ...string) types.String {
	if WrittenEmpty(was) {
		return was
	}
	return types.StringValue(cmp.Or(now...))
}

// WrittenEmpty reports whether the user wrote an empty string.
func WrittenEmpty(s types.String) bool { return !s.IsNull() && !s.IsUnknown() && s.ValueString() == "" }

// TimeValue returns a time as a value, in UTC.
func TimeValue(t time.Time) types.String { return types.StringValue(t.UTC().Format(time.RFC3339)) }
