// SPDX-License-Identifier: MPL-2.0

package reconfigure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// refit holds a VM's devices and the changes to them while Delta runs.
type refit struct {
	have  []types.BaseVirtualDevice
	board hardware.Slots
	home  int32 // the key of the root disk's controller
	out   []types.BaseVirtualDeviceConfigSpec
}

// changedDevices compares disks by their place, NICs by their MAC, and devices that a VM has one of by their type.
func changedDevices(have []types.BaseVirtualDevice, version string,
	want []types.BaseVirtualDeviceConfigSpec) []types.BaseVirtualDeviceConfigSpec {
	r := refit{have: have, board: hardware.SlotsOf(have, version)}
	if len(have) == 0 { // every new VM has two IDE controllers
		r.board.Controllers[hardware.IDEKey] = hardware.Place{Kind: "ide"}
		r.board.Controllers[hardware.IDEKey+1] = hardware.Place{Kind: "ide", Bus: 1}
	}
	if root := hardware.RootDisk(have); root != nil {
		r.home = root.ControllerKey
	}
	for _, w := range want {
		spec := w.GetVirtualDeviceConfigSpec()
		switch device := spec.Device.(type) {
		case types.BaseVirtualController:
			r.controller(spec.Device)
		case *types.VirtualDisk:
			if device.Key == hardware.RootDiskKey {
				r.root(w, device)
			} else {
				r.disk(device, spec.Profile)
			}
		case types.BaseVirtualEthernetCard:
			if change := changedCard(have, w, device); change != nil {
				r.out = append(r.out, change)
			}
		default:
			r.single(w)
		}
	}
	return r.out
}

// controller finds the root disk's controller: the present one where it has the wanted type, else a new one. Every VM already has its IDE
// controllers.
func (r *refit) controller(want types.BaseVirtualDevice) {
	root := hardware.RootDisk(r.have)
	if _, ide := want.(*types.VirtualIDEController); ide {
		if at, ok := r.board.Free("ide", 0); ok && r.board.Controllers[r.home].Kind != "ide" {
			r.home = r.board.KeyOf(at)
		}
		return
	}
	i := slices.IndexFunc(r.have, func(d types.BaseVirtualDevice) bool {
		if root == nil { // it was made without one, and waits for it
			return fmt.Sprintf("%T", d) == fmt.Sprintf("%T", want)
		}
		return d.GetVirtualDevice().Key == root.ControllerKey
	})
	if i >= 0 && root == nil {
		r.home = r.have[i].GetVirtualDevice().Key
	}
	if i >= 0 && fmt.Sprintf("%T", r.have[i]) == fmt.Sprintf("%T", want) {
		return
	}
	bus := r.board.FreeBus("scsi")
	if scsi, ok := want.(types.BaseVirtualSCSIController); ok {
		scsi.GetVirtualSCSIController().BusNumber = bus
	}
	r.home = hardware.ControllerKey
	r.board.Controllers[hardware.ControllerKey] = hardware.Place{Kind: "scsi", Bus: bus}
	r.out = append(r.out, hardware.Add(want))
}

// root adds the root disk to a VM without one. Otherwise it grows the disk, sets its storage allocation, and moves it to the wanted
// controller. It never shrinks the disk.
func (r *refit) root(w types.BaseVirtualDeviceConfigSpec, want *types.VirtualDisk) {
	have := hardware.RootDisk(r.have)
	if have == nil {
		if spec := w.GetVirtualDeviceConfigSpec(); spec.FileOperation != "" {
			want.ControllerKey = r.home
			r.board.Taken[r.unit(want)] = true
			r.out = append(r.out, w)
		}
		return
	}
	grow := want.CapacityInKB > have.CapacityInKB
	share := !hardware.SameStorage(have.StorageIOAllocation, want.StorageIOAllocation)
	move := r.home != have.ControllerKey
	if !grow && !share && !move {
		return
	}
	changed := *have
	if grow {
		changed.CapacityInKB, changed.CapacityInBytes = want.CapacityInKB, want.CapacityInBytes
	}
	if share {
		changed.StorageIOAllocation = want.StorageIOAllocation
	}
	if move {
		at := r.board.Controllers[r.home]
		if free, ok := r.board.Free(at.Kind, at.Bus); ok {
			changed.ControllerKey, changed.UnitNumber = r.home, &free.Unit
			r.board.Taken[free] = true
		}
	}
	r.out = append(r.out, hardware.Edit(&changed))
}

func (r *refit) unit(d *types.VirtualDisk) hardware.Place {
	at := r.board.Controllers[d.ControllerKey]
	if d.UnitNumber != nil {
		at.Unit = *d.UnitNumber
	}
	return at
}

