package reconfigure

import (
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// ResizeNeedsPowerOff reports whether a running instance must be shut down to get another flavor, and why. The server is as it is:
// its sizes are those of the VM, its flavor, properties and disks those that are recorded.
func ResizeNeedsPowerOff(compiler *vmspec.Compiler, s openstack.Server, to openstack.Flavor) (reason string, err error) {
	next, err := compiler.Compile(to, s.Properties)
	if err != nil {
		return "", err
	}
	spec, err := next.Spec(vmspec.Instance{Flavor: to, Properties: s.Properties, Disks: []openstack.Disk{}, Clock: s.Clock})
	if err != nil {
		return "", err
	}
	var old types.VirtualMachineConfigSpec // of a flavor that nobody could have today it is nothing, and so are its needs
	var had vmspec.Needs
	if former, failed := compiler.Compile(s.Flavor, s.Properties); failed == nil {
		had = former.Needs
		spec, failed := former.Spec(vmspec.Instance{Flavor: s.Flavor, Properties: s.Properties, Disks: []openstack.Disk{}, Clock: s.Clock})
		if failed == nil {
			old = spec
		}
	}
	if reason := needsPowerOff(had, next.Needs); reason != "" {
		return reason, nil
	}
	spec = Reset(old, spec)
	cores := int32(s.Cores)
	have := madeBy(old)
	have.CpuHotAddEnabled, have.MemoryHotAddEnabled = &s.CPUHotAdd, &s.RAMHotAdd
	have.Hardware.NumCPU, have.Hardware.MemoryMB, have.Hardware.NumCoresPerSocket = int32(s.VCPUs), int32(s.RAM), &cores
	if old.Firmware == "" {
		have.Firmware = spec.Firmware
	}
	if old.GuestId == "" {
		have.GuestId = spec.GuestId
	}
	if have.GuestId == "" { // no image says it, so that nothing is to change about it
		have.GuestId = s.GuestID
	}
	have.HotPlugMemoryLimit, have.HotPlugMemoryIncrementSize = s.RAMLimit, s.RAMStep
	for _, disk := range s.Disks {
		if disk.Kind == openstack.DiskSwap && disk.MB > to.Swap {
			return "its swap disk is made anew", nil
		}
	}
	d := Delta(have, spec)
	return NeedsPowerOff(have, d), nil
}

// needsPowerOff is the part about what a spec cannot say.
func needsPowerOff(had, next vmspec.Needs) string {
	switch {
	case vmspec.Older(had.Version, next.Version) && next.Version != "":
		return "the hardware version can only be raised while it is off"
	case had.EVCMode != next.EVCMode:
		return "the EVC mode can only be changed while it is off"
	}
	return ""
}

// madeBy is a machine that was made by a spec, as far as its settings go.
func madeBy(spec types.VirtualMachineConfigSpec) types.VirtualMachineConfigInfo {
	info := types.VirtualMachineConfigInfo{GuestId: spec.GuestId, Firmware: spec.Firmware, NestedHVEnabled: spec.NestedHVEnabled,
		SevEnabled: spec.SevEnabled, MemoryReservationLockedToMax: spec.MemoryReservationLockedToMax, LatencySensitivity: spec.LatencySensitivity,
		BootOptions: spec.BootOptions, CpuAllocation: spec.CpuAllocation, MemoryAllocation: spec.MemoryAllocation, ExtraConfig: spec.ExtraConfig,
		Tools: spec.Tools}
	if spec.VirtualNuma != nil {
		info.NumaInfo = &types.VirtualMachineVirtualNumaInfo{CoresPerNumaNode: spec.VirtualNuma.CoresPerNumaNode}
	}
	for _, change := range spec.DeviceChange {
		if c := change.GetVirtualDeviceConfigSpec(); c.Operation == types.VirtualDeviceConfigSpecOperationAdd {
			info.Hardware.Device = append(info.Hardware.Device, c.Device)
		}
	}
	return info
}
