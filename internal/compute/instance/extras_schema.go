package instance

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
)

func networkModeAttribute() schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: "`none`: the instance has no network, as without any `network` block, which it " +
		"contradicts. `auto` is refused at plan: a vCenter has nobody to choose a network.",
		Optional: true, Validators: []validator.String{stringvalidator.OneOf(model.NetworkAuto, model.NetworkNone)}}
}

func vendorOptionsBlock() schema.SetNestedBlock {
	return schema.SetNestedBlock{MarkdownDescription: "Accepted without effect: a resize needs no confirmation here, and ports are " +
		"detached with their instance.",
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"ignore_resize_confirmation":  schema.BoolAttribute{MarkdownDescription: "Without effect.", Optional: true},
			"detach_ports_before_destroy": schema.BoolAttribute{MarkdownDescription: "Without effect.", Optional: true},
		}}}
}
