// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"net/netip"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// leaseTime is how long a lease lasts, in seconds: Neutron's default.
const leaseTime = 86400

// DHCPServerConfig is the body of the DHCP server of a network (NSX API, DhcpServerConfig). It needs an edge cluster, on which it runs.
type DHCPServerConfig struct {
	DisplayName     string `json:"display_name,omitempty"`
	EdgeClusterPath string `json:"edge_cluster_path"`
	Tags            []Tag  `json:"tags"`
}

// DHCPServerConfig returns the body of a network's DHCP server, whose id is the network's.
func (w Owner) DHCPServerConfig(n openstack.Network, edgeClusterPath string) DHCPServerConfig {
	return DHCPServerConfig{DisplayName: n.Name, EdgeClusterPath: edgeClusterPath, Tags: w.tagsOf(n.ID, ScopeID, scopeNeutronNetwork)}
}

// SegmentDHCPConfig is what the DHCP server of a segment says on one subnet (NSX API, SegmentDhcpV4Config and SegmentDhcpV6Config).
type SegmentDHCPConfig struct {
	ResourceType  string       `json:"resource_type"`
	ServerAddress string       `json:"server_address"` // with the prefix's bits; in use by nobody else
	DNSServers    []string     `json:"dns_servers,omitempty"`
	LeaseTime     int64        `json:"lease_time"` // seconds
	Options       *DHCPOptions `json:"options,omitempty"`
}

// dhcpFields are the fields of SegmentDHCPConfig. Others stay as they are.
var dhcpFields = []string{"resource_type", "server_address", "dns_servers", "lease_time", "options"}

// DHCPOptions are options of DHCP besides those that NSX has fields for (NSX API, DhcpV4Options).
type DHCPOptions struct {
	Option121 ClasslessRoutes `json:"option121"`
}

// ClasslessRoutes are the routes of a guest (RFC 3442).
type ClasslessRoutes struct {
	StaticRoutes []StaticRoute `json:"static_routes"`
}

// StaticRoute is a range and the neighbour through which a guest reaches it (NSX API, ClasslessStaticRoute).
type StaticRoute struct {
	Network string `json:"network"`
	NextHop string `json:"next_hop"`
}

// CheckDHCP refuses a subnet with DHCP that NSX cannot serve.
func CheckDHCP(s openstack.Subnet) error {
	if !s.DHCP {
		return nil
	}
	if s.Gateway == "" {
		return openstack.AttributeErrorf("enable_dhcp", "the subnet %s has no gateway, and the DHCP server of NSX needs one: write gateway_ip, "+
			"or enable_dhcp = false", s.CIDR)
	}
	if err := CheckGateway(s); err != nil {
		return err
	}
	version := sdn.IPVersion(s)
	for _, server := range s.DNS {
		if at, err := netip.ParseAddr(server); err != nil || at.Is4() != (version == 4) {
			return openstack.AttributeErrorf("dns_nameservers", "the DHCP server of NSX tells guests of %s name servers of IPv%d only: remove %s, "+
				"or write enable_dhcp = false", s.CIDR, version, server)
		}
	}
	if routes := sdn.LeaseOf(s, "").Routes; version == 6 && len(routes) > 0 {
		return openstack.AttributeErrorf("host_route", "DHCP for IPv6 has no routes, so guests would never learn the one to %s: remove it, or "+
			"write enable_dhcp = false", routes[0].Destination)
	}
	return nil
}

// checkServer refuses an address that the DHCP server of a subnet cannot have.
func checkServer(s openstack.Subnet, server string) error {
	at, err := netip.ParseAddr(server)
	prefix, _ := netip.ParsePrefix(s.CIDR) // CheckGateway has parsed it
	switch {
	case err != nil:
		return openstack.AttributeErrorf("enable_dhcp", "%q is no IP address for the DHCP server", server)
	case !prefix.Contains(at):
		return openstack.AttributeErrorf("enable_dhcp", "the DHCP server's address %s lies outside the subnet %s", at, prefix)
	case server == s.Gateway:
		return openstack.AttributeErrorf("enable_dhcp", "the DHCP server of the subnet %s cannot have the gateway's address %s", prefix, at)
	}
	return nil
}

// dhcpConfig returns what the DHCP server of a subnet says.
func dhcpConfig(s openstack.Subnet, server string) SegmentDHCPConfig {
	config := SegmentDHCPConfig{ResourceType: "SegmentDhcpV6Config", ServerAddress: withBits(server, s.CIDR), DNSServers: s.DNS,
		LeaseTime: leaseTime}
	if sdn.IPVersion(s) == 4 {
		config.ResourceType, config.Options = "SegmentDhcpV4Config", routesOption(s)
	}
	return config
}

// routesOption returns the option with a subnet's routes, nil where it has none. A guest that gets it ignores the gateway of the lease (RFC
// 3442), so the default route is among them.
func routesOption(s openstack.Subnet) *DHCPOptions {
	routes := sdn.LeaseOf(s, "").Routes
	if len(routes) == 0 {
		return nil
	}
	var out []StaticRoute
	for _, r := range routes {
		out = append(out, StaticRoute{Network: r.Destination, NextHop: r.NextHop})
	}
	if s.Gateway != "" {
		out = append(out, StaticRoute{Network: "0.0.0.0/0", NextHop: s.Gateway})
	}
	return &DHCPOptions{Option121: ClasslessRoutes{StaticRoutes: out}}
}
