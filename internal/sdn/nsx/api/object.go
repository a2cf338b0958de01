package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// revision is the field that counts an object's changes. A PUT without it makes an object, and is refused where there is one; a PUT with
// another than NSX has is refused too (NSX API).
const revision = "_revision"

// Get reads an object, by its policy path, into a struct or map. openstack.ErrNotFound: NSX does not have it.
func (c *Client) Get(ctx context.Context, path string, into any) error {
	a, err := c.call(ctx, http.MethodGet, path, request{})
	if err != nil {
		return err
	}
	return c.decode(http.MethodGet, path, a, into)
}

// Query reads what a query selects of a path: intent_path=… of the realized state, for example.
func (c *Client) Query(ctx context.Context, path string, query url.Values, into any) error {
	a, err := c.call(ctx, http.MethodGet, path, request{query: query, about: aboutIntent(query)})
	if err != nil {
		return err
	}
	return c.decode(http.MethodGet, path, a, into)
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
	return c.untilFree(ctx, func() error { return c.put(ctx, create, path, sent, text, into) }, ErrBeingDeleted, ErrNotReady)
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
	return c.put(ctx, http.MethodPut, path, sent, text, into)
}

func (c *Client) put(ctx context.Context, verb, path string, sent map[string]any, text []byte, into any) error {
	a, err := c.call(ctx, verb, path, request{body: text, kind: "application/json", changes: true})
	if err == nil {
		return c.decode(verb, path, a, into)
	}
	exists, stale := errors.Is(err, ErrExists), errors.Is(err, ErrStale)
	unsure := verb == create && stale // of some objects NSX says that they exist by finding fault with the missing revision
	if !unsure && !(a.lost && (exists || stale)) {
		return err
	}
	is := map[string]any{}
	switch unread := c.Get(ctx, path, &is); {
	case unread != nil:
		return err
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

// Delete deletes an object. One that is gone already is no error. Where others still use it or are in it, they are waited for: NSX lets go
// of ports, interfaces and the like in the background. After a minute that is ErrInUse.
func (c *Client) Delete(ctx context.Context, path string) error {
	return c.untilFree(ctx, func() error {
		_, err := c.call(ctx, http.MethodDelete, path, request{changes: true})
		if errors.Is(err, openstack.ErrNotFound) {
			return nil
		}
		return err
	}, ErrInUse, ErrBeingDeleted, ErrNotReady)
}

// WaitGone waits until NSX does not show an object any more, at most a minute.
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
	within, stop := context.WithTimeout(ctx, c.settle)
	defer stop()
	for try := 1; ; try++ {
		err := act()
		passes := false
		for _, reason := range reasons {
			passes = passes || errors.Is(err, reason)
		}
		if !passes || !c.polls.wait(within, try) {
			return err
		}
	}
}

// decode reads an answer into a struct or map.
func (c *Client) decode(verb, path string, a answer, into any) error {
	if into == nil {
		return nil
	}
	err := json.Unmarshal(a.body, into)
	if err == nil {
		return nil
	}
	what := "it is no JSON"
	if field := (*json.UnmarshalTypeError)(nil); errors.As(err, &field) {
		what = fmt.Sprintf("%s is a %s", cmp.Or(field.Field, "it"), field.Value)
	}
	return fmt.Errorf("%s cannot be %s: the answer of NSX is not understood, as %s: this version of the provider may be too old for this NSX",
		c.Noun(path), verbs[verb], what)
}

// encode returns a body as NSX will hold it, and as it is sent.
func encode(body any) (fields map[string]any, text []byte, err error) {
	if text, err = json.Marshal(body); err != nil {
		return nil, nil, err
	}
	return fields, text, json.Unmarshal(text, &fields)
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

// call asks NSX about an object by its policy path. It returns a refusal as an Error, and with it the answer.
func (c *Client) call(ctx context.Context, verb, path string, r request) (answer, error) {
	r.method, r.path = verb, policy+path
	switch verb {
	case create:
		r.method = http.MethodPut
	case list:
		r.method = http.MethodGet
	}
	about := cmp.Or(r.about, path)
	a, err := c.send(ctx, r)
	if err != nil {
		return a, c.unsaid(verb, about, err)
	}
	if a.ok() {
		return a, nil
	}
	refused := c.refused(verb, about, a)
	if errors.Is(refused, openstack.ErrNotFound) {
		if err := c.checkProject(ctx); err != nil {
			return a, err
		}
	}
	return a, refused
}
