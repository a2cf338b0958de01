// SPDX-License-Identifier: MPL-2.0

package guests

import (
	"maps"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

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

// NoteOptions notes keys that were set while a machine is not off. One that is set while it is off stays.
func (g *Guests) NoteOptions(vm types.ManagedObjectReference, off bool, options []types.BaseOptionValue) {
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

// ForgetLive drops what was set while the machine was not off, now that it is.
func (g *Guests) ForgetLive(vm *mo.VirtualMachine) {
	g.mu.Lock()
	live := g.memories.live[vm.Self]
	delete(g.memories.live, vm.Self)
	g.mu.Unlock()
	vm.Config.ExtraConfig = slices.DeleteFunc(slices.Clone(vm.Config.ExtraConfig),
		func(o types.BaseOptionValue) bool { return live[o.GetOptionValue().Key] })
}

// readGuestinfo has a guest read guestinfo again.
func (g *Guests) readGuestinfo(vm *mo.VirtualMachine) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.memories.told[vm.Self] = guestinfo(vm)
}

// Told is guestinfo. as a machine's guest has read it at its last boot, by key; nil where it has never booted.
func (g *Guests) Told(vm types.ManagedObjectReference) map[string]string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.memories.told[vm])
}
