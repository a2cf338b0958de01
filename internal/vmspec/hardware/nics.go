// SPDX-License-Identifier: MPL-2.0

package hardware

import (
	"reflect"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// AsDevice returns a NIC as a device: every type of NIC in the vSphere API is one.
func AsDevice(card types.BaseVirtualEthernetCard) types.BaseVirtualDevice {
	device, _ := card.(types.BaseVirtualDevice)
	return device
}

// Unplug removes the NICs that have one of the MACs.
func Unplug(devices []types.BaseVirtualDevice, macs ...string) (out []types.BaseVirtualDeviceConfigSpec) {
	for _, device := range devices {
		card, ok := device.(types.BaseVirtualEthernetCard)
		if ok && slices.ContainsFunc(macs, func(mac string) bool { return strings.EqualFold(mac, card.GetVirtualEthernetCard().MacAddress) }) {
			out = append(out, Remove(device))
		}
	}
	return out
}

// CopyOf copies a NIC, so that a change does not alter the configuration that was read.
func CopyOf(card types.BaseVirtualEthernetCard) types.BaseVirtualEthernetCard {
	target := reflect.New(reflect.TypeOf(card).Elem())
	target.Elem().Set(reflect.ValueOf(card).Elem())
	out, _ := target.Interface().(types.BaseVirtualEthernetCard)
	return out
}

// Disconnected reports whether a NIC's link was taken away in vSphere. A VM that is off shows only how it will start. A port that is down
// (admin_state_up = false) is blocked on the switch, and its NIC stays connected.
func Disconnected(card *types.VirtualEthernetCard, running bool) bool {
	c := card.Connectable
	return c != nil && (!c.StartConnected || running && !c.Connected)
}

// Reconnect adds the reconnection of the NICs with these MACs to device changes. A VM that is off connects them when it starts.
func Reconnect(have []types.BaseVirtualDevice, changes []types.BaseVirtualDeviceConfigSpec, macs []string,
	running bool) []types.BaseVirtualDeviceConfigSpec {
	for _, device := range have {
		card, ok := device.(types.BaseVirtualEthernetCard)
		if !ok || !slices.ContainsFunc(macs, func(mac string) bool { return strings.EqualFold(mac, card.GetVirtualEthernetCard().MacAddress) }) {
			continue
		}
		key := device.GetVirtualDevice().Key
		at := slices.IndexFunc(changes, func(c types.BaseVirtualDeviceConfigSpec) bool {
			return c.GetVirtualDeviceConfigSpec().Device.GetVirtualDevice().Key == key
		})
		if at < 0 {
			at, changes = len(changes), append(changes, Edit(AsDevice(CopyOf(card))))
		}
		changed := changes[at].GetVirtualDeviceConfigSpec()
		if changed.Operation != types.VirtualDeviceConfigSpecOperationEdit {
			continue
		}
		link := types.VirtualDeviceConnectInfo{AllowGuestControl: true}
		if is := device.GetVirtualDevice().Connectable; is != nil {
			link = *is
		}
		if link.StartConnected = true; running {
			link.Connected = true
		}
		changed.Device.GetVirtualDevice().Connectable = &link
	}
	return changes
}

// SamePlug reports whether two backings are on the same network. It ignores the port, which the switch assigns.
func SamePlug(have, want types.BaseVirtualDeviceBackingInfo) bool {
	switch w := want.(type) {
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		h, ok := have.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo)
		return ok && h.Port.PortgroupKey == w.Port.PortgroupKey
	case *types.VirtualEthernetCardNetworkBackingInfo:
		h, ok := have.(*types.VirtualEthernetCardNetworkBackingInfo)
		return ok && h.DeviceName == w.DeviceName
	case *types.VirtualEthernetCardOpaqueNetworkBackingInfo:
		h, ok := have.(*types.VirtualEthernetCardOpaqueNetworkBackingInfo)
		return ok && h.OpaqueNetworkId == w.OpaqueNetworkId
	}
	return true
}

// Substituted returns wished-for NICs with the backings that vCenter has put in the place of the logical switches that they name. shows
// reports whether a portgroup, named by its key, is on a logical switch.
func Substituted(have []types.BaseVirtualDevice, want []types.BaseVirtualDeviceConfigSpec,
	shows func(portgroup, logicalSwitch string) bool) []types.BaseVirtualDeviceConfigSpec {
	out := slices.Clone(want)
	for i, change := range want {
		spec := *change.GetVirtualDeviceConfigSpec()
		card, ok := spec.Device.(types.BaseVirtualEthernetCard)
		if !ok {
			continue
		}
		wish := card.GetVirtualEthernetCard()
		named, opaque := wish.Backing.(*types.VirtualEthernetCardOpaqueNetworkBackingInfo)
		is := backingOf(have, wish.MacAddress)
		if at, ok := is.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo); !ok || !opaque ||
			!shows(at.Port.PortgroupKey, named.OpaqueNetworkId) {
			continue
		}
		copied := CopyOf(card)
		copied.GetVirtualEthernetCard().Backing = is
		spec.Device, out[i] = AsDevice(copied), &spec
	}
	return out
}

// backingOf returns the backing of the NIC with a MAC, or nil.
func backingOf(have []types.BaseVirtualDevice, mac string) types.BaseVirtualDeviceBackingInfo {
	for _, device := range have {
		if card, ok := device.(types.BaseVirtualEthernetCard); ok && strings.EqualFold(card.GetVirtualEthernetCard().MacAddress, mac) {
			return card.GetVirtualEthernetCard().Backing
		}
	}
	return nil
}

// ToLogicalSwitch changes a NIC to a logical switch, by whichever portgroup the host has. It keeps its externalId, and so its port.
func ToLogicalSwitch(card types.BaseVirtualEthernetCard, logicalSwitch string) types.BaseVirtualDeviceConfigSpec {
	changed := CopyOf(card)
	changed.GetVirtualEthernetCard().Backing = &types.VirtualEthernetCardOpaqueNetworkBackingInfo{OpaqueNetworkId: logicalSwitch,
		OpaqueNetworkType: openstack.LogicalSwitchType}
	return Edit(AsDevice(changed))
}
