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

// intentAt is the data source that TestAccGatewayIntent reads.
const intentAt = "data.novasphere_networking_gateway_intent.edge"

// behindEdge is a router with a subnet, a group and two ports behind it.
var behindEdge = outside(true) + strings.Replace(home, "10.0.0.0/29", "10.0.0.0/24", 1) + router("edge", `  name                = "edge"
  external_network_id = novasphere_networking_network.outside.id
  external_fixed_ip { ip_address = "203.0.113.9" }
  depends_on = [novasphere_networking_subnet.outside]`) + place("four", "edge", "") +
	`resource "novasphere_networking_secgroup" "web" {
  name                 = "web"
  delete_default_rules = true
}
resource "novasphere_networking_secgroup_rule" "ping" {
  security_group_id = novasphere_networking_secgroup.web.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "icmp"
  port_range_min    = 8
  port_range_max    = 0
  remote_group_id   = novasphere_networking_secgroup.web.id
}
` + port("it", `  name               = "it"
  security_group_ids = [novasphere_networking_secgroup.web.id]
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.four.id
    ip_address = "10.0.0.10"
  }
  allowed_address_pairs { ip_address = "10.0.0.100" }
  allowed_address_pairs { ip_address = "10.244.0.0/16" }
  allowed_address_pairs { ip_address = "0.0.0.0/0" }`) + port("free", `  no_security_groups = true
  admin_state_up     = true
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.four.id
    ip_address = "10.0.0.20"
  }`)

// intentOf is the data source after all of behindEdge and more.
func intentOf(more ...string) string {
	after := append([]string{"novasphere_networking_router_interface.four", "novasphere_networking_secgroup_rule.ping",
		"novasphere_networking_port.it", "novasphere_networking_port.free"}, more...)
	return "data \"novasphere_networking_gateway_intent\" \"edge\" {\n  router_id  = novasphere_networking_router.edge.id\n  depends_on = [" +
		strings.Join(after, ", ") + "]\n}\n"
}

// onHTTPS admits HTTPS to the group "web".
const onHTTPS = `resource "novasphere_networking_secgroup_rule" "https" {
  security_group_id = novasphere_networking_secgroup.web.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 443
  port_range_max    = 443
}
`

// translated are a floating IP, a forwarding and a route of the router.
const translated = `resource "novasphere_networking_floatingip" "it" {
  pool       = novasphere_networking_network.outside.name
  address    = "203.0.113.20"
  port_id    = novasphere_networking_port.it.id
  depends_on = [novasphere_networking_router_interface.four]
}
resource "novasphere_networking_floatingip" "shared" {
  pool       = novasphere_networking_network.outside.name
  address    = "203.0.113.21"
  depends_on = [novasphere_networking_router_interface.four]
}
resource "novasphere_networking_portforwarding" "dns" {
  floatingip_id       = novasphere_networking_floatingip.shared.id
  protocol            = "udp"
  external_port       = 53
  internal_port       = 5353
  internal_port_id    = novasphere_networking_port.free.id
  internal_ip_address = "10.0.0.20"
}
resource "novasphere_networking_router_route" "far" {
  router_id        = novasphere_networking_router_interface.four.router_id
  destination_cidr = "10.8.0.0/16"
  next_hop         = "10.0.0.4"
}
`

