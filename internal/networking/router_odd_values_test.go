// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
)

// wayOut is the argument of a router on the network that leads out.
const wayOut = "  external_network_id = novasphere_networking_network.outside.id\n"

// TestRouterLosesItsBlock: where the block with an address goes, and something else changes too, the address stays, and the subnet that was
// not written is told.
func TestRouterLosesItsBlock(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	block := wayOut + "  external_fixed_ip { ip_address = \"203.0.113.251\" }\n"
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(physical, outside(true))},
			{Config: vc.Config(physical, outside(true)+router("edge", block))},
			{Config: vc.Config(physical, outside(true)+router("edge", wayOut+"  description = \"changed\"")),
				Check: resource.ComposeAggregateTestCheckFunc(
					resource.TestCheckResourceAttr(edgeAt, "external_addresses.0", "203.0.113.251"),
					resource.TestCheckResourceAttrPair(edgeAt, "external_fixed_ip.0.subnet_id", "novasphere_networking_subnet.outside", "id"))},
		},
	})
}

// TestRouterEmptyWishes: an empty id among external_subnet_ids, as of a variable that is not set, does not count and stays as it is
// written; an empty block is refused.
func TestRouterEmptyWishes(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := func(arguments string) string {
		return vc.Config(physical, outside(true)+router("edge", wayOut+arguments))
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config("  external_subnet_ids = [\"\", novasphere_networking_subnet.outside.id]"),
				Check: resource.TestCheckResourceAttr(edgeAt, "external_addresses.#", "1")},
			{Config: config("  external_subnet_ids = [\"\"]")},
			{Config: config("  external_fixed_ip {}"), PlanOnly: true, ExpectError: says("write subnet_id or ip_address", "external_fixed_ip[0]")},
		},
	})
}

// TestRouterAwaitsTheSubnet: a router whose external network gets its subnet in the same apply has an address on it, without an edge
// between the two. One that was made before there was a subnet gets its address when there is one.
func TestRouterAwaitsTheSubnet(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	network, _, _ := strings.Cut(outside(true), "resource \"novasphere_networking_subnet\"")
	one := resource.TestCheckResourceAttr(edgeAt, "external_addresses.#", "1")
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(physical, router("edge", wayOut)+outside(true)), Check: one},
			{Config: vc.Config(physical, network)},
			{Config: vc.Config(physical, network+router("edge", wayOut)),
				Check: resource.TestCheckResourceAttr(edgeAt, "external_addresses.#", "0")},
			{Config: vc.Config(physical, outside(true)+router("edge", wayOut+"  description = \"changed\"\n"+
				"  depends_on = [novasphere_networking_subnet.outside]")), Check: one},
		},
	})
}

// TestFloatingIPWrittenEmpty: a floating IP with port_id = "" is led to a port by an association, and nothing is left to do.
func TestFloatingIPWrittenEmpty(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := vc.Config(physical, routed+port("it", "")+floatingIP("web", "  port_id = \"\"")+lead("web", portID("port_id", "it")))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps:                    []resource.TestStep{{Config: config}, {Config: config, ConfigPlanChecks: empty}},
	})
}

// TestForwardingWrittenEmpty: an empty internal_ip_address is the port's only address.
func TestForwardingWrittenEmpty(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := vc.Config(physical, routed+port("it", "  fixed_ip { ip_address = \"10.0.0.3\" }")+floatingIP("web", "")+forward("ssh",
		portID("internal_port_id", "it")+"  internal_ip_address = \"\"\n  internal_port = 22\n  external_port = 22\n  protocol = \"tcp\""))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{{Config: config, Check: recorded(vc, `"address":"10.0.0.3","internal":22`)},
			{Config: config, ConfigPlanChecks: empty}},
	})
}

// TestPortGetsAnotherAddress: what leads to a port's only address still leads there when the port gets another one beside it.
func TestPortGetsAnotherAddress(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := func(more bool) string {
		ports := ""
		for name, addresses := range map[string][]string{"it": {"10.0.0.3", "10.0.0.4"}, "other": {"10.0.0.5", "10.0.0.6"}} {
			blocks := "  fixed_ip { ip_address = \"" + addresses[0] + "\" }\n"
			if more {
				blocks += "  fixed_ip { ip_address = \"" + addresses[1] + "\" }\n"
			}
			ports += port(name, blocks)
		}
		third := strings.ReplaceAll(floatingIP("web", "")+forward("ssh", portID("internal_port_id", "it")+
			"  internal_port = 22\n  external_port = 22\n  protocol = \"tcp\""), "web", "third")
		return vc.Config(physical, routed+ports+floatingIP("direct", portID("port_id", "it"))+floatingIP("web", "")+
			third+lead("web", portID("port_id", "other")))
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{{Config: config(false)}, {Config: config(true), Check: resource.ComposeAggregateTestCheckFunc(
			recorded(vc, `"fixed_ip":"10.0.0.3","router":"`), recorded(vc, `"fixed_ip":"10.0.0.5","router":"`))},
			{Config: config(true), ConfigPlanChecks: empty}},
	})
}

