// SPDX-License-Identifier: MPL-2.0

package upload

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vmware/govmomi/vapi/library"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
)

const (
	longestRest  = 3 * time.Second        // between two signs of life of an upload, by which others see that it goes on
	shortestRest = 100 * time.Millisecond // where a session ends within moments, or the clocks differ
)

// keepAlive keeps a session alive until the context ends, a third of its time before each next sign of life. Each is a call of the REST
// API, so that the login stays alive too.
func (u *update) keepAlive(ctx context.Context) error {
	s, err := u.GetLibraryItemUpdateSession(ctx, u.id)
	if err != nil {
		return u.failed("reading the update session", err)
	}
	pause := longestRest
	if s.ExpirationTime != nil {
		pause = min(max(time.Until(*s.ExpirationTime)/3, shortestRest), longestRest)
	}
	go func() {
		ticker := time.NewTicker(pause)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if err := u.KeepAliveLibraryItemUpdateSession(ctx, u.id); err != nil && ctx.Err() == nil {
				logging.VCenter.Info(ctx, "an update session was not kept alive", "item", u.item.ID, "after", faults.Outcome(err))
			}
		}
	}()
	return nil
}

// checked is how many bytes in a second a vCenter is expected to check of what it was sent, at the least.
const checked = 10 << 20

// await waits until the session is over, and is an error unless it has brought its files. A session in which nothing moves any more is
// given up.
func (u *update) await(ctx context.Context, progress Progress) error {
	patience := u.conn.Patience()
	for _, f := range u.files {
		if f.Content != nil {
			patience += time.Duration(f.Content.Length/checked) * time.Second
		}
	}
	moved, fetched := time.Now(), int64(-1)
	pauses := retry.Backoff{Longest: retry.LongestPause}
	for {
		s, err := u.GetLibraryItemUpdateSession(ctx, u.id)
		switch {
		case err != nil:
			return u.failed("reading the update session", err)
		case s.State == "DONE":
			return nil
		case s.State != "ACTIVE":
			return u.failed("the upload", u.ended(s))
		}
		state, err := u.fetching(ctx)
		if err != nil {
			return u.failed("reading the files", err)
		}
		if state.bytes != fetched {
			moved, fetched = time.Now(), state.bytes
			if progress != nil && state.total > 0 {
				progress(state.bytes, state.total)
			}
		}
		if time.Since(moved) > patience {
			return u.failed("the upload", u.stuck(patience, fetched))
		}
		if !pauses.Wait(ctx) {
			return u.failed("waiting", ctx.Err())
		}
	}
}

// ended says why a session is over that has not brought its files.
func (u *update) ended(s *library.Session) error {
	if s.ErrorMessage != nil {
		return errors.New("the vCenter says: " + u.text(s.ErrorMessage))
	}
	return fmt.Errorf("the update session is %s, and the vCenter does not say why", s.State)
}

// stuck says what to look at where nothing moves.
func (u *update) stuck(patience time.Duration, fetched int64) error {
	for _, f := range u.files {
		if f.Content == nil {
			return fmt.Errorf("the vCenter has fetched nothing more of %s for %s, after %s: it may not reach that server, lack the proxy that "+
				"leads to it (vCenter's network settings), or not trust its certificate (add the authority to the vCenter's trusted roots); "+
				"image_source_url without web_download has this machine fetch it", address(f.URL), patience, megabytes(fetched))
		}
	}
	return fmt.Errorf("the vCenter has everything, and has not finished for %s", patience)
}

// transferred is how much a vCenter has fetched.
type transferred struct{ bytes, total int64 }

// fetching asks how much the vCenter has fetched; nothing where it fetches nothing.
func (u *update) fetching(ctx context.Context) (out transferred, err error) {
	pulls := false
	for _, f := range u.files {
		pulls = pulls || f.Content == nil
	}
	if !pulls {
		return out, nil
	}
	all, err := u.ListLibraryItemUpdateSessionFile(ctx, u.id)
	for _, f := range all {
		out.bytes += f.BytesTransferred
		out.total += f.Size
	}
	return out, err
}
