// SPDX-License-Identifier: MPL-2.0

package reconfigure

import (
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// ResizeNeedsPowerOff reports whether a running instance must be shut down to get another flavor, and why. s is the present server: its
// sizes are the VM's, its flavor, properties and disks the recorded ones.
func ResizeNeedsPowerOff(compiler *vmspec.Compiler, s openstack.Server, to openstack.Flavor) (reason string, err error) {
	next, err := compiler.Compile(to, s.Properties)
	if err != nil {
		return "", err
	}
	spec, err := next.Spec(vmspec.Instance{Flavor: to, Properties: s.Properties, Disks: []openstack.Disk{}, Clock: s.Clock})
	if err != nil {
		return "", err
	}
	var old types.VirtualMachineConfigSpec // stays empty, and so do its needs, where the recorded flavor would be refused today
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
	if have.GuestId == "" { // no image sets it, so nothing changes
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

// needsPowerOff returns the reason among the needs, which a spec cannot express.
func needsPowerOff(had, next vmspec.Needs) string {
	switch {
	case vmspec.Older(had.Version, next.Version) && next.Version != "":
		return "the hardware version can only be raised while it is off"
	case had.EVCMode != next.EVCMode:
		return "the EVC mode can only be changed while it is off"
	}
	return ""
}

// madeBy returns the settings of a VM that was made by a spec.
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
