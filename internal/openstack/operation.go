package openstack

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// operation is a change that is finished once it has begun: half of one is an object that no state knows.
type operation struct {
	interrupt context.Context // whose end is the interrupt
	end       context.CancelFunc
	grace     time.Duration

	mu    sync.Mutex
	begun bool // something that changes the server was sent, or is certain to be
}

type operationKey struct{}

// Unbroken is the context of an operation on a server. While the operation has changed nothing, the end of ctx is its end; once it has
// begun to, the operation goes on, for grace at most, and never beyond the deadline of ctx. What is called there says with Begin when it is
// about to change something. Within an operation it is that one.
func Unbroken(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	if _, within := ctx.Value(operationKey{}).(*operation); within {
		return context.WithCancel(ctx)
	}
	base, end := context.WithCancel(context.WithoutCancel(ctx))
	out, late := base, context.CancelFunc(func() {})
	if deadline, limited := ctx.Deadline(); limited {
		out, late = context.WithDeadline(base, deadline)
	}
	o := &operation{interrupt: ctx, end: end, grace: grace}
	release := context.AfterFunc(ctx, o.interrupted)
	return context.WithValue(out, operationKey{}, o), func() {
		release()
		late()
		end()
	}
}

func (o *operation) interrupted() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.begun {
		time.AfterFunc(o.grace, o.end)
		return
	}
	o.end()
}

// ErrNotBegun is Begin's error: Terraform was asked to stop, or the time was over, before anything was sent.
var ErrNotBegun = errors.New("stopped before it was begun")

// Begin announces that the operation of a context is about to change something. Where the context has ended, nothing may be changed any
// more: the error is ErrNotBegun with the context's own. Where there is no operation every change is one of its own.
func Begin(ctx context.Context) error {
	if err := begin(ctx); err != nil {
		return fmt.Errorf("%w (%w)", ErrNotBegun, err)
	}
	return nil
}

func begin(ctx context.Context) error {
	o, is := ctx.Value(operationKey{}).(*operation)
	if !is {
		return ctx.Err()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.begun && o.interrupt.Err() != nil {
		return o.interrupt.Err()
	}
	o.begun = o.begun || ctx.Err() == nil
	return ctx.Err()
}

// Begun says whether the operation of a context has changed something, as far as is known: without an operation nobody knows.
func Begun(ctx context.Context) bool {
	o, is := ctx.Value(operationKey{}).(*operation)
	if !is {
		return true
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.begun
}

// Interrupt is the context that ends where an operation is interrupted, whether it goes on or not.
func Interrupt(ctx context.Context) context.Context {
	if o, is := ctx.Value(operationKey{}).(*operation); is {
		return o.interrupt
	}
	return ctx
}

// Breakable is the context of a long operation, which ends between two of its steps when it is interrupted.
func Breakable(ctx context.Context) (context.Context, context.CancelFunc) {
	out, end := context.WithCancel(ctx)
	release := context.AfterFunc(Interrupt(ctx), end)
	return out, func() {
		release()
		end()
	}
}

// Uninterrupted is a context that an interrupt does not end, but the operation's own deadline does.
func Uninterrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	end := context.WithoutCancel(ctx)
	if deadline, limited := ctx.Deadline(); limited {
		return context.WithDeadline(end, deadline)
	}
	return end, func() {}
}
