// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"cmp"
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// portMoves converts OpenStack's ports, which keep their id, MAC and addresses.
var portMoves = []crud.StateMove[portModel]{{From: "openstack_networking_port_v2", Convert: portFromPriorState}}

// portFromPriorState leaves out the default group that Neutron gives a port whose configuration names none, because here it has none.
func portFromPriorState(old crud.PriorState) (portModel, error) {
	m := portModel{commonModel: commonFromPriorState(old), NetworkID: old.Text("network_id"),
		MAC:      types.StringValue(strings.ToLower(old.Text("mac_address").ValueString())),
		DeviceID: types.StringValue(old.Text("device_id").ValueString()), DNSName: types.StringValue(old.Text("dns_name").ValueString()),
		AdminUp: old.Or("admin_state_up", true), PortSecurity: old.Only(false, "port_security_enabled"), NoFixedIP: old.Only(true, "no_fixed_ip"),
		AllFixedIPs: textList(old.Texts("all_fixed_ips")), GroupIDs: old.Set("security_group_ids"),
		NoGroups: old.Only(true, "no_security_groups"), AllGroups: crud.SetOf(old.Texts("security_group_ids")), Effective: textList(nil),
		Timeouts: limitsFromPriorState(old, "create", "delete")}
	ips := []attr.Value{}
	for _, ip := range old.Blocks("fixed_ip") {
		ips = append(ips, types.ObjectValueMust(fixedIPType.AttrTypes,
			map[string]attr.Value{"subnet_id": ip.Text("subnet_id"), "ip_address": ip.Text("ip_address")}))
	}
	m.FixedIPs = types.ListValueMust(fixedIPType, ips)
	var pairs []openstack.AddressPair
	for _, pair := range old.Blocks("allowed_address_pairs") {
		pairs = append(pairs, openstack.AddressPair{Address: pair.Text("ip_address").ValueString(), MAC: pair.Text("mac_address").ValueString()})
	}
	m.Pairs = pairSet(pairs)
	m.DeviceOwner, m.DHCPOptions = types.StringValue(old.Text("device_owner").ValueString()), dhcpOptionsFromPriorState(old)
	m.Binding, m.DNSAssignment, m.QoSPolicyID = bindingOf(openstack.Port{}), dnsAssignment(m.DNSName.ValueString(), texts(m.AllFixedIPs)),
		old.Text("qos_policy_id")
	return m, nil
}

// dhcpOptionsFromPriorState converts the extra_dhcp_option blocks.
func dhcpOptionsFromPriorState(old crud.PriorState) types.Set {
	options := []attr.Value{}
	for _, o := range old.Blocks("extra_dhcp_option") {
		version := types.Int64Value(cmp.Or(o.Int("ip_version").ValueInt64(), 4))
		options = append(options, types.ObjectValueMust(dhcpOptionType.AttrTypes, map[string]attr.Value{
			"name": o.Text("name"), "value": o.Text("value"), "ip_version": version}))
	}
	return types.SetValueMust(dhcpOptionType, options)
}

// locatePort finds the network of a moved port.
func locatePort(ctx context.Context, req portRequest) (portModel, bool, error) {
	backend, m := req.Client, *req.State
	id, found, err := networkOf(ctx, backend, m.NetworkID)
	m.NetworkID = id
	return m, found, err
}

// adoptPort claims the addresses of a moved port, unless its configuration asks for others.
func adoptPort(ctx context.Context, req portRequest) (*portModel, error) {
	written := req.Plan.FixedIPs
	if has := texts(req.Plan.AllFixedIPs); crud.Known(req.Plan.AllFixedIPs) && len(has) > 0 {
		ips := make([]openstack.FixedIP, len(has))
		for i, address := range has {
			ips[i].Address = address // identifies its subnet, because subnets of a network never overlap
		}
		req.Plan.FixedIPs = fixedIPList(ips)
	}
	made, err := createPort(ctx, req)
	if made != nil {
		made.FixedIPs = written
	}
	return made, err
}
