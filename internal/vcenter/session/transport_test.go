// SPDX-License-Identifier: MPL-2.0

package session

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
)

func TestReadOnly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		req         soap.HasFault
		reads, twin bool
	}{
		{&methods.RetrievePropertiesExBody{}, true, false},
		{&methods.FindByUuidBody{}, true, false},
		{&methods.FindChildBody{}, true, false},
		{&methods.CurrentTimeBody{}, true, false},
		{&methods.QueryOptionsBody{}, true, false},
		{&methods.ContinueRetrievePropertiesExBody{}, false, false},
		{&methods.CreateFolderBody{}, false, true},
		{&methods.CloneVM_TaskBody{}, false, false},
		{&methods.ReconfigVM_TaskBody{}, false, false},
		{&methods.Destroy_TaskBody{}, false, false},
		{&methods.LoginBody{}, false, false},
	} {
		if readOnly(test.req) != test.reads || refusesTwins(test.req) != test.twin {
			t.Errorf("%T: reads %t, refuses twins %t", test.req, readOnly(test.req), refusesTwins(test.req))
		}
	}
}

func TestRepeatable(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method, path string
		want         bool
	}{
		{"GET", "/rest/com/vmware/content/library", true},
		{"POST", "/rest/com/vmware/content/library/item?~action=find", true},
		{"POST", "/rest/com/vmware/cis/tagging/tag", true},
		{"DELETE", "/rest/com/vmware/cis/tagging/tag/id:1", true},
		{"POST", "/rest/com/vmware/vcenter/ovf/library-item/id:1?~action=deploy", false},
		{"POST", "/api/vcenter/vm-template/library-items/1?action=deploy", false},
	} {
		if got := repeatable(httptest.NewRequest(test.method, test.path, nil)); got != test.want {
			t.Errorf("%s %s: %t", test.method, test.path, got)
		}
	}
}

// TestGateAfterFailure: after a failed renewal the next caller tries again, after a good one it does not.
func TestGateAfterFailure(t *testing.T) {
	t.Parallel()
	var g sessionRenewer
	n := 0
	fails := func(context.Context) error { n++; return errors.New("no") }
	works := func(context.Context) error { n++; return nil }
	seen := g.now()
	if g.renew(t.Context(), seen, fails) == nil || g.renew(t.Context(), seen, works) != nil || g.renew(t.Context(), seen, fails) != nil {
		t.Error("wrong results")
	}
	if n != 2 {
		t.Errorf("%d logins, not 2", n)
	}
}
