// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// volumeAttached attaches the volume of withVolume to its machine.
const volumeAttached = "resource \"novasphere_compute_volume_attach\" \"it\" {\n" +
	"  instance_id = \"@machine@\"\n  volume_id = \"@volume@\"\n}\n"

// withVolume returns a function that makes a volume, and a machine with disks on one controller.
func withVolume(disks int32) func(*laboratory) {
	return func(l *laboratory) {
		l.t.Helper()
		controller := &types.VirtualLsiLogicController{}
		controller.Key = 1000
		spec := types.VirtualMachineConfigSpec{Name: "p-machine", Version: "vmx-19",
			DeviceChange: []types.BaseVirtualDeviceConfigSpec{hardware.Add(controller)}}
		for i := range disks {
			unit := i
			if unit >= hardware.SCSISelf {
				unit++
			}
			disk := &types.VirtualDisk{CapacityInKB: 1 << 10, CapacityInBytes: 1 << 20}
			disk.Key, disk.ControllerKey, disk.UnitNumber = -1-i, controller.Key, &unit
			disk.Backing = &types.VirtualDiskFlatVer2BackingInfo{DiskMode: "persistent", ThinProvisioned: types.NewBool(true)}
			spec.DeviceChange = append(spec.DeviceChange, hardware.Create(disk))
		}
		l.Make("OpenStack", spec)
		l.ids = []string{"@machine@", l.VM("OpenStack/p-machine").Config.InstanceUuid, "@volume@", l.MakeDisk("p-volume", 1)}
	}
}
