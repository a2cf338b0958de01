// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// itemCalls are the calls that make an item.
var itemCalls = []string{"GET /rest/com/vmware/content/library", "POST /rest/com/vmware/content/library/item",
	"POST /rest/com/vmware/content/library/item/update-session", "GET /rest/com/vmware/content/library/item/update-session/id",
	"POST /rest/com/vmware/content/library/item/updatesession/file/id add", "PUT /rest/com/vmware/cis/data/id/image.ovf",
	"PUT /rest/com/vmware/cis/data/id/disk-0.vmdk", "POST /rest/com/vmware/content/library/item/update-session/id complete",
	"DELETE /rest/com/vmware/content/library/item/update-session/id", "GET /rest/com/vmware/content/library/item/id"}

// TestLostItem cuts the connection at each call that makes an item: there is one in the end, whole, and nothing beside it.
func TestLostItem(t *testing.T) {
	t.Parallel()
	disk := someDisk()
	content := diskContent(t, disk)
	for _, call := range itemCalls {
		for where, cut := range cuts {
			t.Run(call+" "+where, func(t *testing.T) {
				t.Parallel()
				l := itemLabOf(t, vcsim.Options{})
				l.wire.Cut(call, cut)
				made, err := l.Images.Create(t.Context(), item("debian", content))
				if err != nil {
					t.Fatal(err)
				}
				if calls, _ := l.wire.Take(); calls[call] < 1 {
					t.Errorf("the calls were %v", calls)
				}
				l.holdsOne()
				if !bytes.Equal(l.bytesOf(l.deployed(made.ID)), disk) {
					t.Error("the copy's disk holds something else")
				}
			})
		}
	}
}

// TestKilledItem: a creation that is killed after any of its calls is taken up by the next. There is one item in the end.
func TestKilledItem(t *testing.T) {
	t.Parallel()
	disk := someDisk()
	content := diskContent(t, disk)
	for _, call := range itemCalls {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			l := itemLabOf(t, vcsim.Options{})
			if _, err := l.killedAt(call).Images.Create(t.Context(), item("debian", content)); err == nil &&
				call != "DELETE /rest/com/vmware/content/library/item/update-session/id" {
				t.Fatal("it was not killed")
			}
			l.wire.Take()
			made, err := l.Images.Create(t.Context(), item("debian", content))
			if err != nil {
				t.Fatal(err)
			}
			calls, _ := l.wire.Take() // of a session that ends by itself either may be
			if call != itemCalls[7] && calls["PUT /rest/com/vmware/cis/data/id/disk-0.vmdk"] > 0 == slices.Contains(itemCalls[8:], call) {
				t.Errorf("what is whole is sent again, or what is not is not: %v", calls)
			}
			l.holdsOne()
			if !bytes.Equal(l.bytesOf(l.deployed(made.ID)), disk) {
				t.Error("the copy's disk holds something else")
			}
		})
	}
}