// TestAccGatewayIntent: after one apply the value has all that this apply made, and a second plan is empty.
func TestAccGatewayIntent(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	is := func(attribute, value string) resource.TestCheckFunc {
		return resource.TestCheckResourceAttr(intentAt, attribute, value)
	}
	same := func(attribute, of string) resource.TestCheckFunc {
		return resource.TestCheckResourceAttrPair(intentAt, attribute, "novasphere_networking_"+of, "id")
	}
	const provider = physical + "\n" + elsewhere
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(provider, behindEdge+intentOf()), Check: resource.ComposeAggregateTestCheckFunc(
				same("id", "router.edge"), is("name", "edge"), is("admin_state_up", "true"), is("enable_snat", "true"),
				same("external_network_id", "network.outside"), is("external_network.segmentation_id", "200"),
				is("external_network.network_name", "outside"), is("external_network.physical_network", "dvs-1"),
				is("interfaces.#", "1"), same("interfaces.0.id", "router_interface.four"), same("interfaces.0.subnet_id", "subnet.four"),
				is("interfaces.0.segmentation_id", "100"), is("interfaces.0.ip_address", "10.0.0.1"), is("interfaces.0.prefix_length", "24"),
				is("interfaces.0.cidr", "10.0.0.0/24"), is("interfaces.0.ip_version", "4"), is("interfaces.0.network_name", "lab"),
				is("routes.#", "0"), is("snat.#", "1"), is("snat.0.source_cidrs.0", "10.0.0.0/24"), is("snat.0.external_ip_address", "203.0.113.9"),
				is("external_addresses.#", "1"), is("external_addresses.0.ip_address", "203.0.113.9"),
				is("external_addresses.0.prefix_length", "24"), is("external_addresses.0.gateway_ip", "203.0.113.1"),
				same("external_addresses.0.subnet_id", "subnet.outside"),
				is("floating_ips.#", "0"), is("port_forwardings.#", "0"),
				is("ports.#", "2"), same("ports.0.id", "port.it"), is("ports.0.filtered", "true"), is("ports.0.cidrs.#", "3"),
				is("ports.0.cidrs.0", "10.0.0.10/32"), is("ports.0.security_group_ids.#", "1"),
				same("ports.1.id", "port.free"), is("ports.1.filtered", "false"), is("ports.1.security_group_ids.#", "0"),
				is("rules.#", "1"), same("rules.0.id", "secgroup_rule.ping"), is("rules.0.security_group_name", "web"),
				is("rules.0.direction", "ingress"), is("rules.0.protocol_number", "1"), is("rules.0.icmp_type", "8"), is("rules.0.icmp_code", "0"),
				is("rules.0.stateful", "true"), resource.TestCheckNoResourceAttr(intentAt, "rules.0.port_range_min"),
				is("rules.0.local_cidrs.#", "3"))},
			{Config: vc.Config(provider, behindEdge+onHTTPS+intentOf("novasphere_networking_secgroup_rule.https")),
				Check: resource.ComposeAggregateTestCheckFunc(is("rules.#", "2"), same("rules.1.id", "secgroup_rule.https"),
					is("rules.1.port_range_min", "443"), is("rules.1.remote_cidrs.0", "0.0.0.0/0"))},
			{Config: vc.Config(provider, behindEdge+translated+intentOf("novasphere_networking_floatingip.it",
				"novasphere_networking_portforwarding.dns", "novasphere_networking_router_route.far")),
				Check: resource.ComposeAggregateTestCheckFunc(is("floating_ips.#", "1"), same("floating_ips.0.id", "floatingip.it"),
					is("floating_ips.0.key", "203.0.113.20"), is("floating_ips.0.fixed_ip_address", "10.0.0.10"),
					same("floating_ips.0.port_id", "port.it"), is("floating_ips.0.segmentation_id", "100"), is("port_forwardings.#", "1"),
					same("port_forwardings.0.id", "portforwarding.dns"), is("port_forwardings.0.key", "203.0.113.21-udp-53"),
					is("port_forwardings.0.internal_ip_address", "10.0.0.20"), is("port_forwardings.0.internal_port", "5353"),
					is("routes.#", "1"), is("routes.0.key", "10.8.0.0/16-10.0.0.4"), is("routes.0.next_hop", "10.0.0.4"))},
			{Config: vc.Config(provider, behindEdge+"data \"novasphere_networking_gateway_intent\" \"none\" {\n  router_id = \"none\"\n}\n"),
				ExpectError: says(`router "none": not found`, "router_id")},
			{Config: vc.Config(provider, behindEdge)},
		},
		CheckDestroy: noRouters(vc),
	})
}
