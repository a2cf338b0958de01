package vcenter

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

// errand is a task to be waited for.
type errand struct {
	on    ref                 // the machine that it changes: a task of somebody else's that holds it is waited for; none: nobody is
	kind  string              // the method that starts it: how soon tasks of its kind are done is learned; empty: nobody learns
	along *question           // what is to be read with the look that sees it done; nil: nothing
	seen  types.ObjectContent // what that was; empty where it was not read
}

// machine is what was read along, nil where it does not show the machine as it is after the task: a look reads one thing after the other.
func (e *errand) machine(after func(mo.VirtualMachine) bool) *mo.VirtualMachine {
	var vm mo.VirtualMachine
	if len(e.seen.PropSet) == 0 || load(e.seen, &vm) != nil || vm.Config == nil || !after(vm) {
		return nil
	}
	return &vm
}

// waitFor waits for a task and gives its result. A failed task's fault is in the error.
func (w *waiter) waitFor(ctx context.Context, task ref, e *errand) (result any, err error) {
	p := &poll{asks: []question{{task, []string{"info.state", "info.error", "info.result"}}}, kind: e.kind}
	if e.along != nil {
		p.asks = append(p.asks, *e.along)
	}
	p.seen = func(found []sight) (done bool, err error) {
		if !found[0].found {
			return true, errTaskGone
		}
		if result, done, err = taskState(found[0].content); done && e.along != nil {
			e.seen = found[1].content
		}
		return done, err
	}
	err = w.watch(ctx, p)
	return result, err
}

// task is waitFor where nothing is to be learned or read.
func (w *waiter) task(ctx context.Context, task ref) (any, error) {
	return w.waitFor(ctx, task, &errand{})
}

func taskState(content types.ObjectContent) (result any, done bool, err error) {
	var t mo.Task
	if err := load(content, &t); err != nil {
		return nil, true, err
	}
	switch t.Info.State {
	case types.TaskInfoStateSuccess:
		return t.Info.Result, true, nil
	case types.TaskInfoStateError:
		return nil, true, &taskError{t.Info.Error}
	}
	return nil, false, nil
}

// taskError is how a task failed. It shows its fault to govmomi's fault package.
type taskError struct{ *types.LocalizedMethodFault }

// Error is vCenter's own message.
func (e *taskError) Error() string {
	if e.LocalizedMessage != "" {
		return e.LocalizedMessage
	}
	return sentenceOf(e.LocalizedMethodFault.Fault)
}

// GetLocalizedMethodFault shows the fault.
func (e *taskError) GetLocalizedMethodFault() *types.LocalizedMethodFault {
	return e.LocalizedMethodFault
}

// faultName is a fault's type as the vSphere API names it.
func faultName(f types.BaseMethodFault) string {
	name := fmt.Sprintf("%T", f)
	return name[len("*types."):]
}

// carry starts a task and waits for it. The start is never cancelled half-way: an abandoned call may have been carried out
// all the same. When Terraform is interrupted while the task runs, it is waited for nonetheless, up to the operation's own
// deadline, and both the result and the interruption come back: what exists must reach the state.
func (c *Client) carry(ctx context.Context, start func(ctx context.Context) (ref, error)) (any, error) {
	return c.carryOut(ctx, &errand{}, start)
}

// carryOut is carry for an errand. What another task on its machine does not let begin is begun once that is done.
func (c *Client) carryOut(ctx context.Context, e *errand, start func(ctx context.Context) (ref, error)) (result any, err error) {
	err = c.unheld(ctx, &e.on, func() error {
		result, err = c.carryOnce(ctx, e, start)
		return err
	})
	return result, err
}

func (c *Client) carryOnce(ctx context.Context, e *errand, start func(ctx context.Context) (ref, error)) (any, error) {
	if err := begin(ctx); err != nil {
		return nil, err
	}
	defer c.nodes.outdate()
	task, err := start(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	result, err := c.waiter.waitFor(ctx, task, e)
	if errors.Is(err, context.DeadlineExceeded) {
		return c.abandon(ctx, task, c.behind(ctx, e.on, task, err))
	}
	if !errors.Is(err, context.Canceled) {
		return result, c.deniedTask(ctx, err)
	}
	end, stop := uninterrupted(ctx)
	defer stop()
	result, err = c.waiter.waitFor(end, task, e)
	switch {
	case err == nil:
		return result, errInterrupted
	case errors.Is(err, context.DeadlineExceeded):
		return c.abandon(ctx, task, c.behind(ctx, e.on, task, err))
	}
	return result, err
}

// deniedTask says of a task that failed for a privilege what it is about.
func (c *Client) deniedTask(ctx context.Context, err error) error {
	if err == nil || !isFault[*types.NoPermission](err) {
		return err
	}
	vim, _ := c.session.vim(ctx) // without one there are no names
	return c.session.denied(ctx, vim, err)
}

// uninterrupted is a context that an interrupt does not end, but the operation's own deadline does.
func uninterrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	end := context.WithoutCancel(ctx)
	if deadline, limited := ctx.Deadline(); limited {
		return context.WithDeadline(end, deadline)
	}
	return end, func() {}
}

// lastPatience is how long a task is waited for after it was told to stop.
const lastPatience = 30 * time.Second

// abandon stops a task that took longer than it may, and gives its result with the error where it was done all the same.
func (c *Client) abandon(ctx context.Context, task ref, late error) (any, error) {
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), lastPatience)
	defer stop()
	if vim, err := c.session.vim(end); err == nil {
		_, _ = methods.CancelTask(end, vim, &types.CancelTask{This: task}) // not every task can be stopped
	}
	result, _ := c.waiter.task(end, task)
	return result, late
}

// begin says that something is about to be sent that changes the vCenter; errNotBegun where it may not be.
func begin(ctx context.Context) error {
	if err := openstack.Begin(ctx); err != nil {
		return fmt.Errorf("%w (%w)", errNotBegun, err)
	}
	return nil
}

// errNotBegun says that Terraform was asked to stop, or the time was over, before anything was sent.
var errNotBegun = errors.New("stopped before it was begun")

// unanswered says that nobody knows whether something was carried out: no answer came, or its task was forgotten.
func unanswered(err error) bool { return lost(err) || errors.Is(err, errTaskGone) }

// again does once more what looks at the world first and does what is missing, where its answer was lost.
func again(act func() error) error {
	err := act()
	if unanswered(err) {
		err = act()
	}
	return err
}

// errInterrupted says that Terraform was asked to stop while something was made, and that it was made.
var errInterrupted = errors.New("interrupted while it was being made; what exists is in the state")
