// SPDX-License-Identifier: MPL-2.0

package upload

import (
	"context"
	"errors"
	"time"

	"github.com/vmware/govmomi/vapi/library"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// errQuiet means that nothing tells of a process that sends.
var errQuiet = errors.New("nothing moves")

// Kept reports whether a process keeps an update session of an item alive, which each upload does several times within quiet. It returns
// with the first sign of life, and at once where there is no session that anybody could be using.
func Kept(ctx context.Context, conn *wire.Conn, item Item, quiet time.Duration) (bool, error) {
	_, all, err := sessionsOf(ctx, conn, item)
	before := deadlines(all)
	if err != nil || len(before) == 0 {
		return false, err
	}
	kept := false
	err = retry.Until(ctx, time.Now().Add(quiet), func(err error) bool { return errors.Is(err, errQuiet) }, func() error {
		_, all, err := sessionsOf(ctx, conn, item)
		if err != nil {
			return err
		}
		now := deadlines(all)
		for id, end := range now {
			first, known := before[id]
			kept = kept || !known || end.After(first)
		}
		if kept || len(now) == 0 {
			return nil
		}
		return errQuiet
	})
	if errors.Is(err, errQuiet) {
		return false, ctx.Err()
	}
	return kept, err
}

// deadlines tells when the vCenter will end each session that is not over.
func deadlines(all []*library.Session) map[string]time.Time {
	out := map[string]time.Time{}
	for _, s := range all {
		if s.State == "ACTIVE" && s.ExpirationTime != nil {
			out[s.ID] = *s.ExpirationTime
		}
	}
	return out
}
