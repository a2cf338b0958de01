// SPDX-License-Identifier: MPL-2.0

package policy_test

import (
	"reflect"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// TestMerge changes an object of a type that this package does not know.
func TestMerge(t *testing.T) {
	t.Parallel()
	tags := owner.Tags("r", "")
	want := []policy.Tag{{Scope: policy.ScopeID, Tag: "r"}, {Scope: policy.ScopeFolder, Tag: owner.Folder}}
	if !reflect.DeepEqual(tags, want) {
		t.Errorf("the tags are %v", tags)
	}
	neutron := policy.Owner{Folder: owner.Folder, Neutron: &policy.Neutron{}}
	if named, unnamed := neutron.Tags("r", "os-neutron-router-id"), neutron.Tags("r", ""); len(named) != 6 || len(unnamed) != 5 {
		t.Errorf("the tags are %v and %v", named, unnamed)
	}
	o := asRead(t, map[string]any{"tags": tags, "kept": "x", "gone": "y", "list": []any{map[string]any{"name": "z"}}}, "r", "/r")
	merge := func(w policy.Owner) (bool, error) {
		return w.Merge("router", o, map[string]any{"new": 1}, tags, "new", "gone")
	}
	is, err := merge(owner)
	changed(t, is, err)
	is, err = merge(owner)
	unchanged(t, is, err)
	if o.Text("kept") != "x" || o["gone"] != nil || o["new"] != 1.0 || o.Objects("list")[0].Text("name") != "z" || o.Label() != "r" ||
		!reflect.DeepEqual(o.Tags(), tags) {
		t.Errorf("the object is %v", o)
	}
	if body := policy.As[struct{ List []struct{ Name string } }](o); len(body.List) != 1 || body.List[0].Name != "z" {
		t.Errorf("the object says %+v", body)
	}
	stranger := policy.Owner{Folder: "x"}
	if _, err := merge(stranger); err == nil || stranger.MayChange("router", o) == nil || owner.MayChange("router", o) != nil {
		t.Errorf("somebody else's object may be changed: %v", err)
	}
}
