// SPDX-License-Identifier: MPL-2.0

package guests

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// nic is what the guest says of one of its interfaces, and the addresses it has there.
func (g *Guests) nic(vm types.ManagedObjectReference, i int, c *types.VirtualEthernetCard, told metadata) (types.GuestNicInfo, []string) {
	id := nicID{vm, c.Key}
	n := types.GuestNicInfo{
		Network: g.networkName(c), MacAddress: strings.ToLower(c.MacAddress), DeviceConfigId: c.Key,
		Connected: c.Connectable == nil || c.Connectable.Connected,
	}
	var addresses []string
	switch e := told.ethernet(i, c.MacAddress); {
	case !n.Connected:
	case e != nil:
		addresses = e.Addresses
		if len(e.Nameservers.Addresses) > 0 {
			n.DnsConfig = &types.NetDnsConfigInfo{
				HostName: told.hostname, IpAddress: e.Nameservers.Addresses, SearchDomain: e.Nameservers.Search,
			}
		}
		if e.DHCP4 {
			addresses = append(slices.Clip(addresses), g.lease(id, NetworkKey(c))...)
		}
	case told.configured: // a network configuration that leaves this NIC out
	case g.remembered(id) != nil:
		s := g.remembered(id)
		addresses = s.addresses
		if s.asks {
			addresses = append(slices.Clip(addresses), g.lease(id, NetworkKey(c))...)
		}
		if len(s.dns)+len(s.search) > 0 {
			n.DnsConfig = &types.NetDnsConfigInfo{HostName: g.hostName(vm), IpAddress: s.dns, SearchDomain: s.search}
		}
	default:
		addresses = g.lease(id, NetworkKey(c))
	}
	return n, addresses
}

// withAddresses is an interface with its addresses.
func withAddresses(n types.GuestNicInfo, addresses []string) types.GuestNicInfo {
	for _, a := range addresses {
		address, prefix := splitPrefix(a)
		n.IpAddress = append(n.IpAddress, address)
		if n.IpConfig == nil {
			n.IpConfig = &types.NetIpConfigInfo{}
		}
		n.IpConfig.IpAddress = append(n.IpConfig.IpAddress, types.NetIpConfigInfoIpAddress{
			IpAddress: address, PrefixLength: prefix, State: string(types.NetIpConfigInfoIpAddressStatusPreferred),
		})
	}
	return n
}

// splitPrefix gives an address and the length of its prefix, 0 if it has none.
func splitPrefix(address string) (string, int32) {
	if p, err := netip.ParsePrefix(address); err == nil {
		return p.Addr().String(), int32(p.Bits())
	}
	return address, 0
}

func (g *Guests) networkName(c *types.VirtualEthernetCard) string {
	key := NetworkKey(c)
	ref := types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: key}
	if pg, ok := g.Registry.Get(ref).(*simulator.DistributedVirtualPortgroup); ok {
		return pg.Name
	}
	return key
}

// NetworkKey is the key of the portgroup that a NIC is plugged into, or the name of its network; empty for any other backing.
func NetworkKey(c *types.VirtualEthernetCard) string {
	switch b := c.Backing.(type) {
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		return b.Port.PortgroupKey
	case *types.VirtualEthernetCardNetworkBackingInfo:
		return b.DeviceName
	}
	return ""
}
