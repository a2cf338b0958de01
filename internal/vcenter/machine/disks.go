// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"path"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// DatastoreOf returns the datastore's name in a file's datastore path, unescaped.
func DatastoreOf(file string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(file, "["), "] ")
	return property.UnescapeName(name)
}

// DiskFile returns the datastore path of a disk's file; empty where its backing names none.
func DiskFile(disk *types.VirtualDisk) string {
	if b, ok := disk.Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
		return b.GetVirtualDeviceFileBackingInfo().FileName
	}
	return ""
}

// DisksOf returns the disks of a VM in the order of its devices.
func DisksOf(vm mo.VirtualMachine) (out []*types.VirtualDisk) {
	for _, device := range vm.Config.Hardware.Device {
		if disk, ok := device.(*types.VirtualDisk); ok {
			out = append(out, disk)
		}
	}
	return out
}

// StoreOf returns the datastore of a disk, as its backing names it.
func StoreOf(disk *types.VirtualDisk) ref {
	if b, ok := disk.Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
		return property.Deref(b.GetVirtualDeviceFileBackingInfo().Datastore)
	}
	return ref{}
}

// Owned reports whether a disk is the VM's own: it lies in the VM's folder and is neither a volume, which may have been moved there with
// the VM, nor the pointer file of a raw device.
func Owned(vm mo.VirtualMachine, disk *types.VirtualDisk) bool {
	home := FolderOf(vm.Config.Files.VmPathName)
	return disk.VDiskId == nil && !hardware.Mapped(disk) && FolderOf(DiskFile(disk)) == home && !volumeOf(vm, disk)
}

// sharedVolumes returns the ids of the volumes of a VM that other machines may have too.
func sharedVolumes(vm mo.VirtualMachine) (ids []string) {
	for _, disk := range DisksOf(vm) {
		backing, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		if ok && disk.VDiskId != nil && backing.Sharing == string(types.VirtualDiskSharingSharingMultiWriter) {
			ids = append(ids, disk.VDiskId.Id)
		}
	}
	return ids
}

// FolderOf returns the folder in a datastore path, without the datastore: a VM may have files on several.
func FolderOf(file string) string {
	_, file, _ = strings.Cut(file, "] ")
	return path.Dir(file)
}

// volumeOf reports whether a disk of a VM is a volume that Nova attached.
func volumeOf(vm mo.VirtualMachine, disk *types.VirtualDisk) bool {
	return vmspec.Volumes(property.ExtraConfig(vm.Config.ExtraConfig), vm.Config.Hardware.Device)[disk.Key] != ""
}
