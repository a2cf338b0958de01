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
)

// admitted is a rule of the group db that lets an address group in.
const admitted = `resource "novasphere_networking_secgroup_rule" "admitted" {
  security_group_id       = novasphere_networking_secgroup.db.id
  direction               = "ingress"
  ethertype               = "IPv4"
  protocol                = "tcp"
  port_range_min          = 22
  port_range_max          = 22
  remote_address_group_id = novasphere_networking_address_group.admins.id
}
`

func admins(addresses string) string {
	return fmt.Sprintf("resource \"novasphere_networking_address_group\" \"admins\" {\n  name      = \"admins\"\n  addresses = [%s]\n}\n",
		addresses)
}

// TestAccAddressGroup: the addresses of a group are what its rules admit at ports that are plugged in, from the first and after every
// change.
func TestAccAddressGroup(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const it, rule, db = "novasphere_networking_address_group.admins", "novasphere_networking_secgroup_rule.admitted",
		"novasphere_networking_port.db"
	config := func(group string) string {
		return vc.Config(enforcing, tiers+fixedPort("db", "10.0.0.10", dbGroup)+plugged("db", "db")+group)
	}
	two, other := admins(`"10.9.0.0/25", "10.9.0.128/25", "192.0.2.7", "2001:db8::/64"`), admins(`"10.9.1.0/24"`)
	is := resource.TestCheckResourceAttr
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config(two + admitted), Check: resource.ComposeAggregateTestCheckFunc(is(it, "addresses.#", "4"),
				passes(vc, db, "10.9.0.5 10.0.0.10 6 40000 22", "10.9.0.200 10.0.0.10 6 40000 22", "192.0.2.7 10.0.0.10 6 40000 22",
					"!192.0.2.8 10.0.0.10 6 40000 22", "!10.9.1.5 10.0.0.10 6 40000 22"))},
			{ResourceName: rule, ImportState: true, ImportStateVerify: true},
			{Config: config(other + admitted), ConfigPlanChecks: stays(it),
				Check: passes(vc, db, "10.9.1.5 10.0.0.10 6 40000 22", "!10.9.0.5 10.0.0.10 6 40000 22", "!192.0.2.7 10.0.0.10 6 40000 22")},
			{ResourceName: it, ImportState: true, ImportStateVerify: true},
			{Config: config(admins(`"0.0.0.0/0"`) + admitted), Check: passes(vc, db, "198.51.100.9 10.0.0.10 6 40000 22")},
			{Config: config(other), Check: passes(vc, db, "!10.9.1.5 10.0.0.10 6 40000 22")},
			{Config: config(""), Check: passes(vc, db, "!10.9.1.5 10.0.0.10 6 40000 22")},
		},
	})
}

// TestAccAddressGroupRefused: what is no range is refused, a rule has one remote side, and a group that a rule names is not deleted.
func TestAccAddressGroupRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := func(more string) string { return vc.Config(enforcing, tiers+more) }
	both := strings.Replace(admitted, "  remote_address", "  remote_ip_prefix = \"10.0.0.0/8\"\n  remote_address", 1)
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config(admins(`"10.9.0"`)), PlanOnly: true, ExpectError: says("is not a range of addresses", "addresses")},
			{Config: config(admins(`"10.9.0.0/24"`) + both), PlanOnly: true,
				ExpectError: says("it contradicts remote_ip_prefix", "remote_address_group_id")},
			{Config: config(strings.Replace(admitted, "novasphere_networking_address_group.admins.id", `"none"`, 1)), PlanOnly: true,
				ExpectError: says("there is no address group", "remote_address_group_id")},
		},
	})
	p := vc.Provider(t, args{"security_groups": "dvs"})
	bring := func(kind string, arguments args) protocol.Object {
		return p.Bring("novasphere_networking_"+kind, arguments, protocol.Object{})
	}
	group := bring("address_group", args{"name": "a", "addresses": []any{"10.9.0.0/24"}})
	secgroup := bring("secgroup", args{"name": "g", "stateful": false})
	rule := bring("secgroup_rule", args{"security_group_id": secgroup.Text("id"), "direction": "ingress",
		"ethertype": "IPv4", "remote_address_group_id": group.Text("id")})
	if _, said := p.Apply(p.PlanDelete(group)); !strings.Contains(fmt.Sprint(said), rule.Text("id")) {
		t.Errorf("a group that a rule names is deleted: %v", said)
	}
}
