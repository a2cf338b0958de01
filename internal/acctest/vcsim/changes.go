// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/machines"
)

// watcher hears of every change in the inventory, whoever made it.
type watcher struct{ rules *rules }

// Reference implements mo.Reference.
func (w *watcher) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "Rules", Value: "watcher"}
}

// PutObject implements simulator.RegisterObject.
func (w *watcher) PutObject(_ *simulator.Context, o mo.Reference) {
	switch o.(type) {
	case *simulator.VirtualMachine, *simulator.HostSystem, *simulator.ResourcePool:
		w.rules.clusters.Usage.Outdate()
	}
}

// UpdateObject implements simulator.RegisterObject. The object is locked by whoever changes it.
func (w *watcher) UpdateObject(ctx *simulator.Context, o mo.Reference, changes []types.PropertyChange) {
	vm, ok := o.(*mo.VirtualMachine)
	if !ok {
		return
	}
	for _, c := range changes {
		switch c.Name {
		case "runtime.powerState":
			vm.Config.ChangeVersion = machines.ChangeVersion() // a real server moves it with every power operation
			machines.SetHotAddLimits(vm)
			w.rules.clusters.Usage.NoteMachine(vm)
			if w.rules.guests.DropLive.Load() && vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff {
				w.rules.guests.ForgetLive(vm)
			}
			w.rules.guests.NotePower(ctx, vm)
			w.rules.switches.Segments.NoteCards(ctx, vm)
		case "runtime.host", "resourcePool":
			w.rules.clusters.Usage.NoteMachine(vm)
		case "config.changeVersion":
			vm.Config.ChangeVersion = machines.ChangeVersion()
			w.rules.clusters.Usage.NoteMachine(vm)
			w.rules.guests.NoteDevices(ctx, vm)
			w.rules.switches.Ports.NoteCards(vm)
			w.rules.switches.Segments.NoteCards(ctx, vm)
			machines.UpdateSummary(ctx, vm)
		}
	}
}

// RemoveObject implements simulator.RegisterObject.
func (w *watcher) RemoveObject(ctx *simulator.Context, ref types.ManagedObjectReference) {
	if !tagged[ref.Type] {
		return
	}
	if ref.Type == "DistributedVirtualPortgroup" {
		w.rules.switches.NoteRemovedGroup(ctx, ref)
	}
	w.rules.guests.NoteRemoved(ref)
	w.rules.switches.Ports.NoteRemoved(ref)
	w.rules.switches.Segments.NoteRemoved(ref)
	w.rules.clusters.Usage.NoteRemoved(ref)
	w.rules.disks.NoteRemoved(ref)
	w.rules.rest.NoteRemoved(ref)
}

// tagged are the types of objects that our users put tags on.
var tagged = map[string]bool{
	"VirtualMachine": true, "Folder": true, "Datastore": true, "Network": true, "DistributedVirtualPortgroup": true,
	"ClusterComputeResource": true, "HostSystem": true, "ResourcePool": true,
}
