package vcsim

import (
	"fmt"
	"reflect"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
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
	task := get[*simulator.Task](ctx, ref)
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

// get finds an object whose type its caller knows. Another type would be a mistake of ours, and is the zero value.
func get[T any](ctx *simulator.Context, ref types.ManagedObjectReference) T {
	object, _ := ctx.Map.Get(ref).(T)
	return object
}

// taskOf is the task that a method which begins one has returned.
func taskOf(body soap.HasFault) types.ManagedObjectReference {
	response := reflect.ValueOf(body).Elem().FieldByName("Res").Elem()
	ref, _ := response.FieldByName("Returnval").Interface().(types.ManagedObjectReference)
	return ref
}
