package vcenter

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// errTaskGone says that vCenter no longer knows a task: it restarted, or the task is old.
var errTaskGone = errors.New("the vCenter no longer knows the task")

const (
	firstPoll   = 100 * time.Millisecond
	longestPoll = 2 * time.Second
)

// waiter watches tasks and machines for every caller of the process with as few reads as possible: it polls, and
// whoever is nearly due travels along, as do the reads of that moment. Polling keeps no state in the server, so a lost session costs nothing.
type waiter struct {
	c *Client

	mu      sync.Mutex
	polls   map[*poll]bool
	running bool
	gap     time.Duration // the shortest time between two polls: longer where the server answers slowly
}

// poll is one object watched until seen says it is done.
type poll struct {
	question
	seen  func(content types.ObjectContent, found bool) (done bool, err error)
	since time.Time
	due   time.Time
	done  chan error
}

func newWaiter(c *Client) *waiter { return &waiter{c: c, polls: map[*poll]bool{}, gap: firstPoll} }

// until watches obj until seen is done or the context ends.
func (w *waiter) until(ctx context.Context, obj ref, paths []string, seen func(types.ObjectContent, bool) (bool, error)) error {
	now := time.Now()
	p := &poll{question: question{obj, paths}, seen: seen, since: now, done: make(chan error, 1)}
	w.mu.Lock()
	p.due = now.Add(w.gap)
	w.polls[p] = true
	if !w.running {
		w.running = true
		go w.run()
	}
	w.mu.Unlock()
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		w.forget(p)
		return ctx.Err()
	}
}

func (w *waiter) forget(p *poll) {
	w.mu.Lock()
	delete(w.polls, p)
	w.mu.Unlock()
}

// run polls while there is anything to wait for.
func (w *waiter) run() {
	for {
		next, waiting := w.next()
		if !waiting {
			return
		}
		time.Sleep(time.Until(next))
		w.look(w.ready(time.Now()))
	}
}

func (w *waiter) next() (first time.Time, waiting bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p := range w.polls {
		if !waiting || p.due.Before(first) {
			first, waiting = p.due, true
		}
	}
	w.running = waiting
	return first, waiting
}

// untilNext is how long it takes until the next poll, 0 where there is none: reads may ride along.
func (w *waiter) untilNext() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	var first time.Time
	for p := range w.polls {
		if first.IsZero() || p.due.Before(first) {
			first = p.due
		}
	}
	if first.IsZero() {
		return 0
	}
	return time.Until(first)
}

// ready takes who is due, and who would be within half of its pause anyway.
func (w *waiter) ready(now time.Time) []*poll {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []*poll
	for p := range w.polls {
		if left := p.due.Sub(now); left < w.gap || left < w.pause(p, now)/2 {
			out = append(out, p)
		}
	}
	return out
}

// pause grows with the time already waited, so that nobody waits much longer than an eighth too long.
func (w *waiter) pause(p *poll, now time.Time) time.Duration {
	return min(longestPoll, max(w.gap, now.Sub(p.since)/8))
}

func (w *waiter) look(polls []*poll) {
	questions := make([]question, 0, len(polls))
	for _, p := range polls {
		questions = append(questions, p.question)
	}
	riders := w.c.reader.batch.board()
	for _, r := range riders {
		questions = append(questions, r.question)
	}
	start := time.Now()
	found, err := w.c.retrieve(context.Background(), questions)
	now := time.Now()
	for i, o := range outcomes(questions[len(polls):], found, err) {
		riders[i].answer <- o
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gap = min(longestPoll, max(firstPoll, 3*now.Sub(start)))
	for _, p := range polls {
		if !w.polls[p] {
			continue
		}
		done, failed := err != nil, err
		if err == nil {
			content, ok := found[p.ref]
			done, failed = p.seen(only(content, p.paths), ok)
		}
		if done || failed != nil {
			delete(w.polls, p)
			p.done <- failed
			continue
		}
		p.due = now.Add(w.pause(p, now))
	}
}

// task waits for a task and gives its result. A failed task's fault is in the error.
func (w *waiter) task(ctx context.Context, task ref) (result any, err error) {
	err = w.until(ctx, task, []string{"info.state", "info.error", "info.result"}, func(content types.ObjectContent, found bool) (bool, error) {
		if !found {
			return true, errTaskGone
		}
		var t mo.Task
		if err := mo.LoadObjectContent([]types.ObjectContent{content}, &t); err != nil {
			return true, err
		}
		switch t.Info.State {
		case types.TaskInfoStateSuccess:
			result = t.Info.Result
			return true, nil
		case types.TaskInfoStateError:
			return true, &taskError{t.Info.Error}
		}
		return false, nil
	})
	return result, err
}

// taskError is how a task failed. It shows its fault to govmomi's fault package.
type taskError struct{ *types.LocalizedMethodFault }

// Error is vCenter's own message.
func (e *taskError) Error() string {
	if e.LocalizedMessage != "" {
		return e.LocalizedMessage
	}
	return faultName(e.LocalizedMethodFault.Fault)
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
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%w (%w)", errNotBegun, ctx.Err())
	}
	defer c.nodes.outdate()
	task, err := start(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	result, err := c.waiter.task(ctx, task)
	if errors.Is(err, context.DeadlineExceeded) {
		return c.abandon(ctx, task, err)
	}
	if !errors.Is(err, context.Canceled) {
		return result, err
	}
	end, stop := uninterrupted(ctx)
	defer stop()
	result, err = c.waiter.task(end, task)
	switch {
	case err == nil:
		return result, errInterrupted
	case errors.Is(err, context.DeadlineExceeded):
		return c.abandon(ctx, task, err)
	}
	return result, err
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
