package crud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
)

// WithoutEffect returns an argument that is accepted without effect. A state moved from another provider keeps that provider's value for
// it, whether the argument is written or not.
func WithoutEffect(why string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: "Accepted without effect: " + why, Optional: true, Computed: true,
		PlanModifiers: []planmodifier.String{asItWas{}}}
}

// Region returns the argument `region` of a resource.
func Region() schema.StringAttribute { return WithoutEffect("a vCenter has no regions.") }

// asItWas plans the state's value for an argument that is not written, and null where there is no state.
type asItWas struct{}

// StateOnly marks that it does nothing in the plan of a new resource, which has no state.
func (asItWas) StateOnly() {}

// Description describes the modifier.
func (asItWas) Description(context.Context) string { return "Kept as it was where it is not written." }

// MarkdownDescription describes the modifier.
func (a asItWas) MarkdownDescription(ctx context.Context) string { return a.Description(ctx) }

// PlanModifyString plans the state's value.
func (asItWas) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.ConfigValue.IsNull() {
		resp.PlanValue = req.StateValue
	}
}
