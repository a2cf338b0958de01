// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Object is what Terraform stores of a resource between calls.
type Object struct {
	Type    string
	State   tftypes.Value
	Private []byte
	Tainted bool // its creation failed half-way, so that it will be replaced

	Identity *tfprotov6.ResourceIdentityData
}

// Exists reports whether it is in the state.
func (o Object) Exists() bool { return !o.State.IsNull() }

// Attributes returns its attributes.
func (o Object) Attributes() map[string]tftypes.Value { return attributes(o.State) }

// Text returns an attribute that is a text, or "" where it is null or unknown.
func (o Object) Text(attribute string) string { return text(o.Attributes()[attribute]) }

func text(v tftypes.Value) (out string) {
	if v.Type() != nil && v.IsKnown() && !v.IsNull() {
		if err := v.As(&out); err != nil {
			panic(err)
		}
	}
	return out
}
