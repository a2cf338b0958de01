// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud/region"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

func (b *bound[C, M]) cannot(verb string) string {
	return fmt.Sprintf("Cannot %s %s%s", verb, b.noun(), region.Clause(b.home))
}

// cannotChange returns the title of an error about a change of an object.
func (b *bound[C, M]) cannotChange(of operation, m *M) string {
	if b.is.Title == nil {
		return b.cannot(string(of))
	}
	return fmt.Sprintf("Cannot %s %s %s%s", of, b.noun(), b.is.Title(m), region.Clause(b.home))
}

// ModifyPlan lets the resource check and complete a plan.
func (b *bound[C, M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	b, arrives, ok := b.toPlan(ctx, req, resp)
	if !ok || !arrives && !AtHome(ctx, b.home, req.Private, &resp.Diagnostics) {
		return
	}
	if req.Plan.Raw.IsNull() {
		b.planDelete(ctx, req, resp)
		return
	}
	if b.origin(ctx, req.Private) != nil && b.unchanged(ctx, req.Config, req.State, &resp.Plan) {
		return
	}
	r := b.request(resp.Private)
	act := b.is.Plan
	if !r.Configured {
		act = b.is.PlanUnconfigured
	}
	if act == nil {
		return
	}
	r.Plan, r.Config = read[M](ctx, tfsdk.State(req.Plan), &resp.Diagnostics), read[M](ctx, tfsdk.State(req.Config), &resp.Diagnostics)
	if !req.State.Raw.IsNull() {
		r.State, r.prior = read[M](ctx, req.State, &resp.Diagnostics), req.State
	}
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	if r.Replacement = r.State == nil && !arrives && HandedOn(ctx, req.Private); r.Replacement && !b.is.Renews {
		ctx = openstack.Succession(ctx)
	}
	ReportPlan(&resp.Diagnostics, b.cannot("plan"), b.hint(req.Config.Raw, act(ctx, r)), r.State == nil)
	flush()
	if !resp.Diagnostics.HasError() {
		resp.RequiresReplace = append(resp.RequiresReplace, r.replaced...)
		resp.Diagnostics.Append(Set(ctx, (*tfsdk.State)(&resp.Plan), r.Plan)...)
	}
}

// planDelete lets the resource check an object that is planned to be destroyed.
func (b *bound[C, M]) planDelete(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if b.is.PlanDelete == nil {
		return
	}
	r := b.request(resp.Private)
	if r.State = read[M](ctx, req.State, &resp.Diagnostics); resp.Diagnostics.HasError() {
		return
	}
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	Report(&resp.Diagnostics, b.cannot("plan"), b.is.PlanDelete(ctx, r))
	flush()
}
