// SPDX-License-Identifier: MPL-2.0

package base

import (
	"slices"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// NICs are the network cards of a machine, in the order of their keys.
func NICs(vm *mo.VirtualMachine) []*types.VirtualEthernetCard {
	var cards []*types.VirtualEthernetCard
	for _, d := range object.VirtualDeviceList(vm.Config.Hardware.Device) {
		if c, ok := d.(types.BaseVirtualEthernetCard); ok {
			cards = append(cards, c.GetVirtualEthernetCard())
		}
	}
	slices.SortStableFunc(cards, func(a, b *types.VirtualEthernetCard) int { return int(a.Key - b.Key) })
	return cards
}
