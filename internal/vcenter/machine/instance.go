// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// InstanceOf builds an instance from its VM's properties.
func InstanceOf(vm mo.VirtualMachine) (openstack.Server, error) {
	if vm.Config == nil {
		return openstack.Server{}, unshown(vm)
	}
	keys, copyOf := recordsAndOriginal(vm.Config)
	s := openstack.Server{ID: strings.ToLower(vm.Config.InstanceUuid),
		ServerSpec: openstack.ServerSpec{Name: vm.Name, PowerState: PowerState(vm.Runtime.PowerState)},
		ServerStatus: openstack.ServerStatus{MoRef: vm.Self.Value, VCPUs: int64(vm.Config.Hardware.NumCPU),
			RAM: int64(vm.Config.Hardware.MemoryMB), Updated: vm.Config.Modified, CopyOf: copyOf}}
	s.CPU, s.Memory = vmspec.Allocation(vm.Config.CpuAllocation), vmspec.Allocation(vm.Config.MemoryAllocation)
	s.CPUHotAdd = vm.Config.CpuHotAddEnabled != nil && *vm.Config.CpuHotAddEnabled
	s.RAMHotAdd = vm.Config.MemoryHotAddEnabled != nil && *vm.Config.MemoryHotAddEnabled
	s.RAMLimit, s.RAMStep, s.GuestID = vm.Config.HotPlugMemoryLimit, vm.Config.HotPlugMemoryIncrementSize, vm.Config.GuestId
	if vm.Config.Hardware.NumCoresPerSocket != nil {
		s.Cores = int64(*vm.Config.Hardware.NumCoresPerSocket)
	}
	if vm.Config.CreateDate != nil {
		s.Created = *vm.Config.CreateDate
	}
	if disk := hardware.RootDisk(vm.Config.Hardware.Device); disk != nil {
		s.Disk, s.Datastore = disk.CapacityInKB>>20, DatastoreOf(DiskFile(disk))
	}
	_, s.Rescued = RescueDisk(vm)
	s.Snapshots = SnapshotsOf(vm)
	s.Stuck = cmp.Or(stuck(vm), rescued(s))
	err := recorded(&s, keys)
	if err != nil && !errors.Is(err, errForeign) {
		return s, err
	}
	s.Recorded = err == nil && (s.Mark != nil || s.ImageID != "" || s.ImageName != "") // else a record of NICs alone, by interface_attach
	ofNova(&s, vm, keys)
	s.Untold = untold(keys, s)
	s.Disks = hardware.DisksAt(vm.Config.Hardware.Device, s.Disks)
	s.Besides, s.SharedVolumes = besides(vm, s.Disks), sharedVolumes(vm)
	addVolumes(&s, vm, keys)
	s.Unfinished = s.Unfinished || keys[UnfinishedKey] != "" && s.PowerState == openstack.Shutoff
	if s.Unfinished {
		s.ConfigDrive = s.ConfigDrive && vmspec.NovaConfigDrive(vm.Config.Hardware.Device)
	}
	addNICs(&s, vm, keys)
	return s, nil
}

// recorded fills in what the VM's extraConfig records of the instance.
func recorded(s *openstack.Server, keys map[string]string) error {
	var mark openstack.Mark
	if text := keys[records.MarkKey]; text != "" && json.Unmarshal([]byte(text), &mark) == nil {
		s.Mark = &mark
	}
	text, ok := keys[RecordKey]
	if !ok {
		return errForeign
	}
	where := fmt.Sprintf("the record %s in the advanced parameters of VM %s", RecordKey, s.Name)
	var r Record
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return fmt.Errorf("%s cannot be read (%w): somebody edited it; put its former value back", where, err)
	}
	if r.Schema > records.Schema {
		return fmt.Errorf("%s was written by a newer version of this provider (schema %d, this one knows %d): upgrade the provider", where,
			r.Schema, records.Schema)
	}
	s.Flavor, s.ImageID, s.ImageName, s.KeyPair, s.Description = r.Flavor, r.ImageID, r.ImageName, r.KeyPair, r.Description
	s.Metadata, s.Tags, s.NICs, s.Properties, s.UserDataSum = r.Metadata, r.Tags, r.NICs, r.Properties, r.UserDataSum
	s.Disks, s.BlockDevices, s.ConfigDrive, s.PersonalitySum, s.SecurityGroups, s.Clock = r.Disks, r.BlockDevices, r.ConfigDrive,
		r.PersonalitySum, r.SecurityGroups, r.Clock
	s.Zone, s.HideUserData, s.HideFiles = r.Zone, r.HideUserData, r.HideFiles
	bound := ReadAffinity(keys[AffinityKey])
	s.Hints, s.Pin = bound.Hints, bound.Pin
	if r.Shelved && s.PowerState == openstack.Shutoff {
		s.PowerState = openstack.Shelved
	}
	if r.Updated.After(s.Updated) {
		s.Updated = r.Updated
	}
	if data, ok := guest.Unpack(keys["guestinfo.userdata"], keys["guestinfo.userdata.encoding"]); ok && r.UserDataSum != "" &&
		!s.HideUserData {
		if SumOf(data) == r.UserDataSum {
			s.UserData = data
		}
	}
	return nil
}
