// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// The most calls that floating IPs may cost: each to be made, and all of them to be planned again,
// beside those of the plan of what they belong to.
const (
	callsPerFloatingIP = 3
	callsOfFloatingIPs = 10
)

// TestAccCallsPerFloatingIP counts the calls of a hundred floating IPs, alone and with the ports that they lead to.
//
//nolint:paralleltest // how many calls are combined depends on the load of the computer
func TestAccCallsPerFloatingIP(t *testing.T) {
	const n = 100
	for name, argument := range map[string]string{"alone": "", "with ports": "port_id = novasphere_networking_port.it[count.index].id"} {
		t.Run(name, func(t *testing.T) {
			vc := acctest.Start(t, vcsim.Options{})
			wire := vc.Wire(t)
			wire.Delay(callDelay)
			base := siteOutside + netOnSwitch + subnetOn + routerOn("novasphere_networking_subnet.o.network_id", "") +
				"resource \"novasphere_networking_router_interface\" \"it\" {\n  router_id = novasphere_networking_router.it.id\n  subnet_id = " +
				"novasphere_networking_subnet.s.id\n}\n" + fmt.Sprintf("resource \"novasphere_networking_port\" \"it\" {\n  count = %d\n  "+
				"network_id = novasphere_networking_subnet.s.network_id\n}\n", n)
			ws := vc.NewWorkspace(t, wire, base, "NOVASPHERE_ROUTERS=physical")
			ws.Apply()
			wire.Take()
			ws.PlanIsEmpty()
			site, _ := wire.Take()
			ws.Configure(base + fmt.Sprintf("resource \"novasphere_networking_floatingip\" \"it\" {\n  count = %d\n  pool  = "+
				"novasphere_networking_network.o.name\n  %s\n}\n", n, argument))
			ws.Apply()
			calls, _ := wire.Take()
			if all := acctest.Total(calls); all > callsPerFloatingIP*n {
				t.Errorf("%d calls make %d floating IPs: %s", all, n, callList(calls))
			} else {
				t.Logf("%.2f calls for each floating IP: %s", float64(all)/n, callList(calls))
			}
			ws.PlanIsEmpty()
			calls, _ = wire.Take()
			if all := acctest.Total(calls) - acctest.Total(site); all > callsOfFloatingIPs {
				t.Errorf("%d calls more plan %d floating IPs: %s", all, n, callList(calls))
			} else {
				t.Logf("%d calls more for the plan: %s", all, callList(calls))
			}
			ws.Destroy()
		})
	}
}
