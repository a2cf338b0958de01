// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// TestLostLabel: the connection is cut at each step of a label. There is one category and one tag, and it is attached.
func TestLostLabel(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"POST /rest/com/vmware/cis/tagging/category", "POST /rest/com/vmware/cis/tagging/tag",
		"POST /rest/com/vmware/cis/tagging/tag-association/id attach-tag-to-multiple-objects", "DELETE /rest/com/vmware/cis/tagging/tag/id"} {
		for where, cut := range cuts {
			t.Run(call+" "+where, func(t *testing.T) {
				t.Parallel()
				vc := acctest.Start(t, vcsim.Options{})
				wire := vc.Wire(t)
				c := clientOver(t, vc, wire)
				if _, err := c.Flavors.Create(t.Context(), small); err != nil {
					t.Fatal(err)
				}
				server := made(t, c, "web")
				wire.Cut(call, cut)
				if err := c.Labels.Attach(t.Context(), server.MoRef, small, openstack.Flavor{}); err != nil {
					t.Error(err)
				}
				if got := vc.Tags(); !slices.Equal(got, []string{"m1.small"}) {
					t.Errorf("the tags are %v", got)
				}
				if err := c.Servers.Delete(t.Context(), machine.Key{ID: server.ID, MoRef: server.MoRef}, false); err != nil {
					t.Error(err)
				}
				if err := c.Flavors.Delete(t.Context(), small.ID); err != nil {
					t.Error(err)
				}
				if got := vc.Tags(); len(got) != 0 {
					t.Errorf("the tags %v are left", got)
				}
				if calls, _ := wire.Take(); calls[call] != 2 {
					t.Errorf("%s was sent %d times: %v", call, calls[call], calls)
				}
			})
		}
	}
}

// TestLabelOutlivesNoRecord: if the deletion of a flavor's tag is refused, the record stays to name the tag, and the next deletion
// removes both.
func TestLabelOutlivesNoRecord(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var refused atomic.Int32
	between := vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name != "DELETE /rest/com/vmware/cis/tagging/tag/id" || refused.Add(1) > 1 {
			return nil
		}
		out := httptest.NewRecorder()
		out.Code = http.StatusInternalServerError
		return out
	})
	c := clientOver(t, vc, between)
	if _, err := c.Flavors.Create(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	server := made(t, c, "web")
	if err := c.Labels.Attach(t.Context(), server.MoRef, small, openstack.Flavor{}); err != nil {
		t.Fatal(err)
	}
	if err := c.Servers.Delete(t.Context(), machine.Key{ID: server.ID, MoRef: server.MoRef}, false); err != nil {
		t.Fatal(err)
	}
	if err := c.Flavors.Delete(t.Context(), small.ID); err == nil {
		t.Error("the refused deletion succeeded")
	}
	if tags, records := vc.Tags(), vc.Catalogue(); len(tags) != 1 || len(records) != 1 {
		t.Fatalf("the tags %v and the records %v are left", tags, records)
	}
	if err := c.Flavors.Delete(t.Context(), small.ID); err != nil {
		t.Error(err)
	}
	if tags, records := vc.Tags(), vc.Catalogue(); len(tags) != 0 || len(records) != 0 {
		t.Errorf("the tags %v and the records %v are left", tags, records)
	}
}

// TestLabelOfAKilledProcess: a process killed between making a flavor's tag and recording its id leaves no tag behind.
func TestLabelOfAKilledProcess(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var dead atomic.Bool
	c := clientOver(t, vc, vc.Between(t, func(call acctest.Call, next func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if dead.Load() {
			return acctest.Refusal("RestrictedVersion")
		}
		if call.Name == "POST /rest/com/vmware/cis/tagging/tag" {
			dead.Store(true)
			return next()
		}
		return nil
	}))
	if _, err := c.Flavors.Create(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	server := made(t, c, "web")
	if err := c.Labels.Attach(t.Context(), server.MoRef, small, openstack.Flavor{}); err == nil {
		t.Fatal("a process that was killed is content")
	}
	if got := vc.Tags(); len(got) != 1 {
		t.Fatalf("the tags are %v", got)
	}
	other := in(t, vc, "")
	if err := other.Servers.Delete(t.Context(), machine.Key{ID: server.ID, MoRef: server.MoRef}, false); err != nil {
		t.Error(err)
	}
	if err := other.Flavors.Delete(t.Context(), small.ID); err != nil {
		t.Error(err)
	}
	if got := vc.Tags(); len(got) != 0 {
		t.Errorf("the tags %v are left", got)
	}
}
