// SPDX-License-Identifier: MPL-2.0

package wire

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
)

// longestHold is how long to wait for another task where the operation has no deadline.
const longestHold = 10 * time.Minute

// heldError is returned where another task held a VM until the deadline or an interrupt.
type heldError struct {
	holder string // described for people
	end    error
	begun  bool // a task of ours was queued behind it
}

// Error describes the task that holds the VM, and what to do.
func (e *heldError) Error() string {
	return fmt.Sprintf("another task holds the machine: %s. Wait until it is done, or cancel it, and apply again (%v)", e.holder, e.end)
}

// Unwrap returns how the wait ended.
func (e *heldError) Unwrap() error { return e.end }

// HeldThroughout reports whether an act was not begun because another task held the VM all the time.
func HeldThroughout(err error) bool {
	var held *heldError
	return errors.As(err, &held) && !held.begun
}

// MarkBegun marks a heldError in err as one whose act had begun, so that HeldThroughout does not hold for it.
func MarkBegun(err error) error {
	var held *heldError
	if errors.As(err, &held) {
		held.begun = true
	}
	return err
}

// holder reports whether an act was refused because another task holds the VM, and returns that task where the fault names it.
func holder(err error) (task ref, held bool) {
	var (
		ended *heldError
		busy  *types.TaskInProgress
	)
	switch {
	case err == nil || errors.As(err, &ended):
		return ref{}, false
	case faults.As(err, &busy):
		return busy.Task, true
	}
	return ref{}, faults.Is[*types.InvalidState](err)
}

// RetryWhileHeld calls act, which another task on the VM may prevent, for example a nightly backup or snapshot. A refused act was not
// begun, so RetryWhileHeld waits for the other task and tries again, until the operation's deadline or an interrupt.
func (c *Conn) RetryWhileHeld(ctx context.Context, on *ref, act func() error) error {
	tries := retry.Backoff{Longest: retry.LongestPause}
	end, stop := ctx, func() {}
	defer func() { stop() }()
	for waited := true; ; {
		err := act()
		task, held := holder(err)
		if !held || on.Type != "VirtualMachine" {
			return err
		}
		if end == ctx { // on the first refusal
			end, stop = waiting(ctx)
		}
		other := c.atWork(end, *on, task)
		if other == nil && task == (ref{}) && !waited {
			return err // no task is at work, and none was: the VM's state does not allow the act
		}
		if waited = other != nil; waited {
			_ = c.waiter.until(end, other.Task, []string{"info.state"}, over) // a task that cannot be seen any more is over too
		}
		if !tries.Wait(end) {
			return &heldError{holder: described(other), end: ended(ctx, end)}
		}
	}
}

// waiting returns the context for waiting until other tasks are done. It ends a little before the operation's deadline, so that there is
// time left to describe the other task, or after longestHold where there is no deadline.
func waiting(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := time.Now().Add(longestHold)
	if deadline, limited := ctx.Deadline(); limited {
		limit = deadline.Add(-min(time.Second, time.Until(deadline)/20))
	}
	end, stop := context.WithDeadline(ctx, limit)
	context.AfterFunc(interruptOf(ctx), stop)
	return end, stop
}

// ended returns why the wait ended.
func ended(ctx, end context.Context) error {
	if interrupt := interruptOf(ctx); interrupt.Err() != nil {
		return interrupt.Err()
	}
	return end.Err()
}

// interruptOf returns the context that is done when ctx's operation is interrupted.
func interruptOf(ctx context.Context) context.Context {
	if interrupt, ok := ctx.Value(interruptKey{}).(context.Context); ok {
		return interrupt
	}
	return openstack.Interrupt(ctx)
}

// interruptKey is the key of a context that is done at an interrupt, for work that goes on after it but must not wait for other tasks.
type interruptKey struct{}

// WithInterrupt returns a context in which the end of interrupt ends the wait for other tasks.
func WithInterrupt(ctx, interrupt context.Context) context.Context {
	return context.WithValue(ctx, interruptKey{}, interrupt)
}

// over reports whether a task is done, or forgotten by vCenter.
func over(content types.ObjectContent, found bool) (bool, error) {
	if !found {
		return true, nil
	}
	var t mo.Task
	err := mo.LoadObjectContent([]types.ObjectContent{content}, &t)
	return !active(t.Info), err
}

func active(info types.TaskInfo) bool {
	return info.State == types.TaskInfoStateRunning || info.State == types.TaskInfoStateQueued
}

// AwaitOthers waits until no task is at work on a VM that can be seen, or until the context ends: what came of one whose answer was lost
// can be told only then.
func (c *Conn) AwaitOthers(ctx context.Context, vm ref) {
	for ctx.Err() == nil {
		other := c.atWork(ctx, vm, ref{})
		if other == nil || c.waiter.until(ctx, other.Task, []string{"info.state"}, over) != nil {
			return
		}
	}
}

// atWork returns the task that holds a VM: the one that a fault names, else one of the VM's own that is not done. It returns nil where
// there is none, or it cannot be seen.
func (c *Conn) atWork(ctx context.Context, vm, named ref, but ...ref) *types.TaskInfo {
	tasks := []ref{named}
	if named == (ref{}) {
		machine, err := Read[mo.VirtualMachine](ctx, c, vm, []string{"recentTask"})
		if err != nil {
			return nil
		}
		tasks = machine.RecentTask
	}
	var found *types.TaskInfo
	for _, info := range c.tasks(ctx, tasks) {
		if active(info) && !slices.Contains(but, info.Task) && (found == nil || info.State == types.TaskInfoStateRunning) {
			found = &info
		}
	}
	return found
}

// tasks returns what can be seen of some tasks.
func (c *Conn) tasks(ctx context.Context, tasks []ref) (out []types.TaskInfo) {
	questions := make([]property.Query, len(tasks))
	for i, t := range tasks {
		questions[i] = property.Query{Object: t, Paths: []string{"info"}}
	}
	found, err := c.Retrieve(ctx, questions)
	if err != nil {
		return nil
	}
	for _, t := range tasks {
		var task mo.Task
		if content, ok := found[t]; ok && mo.LoadObjectContent([]types.ObjectContent{content}, &task) == nil {
			task.Info.Task = t
			out = append(out, task.Info)
		}
	}
	return out
}

// described describes a task for people: what it does, on what, who started it and when.
func described(info *types.TaskInfo) string {
	if info == nil {
		return "one that this user cannot see"
	}
	by := "somebody unknown"
	switch reason := info.Reason.(type) {
	case *types.TaskReasonUser:
		by = reason.UserName
	case *types.TaskReasonSchedule:
		by = "the schedule " + reason.Name
	case *types.TaskReasonAlarm:
		by = "the alarm " + reason.AlarmName
	case *types.TaskReasonSystem:
		by = "the vCenter itself"
	}
	since := ""
	if info.StartTime != nil {
		since = " at " + info.StartTime.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("%s (%s) on %s, started by %s%s", info.DescriptionId, info.Task.Value, info.EntityName, by, since)
}

// behind returns the error for a deadline that passed while our task was queued behind another one on the same VM.
func (c *Conn) behind(ctx context.Context, vm, own ref, late error) error {
	if vm == (ref{}) {
		return late
	}
	look, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	if other := c.atWork(look, vm, ref{}, own); other != nil {
		return &heldError{holder: described(other), end: late, begun: true}
	}
	return late
}
