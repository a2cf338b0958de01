// SPDX-License-Identifier: MPL-2.0

package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Network is a network block: a NIC.
type Network struct {
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

// Networks returns a list's blocks, none while the list is unknown.
func Networks(list types.List) (out []Network) {
	if crud.Known(list) {
		out = crud.Elements[Network](list)
	}
	return out
}

// NetworkList returns blocks as a list.
func NetworkList(blocks []Network) types.List {
	return crud.ListOf(networkType, blocks)
}

// networksWith pairs NICs with their blocks: by MAC address, or in order where a block has none yet. Written values keep their form.
func networksWith(blocks []Network, nics []openstack.NIC) []Network {
	out := make([]Network, len(nics))
	for i, nic := range nics {
		n := Network{Access: types.BoolNull()}
		at := slices.IndexFunc(blocks, func(w Network) bool { return strings.EqualFold(w.MAC.ValueString(), nic.MAC) && nic.MAC != "" })
		switch {
		case at >= 0:
			n = blocks[at]
		case i < len(blocks) && blocks[i].MAC.ValueString() == "":
			n = blocks[i]
		case nic.Access:
			n.Access = types.BoolValue(true)
		}
		if at >= 0 && nic.NetworkID != n.UUID.ValueString() && n.UUID.ValueString() != "" { // moved to another network outside of Terraform
			n.UUID, n.Name = types.StringNull(), types.StringNull()
		}
		n.UUID, n.Name = crud.Written(n.UUID, nic.NetworkID, n.UUID.ValueString()), crud.Written(n.Name, nic.NetworkName, n.Name.ValueString())
		n.Port, n.MAC = crud.Written(n.Port, nic.Port), types.StringValue(nic.MAC)
		n.FixedV4, n.FixedV6 = crud.Written(n.FixedV4, nic.Address(false), n.FixedV4.ValueString()), crud.Written(n.FixedV6,
			nic.Address(true), n.FixedV6.ValueString())
		out[i] = n
	}
	return out
}

// Addresses returns the addresses that a block requests, as far as they are known.
func (m Network) Addresses() (out []openstack.FixedIP) {
	for _, address := range []string{m.FixedV4.ValueString(), m.FixedV6.ValueString()} {
		if address != "" {
			out = append(out, openstack.FixedIP{Address: address})
		}
	}
	return out
}

// NICBlock returns the path of the i-th network block, for an error.
func NICBlock(i int) string { return fmt.Sprintf("network[%d]", i) }
