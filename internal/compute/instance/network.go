package instance

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
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
		n.UUID, n.Name = crud.Written(n.UUID, nic.NetworkID, n.UUID.ValueString()), crud.Written(n.Name, nic.NetworkName, n.Name.ValueString())
		n.Port, n.MAC = crud.Written(n.Port, nic.Port), types.StringValue(nic.MAC)
		n.FixedV4, n.FixedV6 = crud.Written(n.FixedV4, nic.Address(false), n.FixedV4.ValueString()), crud.Written(n.FixedV6,
			nic.Address(true), n.FixedV6.ValueString())
		out[i] = n
	}
	return out
}

// checkAddress refuses a fixed address that is none.
func checkAddress(name, value string, six bool) error {
	if value == "" {
		return nil
	}
	at, err := netip.ParseAddr(value)
	switch {
	case err != nil || at.Is6() != six:
		return fmt.Errorf("%s = %q is not an address of that version", name, value)
	case at.String() != value:
		return fmt.Errorf("%s = %q is written as %s", name, value, at)
	}
	return nil
}

// warnOtherAddresses says where a guest reports other addresses than those that its ports have claimed.
func warnOtherAddresses(ctx context.Context, s openstack.Server) {
	for _, nic := range s.NICs {
		for _, claimed := range nic.Claimed {
			reported := nic.IPv4
			if strings.Contains(claimed, ":") {
				reported = nic.IPv6
			}
			if len(reported) > 0 && !slices.Contains(reported, claimed) {
				crud.WarnAt(ctx, path.Root("network"), "The guest has another address", fmt.Sprintf("The port of the NIC %s of %s has claimed %s, "+
					"and the guest reports %s: on that subnet (enable_dhcp = true) another server gives out the addresses. "+
					"Have it give that address to that MAC; until then the claimed address stays here and in fixed_ip_v4 or fixed_ip_v6, "+
					"access_ip_v4 and access_ip_v6 show what is reported, and security groups filter by the claimed one",
					nic.MAC, s.Name, claimed, strings.Join(reported, ", ")))
			}
		}
	}
}
