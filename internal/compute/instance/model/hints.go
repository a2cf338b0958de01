package model

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// hintsOf are the hints that somebody here keeps. The group's policy is still open.
func HintsOf(blocks types.Set) (out openstack.Hints) {
	for _, h := range HintBlocks(blocks) {
		out.Group = h.Group.ValueString()
		out.DifferentHost, out.SameHost = idsIn(h.DifferentHost), idsIn(h.SameHost)
	}
	return out
}

// idsIn are the strings of a list that are known, sorted.
func idsIn(list types.List) (out []string) {
	for _, v := range list.Elements() {
		if text, ok := v.(types.String); ok && text.ValueString() != "" {
			out = append(out, text.ValueString())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// hintsWith fills in the hints of an instance that was imported. Others stay as they are written.
func hintsWith(was types.Set, now openstack.Hints) types.Set {
	if was.IsUnknown() || len(was.Elements()) > 0 || now.Empty() {
		return was
	}
	list := func(ids []string) types.List {
		if len(ids) == 0 {
			return types.ListNull(types.StringType)
		}
		return crud.TextList(ids)
	}
	group := types.StringNull()
	if now.Group != "" {
		group = types.StringValue(now.Group)
	}
	none := types.ListNull(types.StringType)
	values := map[string]attr.Value{"group": group, "different_host": list(now.DifferentHost), "same_host": list(now.SameHost),
		"query": none, "target_cell": types.StringNull(),
		"build_near_host_ip": types.StringNull(), "different_cell": none, "additional_properties": types.MapNull(types.StringType)}
	kinds := map[string]attr.Type{}
	for name, value := range values {
		kinds[name] = value.Type(context.Background())
	}
	return types.SetValueMust(types.ObjectType{AttrTypes: kinds}, []attr.Value{types.ObjectValueMust(kinds, values)})
}

type hintsModel struct {
	Group         types.String `tfsdk:"group"`
	DifferentHost types.List   `tfsdk:"different_host"`
	SameHost      types.List   `tfsdk:"same_host"`
	Query         types.List   `tfsdk:"query"`
	TargetCell    types.String `tfsdk:"target_cell"`
	NearHost      types.String `tfsdk:"build_near_host_ip"`
	DifferentCell types.List   `tfsdk:"different_cell"`
	Additional    types.Map    `tfsdk:"additional_properties"`
}

func HintBlocks(blocks types.Set) (out []hintsModel) {
	if !blocks.IsUnknown() {
		out = crud.Elements[hintsModel](blocks)
	}
	return out
}
