// SPDX-License-Identifier: MPL-2.0

package switches

import (
	"strconv"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// Card is a NIC on a segment, as a host tells NSX of it.
type Card struct {
	Machine    string // the managed object id of its machine
	Device     string // its key among the machine's devices
	MAC        string
	ExternalID string // what the NIC says it is attached to: the attachment id of a segment port; empty where it says nothing
	SwitchUUID string // the logical switch of the segment
}

// Connection is what has become of a NIC.
type Connection bool

const (
	// Connected is a NIC that has come onto a segment.
	Connected Connection = true
	// Disconnected is one that has left it.
	Disconnected Connection = false
)

// Watch has somebody hear of every NIC that comes onto a segment or leaves it, in the order in which it happens, and at once of those that
// are there. It is called while the machine is locked, and so must not ask the vCenter anything.
func (s *Segments) Watch(watch func(Connection, Card)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watch = append(s.watch, watch)
	for _, cards := range s.cards {
		for _, c := range cards {
			watch(Connected, c)
		}
	}
}

// NoteCards tells what has become of the NICs of a machine that is locked. A NIC that names the same attachment on the same logical switch
// has not changed: a host ignores the change of anything else.
func (s *Segments) NoteCards(ctx *simulator.Context, vm *mo.VirtualMachine) {
	listOpaque(ctx, vm)
	now := map[int32]Card{}
	for _, c := range base.NICs(vm) {
		if uuid := logicalSwitch(ctx, c.Backing); uuid != "" && s.counts(vm) {
			now[c.Key] = Card{Machine: vm.Self.Value, Device: strconv.Itoa(int(c.Key)), MAC: c.MacAddress, ExternalID: c.ExternalId,
				SwitchUUID: uuid}
		}
	}
	s.note(vm.Self, now)
}

// counts reports whether NICs of a machine are connected at all.
func (s *Segments) counts(vm *mo.VirtualMachine) bool {
	off := vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff
	return !vm.Config.Template && (!off || !s.OnlyPowered.Load())
}

// NoteRemoved takes every NIC of a machine off its segment.
func (s *Segments) NoteRemoved(vm types.ManagedObjectReference) { s.note(vm, nil) }

func (s *Segments) note(vm types.ManagedObjectReference, now map[int32]Card) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.cards[vm]
	for key, c := range was {
		if !c.isAt(now[key]) {
			s.tell(Disconnected, c)
		}
	}
	for key, c := range now {
		if !c.isAt(was[key]) {
			s.tell(Connected, c)
		}
	}
	if delete(s.cards, vm); len(now) > 0 {
		s.cards[vm] = now
	}
}

// isAt reports whether two are the same NIC at the same place.
func (c Card) isAt(other Card) bool {
	return c.Device == other.Device && c.ExternalID == other.ExternalID && c.SwitchUUID == other.SwitchUUID
}

func (s *Segments) tell(what Connection, c Card) {
	for _, watch := range s.watch {
		watch(what, c)
	}
}

// CheckAttachment refuses a NIC that names an attachment which another NIC has: a segment port has one. A NIC that is taken out by the same
// change lets go of its own.
func (s *Segments) CheckAttachment(ctx *simulator.Context, have object.VirtualDeviceList, changes []types.BaseVirtualDeviceConfigSpec,
	want *types.VirtualEthernetCard) types.BaseMethodFault {
	uuid := logicalSwitch(ctx, want.Backing)
	if uuid == "" || want.ExternalId == "" {
		return nil
	}
	taken := &types.ResourceInUse{Type: "nsx.LogicalPort", Name: want.ExternalId}
	holders := s.holders(want.ExternalId, uuid)
	for _, d := range have {
		c, ok := d.(types.BaseVirtualEthernetCard)
		if !ok || c.GetVirtualEthernetCard().ExternalId != want.ExternalId {
			continue
		}
		holders--
		if key := c.GetVirtualEthernetCard().Key; key != want.Key && !leaves(changes, key, want.ExternalId) {
			return taken
		}
	}
	if holders > 0 {
		return taken
	}
	return nil
}

// holders is how many NICs that are connected name an attachment.
func (s *Segments) holders(attachment, uuid string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, cards := range s.cards {
		for _, c := range cards {
			if c.ExternalID == attachment && c.SwitchUUID == uuid {
				n++
			}
		}
	}
	return n
}

// leaves reports whether changes take a NIC out, or give it another attachment.
func leaves(changes []types.BaseVirtualDeviceConfigSpec, key int32, attachment string) bool {
	for _, one := range changes {
		change := one.GetVirtualDeviceConfigSpec()
		c, ok := change.Device.(types.BaseVirtualEthernetCard)
		if !ok || c.GetVirtualEthernetCard().Key != key {
			continue
		}
		id := c.GetVirtualEthernetCard().ExternalId
		return change.Operation == types.VirtualDeviceConfigSpecOperationRemove || id != "" && id != attachment
	}
	return false
}

// logicalSwitch is the logical switch of the segment that a NIC is plugged into; empty where it is plugged into none.
func logicalSwitch(ctx *simulator.Context, backing types.BaseVirtualDeviceBackingInfo) string {
	switch b := backing.(type) {
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		ref := types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: b.Port.PortgroupKey}
		if group, ok := ctx.Map.Get(ref).(*simulator.DistributedVirtualPortgroup); ok {
			return configOf(ctx, group).LogicalSwitchUuid
		}
	case *types.VirtualEthernetCardOpaqueNetworkBackingInfo:
		if b.OpaqueNetworkType == logicalSwitchType || b.OpaqueNetworkType == unlisted {
			return b.OpaqueNetworkId
		}
	}
	return ""
}
