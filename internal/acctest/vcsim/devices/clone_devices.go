// SPDX-License-Identifier: MPL-2.0

package devices

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// CloneDevices is the list of devices a clone will have, while the specification's changes are applied to it: before
// there is a machine, so that what cannot be done leaves none.
type CloneDevices struct {
	devices object.VirtualDeviceList
	created map[types.BaseVirtualDevice]types.VirtualDeviceConfigSpec
	Edits   []types.BaseVirtualDeviceConfigSpec             // of devices that the simulator gives to every machine, once there is one
	profile map[int32][]types.BaseVirtualMachineProfileSpec // of disks, by their keys
	chained map[int32]bool                                  // disks, by their keys, that a full clone copies with their sources' parents
}

// NewCloneDevices copies the devices of the source. The simulator gives every machine its keyboard and the like.
func NewCloneDevices(source *simulator.VirtualMachine, store *simulator.Datastore, spec types.VirtualMachineCloneSpec) (*CloneDevices,
	types.BaseMethodFault) {
	w := &CloneDevices{created: map[types.BaseVirtualDevice]types.VirtualDeviceConfigSpec{}, chained: map[int32]bool{},
		profile: map[int32][]types.BaseVirtualMachineProfileSpec{}}
	for _, d := range source.Config.Hardware.Device {
		if isStandard(d) {
			continue
		}
		c := copyDevice(d)
		switch x := c.(type) {
		case *types.VirtualDisk:
			w.chained[x.Key] = hasParent(source, x) && !isConsolidated(spec, x.Key)
			resetDisk(x, store.Name, isLinked(spec))
		case types.BaseVirtualEthernetCard:
			resetCard(x.GetVirtualEthernetCard())
		}
		w.devices = append(w.devices, c)
	}
	return w, w.placeDisks(store, spec.Location)
}

// hasParent reports whether a machine's disk has a parent: it is a child itself, or the machine has a snapshot, which holds the parent.
func hasParent(source *simulator.VirtualMachine, d *types.VirtualDisk) bool {
	backing, ok := d.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	return source.Snapshot != nil || ok && backing.Parent != nil
}

// isConsolidated reports whether a clone is to make one file of a disk and its parents.
func isConsolidated(spec types.VirtualMachineCloneSpec, key int32) bool {
	how := spec.Location.DiskMoveType
	for _, l := range spec.Location.Disk {
		if l.DiskId == key {
			how = l.DiskMoveType // left out it is its own default, which consolidates nothing
		}
	}
	return how == string(types.VirtualMachineRelocateDiskMoveOptionsMoveAllDiskBackingsAndConsolidate)
}

// isStandard reports whether the simulator gives the device to every machine anyway.
func isStandard(d types.BaseVirtualDevice) bool {
	return slices.ContainsFunc(esx.VirtualDevice, func(s types.BaseVirtualDevice) bool {
		return reflect.TypeOf(s) == reflect.TypeOf(d) && s.GetVirtualDevice().Key == d.GetVirtualDevice().Key
	})
}

// isLinked reports whether the clone is to share its source's disks.
func isLinked(spec types.VirtualMachineCloneSpec) bool {
	return spec.Snapshot != nil && spec.Location.DiskMoveType == string(types.VirtualMachineRelocateDiskMoveOptionsCreateNewChildDiskBacking)
}

// resetDisk gives a disk a file of its own, to be made on the datastore. A linked one has the source's as its parent.
func resetDisk(d *types.VirtualDisk, store string, child bool) {
	source, _ := d.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	if source == nil { // another format: the copy is what a clone makes by default
		source = &types.VirtualDiskFlatVer2BackingInfo{ThinProvisioned: types.NewBool(true), DiskMode: string(types.VirtualDiskModePersistent)}
	}
	backing := *source
	backing.FileName, backing.Datastore = fmt.Sprintf("[%s]", store), nil
	backing.Uuid, backing.ContentId, backing.Parent = "", "", nil
	if child {
		backing.Parent = base.Copy(source)
	}
	d.Backing, d.VDiskId = &backing, nil
	d.CapacityInBytes = capacity(d)
	d.CapacityInKB = d.CapacityInBytes / 1024
}

// resetCard takes from a NIC what belongs to the source: its port, and its address unless somebody chose it.
func resetCard(c *types.VirtualEthernetCard) {
	if c.AddressType != string(types.VirtualEthernetCardMacTypeManual) {
		c.MacAddress, c.AddressType = "", string(types.VirtualEthernetCardMacTypeAssigned)
	}
	c.ExternalId = ""
	if b, ok := c.Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo); ok {
		b.Port.PortKey, b.Port.ConnectionCookie = "", 0
	}
}

