// SPDX-License-Identifier: MPL-2.0

package clusters

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

const (
	// HostUser is the account of every ESX host.
	HostUser = "root"
	// HostPassword is its password. It opens nothing but a simulated host.
	HostPassword = "ESX1!root"
	// Unreachable ends the names of hosts that nobody answers for.
	Unreachable = ".invalid"
	// Diskless begins the names of hosts that see none of the storage that all others share.
	Diskless = "diskless-"
)

// checkConnection refuses a connection to a host: it does not answer, its certificate is not the expected one, it does not let
// the account in. No authority is known that would have signed a host's certificate.
func checkConnection(spec types.HostConnectSpec) types.BaseMethodFault {
	presented := HostThumbprint(spec.HostName)
	switch {
	case spec.HostName == "" || strings.HasSuffix(spec.HostName, Unreachable):
		return &types.NoHost{Name: spec.HostName}
	case !strings.EqualFold(spec.SslThumbprint, presented):
		return &types.SSLVerifyFault{SelfSigned: true, Thumbprint: presented}
	case spec.UserName != HostUser || spec.Password != HostPassword:
		return new(types.InvalidLogin)
	}
	return nil
}

// DestroyTask takes a host that is in maintenance or disconnected out of its cluster, and its machines out of the inventory; their
// files stay. The simulator asks for neither, and leaves the cluster with a host that is not there. A host that stands alone goes
// with the ComputeResource around it.
func (h *hostRules) DestroyTask(ctx *simulator.Context, req *types.Destroy_Task) soap.HasFault {
	host := base.Get[*simulator.HostSystem](ctx, req.This)
	task := h.Unlocked(ctx, host, "destroy", func() (types.AnyType, types.BaseMethodFault) {
		if _, ok := ctx.Map.Get(*host.Parent).(*simulator.ClusterComputeResource); !ok {
			return nil, new(types.NotSupported)
		}
		if fault := h.checkRemoval(ctx, host); fault != nil {
			return nil, fault
		}
		return nil, h.removeHost(ctx, host)
	})
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: task}}
}

// checkRemoval refuses to take a host out of the inventory: it works, or a distributed switch has its adapters, which
// Broadcom documents to lock the host. Which fault that is has not been measured; ResourceInUse is what the switch's side says.
func (c *Clusters) checkRemoval(ctx *simulator.Context, host *simulator.HostSystem) (fault types.BaseMethodFault) {
	ctx.WithLock(host, func() {
		if isEffective(host) {
			fault = new(types.InvalidState)
		}
	})
	if fault != nil {
		return fault
	}
	for _, e := range ctx.Map.All("DistributedVirtualSwitch") {
		dvs := e.(*simulator.DistributedVirtualSwitch)
		ctx.WithLock(dvs, func() {
			if slices.Contains(dvs.Summary.HostMember, host.Self) {
				fault = &types.ResourceInUse{Type: dvs.Self.Type, Name: dvs.Name}
			}
		})
	}
	return fault
}

// removeHost takes a host out of the inventory, and everything that says it is there.
func (c *Clusters) removeHost(ctx *simulator.Context, host *simulator.HostSystem) types.BaseMethodFault {
	var vms, stores []types.ManagedObjectReference
	ctx.WithLock(host, func() { vms, stores = slices.Clone(host.Vm), slices.Clone(host.Datastore) })
	for _, ref := range vms {
		if vm, ok := ctx.Map.Get(ref).(*simulator.VirtualMachine); ok {
			unregister(ctx, vm)
		}
	}
	if _, fault := base.Wait(ctx, base.TaskOf(host.DestroyTask(base.Apart(ctx), &types.Destroy_Task{This: host.Self}))); fault != nil {
		return fault
	}
	for _, ref := range stores {
		store := base.Get[*simulator.Datastore](ctx, ref)
		ctx.WithLock(store, func() {
			store.Host = slices.DeleteFunc(slices.Clone(store.Host), func(m types.DatastoreHostMount) bool { return m.Key == host.Self })
		})
	}
	if cluster, ok := ctx.Map.Get(*host.Parent).(*simulator.ClusterComputeResource); ok {
		c.removeMember(ctx, cluster, host.Self)
	}
	c.Usage.Outdate()
	return nil
}

// unregister takes a machine out of the inventory with the host it is on, running or not.
func unregister(ctx *simulator.Context, vm *simulator.VirtualMachine) {
	ctx.WithLock(vm, func() {
		if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
			ctx.Update(vm, []types.PropertyChange{{Name: "runtime.powerState", Val: types.VirtualMachinePowerStatePoweredOff}})
		}
		vm.UnregisterVM(ctx, &types.UnregisterVM{This: vm.Self})
	})
}

// DisconnectHostTask ends the connection to a host; its machines stay in the inventory, and are out of reach. The simulator lets
// them look as before.
func (h *hostRules) DisconnectHostTask(ctx *simulator.Context, req *types.DisconnectHost_Task) soap.HasFault {
	host := base.Get[*simulator.HostSystem](ctx, req.This)
	task := h.Unlocked(ctx, host, "disconnectHost", func() (types.AnyType, types.BaseMethodFault) {
		h.setConnection(ctx, host, types.HostSystemConnectionStateDisconnected, types.VirtualMachineConnectionStateDisconnected)
		return nil, nil
	})
	return &methods.DisconnectHost_TaskBody{Res: &types.DisconnectHost_TaskResponse{Returnval: task}}
}

