package accounts

import (
	"strconv"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// failing are the methods whose tasks refused can fail.
var failing = map[string]bool{"CloneVM_Task": true, "ReconfigVM_Task": true, "RelocateVM_Task": true, "CreateVM_Task": true}

// refused stands in the place of an object for one call, which begins a task that fails.
type refused struct {
	base.Receiver
	registry *simulator.Registry
	fault    types.BaseMethodFault
	about    mo.Entity
}

// Refusal is a place where the next call's task fails with a fault.
func (a *Accounts) Refusal(about types.ManagedObjectReference, fault types.BaseMethodFault) types.ManagedObjectReference {
	e, _ := a.Registry.Get(about).(mo.Entity)
	to := &refused{registry: a.Registry, fault: fault, about: e}
	to.StandAs("refused-" + strconv.FormatInt(a.Next(), 10))
	a.Registry.Put(to)
	return to.Self
}

// fail begins the task, and leaves the place.
func (f *refused) fail(ctx *simulator.Context, name string) types.ManagedObjectReference {
	f.registry.Remove(ctx, f.Self)
	return base.Failed(ctx, f.about, name, f.fault)
}

// CloneVMTask fails.
func (f *refused) CloneVMTask(ctx *simulator.Context, _ *types.CloneVM_Task) soap.HasFault {
	return &methods.CloneVM_TaskBody{Res: &types.CloneVM_TaskResponse{Returnval: f.fail(ctx, "cloneVm")}}
}

// ReconfigVMTask fails.
func (f *refused) ReconfigVMTask(ctx *simulator.Context, _ *types.ReconfigVM_Task) soap.HasFault {
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{Returnval: f.fail(ctx, "reconfigVm")}}
}

// RelocateVMTask fails.
func (f *refused) RelocateVMTask(ctx *simulator.Context, _ *types.RelocateVM_Task) soap.HasFault {
	return &methods.RelocateVM_TaskBody{Res: &types.RelocateVM_TaskResponse{Returnval: f.fail(ctx, "relocateVm")}}
}

// CreateVMTask fails.
func (f *refused) CreateVMTask(ctx *simulator.Context, _ *types.CreateVM_Task) soap.HasFault {
	return &methods.CreateVM_TaskBody{Res: &types.CreateVM_TaskResponse{Returnval: f.fail(ctx, "createVm")}}
}
