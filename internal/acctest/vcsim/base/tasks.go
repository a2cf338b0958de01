// SPDX-License-Identifier: MPL-2.0

package base

import (
	"reflect"
	"strconv"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Wait blocks until the task has ended and gives what it left.
//
// It looks at the task on behalf of a context of its own: with the task's context it would share the task's locks and
// read while they are written. The simulator's Task.Wait sleeps ten milliseconds at a time, which is most of what a
// hundred clones would cost.
func Wait(ctx *simulator.Context, ref types.ManagedObjectReference) (types.AnyType, types.BaseMethodFault) {
	task := Get[*simulator.Task](ctx, ref)
	own := Apart(ctx)
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

// TaskOf is the task that a method which begins one has returned.
func TaskOf(body soap.HasFault) types.ManagedObjectReference {
	response := reflect.ValueOf(body).Elem().FieldByName("Res").Elem()
	ref, _ := response.FieldByName("Returnval").Interface().(types.ManagedObjectReference)
	return ref
}

// Failed is a task that ends with a fault, as a real server reports what it finds out only after it has begun.
func Failed(ctx *simulator.Context, about mo.Reference, name string, fault types.BaseMethodFault) types.ManagedObjectReference {
	return simulator.CreateTask(about, name, func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		return nil, fault
	}).Run(ctx)
}

// Patience is how long a task that waits for others sleeps before it looks again.
const Patience = 10 * time.Millisecond

// Cancelled reports whether somebody has cancelled a task.
func Cancelled(ctx *simulator.Context, task *simulator.Task) (yes bool) {
	Apart(ctx).WithLock(task, func() { yes = task.Info.Cancelled })
	return yes
}

// Unlocked runs a task without holding the lock of the object it is about.
//
// The simulator locks a task's object until the task ends, so that a hundred clones of one template run one after the
// other. The task therefore begins as one about nothing, and gets its entity once it runs.
func (b *Base) Unlocked(ctx *simulator.Context, about mo.Entity, name string,
	do func() (types.AnyType, types.BaseMethodFault)) types.ManagedObjectReference {
	return b.Cancellable(ctx, about, name, func(*simulator.Task) (types.AnyType, types.BaseMethodFault) { return do() })
}

// Cancellable is Unlocked for a task that takes so long that somebody may cancel it: it sees its own information.
func (b *Base) Cancellable(ctx *simulator.Context, about mo.Entity, name string,
	do func(*simulator.Task) (types.AnyType, types.BaseMethodFault)) types.ManagedObjectReference {
	ref := about.Reference()
	nothing := types.ManagedObjectReference{Type: ref.Type, Value: "none-" + strconv.FormatInt(b.Next(), 10)}
	return simulator.CreateTask(nothing, name, func(t *simulator.Task) (types.AnyType, types.BaseMethodFault) {
		ctx.Map.AtomicUpdate(ctx, t, []types.PropertyChange{
			{Name: "info.entity", Val: ref},
			{Name: "info.entityName", Val: about.Entity().Name},
		})
		return do(t)
	}).Run(ctx)
}
