// SPDX-License-Identifier: MPL-2.0

// Package reconfigure computes the changes that turn a VM into what a specification asks for, and whether the VM must be off for them.
package reconfigure

import (
	"reflect"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// Delta returns the spec to send so that a VM with the configuration have becomes want; Empty reports whether there is nothing to send.
// Settings that want leaves out stay, and only devices that want removes go. The hardware version is not included, because a reconfigure
// cannot raise it.
func Delta(have types.VirtualMachineConfigInfo, want types.VirtualMachineConfigSpec) types.VirtualMachineConfigSpec {
	var d types.VirtualMachineConfigSpec
	if !strings.EqualFold(want.InstanceUuid, have.InstanceUuid) {
		d.InstanceUuid = want.InstanceUuid
	}
	differs(&d.NumCPUs, have.Hardware.NumCPU, want.NumCPUs)
	differs(&d.MemoryMB, int64(have.Hardware.MemoryMB), want.MemoryMB)
	differs(&d.Annotation, have.Annotation, want.Annotation)
	differs(&d.GuestId, have.GuestId, want.GuestId)
	differs(&d.Firmware, have.Firmware, want.Firmware)
	for _, flag := range []struct{ target, have, want **bool }{
		{&d.CpuHotAddEnabled, &have.CpuHotAddEnabled, &want.CpuHotAddEnabled},
		{&d.MemoryHotAddEnabled, &have.MemoryHotAddEnabled, &want.MemoryHotAddEnabled},
		{&d.MemoryReservationLockedToMax, &have.MemoryReservationLockedToMax, &want.MemoryReservationLockedToMax},
		{&d.NestedHVEnabled, &have.NestedHVEnabled, &want.NestedHVEnabled}, {&d.SevEnabled, &have.SevEnabled, &want.SevEnabled},
	} {
		differsPointer(flag.target, *flag.have, *flag.want)
	}
	changeCPU(&d, have, want)
	if want.MemoryAllocation != nil && !hardware.SameAllocation(have.MemoryAllocation, want.MemoryAllocation) {
		d.MemoryAllocation = want.MemoryAllocation
	}
	if want.Tools != nil && !sameTools(have.Tools, want.Tools) {
		d.Tools = want.Tools
	}
	if want.BootOptions != nil && !sameBoot(have.BootOptions, want.BootOptions) {
		d.BootOptions = want.BootOptions
	}
	d.ExtraConfig = changedOptions(have.ExtraConfig, want.ExtraConfig)
	d.DeviceChange = changedDevices(have.Hardware.Device, have.Version, want.DeviceChange)
	return d
}

// changeCPU fills in the part of Delta for the CPU and its shares.
func changeCPU(d *types.VirtualMachineConfigSpec, have types.VirtualMachineConfigInfo, want types.VirtualMachineConfigSpec) {
	if want.NumCoresPerSocket != nil {
		if have := have.Hardware.NumCoresPerSocket; have == nil || *have != *want.NumCoresPerSocket {
			d.NumCoresPerSocket = want.NumCoresPerSocket
		}
	}
	if d.NumCPUs != 0 { // vCenter checks both together
		d.NumCoresPerSocket = want.NumCoresPerSocket
	}
	if want.CpuAllocation != nil && !hardware.SameAllocation(have.CpuAllocation, want.CpuAllocation) {
		d.CpuAllocation = want.CpuAllocation
	}
	if want.LatencySensitivity != nil && levelOf(have.LatencySensitivity) != want.LatencySensitivity.Level {
		d.LatencySensitivity = want.LatencySensitivity
	}
	if want.VirtualNuma != nil && want.VirtualNuma.CoresPerNumaNode != nil && nodeSize(have.NumaInfo) != *want.VirtualNuma.CoresPerNumaNode {
		d.VirtualNuma = want.VirtualNuma
	}
}

func levelOf(l *types.LatencySensitivity) types.LatencySensitivitySensitivityLevel {
	if l == nil {
		return types.LatencySensitivitySensitivityLevelNormal
	}
	return l.Level
}

// nodeSize returns the size of a NUMA node that was set by hand, or 0.
func nodeSize(info *types.VirtualMachineVirtualNumaInfo) int32 {
	if info == nil || info.CoresPerNumaNode == nil || isTrue(info.AutoCoresPerNumaNode) {
		return 0
	}
	return *info.CoresPerNumaNode
}

func sameBoot(have, want *types.VirtualMachineBootOptions) bool {
	if have == nil {
		have = &types.VirtualMachineBootOptions{}
	}
	return have.BootDelay == want.BootDelay && (want.EfiSecureBootEnabled == nil ||
		isTrue(have.EfiSecureBootEnabled) == *want.EfiSecureBootEnabled)
}

// Clone is Delta for a VM copied from a template: it removes the template's own NICs and vApp settings.
func Clone(template types.VirtualMachineConfigInfo, want types.VirtualMachineConfigSpec) types.VirtualMachineConfigSpec {
	d := Delta(template, want)
	var unplug []types.BaseVirtualDeviceConfigSpec
	for _, device := range template.Hardware.Device {
		if _, card := device.(types.BaseVirtualEthernetCard); card {
			unplug = append(unplug, hardware.Remove(device))
		}
	}
	d.DeviceChange = append(unplug, d.DeviceChange...)
	d.VmProfile = want.VmProfile
	if template.VAppConfig != nil {
		d.VAppConfigRemoved = types.NewBool(true) // cloud-init would read it before guestinfo
	}
	return d
}

// New is Delta for a VM that is made from nothing.
func New(want types.VirtualMachineConfigSpec) types.VirtualMachineConfigSpec {
	d := Delta(types.VirtualMachineConfigInfo{}, want)
	d.Name, d.Version, d.VmProfile = want.Name, want.Version, want.VmProfile
	return d
}

// Empty reports whether a spec changes nothing.
func Empty(d types.VirtualMachineConfigSpec) bool { return reflect.ValueOf(d).IsZero() }

func differs[T comparable](target *T, have, want T) {
	var unset T
	if want != unset && want != have {
		*target = want
	}
}

func differsPointer(target **bool, have, want *bool) {
	if want != nil && (have == nil && *want || have != nil && *have != *want) {
		*target = want
	}
}

func sameTools(have, want *types.ToolsConfigInfo) bool {
	return have != nil && isTrue(have.AfterPowerOn) == isTrue(want.AfterPowerOn) && isTrue(have.AfterResume) == isTrue(want.AfterResume) &&
		isTrue(have.BeforeGuestStandby) == isTrue(want.BeforeGuestStandby) &&
		isTrue(have.BeforeGuestShutdown) == isTrue(want.BeforeGuestShutdown) &&
		isTrue(have.BeforeGuestReboot) == isTrue(want.BeforeGuestReboot)
}

func changedOptions(have, want []types.BaseOptionValue) []types.BaseOptionValue {
	now := make(map[string]any, len(have))
	for _, o := range have {
		now[o.GetOptionValue().Key] = o.GetOptionValue().Value
	}
	var out []types.BaseOptionValue
	for _, o := range want {
		v := o.GetOptionValue()
		if value, ok := now[v.Key]; !ok && v.Value != "" || ok && value != v.Value {
			out = append(out, o)
		}
	}
	return out
}

func isTrue(b *bool) bool { return b != nil && *b }
