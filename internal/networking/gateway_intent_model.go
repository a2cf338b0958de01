// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"fmt"
	"maps"
	"net/netip"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// intentModel converts an intent. No list of it is null.
func intentModel(g openstack.GatewayIntent) gatewayIntentModel {
	r := g.Router
	m := gatewayIntentModel{ID: types.StringValue(r.ID), RouterID: types.StringValue(r.ID), Name: types.StringValue(r.Name),
		CarriedOut: types.StringValue(g.CarriedOut), AdminUp: types.BoolValue(!r.Down), ExternalNetworkID: types.StringValue(r.ExternalNetworkID),
		SNATs: types.BoolValue(r.ExternalNetworkID != "" && (r.SNAT == nil || *r.SNAT))}
	if r.ExternalNetworkID != "" {
		out := wireOf(g.External.GatewayWire)
		m.ExternalNetwork = &out
	}
	m.ExternalAddresses = each(g.External.Addresses, func(a openstack.GatewayAddress) externalAddressModel {
		return externalAddressModel{Key: types.StringValue(a.Address), SubnetID: types.StringValue(a.SubnetID),
			addressModel: addressOf(a.Address, a.CIDR), Gateway: types.StringValue(a.NextHop)}
	})
	m.Interfaces = each(g.Interfaces, intentInterface)
	m.Routes = each(r.Routes, func(r openstack.Route) intentRouteModel {
		return intentRouteModel{Key: types.StringValue(r.Destination + "-" + r.NextHop), Destination: types.StringValue(r.Destination),
			NextHop: types.StringValue(r.NextHop)}
	})
	m.SNAT = each(g.SNAT, func(s openstack.GatewaySNAT) snatModel {
		return snatModel{Key: types.StringValue("snat"), Address: types.StringValue(s.Address), Sources: textList(s.Sources)}
	})
	m.FloatingIPs, m.Forwardings = each(g.FloatingIPs, intentFloatingIP), each(g.Forwardings, intentForwarding)
	m.Ports, m.Rules = each(g.Ports, intentPort), each(g.Rules, intentRule)
	return m
}

// each converts the elements of a list, which is never nil afterwards.
func each[A, B any](all []A, convert func(A) B) []B {
	out := make([]B, len(all))
	for i, one := range all {
		out[i] = convert(one)
	}
	return out
}

// wireModel is where a network lies.
type wireModel struct {
	NetworkID       types.String `tfsdk:"network_id"`
	NetworkName     types.String `tfsdk:"network_name"`
	PhysicalNetwork types.String `tfsdk:"physical_network"`
	VLAN            types.Int64  `tfsdk:"segmentation_id"`
}

func wireAttributes(of string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"network_id":       computedText(of + " id."),
		"network_name":     computedText(of + " name."),
		"physical_network": computedText(of + " distributed switch, by its name; empty where it is on none."),
		"segmentation_id":  computedNumber(of + " VLAN; 0: frames without a tag."),
	}
}

// onWire adds the network of an object to its attributes.
func onWire(attributes map[string]schema.Attribute) map[string]schema.Attribute {
	maps.Copy(attributes, wireAttributes("Its network's"))
	return attributes
}

func wireOf(w openstack.GatewayWire) wireModel {
	return wireModel{types.StringValue(w.NetworkID), types.StringValue(w.NetworkName), types.StringValue(w.PhysicalNetwork),
		types.Int64Value(w.VLAN)}
}

// addressModel is an address on a subnet.
type addressModel struct {
	Address types.String `tfsdk:"ip_address"`
	CIDR    types.String `tfsdk:"cidr"`
	Bits    types.Int64  `tfsdk:"prefix_length"`
	Version types.Int64  `tfsdk:"ip_version"`
}

// onSubnet adds an address to an object's attributes.
func onSubnet(attributes map[string]schema.Attribute) map[string]schema.Attribute {
	maps.Copy(attributes, map[string]schema.Attribute{
		"ip_address":    computedText("The router's address there."),
		"cidr":          computedText("The subnet's range."),
		"prefix_length": computedNumber("The bits of the range, as in `ip_address/prefix_length`; null where there is no range."),
		"ip_version":    computedNumber("4 or 6."),
	})
	return attributes
}

func addressOf(address, cidr string) addressModel {
	m := addressModel{Address: types.StringValue(address), CIDR: types.StringValue(cidr), Version: types.Int64Value(4)}
	if p, err := netip.ParsePrefix(cidr); err == nil {
		m.Bits = types.Int64Value(int64(p.Bits()))
	}
	if at, err := netip.ParseAddr(address); err == nil && at.Is6() {
		m.Version = types.Int64Value(6)
	}
	return m
}

type externalAddressModel struct {
	addressModel
	Key      types.String `tfsdk:"key"`
	SubnetID types.String `tfsdk:"subnet_id"`
	Gateway  types.String `tfsdk:"gateway_ip"`
}

func externalAddressAttributes() map[string]schema.Attribute {
	return onSubnet(map[string]schema.Attribute{
		"key":        computedText("Its own text: `ip_address`."),
		"subnet_id":  computedText("The id of the external subnet."),
		"gateway_ip": computedText("Where the default route leads to: the subnet's gateway; empty where it has none."),
	})
}

