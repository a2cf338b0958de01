package compute

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// lifeCycle is what the life cycle of crud gives to the framework.
type lifeCycle interface {
	resource.ResourceWithConfigure
	resource.ResourceWithImportState
	resource.ResourceWithModifyPlan
}

// heir lets the plan of a host or a cluster find the one whose place it takes. Terraform plans what is replaced twice, first with what is
// there and then as if there were nothing, and hands on what the first plan has noted; what is tainted it plans the second way only, after
// it was read.
type heir struct {
	lifeCycle
	client *vcenter.Client // nil while the provider's configuration is not known
}

// Configure takes the client.
func (h *heir) Configure(ctx context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	h.client, _ = crud.Pick[*vcenter.Client](req.ProviderData)
	h.lifeCycle.Configure(ctx, req, resp)
}

// ModifyPlan notes whether what is there stays, before it is planned.
func (h *heir) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if h.client != nil {
		h.note(ctx, req, resp)
	}
	h.lifeCycle.ModifyPlan(ctx, req, resp)
}

// estate is what is there, noted beside its plan.
type estate struct {
	ID    string `json:"id"`
	Adopt bool   `json:"adopt,omitempty"`
}

const estateKey = "estate"

func (h *heir) note(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() {
		var left estate
		raw, diags := req.Private.GetKey(ctx, estateKey)
		resp.Diagnostics.Append(diags...)
		if len(raw) > 0 && json.Unmarshal(raw, &left) == nil {
			h.client.Planned.Possessions.Own(left.ID, left.Adopt, true)
		}
		return
	}
	var id types.String
	var adopt types.Bool
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...)
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("adopt"), &adopt)...)
	h.client.Planned.Possessions.Own(id.ValueString(), adopt.ValueBool(), false) // one that goes with its block is in the way of another block's until it is gone
	if !req.Plan.Raw.IsNull() {
		raw, _ := json.Marshal(estate{id.ValueString(), adopt.ValueBool()}) // a text and a flag
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, estateKey, raw)...)
	}
}
