// SPDX-License-Identifier: MPL-2.0

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

// tasksThatFail are the methods whose refusal can be the failure of the task that they begin.
var tasksThatFail = map[string]bool{"CloneVM_Task": true, "ReconfigVM_Task": true, "RelocateVM_Task": true, "CreateVM_Task": true}

// failingTask stands in the place of an object for one call, which begins a task that fails.
type failingTask struct {
	base.Receiver
	registry *simulator.Registry
	fault    types.BaseMethodFault
	about    mo.Entity
}

// FailTask gives the object to call next in place of another: the task that the call begins fails with a fault.
func (a *Accounts) FailTask(about types.ManagedObjectReference, fault types.BaseMethodFault) types.ManagedObjectReference {
	e, _ := a.Registry.Get(about).(mo.Entity)
	to := &failingTask{registry: a.Registry, fault: fault, about: e}
	to.StandAs("refused-" + strconv.FormatInt(a.Next(), 10))
	a.Registry.Put(to)
	return to.Self
}

// fail begins the task, and leaves the place.
func (f *failingTask) fail(ctx *simulator.Context, name string) types.ManagedObjectReference {
	f.registry.Remove(ctx, f.Self)
	return base.Failed(ctx, f.about, name, f.fault)
}

// CloneVMTask fails.
func (f *failingTask) CloneVMTask(ctx *simulator.Context, _ *types.CloneVM_Task) soap.HasFault {
	return &methods.CloneVM_TaskBody{Res: &types.CloneVM_TaskResponse{Returnval: f.fail(ctx, "cloneVm")}}
}

// ReconfigVMTask fails.
func (f *failingTask) ReconfigVMTask(ctx *simulator.Context, _ *types.ReconfigVM_Task) soap.HasFault {
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{Returnval: f.fail(ctx, "reconfigVm")}}
}

// RelocateVMTask fails.
func (f *failingTask) RelocateVMTask(ctx *simulator.Context, _ *types.RelocateVM_Task) soap.HasFault {
	return &methods.RelocateVM_TaskBody{Res: &types.RelocateVM_TaskResponse{Returnval: f.fail(ctx, "relocateVm")}}
}

// CreateVMTask fails.
func (f *failingTask) CreateVMTask(ctx *simulator.Context, _ *types.CreateVM_Task) soap.HasFault {
	return &methods.CreateVM_TaskBody{Res: &types.CreateVM_TaskResponse{Returnval: f.fail(ctx, "createVm")}}
}
