// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

type intentPortModel struct {
	wireModel
	Key      types.String `tfsdk:"key"`
	ID       types.String `tfsdk:"id"`
	Name     types.String `tfsdk:"name"`
	MAC      types.String `tfsdk:"mac_address"`
	AdminUp  types.Bool   `tfsdk:"admin_state_up"`
	CIDRs    types.List   `tfsdk:"cidrs"`
	Groups   types.List   `tfsdk:"security_group_ids"`
	Filtered types.Bool   `tfsdk:"filtered"`
}

func intentPortAttributes() map[string]schema.Attribute {
	return onWire(map[string]schema.Attribute{
		"key":            computedText("Its own text: `id`."),
		"id":             computedText("The port's id."),
		"name":           computedText("The port's name."),
		"mac_address":    computedText("The port's MAC address."),
		"admin_state_up": computedFlag("`false`: nothing passes."),
		"cidrs": computedTexts("Its fixed addresses on the router's subnets, and then its allowed address pairs, as CIDRs. A pair that is a " +
			"range with addresses of other ports behind the router is left out: a gateway tells ports by their addresses, and would allow those " +
			"what this port may."),
		"security_group_ids": computedTexts("Its security groups, as far as anything enforces them."),
		"filtered":           computedFlag("`true`: what no rule allows is dropped. It has security groups, or is down."),
	})
}

func intentPort(p openstack.GatewayPort) intentPortModel {
	return intentPortModel{wireOf(p.GatewayWire), types.StringValue(p.ID), types.StringValue(p.ID), types.StringValue(p.Name),
		types.StringValue(p.MAC), types.BoolValue(!p.Down), textList(p.Addresses), textList(p.Groups), types.BoolValue(p.Filtered)}
}

type intentRuleModel struct {
	Key         types.String `tfsdk:"key"`
	ID          types.String `tfsdk:"id"`
	GroupID     types.String `tfsdk:"security_group_id"`
	GroupName   types.String `tfsdk:"security_group_name"`
	Stateful    types.Bool   `tfsdk:"stateful"`
	Direction   types.String `tfsdk:"direction"`
	EtherType   types.String `tfsdk:"ethertype"`
	Protocol    types.String `tfsdk:"protocol"`
	Number      types.Int64  `tfsdk:"protocol_number"`
	PortMin     types.Int64  `tfsdk:"port_range_min"`
	PortMax     types.Int64  `tfsdk:"port_range_max"`
	ICMPType    types.Int64  `tfsdk:"icmp_type"`
	ICMPCode    types.Int64  `tfsdk:"icmp_code"`
	Local       types.List   `tfsdk:"local_cidrs"`
	Remote      types.List   `tfsdk:"remote_cidrs"`
	Description types.String `tfsdk:"description"`
}

func intentRuleAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"key":                 computedText("Its own text: `id`."),
		"id":                  computedText("The rule's id."),
		"security_group_id":   computedText("The group's id."),
		"security_group_name": computedText("The group's name."),
		"stateful":            computedFlag("Whether answers pass by themselves."),
		"direction":           computedText("`ingress`: to the ports; `egress`: from them."),
		"ethertype":           computedText("`IPv4` or `IPv6`."),
		"protocol":            computedText("The protocol's name, or its number where it has none; empty: any."),
		"protocol_number":     computedNumber("The protocol's number; null: any."),
		"port_range_min":      computedNumber("The first port of the destination; null: any."),
		"port_range_max":      computedNumber("The last port of the destination; null: any."),
		"icmp_type":           computedNumber("The type of ICMP; null: any."),
		"icmp_code":           computedNumber("The code of ICMP; null: any."),
		"local_cidrs":         computedTexts("The addresses of the ports behind the router that have the group, in the fewest CIDRs."),
		"remote_cidrs": computedTexts("The other side, in the fewest CIDRs: a prefix, or the addresses of an address group's or of a security " +
			"group's members, wherever they are. `0.0.0.0/0` or `::/0` is anybody."),
		"description": computedText("The rule's description."),
	}
}

func intentRule(r openstack.GatewayRule) intentRuleModel {
	m := intentRuleModel{Key: types.StringValue(r.ID), ID: types.StringValue(r.ID), GroupID: types.StringValue(r.GroupID),
		GroupName: types.StringValue(r.GroupName), Stateful: types.BoolValue(r.Stateful), Direction: types.StringValue(r.Direction),
		EtherType: types.StringValue(r.EtherType), Protocol: types.StringValue(r.Protocol), PortMin: types.Int64PointerValue(r.PortMin),
		PortMax: types.Int64PointerValue(r.PortMax), ICMPType: types.Int64PointerValue(r.ICMPType), ICMPCode: types.Int64PointerValue(r.ICMPCode),
		Local: textList(r.Local), Remote: textList(r.Remote), Description: types.StringValue(r.Description)}
	if r.Number >= 0 {
		m.Number = types.Int64Value(r.Number)
	}
	return m
}
