// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// Interface is the body of a router's interface on a VLAN segment (NSX API, Tier1Interface). On an overlay segment it has none: the segment
// names its router.
type Interface struct {
	SegmentPath string            `json:"segment_path"`
	Subnets     []InterfaceSubnet `json:"subnets"`
	Tags        []policy.Tag      `json:"tags"`
}

// InterfaceSubnet is the addresses of an interface in one subnet (NSX API, InterfaceSubnet).
type InterfaceSubnet struct {
	IPAddresses []string `json:"ip_addresses"`
	PrefixLen   int      `json:"prefix_len"`
}

// CheckInterface refuses a router's interface that NSX cannot have. subnets are those that it is on.
func CheckInterface(r openstack.Router, i openstack.RouterInterface, n openstack.Network, subnets []openstack.Subnet) error {
	if !n.Overlay {
		if r.ExternalNetworkID == "" {
			return openstack.AttributeErrorf("router_id", "the network %s is a VLAN, on which a router of NSX has an interface only where it runs "+
				"on an edge cluster: let the router have an external_network_id, or write network_type = \"geneve\"", n.ID)
		}
		return nil
	}
	for _, s := range subnets {
		if err := policy.CheckGateway(s); err != nil {
			return err
		}
		at := slices.IndexFunc(i.FixedIPs, func(ip openstack.FixedIP) bool { return ip.SubnetID == s.ID && !isGateway(ip.Address, s) })
		if at >= 0 {
			return openstack.AttributeErrorf("port_id", "a router of NSX has the address of the gateway on an overlay network, %s in the subnet "+
				"%s, and the port has %s: write subnet_id, or a port with that address", s.Gateway, s.CIDR, i.FixedIPs[at].Address)
		}
	}
	return nil
}

// isGateway reports whether an address is a subnet's gateway, or is not chosen yet.
func isGateway(address string, s openstack.Subnet) bool {
	return address == "" || sdn.NormalAddress(address) == sdn.NormalAddress(s.Gateway)
}

// InterfaceOf returns the body of a router's interface on a VLAN segment, whose id is the segment's. subnets are those that it is on.
func InterfaceOf(w policy.Owner, root policy.Root, i openstack.RouterInterface, subnets []openstack.Subnet) (Interface, error) {
	body := Interface{SegmentPath: root.Segment(i.NetworkID), Tags: w.Tags(i.NetworkID, "")}
	for _, s := range subnets {
		prefix, err := netip.ParsePrefix(s.CIDR)
		if err != nil {
			return Interface{}, openstack.AttributeErrorf("subnet_id", "%q is not a range of addresses", s.CIDR)
		}
		var addresses []string
		for _, ip := range i.FixedIPs {
			if ip.SubnetID == s.ID {
				addresses = append(addresses, sdn.NormalAddress(ip.Address))
			}
		}
		if len(i.FixedIPs) == 0 && s.Gateway != "" {
			addresses = []string{sdn.NormalAddress(s.Gateway)}
		}
		if len(addresses) == 0 {
			return Interface{}, openstack.AttributeErrorf("subnet_id", "the subnet %s has no gateway whose address the router could have: write "+
				"gateway_ip, or give the router a port", s.CIDR)
		}
		body.Subnets = append(body.Subnets, InterfaceSubnet{addresses, prefix.Bits()})
	}
	return body, nil
}

// MergeInterface changes a router's interface on a VLAN segment as it was read. It refuses one that somebody else made, and reports whether
// anything differed.
func MergeInterface(w policy.Owner, o policy.Object, i Interface) (changed bool, err error) {
	return w.Merge("router interface", o, i, i.Tags, "segment_path", "subnets")
}

// Connect makes an overlay segment as it was read one of a router's. A segment has one router. It refuses a segment that somebody else
// made, and reports whether anything differed.
func Connect(w policy.Owner, root policy.Root, o policy.Object, router string) (changed bool, err error) {
	if err := w.MayChange("network", o); err != nil {
		return false, err
	}
	path := RouterPath(root, router)
	if other := o.Text("connectivity_path"); other != "" && other != path {
		return false, openstack.AttributeErrorf("router_id", "the network %s is on the router %s already, and NSX allows one on an overlay "+
			"network: take it off that one, or put a network of its own on this one", o.Label(), routerIn(other))
	}
	return o.Set(map[string]any{"connectivity_path": path}, "connectivity_path"), nil
}

// Disconnect takes an overlay segment as it was read off a router. One of another router stays. It refuses a segment that somebody else
// made, and reports whether anything differed.
func Disconnect(w policy.Owner, root policy.Root, o policy.Object, router string) (changed bool, err error) {
	if o.Text("connectivity_path") != RouterPath(root, router) {
		return false, nil
	}
	if err := w.MayChange("network", o); err != nil {
		return false, err
	}
	return o.Set(map[string]any{}, "connectivity_path"), nil
}

// routerIn returns the id of the gateway at the end of a path.
func routerIn(path string) string { return path[strings.LastIndex(path, "/")+1:] }
