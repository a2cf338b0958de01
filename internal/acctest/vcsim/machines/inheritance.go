// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"reflect"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// specOf is what a clone has of its source without being told. The hardware version is: a clone cannot change it.
func specOf(have *types.VirtualMachineConfigInfo) types.VirtualMachineConfigSpec {
	flags, hw := have.Flags, have.Hardware
	spec := types.VirtualMachineConfigSpec{
		Version: have.Version, GuestId: have.GuestId, AlternateGuestName: have.AlternateGuestName, Annotation: have.Annotation,
		Firmware: have.Firmware, Flags: &flags, NumCPUs: hw.NumCPU, MemoryMB: int64(hw.MemoryMB), NumCoresPerSocket: hw.NumCoresPerSocket,
		VirtualICH7MPresent: hw.VirtualICH7MPresent, VirtualSMCPresent: hw.VirtualSMCPresent, CpuAllocation: base.Copy(have.CpuAllocation),
		MemoryAllocation: base.Copy(have.MemoryAllocation), CpuHotAddEnabled: have.CpuHotAddEnabled,
		CpuHotRemoveEnabled: have.CpuHotRemoveEnabled, MemoryHotAddEnabled: have.MemoryHotAddEnabled, NestedHVEnabled: have.NestedHVEnabled,
		MemoryReservationLockedToMax: have.MemoryReservationLockedToMax, LatencySensitivity: base.Copy(have.LatencySensitivity),
		BootOptions: base.Copy(have.BootOptions), Tools: base.Copy(have.Tools), CpuAffinity: base.Copy(have.CpuAffinity),
		SwapPlacement: have.SwapPlacement, VAssertsEnabled: have.VAssertsEnabled, ChangeTrackingEnabled: have.ChangeTrackingEnabled,
		SevEnabled: have.SevEnabled,
	}
	if spec.Tools != nil {
		spec.Tools.PendingCustomization = ""
	}
	for _, o := range have.ExtraConfig {
		v := *o.GetOptionValue()
		spec.ExtraConfig = append(spec.ExtraConfig, &v)
	}
	return spec
}

// byHand are the fields of a configuration that overlay does not simply replace, or that a clone ignores.
var byHand = map[string]bool{
	"Name": true, "Version": true, "Files": true, "ChangeVersion": true, "DeviceChange": true,
	"ExtraConfig": true, "Flags": true, "BootOptions": true, "Tools": true,
	"CpuAllocation": true, "MemoryAllocation": true,
}

// overlay lays every field that want sets over the specification. A structure is laid over field by field, because
// leaving one of its fields unset means leaving it alone.
func overlay(spec *types.VirtualMachineConfigSpec, want types.VirtualMachineConfigSpec) {
	to, from := reflect.ValueOf(spec).Elem(), reflect.ValueOf(want)
	for i := range from.NumField() {
		if f := from.Field(i); !byHand[from.Type().Field(i).Name] && !f.IsZero() {
			to.Field(i).Set(f)
		}
	}
	spec.Flags = base.Merge(spec.Flags, want.Flags)
	spec.BootOptions = base.Merge(spec.BootOptions, want.BootOptions)
	spec.Tools = base.Merge(spec.Tools, want.Tools)
	spec.CpuAllocation = base.Merge(spec.CpuAllocation, want.CpuAllocation)
	spec.MemoryAllocation = base.Merge(spec.MemoryAllocation, want.MemoryAllocation)
	for _, o := range want.ExtraConfig {
		spec.ExtraConfig = withOption(spec.ExtraConfig, o.GetOptionValue())
	}
}

// storeForgotten sets the part of a configuration that the simulator accepts and forgets.
func storeForgotten(config *types.VirtualMachineConfigInfo, spec types.VirtualMachineConfigSpec) {
	if base.IsTrue(spec.VAppConfigRemoved) {
		config.VAppConfig = nil
	}
	if spec.SwapPlacement != "" {
		config.SwapPlacement = spec.SwapPlacement
	}
	config.VAssertsEnabled = base.FirstSet(spec.VAssertsEnabled, config.VAssertsEnabled)
	config.SevEnabled = base.FirstSet(spec.SevEnabled, config.SevEnabled)
	config.FixedPassthruHotPlugEnabled = base.FirstSet(spec.FixedPassthruHotPlugEnabled, config.FixedPassthruHotPlugEnabled)
	if spec.MaxMksConnections != 0 {
		config.MaxMksConnections = spec.MaxMksConnections
	}
	if spec.PowerOpInfo != nil {
		config.DefaultPowerOps = *base.Merge(&config.DefaultPowerOps, spec.PowerOpInfo)
	}
}

// withOption sets one option; an empty value removes it.
func withOption(options []types.BaseOptionValue, o *types.OptionValue) []types.BaseOptionValue {
	kept := make([]types.BaseOptionValue, 0, len(options)+1)
	for _, old := range options {
		if old.GetOptionValue().Key != o.Key {
			kept = append(kept, old)
		}
	}
	if o.Value == "" {
		return kept
	}
	return append(kept, o)
}
