// SPDX-License-Identifier: MPL-2.0

package wire

import (
	"context"
	"errors"
	"time"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/session"
)

// TaskRun describes a task to be waited for.
type TaskRun struct {
	On    ref                 // the VM that it changes, whose other tasks are waited for first; none: no wait
	Kind  string              // the method that starts it: how long its kind takes is learned; empty: not learned
	Along *property.Query     // what to read along with the read that sees it done; nil: nothing
	seen  types.ObjectContent // the answer to Along; empty where it was not read
}

// Machine returns the VM that was read along, nil where after refuses it: one call reads objects one after the other, so that it may
// show the VM as it was before the task's end.
func (e *TaskRun) Machine(after func(mo.VirtualMachine) bool) *mo.VirtualMachine {
	var vm mo.VirtualMachine
	if len(e.seen.PropSet) == 0 || property.Load(e.seen, &vm) != nil || vm.Config == nil || !after(vm) {
		return nil
	}
	return &vm
}

// waitFor waits for a task and returns its result. A failed task's fault is in the error.
func (w *waiter) waitFor(ctx context.Context, task ref, e *TaskRun) (result any, err error) {
	p := &Poll{Asks: []property.Query{{Object: task, Paths: []string{"info.state", "info.error", "info.result"}}}, Kind: e.Kind}
	saw, ended := percents(ctx)
	defer ended()
	if saw != nil {
		p.Asks[0].Paths = append(p.Asks[0].Paths, "info.progress")
	}
	if e.Along != nil {
		p.Asks = append(p.Asks, *e.Along)
	}
	p.Seen = func(found []Sight) (done bool, err error) {
		if !found[0].Found {
			return true, faults.ErrTaskGone
		}
		if saw != nil {
			saw(found[0].Content)
		}
		if result, done, err = taskState(found[0].Content); done && e.Along != nil {
			e.seen = found[1].Content
		}
		return done, err
	}
	err = w.watch(ctx, p)
	return result, err
}

// task is waitFor without Kind and Along.
func (w *waiter) task(ctx context.Context, task ref) (any, error) {
	return w.waitFor(ctx, task, &TaskRun{})
}

func taskState(content types.ObjectContent) (result any, done bool, err error) {
	var t mo.Task
	if err := property.Load(content, &t); err != nil {
		return nil, true, err
	}
	switch t.Info.State {
	case types.TaskInfoStateSuccess:
		return t.Info.Result, true, nil
	case types.TaskInfoStateError:
		return nil, true, &faults.TaskError{LocalizedMethodFault: t.Info.Error}
	}
	return nil, false, nil
}

// RunTask starts a task and waits for it. The start is never cancelled half-way, because an abandoned call may have been carried out. If
// Terraform is interrupted while the task runs, RunTask waits on, up to the operation's own deadline, and returns both the result and
// ErrInterrupted: what exists must reach the state.
func (c *Conn) RunTask(ctx context.Context, start func(ctx context.Context) (ref, error)) (any, error) {
	return c.RunTaskWith(ctx, &TaskRun{}, start)
}

// RunTaskWith is RunTask for a task that e describes. If another task on its VM prevents the start, it waits for that one and tries
// again.
func (c *Conn) RunTaskWith(ctx context.Context, e *TaskRun, start func(ctx context.Context) (ref, error)) (result any, err error) {
	err = c.RetryWhileHeld(ctx, &e.On, func() error {
		result, err = c.runOnce(ctx, e, start)
		return err
	})
	return result, err
}

func (c *Conn) runOnce(ctx context.Context, e *TaskRun, start func(ctx context.Context) (ref, error)) (done any, failed error) {
	if err := openstack.Begin(ctx); err != nil {
		return nil, err
	}
	defer c.taskDone()
	starting, ended := logTask(ctx)
	task, err := start(context.WithoutCancel(starting))
	if err != nil {
		return nil, err
	}
	defer func() { ended(task, failed) }()
	result, err := c.waiter.waitFor(ctx, task, e)
	if errors.Is(err, context.DeadlineExceeded) {
		return c.CancelTask(ctx, task, c.behind(ctx, e.On, task, err))
	}
	if !errors.Is(err, context.Canceled) {
		return result, c.deniedTask(ctx, err)
	}
	end, stop := openstack.Uninterrupted(ctx)
	defer stop()
	result, err = c.waiter.waitFor(end, task, e)
	switch {
	case err == nil:
		return result, ErrInterrupted
	case errors.Is(err, context.DeadlineExceeded):
		return c.CancelTask(ctx, task, c.behind(ctx, e.On, task, err))
	}
	return result, err
}

// deniedTask adds the privilege and the object to the error of a task that failed for lack of a privilege.
func (c *Conn) deniedTask(ctx context.Context, err error) error {
	if err == nil || !faults.Is[*types.NoPermission](err) {
		return err
	}
	vim, _ := c.Vim(ctx) // without it the objects have no names
	return c.session.Denied(ctx, vim, err)
}

// LastPatience is how long to wait for a task after it was told to stop.
const LastPatience = 30 * time.Second

// CancelTask stops a task that took too long, and returns late with the result, if there is one all the same.
func (c *Conn) CancelTask(ctx context.Context, task ref, late error) (any, error) {
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), LastPatience)
	defer stop()
	if vim, err := c.Vim(end); err == nil {
		_, _ = methods.CancelTask(end, vim, &types.CancelTask{This: task}) // not every task can be cancelled
	}
	result, _ := c.waiter.task(end, task)
	return result, late
}

// ErrInterrupted is returned with the result of a task that was carried out although Terraform was interrupted.
var ErrInterrupted = errors.New("interrupted while it was being made; what exists is in the state")

// logTask begins the log of a task. The call that starts the task with the returned context tells what it is about; ended writes the
// line. Both do nothing where the log is off.
func logTask(ctx context.Context) (starting context.Context, ended func(task ref, err error)) {
	if !logging.VCenter.Informs(ctx) {
		return ctx, func(ref, error) {}
	}
	starting, sent := session.NoteSent(ctx)
	began := time.Now()
	return starting, func(task ref, err error) {
		logging.VCenter.Info(ctx, "task", "kind", sent.Method, "task", task.Value, "object", sent.Object.Value,
			"ms", time.Since(began).Milliseconds(), "outcome", faults.Outcome(err))
	}
}
