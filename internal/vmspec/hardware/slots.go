// SPDX-License-Identifier: MPL-2.0

package hardware

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// Place is where a disk sits: a unit of a controller, given by its kind and bus number.
type Place struct {
	Kind string // scsi, ide, sata or nvme
	Bus  int32
	Unit int32
}

// String returns the place in the form "scsi0:1".
func (p Place) String() string { return fmt.Sprintf("%s%d:%d", p.Kind, p.Bus, p.Unit) }

// ParsePlace reads the form that Place.String writes.
func ParsePlace(text string) (p Place, ok bool) {
	for kind := range UnitsOf {
		if n, err := fmt.Sscanf(text, kind+"%d:%d", &p.Bus, &p.Unit); n == 2 && err == nil {
			p.Kind = kind
			return p, true
		}
	}
	return p, false
}

// UnitsOf holds how many units a controller of each kind has at least. Unit SCSISelf of SCSI is the controller itself.
var UnitsOf = map[string]int32{"scsi": 16, "ide": 2, "sata": 30, "nvme": 15}

// SCSISelf is the unit of a SCSI controller itself.
const SCSISelf = 7

// MostOfKind is how many disk controllers of a kind a VM may have.
const MostOfKind = 4

// unitsOf returns how many units a controller has on a VM with a hardware version: a paravirtual SCSI controller has 64 beside its own
// from version 14 on, an NVMe controller 255 from 21 on.
func unitsOf(controller types.BaseVirtualDevice, version int) int32 {
	switch controller.(type) {
	case *types.ParaVirtualSCSIController:
		if version >= 14 {
			return 65
		}
	case *types.VirtualNVMEController:
		if version >= 21 {
			return 255
		}
	}
	kind, _ := kindOf(controller)
	return UnitsOf[kind]
}

// kindOf returns a controller's kind and bus number; both are empty for other devices.
func kindOf(device types.BaseVirtualDevice) (kind string, bus int32) {
	switch c := device.(type) {
	case types.BaseVirtualSCSIController:
		return "scsi", c.GetVirtualSCSIController().BusNumber
	case *types.VirtualIDEController:
		return "ide", c.BusNumber
	case types.BaseVirtualSATAController:
		return "sata", c.GetVirtualSATAController().BusNumber
	case *types.VirtualNVMEController:
		return "nvme", c.BusNumber
	}
	return "", 0
}

// Slots holds a VM's controllers and which places on them are taken.
type Slots struct {
	Controllers map[int32]Place // by key, with unit 0
	Taken       map[Place]bool
	units       map[int32]int32 // by the controller's key; none: as UnitsOf has it
}

// SlotsOf returns the controllers of a VM and the places that its devices take. version is the VM's hardware version, for example
// "vmx-19"; empty: an old one.
func SlotsOf(devices []types.BaseVirtualDevice, version string) Slots {
	b := Slots{map[int32]Place{}, map[Place]bool{}, map[int32]int32{}}
	number, _ := strconv.Atoi(strings.TrimPrefix(version, "vmx-"))
	for _, device := range devices {
		if kind, bus := kindOf(device); kind != "" {
			key := device.GetVirtualDevice().Key
			b.Controllers[key], b.units[key] = Place{Kind: kind, Bus: bus}, unitsOf(device, number)
		}
	}
	for _, device := range devices {
		if at, ok := b.PlaceOf(device); ok {
			b.Taken[at] = true
		}
	}
	return b
}

// PlaceOf returns the place of a device, or false where it is on no disk controller.
func (b Slots) PlaceOf(device types.BaseVirtualDevice) (Place, bool) {
	d := device.GetVirtualDevice()
	at, ok := b.Controllers[d.ControllerKey]
	if !ok || d.UnitNumber == nil {
		return at, false
	}
	at.Unit = *d.UnitNumber
	return at, true
}

// KeyOf returns the key of the controller at a place, or 0.
func (b Slots) KeyOf(at Place) int32 {
	for key, c := range b.Controllers {
		if c.Kind == at.Kind && c.Bus == at.Bus {
			return key
		}
	}
	return 0
}

// Free returns the first free unit on the controllers of a kind: preferred before all others, then from the lowest bus upwards.
func (b Slots) Free(kind string, preferred int32) (Place, bool) {
	var buses []int32
	for _, c := range b.Controllers {
		if c.Kind == kind {
			buses = append(buses, c.Bus)
		}
	}
	slices.Sort(buses)
	if i := slices.Index(buses, preferred); i > 0 {
		buses = slices.Insert(slices.Delete(buses, i, i+1), 0, preferred)
	}
	for _, bus := range buses {
		if free := b.FreeOn(b.KeyOf(Place{Kind: kind, Bus: bus})); len(free) > 0 {
			return free[0], true
		}
	}
	return Place{}, false
}

// FreeOn returns the free places on the controller with a key, in their order.
func (b Slots) FreeOn(key int32) (free []Place) {
	at := b.Controllers[key]
	units, known := b.units[key]
	if !known {
		units = UnitsOf[at.Kind]
	}
	for at.Unit = range units {
		if !b.Taken[at] && (at.Kind != "scsi" || at.Unit != SCSISelf) {
			free = append(free, at)
		}
	}
	return free
}

// FreeBus returns the lowest bus number that no controller of a kind has.
func (b Slots) FreeBus(kind string) int32 {
	for bus := int32(0); ; bus++ {
		if b.KeyOf(Place{Kind: kind, Bus: bus}) == 0 {
			return bus
		}
	}
}
