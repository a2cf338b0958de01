// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// TestAccInstanceNICsOnNSX: NICs on segments come and go while the instance runs, each with a port that is made before it and goes after
// it; a named port stays, and serves another NIC.
func TestAccInstanceNICsOnNSX(t *testing.T) {
	t.Parallel()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	config := func(blocks, more string) string {
		return vc.Config("", overlay+plain("name = \"web\"\n  depends_on = [novasphere_networking_subnet.web]\n"+blocks)+more)
	}
	named := "  network { port = novasphere_networking_port.web.id }\n"
	made := "  network { uuid = novasphere_networking_network.web.id }\n"
	attach := func(argument string) string {
		return "resource \"novasphere_compute_interface_attach\" \"it\" {\n  instance_id = novasphere_compute_instance.it.id\n  " + argument +
			"\n}\n"
	}
	ports := func(count int) resource.TestCheckFunc { return attachedPorts(vc, count) }
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             noPortsLeft(vc),
		Steps: []resource.TestStep{
			{Config: config(named, ""), Check: ports(1)},
			{Config: config(named+made, ""), ConfigPlanChecks: action(it, updated), Check: ports(2)},
			{Config: config(named+made, attach("network_id  = novasphere_networking_network.web.id\n  fixed_ip    = \"10.20.0.99\"")),
				ConfigPlanChecks: action(nic, created), Check: ports(3)},
			{Config: config(made, ""), ConfigPlanChecks: action(it, updated)},
			{Config: config(made, attach("port_id     = novasphere_networking_port.web.id")), ConfigPlanChecks: action(nic, created),
				Check: ports(2)},
		},
	})
}
