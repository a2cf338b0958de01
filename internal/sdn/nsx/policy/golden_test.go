// SPDX-License-Identifier: MPL-2.0

package policy_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

var owner = policy.Owner{Folder: "vc-1/dc/novasphere"}

const root = policy.Root("/infra")

// equal compares a body with the JSON that NSX is to get.
func equal(t *testing.T, body any, want string) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := object(t, string(raw)), object(t, want); !reflect.DeepEqual(got, want) {
		t.Errorf("the body is\n%s\nand not\n%v", raw, want)
	}
}

// object is an object as NSX answers it.
func object(t *testing.T, text string) (o policy.Object) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// asRead is a body as NSX answers it, with some of the fields that NSX adds.
func asRead(t *testing.T, body any, id, path string) policy.Object {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	o := object(t, string(raw))
	o["id"], o["path"], o["_revision"], o["_protection"] = id, path, 3.0, "NOT_PROTECTED"
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

// unchanged checks that a merge finds nothing to change.
func unchanged(t *testing.T, changed bool, err error) {
	t.Helper()
	if changed || err != nil {
		t.Errorf("an object that is as it should be counts as changed: %t, %v", changed, err)
	}
}

// changed checks that a merge finds something to change.
func changed(t *testing.T, changed bool, err error) {
	t.Helper()
	if !changed || err != nil {
		t.Errorf("a difference is not seen: %t, %v", changed, err)
	}
}
