// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"cmp"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/blockdevices"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// Keys of the additional disks and of the other devices of a new VM.
const (
	firstDiskKey = -110
	deviceKey    = -200
)

// devices returns all planned devices: the root disk's controller where the image names one, the root disk, additional disks, NICs, and
// other requested devices.
func (b *builder) devices(w Instance) (out []types.BaseVirtualDeviceConfigSpec, err error) {
	disks := w.Disks
	if disks == nil {
		if disks, err = blockdevices.Disks(w.Flavor, nil); err != nil {
			return nil, err
		}
	}
	out = append(out, b.root(w)...)
	for i, disk := range disks {
		made := hardware.Create(extraDisk(int32(firstDiskKey-i), disk))
		made.GetVirtualDeviceConfigSpec().Profile = profile(disk.PolicyID)
		out = append(out, made)
	}
	for i, nic := range w.NICs {
		card, err := b.card(i, nic)
		if err != nil {
			return nil, err
		}
		out = append(out, hardware.Add(card))
	}
	if b.videoRAM > 0 {
		out = append(out, hardware.Add(&types.VirtualMachineVideoCard{VirtualDevice: types.VirtualDevice{Key: deviceKey},
			VideoRamSizeInKB: b.videoRAM << 10}))
	}
	if b.tpm {
		out = append(out, hardware.Add(&types.VirtualTPM{VirtualDevice: types.VirtualDevice{Key: deviceKey - 1}}))
	}
	if b.watchdog != nil {
		watchdog := &types.VirtualWDT{VirtualDevice: types.VirtualDevice{Key: deviceKey - 2}, RunOnBoot: true}
		out = append(out, pick(*b.watchdog, hardware.Add, hardware.Remove)(watchdog))
	}
	return out, nil
}

// root returns the root disk, on a controller of the type that the image or the disk's own block names. A flavor's disk of 0 GiB keeps the
// image's size. A VM that boots from an ISO gets a blank root disk, if the flavor has any, and the file in its CD-ROM. A VM whose root disk
// is attached later gets the controller alone.
func (b *builder) root(w Instance) (out []types.BaseVirtualDeviceConfigSpec) {
	gib := w.Flavor.Disk
	if w.Root.GiB != nil {
		gib = *w.Root.GiB
	}
	disk := &types.VirtualDisk{
		VirtualDevice: types.VirtualDevice{Key: hardware.RootDiskKey}, CapacityInKB: gib << 20, CapacityInBytes: gib << 30,
		StorageIOAllocation: b.diskIO.storage(),
	}
	adapter := RootAdapter(w.Root.Bus, b.adapter)
	if w.Root.Diskless {
		if adapter = cmp.Or(adapter, hardware.DefaultAdapter); adapter != hardware.AdapterIDE {
			out = append(out, controller(adapter))
		}
		return out
	}
	if w.ISO.File == "" {
		if adapter != "" {
			out = append(out, controller(adapter))
			disk.ControllerKey, disk.UnitNumber = hardware.ControllerKey, types.NewInt32(0)
		}
		return append(out, hardware.Add(disk))
	}
	if adapter == "" {
		adapter = hardware.DefaultAdapter
	}
	if w.Flavor.Disk > 0 || adapter != hardware.AdapterIDE {
		out = append(out, controller(adapter))
	}
	if w.Flavor.Disk > 0 {
		disk.ControllerKey, disk.UnitNumber = hardware.ControllerKey, types.NewInt32(0)
		disk.Backing = blank(b.provisioning)
		out = append(out, hardware.Create(disk))
	}
	ide := int32(hardware.IDEKey)
	return append(out, hardware.Add(hardware.CDROM(w.ISO, pick(adapter == hardware.AdapterIDE, ide+1, ide), 0)))
}

// RootAdapter returns the type of a root disk's controller: that of its bus, else that of the image; empty is the template's.
func RootAdapter(bus, image string) string {
	if bus == "" || bus == "scsi" {
		return image
	}
	return bus
}

func controller(adapter string) types.BaseVirtualDeviceConfigSpec {
	device := hardware.Adapters[adapter]()
	device.GetVirtualDevice().Key = hardware.ControllerKey
	if scsi, ok := device.(types.BaseVirtualSCSIController); ok {
		scsi.GetVirtualSCSIController().SharedBus = types.VirtualSCSISharingNoSharing
	}
	return hardware.Add(device)
}

// blank returns the backing of a new disk. Without a file name vCenter puts the disk into the VM's own folder.
func blank(provisioning string) *types.VirtualDiskFlatVer2BackingInfo {
	return &types.VirtualDiskFlatVer2BackingInfo{DiskMode: string(types.VirtualDiskModePersistent),
		ThinProvisioned: types.NewBool(provisioning == "" || provisioning == "thin"),
		EagerlyScrub:    types.NewBool(provisioning == "eagerZeroedThick")}
}

// extraDisk returns an ephemeral or swap disk: thin, as Nova makes them. Its controller and unit are set once the VM's devices are known;
// until then the label carries its place.
func extraDisk(key int32, d openstack.Disk) *types.VirtualDisk {
	backing := blank("thin")
	backing.EagerlyScrub = nil
	return &types.VirtualDisk{
		VirtualDevice: types.VirtualDevice{Key: key, Backing: backing, DeviceInfo: &types.Description{Label: d.Place, Summary: d.Kind}},
		CapacityInKB:  d.MB << 10, CapacityInBytes: d.MB << 20,
	}
}
