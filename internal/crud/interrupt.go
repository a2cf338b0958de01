package crud

import (
	"context"
	"errors"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// usualPatience is how long an interrupted operation goes on where there is no server that says so.
const usualPatience = 5 * time.Minute

// unbroken is the context of a verb that changes something: an interrupt ends it before its first change, and after that only when the
// server has been silent for long.
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
