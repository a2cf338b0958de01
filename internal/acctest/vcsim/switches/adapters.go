// SPDX-License-Identifier: MPL-2.0

package switches

import (
	"fmt"
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// HostAdapters is how many physical adapters an ESX host has. The first carries the management, on a standard switch.
const HostAdapters = 4

// AdapterKey begins the key of a physical adapter; the name of its device follows.
const AdapterKey = "key-vim.host.PhysicalNic-"

// AddAdapters gives a host as many adapters as every host has; the simulator's have two. The template's list is shared, and stays.
func AddAdapters(h *simulator.HostSystem) {
	network := h.Config.Network
	for i := len(network.Pnic); i < HostAdapters; i++ {
		pnic := network.Pnic[len(network.Pnic)-1]
		pnic.Device = fmt.Sprintf("vmnic%d", i)
		pnic.Key, pnic.Pci, pnic.Mac = AdapterKey+pnic.Device, fmt.Sprintf("0000:0%d:00.0", i+2), fmt.Sprintf("00:0c:29:00:00:%02x", i)
		network.Pnic = append(slices.Clone(network.Pnic), pnic)
	}
}

// checkAdapter is the fault where a host has no such adapter, or another switch has it.
func checkAdapter(host *simulator.HostSystem, dvs, device string) types.BaseMethodFault {
	network := host.Config.Network
	if !slices.ContainsFunc(network.Pnic, func(p types.PhysicalNic) bool { return p.Device == device }) {
		return &types.InvalidArgument{InvalidProperty: "spec.host.backing.pnicSpec.pnicDevice"}
	}
	for _, standard := range network.Vswitch {
		if slices.Contains(standard.Pnic, AdapterKey+device) {
			return &types.ResourceInUse{Type: "PhysicalNic", Name: device}
		}
	}
	for _, proxy := range network.ProxySwitch {
		if proxy.DvsUuid != dvs && slices.Contains(proxy.Pnic, AdapterKey+device) {
			return &types.ResourceInUse{Type: "PhysicalNic", Name: device}
		}
	}
	return nil
}

func uplinksOf(member types.DistributedVirtualSwitchHostMemberConfigSpec) (devices []string) {
	if backing, ok := member.Backing.(*types.DistributedVirtualSwitchHostMemberPnicBacking); ok {
		for _, pnic := range backing.PnicSpec {
			devices = append(devices, pnic.PnicDevice)
		}
	}
	return devices
}
