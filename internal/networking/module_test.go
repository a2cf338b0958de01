// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// leads is a floating IP's record that leads through a router to an address of the lab.
var leads = regexp.MustCompile(`"fixed_ip":"10\.0\.0\.\d+","router":"[^"]+"`)

// asModulesWrite is in the shapes that public modules of OpenStack have: nothing in it is this provider's own.
const asModulesWrite = `locals {
  nodes = %d
  zone  = null
  names = ["nodes", "admin"]
  allowed = [
    { protocol = "tcp", port = 22, source = "0.0.0.0/0" },
    { protocol = "tcp", port = 6443, source = "192.0.2.0/24" },
    { protocol = "vrrp", port = null, source = null },
  ]
}
data "novasphere_networking_network" "public" {
  name       = "outside"
  external   = true
  depends_on = [novasphere_networking_network.outside, novasphere_networking_subnet.outside]
}
data "novasphere_networking_subnet" "found" {
  network_id   = novasphere_networking_subnet.lab[0].network_id
  ip_version   = 4
  dhcp_enabled = true
}
resource "novasphere_networking_network" "lab" {
  count                 = 1
  name                  = "lab"
  admin_state_up        = "true"
  port_security_enabled = "true"
  dns_domain            = local.zone
}
resource "novasphere_networking_subnet" "lab" {
  count           = 1
  name            = "lab-internal"
  network_id      = novasphere_networking_network.lab[0].id
  cidr            = "10.0.0.0/24"
  ip_version      = 4
  enable_dhcp     = null
  gateway_ip      = null
  no_gateway      = null
  dns_nameservers = []
}
resource "novasphere_networking_router" "lab" {
  count               = 1
  name                = "lab"
  admin_state_up      = "true"
  external_network_id = data.novasphere_networking_network.public.id
}
resource "novasphere_networking_router_interface" "lab" {
  count     = 1
  router_id = novasphere_networking_router.lab[0].id
  subnet_id = novasphere_networking_subnet.lab[0].id
}
resource "novasphere_networking_secgroup" "of" {
  for_each             = toset(local.names)
  name                 = "lab-${each.key}"
  description          = "of ${each.key}"
  tags                 = [each.key]
  delete_default_rules = each.key == "admin"
}
resource "novasphere_networking_secgroup_rule" "among" {
  direction         = "ingress"
  ethertype         = "IPv4"
  remote_group_id   = novasphere_networking_secgroup.of["nodes"].id
  security_group_id = novasphere_networking_secgroup.of["nodes"].id
}
resource "novasphere_networking_secgroup_rule" "allowed" {
  for_each          = { for a in local.allowed : "${a.protocol}-${a.port == null ? 0 : a.port}" => a }
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = each.value.protocol
  port_range_min    = each.value.port
  port_range_max    = each.value.port
  remote_ip_prefix  = each.value.source
  description       = each.key
  security_group_id = novasphere_networking_secgroup.of["admin"].id
}
resource "novasphere_networking_secgroup_rule" "out" {
  count             = 2
  direction         = "egress"
  ethertype         = ["IPv4", "IPv6"][count.index]
  remote_ip_prefix  = ["0.0.0.0/0", "::/0"][count.index]
  security_group_id = novasphere_networking_secgroup.of["admin"].id
}
resource "novasphere_networking_port" "node" {
  count                 = local.nodes
  name                  = "lab-${count.index + 1}"
  network_id            = data.novasphere_networking_subnet.found.network_id
  admin_state_up        = "true"
  port_security_enabled = null
  no_security_groups    = null
  security_group_ids    = concat([novasphere_networking_secgroup.of["nodes"].id], count.index > 0 ? [] : [
    novasphere_networking_secgroup.of["admin"].id])
  dynamic "fixed_ip" {
    for_each = [true]
    content {
      subnet_id = data.novasphere_networking_subnet.found.id
    }
  }
  allowed_address_pairs {
    ip_address = "10.0.0.100"
  }
}
resource "novasphere_networking_router" "beside" {
  name                = "beside"
  external_network_id = data.novasphere_networking_network.public.id
  external_subnet_ids = [data.novasphere_networking_network.public.id, novasphere_networking_router.lab[0].external_fixed_ip[0].subnet_id]
}
resource "novasphere_networking_floatingip" "node" {
  count = local.nodes
  pool  = data.novasphere_networking_network.public.name
}
resource "novasphere_networking_floatingip_associate" "node" {
  count       = local.nodes
  floating_ip = novasphere_networking_floatingip.node[count.index].address
  port_id     = novasphere_networking_port.node[count.index].id
}
`

// TestAccModule: what modules write of networks, subnets, ports, groups, routers and floating IPs applies as it stands once the provider is
// told where VLANs come from and who filters and routes. It grows, shrinks, and leaves nothing.
// Nothing but the subnet ties a floating IP to the router's interface, which waits for it at the end.
func TestAccModule(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := func(nodes int) string {
		return vc.Config(`  network_vlan_ranges = ["physnet1:300:309"]
  physical_networks   = { physnet1 = "dvs-1" }
  security_groups     = "physical"
  routers             = "physical"
  dns_nameservers     = ["192.0.2.53"]`, outside(true)+fmt.Sprintf(asModulesWrite, nodes))
	}
	nodes := func(n int) resource.TestCheckFunc {
		return acctest.Check(func() error {
			if booked := vc.Booked("lab"); len(booked) > 0 {
				return fmt.Errorf("no port is plugged in, and booked are %v", booked)
			}
			vlanOf(t, vc, "lab", 300, 309)
			recorded := vc.Records()
			for i := range 3 {
				if name := fmt.Sprintf(`"name":"lab-%d"`, i+1); strings.Contains(recorded, name) != (i < n) {
					return fmt.Errorf("with %d nodes %s is in the records: %v\n%s", n, name, i >= n, recorded)
				}
			}
			if found := leads.FindAllString(recorded, -1); len(found) != n {
				return fmt.Errorf("with %d nodes these floating IPs lead to ports: %v\n%s", n, found, recorded)
			}
			return nil
		})
	}
	empty := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	first := "novasphere_networking_port.node.0"
	is, has, same := resource.TestCheckResourceAttr, resource.TestCheckTypeSetElemAttr, resource.TestCheckResourceAttrPair
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config(2), Check: resource.ComposeAggregateTestCheckFunc(nodes(2), is(first, "all_security_group_ids.#", "2"),
				is("novasphere_networking_network.lab.0", "segments.0.physical_network", "dvs-1"),
				resource.TestMatchResourceAttr("novasphere_networking_router.lab.0", "external_fixed_ip.0.ip_address",
					regexp.MustCompile(`^203\.0\.113\.`)),
				same("novasphere_networking_floatingip_associate.node.1", "fixed_ip", "novasphere_networking_port.node.1", "all_fixed_ips.0"))},
			// A port may be made before the rules of its groups: only a later read is sure to list them.
			{RefreshState: true, Check: has(first, "effective_rules.*", "accept tcp from anybody to 10.0.0.100 port 22")},
			{Config: config(2), ConfigPlanChecks: empty},
			{Config: config(3), Check: nodes(3)},
			{Config: config(1), Check: nodes(1)},
			{Config: config(1), ConfigPlanChecks: empty},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}
