package vcsim

import (
	"fmt"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// apart is a context like another that shares no locks with it.
func apart(ctx *simulator.Context) *simulator.Context {
	return &simulator.Context{Context: ctx.Context, Session: ctx.Session, Map: ctx.Map}
}

// wait blocks until the task has ended and gives what it left.
//
// It looks at the task on behalf of a context of its own: with the task's context it would share the task's locks and
// read while they are written. The simulator's Task.Wait sleeps ten milliseconds at a time, which is most of what a
// hundred clones would cost.
func wait(ctx *simulator.Context, ref types.ManagedObjectReference) (types.AnyType, types.BaseMethodFault) {
	task := ctx.Map.Get(ref).(*simulator.Task)
	own := apart(ctx)
	for pause := 50 * time.Microsecond; ; pause = min(2*pause, time.Millisecond) {
		var info types.TaskInfo
		own.WithLock(task, func() { info = task.Info })
		switch info.State {
		case types.TaskInfoStateSuccess:
			return info.Result, nil
		case types.TaskInfoStateError:
			return nil, info.Error.Fault
		}
		time.Sleep(pause)
	}
}

// made is wait for those who build the inventory, where a fault is a mistake of ours.
func made(ctx *simulator.Context, ref types.ManagedObjectReference) (types.ManagedObjectReference, error) {
	result, fault := wait(ctx, ref)
	if fault != nil {
		return types.ManagedObjectReference{}, fmt.Errorf("%T: %+v", fault, fault)
	}
	created, _ := result.(types.ManagedObjectReference)
	return created, nil
}
