package vcsim

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
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
		w.rules.clusters.usage.outdate()
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
			vm.Config.ChangeVersion = changeVersion() // a real server moves it with every power operation
			hotAddLimits(vm)
			w.rules.clusters.usage.note(vm)
			if w.rules.guests.dropping.Load() && vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff {
				w.rules.guests.forget(vm)
			}
			w.rules.guests.powered(ctx, vm)
		case "runtime.host", "resourcePool":
			w.rules.clusters.usage.note(vm)
		case "config.changeVersion":
			vm.Config.ChangeVersion = changeVersion()
			w.rules.clusters.usage.note(vm)
			w.rules.guests.rewired(ctx, vm)
			w.rules.switches.ports.connected(vm)
			inStep(ctx, vm)
		}
	}
}

// RemoveObject implements simulator.RegisterObject.
func (w *watcher) RemoveObject(_ *simulator.Context, ref types.ManagedObjectReference) {
	if !tagged[ref.Type] {
		return
	}
	w.rules.guests.release(ref)
	w.rules.switches.ports.gone(ref)
	w.rules.clusters.usage.gone(ref)
	w.rules.rest.gone(ref)
}

// tagged are the types of objects that our users put tags on.
var tagged = map[string]bool{
	"VirtualMachine": true, "Folder": true, "Datastore": true, "Network": true, "DistributedVirtualPortgroup": true,
	"ClusterComputeResource": true, "HostSystem": true, "ResourcePool": true,
}
