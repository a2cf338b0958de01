// SPDX-License-Identifier: MPL-2.0

package reconfigure

import (
	"fmt"
	"slices"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// Reset returns the spec next for a VM that was made by the spec former: settings of former that next leaves out return to vSphere's
// defaults. A TPM stays, because its secrets would be lost. So do the memory of a video card and hot-add, which do no harm and would need
// a shutdown to go.
func Reset(former, next types.VirtualMachineConfigSpec) types.VirtualMachineConfigSpec {
	for _, flag := range []struct{ former, next **bool }{
		{&former.NestedHVEnabled, &next.NestedHVEnabled}, {&former.MemoryReservationLockedToMax, &next.MemoryReservationLockedToMax},
		{&former.SevEnabled, &next.SevEnabled},
	} {
		if isTrue(*flag.former) && *flag.next == nil {
			*flag.next = types.NewBool(false)
		}
	}
	if former.LatencySensitivity != nil && next.LatencySensitivity == nil {
		next.LatencySensitivity = &types.LatencySensitivity{Level: types.LatencySensitivitySensitivityLevelNormal}
	}
	if former.VirtualNuma != nil && next.VirtualNuma == nil {
		next.VirtualNuma = &types.VirtualMachineVirtualNuma{CoresPerNumaNode: types.NewInt32(0)}
	}
	if former.BootOptions != nil && next.BootOptions == nil {
		next.BootOptions = &types.VirtualMachineBootOptions{}
		if isTrue(former.BootOptions.EfiSecureBootEnabled) {
			next.BootOptions.EfiSecureBootEnabled = types.NewBool(false)
		}
	}
	next.ExtraConfig = append(slices.Clone(next.ExtraConfig), goneOptions(former.ExtraConfig, next.ExtraConfig)...)
	for _, change := range former.DeviceChange {
		spec := change.GetVirtualDeviceConfigSpec()
		if watchdog, ok := spec.Device.(*types.VirtualWDT); ok && spec.Operation == types.VirtualDeviceConfigSpecOperationAdd &&
			!hasType(next.DeviceChange, watchdog) {
			next.DeviceChange = append(slices.Clone(next.DeviceChange), hardware.Remove(watchdog))
		}
	}
	if former.CpuAllocation != nil && limitedNICs(former) && !limitedNICs(next) {
		unlimitNICs(next)
	}
	return next
}

// goneOptions removes the keys of the table that next does not set. An empty value removes a key.
func goneOptions(former, next []types.BaseOptionValue) (out []types.BaseOptionValue) {
	set := map[string]bool{}
	for _, o := range next {
		set[o.GetOptionValue().Key] = true
	}
	for _, o := range former {
		if key := o.GetOptionValue().Key; !set[key] && slices.ContainsFunc(tableOptions,
			func(prefix string) bool { return len(key) >= len(prefix) && key[:len(prefix)] == prefix }) {
			out = append(out, &types.OptionValue{Key: key, Value: ""})
		}
	}
	return out
}

// tableOptions are the prefixes of the extraConfig keys that the table sets.
var tableOptions = []string{"sched.mem.lpage.", "hypervisor.cpuid.", "numa.vcpu."}

func hasType(changes []types.BaseVirtualDeviceConfigSpec, device types.BaseVirtualDevice) bool {
	return slices.ContainsFunc(changes, func(c types.BaseVirtualDeviceConfigSpec) bool {
		return fmt.Sprintf("%T", c.GetVirtualDeviceConfigSpec().Device) == fmt.Sprintf("%T", device)
	})
}

func limitedNICs(spec types.VirtualMachineConfigSpec) bool {
	return slices.ContainsFunc(spec.DeviceChange, func(c types.BaseVirtualDeviceConfigSpec) bool {
		card, ok := c.GetVirtualDeviceConfigSpec().Device.(types.BaseVirtualEthernetCard)
		return ok && card.GetVirtualEthernetCard().ResourceAllocation != nil
	})
}

// unlimitNICs removes the traffic limits of a former flavor.
func unlimitNICs(spec types.VirtualMachineConfigSpec) {
	for _, c := range spec.DeviceChange {
		if card, ok := c.GetVirtualDeviceConfigSpec().Device.(types.BaseVirtualEthernetCard); ok {
			card.GetVirtualEthernetCard().ResourceAllocation = hardware.UnlimitedTraffic()
		}
	}
}
