package hardware

import (
	"fmt"
	"slices"

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

// UnitsOf holds how many units a controller of each kind has. Unit SCSISelf of SCSI is the controller itself.
var UnitsOf = map[string]int32{"scsi": 16, "ide": 2, "sata": 30, "nvme": 15}

// SCSISelf is the unit of a SCSI controller itself.
const SCSISelf = 7

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
}

// SlotsOf returns the controllers of a VM and the places that its devices take.
func SlotsOf(devices []types.BaseVirtualDevice) Slots {
	b := Slots{map[int32]Place{}, map[Place]bool{}}
	for _, device := range devices {
		if kind, bus := kindOf(device); kind != "" {
			b.Controllers[device.GetVirtualDevice().Key] = Place{Kind: kind, Bus: bus}
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
		for unit := range UnitsOf[kind] {
			at := Place{kind, bus, unit}
			if !b.Taken[at] && (kind != "scsi" || unit != SCSISelf) {
				return at, true
			}
		}
	}
	return Place{}, false
}

// FreeBus returns the lowest bus number that no controller of a kind has.
func (b Slots) FreeBus(kind string) int32 {
	for bus := int32(0); ; bus++ {
		if b.KeyOf(Place{Kind: kind, Bus: bus}) == 0 {
			return bus
		}
	}
}
