package vcsim

import (
	"maps"
	"slices"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// Advanced is what a vCenter does when a change sets advanced parameters outside guestinfo. of a machine that is not off. The reports
// contradict each other: VMware's own programs set such keys live (vmware-tanzu/vm-operator), and so does Nova's driver (nvp.iface-id.N at
// an attachment); vmware/dod-compliance-and-automation #94 tells that what 7.0 U2d took, 7.0 U3d refuses, and the vSphere 8 Security
// Configuration Guide (its section "Power Off") that most of them cannot be set any more.
type Advanced int32

const (
	// AllTaken takes every parameter.
	AllTaken Advanced = iota
	// KnownRefused refuses a change that sets one which vSphere itself knows, with InvalidPowerState. Keys that it does not know are taken.
	KnownRefused
	// AllRefused refuses a change that sets any.
	AllRefused
)

// On are the options of a vCenter that does so.
func (a Advanced) On(o Options) Options {
	o.Advanced = a
	return o
}

// TakeAdvanced has the vCenter do so from now on.
func (v *VCenter) TakeAdvanced(how Advanced) { v.rules.advanced.Store(int32(how)) }

// Advanced is what it does.
func (v *VCenter) Advanced() Advanced { return Advanced(v.rules.advanced.Load()) }

// DropGuestinfo has keys of guestinfo. that a change set while the machine was not off be gone once it is off: vmware/vic #4110 and #8637
// tell of it, for 6.x. A server that keeps them is the default.
func (v *VCenter) DropGuestinfo(drop bool) { v.rules.dropping.Store(drop) }

// knownKeys are how parameters begin that vSphere knows: those that the security guides set, those of the scheduler and of the virtual
// hardware, and those that vm-operator leaves for the time when a machine is off.
var knownKeys = []string{"bios.", "cpuid.", "disk.", "ethernet", "hypervisor.", "isolation.", "keyboard.", "log.", "mks.", "monitor",
	"numa.", "pcibridge", "pcipassthru",
	"remotedisplay.", "sched.", "scsi", "svga.", "tools.", "uefi.", "vhv.", "vmx."}

// advancedFault refuses the parameters that a machine which is not off cannot be given. A key of Nova's that is there cannot be removed
// from it either, whatever else the server takes: Nova's driver says so of its own (vm_util.py, where a port's key becomes "free").
func (r *rules) advancedFault(vm *simulator.VirtualMachine, options []types.BaseOptionValue) types.BaseMethodFault {
	how := Advanced(r.advanced.Load())
	refused := slices.ContainsFunc(options, func(o types.BaseOptionValue) bool {
		v := o.GetOptionValue()
		key := strings.ToLower(v.Key)
		switch {
		case strings.HasPrefix(key, "guestinfo."), strings.HasPrefix(key, "vcsim."), strings.HasPrefix(key, "set."):
			return false
		case strings.HasPrefix(key, "nvp.") && v.Value == "" && option(vm.Config.ExtraConfig, v.Key) != nil:
			return true
		case how == AllRefused:
			return true
		}
		return how == KnownRefused && slices.ContainsFunc(knownKeys, func(known string) bool { return strings.HasPrefix(key, known) })
	})
	if !refused {
		return nil
	}
	return &types.InvalidPowerState{RequestedState: types.VirtualMachinePowerStatePoweredOff, ExistingState: vm.Runtime.PowerState}
}

// fixedWhileRunning says that a change edits what a device keeps as long as its machine runs. The list is that of the vSphere Web Services
// SDK Programming Guide ("Configuring a Virtual Machine"): since 5.5 such a change is an error.
func fixedWhileRunning(have []types.BaseVirtualDevice, changes []types.BaseVirtualDeviceConfigSpec) bool {
	return slices.ContainsFunc(changes, func(c types.BaseVirtualDeviceConfigSpec) bool {
		change := c.GetVirtualDeviceConfigSpec()
		if change.Operation != types.VirtualDeviceConfigSpecOperationEdit {
			return false
		}
		next := change.Device.GetVirtualDevice()
		was := object.VirtualDeviceList(have).FindByKey(next.Key)
		return was != nil && (differs(next.UnitNumber, was.GetVirtualDevice().UnitNumber) || otherCard(was, change.Device) ||
			otherMode(was, change.Device))
	})
}

func otherCard(was, next types.BaseVirtualDevice) bool {
	a, ok := was.(types.BaseVirtualEthernetCard)
	b, is := next.(types.BaseVirtualEthernetCard)
	if !ok || !is {
		return false
	}
	have, want := a.GetVirtualEthernetCard(), b.GetVirtualEthernetCard()
	return want.MacAddress != "" && !strings.EqualFold(want.MacAddress, have.MacAddress) || want.AddressType != "" &&
		!strings.EqualFold(want.AddressType, have.AddressType) ||
		differs(want.WakeOnLanEnabled, have.WakeOnLanEnabled)
}

func otherMode(was, next types.BaseVirtualDevice) bool {
	a, ok := was.(*types.VirtualDisk)
	b, is := next.(*types.VirtualDisk)
	if !ok || !is {
		return false
	}
	want := diskMode(b)
	return want != "" && want != diskMode(a)
}

func diskMode(disk *types.VirtualDisk) string {
	switch b := disk.Backing.(type) {
	case *types.VirtualDiskFlatVer2BackingInfo:
		return b.DiskMode
	case *types.VirtualDiskSeSparseBackingInfo:
		return b.DiskMode
	case *types.VirtualDiskSparseVer2BackingInfo:
		return b.DiskMode
	case *types.VirtualDiskRawDiskMappingVer1BackingInfo:
		return b.DiskMode
	}
	return ""
}

// memories are what guests were told, and what they may be told no longer.
type memories struct {
	live map[types.ManagedObjectReference]map[string]bool   // keys of guestinfo. that were set while the machine was not off
	told map[types.ManagedObjectReference]map[string]string // guestinfo. as the guest has read it at its last boot

	asleep map[types.ManagedObjectReference]bool // suspended: what goes on does not boot
}

func newMemories() memories {
	return memories{map[types.ManagedObjectReference]map[string]bool{}, map[types.ManagedObjectReference]map[string]string{},
		map[types.ManagedObjectReference]bool{}}
}

// powered has a guest that starts, and does not go on after a pause, read guestinfo.
func (m *memories) powered(vm *mo.VirtualMachine) {
	switch resumed := m.asleep[vm.Self]; {
	case vm.Runtime.PowerState == types.VirtualMachinePowerStateSuspended:
		m.asleep[vm.Self] = true
	case vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn && !resumed:
		m.told[vm.Self] = guestinfo(vm)
		fallthrough
	default:
		delete(m.asleep, vm.Self)
	}
}

// gone forgets a machine.
func (m *memories) gone(vm types.ManagedObjectReference) {
	delete(m.live, vm)
	delete(m.told, vm)
	delete(m.asleep, vm)
}

func guestinfo(vm *mo.VirtualMachine) map[string]string {
	told := map[string]string{}
	for _, o := range vm.Config.ExtraConfig {
		v := o.GetOptionValue()
		if value, ok := v.Value.(string); ok && strings.HasPrefix(v.Key, "guestinfo.") {
			told[v.Key] = value
		}
	}
	return told
}

// wrote notes keys that were set while a machine is not off. One that is set while it is off stays.
func (g *guests) wrote(vm types.ManagedObjectReference, off bool, options []types.BaseOptionValue) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, o := range options {
		key := o.GetOptionValue().Key
		if !strings.HasPrefix(key, "guestinfo.") {
			continue
		}
		if g.memories.live[vm] == nil {
			g.memories.live[vm] = map[string]bool{}
		}
		g.memories.live[vm][key] = !off
	}
}

// forget drops what was set while the machine was not off, now that it is.
func (g *guests) forget(vm *mo.VirtualMachine) {
	g.mu.Lock()
	live := g.memories.live[vm.Self]
	delete(g.memories.live, vm.Self)
	g.mu.Unlock()
	vm.Config.ExtraConfig = slices.DeleteFunc(slices.Clone(vm.Config.ExtraConfig),
		func(o types.BaseOptionValue) bool { return live[o.GetOptionValue().Key] })
}

// reads has a guest read guestinfo again.
func (g *guests) reads(vm *mo.VirtualMachine) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.memories.told[vm.Self] = guestinfo(vm)
}

// Told is guestinfo. as a machine's guest has read it at its last boot, by key; nil where it has never booted.
func (v *VCenter) Told(vm types.ManagedObjectReference) map[string]string {
	g := v.rules.guests
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.memories.told[vm])
}
