// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const enforcing = "  security_groups = \"dvs\"\n"

// tiers are two groups and a network: whoever is in app may speak to db.
const tiers = lab + `resource "novasphere_networking_subnet" "four" {
  network_id = novasphere_networking_network.lab.id
  cidr       = "10.0.0.0/24"
}
resource "novasphere_networking_secgroup" "app" {
  name     = "app"
  stateful = false
}
resource "novasphere_networking_secgroup" "db" {
  name                 = "db"
  stateful             = false
  delete_default_rules = true
  tags                 = ["tier"]
}
resource "novasphere_networking_secgroup_rule" "sql" {
  security_group_id = novasphere_networking_secgroup.db.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 5432
  port_range_max    = 5432
  remote_group_id   = novasphere_networking_secgroup.app.id
}
resource "novasphere_networking_secgroup_rule" "answers" {
  security_group_id = novasphere_networking_secgroup.db.id
  direction         = "egress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  remote_group_id   = novasphere_networking_secgroup.app.id
}
resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}
`

func fixedPort(name, address, groups string) string {
	return port(name, fmt.Sprintf("  security_group_ids = [%s]\n  fixed_ip { ip_address = %q }\n", groups, address))
}

func machine(name, arguments string) string {
	return fmt.Sprintf("resource \"novasphere_compute_instance\" %q {\n  name = %q\n  image_name = \"debian-12\"\n  flavor_name = "+
		"novasphere_compute_flavor.small.name\n  depends_on = [novasphere_networking_subnet.four]\n%s\n}\n", name, name, arguments)
}

func plugged(name, port string) string {
	return machine(name, "  network { port = novasphere_networking_port."+port+".id }")
}

const dbGroup, appGroup = "novasphere_networking_secgroup.db.id", "novasphere_networking_secgroup.app.id"

// passes asserts what the switch does with packets at the port of a resource, "from to protocol from-port to-port" each; "!" in front:
// it is dropped.
func passes(vc *acctest.VCenter, address string, packets ...string) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		is := s.RootModule().Resources[address].Primary
		id := is.ID
		if at := is.Attributes["network.0.port"]; at != "" {
			id = at
		}
		booked, there := vc.Booked("lab")[id]
		if !there || booked.Connectee == nil {
			return fmt.Errorf("%s is not plugged in", address)
		}
		for _, text := range packets {
			var p acctest.Packet
			wanted := !strings.HasPrefix(text, "!")
			if _, err := fmt.Sscan(strings.TrimPrefix(text, "!"), &p.From, &p.To, &p.Protocol, &p.FromPort, &p.ToPort); err != nil {
				return err
			}
			if p.Passes(acctest.FilterOf(booked)) != wanted {
				return fmt.Errorf("%s passes %s: %v", text, address, !wanted)
			}
		}
		return nil
	}
}

// TestAccSecurityGroups: what the groups say is what the switch does, from the first packet on, and after every change of a rule, a
// group or a member.
func TestAccSecurityGroups(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const group, sql, db = "novasphere_networking_secgroup.db", "novasphere_networking_secgroup_rule.sql", "novasphere_networking_port.db"
	base := tiers + fixedPort("db", "10.0.0.10", dbGroup) + plugged("db", "db")
	one := fixedPort("app", "10.0.0.20", appGroup)
	two := strings.ReplaceAll(one+plugged("app", "app"), "10.0.0.20", "10.0.0.21")
	mysql := strings.ReplaceAll(base, "5432", "3306")
	renamed := strings.Replace(mysql, `name                 = "db"`, `name = "data"`, 1)
	config := func(rest string) string { return vc.Config(enforcing, rest) }
	is := resource.TestCheckResourceAttr
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config(base + one), Check: resource.ComposeAggregateTestCheckFunc(
				passes(vc, db, "10.0.0.20 10.0.0.10 6 40000 5432", "!10.0.0.21 10.0.0.10 6 40000 5432", "!10.0.0.20 10.0.0.10 6 40000 22",
					"10.0.0.10 10.0.0.20 6 5432 40000",
					"!10.0.0.99 10.0.0.20 6 5432 40000", "0.0.0.0 255.255.255.255 17 68 67"),
				catalogued(vc, `"name":"db"`, `"remote_group":"`))},
			{RefreshState: true, Check: resource.ComposeAggregateTestCheckFunc(is(db, "effective_rules.#", "11"),
				resource.TestCheckTypeSetElemAttr(db, "effective_rules.*", "accept tcp from 10.0.0.20 to 10.0.0.10 port 5432"))},
			{ResourceName: group, ImportState: true, ImportStateVerify: true},
			{ResourceName: group, ImportState: true, ImportStateId: "db", ImportStateVerify: true},
			{ResourceName: sql, ImportState: true, ImportStateVerify: true},
			{ResourceName: db, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"fixed_ip", "security_group_ids"}},
			// another member
			{Config: config(base + two), Check: passes(vc, db, "10.0.0.21 10.0.0.10 6 40000 5432", "!10.0.0.20 10.0.0.10 6 40000 5432")},
			{Config: config(mysql + two), Check: passes(vc, db, "10.0.0.21 10.0.0.10 6 40000 3306", "!10.0.0.21 10.0.0.10 6 40000 5432"),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(sql,
					plancheck.ResourceActionDestroyBeforeCreate)}}},
			{Config: config(renamed + two), ConfigPlanChecks: stays(group), Check: passes(vc, db, "10.0.0.21 10.0.0.10 6 40000 3306")},
			{Config: config(renamed), Check: passes(vc, db, "!10.0.0.21 10.0.0.10 6 40000 3306")}, // a member goes
			{Config: config(strings.Replace(mysql, "security_group_ids = ["+dbGroup+"]", "security_group_ids = ["+dbGroup+", "+appGroup+"]", 1)),
				ConfigPlanChecks: stays(db), Check: passes(vc, db, "10.0.0.10 10.9.9.9 6 1 1", "!10.9.9.9 10.0.0.10 6 1 1")},
			{Config: config(strings.Replace(mysql, "security_group_ids = ["+dbGroup+"]", "no_security_groups = true", 1)),
				ConfigPlanChecks: stays(db),
				Check:            resource.ComposeAggregateTestCheckFunc(passes(vc, db, "10.9.9.9 10.0.0.10 6 1 1"), is(db, "effective_rules.#", "0"))},
		},
		CheckDestroy: resource.ComposeAggregateTestCheckFunc(acctest.Check(nothingLeft(vc)), acctest.Check(func() error {
			for key := range vc.Catalogue() {
				if strings.Contains(key, "security-group") {
					return fmt.Errorf("%s is left", key)
				}
			}
			return nil
		})),
	})
}

