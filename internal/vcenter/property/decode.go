// SPDX-License-Identifier: MPL-2.0

package property

import (
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// Load decodes one object. It fails if any property is missing.
func Load(content types.ObjectContent, dst any) error {
	if g := faults.GapOf(content); g != nil {
		return g
	}
	return mo.LoadObjectContent([]types.ObjectContent{content}, dst)
}

// Readable decodes the objects whose type is chosen, incomplete ones included: Gaps remembers what vCenter does not show of them. An
// object without a name is left out.
func Readable[T any](objects []types.ObjectContent, chosen func(kind string) bool) (out []T, err error) {
	for _, o := range objects {
		if !chosen(o.Obj.Type) || slices.ContainsFunc(o.MissingSet, func(m types.MissingProperty) bool { return m.Path == "name" }) {
			continue
		}
		o.MissingSet = nil
		var one T
		if err := mo.LoadObjectContent([]types.ObjectContent{o}, &one); err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// OfType decodes the objects whose type is chosen. It fails if any property is missing.
func OfType[T any](objects []types.ObjectContent, chosen func(kind string) bool) ([]T, error) {
	var out []T
	objects = slices.DeleteFunc(slices.Clone(objects), func(o types.ObjectContent) bool { return !chosen(o.Obj.Type) })
	for _, o := range objects {
		if g := faults.GapOf(o); g != nil {
			return nil, g
		}
	}
	err := mo.LoadObjectContent(objects, &out)
	return out, err
}

// IsTrue returns the value of an optional boolean, false if it is absent.
func IsTrue(b *bool) bool { return b != nil && *b }

// Deref returns an optional reference, the zero value if it is absent.
func Deref(r *ref) ref {
	if r == nil {
		return ref{}
	}
	return *r
}

// ExtraConfig returns the options as a map. Values that are not strings are left out.
func ExtraConfig(options []types.BaseOptionValue) map[string]string {
	out := make(map[string]string, len(options))
	for _, o := range options {
		if v := o.GetOptionValue(); v != nil {
			if s, ok := v.Value.(string); ok {
				out[v.Key] = s
			}
		}
	}
	return out
}
