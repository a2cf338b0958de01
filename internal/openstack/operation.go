// SPDX-License-Identifier: MPL-2.0

package openstack

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// operation is a change that must be finished once it has begun: stopped half-way it leaves an object that no state knows.
type operation struct {
	interrupt context.Context // its end is the interrupt
	end       context.CancelFunc
	grace     time.Duration

	mu    sync.Mutex
	begun bool // a request that changes the server was sent, or is certain to be
}

type operationKey struct{}

// Unbroken returns the context of an operation on a server. As long as the operation has changed nothing, it ends with ctx. Once the
// operation has begun to change something, it goes on for at most grace after ctx ends, and never beyond the deadline of ctx. The code
// that it calls reports the first change with Begin. Within an operation, Unbroken joins that operation.
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

// ErrNotBegun is returned by Begin: Terraform was asked to stop, or the time was over, before anything was sent.
var ErrNotBegun = errors.New("stopped before it was begun")

// Begin marks the operation of ctx as about to change something. It returns ErrNotBegun with the context's error if the context has
// ended: then nothing may be changed. Without an operation every change stands alone.
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

// Begun reports whether the operation of ctx may have changed something. Without an operation nothing is known, so it returns true.
func Begun(ctx context.Context) bool {
	o, is := ctx.Value(operationKey{}).(*operation)
	if !is {
		return true
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.begun
}

// Interrupt returns the context that ends when the operation is interrupted, even if the operation goes on.
func Interrupt(ctx context.Context) context.Context {
	if o, is := ctx.Value(operationKey{}).(*operation); is {
		return o.interrupt
	}
	return ctx
}

// Breakable returns the context of a long operation that stops between two of its steps when it is interrupted.
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