// catalogued says that the catalogue holds texts.
func catalogued(vc *acctest.VCenter, texts ...string) resource.TestCheckFunc {
	return acctest.Check(func() error {
		all := fmt.Sprint(vc.Catalogue())
		for _, text := range texts {
			if !strings.Contains(all, text) {
				return fmt.Errorf("no record holds %s: %s", text, all)
			}
		}
		return nil
	})
}

// TestAccInstanceSecurityGroups: the ports that are made for an instance have its groups, from the first packet on and after a change in
// place.
func TestAccInstanceSecurityGroups(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const db, app = "novasphere_compute_instance.db", "novasphere_compute_instance.app"
	at := func(address, groups string) string {
		return fmt.Sprintf("  security_groups = [%s]\n  network {\n    uuid = novasphere_networking_network.lab.id\n    fixed_ip_v4 = %q\n  }",
			groups, address)
	}
	const dbName, appName = "novasphere_networking_secgroup.db.name", "novasphere_networking_secgroup.app.name"
	config := func(dbGroups, appGroups string) string {
		return vc.Config(enforcing, tiers+machine("db", at("10.0.0.10", dbGroups))+machine("app", at("10.0.0.20", appGroups)))
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config(dbName, appName), Check: resource.ComposeAggregateTestCheckFunc(passes(vc, db, "10.0.0.20 10.0.0.10 6 40000 5432",
				"!10.0.0.20 10.0.0.10 6 40000 22"),
				passes(vc, app, "10.0.0.20 10.9.9.9 6 1 1", "!10.9.9.9 10.0.0.20 6 1 1"))},
			{ResourceName: db, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"wait_for_ip", "image_id", "flavor_id"}},
			{Config: config(appName, appName), ConfigPlanChecks: stays(db),
				Check: passes(vc, db, "!10.0.0.20 10.0.0.10 6 40000 5432", "10.0.0.10 10.9.9.9 6 1 1")},
			{Config: config(dbName, `"default"`), Check: resource.ComposeAggregateTestCheckFunc(passes(vc, app, "10.9.9.9 10.0.0.20 6 1 1"),
				passes(vc, db, "!10.0.0.20 10.0.0.10 6 40000 5432"))},
			{PreConfig: func() { unfilter(t, vc) }, RefreshState: true, ExpectNonEmptyPlan: true}, // somebody took the filter away
			{Config: config(dbName, `"default"`), ConfigPlanChecks: stays(db), Check: passes(vc, db, "!10.0.0.20 10.0.0.10 6 40000 22")},
			{Config: config(dbName, `"default", `+appName), ExpectError: says("filters nothing here, so beside other groups it would make them void",
				"security_groups")},
			{Config: config(dbName, `"nobody"`), ExpectError: says(`there is no security group "nobody" in the project "", which has: app, db`,
				"security_groups")},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}

// TestAccInstanceRegroupedHalfway: where an instance's other groups do not reach its port, nothing says that they have: the next plan
// shows the change again, and its apply carries it out.
func TestAccInstanceRegroupedHalfway(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var refuse atomic.Bool
	wire := vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if refuse.Load() && c.Name == "ReconfigVM_Task" && strings.Contains(string(c.Body), "novasphere.port.") {
			return acctest.Refusal("NoPermission")
		}
		return nil
	})
	config := func(group string) string {
		return tiers + machine("db", "  security_groups = [novasphere_networking_secgroup."+group+
			".name]\n  network {\n    uuid = novasphere_networking_network.lab.id\n    fixed_ip_v4 = \"10.0.0.10\"\n  }")
	}
	ws := vc.NewWorkspace(t, wire, config("db"), "NOVASPHERE_SECURITY_GROUPS=dvs")
	ws.Apply()
	ws.Configure(config("app"))
	refuse.Store(true)
	if out, err := ws.Run("apply", "-auto-approve", "-no-color"); err == nil {
		t.Fatalf("the groups were changed:\n%s", out)
	}
	refuse.Store(false)
	if out, err := ws.Run("plan", "-detailed-exitcode", "-no-color"); err == nil {
		t.Errorf("the plan is empty, and the port has the groups that it had:\n%s", out)
	}
	ws.Apply()
	for _, p := range vc.Booked("lab") {
		if !(acctest.Packet{From: "10.0.0.10", To: "10.9.9.9", Protocol: 6, FromPort: 1, ToPort: 1}).Passes(acctest.FilterOf(p)) {
			t.Error("the port has not got the group app")
		}
	}
	ws.PlanIsEmpty()
	ws.Destroy()
}
