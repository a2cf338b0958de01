// SPDX-License-Identifier: MPL-2.0

package hardware

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/vmware/govmomi/vim25/types"
)

// Pluggable is where a VM can get more disks. A running VM gets none on IDE, which no ESX host takes, nor on SATA. A disk never comes
// before the root disk in the order of controllers and units, in which the root disk is found.
type Pluggable struct {
	slots   Slots
	root    *types.VirtualDisk // nil: the VM has no disk yet
	devices []types.BaseVirtualDevice
	running bool
}

// PluggableOf returns where a VM with a hardware version, which runs or not, can get more disks.
func PluggableOf(devices []types.BaseVirtualDevice, version string, running bool) Pluggable {
	return Pluggable{SlotsOf(devices, version), RootDisk(devices), devices, running}
}

// BeforeAll returns the places for the root disk of a VM that has none yet, which come before those of its other disks.
func (p Pluggable) BeforeAll() Pluggable {
	p.root = nil
	return p
}

// Next returns the next free place, with the key of its controller: on the root disk's controller while it has room, then on others of its
// kind by their buses, then on those of other kinds. Controllers that are known to be full are left out.
func (p Pluggable) Next(full []int32) (at Place, key int32, ok bool) {
	for _, key := range p.controllers() {
		if slices.Contains(full, key) {
			continue
		}
		if free := p.free(key); len(free) > 0 {
			return free[0], key, true
		}
	}
	return Place{}, 0, false
}

// Free counts the free places on the controllers that the VM has.
func (p Pluggable) Free() (count int) {
	for _, key := range p.controllers() {
		count += len(p.free(key))
	}
	return count
}

// Addable counts the places on the controllers that the VM may still get.
func (p Pluggable) Addable() int {
	like, bus := p.like()
	if like == nil {
		return 0
	}
	units := p.slots.units[like.GetVirtualDevice().Key]
	if kind, _ := kindOf(like); kind == "scsi" {
		units--
	}
	count := 0
	for kind, _ := kindOf(like); bus < MostOfKind; bus++ {
		if p.slots.KeyOf(Place{Kind: kind, Bus: bus}) == 0 {
			count += int(units)
		}
	}
	return count
}

// Controller returns another controller of the type of the root disk's, to be added to the VM; nil where the VM may have no more of them.
func (p Pluggable) Controller() types.BaseVirtualDevice {
	like, bus := p.like()
	if like == nil {
		return nil
	}
	made, ok := reflect.New(reflect.TypeOf(like).Elem()).Interface().(types.BaseVirtualDevice)
	if !ok {
		return nil
	}
	made.GetVirtualDevice().Key = ControllerKey
	switch c := made.(type) {
	case types.BaseVirtualSCSIController:
		c.GetVirtualSCSIController().BusNumber = bus
		c.GetVirtualSCSIController().SharedBus = types.VirtualSCSISharingNoSharing
	case types.BaseVirtualController:
		c.GetVirtualController().BusNumber = bus
	}
	return made
}

// RootKind returns the kind of the root disk's controller; empty: the VM has no root disk on one.
func (p Pluggable) RootKind() string {
	if p.root == nil {
		return ""
	}
	return p.slots.Controllers[p.root.ControllerKey].Kind
}

// controllers are the keys of the controllers that may take a disk, in the order in which they are chosen.
func (p Pluggable) controllers() (keys []int32) {
	for key, at := range p.slots.Controllers {
		if p.takes(at.Kind) {
			keys = append(keys, key)
		}
	}
	var home int32
	if p.root != nil {
		home = p.root.ControllerKey
	}
	rank := func(key int32) int {
		switch at := p.slots.Controllers[key]; {
		case key == home:
			return 0
		case at.Kind == p.RootKind():
			return 1
		default:
			return 2 + slices.Index([]string{"scsi", "nvme", "sata", "ide"}, at.Kind)
		}
	}
	slices.SortFunc(keys, func(a, b int32) int {
		return cmp.Or(rank(a)-rank(b), int(p.slots.Controllers[a].Bus-p.slots.Controllers[b].Bus))
	})
	return keys
}

// takes reports whether controllers of a kind take disks now.
func (p Pluggable) takes(kind string) bool { return !p.running || kind == "scsi" || kind == "nvme" }

// free are the free places of a controller that come after the root disk.
func (p Pluggable) free(key int32) []Place {
	free := p.slots.FreeOn(key)
	switch {
	case p.root == nil || key > p.root.ControllerKey:
		return free
	case key < p.root.ControllerKey:
		return nil
	}
	return slices.DeleteFunc(free, func(at Place) bool { return p.root.UnitNumber != nil && at.Unit < *p.root.UnitNumber })
}

// like returns the controller that another one can be added like, with the first free bus after it; nil: none.
func (p Pluggable) like() (types.BaseVirtualDevice, int32) {
	for _, device := range p.devices {
		kind, bus := kindOf(device)
		if p.root == nil || device.GetVirtualDevice().Key != p.root.ControllerKey || kind != "scsi" && kind != "nvme" {
			continue
		}
		for bus++; bus < MostOfKind; bus++ {
			if p.slots.KeyOf(Place{Kind: kind, Bus: bus}) == 0 {
				return device, bus
			}
		}
	}
	return nil, 0
}
