// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const kindOfInterface = "novasphere_networking_router_interface"

// gate is a port at the gateway's address of the subnet "four".
var gate = port("gate", `  fixed_ip {
    subnet_id  = novasphere_networking_subnet.four.id
    ip_address = "10.0.0.1"
  }`)

// placeOn is the interface of the router "edge" by a port.
func placeOn(port string) string {
	return "resource \"novasphere_networking_router_interface\" \"four\" {\n  router_id = novasphere_networking_router.edge" +
		".id\n  port_id = novasphere_networking_port." + port + ".id\n}\n"
}

// TestAccRouterInterfaceByPort gives a router the gateway's address by a port, then another, then the subnet's without a port.
func TestAccRouterInterfaceByPort(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	base := home + router("edge", `  name = "edge"`)
	second := port("second", "  fixed_ip { ip_address = \"10.0.0.5\" }")
	config := vc.Config(physical, base+gate+placeOn("gate"))
	bySubnet := base + second + place("four", "edge", "")
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config, Check: resource.ComposeAggregateTestCheckFunc(
				recorded(vc, `"fixed_ips":[{"subnet":"`), acctest.Check(interfaces(vc, 1)),
				resource.TestCheckResourceAttrPair(placeAt, "subnet_id", "novasphere_networking_subnet.four", "id"),
				resource.TestCheckResourceAttrPair(placeAt, "port_id", "novasphere_networking_port.gate", "id"),
				resource.TestCheckResourceAttrPair(placeAt, "network_id", "novasphere_networking_network.lab", "id"))},
			{ResourceName: placeAt, ImportState: true, ImportStateVerify: true},
			{Config: vc.Config(physical, base+strings.Replace(gate, "10.0.0.1\"", "10.0.0.6\"", 1)+placeOn("gate")), PlanOnly: true,
				ExpectError: says("so it keeps its addresses. Delete that interface first", "fixed_ip")},
			{Config: vc.Config(physical, base+gate+placeOn("gate")+place("more", "edge", "")), PlanOnly: true,
				ExpectError: says(`has a router already, the router "edge"`, "subnet_id")},
			{Config: vc.Config(physical, base+second+placeOn("second")), ConfigPlanChecks: replaces(placeAt),
				Check: acctest.Check(interfaces(vc, 1))},
			{Config: vc.Config(physical, bySubnet), ConfigPlanChecks: replaces(placeAt), Check: resource.ComposeAggregateTestCheckFunc(
				acctest.Check(interfaces(vc, 1)), resource.TestCheckNoResourceAttr(placeAt, "port_id"))},
			{Config: vc.Config(physical, bySubnet+gate), PlanOnly: true,
				ExpectError: says("10.0.0.1 belongs to the router interface", "fixed_ip[0]")},
			{Config: vc.Config(physical, base+second), Check: acctest.Check(interfaces(vc, 0))},
			{Config: config, ConfigPlanChecks: creates(placeAt)},
		},
		CheckDestroy: noRouters(vc),
	})
}

// TestAccRouterInterfacePortRefused: which ports a router can have, and which NIC cannot have a router's.
func TestAccRouterInterfacePortRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	base := home + router("edge", `  name = "edge"`) + gate + port("bare", "  no_fixed_ip = true") + flavorSmall
	vm := machine("vm", "  network { port = novasphere_networking_port.gate.id }")
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(physical, base)},
			{Config: vc.Config(physical, base+placeOn("bare")), PlanOnly: true, ExpectError: says("has no address", "port_id")},
			{Config: vc.Config(physical, base+place("four", "edge", "")), PlanOnly: true,
				ExpectError: says("the port at that address, write port_id in place of subnet_id", "subnet_id")},
			{Config: vc.Config(physical, base+vm), PlanOnly: true, ExpectError: says("10.0.0.1 is the gateway of the subnet", "network[0]")},
			{Config: vc.Config(physical, base+placeOn("gate"))},
			{Config: vc.Config(physical, base+placeOn("gate")+vm), PlanOnly: true,
				ExpectError: says("so no instance can have it", "network[0]")},
		},
		CheckDestroy: noRouters(vc),
	})
}