// TestFloatingIPReplacedOnDemand: with -replace a floating IP is planned twice, with its state and as a creation, and does not meet itself.
func TestFloatingIPReplacedOnDemand(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	settings := args{"routers": "physical"}
	p := vc.Provider(t, settings)
	bring := func(kind string, config args) protocol.Object {
		return p.Bring("novasphere_networking_"+kind, config, protocol.Object{})
	}
	outside := bring("network", args{"name": "outside", "external": true, "segments": block(args{"segmentation_id": 200})}).Text("id")
	bring("subnet", args{"network_id": outside, "cidr": "203.0.113.0/24"})
	inner := bring("network", args{"name": "inner", "segments": block(args{"segmentation_id": 201})}).Text("id")
	subnet := bring("subnet", args{"network_id": inner, "cidr": "10.0.0.0/24"}).Text("id")
	edge := args{"name": "edge", "external_network_id": outside, "external_fixed_ip": block(args{"ip_address": "203.0.113.7"})}
	gateway := bring("router", edge)
	place := args{"router_id": gateway.Text("id"), "subnet_id": subnet}
	on := bring("router_interface", place)
	port := bring("port", args{"network_id": inner}).Text("id")
	web := args{"pool": "outside", "port_id": port, "address": "203.0.113.9"}
	floating := bring("floatingip", web)
	bare := bring("floatingip", args{"pool": "outside", "address": "203.0.113.10"})
	ssh := args{"floatingip_id": bare.Text("id"), "internal_port_id": port, "internal_port": 22, "external_port": 22, "protocol": "tcp"}
	shell := bring("portforwarding", ssh)
	for kind, c := range map[string]struct {
		config, change args
		there          protocol.Object
	}{
		"router": {edge, args{"description": "changed"}, gateway}, "router_interface": {place, args{"force_destroy": true}, on},
		"floatingip": {web, args{"description": "changed"}, floating}, "portforwarding": {ssh, args{"description": "changed"}, shell},
	} {
		for name, config := range map[string]args{"as it is": c.config, "changed": with(c.config, c.change)} {
			t.Run(kind+" "+name, func(t *testing.T) {
				p := vc.Provider(t, settings)
				there, _ := p.Read(c.there)
				plan := p.PlanReplace("novasphere_networking_"+kind, config, there)
				if len(plan.Errors()) > 0 || plan.Action != protocol.Replace {
					t.Fatalf("its replacement is to %s it: %v", plan.Action, plan.Errors())
				}
			})
		}
	}
}

// TestRouterOverlapsItsWayOut: a router that has an interface gets no external network with addresses of that interface's subnet.
func TestRouterOverlapsItsWayOut(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	near := strings.ReplaceAll(strings.Replace(outside(true), "203.0.113.0/24", "10.0.0.0/24", 1), "outside", "near")
	base := near + home + place("four", "edge", "")
	at := "  external_network_id = novasphere_networking_network.near.id\n"
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(physical, base+router("edge", "")), Check: acctest.Check(func() error {
				backend := dvs.New(direct(t, vc))
				n, err := backend.Network(t.Context(), "", "near")
				must(t, err)
				all, err := backend.Routers(t.Context())
				must(t, err)
				_, err = backend.UpdateRouter(t.Context(), all[0].ID, func(r *openstack.Router) error { r.ExternalNetworkID = n.ID; return nil })
				if err == nil || !strings.Contains(err.Error(), "overlaps 10.0.0.0/29") {
					return fmt.Errorf("the change of its external network: %w", err)
				}
				return nil
			})},
			{Config: vc.Config(physical, base+router("edge", at)), PlanOnly: true, ExpectError: says("could not tell them apart", "subnet_id")},
		},
	})
}

// TestForwardingFollowsAnother: a forwarding gets another number, and a new one the number that it had, in one apply and in any order; then
// the forwardings go, and the floating IP gets a port itself.
func TestForwardingFollowsAnother(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	to := func(name, number string) string {
		return forward(name, portID("internal_port_id", "it")+"  internal_port = 22\n  protocol = \"tcp\"\n  external_port = "+number)
	}
	for _, names := range [][2]string{{"web", "aaa"}, {"bbb", "zzz"}} {
		base := routed + port("it", "") + floatingIP("web", "")
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: acctest.Factories,
			Steps: []resource.TestStep{{Config: vc.Config(physical, base+to(names[0], "22"))},
				{Config: vc.Config(physical, base+to(names[0], "2222")+to(names[1], "22"))},
				{Config: vc.Config(physical, routed+port("it", "")+floatingIP("web", portID("port_id", "it")))}},
		})
	}
}

// TestFloatingIPFollowsAnother: a floating IP leads to another port, and a new one to the port that it led to, in one apply and in any
// order.
func TestFloatingIPFollowsAnother(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	base := routed + port("it", "") + port("other", "")
	for _, names := range [][2]string{{"web", "aaa"}, {"bbb", "zzz"}} {
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: acctest.Factories,
			Steps: []resource.TestStep{{Config: vc.Config(physical, base+floatingIP(names[0], portID("port_id", "it")))},
				{Config: vc.Config(physical, base+floatingIP(names[0], portID("port_id", "other"))+floatingIP(names[1], portID("port_id", "it")))}},
		})
	}
}
