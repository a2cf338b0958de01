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

// longestHold is how long another task is waited for where the operation has no deadline.
const longestHold = 10 * time.Minute

// heldError is returned where another task held a machine until the time was over or Terraform was asked to stop.
type heldError struct {
	holder string // for people
	end    error
	begun  bool // a task of ours was queued behind the other
}

// Error describes the task that holds the machine, and what to do.
func (e *heldError) Error() string {
	return fmt.Sprintf("another task holds the machine: %s. Wait until it is done, or cancel it, and apply again (%v)", e.holder, e.end)
}

// Unwrap is how the waiting ended.
func (e *heldError) Unwrap() error { return e.end }

// HeldThroughout reports whether something was not begun, because another task held the machine all the time.
func HeldThroughout(err error) bool {
	var held *heldError
	return errors.As(err, &held) && !held.begun
}

// MarkBegun notes on such an error that the act had begun: HeldThroughout no longer holds for it.
func MarkBegun(err error) error {
	var held *heldError
	if errors.As(err, &held) {
		held.begun = true
	}
	return err
}

// holder sees that something was refused because another task holds the machine, as far as a fault can say: that task, or none where the
// fault names none.
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

// RetryWhileHeld does what another task on a machine may stand in the way of: a backup or a snapshot, as there are every night. Refused is
// not begun, so that it waits for the other and tries again, as long as the operation's time lasts and nobody interrupts.
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
		if end == ctx { // the first time
			end, stop = waiting(ctx)
		}
		other := c.atWork(end, *on, task)
		if other == nil && task == (ref{}) && !waited {
			return err // nobody is at work, and nobody was: the machine is in no state for it
		}
		if waited = other != nil; waited {
			_ = c.waiter.until(end, other.Task, []string{"info.state"}, over) // one that cannot be seen any more is over too
		}
		if !tries.Wait(end) {
			return &heldError{holder: described(other), end: ended(ctx, end)}
		}
	}
}

// waiting gives the context for waiting until others are done. It ends a little before the operation's time, so that there is time left to
// describe the task that stands in the way, and after longestHold where there is no time limit.
func waiting(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := time.Now().Add(longestHold)
	if deadline, limited := ctx.Deadline(); limited {
		limit = deadline.Add(-min(time.Second, time.Until(deadline)/20))
	}
	end, stop := context.WithDeadline(ctx, limit)
	context.AfterFunc(interruptOf(ctx), stop)
	return end, stop
}

// ended is why waiting did.
func ended(ctx, end context.Context) error {
	if interrupt := interruptOf(ctx); interrupt.Err() != nil {
		return interrupt.Err()
	}
	return end.Err()
}

// interruptOf is the context whose end is the interrupt of what goes on in another one.
func interruptOf(ctx context.Context) context.Context {
	if interrupt, ok := ctx.Value(interruptKey{}).(context.Context); ok {
		return interrupt
	}
	return openstack.Interrupt(ctx)
}

// interruptKey is the key of a context whose end is an interrupt, for what goes on after one, but need not wait for others.
type interruptKey struct{}

// WithInterrupt notes that the end of interrupt ends the waiting for others.
func WithInterrupt(ctx, interrupt context.Context) context.Context {
	return context.WithValue(ctx, interruptKey{}, interrupt)
}

// over reports whether a task is done, or forgotten by the vCenter.
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

// atWork is the task that holds a machine: the one that a fault names, else one of the machine's own that is not done. Nil where none is,
// or cannot be seen.
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

// tasks are what can be seen of some tasks.
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

// described tells people about a task: what it does, on what, and by whom and when it was started.
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

// behind gives the error for a time that ran out while a task of ours was queued behind another one on the same machine.
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
