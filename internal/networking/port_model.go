// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

type portModel struct {
	commonModel
	portExtras
	NetworkID    types.String   `tfsdk:"network_id"`
	MAC          types.String   `tfsdk:"mac_address"`
	DeviceID     types.String   `tfsdk:"device_id"`
	DNSName      types.String   `tfsdk:"dns_name"`
	AdminUp      types.Bool     `tfsdk:"admin_state_up"`
	PortSecurity types.Bool     `tfsdk:"port_security_enabled"`
	NoFixedIP    types.Bool     `tfsdk:"no_fixed_ip"`
	AllFixedIPs  types.List     `tfsdk:"all_fixed_ips"`
	GroupIDs     types.Set      `tfsdk:"security_group_ids"`
	NoGroups     types.Bool     `tfsdk:"no_security_groups"`
	AllGroups    types.Set      `tfsdk:"all_security_group_ids"`
	Effective    types.List     `tfsdk:"effective_rules"`
	Pairs        types.Set      `tfsdk:"allowed_address_pairs"`
	FixedIPs     types.List     `tfsdk:"fixed_ip"`
	Timeouts     timeouts.Value `tfsdk:"timeouts"`
}

type fixedIPModel struct {
	SubnetID types.String `tfsdk:"subnet_id"`
	Address  types.String `tfsdk:"ip_address"`
}

// asWritten returns the plan without a port security that was only copied from the state, because it may be the network's.
func (m portModel) asWritten(state *portModel) portModel {
	if state != nil && m.PortSecurity.Equal(state.PortSecurity) {
		m.PortSecurity = types.BoolNull()
	}
	return m
}

// secured returns the plan with the port's own port security: null where it only follows the network.
func (m portModel) secured(ctx context.Context, backend sdn.Backend, state *portModel) portModel {
	if state == nil || !m.PortSecurity.Equal(state.PortSecurity) {
		return m
	}
	if n, err := backend.Network(ctx, m.NetworkID.ValueString(), ""); err == nil && n.Insecure == !m.PortSecurity.ValueBool() {
		m.PortSecurity = types.BoolNull()
	}
	return m
}

func (m portModel) fixedIPs() (out []fixedIPModel) {
	out = crud.Elements[fixedIPModel](m.FixedIPs)
	return out
}

// asks reports whether a block names a subnet or an address, even an unknown one.
func (ip fixedIPModel) asks() bool {
	return ip.SubnetID.IsUnknown() || ip.Address.IsUnknown() || ip.SubnetID.ValueString()+ip.Address.ValueString() != ""
}

// wanted returns the blocks that ask for an address. An empty block asks for none: OpenStack's provider leaves it out of the list that it
// sends, and an empty list is a port without an address.
func (m portModel) wanted() []fixedIPModel {
	return slices.DeleteFunc(m.fixedIPs(), func(ip fixedIPModel) bool { return !ip.asks() })
}

// bare reports whether the port is to have no address.
func (m portModel) bare() bool {
	return m.NoFixedIP.ValueBool() || len(m.FixedIPs.Elements()) > 0 && len(m.wanted()) == 0
}

// securedBy returns the model with the port security in force: the port's own, or the network's. Where the network cannot be read it
// stays as it is.
func (m portModel) securedBy(ctx context.Context, backend sdn.Backend, p openstack.Port) portModel {
	if p.Insecure != nil {
		return m
	}
	m.PortSecurity = types.BoolNull()
	if n, err := backend.Network(ctx, p.NetworkID, ""); err == nil {
		m.PortSecurity = types.BoolValue(!n.Insecure)
	}
	return m
}

func (m portModel) wish() sdn.PortRequest {
	w := sdn.PortRequest{Port: openstack.Port{ID: m.ID.ValueString(), NetworkID: m.NetworkID.ValueString(), Name: m.Name.ValueString(),
		Description: m.Description.ValueString(), Tags: crud.Strings(m.Tags), Groups: crud.Strings(m.GroupIDs), AllowedPairs: m.pairs(),
		MAC: m.MAC.ValueString(), DeviceID: m.DeviceID.ValueString(), DNSName: m.DNSName.ValueString(), Down: !m.AdminUp.ValueBool(),
		Owner: m.recordedOwner(), QoSPolicyID: m.QoSPolicyID.ValueString(), DHCPOptions: m.options(), Binding: m.bindingAsWritten()},
		NoFixedIP: m.bare()}
	if !m.PortSecurity.IsNull() && !m.PortSecurity.IsUnknown() {
		insecure := !m.PortSecurity.ValueBool()
		w.Insecure = &insecure
	}
	for _, ip := range m.wanted() {
		w.FixedIPs = append(w.FixedIPs, openstack.FixedIP{SubnetID: ip.SubnetID.ValueString(), Address: ip.Address.ValueString()})
	}
	return w
}

// with returns the model of an observed port. The fixed_ip blocks stay as written where the port has what they ask for.
func (m portModel) with(p openstack.Port) portModel {
	m.ID, m.NetworkID, m.MAC = types.StringValue(p.ID), types.StringValue(p.NetworkID), types.StringValue(p.MAC)
	m.Name, m.DNSName, m.DeviceID = crud.KeepEmpty(m.Name, p.Name), types.StringValue(p.DNSName), types.StringValue(p.DeviceID)
	m.withCommon(p.Description, p.Tags)
	if p.Insecure != nil {
		m.PortSecurity = types.BoolValue(!*p.Insecure)
	}
	m.AdminUp = types.BoolValue(!p.Down)
	m = m.withGroups(p).withExtras(p)
	addresses := make([]string, len(p.FixedIPs))
	for i, ip := range p.FixedIPs {
		addresses[i] = ip.Address
	}
	slices.Sort(addresses)
	m.AllFixedIPs = textList(addresses)
	if blocks := m.wanted(); len(m.FixedIPs.Elements()) > 0 && !asked(blocks, p.FixedIPs) {
		m.FixedIPs = fixedIPList(p.FixedIPs)
	}
	return m
}

// asked reports whether a port has the addresses that the blocks ask for.
func asked(blocks []fixedIPModel, have []openstack.FixedIP) bool {
	if len(blocks) != len(have) {
		return false
	}
	for i, b := range blocks {
		if a := b.Address.ValueString(); a != "" && a != have[i].Address {
			return false
		}
		if s := b.SubnetID.ValueString(); s != "" && s != have[i].SubnetID {
			return false
		}
	}
	return true
}

var fixedIPType = types.ObjectType{AttrTypes: map[string]attr.Type{"subnet_id": types.StringType, "ip_address": types.StringType}}

func fixedIPList(ips []openstack.FixedIP) types.List {
	out := make([]attr.Value, len(ips))
	for i, ip := range ips {
		out[i] = types.ObjectValueMust(fixedIPType.AttrTypes, map[string]attr.Value{"subnet_id": types.StringValue(ip.SubnetID),
			"ip_address": types.StringValue(ip.Address)})
	}
	return types.ListValueMust(fixedIPType, out)
}
