package crud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
)

// WithoutEffect is an argument of a resource that says nothing here. What another provider had in its place stays in a state that was
// moved, whether it was written or not.
func WithoutEffect(why string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: "Accepted without effect: " + why, Optional: true, Computed: true,
		PlanModifiers: []planmodifier.String{asItWas{}}}
}

// Region is the argument `region` of a resource.
func Region() schema.StringAttribute { return WithoutEffect("a vCenter has no regions.") }

// asItWas keeps what the state has where nothing is written, and is nothing where it has nothing.
type asItWas struct{}

// StateOnly says that it has nothing to do with a new resource, which has nothing to keep.
func (asItWas) StateOnly() {}

// Description says so.
func (asItWas) Description(context.Context) string { return "Kept as it was where it is not written." }

// MarkdownDescription says so.
func (a asItWas) MarkdownDescription(ctx context.Context) string { return a.Description(ctx) }

// PlanModifyString plans what the state has.
func (asItWas) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.ConfigValue.IsNull() {
		resp.PlanValue = req.StateValue
	}
}
