// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
)

// TestRefusedCopyOfAnItem: a copy of a library item that its maker is not allowed to make a template of is in nobody's way.
func TestRefusedCopyOfAnItem(t *testing.T) {
	t.Parallel()
	l := imageUseOf(t)
	wire := l.vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if c.Name == "MarkAsTemplate" {
			return acctest.Refusal("NoPermission")
		}
		return nil
	})
	barred := &imageUse{t, clientOver(t, l.vc, wire), l.vc, wire}
	item, err := barred.Images.Find(t.Context(), image.Query{Name: "cirros-lib"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := barred.instance("web", item); err == nil || !strings.Contains(err.Error(), "is not allowed") {
		t.Errorf("the refused copy: %v", err)
	}
	if all := l.vc.VMs("novasphere/novasphere-image-*"); len(all) > 0 {
		t.Errorf("%d copies are left", len(all))
	}
	if _, err := l.instance("web", item); err != nil || len(l.copies()) != 1 {
		t.Errorf("the next to use it: %v, %d copies", err, len(l.copies()))
	}
}
