// SPDX-License-Identifier: MPL-2.0

package clusters

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// candidate is a host that takes machines.
type candidate struct {
	ref              types.ManagedObjectReference
	stores, networks []types.ManagedObjectReference
}

// CheckHost refuses a machine on a host that is away, in maintenance, or on its way there.
func (c *Clusters) CheckHost(ctx *simulator.Context, ref types.ManagedObjectReference) (fault types.BaseMethodFault) {
	host := base.Get[*simulator.HostSystem](ctx, ref)
	ctx.WithLock(host, func() {
		switch {
		case host.Runtime.ConnectionState != types.HostSystemConnectionStateConnected:
			fault = new(types.HostNotConnected)
		case host.Runtime.InMaintenanceMode || c.entering.holds(ref):
			fault = new(types.InvalidState)
		}
	})
	return fault
}

// moveTo brings a machine, whose lock the caller holds, to a host, and says so on both hosts.
func moveTo(ctx *simulator.Context, vm *simulator.VirtualMachine, to types.ManagedObjectReference) {
	if from := *vm.Runtime.Host; from != to {
		ctx.Update(vm, []types.PropertyChange{{Name: "runtime.host", Val: &to}, {Name: "summary.runtime.host", Val: &to}})
		ListOnHost(ctx, vm.Self, from, to)
	}
}

// ListOnHost takes a machine off the list of one host and puts it on that of another. The simulator's relocation leaves both as they were.
func ListOnHost(ctx *simulator.Context, vm, from, to types.ManagedObjectReference) {
	if old, ok := ctx.Map.Get(from).(*simulator.HostSystem); ok {
		ctx.WithLock(old, func() {
			old.Vm = slices.DeleteFunc(slices.Clone(old.Vm), func(ref types.ManagedObjectReference) bool { return ref == vm })
		})
	}
	host := base.Get[*simulator.HostSystem](ctx, to)
	ctx.Map.AddReference(ctx, host, &host.Vm, vm)
}

// ChangePool puts a machine into another resource pool. A template is in none.
func ChangePool(ctx *simulator.Context, vm *simulator.VirtualMachine, to *types.ManagedObjectReference) {
	ctx.WithLock(vm, func() {
		if vm.ResourcePool == nil {
			return
		}
		if old, ok := ctx.Map.Get(*vm.ResourcePool).(*simulator.ResourcePool); ok {
			ctx.Map.RemoveReference(ctx, old, &old.Vm, vm.Self)
		}
		pool := base.Get[*simulator.ResourcePool](ctx, *to)
		ctx.Map.AddReference(ctx, pool, &pool.Vm, vm.Self)
		ctx.Update(vm, []types.PropertyChange{{Name: "resourcePool", Val: to}})
	})
}
