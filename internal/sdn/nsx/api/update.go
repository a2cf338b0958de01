// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"errors"
	"fmt"
)

// maxStale is how often an object is read and written that others change meanwhile.
const maxStale = 3

// Update reads an object, lets change it, and writes it back, with all fields that change does not know. change may be called again with
// a newer state of the object. Without a change nothing is written. It returns the object as NSX has it afterwards.
func (c *Client) Update(ctx context.Context, path string, change func(object map[string]any) (changed bool, err error)) (map[string]any,
	error,
) {
	unlock, err := c.locks.lock(ctx, path)
	if err != nil {
		return nil, err
	}
	defer unlock()
	for try := 1; ; try++ {
		object := map[string]any{}
		if err := c.Get(ctx, path, &object); err != nil {
			return nil, err
		}
		changed, err := change(object)
		if err == nil && changed {
			err = c.mayChange(path, object)
		}
		if err != nil || !changed {
			return object, err
		}
		after := map[string]any{}
		err = c.Put(ctx, path, object, &after)
		if err == nil {
			return after, nil
		}
		again := errors.Is(err, ErrStale) || errors.Is(err, ErrNotReady)
		if !again || try == maxStale || !c.polls.wait(ctx, try) {
			return nil, err
		}
	}
}

// mayChange refuses to change what belongs to another principal identity (NSX API, _protection).
func (c *Client) mayChange(path string, object map[string]any) error {
	switch object["_protection"] {
	case "PROTECTED":
		return fmt.Errorf("%s cannot be changed: it belongs to another principal identity of NSX (PROTECTED): change it there: %w", c.Noun(path),
			ErrForbidden)
	case "REQUIRE_OVERRIDE":
		if !c.cfg.AllowOverwrite {
			return fmt.Errorf("%s cannot be changed: it belongs to another principal identity of NSX (REQUIRE_OVERRIDE): set allow_overwrite = "+
				"true in the block nsx if it is yours to change: %w", c.Noun(path), ErrForbidden)
		}
	}
	return nil
}
