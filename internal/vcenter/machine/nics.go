// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"encoding/json"
	"net"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// addNICs joins the recorded NICs with those that the VM has, by MAC, and with what the guest reports. A NIC that was moved to another
// network shows that; one without a device is dropped; one without a record is appended.
func addNICs(s *openstack.Server, vm mo.VirtualMachine, keys map[string]string) {
	s.NICs = plugged(s.NICs, vm.Config.Hardware.Device, s.PowerState == openstack.Active)
	if !s.Recorded {
		s.NICs = named(s.NICs, vm.Config.Hardware.Device, keys)
	}
	addAddresses(s, vm)
}

func plugged(recorded []openstack.NIC, devices []types.BaseVirtualDevice, running bool) []openstack.NIC {
	var out, others []openstack.NIC
	present := map[string]*types.VirtualEthernetCard{}
	for _, device := range devices {
		if card, ok := device.(types.BaseVirtualEthernetCard); ok {
			is := card.GetVirtualEthernetCard()
			mac := strings.ToLower(is.MacAddress)
			present[mac] = is
			if !slices.ContainsFunc(recorded, func(n openstack.NIC) bool { return strings.EqualFold(n.MAC, mac) }) {
				others = append(others, openstack.NIC{NetworkID: networkOf(is.Backing), MAC: mac, Plug: plugOf(is.Backing)})
			}
		}
	}
	for _, nic := range recorded {
		is := present[strings.ToLower(nic.MAC)]
		if is == nil {
			continue
		}
		if plug := plugOf(is.Backing); nic.Plug != "" && plug != nic.Plug {
			nic.Home, nic.NetworkID, nic.Plug = nic.NetworkID, networkOf(is.Backing), plug
		}
		nic.Cut = hardware.Disconnected(is, running)
		out = append(out, nic)
	}
	return append(out, others...)
}

// addAddresses fills in the addresses that were written into the guest, and the others that it reports.
func addAddresses(s *openstack.Server, vm mo.VirtualMachine) {
	for i := range s.NICs {
		nic := &s.NICs[i]
		nic.IPv4, nic.IPv6 = addresses(nic.Fixed)
		if vm.Guest == nil || s.PowerState != openstack.Active {
			continue
		}
		for _, reported := range vm.Guest.Net {
			if strings.EqualFold(reported.MacAddress, nic.MAC) {
				nic.IPv4, nic.IPv6 = addresses(append(slices.Clone(nic.Fixed), without(reported.IpAddress, nic.Fixed)...))
			}
		}
	}
	s.AccessIPv4 = accessAddress(s.NICs, func(n openstack.NIC) []string { return n.IPv4 })
	s.AccessIPv6 = accessAddress(s.NICs, func(n openstack.NIC) []string { return n.IPv6 })
}

// without returns the values that are not among others.
func without(values, others []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return slices.Contains(others, v) })
}

// accessAddress returns the first address of the NIC marked for access, or else of any NIC.
func accessAddress(nics []openstack.NIC, of func(openstack.NIC) []string) string {
	first := ""
	for _, nic := range nics {
		all := of(nic)
		if len(all) > 0 && nic.Access {
			return all[0]
		}
		if len(all) > 0 && first == "" {
			first = all[0]
		}
	}
	return first
}

// plugOf returns what a device names its network by: a portgroup's key, the id of a logical switch or of another opaque network, or a
// name.
func plugOf(backing types.BaseVirtualDeviceBackingInfo) string {
	switch b := backing.(type) {
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		return b.Port.PortgroupKey
	case *types.VirtualEthernetCardNetworkBackingInfo:
		return b.DeviceName
	case *types.VirtualEthernetCardOpaqueNetworkBackingInfo:
		return b.OpaqueNetworkId
	}
	return ""
}

// networkOf returns the id by which Network finds a device's network.
func networkOf(backing types.BaseVirtualDeviceBackingInfo) string {
	if b, ok := backing.(*types.VirtualEthernetCardNetworkBackingInfo); ok && b.Network != nil {
		return b.Network.Value
	}
	return plugOf(backing)
}

