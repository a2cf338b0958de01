// SPDX-License-Identifier: MPL-2.0

package model

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// HintsOf returns the hints that have an effect on vSphere, without the policy, which the group holds.
func HintsOf(blocks types.Set) (out openstack.Hints) {
	for _, h := range HintBlocks(blocks) {
		out.Group = h.Group.ValueString()
		out.DifferentHost, out.SameHost = idsIn(h.DifferentHost), idsIn(h.SameHost)
	}
	return out
}

// idsIn returns the known strings of a list, sorted, each once.
func idsIn(list types.List) (out []string) {
	for _, v := range list.Elements() {
		if text, ok := v.(types.String); ok && text.ValueString() != "" {
			out = append(out, text.ValueString())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// hintsWith keeps the hints as they are written. An import has none, and takes the recorded ones.
func hintsWith(written types.Set, recorded openstack.Hints) types.Set {
	if written.IsUnknown() || len(written.Elements()) > 0 || recorded.Empty() {
		return written
	}
	list := func(ids []string) types.List {
		if len(ids) == 0 {
			return types.ListNull(types.StringType)
		}
		return crud.TextList(ids)
	}
	none := types.ListNull(types.StringType)
	values := map[string]attr.Value{"group": crud.KeepEmpty(types.StringNull(), recorded.Group),
		"different_host": list(recorded.DifferentHost), "same_host": list(recorded.SameHost),
		"query": none, "target_cell": types.StringNull(),
		"build_near_host_ip": types.StringNull(), "different_cell": none, "additional_properties": types.MapNull(types.StringType)}
	kinds := map[string]attr.Type{}
	for name, value := range values {
		kinds[name] = value.Type(context.Background())
	}
	return types.SetValueMust(types.ObjectType{AttrTypes: kinds}, []attr.Value{types.ObjectValueMust(kinds, values)})
}

type Hints struct {
	Group         types.String `tfsdk:"group"`
	DifferentHost types.List   `tfsdk:"different_host"`
	SameHost      types.List   `tfsdk:"same_host"`
	Query         types.List   `tfsdk:"query"`
	TargetCell    types.String `tfsdk:"target_cell"`
	NearHost      types.String `tfsdk:"build_near_host_ip"`
	DifferentCell types.List   `tfsdk:"different_cell"`
	Additional    types.Map    `tfsdk:"additional_properties"`
}

// HintBlocks returns a set's blocks, none while the set is unknown.
func HintBlocks(blocks types.Set) (out []Hints) {
	if !blocks.IsUnknown() {
		out = crud.Elements[Hints](blocks)
	}
	return out
}
