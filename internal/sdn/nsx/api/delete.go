// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Delete deletes an object. One that is gone already is no error. Where others still use it or are in it, they are waited for: NSX lets go
// of ports, interfaces and the like in the background. What still is so after Config.Settle is ErrInUse.
func (c *Client) Delete(ctx context.Context, path string) error {
	return c.untilFree(ctx, func() error { return c.DeleteUnused(ctx, path) }, ErrInUse, ErrBeingDeleted, ErrNotReady, ErrStale)
}

// DeleteUnused is Delete for an object that others may go on using: that is ErrInUse at once.
func (c *Client) DeleteUnused(ctx context.Context, path string) error {
	_, err := c.call(ctx, deleting, path, request{changes: true})
	if errors.Is(err, openstack.ErrNotFound) {
		return nil
	}
	return err
}

// WaitGone waits until NSX does not show an object any more, at most Config.Settle.
func (c *Client) WaitGone(ctx context.Context, path string) error {
	errThere := fmt.Errorf("%s was deleted, but NSX still shows it: apply again later", c.Noun(path))
	return c.untilFree(ctx, func() error {
		switch err := c.Get(ctx, path, nil); {
		case err == nil:
			return errThere
		case errors.Is(err, openstack.ErrNotFound):
			return nil
		default:
			return err
		}
	}, errThere)
}

// untilFree repeats act while it fails for one of the reasons, which pass by themselves, at most as long as NSX may take.
func (c *Client) untilFree(ctx context.Context, act func() error, reasons ...error) error {
	within, stop := context.WithTimeout(ctx, c.cfg.Settle)
	defer stop()
	for try := 1; ; try++ {
		err := act()
		passes := slices.ContainsFunc(reasons, func(reason error) bool { return errors.Is(err, reason) })
		if !passes || !c.polls.wait(within, try) {
			return err
		}
	}
}
