// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// revision is the field that counts an object's changes. A PUT without it makes an object, and is refused where there is one; a PUT with
// another than NSX has is refused too (NSX API).
const revision = "_revision"

// Get reads an object, by its policy path, into a struct or map. openstack.ErrNotFound: NSX does not have it.
func (c *Client) Get(ctx context.Context, path string, into any) error {
	a, err := c.call(ctx, reading, path, request{})
	if err != nil {
		return err
	}
	return c.decode(reading, path, a, into)
}

// Query reads what a query selects of a path: intent_path=… of the realized state, for example.
func (c *Client) Query(ctx context.Context, path string, query url.Values, into any) error {
	a, err := c.call(ctx, reading, path, request{query: query, about: aboutIntent(query)})
	if err != nil {
		return err
	}
	return c.decode(reading, path, a, into)
}

// aboutIntent returns which path an error about a query of the realized state is to name.
func aboutIntent(query url.Values) string {
	if of := query.Get("intent_path"); of != "" {
		return of + "/realized-state"
	}
	return ""
}

// Create makes an object, and reads it into a struct or map (nil: not at all). It never changes one that exists: ErrExists. One with the
// same id that is being deleted is waited for.
func (c *Client) Create(ctx context.Context, path string, body, into any) error {
	sent, text, err := encode(body)
	if err != nil {
		return err
	}
	c.learn(path, sent)
	return c.untilFree(ctx, func() error { return c.put(ctx, creating, path, sent, text, into) }, ErrBeingDeleted,
		ErrNotReady, ErrStale)
}

// Put replaces an object, whose body has the _revision that was read. ErrStale: somebody changed it meanwhile.
func (c *Client) Put(ctx context.Context, path string, body, into any) error {
	sent, text, err := encode(body)
	if err != nil {
		return err
	}
	if sent[revision] == nil {
		return fmt.Errorf("%s cannot be changed: nothing says which state of it was read", c.Noun(path))
	}
	return c.put(ctx, changing, path, sent, text, into)
}

func (c *Client) put(ctx context.Context, verb verb, path string, sent map[string]any, text []byte, into any) error {
	a, err := c.call(ctx, verb, path, request{body: text, kind: "application/json", changes: true})
	if err == nil {
		return c.decode(verb, path, a, into)
	}
	exists, stale := errors.Is(err, ErrExists), errors.Is(err, ErrStale)
	unsure := verb == creating && stale // of some objects NSX says that they exist by finding fault with the missing revision
	repeated := a.lost && (exists || stale)
	if !unsure && !repeated {
		return err
	}
	is := map[string]any{}
	switch unread := c.Get(ctx, path, &is); {
	case errors.Is(unread, openstack.ErrNotFound):
		return err
	case unread != nil:
		return unread
	case a.lost && holds(is, sent): // an earlier try was carried out, whose answer was lost
		return redo(is, into)
	case unsure:
		return c.refusedAs(find(0, codeExists, ""), verb, path, a)
	}
	return err
}

// holds reports whether NSX has all that was sent, save the revision, which it counts itself. It may have added fields.
func holds(is, sent any) bool {
	switch sent := sent.(type) {
	case map[string]any:
		is, ok := is.(map[string]any)
		for key, value := range sent {
			ok = ok && (key == revision || holds(is[key], value))
		}
		return ok
	case []any:
		is, ok := is.([]any)
		ok = ok && len(is) == len(sent)
		for i := 0; ok && i < len(sent); i++ {
			ok = holds(is[i], sent[i])
		}
		return ok
	}
	return is == sent
}

func redo(is map[string]any, into any) error {
	if into == nil {
		return nil
	}
	_, text, err := encode(is)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// learn keeps the name of an object that we make, for errors about it.
func (c *Client) learn(path string, sent map[string]any) {
	if name, ok := sent["display_name"].(string); ok {
		c.Name(path, name)
	}
}
