// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// SegmentSubnet is the entry of a subnet in its segment's list of subnets (NSX API, SegmentSubnet). Only a subnet that a router routes or
// that NSX serves DHCP on has one, and a segment has at most one of each IP version.
type SegmentSubnet struct {
	GatewayAddress string             `json:"gateway_address"` // the gateway's address, with the prefix's bits
	DHCPConfig     *SegmentDHCPConfig `json:"dhcp_config,omitempty"`
}

// CheckGateway refuses a subnet that a segment cannot have an entry for: one without a gateway, or whose gateway NSX does not take.
func CheckGateway(s openstack.Subnet) error {
	prefix, err := netip.ParsePrefix(s.CIDR)
	if err != nil {
		return openstack.AttributeErrorf("cidr", "%q is not a range of addresses", s.CIDR)
	}
	gateway, err := netip.ParseAddr(s.Gateway)
	switch {
	case s.Gateway == "":
		return openstack.AttributeErrorf("gateway_ip", "the subnet %s has no gateway, and NSX knows a subnet by its gateway's address: write "+
			"gateway_ip, or do without enable_dhcp and routers", prefix)
	case err != nil:
		return openstack.AttributeErrorf("gateway_ip", "%q is not an IP address", s.Gateway)
	case !prefix.Contains(gateway):
		return openstack.AttributeErrorf("gateway_ip", "%s lies outside the subnet %s, and NSX takes no such gateway: write an address of the "+
			"subnet", gateway, prefix)
	case gateway == prefix.Masked().Addr():
		return openstack.AttributeErrorf("gateway_ip", "%s is the address of the network %s itself, which NSX does not take for a gateway: "+
			"write another address of the subnet", gateway, prefix)
	}
	return nil
}

// CheckOnlyOne refuses a subnet that would be the second of its IP version with an entry in the segment. served are the subnets of its
// network that are routed or have DHCP.
func CheckOnlyOne(s openstack.Subnet, served []openstack.Subnet) error {
	for _, other := range served {
		if sdn.IPVersion(other) == sdn.IPVersion(s) && (other.ID == "" || other.ID != s.ID) {
			return openstack.AttributeErrorf("network_id", "the network has a subnet of IPv%d already that is routed or has DHCP: %s. A segment "+
				"of NSX has one of each IP version: put %s on a network of its own, or leave it without enable_dhcp and routers",
				sdn.IPVersion(s), label(other.CIDR, other.ID), s.CIDR)
		}
	}
	return nil
}

// SegmentSubnetOf returns the entry of a subnet. server is the address of its DHCP server, empty where the subnet has none.
func SegmentSubnetOf(s openstack.Subnet, server string) (SegmentSubnet, error) {
	if err := CheckGateway(s); err != nil {
		return SegmentSubnet{}, err
	}
	entry := SegmentSubnet{GatewayAddress: withBits(s.Gateway, s.CIDR)}
	if server == "" {
		return entry, nil
	}
	if err := checkServer(s, server); err != nil {
		return SegmentSubnet{}, err
	}
	config := dhcpConfig(s, server)
	entry.DHCPConfig = &config
	return entry, nil
}

// withBits returns an address with the bits of a CIDR, as in 10.0.0.1/24.
func withBits(address, cidr string) string {
	at, err1 := netip.ParseAddr(address)
	prefix, err2 := netip.ParsePrefix(cidr)
	if err1 != nil || err2 != nil {
		return address
	}
	return netip.PrefixFrom(at, prefix.Bits()).String()
}

// rangeOf returns the range of an entry, which NSX computes of the gateway's address; invalid where it cannot be read.
func (o Object) rangeOf() netip.Prefix {
	prefix, err := netip.ParsePrefix(o.text("gateway_address"))
	if err != nil {
		prefix, _ = netip.ParsePrefix(o.text("network"))
	}
	return prefix.Masked()
}

// MergeSubnet puts the entry of a subnet into its segment as it was read, and leaves the other entries. server is the path of the DHCP
// server configuration that serves the network, where an entry has DHCP. It refuses a segment of somebody else, and an entry of the same IP
// version that is another subnet's.
func (w Owner) MergeSubnet(o Object, entry SegmentSubnet, server string) (changed bool, err error) {
	if err := w.mayChange("network", o); err != nil {
		return false, err
	}
	prefix, err := netip.ParsePrefix(entry.GatewayAddress)
	if err != nil {
		return false, fmt.Errorf("%q is no address of a gateway with its bits", entry.GatewayAddress)
	}
	prefix = prefix.Masked()
	entries := o.objects("subnets")
	at := -1
	for i, e := range entries {
		switch other := e.rangeOf(); {
		case other == prefix:
			at = i
		case other.IsValid() && other.Addr().Is4() == prefix.Addr().Is4():
			return false, openstack.AttributeErrorf("network_id", "the segment %s has the subnet %s in NSX, and can have one subnet of each IP "+
				"version that is routed or has DHCP: %s is the second. Put it on a network of its own", label(o.Name(), o.ID()), other, prefix)
		}
	}
	if at < 0 {
		entries, at = append(entries, Object{}), len(entries)
	}
	changed = entries[at].set(entry, "gateway_address")
	if entry.DHCPConfig == nil {
		changed = entries[at].set(Object{}, "dhcp_config") || changed
	} else {
		changed = entries[at].setWithin("dhcp_config", *entry.DHCPConfig, dhcpFields...) || changed
	}
	return o.setSubnets(entries, changed, server), nil
}

// RemoveSubnet takes the entry of a subnet out of its segment as it was read, and leaves the other entries.
func (w Owner) RemoveSubnet(o Object, cidr string) (changed bool, err error) {
	prefix, err := netip.ParsePrefix(cidr)
	if err != nil {
		return false, fmt.Errorf("%q is not a range of addresses", cidr)
	}
	entries := o.objects("subnets")
	had := len(entries)
	left := slices.DeleteFunc(entries, func(e Object) bool { return e.rangeOf() == prefix.Masked() })
	if len(left) == had {
		return false, nil
	}
	if err := w.mayChange("network", o); err != nil {
		return false, err
	}
	return o.setSubnets(left, true, o.text("dhcp_config_path")), nil
}

// setSubnets sets a segment's list of subnets, and names its DHCP server configuration as long as any of them has DHCP.
func (o Object) setSubnets(entries []Object, changed bool, server string) bool {
	served := slices.ContainsFunc(entries, func(e Object) bool { return e.object("dhcp_config") != nil })
	if changed {
		o.set(map[string]any{"subnets": entries}, "subnets")
	}
	if !served {
		server = ""
	}
	return o.set(map[string]any{"dhcp_config_path": server}, "dhcp_config_path") || changed
}