// PlugOfNetwork returns what plugOf returns for a device on the network. On a segment that is the logical switch, for the portgroup
// depends on the host.
func PlugOfNetwork(n openstack.Network) string {
	switch n.Kind {
	case openstack.NetworkDistributed:
		return n.PortgroupKey
	case openstack.NetworkOpaque:
		return n.OpaqueID
	case openstack.NetworkSegment:
		return n.LogicalSwitch
	}
	return n.Name
}

// addresses sorts the addresses that a guest reports by family, without loopback and link-local ones, which are of no use elsewhere.
func addresses(reported []string) (v4, v6 []string) {
	for _, text := range reported {
		ip := net.ParseIP(text)
		switch {
		case ip == nil || ip.IsLinkLocalUnicast() || ip.IsLoopback():
		case ip.To4() != nil:
			v4 = append(v4, ip.String())
		default:
			v6 = append(v6, ip.String())
		}
	}
	return v4, v6
}

// NicOf returns the NIC with a MAC, or nil.
func NicOf(nics []openstack.NIC, mac string) *openstack.NIC {
	i := slices.IndexFunc(nics, func(n openstack.NIC) bool { return strings.EqualFold(n.MAC, mac) })
	if i < 0 {
		return nil
	}
	return &nics[i]
}

// RecordedNICs returns the NICs of the record, whether the VM still has them or not.
func RecordedNICs(keys map[string]string) []openstack.NIC {
	var had Record
	_ = json.Unmarshal([]byte(keys[RecordKey]), &had) // InstanceOf has read it before; no record has no NICs
	return had.NICs
}

// NetworkAt returns the network that the device with a MAC is plugged into, as far as the device tells.
func NetworkAt(devices []types.BaseVirtualDevice, mac string) openstack.Network {
	for _, device := range devices {
		card, ok := device.(types.BaseVirtualEthernetCard)
		if !ok || !strings.EqualFold(card.GetVirtualEthernetCard().MacAddress, mac) {
			continue
		}
		switch b := card.GetVirtualEthernetCard().Backing.(type) {
		case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
			return openstack.Network{Kind: openstack.NetworkDistributed, PortgroupKey: b.Port.PortgroupKey, SwitchUUID: b.Port.SwitchUuid}
		case *types.VirtualEthernetCardNetworkBackingInfo:
			return openstack.Network{Kind: openstack.NetworkStandard, Name: b.DeviceName}
		case *types.VirtualEthernetCardOpaqueNetworkBackingInfo:
			return openstack.Network{Kind: openstack.NetworkOpaque, OpaqueID: b.OpaqueNetworkId, OpaqueType: b.OpaqueNetworkType}
		}
	}
	return openstack.Network{Kind: openstack.NetworkStandard}
}

// named gives the NICs of a VM without a record the ports that Nova noted: by their externalId, which Nova writes on NSX, else in the
// order of the devices.
func named(nics []openstack.NIC, devices []types.BaseVirtualDevice, keys map[string]string) []openstack.NIC {
	ports, all := vmspec.NovaPorts(keys), plugged(nil, devices, false)
	rest := slices.Clone(ports)
	for _, nic := range all {
		rest = without(rest, []string{externalID(devices, nic.MAC)})
	}
	for _, nic := range all {
		port := externalID(devices, nic.MAC)
		if !slices.Contains(ports, port) {
			if port = ""; len(rest) > 0 {
				port, rest = rest[0], rest[1:]
			}
		}
		if is := NicOf(nics, nic.MAC); is != nil && is.Port == "" {
			is.Port = port
		}
	}
	return nics
}

// externalID returns the externalId of the NIC with a MAC, which on NSX is the id of its port; empty if it has none.
func externalID(devices []types.BaseVirtualDevice, mac string) string {
	for _, device := range devices {
		card, ok := device.(types.BaseVirtualEthernetCard)
		if ok && strings.EqualFold(card.GetVirtualEthernetCard().MacAddress, mac) {
			return card.GetVirtualEthernetCard().ExternalId
		}
	}
	return ""
}
