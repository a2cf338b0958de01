// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// Keys of an instance's extraConfig about the volumes of its block_device blocks.
const (
	// VolumesKey holds the ids of the volumes of blocks, by the index of the block. The root disk is not in it: its device tells.
	VolumesKey = "novasphere.volumes"
	// UnregisteredKey is on a VM whose root disk is to be a volume, and could not be made one while the VM has it.
	UnregisteredKey = "novasphere.unregistered"
)

// VolumesText encodes the ids of blocks' volumes for VolumesKey.
func VolumesText(ids map[int]string) string {
	raw, _ := json.Marshal(ids) // strings only
	return string(raw)
}

// addVolumes fills in the volumes that a VM has, and which of them are those of the instance's blocks. A first class disk that Nova
// attached has Cinder's id beside its own, by which nothing is found here.
func addVolumes(s *openstack.Server, vm mo.VirtualMachine, keys map[string]string) {
	cinder := vmspec.Volumes(keys, vm.Config.Hardware.Device)
	root := hardware.RootDisk(vm.Config.Hardware.Device)
	for _, disk := range DisksOf(vm) {
		if disk.VDiskId == nil {
			continue
		}
		s.VolumesAttached = slices.DeleteFunc(s.VolumesAttached, func(id string) bool { return id == cinder[disk.Key] })
		s.VolumesAttached = append(s.VolumesAttached, disk.VDiskId.Id)
		s.BootVolume = s.BootVolume || disk == root
	}
	slices.Sort(s.VolumesAttached)
	s.BootVolume = s.BootVolume || openstack.BootsFromVolume(s.BlockDevices)
	if !s.Own() {
		return
	}
	s.BlockVolumes = map[int]string{}
	_ = json.Unmarshal([]byte(keys[VolumesKey]), &s.BlockVolumes) // an unreadable note names none: their marks do
	if at := openstack.BootBlock(s.BlockDevices); at >= 0 && s.BlockDevices[at].Registered() {
		if root != nil && root.VDiskId != nil {
			s.BlockVolumes[at] = root.VDiskId.Id
		}
		s.Unregistered = s.BlockVolumes[at] == "" && s.BlockDevices[at].Source == openstack.SourceImage
		s.Unfinished = s.PowerState == openstack.Shutoff && s.BlockVolumes[at] == "" && keys[UnregisteredKey] == ""
	}
	s.Kept = kept(s, vm)
}

// kept describes the volumes that were made for an instance's blocks and outlive it.
func kept(s *openstack.Server, vm mo.VirtualMachine) (out []string) {
	for i, block := range s.BlockDevices {
		if !block.Registered() || block.DeletedWithServer() || block.Source == openstack.SourceVolume {
			continue
		}
		for _, disk := range DisksOf(vm) {
			unregistered := s.Unregistered && block.Boots() && disk == hardware.RootDisk(vm.Config.Hardware.Device)
			if file := DiskFile(disk); unregistered {
				out = append(out, fmt.Sprintf("the volume that its root disk %s becomes (%s, datastore %s)", file, size(disk.CapacityInKB),
					DatastoreOf(file)))
			} else if disk.VDiskId != nil && disk.VDiskId.Id == s.BlockVolumes[i] {
				out = append(out, fmt.Sprintf("the volume %s (%s, datastore %s)", disk.VDiskId.Id, size(disk.CapacityInKB), DatastoreOf(file)))
			}
		}
	}
	return out
}
