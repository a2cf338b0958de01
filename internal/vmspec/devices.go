package vmspec

import (
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

func add(device types.BaseVirtualDevice) types.BaseVirtualDeviceConfigSpec {
	return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: device}
}

func create(device types.BaseVirtualDevice) types.BaseVirtualDeviceConfigSpec {
	return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd,
		FileOperation: types.VirtualDeviceConfigSpecFileOperationCreate, Device: device}
}

func edit(device types.BaseVirtualDevice) types.BaseVirtualDeviceConfigSpec {
	return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: device}
}

func remove(device types.BaseVirtualDevice) types.BaseVirtualDeviceConfigSpec {
	return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationRemove, Device: device}
}

// devices are all devices of the wish: the root disk's controller where the image names one, the root disk, further disks,
// NICs, and what else was asked for.
func (b *builder) devices(w Instance) (out []types.BaseVirtualDeviceConfigSpec, err error) {
	disks := w.Disks
	if disks == nil {
		if disks, err = Disks(w.Flavor, nil); err != nil {
			return nil, err
		}
	}
	out = append(out, b.root(w)...)
	for i, disk := range disks {
		out = append(out, create(extraDisk(int32(firstDiskKey-i), disk)))
	}
	for i, nic := range w.NICs {
		card, err := b.card(i, nic)
		if err != nil {
			return nil, err
		}
		out = append(out, add(card))
	}
	if b.videoRAM > 0 {
		out = append(out, add(&types.VirtualMachineVideoCard{VirtualDevice: types.VirtualDevice{Key: deviceKey},
			VideoRamSizeInKB: b.videoRAM << 10}))
	}
	if b.tpm {
		out = append(out, add(&types.VirtualTPM{VirtualDevice: types.VirtualDevice{Key: deviceKey - 1}}))
	}
	if b.watchdog != nil {
		watchdog := &types.VirtualWDT{VirtualDevice: types.VirtualDevice{Key: deviceKey - 2}, RunOnBoot: true}
		out = append(out, pick(*b.watchdog, add, remove)(watchdog))
	}
	return out, nil
}

// root is the root disk, on a controller of the type that the image names. A flavor's disk of 0 GiB keeps the image's size. A
// machine that boots from an ISO gets a blank one, if any, and the file in its CD-ROM.
func (b *builder) root(w Instance) (out []types.BaseVirtualDeviceConfigSpec) {
	disk := &types.VirtualDisk{
		VirtualDevice: types.VirtualDevice{Key: rootDiskKey}, CapacityInKB: w.Flavor.Disk << 20, CapacityInBytes: w.Flavor.Disk << 30,
		StorageIOAllocation: b.diskIO.storage(),
	}
	adapter := b.adapter
	if w.ISO.File == "" {
		if adapter != "" {
			out = append(out, controller(adapter))
			disk.ControllerKey, disk.UnitNumber = controllerKey, types.NewInt32(0)
		}
		return append(out, add(disk))
	}
	if adapter == "" {
		adapter = defaultAdapter
	}
	if w.Flavor.Disk > 0 || adapter != adapterIDE {
		out = append(out, controller(adapter))
	}
	if w.Flavor.Disk > 0 {
		disk.ControllerKey, disk.UnitNumber = controllerKey, types.NewInt32(0)
		disk.Backing = blank(b.provisioning)
		out = append(out, create(disk))
	}
	return append(out, add(cdrom(w.ISO, pick(adapter == adapterIDE, int32(ideKey+1), int32(ideKey)), 0)))
}

// ideKey is the first IDE controller's, which every new machine has.
const ideKey = 200

func controller(adapter string) types.BaseVirtualDeviceConfigSpec {
	device := adapters[adapter]()
	device.GetVirtualDevice().Key = controllerKey
	if scsi, ok := device.(types.BaseVirtualSCSIController); ok {
		scsi.GetVirtualSCSIController().SharedBus = types.VirtualSCSISharingNoSharing
	}
	return add(device)
}

// blank is a new disk's backing. Without a file's name vCenter puts it into the machine's own folder.
func blank(provisioning string) *types.VirtualDiskFlatVer2BackingInfo {
	return &types.VirtualDiskFlatVer2BackingInfo{DiskMode: string(types.VirtualDiskModePersistent),
		ThinProvisioned: types.NewBool(provisioning == "" || provisioning == "thin"),
		EagerlyScrub:    types.NewBool(provisioning == "eagerZeroedThick")}
}

// extraDisk is an ephemeral or swap disk: thin, as Nova makes them. Its place is told by its controller's key and unit once the
// machine's devices are known; until then the place itself travels as the label.
func extraDisk(key int32, d openstack.Disk) *types.VirtualDisk {
	backing := blank("thin")
	backing.EagerlyScrub = nil
	return &types.VirtualDisk{
		VirtualDevice: types.VirtualDevice{Key: key, Backing: backing, DeviceInfo: &types.Description{Label: d.Place, Summary: d.Kind}},
		CapacityInKB:  d.MB << 10, CapacityInBytes: d.MB << 20,
	}
}

func cdrom(iso ISO, controller, unit int32) *types.VirtualCdrom {
	return &types.VirtualCdrom{VirtualDevice: types.VirtualDevice{
		Key: -1, ControllerKey: controller, UnitNumber: &unit,
		Backing: &types.VirtualCdromIsoBackingInfo{VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: iso.File,
			Datastore: &iso.Store}},
		Connectable: &types.VirtualDeviceConnectInfo{StartConnected: true, Connected: true},
	}}
}

// ConfigDrive changes the devices of a machine so that a CD-ROM holds an ISO file of a datastore: the one it has where that is
// empty or holds an older config drive, else another one.
func ConfigDrive(have []types.BaseVirtualDevice, file string, store types.ManagedObjectReference) []types.BaseVirtualDeviceConfigSpec {
	iso := ISO{file, store}
	for _, device := range have {
		drive, ok := device.(*types.VirtualCdrom)
		if !ok {
			continue
		}
		backing, holds := drive.Backing.(*types.VirtualCdromIsoBackingInfo)
		if holds && backing.FileName == file {
			return nil
		}
		if holds && backing.FileName != "" {
			continue // somebody's
		}
		changed := *drive
		changed.Backing, changed.Connectable = cdrom(iso, 0, 0).Backing, cdrom(iso, 0, 0).Connectable
		return []types.BaseVirtualDeviceConfigSpec{edit(&changed)}
	}
	b := deviceSlotsOf(have)
	for _, kind := range []string{"ide", "sata"} {
		if at, ok := b.free(kind, 0); ok {
			return []types.BaseVirtualDeviceConfigSpec{add(cdrom(iso, b.keyOf(at), at.unit))}
		}
	}
	sata := &types.VirtualAHCIController{}
	sata.Key = controllerKey
	return []types.BaseVirtualDeviceConfigSpec{add(sata), add(cdrom(iso, controllerKey, 0))}
}
