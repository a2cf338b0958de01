package vmspec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Disks are the disks beside the root disk: those of block_device blocks with source blank, else the flavor's, by Nova's
// rules: ephemeral disks first, together at most what the flavor grants, and one swap disk. An error sits at "block_device[i]".
func Disks(f openstack.Flavor, blocks []openstack.BlockDevice) ([]openstack.Disk, error) {
	var ephemeral, swap []openstack.Disk
	left := f.Ephemeral << 10
	for i, block := range blocks {
		at := fmt.Sprintf("block_device[%d]", i)
		if why := append(BlockFaults(block), rootFaults(block, f)...); len(why) > 0 {
			return nil, openstack.AttributeErrorf(at, "%s", strings.Join(why, "; "))
		}
		if block.Source != "blank" {
			continue
		}
		disk := openstack.Disk{Kind: openstack.DiskEphemeral, MB: block.SizeGiB << 10, Bus: block.Bus}
		if block.GuestFormat == "swap" {
			if disk.Kind, disk.MB = openstack.DiskSwap, pick(disk.MB == 0, f.Swap, disk.MB); disk.MB > f.Swap || len(swap) > 0 {
				return nil, openstack.AttributeErrorf(at, "the flavor %s grants one swap disk of at most %d MB: write less, or choose a flavor whose "+
					"swap is larger", f.Name, f.Swap)
			}
			swap = append(swap, disk)
			continue
		}
		if disk.MB == 0 {
			disk.MB = left
		}
		if left -= disk.MB; left < 0 || disk.MB == 0 {
			return nil, openstack.AttributeErrorf(at, "the flavor %s grants %d GiB of ephemeral disks in all: write less, or choose a flavor whose "+
				"ephemeral is larger", f.Name, f.Ephemeral)
		}
		ephemeral = append(ephemeral, disk)
	}
	if len(ephemeral) == 0 && f.Ephemeral > 0 {
		ephemeral = []openstack.Disk{{Kind: openstack.DiskEphemeral, MB: f.Ephemeral << 10}}
	}
	if len(swap) == 0 && f.Swap > 0 {
		swap = []openstack.Disk{{Kind: openstack.DiskSwap, MB: f.Swap}}
	}
	return append(ephemeral, swap...), nil
}

// BlockFaults are what is wrong with a block whatever the flavor: one sentence each, all of them together.
func BlockFaults(block openstack.BlockDevice) (why []string) {
	if block.Bus != "" && block.Bus != "scsi" && !slices.Contains(adapterNames, block.Bus) {
		why = append(why, fmt.Sprintf("disk_bus %q cannot be made: leave it out, or write scsi, ide, lsiLogic, lsiLogicsas, busLogic or "+
			"paraVirtual", block.Bus))
	}
	if block.Source == "image" && !boots(block) {
		why = append(why, "a local disk with an image is the root disk: write boot_index = 0")
	}
	if block.Source == "blank" && block.BootIndex != nil && boots(block) && block.GuestFormat != "swap" {
		why = append(why, "nothing boots from a blank disk: write boot_index = -1")
	}
	return why
}

// rootFaults refuse another size of the root disk than the flavor's. The same one may be written, as modules for OpenStack do.
func rootFaults(block openstack.BlockDevice, f openstack.Flavor) []string {
	switch {
	case block.Source != "image" || block.SizeGiB == 0 || block.SizeGiB == f.Disk:
		return nil
	case f.Disk == 0:
		return []string{fmt.Sprintf("the root disk has the image's size, by the flavor %s (disk = 0): leave volume_size out, or choose a "+
			"flavor with disk = %d", f.Name, block.SizeGiB)}
	}
	return []string{fmt.Sprintf("the root disk's size is the flavor's, and the flavor %s has %d GiB: write volume_size = %d or leave it "+
		"out, or choose a flavor with disk = %d",
		f.Name, f.Disk, f.Disk, block.SizeGiB)}
}

// RootSized are blocks whose root disk is written with a size, with the size that a resize to a flavor gives it.
func RootSized(blocks []openstack.BlockDevice, f openstack.Flavor) []openstack.BlockDevice {
	out := slices.Clone(blocks)
	for i := range out {
		if out[i].Source == "image" && out[i].SizeGiB != 0 {
			out[i].SizeGiB = f.Disk
		}
	}
	return out
}

func boots(block openstack.BlockDevice) bool { return block.BootIndex == nil || *block.BootIndex == 0 }

// ResizedDisks are the disks of an instance that has some and is to have others, in their places: what stays the same stays,
// what grows grows. A swap disk that goes stays listed with 0 MB, and one that shrinks is made anew in its place. Ephemeral
// disks never shrink or go: that is an error at flavor_id.
func ResizedDisks(have, want []openstack.Disk) ([]openstack.Disk, error) {
	var out []openstack.Disk
	rest := slices.Clone(want)
	for _, old := range have {
		i := slices.IndexFunc(rest, func(d openstack.Disk) bool { return d.Kind == old.Kind })
		now := old
		now.MB = 0
		if i >= 0 {
			now.MB = rest[i].MB
			rest = slices.Delete(rest, i, i+1)
		}
		if old.Kind == openstack.DiskEphemeral && now.MB < old.MB {
			return nil, openstack.AttributeErrorf("flavor_id", "the instance has an ephemeral disk of %d GiB, and the new flavor grants %d: a disk "+
				"cannot shrink, and what it holds would be lost", old.MB>>10, now.MB>>10)
		}
		out = append(out, now)
	}
	return append(out, rest...), nil
}

