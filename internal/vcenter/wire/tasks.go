package wire

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// errTaskGone says that vCenter no longer knows a task: it restarted, or the task is old.
var errTaskGone = errors.New("the vCenter no longer knows the task")

// TaskRun is a task to be waited for.
type TaskRun struct {
	On    ref                 // the machine that it changes: a task of somebody else's that holds it is waited for; none: nobody is
	Kind  string              // the method that starts it: how soon tasks of its kind are done is learned; empty: nobody learns
	Along *PropertyQuery      // what is to be read with the look that sees it done; nil: nothing
	seen  types.ObjectContent // what that was; empty where it was not read
}

// Machine is what was read along, nil where it does not show the machine as it is after the task: a look reads one thing after the other.
func (e *TaskRun) Machine(after func(mo.VirtualMachine) bool) *mo.VirtualMachine {
	var vm mo.VirtualMachine
	if len(e.seen.PropSet) == 0 || Load(e.seen, &vm) != nil || vm.Config == nil || !after(vm) {
		return nil
	}
	return &vm
}

// waitFor waits for a task and gives its result. A failed task's fault is in the error.
func (w *waiter) waitFor(ctx context.Context, task ref, e *TaskRun) (result any, err error) {
	p := &Poll{Asks: []PropertyQuery{{task, []string{"info.state", "info.error", "info.result"}}}, Kind: e.Kind}
	if e.Along != nil {
		p.Asks = append(p.Asks, *e.Along)
	}
	p.Seen = func(found []Sight) (done bool, err error) {
		if !found[0].Found {
			return true, errTaskGone
		}
		if result, done, err = taskState(found[0].Content); done && e.Along != nil {
			e.seen = found[1].Content
		}
		return done, err
	}
	err = w.watch(ctx, p)
	return result, err
}

// task is waitFor where nothing is to be learned or read.
func (w *waiter) task(ctx context.Context, task ref) (any, error) {
	return w.waitFor(ctx, task, &TaskRun{})
}

func taskState(content types.ObjectContent) (result any, done bool, err error) {
	var t mo.Task
	if err := Load(content, &t); err != nil {
		return nil, true, err
	}
	switch t.Info.State {
	case types.TaskInfoStateSuccess:
		return t.Info.Result, true, nil
	case types.TaskInfoStateError:
		return nil, true, &TaskError{t.Info.Error}
	}
	return nil, false, nil
}

// TaskError is how a task failed. It shows its fault to govmomi's fault package.
type TaskError struct{ *types.LocalizedMethodFault }

// Error is vCenter's own message.
func (e *TaskError) Error() string {
	if e.LocalizedMessage != "" {
		return e.LocalizedMessage
	}
	return sentenceOf(e.LocalizedMethodFault.Fault)
}

// GetLocalizedMethodFault shows the fault.
func (e *TaskError) GetLocalizedMethodFault() *types.LocalizedMethodFault {
	return e.LocalizedMethodFault
}

// faultName is a fault's type as the vSphere API names it.
func faultName(f types.BaseMethodFault) string {
	name := fmt.Sprintf("%T", f)
	return name[len("*types."):]
}

// RunTask starts a task and waits for it. The start is never cancelled half-way: an abandoned call may have been carried out
// all the same. When Terraform is interrupted while the task runs, it is waited for nonetheless, up to the operation's own
// deadline, and both the result and the interruption come back: what exists must reach the state.
func (c *Conn) RunTask(ctx context.Context, start func(ctx context.Context) (ref, error)) (any, error) {
	return c.RunTaskWith(ctx, &TaskRun{}, start)
}

// RunTaskWith is RunTask for a task that is described. What another task on its machine does not let begin is begun once that is done.
func (c *Conn) RunTaskWith(ctx context.Context, e *TaskRun, start func(ctx context.Context) (ref, error)) (result any, err error) {
	err = c.RetryWhileHeld(ctx, &e.On, func() error {
		result, err = c.runOnce(ctx, e, start)
		return err
	})
	return result, err
}

func (c *Conn) runOnce(ctx context.Context, e *TaskRun, start func(ctx context.Context) (ref, error)) (done any, failed error) {
	if err := Begin(ctx); err != nil {
		return nil, err
	}
	defer c.taskDone()
	task, err := start(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	began := time.Now()
	defer func() { e.logTask(ctx, task, began, failed) }()
	result, err := c.waiter.waitFor(ctx, task, e)
	if errors.Is(err, context.DeadlineExceeded) {
		return c.CancelTask(ctx, task, c.behind(ctx, e.On, task, err))
	}
	if !errors.Is(err, context.Canceled) {
		return result, c.deniedTask(ctx, err)
	}
	end, stop := Uninterrupted(ctx)
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

// deniedTask says of a task that failed for a privilege what it is about.
func (c *Conn) deniedTask(ctx context.Context, err error) error {
	if err == nil || !IsFault[*types.NoPermission](err) {
		return err
	}
	vim, _ := c.Vim(ctx) // without one there are no names
	return c.session.denied(ctx, vim, err)
}

// Uninterrupted is a context that an interrupt does not end, but the operation's own deadline does.
func Uninterrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	end := context.WithoutCancel(ctx)
	if deadline, limited := ctx.Deadline(); limited {
		return context.WithDeadline(end, deadline)
	}
	return end, func() {}
}

// LastPatience is how long a task is waited for after it was told to stop.
const LastPatience = 30 * time.Second

// CancelTask stops a task that took longer than it may, and gives its result with the error where it was done all the same.
func (c *Conn) CancelTask(ctx context.Context, task ref, late error) (any, error) {
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), LastPatience)
	defer stop()
	if vim, err := c.Vim(end); err == nil {
		_, _ = methods.CancelTask(end, vim, &types.CancelTask{This: task}) // not every task can be stopped
	}
	result, _ := c.waiter.task(end, task)
	return result, late
}

// Begin says that something is about to be sent that changes the vCenter; errNotBegun where it may not be.
func Begin(ctx context.Context) error {
	if err := openstack.Begin(ctx); err != nil {
		return fmt.Errorf("%w (%w)", ErrNotBegun, err)
	}
	return nil
}

// ErrNotBegun says that Terraform was asked to stop, or the time was over, before anything was sent.
var ErrNotBegun = errors.New("stopped before it was begun")

// OutcomeUnknown says that nobody knows whether something was carried out: no answer came, or its task was forgotten.
func OutcomeUnknown(err error) bool { return NoResponse(err) || errors.Is(err, errTaskGone) }

// RetryOnce does once more what looks at the world first and does what is missing, where its answer was lost.
func RetryOnce(act func() error) error {
	err := act()
	if OutcomeUnknown(err) {
		err = act()
	}
	return err
}

// ErrInterrupted says that Terraform was asked to stop while something was made, and that it was made.
var ErrInterrupted = errors.New("interrupted while it was being made; what exists is in the state")

// DefiniteFault says that an error is a fault that vCenter ends a task with for good. One that was cancelled may have been done all the
// same, and one whose session was lost may be under way.
func DefiniteFault(err error) bool {
	var fault types.BaseMethodFault
	return FaultAs(err, &fault) && !IsFault[*types.RequestCanceled](err) && !IsFault[*types.NotAuthenticated](err)
}