// placeDisks honours the placement of single disks.
func (w *CloneDevices) placeDisks(store *simulator.Datastore, spec types.VirtualMachineRelocateSpec) types.BaseMethodFault {
	for _, l := range spec.Disk {
		d, ok := w.devices.FindByKey(l.DiskId).(*types.VirtualDisk)
		if !ok {
			return &types.InvalidArgument{InvalidProperty: "spec.location.disk.diskId"}
		}
		w.profile[d.Key] = l.Profile
		backing := d.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		if want, ok := l.DiskBackingInfo.(*types.VirtualDiskFlatVer2BackingInfo); ok {
			backing.ThinProvisioned = base.FirstSet(want.ThinProvisioned, backing.ThinProvisioned)
			backing.EagerlyScrub = base.FirstSet(want.EagerlyScrub, backing.EagerlyScrub)
		}
		if l.Datastore != store.Self {
			backing.FileName, backing.Datastore = "", &l.Datastore
		}
	}
	return nil
}

// Apply makes the changes on the list.
func (w *CloneDevices) Apply(changes []types.BaseVirtualDeviceConfigSpec) types.BaseMethodFault {
	for i, c := range changes {
		if fault := w.change(c.GetVirtualDeviceConfigSpec()); fault != nil {
			return withIndex(int32(i), fault)
		}
	}
	return nil
}

func (w *CloneDevices) change(c *types.VirtualDeviceConfigSpec) types.BaseMethodFault {
	if c.Device == nil || reflect.ValueOf(c.Device).IsNil() {
		return base.InvalidDevice("key")
	}
	if c.Operation == types.VirtualDeviceConfigSpecOperationAdd {
		w.devices = append(w.devices, c.Device)
		w.created[c.Device] = *c
		return nil
	}
	if c.Operation == types.VirtualDeviceConfigSpecOperationEdit && isStandard(c.Device) {
		w.Edits = append(w.Edits, c)
		return nil
	}
	i := slices.IndexFunc(w.devices, func(d types.BaseVirtualDevice) bool {
		return d.GetVirtualDevice().Key == c.Device.GetVirtualDevice().Key
	})
	if i < 0 || reflect.TypeOf(w.devices[i]) != reflect.TypeOf(c.Device) {
		return base.InvalidDevice("key")
	}
	if c.Operation == types.VirtualDeviceConfigSpecOperationRemove {
		w.devices = slices.Delete(w.devices, i, i+1)
		return nil
	}
	if len(c.Profile) > 0 {
		w.profile[c.Device.GetVirtualDevice().Key] = c.Profile
	}
	return w.edit(i, c.Device)
}

// edit lays a device over the one of the source. Its backing names the source's file, which the clone has not got:
// only how the disk is kept is taken from it.
func (w *CloneDevices) edit(i int, device types.BaseVirtualDevice) types.BaseMethodFault {
	old := w.devices[i]
	merged := edited(old, device)
	w.devices[i] = merged
	d, ok := merged.(*types.VirtualDisk)
	if !ok {
		return nil
	}
	kept := *old.(*types.VirtualDisk).Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	if want, ok := device.GetVirtualDevice().Backing.(*types.VirtualDiskFlatVer2BackingInfo); ok {
		kept.DiskMode = base.FirstOf(want.DiskMode, kept.DiskMode)
		kept.ThinProvisioned = base.FirstSet(want.ThinProvisioned, kept.ThinProvisioned)
		kept.EagerlyScrub = base.FirstSet(want.EagerlyScrub, kept.EagerlyScrub)
	}
	d.Backing = &kept
	fault := resize(d, old.(*types.VirtualDisk))
	if fault == nil && (kept.Parent != nil || w.chained[d.Key]) && capacity(d) != capacity(old.(*types.VirtualDisk)) {
		return new(types.InvalidDeviceOperation) // a child is as large as its parent
	}
	return fault
}

// Sources are the files whose bytes disks of the clone begin with, by the disks' keys. A linked one shares its parent's.
func (w *CloneDevices) Sources(source *simulator.VirtualMachine) map[int32]string {
	files := map[int32]string{}
	for _, d := range w.devices {
		disk, ok := d.(*types.VirtualDisk)
		_, added := w.created[d]
		if !ok || added || isChild(disk) {
			continue
		}
		old, _ := object.VirtualDeviceList(source.Config.Hardware.Device).FindByKey(disk.Key).(*types.VirtualDisk)
		if b, ok := old.Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
			files[disk.Key] = b.GetVirtualDeviceFileBackingInfo().FileName
		}
	}
	return files
}

// Additions is the list as the changes that make a machine.
func (w *CloneDevices) Additions() []types.BaseVirtualDeviceConfigSpec {
	var specs []types.BaseVirtualDeviceConfigSpec
	for _, d := range w.devices {
		spec, added := w.created[d]
		if !added {
			spec = types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: d}
			if _, disk := d.(*types.VirtualDisk); disk {
				spec.FileOperation = types.VirtualDeviceConfigSpecFileOperationCreate
				spec.Profile = w.profile[d.GetVirtualDevice().Key]
			}
		}
		specs = append(specs, &spec)
	}
	return specs
}
