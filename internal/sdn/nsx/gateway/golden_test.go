// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

const root = policy.Root("/infra")

var (
	owner    = policy.Owner{Folder: "f"}
	stranger = policy.Owner{Folder: "other"}
)

// ownTags are the tags of an object with an id.
func ownTags(id string) string {
	return `[{"scope": "novasphere-id", "tag": "` + id + `"}, {"scope": "novasphere-folder", "tag": "f"}]`
}

// object is an object as NSX answers it.
func object(t *testing.T, text string) (o policy.Object) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// equal compares a body with the JSON that NSX is to get.
func equal(t *testing.T, body any, want string) {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"": body})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(object(t, string(raw)), object(t, `{"": `+want+`}`)) {
		t.Errorf("the body is\n%s\nand not\n%s", raw, want)
	}
}

// asRead is a body as NSX answers it, with some of the fields that NSX adds.
func asRead(t *testing.T, body any, id string) policy.Object {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	o := object(t, string(raw))
	o["id"], o["_revision"], o["comments"] = id, 3.0, "of others"
	for _, field := range []string{"service_entries", "next_hops"} {
		for _, one := range o.Objects(field) {
			one["scope"] = []any{}
		}
	}
	return o
}

// merges checks that a merge finds nothing to change in what it wants, something in what differs, and nothing afterwards. It must leave
// what others have set, and refuse what they have made.
func merges[T any](t *testing.T, o policy.Object, as, want T, merge func(policy.Owner, policy.Object, T) (bool, error)) {
	t.Helper()
	for _, step := range []struct {
		body    T
		changes bool
	}{{as, false}, {want, true}, {want, false}} {
		if changed, err := merge(owner, o, step.body); changed != step.changes || err != nil {
			t.Errorf("merging %+v reports %t, %v, and %t is expected", step.body, changed, err, step.changes)
		}
	}
	if o["comments"] != "of others" || o["_revision"] != 3.0 {
		t.Errorf("a field of others is gone: %v", o)
	}
	if _, err := merge(stranger, o, as); err == nil || !strings.Contains(err.Error(), "was made by somebody else") {
		t.Errorf("an object of somebody else is changed: %v", err)
	}
}

// refused checks that an error is about an attribute and holds a text.
func refused(t *testing.T, err error, field, text string) {
	t.Helper()
	var at *openstack.FieldError
	if !errors.As(err, &at) || at.Field != field || !strings.Contains(err.Error(), text) {
		t.Errorf("%q is expected at %s, and the error is %v", text, field, err)
	}
}
