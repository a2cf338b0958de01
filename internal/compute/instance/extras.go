package instance

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// instanceExtras are arguments that speak to Nova's API about how to go to work. Nothing of them is kept with the machine.
type instanceExtras struct {
	NetworkMode   types.String `tfsdk:"network_mode"`
	VendorOptions types.Set    `tfsdk:"vendor_options"`
}

const (
	networkAuto = "auto"
	networkNone = "none"
)

var vendorOptionsType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"ignore_resize_confirmation": types.BoolType, "detach_ports_before_destroy": types.BoolType}}

func networkModeAttribute() schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: "`none`: the instance has no network, as without any `network` block, which it " +
		"contradicts. `auto` is refused at plan: a vCenter has nobody to choose a network.",
		Optional: true, Validators: []validator.String{stringvalidator.OneOf(networkAuto, networkNone)}}
}

func vendorOptionsBlock() schema.SetNestedBlock {
	return schema.SetNestedBlock{MarkdownDescription: "Accepted without effect: a resize needs no confirmation here, and ports are " +
		"detached with their instance.",
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"ignore_resize_confirmation":  schema.BoolAttribute{MarkdownDescription: "Without effect.", Optional: true},
			"detach_ports_before_destroy": schema.BoolAttribute{MarkdownDescription: "Without effect.", Optional: true},
		}}}
}

// typed gives the block its type where nothing is written.
func (e instanceExtras) typed() instanceExtras {
	if e.VendorOptions.IsNull() {
		e.VendorOptions = types.SetNull(vendorOptionsType)
	}
	return e
}

// extrasFromPriorState is what another provider's state has of them.
func extrasFromPriorState(old crud.PriorState) instanceExtras {
	e := instanceExtras{NetworkMode: old.Text("network_mode")}
	var options []attr.Value
	for _, o := range old.Blocks("vendor_options") {
		options = append(options, types.ObjectValueMust(vendorOptionsType.AttrTypes, map[string]attr.Value{
			"ignore_resize_confirmation":  o.Bool("ignore_resize_confirmation"),
			"detach_ports_before_destroy": o.Bool("detach_ports_before_destroy")}))
	}
	if len(options) > 0 {
		e.VendorOptions = types.SetValueMust(vendorOptionsType, options)
	}
	return e.typed()
}

// networkModeRule refuses a mode that contradicts the blocks.
func networkModeRule(m instanceModel) error {
	if mode := m.NetworkMode.ValueString(); mode != "" && len(m.Network.Elements()) > 0 {
		return openstack.AttributeErrorf("network_mode", "it is %q, and there are network blocks: write only one of them", mode)
	}
	return nil
}

// checkNetworkMode refuses to choose a network.
func (m instanceModel) checkNetworkMode() error {
	if m.NetworkMode.ValueString() == networkAuto {
		return openstack.AttributeErrorf("network_mode", "it is \"auto\", and a vCenter has nobody to choose a network: write a network block "+
			"that "+
			"names one")
	}
	return nil
}

// withoutVolumes leaves out the blocks where one of them needs a volume. That is refused at plan, as volumes themselves are, so that a
// module which makes no such instance validates.
func (m instanceModel) withoutVolumes() instanceModel {
	for _, b := range blockDeviceModels(m.BlockDevice) {
		if source := b.Source.ValueString(); source == "volume" || source == "snapshot" || b.Destination.ValueString() == "volume" {
			m.BlockDevice = types.List{}
			return m
		}
	}
	return m
}
