package crud

import (
	"context"
	"errors"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// usualPatience is how long an interrupted operation goes on where there is no server to say so.
const usualPatience = 5 * time.Minute

// unbroken is the context of a verb that changes something: an interrupt ends it before its first change, and after that once it has gone on for
// as long as a server may be silent, whether this one answers or not: a wait for a guest has no end of its own.
func (b *bound[C, M]) unbroken(ctx context.Context) (context.Context, context.CancelFunc) {
	grace := usualPatience
	if b.home != nil {
		grace = b.home.Patience()
	}
	return openstack.Unbroken(ctx, grace)
}

// untouched says of an interrupted verb that it has changed nothing, where that is so.
func untouched(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) && !openstack.Begun(ctx) {
		return errUntouched
	}
	return err
}

var errUntouched = errors.New("interrupted before anything was changed: apply again")
