package vmspec

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// Disconnected says that somebody has taken the link from a NIC. Of a machine that does not run only what it starts with is known. A port
// that is down (admin_state_up = false) is blocked on the switch, and its NIC is connected.
func Disconnected(card *types.VirtualEthernetCard, running bool) bool {
	c := card.Connectable
	return c != nil && (!c.StartConnected || running && !c.Connected)
}

// Reconnect adds to device changes that the NICs with some MACs are connected again. A machine that does not run connects them when it
// starts.
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
			at, changes = len(changes), append(changes, edit(asDevice(copyOf(card))))
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
