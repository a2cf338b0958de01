// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"net/netip"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// subnetRange is what a subnet's range follows from: its cidr, or a pool and a length.
type subnetRange struct {
	cidr, pool types.String
	length     types.Int64
}

func (m subnetModel) span() subnetRange { return subnetRange{m.CIDR, m.PoolID, m.PrefixLength} }

// rangeOf reads a range from a configuration or a state.
func rangeOf(ctx context.Context, from tfsdk.State) (r subnetRange, ok bool) {
	for at, value := range map[string]any{"cidr": &r.cidr, "subnetpool_id": &r.pool, "prefix_length": &r.length} {
		if from.Raw.IsNull() || from.GetAttribute(ctx, path.Root(at), value).HasError() {
			return r, false
		}
	}
	return r, true
}

// absent reports whether cidr is unset; "" counts as unset, as in OpenStack's provider.
func (r subnetRange) absent() bool { return !r.cidr.IsUnknown() && r.cidr.ValueString() == "" }

// check refuses a range that is written twice, or not at all.
func (r subnetRange) check() error {
	pooled := r.pool.IsUnknown() || r.pool.ValueString() != ""
	switch length := r.length.ValueInt64(); {
	case length != 0 && !pooled:
		return openstack.AttributeErrorf("prefix_length", "it asks a subnet pool for a range, and subnetpool_id is not written: write it, or "+
			"cidr in the place of prefix_length")
	case length != 0 && !r.absent() && !r.cidr.IsUnknown():
		return openstack.AttributeErrorf("prefix_length", "it contradicts cidr, which says the length too: write only one of them")
	case r.absent() && !pooled:
		return openstack.AttributeErrorf("cidr", "the subnet has no range: write cidr, or subnetpool_id to have one cut from a pool")
	}
	return nil
}

// stays reports whether a configuration leaves the range of a state as it is.
func (r subnetRange) stays(state subnetRange) bool {
	if r.cidr.IsUnknown() || !r.absent() {
		return r.cidr.Equal(state.cidr)
	}
	return !r.pool.IsUnknown() && r.pool.ValueString() == state.pool.ValueString() && !state.otherLength(r.length)
}

// otherLength reports whether a written length is not that of the range.
func (r subnetRange) otherLength(want types.Int64) bool {
	has := r.length.ValueInt64()
	if prefix, err := netip.ParsePrefix(r.cidr.ValueString()); err == nil {
		has = int64(prefix.Bits())
	}
	return want.IsUnknown() || want.ValueInt64() != 0 && want.ValueInt64() != has
}

const otherRange = "Another range replaces the subnet."

// otherCIDR replaces the subnet if cidr says another range. An empty one says none.
func otherCIDR(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = req.PlanValue.IsUnknown() || req.PlanValue.ValueString() != "" && !req.PlanValue.Equal(req.StateValue)
}

// otherPrefixLength replaces the subnet if its range has not the length that is written.
func otherPrefixLength(ctx context.Context, req planmodifier.Int64Request, resp *int64planmodifier.RequiresReplaceIfFuncResponse) {
	state, ok := rangeOf(ctx, req.State)
	resp.RequiresReplace = ok && state.otherLength(req.PlanValue)
}

// whileRangeStays keeps a value that was chosen for a subnet as long as its range stays, because it may not fit another range.
type whileRangeStays struct{}

// Description describes the modifier.
func (whileRangeStays) Description(context.Context) string {
	return "Kept while the range stays."
}

// MarkdownDescription describes the modifier.
func (w whileRangeStays) MarkdownDescription(ctx context.Context) string { return w.Description(ctx) }

func (whileRangeStays) keeps(ctx context.Context, planned, written attr.Value, config tfsdk.Config, state tfsdk.State) bool {
	now, ok1 := rangeOf(ctx, tfsdk.State(config))
	was, ok2 := rangeOf(ctx, state)
	return planned.IsUnknown() && !written.IsUnknown() && ok1 && ok2 && now.stays(was)
}

// PlanModifyString keeps cidr and gateway_ip.
func (w whileRangeStays) PlanModifyString(ctx context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if w.keeps(ctx, req.PlanValue, req.ConfigValue, req.Config, req.State) {
		resp.PlanValue = req.StateValue
	}
}

// PlanModifyInt64 keeps ip_version.
func (w whileRangeStays) PlanModifyInt64(ctx context.Context, req planmodifier.Int64Request, resp *planmodifier.Int64Response) {
	if w.keeps(ctx, req.PlanValue, req.ConfigValue, req.Config, req.State) {
		resp.PlanValue = req.StateValue
	}
}
