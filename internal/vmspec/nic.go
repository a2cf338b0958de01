// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

const (
	defaultNICType = "e1000" // as in Nova
	firstNICKey    = -47     // Nova numbers new NICs downwards from this key
)

// nicTypes are the models that Nova knows, in lower case and without the prefix "Virtual", which comparing ignores.
var nicTypes = map[string]func() types.BaseVirtualEthernetCard{
	"e1000":             func() types.BaseVirtualEthernetCard { return &types.VirtualE1000{} },
	"e1000e":            func() types.BaseVirtualEthernetCard { return &types.VirtualE1000e{} },
	"pcnet":             func() types.BaseVirtualEthernetCard { return &types.VirtualPCNet32{} },
	"pcnet32":           func() types.BaseVirtualEthernetCard { return &types.VirtualPCNet32{} },
	"sriov":             func() types.BaseVirtualEthernetCard { return &types.VirtualSriovEthernetCard{} },
	"sriovethernetcard": func() types.BaseVirtualEthernetCard { return &types.VirtualSriovEthernetCard{} },
	"vmxnet":            func() types.BaseVirtualEthernetCard { return &types.VirtualVmxnet{} },
	"vmxnet3":           func() types.BaseVirtualEthernetCard { return &types.VirtualVmxnet3{} },
}

func nicModels() []string { return slices.Sorted(maps.Keys(nicTypes)) }

// setNICType records an unknown model, which is refused only where an instance has a NIC, as in Nova.
func setNICType(b *builder, value string, _ bool) error {
	if b.nicType = strings.TrimPrefix(strings.ToLower(value), "virtual"); nicTypes[b.nicType] == nil {
		b.nicFault = fmt.Errorf("%q is not a NIC that vSphere has: write one of %s", value, strings.Join(nicModels(), ", "))
	}
	if b.nics == 0 {
		return nil
	}
	return b.nicFault
}

// checkNICs refuses NICs of an unknown model.
func (b *builder) checkNICs(nics []NIC) error {
	if b.nicFault == nil || len(nics) == 0 {
		return nil
	}
	return wrongProperty("the image's property hw_vif_model: %w", b.nicFault)
}

// card returns the device of one NIC. We choose its MAC, so that the guest's configuration can name it before the VM exists.
func (b *builder) card(index int, nic NIC) (types.BaseVirtualDevice, error) {
	backing, err := backing(nic.Network)
	if err != nil {
		return nil, err
	}
	device := nicTypes[b.nicType]()
	card := device.GetVirtualEthernetCard()
	card.Key = int32(firstNICKey - index)
	card.AddressType = string(types.VirtualEthernetCardMacTypeManual)
	card.MacAddress = nic.MAC
	card.WakeOnLanEnabled = types.NewBool(true)
	card.Connectable = &types.VirtualDeviceConnectInfo{StartConnected: true, AllowGuestControl: true, Connected: true}
	if port, ok := backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo); ok && nic.Network.Kind != openstack.NetworkSegment {
		port.Port.PortKey = nic.SwitchPort
	}
	card.Backing = backing
	if b.nicTraffic != unlimited() { // left out when unlimited, like Nova, because not every switch supports it
		card.ResourceAllocation = b.nicTraffic.traffic()
	}
	switch nic.Network.Kind { // NSX finds the port by it
	case openstack.NetworkOpaque:
		card.ExternalId = nic.Port
	case openstack.NetworkSegment:
		card.ExternalId = nic.Attachment
	}
	return hardware.AsDevice(device), nil
}

// backing returns what a device names a network by. A segment is named by its logical switch while the machine has no host, as in Nova:
// vCenter replaces that by the portgroup of the host's switch. Where the host is known, it is that portgroup, without a port, which NSX
// chooses.
func backing(n openstack.Network) (types.BaseVirtualDeviceBackingInfo, error) {
	switch n.Kind {
	case openstack.NetworkSegment:
		if n.PortgroupKey == "" {
			return &types.VirtualEthernetCardOpaqueNetworkBackingInfo{OpaqueNetworkId: n.LogicalSwitch,
				OpaqueNetworkType: openstack.LogicalSwitchType}, nil
		}
		fallthrough
	case openstack.NetworkDistributed:
		return &types.VirtualEthernetCardDistributedVirtualPortBackingInfo{
			Port: types.DistributedVirtualSwitchPortConnection{SwitchUuid: n.SwitchUUID, PortgroupKey: n.PortgroupKey},
		}, nil
	case openstack.NetworkStandard:
		return &types.VirtualEthernetCardNetworkBackingInfo{
			VirtualDeviceDeviceBackingInfo: types.VirtualDeviceDeviceBackingInfo{DeviceName: n.Name},
		}, nil
	case openstack.NetworkOpaque:
		return &types.VirtualEthernetCardOpaqueNetworkBackingInfo{OpaqueNetworkId: n.OpaqueID, OpaqueNetworkType: n.OpaqueType}, nil
	}
	return nil, openstack.AttributeErrorf("network", "%s is of a kind (%q) that no NIC can be plugged into", n.Name, n.Kind)
}