type intentInterfaceModel struct {
	wireModel
	addressModel
	Key        types.String `tfsdk:"key"`
	ID         types.String `tfsdk:"id"`
	SubnetID   types.String `tfsdk:"subnet_id"`
	SubnetName types.String `tfsdk:"subnet_name"`
	PortID     types.String `tfsdk:"port_id"`
}

func intentInterfaceAttributes() map[string]schema.Attribute {
	return onWire(onSubnet(map[string]schema.Attribute{
		"key":         computedText("Its own text: `id` and `ip_address`."),
		"id":          computedText("The id of the router interface."),
		"subnet_id":   computedText("The subnet's id."),
		"subnet_name": computedText("The subnet's name."),
		"port_id":     computedText("The port whose address it is; empty: it is the subnet's `gateway_ip`."),
	}))
}

func intentInterface(i openstack.GatewayInterface) intentInterfaceModel {
	return intentInterfaceModel{wireOf(i.GatewayWire), addressOf(i.Address, i.CIDR), types.StringValue(i.ID + "-" + i.Address),
		types.StringValue(i.ID), types.StringValue(i.SubnetID), types.StringValue(i.SubnetName), types.StringValue(i.PortID)}
}

type intentRouteModel struct {
	Key         types.String `tfsdk:"key"`
	Destination types.String `tfsdk:"destination_cidr"`
	NextHop     types.String `tfsdk:"next_hop"`
}

func intentRouteAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"key":              computedText("Its own text: both others, with a hyphen between."),
		"destination_cidr": computedText("What is reached."),
		"next_hop":         computedText("By which neighbour."),
	}
}

type snatModel struct {
	Key     types.String `tfsdk:"key"`
	Address types.String `tfsdk:"external_ip_address"`
	Sources types.List   `tfsdk:"source_cidrs"`
}

func snatAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"key": computedText("Always `snat`."),
		"external_ip_address": computedText("The source afterwards: the router's first IPv4 address on the external network; empty where no " +
			"subnet is recorded there, and only the gateway knows its address."),
		"source_cidrs": computedTexts("The sources before: the IPv4 subnets behind the router."),
	}
}

type intentFloatingModel struct {
	wireModel
	Key         types.String `tfsdk:"key"`
	ID          types.String `tfsdk:"id"`
	Address     types.String `tfsdk:"floating_ip_address"`
	FixedIP     types.String `tfsdk:"fixed_ip_address"`
	PortID      types.String `tfsdk:"port_id"`
	Description types.String `tfsdk:"description"`
}

func intentFloatingIPAttributes() map[string]schema.Attribute {
	return onWire(map[string]schema.Attribute{
		"key":                 computedText("Its own text: `floating_ip_address`."),
		"id":                  computedText("The floating IP's id."),
		"floating_ip_address": computedText("The external address."),
		"fixed_ip_address":    computedText("The port's address."),
		"port_id":             computedText("The port's id."),
		"description":         computedText("The floating IP's description."),
	})
}

func intentFloatingIP(f openstack.GatewayFloatingIP) intentFloatingModel {
	return intentFloatingModel{wireOf(f.GatewayWire), types.StringValue(f.Address), types.StringValue(f.ID), types.StringValue(f.Address),
		types.StringValue(f.FixedIP), types.StringValue(f.PortID), types.StringValue(f.Description)}
}

type intentForwardModel struct {
	wireModel
	Key          types.String `tfsdk:"key"`
	ID           types.String `tfsdk:"id"`
	FloatingIPID types.String `tfsdk:"floatingip_id"`
	Address      types.String `tfsdk:"floating_ip_address"`
	Protocol     types.String `tfsdk:"protocol"`
	External     types.Int64  `tfsdk:"external_port"`
	FixedIP      types.String `tfsdk:"internal_ip_address"`
	Internal     types.Int64  `tfsdk:"internal_port"`
	PortID       types.String `tfsdk:"internal_port_id"`
	Description  types.String `tfsdk:"description"`
}

func intentForwardingAttributes() map[string]schema.Attribute {
	return onWire(map[string]schema.Attribute{
		"key":                 computedText("Its own text: external address, protocol and number, with hyphens between."),
		"id":                  computedText("The port forwarding's id."),
		"floatingip_id":       computedText("The floating IP's id."),
		"floating_ip_address": computedText("The external address."),
		"protocol":            computedText("`tcp` or `udp`."),
		"external_port":       computedNumber("The number at the external address."),
		"internal_ip_address": computedText("The port's address."),
		"internal_port":       computedNumber("The number at the port's address."),
		"internal_port_id":    computedText("The port's id."),
		"description":         computedText("The port forwarding's description."),
	})
}

func intentForwarding(f openstack.GatewayForwarding) intentForwardModel {
	return intentForwardModel{wireOf(f.GatewayWire), types.StringValue(fmt.Sprintf("%s-%s-%d", f.Address, f.Protocol, f.External)),
		types.StringValue(f.ID), types.StringValue(f.FloatingIPID), types.StringValue(f.Address), types.StringValue(f.Protocol),
		types.Int64Value(f.External), types.StringValue(f.FixedIP), types.Int64Value(f.Internal), types.StringValue(f.PortID),
		types.StringValue(f.Description)}
}
