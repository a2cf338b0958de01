package compute

import (
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

type networkModel struct {
	UUID    types.String `tfsdk:"uuid"`
	Name    types.String `tfsdk:"name"`
	Port    types.String `tfsdk:"port"`
	MAC     types.String `tfsdk:"mac"`
	FixedV4 types.String `tfsdk:"fixed_ip_v4"`
	FixedV6 types.String `tfsdk:"fixed_ip_v6"`
	Access  types.Bool   `tfsdk:"access_network"`
}

var networkType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"uuid": types.StringType, "name": types.StringType, "port": types.StringType, "mac": types.StringType,
	"fixed_ip_v4": types.StringType, "fixed_ip_v6": types.StringType, "access_network": types.BoolType,
}}

// networks are a list's blocks, none where the list is not known.
func networks(list types.List) (out []networkModel) {
	if crud.Known(list) {
		out = crud.Elements[networkModel](list)
	}
	return out
}

// networkList is the list of some blocks.
func networkList(blocks []networkModel) types.List {
	return crud.ListOf(networkType, blocks)
}

// networksWith joins the NICs with the blocks: by address, or where a block has none yet in order. What the user wrote stays as
// he wrote it.
func networksWith(was []networkModel, nics []openstack.NIC) []networkModel {
	out := make([]networkModel, len(nics))
	for i, nic := range nics {
		n := networkModel{Access: types.BoolNull()}
		at := slices.IndexFunc(was, func(w networkModel) bool { return strings.EqualFold(w.MAC.ValueString(), nic.MAC) && nic.MAC != "" })
		switch {
		case at >= 0:
			n = was[at]
		case i < len(was) && was[i].MAC.ValueString() == "":
			n = was[i]
		case nic.Access:
			n.Access = types.BoolValue(true)
		}
		if at >= 0 && nic.NetworkID != n.UUID.ValueString() && n.UUID.ValueString() != "" { // somebody plugged it elsewhere
			n.UUID, n.Name = types.StringNull(), types.StringNull()
		}
		n.UUID, n.Name = orWritten(n.UUID, nic.NetworkID), orWritten(n.Name, nic.NetworkName)
		n.Port, n.MAC = emptyOr(n.Port, nic.Port), types.StringValue(nic.MAC)
		n.FixedV4, n.FixedV6 = address(n.FixedV4, first(nic.IPv4)), address(n.FixedV6, first(nic.IPv6))
		out[i] = n
	}
	return out
}

// address is lastKnown for an argument that may have been written as nothing.
func address(was types.String, now string) types.String {
	if emptied(was) {
		return was
	}
	return lastKnown(was, now)
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
