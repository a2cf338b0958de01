// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// The most calls that networks may cost: each to be made, and all of them to be planned again.
const (
	callsPerNetwork = 4
	callsOfNetworks = 10
)

// TestAccCallsPerNetwork counts the calls of a hundred networks, with VLANs that are written and with VLANs of a range.
//
//nolint:paralleltest // how many calls are combined depends on the load of the computer
func TestAccCallsPerNetwork(t *testing.T) {
	const n = 100
	for name, segments := range map[string]string{"of a range": "", "written": "segments { segmentation_id = 1000 + count.index }"} {
		t.Run(name, func(t *testing.T) {
			vc := acctest.Start(t, vcsim.Options{})
			wire := vc.Wire(t)
			wire.Delay(callDelay)
			ws := vc.NewWorkspace(t, wire, fmt.Sprintf("resource \"novasphere_networking_network\" \"n\" {\n  count = %d\n  name  = "+
				"\"n-${count.index}\"\n  %s\n}\n", n, segments), "NOVASPHERE_NETWORK_VLAN_RANGES=dvs-1:1000:1199")
			ws.Apply()
			calls, _ := wire.Take()
			if all := acctest.Total(calls); all > callsPerNetwork*n || calls["AddDVPortgroup_Task"] != n {
				t.Errorf("%d calls make %d networks: %s", all, n, callList(calls))
			} else {
				t.Logf("%.2f calls for each network: %s", float64(all)/n, callList(calls))
			}
			ws.PlanIsEmpty()
			calls, _ = wire.Take()
			if all := acctest.Total(calls); all > callsOfNetworks {
				t.Errorf("%d calls plan %d networks: %s", all, n, callList(calls))
			} else {
				t.Logf("%d calls for the plan: %s", all, callList(calls))
			}
			ws.Destroy()
			for i := range n {
				if err := vc.NoNetwork(fmt.Sprintf("n-%d", i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
