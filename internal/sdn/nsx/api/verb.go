// SPDX-License-Identifier: MPL-2.0

package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// verb is what a call does to an object.
type verb struct{ method, done string }

var (
	reading  = verb{http.MethodGet, "read"}
	listing  = verb{http.MethodGet, "listed"}
	creating = verb{http.MethodPut, "created"} // without _revision
	changing = verb{http.MethodPut, "changed"}
	deleting = verb{http.MethodDelete, "deleted"}
)

// call asks NSX about an object by its policy path. It returns a refusal as an Error, and with it the answer.
func (c *Client) call(ctx context.Context, verb verb, path string, r request) (answer, error) {
	r.method, r.path = verb.method, policy+path
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

// decode reads an answer into a struct or map.
func (c *Client) decode(verb verb, path string, a answer, into any) error {
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
		c.Noun(path), verb.done, what)
}

// encode returns a body as NSX will hold it, and as it is sent.
func encode(body any) (fields map[string]any, text []byte, err error) {
	if text, err = json.Marshal(body); err != nil {
		return nil, nil, err
	}
	return fields, text, json.Unmarshal(text, &fields)
}