// disk compares one additional disk with the disk in its place. One that is made gets the storage policies.
func (r *refit) disk(want *types.VirtualDisk, policies []types.BaseVirtualMachineProfileSpec) {
	at, placed := hardware.ParsePlace(want.DeviceInfo.GetDescription().Label)
	if !placed {
		home := r.board.Controllers[r.home]
		at, _ = r.board.Free(home.Kind, home.Bus)
	}
	have := r.at(at)
	switch {
	case have == nil && want.CapacityInKB == 0:
		return
	case have == nil:
	case want.CapacityInKB == have.CapacityInKB:
		return
	case want.CapacityInKB > have.CapacityInKB:
		changed := *have
		changed.CapacityInKB, changed.CapacityInBytes = want.CapacityInKB, want.CapacityInBytes
		r.out = append(r.out, hardware.Edit(&changed))
		return
	case want.DeviceInfo.GetDescription().Summary != openstack.DiskSwap:
		return // never delete data that may be needed
	default:
		r.out = append(r.out, &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationRemove,
			FileOperation: types.VirtualDeviceConfigSpecFileOperationDestroy, Device: have})
	}
	if want.CapacityInKB > 0 {
		made := *want
		made.DeviceInfo, made.ControllerKey, made.UnitNumber = nil, r.board.KeyOf(at), &at.Unit
		r.board.Taken[at] = true
		change := hardware.Create(&made)
		change.GetVirtualDeviceConfigSpec().Profile = policies
		r.out = append(r.out, change)
	}
}

// at returns the disk in a place, or nil.
func (r *refit) at(p hardware.Place) *types.VirtualDisk {
	for _, device := range r.have {
		if disk, ok := device.(*types.VirtualDisk); ok {
			if is, ok := r.board.PlaceOf(disk); ok && is == p {
				return disk
			}
		}
	}
	return nil
}

// single compares a device that a VM has one of.
func (r *refit) single(w types.BaseVirtualDeviceConfigSpec) {
	spec := w.GetVirtualDeviceConfigSpec()
	i := slices.IndexFunc(r.have, func(d types.BaseVirtualDevice) bool { return fmt.Sprintf("%T", d) == fmt.Sprintf("%T", spec.Device) })
	switch removed := spec.Operation == types.VirtualDeviceConfigSpecOperationRemove; {
	case removed && i >= 0:
		r.out = append(r.out, hardware.Remove(r.have[i]))
	case removed:
	case i < 0:
		r.out = append(r.out, w)
	default:
		want, video := spec.Device.(*types.VirtualMachineVideoCard)
		if have, ok := r.have[i].(*types.VirtualMachineVideoCard); ok && video && have.VideoRamSizeInKB != want.VideoRamSizeInKB {
			changed := *have
			changed.VideoRamSizeInKB, changed.UseAutoDetect = want.VideoRamSizeInKB, types.NewBool(false)
			r.out = append(r.out, hardware.Edit(&changed))
		}
	}
}

// changedCard adds a NIC whose MAC the VM does not have, else reconnects the NIC to its network and port, and sets its traffic limits. A
// wished-for NIC without an externalId leaves the one that there is.
func changedCard(have []types.BaseVirtualDevice, add types.BaseVirtualDeviceConfigSpec,
	want types.BaseVirtualEthernetCard) types.BaseVirtualDeviceConfigSpec {
	wish := want.GetVirtualEthernetCard()
	for _, device := range have {
		card, ok := device.(types.BaseVirtualEthernetCard)
		if !ok || !strings.EqualFold(card.GetVirtualEthernetCard().MacAddress, wish.MacAddress) {
			continue
		}
		is := card.GetVirtualEthernetCard()
		limited := wish.ResourceAllocation == nil || hardware.SameTraffic(is.ResourceAllocation, wish.ResourceAllocation)
		found := wish.ExternalId == "" || is.ExternalId == wish.ExternalId
		if limited && found && hardware.SamePlug(is.Backing, wish.Backing) {
			return nil
		}
		changed := hardware.CopyOf(card)
		if !found {
			changed.GetVirtualEthernetCard().ExternalId = wish.ExternalId
		}
		if !limited {
			changed.GetVirtualEthernetCard().ResourceAllocation = wish.ResourceAllocation
		}
		if !hardware.SamePlug(is.Backing, wish.Backing) {
			changed.GetVirtualEthernetCard().Backing = wish.Backing
		}
		return hardware.Edit(hardware.AsDevice(changed))
	}
	return add
}
