// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"slices"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// destination is where a machine is to be.
type destination struct {
	pool  *types.ManagedObjectReference // nil: it stays in its own
	host  types.ManagedObjectReference
	home  *simulator.Datastore
	disks map[int32]*simulator.Datastore // by the disk's key
	nets  []types.ManagedObjectReference // those of NICs that keep theirs
}

// destinationOf works out where a relocation brings a machine, and what is against it.
func (m *machineRules) destinationOf(ctx *simulator.Context, vm *simulator.VirtualMachine,
	spec types.VirtualMachineRelocateSpec) (to destination,
	fault types.BaseMethodFault) {
	for property, ok := range map[string]bool{
		"spec.datastore": isOrNil[*simulator.Datastore](ctx, spec.Datastore),
		"spec.pool":      isOrNil[*simulator.ResourcePool](ctx, spec.Pool),
		"spec.host":      isOrNil[*simulator.HostSystem](ctx, spec.Host),
		"spec.folder":    isOrNil[*simulator.Folder](ctx, spec.Folder),
	} {
		if !ok {
			return to, &types.InvalidArgument{InvalidProperty: property}
		}
	}
	to.pool, to.nets = spec.Pool, keptNetworks(vm, spec.DeviceChange)
	if to.home, to.disks, fault = storesOf(ctx, vm, spec); fault != nil {
		return to, fault
	}
	hosts := []types.ManagedObjectReference{*vm.Runtime.Host}
	if pool := firstRef(spec.Pool, vm.ResourcePool); pool != nil {
		if hosts, fault = hostsOf(ctx, *pool); fault != nil {
			return to, fault
		}
	} else if spec.Host != nil { // a template is in no pool
		hosts = append(hosts, *spec.Host)
	}
	switch {
	case spec.Host != nil && !slices.Contains(hosts, *spec.Host):
		return to, &types.InvalidArgument{InvalidProperty: "spec.host"}
	case spec.Host != nil:
		to.host = *spec.Host
	case slices.Contains(hosts, *vm.Runtime.Host):
		to.host = *vm.Runtime.Host
	default:
		to.host, fault = m.clusters.ChooseHost(ctx, vm, hosts,
			func(host types.ManagedObjectReference) types.BaseMethodFault { return m.checkAccess(ctx, vm, host, to) })
		return to, fault
	}
	if fault := m.checkAccess(ctx, vm, to.host, to); fault != nil {
		return to, fault
	}
	if to.host != *vm.Runtime.Host {
		return to, m.clusters.CheckMove(ctx, vm, to.host)
	}
	return to, nil
}

// storesOf gives the datastore that the home and each disk of a machine will be on.
func storesOf(ctx *simulator.Context, vm *simulator.VirtualMachine, spec types.VirtualMachineRelocateSpec) (home *simulator.Datastore,
	disks map[int32]*simulator.Datastore, fault types.BaseMethodFault) {
	all := base.Get[*simulator.HostSystem](ctx, *vm.Runtime.Host).Datastore
	if home, fault = base.StoreOfPath(ctx, vm.Config.Files.VmPathName, all); fault != nil {
		return nil, nil, fault
	}
	disks = map[int32]*simulator.Datastore{}
	for _, d := range object.VirtualDeviceList(vm.Config.Hardware.Device).SelectByType((*types.VirtualDisk)(nil)) {
		key := d.GetVirtualDevice().Key
		if disks[key], fault = base.StoreOfPath(ctx, BackingFile(d), all); fault != nil {
			return nil, nil, fault
		}
		if spec.Datastore != nil {
			disks[key] = base.Get[*simulator.Datastore](ctx, *spec.Datastore)
		}
	}
	if spec.Datastore != nil {
		home = base.Get[*simulator.Datastore](ctx, *spec.Datastore)
	}
	for _, l := range spec.Disk {
		store, ok := ctx.Map.Get(l.Datastore).(*simulator.Datastore)
		if disks[l.DiskId] == nil || !ok {
			return nil, nil, &types.InvalidArgument{InvalidProperty: "spec.disk"}
		}
		disks[l.DiskId] = store
	}
	return home, disks, nil
}

// checkAccess refuses a host that does not mount a datastore, or has not got a network, that a machine will need there.
func (m *machineRules) checkAccess(ctx *simulator.Context, vm *simulator.VirtualMachine, ref types.ManagedObjectReference,
	to destination) types.BaseMethodFault {
	host := base.Get[*simulator.HostSystem](ctx, ref)
	stores := []*simulator.Datastore{to.home}
	for _, store := range to.disks {
		stores = append(stores, store)
	}
	for _, d := range vm.Config.Hardware.Device {
		if _, cd := d.(*types.VirtualCdrom); cd && BackingFile(d) != "" { // what is in a drive does not move
			store, fault := base.StoreOfPath(ctx, BackingFile(d), host.Datastore)
			if fault != nil {
				return fault
			}
			stores = append(stores, store)
		}
	}
	for _, store := range stores {
		if !slices.Contains(host.Datastore, store.Self) {
			return &types.InvalidDatastore{Datastore: &store.Self, Name: store.Name}
		}
	}
	if ref == *vm.Runtime.Host {
		return nil
	}
	for _, network := range to.nets {
		if fault := checkNetwork(ctx, host, network); fault != nil {
			return fault
		}
	}
	return nil
}

func firstRef(refs ...*types.ManagedObjectReference) *types.ManagedObjectReference {
	for _, ref := range refs {
		if ref != nil {
			return ref
		}
	}
	return nil
}

// isOrNil reports whether a reference, where there is one, is to an object of the type.
func isOrNil[T any](ctx *simulator.Context, ref *types.ManagedObjectReference) bool {
	if ref == nil {
		return true
	}
	_, ok := ctx.Map.Get(*ref).(T)
	return ok
}
