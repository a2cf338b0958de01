// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// mergeBootOptions completes boot options with those that the machine has, and refuses a boot order that names a device which the machine
// does not have yet: keys of devices that the same change adds are not known before. An entry of no kind clears the order, as govmomi's
// BootOrder says.
func mergeBootOptions(vm *simulator.VirtualMachine, spec *types.VirtualMachineConfigSpec) types.BaseMethodFault {
	if spec.BootOptions == nil {
		return nil
	}
	have, cleared := object.VirtualDeviceList(vm.Config.Hardware.Device), false
	for _, entry := range spec.BootOptions.BootOrder {
		var key int32
		switch e := entry.(type) {
		case *types.VirtualMachineBootOptionsBootableDiskDevice:
			key = e.DeviceKey
		case *types.VirtualMachineBootOptionsBootableEthernetDevice:
			key = e.DeviceKey
		case *types.VirtualMachineBootOptionsBootableDevice:
			cleared = true
			continue
		default:
			continue
		}
		if have.FindByKey(key) == nil {
			return &types.InvalidArgument{InvalidProperty: "bootOptions.bootOrder"}
		}
	}
	merged := base.Copy(base.Merge(vm.Config.BootOptions, spec.BootOptions))
	if cleared {
		merged.BootOrder = nil
	}
	spec.BootOptions = merged
	return nil
}
