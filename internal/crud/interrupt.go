// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"errors"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// usualPatience is how long an interrupted operation continues where there is no server to set it.
const usualPatience = 5 * time.Minute

// Interrupt chooses how far an operation continues when Terraform is interrupted.
type Interrupt int

const (
	// InterruptFinishes ends an operation that has changed nothing, and lets any other finish, for as long as a server may stay silent.
	InterruptFinishes Interrupt = iota
	// InterruptEndsStep is for long operations: one that has begun ends after its present step.
	InterruptEndsStep
	// InterruptEndsWait is for verbs whose calls protect themselves, and whose waits for a guest between the calls end at once.
	InterruptEndsWait
)

// begin returns the context of an operation, which an interrupt ends as the resource chooses.
func (b *bound[C, M]) begin(ctx context.Context) (context.Context, context.CancelFunc) {
	return b.is.Interrupt.begin(ctx, b.home)
}

// begin returns the context of an operation on a server, nil where there is none.
func (i Interrupt) begin(ctx context.Context, home Home) (context.Context, context.CancelFunc) {
	if i == InterruptEndsWait {
		return ctx, func() {}
	}
	grace := usualPatience
	if home != nil {
		grace = home.Patience()
	}
	ctx, done := openstack.Unbroken(ctx, grace)
	if i == InterruptFinishes {
		return ctx, done
	}
	ctx, release := openstack.Breakable(ctx)
	return ctx, func() {
		release()
		done()
	}
}

// untouched replaces the error of an interrupted verb that has changed nothing.
func untouched(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) && !openstack.Begun(ctx) {
		return errUntouched
	}
	return err
}

var errUntouched = errors.New("interrupted before anything was changed: apply again")
