// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// ofNova reads what OpenStack's own driver left on a VM, and of one that we made which disks its own are linked clones of. Name, volumes
// and parent disks always count; the rest only until there is a record of ours.
func ofNova(s *openstack.Server, vm mo.VirtualMachine, keys map[string]string) {
	if s.Own() {
		s.ParentDisks = parentDisks(vm, firstClass(vm))
		return
	}
	if !vmspec.OfNova(*vm.Config, keys) {
		return
	}
	notes := vmspec.ReadAnnotation(vm.Config.Annotation)
	if name, found := vmspec.NovaName(s.Name, s.ID, notes.Name); found {
		s.Name = name
	}
	volumes := vmspec.Volumes(keys, vm.Config.Hardware.Device)
	s.VolumesAttached = slices.Sorted(maps.Values(volumes))
	s.ParentDisks = parentDisks(vm, volumes)
	if root := hardware.RootDisk(vm.Config.Hardware.Device); root != nil {
		s.BootVolume = volumes[root.Key] != "" || hardware.Mapped(root)
	}
	if s.Recorded {
		return
	}
	s.ImageID, s.Flavor = notes.ImageID, notes.Flavor
	if !notes.Sized { // the notes were edited: take the VM's own sizes
		s.Flavor.VCPUs, s.Flavor.RAM, s.Flavor.Disk, s.Flavor.Ephemeral, s.Flavor.Swap = s.VCPUs, s.RAM, s.Disk, 0, 0
	}
	s.ConfigDrive = vmspec.NovaConfigDrive(vm.Config.Hardware.Device)
	rescue, _ := RescueDisk(vm)
	s.Disks = slices.DeleteFunc(vmspec.NovaDisks(vm.Config.Hardware.Device), func(d openstack.Disk) bool {
		disk := hardware.DiskAt(vm.Config.Hardware.Device, d.Place)
		return disk == nil || disk == rescue || volumes[disk.Key] != ""
	})
}

// firstClass are the volumes among a VM's disks, by the disks' keys.
func firstClass(vm mo.VirtualMachine) map[int32]string {
	out := map[int32]string{}
	for _, disk := range DisksOf(vm) {
		if disk.VDiskId != nil {
			out[disk.Key] = disk.VDiskId.Id
		}
	}
	return out
}

// parentDisks returns the files outside a VM's own folder that its own disks were cloned from. Other VMs share them.
func parentDisks(vm mo.VirtualMachine, volumes map[int32]string) (files []string) {
	home := FolderOf(vm.Config.Files.VmPathName)
	for _, disk := range DisksOf(vm) {
		if volumes[disk.Key] != "" {
			continue
		}
		for _, file := range hardware.Parents(disk) {
			if FolderOf(file) != home && !slices.Contains(files, file) {
				files = append(files, file)
			}
		}
	}
	return files
}

// match gives the flavor that Nova described an id, where the catalogue has it: by its name, or without a name by its size, if only one
// flavor has that. It takes nothing else from the catalogue, since the VM was not made with it.
func (c *Machines) match(ctx context.Context, s *openstack.Server) {
	if s.Recorded || s.Flavor.VCPUs == 0 || s.Flavor.ID != "" {
		return
	}
	all, err := c.novaFlavors.Get(func() ([]openstack.Flavor, error) { return c.flavors.List(ctx) })
	if err != nil {
		return // an unreadable catalogue matches nothing
	}
	var found []openstack.Flavor
	for _, f := range all {
		if f.Name == s.Flavor.Name || s.Flavor.Name == "" && s.Fits(f) && s.Disk == f.Disk {
			found = append(found, f)
		}
	}
	if len(found) == 1 {
		s.Flavor.ID, s.Flavor.Name = found[0].ID, cmp.Or(s.Flavor.Name, found[0].Name)
	}
}
