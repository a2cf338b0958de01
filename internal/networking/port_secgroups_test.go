// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccDefaultGroup: the default group always exists, filters nothing, and a warning reports that once.
func TestAccDefaultGroup(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := "data \"novasphere_networking_secgroup\" \"default\" { name = \"default\" }\n" + strings.Replace(lab, "lab\"\n", "lab\"\n", 1) +
		`resource "novasphere_networking_subnet" "four" {
  network_id = novasphere_networking_network.lab.id
  cidr       = "10.0.0.0/24"
}
resource "novasphere_networking_port" "it" {
  count              = 3
  network_id         = novasphere_networking_subnet.four.network_id
  security_group_ids = [data.novasphere_networking_secgroup.default.id]
}
resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}
` + machine("web", "  security_groups = [\"default\"]\n  network { uuid = novasphere_networking_network.lab.id }")
	ws := vc.NewWorkspace(t, vc.Wire(t), config, "NOVASPHERE_SECURITY_GROUPS=none")
	out := ws.Must("plan", "-no-color")
	if n := strings.Count(out, "The security group default filters nothing"); n != 1 {
		t.Errorf("it is said %d times:\n%s", n, out)
	}
	ws.Apply()
	ws.PlanIsEmpty()
	for id, p := range vc.Booked("lab") {
		if acctest.FilterOf(p) != nil {
			t.Errorf("the port %s is filtered", id)
		}
	}
	ws.Destroy()
}

// TestAccPortSecurityGroups adds groups to a port that was made for an instance, and removes them again.
func TestAccPortSecurityGroups(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const it, web = "novasphere_networking_port_secgroup_associate.it", "novasphere_compute_instance.web"
	associate := func(groups, enforce string) string {
		return fmt.Sprintf("resource \"novasphere_networking_port_secgroup_associate\" \"it\" {\n  port_id = "+
			"novasphere_compute_instance.web.network[0].port\n  security_group_ids = [%s]\n  enforce = %s\n}\n", groups, enforce)
	}
	const other = "resource \"novasphere_networking_secgroup\" \"other\" {\n  name = \"other\"\n  stateful = false\n}\n"
	base := tiers + machine("web", "  security_groups = [novasphere_networking_secgroup.app.name]\n  network {\n    uuid = "+
		"novasphere_networking_network.lab.id\n    fixed_ip_v4 = \"10.0.0.10\"\n  }")
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(enforcing, base+associate(dbGroup, "false")),
				Check: resource.ComposeAggregateTestCheckFunc(resource.TestCheckResourceAttr(it, "all_security_group_ids.#", "2"),
					passes(vc, web, "10.0.0.10 10.9.9.9 17 1 1", "!10.9.9.9 10.0.0.10 6 1 1"))},
			{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"security_group_ids"}},
			{Config: vc.Config(enforcing, strings.Replace(base, "secgroup.app.name]",
				"secgroup.app.name, novasphere_networking_secgroup.other.name]", 1)+other+associate(dbGroup, "false")), ConfigPlanChecks: stays(web)},
			{RefreshState: true, Check: resource.TestCheckResourceAttr(it, "all_security_group_ids.#", "3")},
			{Config: vc.Config(enforcing, base+other+associate(dbGroup, "false"))},
			{RefreshState: true, Check: resource.TestCheckResourceAttr(it, "all_security_group_ids.#", "2")},
			{Config: vc.Config(enforcing, base+associate(dbGroup, "true")),
				Check: resource.ComposeAggregateTestCheckFunc(resource.TestCheckResourceAttr(it, "all_security_group_ids.#", "1"),
					passes(vc, web, "!10.0.0.10 10.9.9.9 17 1 1"))},
			// enforce removed the instance's own group too
			{Config: vc.Config(enforcing, base), Check: passes(vc, web, "10.9.9.9 10.0.0.10 6 1 1"), ExpectNonEmptyPlan: true},
			{Config: vc.Config(enforcing, base), ConfigPlanChecks: stays(web), Check: passes(vc, web, "!10.9.9.9 10.0.0.10 6 1 1")},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}

// TestAccAllowedAddressPairs: an address besides the port's own passes its filter, and a MAC besides its own needs the switch's setting
// for forged transmits.
func TestAccAllowedAddressPairs(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const db = "novasphere_networking_port.db"
	config := func(pairs string) string {
		return vc.Config(enforcing, tiers+strings.Replace(fixedPort("db", "10.0.0.10", appGroup), "  fixed_ip", pairs+"  fixed_ip", 1)+
			plugged("db", "db"))
	}
	forges := func(want bool) resource.TestCheckFunc {
		return acctest.Check(func() error {
			for id, p := range vc.Booked("lab") {
				setting, _ := p.Config.Setting.(*types.VMwareDVSPortSetting)
				if *setting.SecurityPolicy.ForgedTransmits.Value != want || *setting.SecurityPolicy.AllowPromiscuous.Value {
					return fmt.Errorf("the port %s has %+v", id, *setting.SecurityPolicy)
				}
			}
			return nil
		})
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config("  allowed_address_pairs { ip_address = \"10.0.0.100\" }\n"),
				Check: resource.ComposeAggregateTestCheckFunc(forges(false),
					passes(vc, db, "10.0.0.100 10.9.9.9 6 1 1", "!10.0.0.101 10.9.9.9 6 1 1"))},
			{ResourceName: db, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"fixed_ip", "security_group_ids", "device_id", "device_owner",
					"binding"}},
			{Config: config("  allowed_address_pairs {\n    ip_address = \"10.1.0.0/16\"\n    mac_address = \"00:00:5e:00:01:01\"\n  }\n"),
				ConfigPlanChecks: stays(db),
				Check: resource.ComposeAggregateTestCheckFunc(forges(true),
					passes(vc, db, "10.1.2.3 10.9.9.9 6 1 1", "!10.0.0.100 10.9.9.9 6 1 1"))},
			{Config: config(""), ConfigPlanChecks: stays(db), Check: resource.ComposeAggregateTestCheckFunc(forges(false),
				passes(vc, db, "!10.1.2.3 10.9.9.9 6 1 1"))},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}
