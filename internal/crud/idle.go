// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"

	data "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
)

// WithoutEffect returns an argument that is accepted without effect. A state moved from another provider keeps that provider's value for
// it, whether the argument is written or not.
func WithoutEffect(why string) schema.StringAttribute {
	return keptText("Accepted without effect: " + why)
}

// keptText returns a text that stays in the state where it is not written.
func keptText(text string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: text, Optional: true, Computed: true, PlanModifiers: []planmodifier.String{AsItWas{}}}
}

// RegionText describes the argument `region` wherever there is one.
const RegionText = "The region, which is the vCenter of the provider's block `region` of that name. Unset: the first block's. A provider " +
	"without such blocks has one vCenter, and accepts any text without effect."

// Region returns the argument `region` of a resource. As in OpenStack, an object that exists stays in its region where the argument is not
// written.
func Region() schema.StringAttribute {
	return keptText(RegionText + " An object that exists stays in its region where none is written; another region is another object.")
}

// DataRegion returns the argument `region` of a data source.
func DataRegion() data.StringAttribute {
	return data.StringAttribute{MarkdownDescription: RegionText, Optional: true}
}

// AsItWas plans the state's value for an argument that is not written, and null where there is no state.
type AsItWas struct{}

// StateOnly marks that it does nothing in the plan of a new resource, which has no state.
func (AsItWas) StateOnly() {}

// Description describes the modifier.
func (AsItWas) Description(context.Context) string { return "Kept as it was where it is not written." }

// MarkdownDescription describes the modifier.
func (a AsItWas) MarkdownDescription(ctx context.Context) string { return a.Description(ctx) }

// PlanModifyString plans the state's value.
func (AsItWas) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.ConfigValue.IsNull() {
		resp.PlanValue = req.StateValue
	}
}
