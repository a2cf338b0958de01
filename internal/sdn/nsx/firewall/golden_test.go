// SPDX-License-Identifier: MPL-2.0

package firewall_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

const (
	root    = policy.Root("/infra")
	groupID = "8f1b6f2e-0c52-4c1c-9d7e-2a5c0e1f7a11"
)

var owner = policy.Owner{Folder: "vc-1/dc/novasphere"}

func number(n int64) *int64 { return &n }

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

// asRead is a body as NSX answers it, with some of the fields that NSX adds, also to the objects within it.
func asRead(t *testing.T, body any, id string) policy.Object {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	o := object(t, string(raw))
	o["id"], o["_revision"], o["_protection"] = id, 3.0, "NOT_PROTECTED"
	for _, field := range []string{"expression", "rules"} {
		for _, one := range o.Objects(field) {
			one["path"], one["_protection"] = "/infra/"+field, "NOT_PROTECTED"
			for _, entry := range one.Objects("service_entries") {
				entry["id"], entry["source_ports_added"] = "random", []any{}
			}
		}
	}
	return o
}

// refused checks that an error is about an attribute and holds a text.
func refused(t *testing.T, err error, field, text string) {
	t.Helper()
	var at *openstack.FieldError
	if !errors.As(err, &at) || at.Field != field || !strings.Contains(err.Error(), text) {
		t.Errorf("%q is expected at %s, and the error is %v", text, field, err)
	}
}

// merged checks what a merge reports.
func merged(t *testing.T, want, changed bool, err error) {
	t.Helper()
	if changed != want || err != nil {
		t.Errorf("the merge reports %t, %v, and %t is expected", changed, err, want)
	}
}
