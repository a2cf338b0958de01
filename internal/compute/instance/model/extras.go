package model

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// instanceExtras are arguments that speak to Nova's API about how to go to work. Nothing of them is kept with the machine.
type Extras struct {
	NetworkMode   types.String `tfsdk:"network_mode"`
	VendorOptions types.Set    `tfsdk:"vendor_options"`
}

const (
	NetworkAuto = "auto"
	NetworkNone = "none"
)

var VendorOptionsType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"ignore_resize_confirmation": types.BoolType, "detach_ports_before_destroy": types.BoolType}}

// typed gives the block its type where nothing is written.
func (e Extras) Typed() Extras {
	if e.VendorOptions.IsNull() {
		e.VendorOptions = types.SetNull(VendorOptionsType)
	}
	return e
}
