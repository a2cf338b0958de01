package vcsim

import (
	"reflect"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// inherited is what a clone has of its source without being told. The hardware version is: a clone cannot change it.
func inherited(have *types.VirtualMachineConfigInfo) types.VirtualMachineConfigSpec {
	flags, hw := have.Flags, have.Hardware
	spec := types.VirtualMachineConfigSpec{
		Version: have.Version, GuestId: have.GuestId, AlternateGuestName: have.AlternateGuestName,
		Annotation: have.Annotation, Firmware: have.Firmware, Flags: &flags,
		NumCPUs: hw.NumCPU, MemoryMB: int64(hw.MemoryMB), NumCoresPerSocket: hw.NumCoresPerSocket,
		VirtualICH7MPresent: hw.VirtualICH7MPresent, VirtualSMCPresent: hw.VirtualSMCPresent,
		CpuAllocation: copied(have.CpuAllocation), MemoryAllocation: copied(have.MemoryAllocation),
		CpuHotAddEnabled: have.CpuHotAddEnabled, CpuHotRemoveEnabled: have.CpuHotRemoveEnabled,
		MemoryHotAddEnabled: have.MemoryHotAddEnabled, NestedHVEnabled: have.NestedHVEnabled,
		MemoryReservationLockedToMax: have.MemoryReservationLockedToMax,
		LatencySensitivity:           copied(have.LatencySensitivity), BootOptions: copied(have.BootOptions),
		Tools: copied(have.Tools), CpuAffinity: copied(have.CpuAffinity),
		SwapPlacement: have.SwapPlacement, VAssertsEnabled: have.VAssertsEnabled,
		ChangeTrackingEnabled: have.ChangeTrackingEnabled, SevEnabled: have.SevEnabled,
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
	spec.Flags = over(spec.Flags, want.Flags)
	spec.BootOptions = over(spec.BootOptions, want.BootOptions)
	spec.Tools = over(spec.Tools, want.Tools)
	spec.CpuAllocation = over(spec.CpuAllocation, want.CpuAllocation)
	spec.MemoryAllocation = over(spec.MemoryAllocation, want.MemoryAllocation)
	for _, o := range want.ExtraConfig {
		spec.ExtraConfig = withOption(spec.ExtraConfig, o.GetOptionValue())
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

// over gives base with the fields that top sets.
func over[T any](base, top *T) *T {
	switch {
	case top == nil:
		return base
	case base == nil:
		return top
	}
	merged := *base
	to, from := reflect.ValueOf(&merged).Elem(), reflect.ValueOf(top).Elem()
	for i := range from.NumField() {
		if !from.Field(i).IsZero() {
			to.Field(i).Set(from.Field(i))
		}
	}
	return &merged
}

func copied[T any](v *T) *T {
	if v == nil {
		return nil
	}
	c := *v
	return &c
}

// keep sets the part of a configuration that the simulator accepts and forgets.
func keep(config *types.VirtualMachineConfigInfo, spec types.VirtualMachineConfigSpec) {
	if set(spec.VAppConfigRemoved) {
		config.VAppConfig = nil
	}
	if spec.SwapPlacement != "" {
		config.SwapPlacement = spec.SwapPlacement
	}
	config.VAssertsEnabled = firstSet(spec.VAssertsEnabled, config.VAssertsEnabled)
	config.SevEnabled = firstSet(spec.SevEnabled, config.SevEnabled)
	config.FixedPassthruHotPlugEnabled = firstSet(spec.FixedPassthruHotPlugEnabled, config.FixedPassthruHotPlugEnabled)
	if spec.MaxMksConnections != 0 {
		config.MaxMksConnections = spec.MaxMksConnections
	}
	if spec.PowerOpInfo != nil {
		config.DefaultPowerOps = *over(&config.DefaultPowerOps, spec.PowerOpInfo)
	}
}

func firstSet(a, b *bool) *bool {
	if a != nil {
		return a
	}
	return b
}

// guestFullName is not what a real server says, but like it differs from the identifier.
func guestFullName(id string) string {
	name, wide := strings.CutSuffix(strings.TrimSuffix(id, "Guest"), "_64")
	if !wide {
		name, wide = strings.CutSuffix(name, "64") // ubuntu64Guest
	}
	if wide {
		return name + " (64-bit)"
	}
	return name + " (32-bit)"
}
