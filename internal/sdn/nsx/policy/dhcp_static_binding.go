// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// StaticBinding is the body of the address that the DHCP server of a segment gives to a MAC (NSX API, DhcpV4StaticBindingConfig and
// DhcpV6StaticBindingConfig).
type StaticBinding struct {
	ID             string       `json:"id"` // the port's, with the IP version
	ResourceType   string       `json:"resource_type"`
	MACAddress     string       `json:"mac_address"`
	IPAddress      string       `json:"ip_address,omitempty"`   // IPv4
	IPAddresses    []string     `json:"ip_addresses,omitempty"` // IPv6
	GatewayAddress string       `json:"gateway_address,omitempty"`
	HostName       string       `json:"host_name,omitempty"`
	DNSServers     []string     `json:"dns_nameservers,omitempty"` // IPv6: for IPv4 the subnet has them
	LeaseTime      int64        `json:"lease_time"`                // seconds
	Options        *DHCPOptions `json:"options,omitempty"`
	Tags           []Tag        `json:"tags"`
}

// bindingFields are the fields of StaticBinding that a change sets, besides the tags.
var bindingFields = []string{"mac_address", "ip_address", "ip_addresses", "gateway_address", "host_name", "dns_nameservers", "lease_time",
	"options"}

// StaticBindings returns the static bindings of a port: one for its first address of each IP version on a subnet with DHCP. A guest that
// makes its own address gets none.
func (w Owner) StaticBindings(p openstack.Port, subnets []openstack.Subnet) (out []StaticBinding) {
	given := map[int64]bool{}
	for _, ip := range p.FixedIPs {
		at := slices.IndexFunc(subnets, func(s openstack.Subnet) bool { return s.ID == ip.SubnetID })
		if at < 0 || !subnets[at].DHCP || sdn.FromMAC(subnets[at]) || given[sdn.IPVersion(subnets[at])] {
			continue
		}
		given[sdn.IPVersion(subnets[at])] = true
		out = append(out, w.staticBinding(p, ip.Address, subnets[at]))
	}
	return out
}

func (w Owner) staticBinding(p openstack.Port, address string, s openstack.Subnet) StaticBinding {
	b := StaticBinding{MACAddress: p.MAC, LeaseTime: leaseTime, Tags: w.tagsOf(p.ID, ScopePort, scopeNeutronPort)}
	if sdn.IPVersion(s) == 6 {
		b.ID, b.ResourceType = p.ID+v6Suffix, "DhcpV6StaticBindingConfig"
		b.IPAddresses, b.DNSServers = []string{address}, s.DNS
		return b
	}
	b.ID, b.ResourceType = p.ID+v4Suffix, "DhcpV4StaticBindingConfig"
	b.IPAddress, b.GatewayAddress, b.Options = address, s.Gateway, routesOption(s)
	b.HostName = cmp.Or(p.DNSName, "host-"+strings.ReplaceAll(address, ".", "-")) // as Neutron names a guest without a name
	return b
}

// MergeStaticBinding changes a static binding as it was read. It refuses one that somebody else made.
func (w Owner) MergeStaticBinding(o Object, b StaticBinding) (changed bool, err error) {
	if err := w.mayChange("DHCP static binding", o); err != nil {
		return false, err
	}
	retagged, err := o.setTags(b.Tags)
	if err != nil {
		return false, err
	}
	return o.set(b, bindingFields...) || retagged, nil
}
