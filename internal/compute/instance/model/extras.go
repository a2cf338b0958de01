// SPDX-License-Identifier: MPL-2.0

package model

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Extras are arguments about how to use Nova's API. They are not stored with the VM.
type Extras struct {
	NetworkMode   types.String `tfsdk:"network_mode"`
	VendorOptions types.Set    `tfsdk:"vendor_options"`
}

// The values of network_mode.
const (
	NetworkAuto = "auto"
	NetworkNone = "none"
)

// VendorOptionsType is the type of a vendor_options block.
var VendorOptionsType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"ignore_resize_confirmation": types.BoolType, "detach_ports_before_destroy": types.BoolType}}

// Typed gives an unwritten vendor_options its type: the framework refuses a set without one.
func (e Extras) Typed() Extras {
	if e.VendorOptions.IsNull() {
		e.VendorOptions = types.SetNull(VendorOptionsType)
	}
	return e
}
