package crud

import (
	"context"
	"errors"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// usualPatience is how long an interrupted operation goes on where there is no server to say so.
const usualPatience = 5 * time.Minute

// Interrupt is how far an operation goes when Terraform is interrupted.
type Interrupt int

const (
	// InterruptFinishes ends an operation that has changed nothing, and lets any other come to its end, for as long as a server may be silent.
	InterruptFinishes Interrupt = iota
	// InterruptEndsStep is for long operations: one that has begun ends after the step that it is at.
	InterruptEndsStep
	// InterruptEndsWait is for verbs with calls that protect themselves, and waits for a guest between them, which end at once.
	InterruptEndsWait
)

// begin is the context of an operation, which an interrupt ends as the resource says.
func (b *bound[C, M]) begin(ctx context.Context) (context.Context, context.CancelFunc) {
	if b.is.Interrupt == InterruptEndsWait {
		return ctx, func() {}
	}
	grace := usualPatience
	if b.home != nil {
		grace = b.home.Patience()
	}
	ctx, done := openstack.Unbroken(ctx, grace)
	if b.is.Interrupt == InterruptFinishes {
		return ctx, done
	}
	ctx, release := openstack.Breakable(ctx)
	return ctx, func() {
		release()
		done()
	}
}

// untouched says of an interrupted verb that it has changed nothing, where that is so.
func untouched(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) && !openstack.Begun(ctx) {
		return errUntouched
	}
	return err
}

var errUntouched = errors.New("interrupted before anything was changed: apply again")
