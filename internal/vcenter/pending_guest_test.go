// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// toldAtBoot returns the id and metadata that a guest read at its last boot.
func toldAtBoot(t *testing.T, vc *acctest.VCenter, path string) (id string, meta map[string]string) {
	t.Helper()
	var told struct {
		ID   string            `json:"instance-id"`
		Meta map[string]string `json:"meta"`
	}
	raw, err := base64.StdEncoding.DecodeString(vc.Told(vc.VM(path).Self)["guestinfo.metadata"])
	if err == nil {
		err = json.Unmarshal(raw, &told)
	}
	if err != nil {
		t.Fatalf("it was told %q: %v", raw, err)
	}
	return told.ID, told.Meta
}

// TestGuestIsToldAgain: vCenter may lose at power-off the guestinfo that was written while the guest ran. Reads show that as Untold, and
// it is written again before each start of ours: a plain start, a resize, and the start after a refused resize. Otherwise cloud-init
// would take the VM for a new one.
func TestGuestIsToldAgain(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		vc.DropGuestinfo(true)
		var refuse atomic.Bool
		c := clientOver(t, vc, vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
			if refuse.Load() && call.Name == "ReconfigVM_Task" && strings.Contains(string(call.Body), "<numCPUs>") {
				return acctest.Refusal("NoPermission")
			}
			return nil
		}))
		server := made(t, c, "web")
		live := func(role string) {
			server.Metadata = map[string]string{"role": role}
			now, err := c.Servers.Update(t.Context(), keyOf(server), servers.Update{ServerSpec: server.ServerSpec})
			if err != nil || len(now.Untold) > 0 {
				t.Fatalf("%v, %v", now.Untold, err)
			}
		}
		booted := func(when, role string) {
			t.Helper()
			if id, meta := toldAtBoot(t, vc, "OpenStack/web"); id != server.ID || !maps.Equal(meta, map[string]string{"role": role}) {
				t.Errorf("%s: it was told that it is %q, with %v", when, id, meta)
			}
		}
		live("started")
		off(t, vc, "OpenStack/web")
		if now, err := c.Machines.Read(t.Context(), keyOf(server)); err != nil || !slices.Equal(now.Untold, []string{"metadata"}) {
			t.Errorf("off, it would not be told %v, %v", now.Untold, err)
		}
		vc.ResetCalls()
		server.PowerState = openstack.Active
		if now, err := c.Servers.Update(t.Context(), keyOf(server), servers.Update{ServerSpec: server.ServerSpec}); err != nil ||
			len(now.Untold) > 0 {
			t.Errorf("it is not told %v, %v", now.Untold, err)
		}
		if calls := powerCallsOf(vc); calls.starts != 1 || how == vcsim.AllTaken && calls.changes != 1 {
			t.Errorf("the calls were %+v", calls)
		}
		booted("started", "started")
		live("resized")
		vc.ResetCalls()
		if _, err := resizedTo(t, c, server, 2); err != nil {
			t.Fatal(err)
		}
		if calls := powerCallsOf(vc); calls.shutdowns != 1 || calls.starts != 1 || how == vcsim.AllTaken && calls.changes != 1 {
			t.Errorf("the calls were %+v", calls)
		}
		booted("resized", "resized")
		server.Flavor = openstack.Flavor{}
		live("refused")
		refuse.Store(true)
		if _, err := resizedTo(t, c, server, 3); err == nil {
			t.Error("it was refused nothing")
		}
		booted("refused", "refused")
	})
}