// place is where a disk sits: on a controller of a kind, by its bus number, and there at a unit.
type place struct {
	kind string // scsi, ide, sata or nvme
	bus  int32
	unit int32
}

// String is for example "scsi0:1".
func (p place) String() string { return fmt.Sprintf("%s%d:%d", p.kind, p.bus, p.unit) }

func parsePlace(text string) (p place, ok bool) {
	for kind := range unitsOf {
		if n, err := fmt.Sscanf(text, kind+"%d:%d", &p.bus, &p.unit); n == 2 && err == nil {
			p.kind = kind
			return p, true
		}
	}
	return p, false
}

// unitsOf is how many units a controller of a kind has. The seventh of SCSI is the controller itself.
var unitsOf = map[string]int32{"scsi": 16, "ide": 2, "sata": 30, "nvme": 15}

const scsiSelf = 7

// kindOf is a controller's kind and bus number; empty for other devices.
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

// deviceSlots is which places of a machine are taken.
type deviceSlots struct {
	controllers map[int32]place // by key, with unit 0
	taken       map[place]bool
}

func deviceSlotsOf(devices []types.BaseVirtualDevice) deviceSlots {
	b := deviceSlots{map[int32]place{}, map[place]bool{}}
	for _, device := range devices {
		if kind, bus := kindOf(device); kind != "" {
			b.controllers[device.GetVirtualDevice().Key] = place{kind: kind, bus: bus}
		}
	}
	for _, device := range devices {
		if at, ok := b.placeOf(device); ok {
			b.taken[at] = true
		}
	}
	return b
}

func (b deviceSlots) placeOf(device types.BaseVirtualDevice) (place, bool) {
	d := device.GetVirtualDevice()
	at, ok := b.controllers[d.ControllerKey]
	if !ok || d.UnitNumber == nil {
		return at, false
	}
	at.unit = *d.UnitNumber
	return at, true
}

// keyOf is the key of the controller at a place, or 0.
func (b deviceSlots) keyOf(at place) int32 {
	for key, c := range b.controllers {
		if c.kind == at.kind && c.bus == at.bus {
			return key
		}
	}
	return 0
}

// free is the first free unit on the controllers of a kind, the one with the lowest bus first and preferred before all.
func (b deviceSlots) free(kind string, preferred int32) (place, bool) {
	var buses []int32
	for _, c := range b.controllers {
		if c.kind == kind {
			buses = append(buses, c.bus)
		}
	}
	slices.Sort(buses)
	if i := slices.Index(buses, preferred); i > 0 {
		buses = slices.Insert(slices.Delete(buses, i, i+1), 0, preferred)
	}
	for _, bus := range buses {
		for unit := range unitsOf[kind] {
			at := place{kind, bus, unit}
			if !b.taken[at] && (kind != "scsi" || unit != scsiSelf) {
				return at, true
			}
		}
	}
	return place{}, false
}

// freeBus is the lowest bus number of a kind that no controller has.
func (b deviceSlots) freeBus(kind string) int32 {
	for bus := int32(0); ; bus++ {
		if b.keyOf(place{kind: kind, bus: bus}) == 0 {
			return bus
		}
	}
}

// Placed gives each disk that has none a place on a machine with these devices: on the root disk's controller while that has
// room, on another of its kind else, as Nova does. adapter is what the root disk's controller is to become, as in Needs.
func Placed(devices []types.BaseVirtualDevice, disks []openstack.Disk, adapter string) ([]openstack.Disk, error) {
	b := deviceSlotsOf(devices)
	home := place{kind: "scsi"}
	if root := RootDisk(devices); root != nil {
		if at, ok := b.placeOf(root); ok {
			home = at
		}
	}
	if moved, at := moveTo(devices, adapter); moved {
		home = at
		b.controllers[controllerKey] = place{kind: at.kind, bus: at.bus}
		b.taken[at] = true
	}
	out := slices.Clone(disks)
	for i := range out {
		if out[i].Place != "" || out[i].MB == 0 {
			continue
		}
		kind := home.kind
		switch {
		case out[i].Bus == adapterIDE:
			kind = "ide"
		case out[i].Bus != "":
			kind = "scsi"
		}
		if kind == "ide" && home.kind != "ide" {
			return nil, openstack.AttributeErrorf("block_device", "an IDE disk stands before the root disk, which is on a %s controller, in the "+
				"order in which the firmware boots: leave disk_bus out", home.kind)
		}
		at, ok := b.free(kind, home.bus)
		if !ok {
			return nil, openstack.AttributeErrorf("block_device", "the VM has no free place for another %s disk", kind)
		}
		b.taken[at] = true
		out[i].Place = at.String()
	}
	return out, nil
}

// moveTo says whether the root disk must move to a controller of another type, and where.
func moveTo(devices []types.BaseVirtualDevice, adapter string) (bool, place) {
	root := RootDisk(devices)
	if adapter == "" || root == nil {
		return false, place{}
	}
	want := fmt.Sprintf("%T", adapters[adapter]())
	for _, device := range devices {
		if device.GetVirtualDevice().Key == root.ControllerKey && fmt.Sprintf("%T", device) == want {
			return false, place{}
		}
	}
	b := deviceSlotsOf(devices)
	if adapter == adapterIDE { // every machine has its IDE controllers
		at, ok := b.free("ide", 0)
		return ok, at
	}
	return true, place{kind: "scsi", bus: b.freeBus("scsi")}
}
