// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// TestHotAddLimits: a running Linux guest gets memory up to its host's limit, and is stopped for more.
func TestHotAddLimits(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		c := clientOver(t, vc, vc.Wire(t))
		server := made(t, c, "web")
		for _, step := range []struct{ ram, stops, most int64 }{
			{1024, 1, 3072}, // turns hot-add on
			{2048, 0, 3072}, {3072, 0, 3072},
			{4096, 1, 16 * 4096},                       // it was started with less than 3 GB
			{8192, 0, 16 * 4096}, {8256, 1, 16 * 8256}, // not a step of 128 MB
		} {
			vc.ResetCalls()
			server.Flavor = openstack.Flavor{ID: "hot", Name: "m1.hot", VCPUs: 1, RAM: step.ram, Disk: 5, RxTxFactor: 1,
				ExtraSpecs: map[string]string{"vmware:memory_hot_add": "true"}}
			now, err := c.Servers.Update(t.Context(), machine.Key{ID: server.ID, MoRef: server.MoRef},
				servers.Update{ServerSpec: server.ServerSpec})
			if err != nil {
				t.Fatal(err)
			}
			server = now
			if calls := powerCallsOf(vc); calls.shutdowns != int(step.stops) || calls.starts != int(step.stops) || calls.offs > 0 ||
				how == vcsim.AllTaken && calls.changes != 1 {
				t.Errorf("to %d MB: the calls were %+v", step.ram, calls)
			}
			if server.RAM != step.ram || server.RAMLimit != step.most || server.RAMStep != 128 {
				t.Errorf("it has %d MB of %d, in steps of %d; %+v was expected", server.RAM, server.RAMLimit, server.RAMStep, step)
			}
		}
	})
}