// ReconnectHostTask connects a host that is disconnected. A specification is checked as when it was added.
func (h *hostRules) ReconnectHostTask(ctx *simulator.Context, req *types.ReconnectHost_Task) soap.HasFault {
	host := base.Get[*simulator.HostSystem](ctx, req.This)
	task := h.Unlocked(ctx, host, "reconnectHost", func() (_ types.AnyType, fault types.BaseMethodFault) {
		ctx.WithLock(host, func() {
			if host.Runtime.ConnectionState == types.HostSystemConnectionStateConnected {
				fault = new(types.InvalidState)
			}
		})
		if fault == nil && req.CnxSpec != nil {
			spec := *req.CnxSpec
			spec.HostName = host.Name
			fault = checkConnection(spec)
		}
		if fault == nil {
			h.setConnection(ctx, host, types.HostSystemConnectionStateConnected, types.VirtualMachineConnectionStateConnected)
		}
		return nil, fault
	})
	return &methods.ReconnectHost_TaskBody{Res: &types.ReconnectHost_TaskResponse{Returnval: task}}
}

// setConnection sets how a host and its machines are reached.
func (c *Clusters) setConnection(ctx *simulator.Context, host *simulator.HostSystem, state types.HostSystemConnectionState,
	machines types.VirtualMachineConnectionState) {
	var vms []types.ManagedObjectReference
	ctx.WithLock(host, func() {
		ctx.Update(host, []types.PropertyChange{{Name: "runtime.connectionState", Val: state}})
		vms = slices.Clone(host.Vm)
	})
	c.Usage.Outdate()
	for _, ref := range vms {
		vm, ok := ctx.Map.Get(ref).(*simulator.VirtualMachine)
		if !ok {
			continue
		}
		ctx.WithLock(vm, func() {
			ctx.Update(vm, []types.PropertyChange{
				{Name: "runtime.connectionState", Val: machines},
				{Name: "summary.runtime.connectionState", Val: machines},
			})
		})
	}
}

// DestroyTask removes a host that stands alone, with its machines, whatever its state. The simulator has no such method.
func (s *standaloneRules) DestroyTask(ctx *simulator.Context, req *types.Destroy_Task) soap.HasFault {
	alone := base.Get[*mo.ComputeResource](ctx, req.This)
	task := s.Unlocked(ctx, alone, "destroy", func() (types.AnyType, types.BaseMethodFault) {
		for _, ref := range slices.Clone(alone.Host) {
			if fault := s.removeHost(ctx, base.Get[*simulator.HostSystem](ctx, ref)); fault != nil {
				return nil, fault
			}
		}
		removeComputeResource(ctx, alone, alone.ResourcePool)
		return nil, nil
	})
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: task}}
}

// AddStandaloneHostTask looks at a host as AddHost_Task does, and gives it the hardware that all have.
func (f *hostFolderRules) AddStandaloneHostTask(ctx *simulator.Context, req *types.AddStandaloneHost_Task) soap.HasFault {
	folder := base.Get[*simulator.Folder](ctx, req.This)
	task := f.Unlocked(ctx, folder, "addStandaloneHost", func() (result types.AnyType, fault types.BaseMethodFault) {
		if fault = checkConnection(req.Spec); fault != nil {
			return nil, fault
		}
		ctx.WithLock(folder, func() {
			if fault = checkHostName(ctx, req.Spec.HostName, types.ManagedObjectReference{}); fault == nil {
				result, fault = base.Wait(ctx, base.TaskOf(folder.AddStandaloneHostTask(ctx, req)))
			}
		})
		if fault != nil {
			return nil, fault
		}
		host := base.Get[*simulator.HostSystem](ctx, result.(types.ManagedObjectReference))
		ctx.WithLock(host, func() {
			if Equip(host); !req.AddConnected {
				host.Runtime.ConnectionState = types.HostSystemConnectionStateDisconnected
			}
		})
		return *host.Parent, nil // a ComputeResource, where the simulator says the host
	})
	return &methods.AddStandaloneHost_TaskBody{Res: &types.AddStandaloneHost_TaskResponse{Returnval: task}}
}

// removeComputeResource takes a compute resource that has no hosts out of the inventory, with its resource pools.
func removeComputeResource(ctx *simulator.Context, e mo.Entity, pool *types.ManagedObjectReference) {
	if pool != nil {
		removePools(ctx, *pool)
	}
	if folder := base.FolderOf(ctx, e); folder != nil {
		ctx.WithLock(folder, func() {
			folder.ChildEntity = slices.DeleteFunc(slices.Clone(folder.ChildEntity),
				func(r types.ManagedObjectReference) bool { return r == e.Reference() })
		})
	}
	ctx.Map.Remove(ctx, e.Reference())
}

func removePools(ctx *simulator.Context, ref types.ManagedObjectReference) {
	if pool, ok := ctx.Map.Get(ref).(*simulator.ResourcePool); ok {
		for _, child := range slices.Clone(pool.ResourcePool.ResourcePool) {
			removePools(ctx, child)
		}
	}
	ctx.Map.Remove(ctx, ref)
}
