package networking_test

import (
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

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
				ConfigPlanChecks: stays(db),
				Check:            passes(vc, db, "10.0.0.10 10.9.9.9 6 1 1", "!10.9.9.9 10.0.0.10 6 1 1")},
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

// unfilter takes the filter off every port of the switch, as somebody with the vSphere client does.
func unfilter(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	for _, p := range vc.Booked("lab") {
		setting := &types.VMwareDVSPortSetting{}
		setting.FilterPolicy = &types.DvsFilterPolicy{InheritablePolicy: types.InheritablePolicy{Inherited: true}}
		must(t, vc.SetPorts("lab", types.DVPortConfigSpec{Operation: "edit", Key: p.Key, ConfigVersion: p.Config.ConfigVersion,
			Setting: setting}))
	}
}

// TestAccSecurityGroupDrift: a filter that somebody changed is shown, line by line, and put right.
func TestAccSecurityGroupDrift(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ws := vc.NewWorkspace(t, vc.Wire(t), tiers+fixedPort("db", "10.0.0.10", dbGroup)+plugged("db", "db"), "NOVASPHERE_SECURITY_GROUPS=dvs")
	ws.Apply()
	ws.PlanIsEmpty()
	unfilter(t, vc)
	if out := ws.Must("plan", "-no-color"); !strings.Contains(out, "The switch does not do what the groups say") ||
		!strings.Contains(out, "+ accept udp from anybody port 67 to anybody port 68") {
		t.Errorf("the plan does not show what differs:\n%s", out)
	}
	ws.Apply()
	for _, p := range vc.Booked("lab") {
		if (acctest.Packet{From: "10.9.9.9", To: "10.0.0.10", Protocol: 6, FromPort: 1, ToPort: 1}).Passes(acctest.FilterOf(p)) {
			t.Error("the filter is not back")
		}
	}
	ws.PlanIsEmpty()
	ws.Destroy()
}

// TestAccSecurityGroupLag: where a member's going cannot be brought to a port that lets it in, the destroy says which, and the next plan
// shows the address that it still allows.
func TestAccSecurityGroupLag(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var refuse atomic.Bool
	wire := vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if refuse.Load() && c.Name == "ReconfigureDVPort_Task" {
			return acctest.Refusal("NoPermission")
		}
		return nil
	})
	base := tiers + fixedPort("db", "10.0.0.10", dbGroup) + plugged("db", "db")
	ws := vc.NewWorkspace(t, wire, base+fixedPort("app", "10.0.0.20", appGroup), "NOVASPHERE_SECURITY_GROUPS=dvs")
	ws.Apply()
	var db string
	for id := range vc.Booked("lab") {
		db = id
	}
	ws.Configure(base)
	refuse.Store(true)
	out := ws.Apply()
	if !strings.Contains(out, "Not in force everywhere yet") || !strings.Contains(strings.Join(strings.Fields(out), " "), db) {
		t.Errorf("the port %s is not named:\n%s", db, out)
	}
	refuse.Store(false)
	if out := ws.Must("plan", "-no-color"); !strings.Contains(out, "- accept tcp from 10.0.0.20 to 10.0.0.10 port 5432") {
		t.Errorf("the plan does not show the address:\n%s", out)
	}
	ws.Apply()
	if p := (acctest.Packet{From: "10.0.0.20", To: "10.0.0.10", Protocol: 6, FromPort: 1,
		ToPort: 5432}); p.Passes(acctest.FilterOf(vc.Booked("lab")[db])) {
		t.Error("the address is still allowed")
	}
	ws.PlanIsEmpty()
	ws.Destroy()
}

// TestAccPortIsSetAgain: a switch that refuses a port's change for a moment is asked again, because no later plan would see that the port
// is not as its record says.
func TestAccPortIsSetAgain(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var refusals atomic.Int32
	wire := vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if c.Name == "ReconfigureDVPort_Task" && refusals.Add(-1) >= 0 {
			return acctest.Refusal("InvalidState")
		}
		return nil
	})
	base := tiers + fixedPort("db", "10.0.0.10", dbGroup) + plugged("db", "db")
	ws := vc.NewWorkspace(t, wire, base, "NOVASPHERE_SECURITY_GROUPS=dvs")
	ws.Apply()
	refusals.Store(2)
	ws.Configure(strings.Replace(base, "fixed_ip {", "admin_state_up = false\n  fixed_ip {", 1))
	ws.Apply()
	if refusals.Load() >= 0 {
		t.Error("the port was not changed")
	}
	for id, p := range vc.Booked("lab") {
		if setting, is := p.Config.Setting.(*types.VMwareDVSPortSetting); !is || setting.Blocked == nil || setting.Blocked.Value == nil ||
			!*setting.Blocked.Value {
			t.Errorf("the port %s is not blocked: %+v", id, p.Config.Setting)
		}
	}
	ws.PlanIsEmpty()
	ws.Destroy()
}

// TestAccTooManyMembers: where another workspace's members make a port's rules too many, the switch keeps what it has, the plan says so,
// and rules that are fewer are applied.
func TestAccTooManyMembers(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	base := tiers + fixedPort("db", "10.0.0.10", dbGroup) + plugged("db", "db") +
		machine("two", "  security_groups = [novasphere_networking_secgroup.db.name]\n  network { uuid = novasphere_networking_network.lab.id }")
	many := strings.Replace(rules("tcp"), "{\n", "{\n  count = 60\n  port_range_min = 1000 + count.index\n  port_range_max = 1000 + "+
		"count.index\n  remote_group_id = "+appGroup+"\n", 1)
	one := vc.NewWorkspace(t, wire, base+strings.Replace(many, "novasphere_networking_secgroup.it.id", dbGroup, 1),
		"NOVASPHERE_SECURITY_GROUPS=dvs")
	one.Apply()
	two := vc.NewWorkspace(t, wire, `data "novasphere_networking_network" "lab" { name = "lab" }
data "novasphere_networking_secgroup" "app" { name = "app" }
resource "novasphere_networking_port" "app" {
  count              = 4
  network_id         = data.novasphere_networking_network.lab.id
  security_group_ids = [data.novasphere_networking_secgroup.app.id]
  fixed_ip { ip_address = "10.0.0.${20 + count.index}" }
}
`, "NOVASPHERE_SECURITY_GROUPS=dvs")
	two.Apply()
	if out := one.Must("plan", "-no-color"); !strings.Contains(strings.Join(strings.Fields(out), " "), "and 200 are the most here") {
		t.Errorf("the plan does not say that the rules are too many:\n%s", out)
	}
	one.Configure(base)
	one.Apply()
	let := 0
	for _, p := range vc.Booked("lab") {
		if (acctest.Packet{From: "10.0.0.23", To: "10.0.0.10", Protocol: 6, FromPort: 1, ToPort: 5432}).Passes(acctest.FilterOf(p)) {
			let++
		}
	}
	if let != 1 {
		t.Errorf("the last member is let in by %d ports", let)
	}
	one.PlanIsEmpty()
	two.Destroy()
	one.Destroy()
}

// TestAccSecurityGroupsOfTwoWorkspaces: a member of one workspace reaches the ports of another at once, whose plan stays empty.
func TestAccSecurityGroupsOfTwoWorkspaces(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	one := vc.NewWorkspace(t, wire, tiers+fixedPort("db", "10.0.0.10", dbGroup)+plugged("db", "db"), "NOVASPHERE_SECURITY_GROUPS=dvs")
	one.Apply()
	two := vc.NewWorkspace(t, wire, `data "novasphere_networking_network" "lab" { name = "lab" }
data "novasphere_networking_secgroup" "app" { name = "app" }
resource "novasphere_networking_port" "app" {
  network_id         = data.novasphere_networking_network.lab.id
  security_group_ids = [data.novasphere_networking_secgroup.app.id]
  fixed_ip { ip_address = "10.0.0.20" }
}
`, "NOVASPHERE_SECURITY_GROUPS=dvs")
	asks := func(want bool) {
		t.Helper()
		for _, p := range vc.Booked("lab") {
			if (acctest.Packet{From: "10.0.0.20", To: "10.0.0.10", Protocol: 6, FromPort: 1, ToPort: 5432}).Passes(acctest.FilterOf(p)) != want {
				t.Errorf("the member's packet passes: %v", !want)
			}
		}
		one.PlanIsEmpty()
	}
	two.Apply()
	asks(true)
	two.Destroy()
	asks(false)
	one.Destroy()
}

// TestAccSecurityGroupsRefused: what nobody would enforce, or not as it is meant, is refused at plan.
func TestAccSecurityGroupsRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	group := func(arguments string) string {
		return "resource \"novasphere_networking_secgroup\" \"it\" {\n  name = \"web\"\n" + arguments + "\n}\n"
	}
	bare := group("  stateful = false")
	rule := func(arguments string) string {
		return "resource \"novasphere_networking_secgroup_rule\" \"it\" {\n  security_group_id = novasphere_networking_secgroup.it.id\n  " +
			"direction = \"ingress\"\n  ethertype = \"IPv4\"\n" + arguments + "\n}\n"
	}
	refused := func(provider, config, text, at string) resource.TestStep {
		return resource.TestStep{Config: vc.Config(provider, config), ExpectError: says(text, at)}
	}
	ephemeral := group("  stateful = false\n  delete_default_rules = true\n  reply_rules = \"ephemeral\"")
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			refused("", bare, `The provider's argument security_groups: it is not set`, ""),
			refused("  security_groups = \"none\"\n", bare,
				`it is "none", so this group would not be enforced: delete the group, if nothing is to be filtered, or choose "dvs"`, ""),
			refused("  security_groups = \"nsx\"\n", bare, "needs the NSX backend, which is not in this version", "security_groups"),
			refused("  security_groups = \"iptables\"\n", bare, "enforces nothing", "security_groups"),
			refused(enforcing, group(""), "write stateful = false and rules for both directions", "stateful"),
			refused(enforcing, group(""), "delete the group, if nothing is to be filtered", "stateful"),
			refused(enforcing, strings.Replace(bare, `"web"`, `"default"`, 1), "is the group that is always there", "name"),
			refused(enforcing, group("  stateful = false\n  reply_rules = \"ephemeral\""), "the answers to everything would be everything",
				"reply_rules"),
			refused(enforcing, bare+rule("  protocol = \"icmp\"\n  port_range_min = 8\n  port_range_max = 0"),
				"does not look at types and codes of ICMP", "port_range_min"),
			refused(enforcing, bare+rule("  protocol = \"tcp\"\n  port_range_min = 8"), "a range has two ends", "port_range_min"),
			refused(enforcing, bare+rule("  remote_address_group_id = \"x\""), "there are no address groups", "remote_address_group_id"),
			refused(enforcing, bare+rule("  remote_ip_prefix = \"10.0.0.0/8\"\n  remote_group_id = novasphere_networking_secgroup.it.id"),
				"it contradicts remote_ip_prefix", "remote_group_id"),
			refused(enforcing, bare+rule("  remote_group_id = \"8b3f0f0e-3c1f-4d0e-9d0c-111111111111\""), "there is no security group with the id",
				"remote_group_id"),
			refused(enforcing, bare+"data \"novasphere_networking_secgroup\" \"default\" {\n  name = \"default\"\n}\n"+
				rule("  remote_group_id = data.novasphere_networking_secgroup.default.id"), "its members are not kept", "remote_group_id"),
			refused(enforcing, ephemeral+strings.NewReplacer(`"it"`, `"other"`, `"web"`, `"other"`).Replace(ephemeral)+
				rule("  description = novasphere_networking_secgroup.other.name\n  protocol = \"tcp\""),
				"its group has reply_rules", "port_range_min"),
			{Config: vc.Config(enforcing, bare)},
			refused(enforcing, bare+home+port("it", "  security_group_ids = [novasphere_networking_secgroup.it.id]\n  allowed_address_pairs { "+
				"ip_address = \"0.0.0.0/0\" }"), "0.0.0.0/0 is every address", "allowed_address_pairs"),
			refused(enforcing, bare+rule("  protocol = \"tcp\"")+strings.Replace(rule("  protocol = \"6\""), `"it"`, `"again"`, 1),
				"another rule of this configuration lets the same pass", "security_group_id"),
			refused(enforcing, bare+strings.Replace(bare, `"it"`, `"again"`, 1), `the security group "web" is there already`, "name"),
			refused(enforcing, ephemeral+rule("  protocol = \"tcp\""), "would be everything: write port_range_min", "port_range_min"),
			{Config: vc.Config(enforcing, ephemeral+rule("  protocol = \"tcp\"\n  port_range_min = 22\n  port_range_max = 22\n  remote_ip_prefix "+
				"= \"10.0.0.0/8\"")+rules("icmp"))},
			refused(enforcing, bare+home+port("it", "  security_group_ids = [novasphere_networking_secgroup.it.id]\n  port_security_enabled = "+
				"false"), "needs port security", "security_group_ids"),
			refused(enforcing, bare+home+port("it", "  security_group_ids = [novasphere_networking_secgroup.it.id]\n  no_fixed_ip = true"),
				"has no address, and the switch filters by addresses", "security_group_ids"),
			refused(enforcing, bare+home+port("it", "  security_group_ids = [novasphere_networking_secgroup.it.id]\n  no_security_groups = true"),
				"it contradicts security_group_ids", "no_security_groups"),
			refused(enforcing, bare+home+port("it", "  allowed_address_pairs { ip_address = \"10.0.0\" }"), "is not a range of addresses",
				"allowed_address_pairs"),
		},
	})
}

// TestAccForeignRuleset: ports of a portgroup that has traffic rules of its own have no groups.
func TestAccForeignRuleset(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ruled := func() {
		group := vc.Portgroup("lab")
		setting, _ := group.Config.DefaultPortConfig.(*types.VMwareDVSPortSetting)
		setting.FilterPolicy = &types.DvsFilterPolicy{
			FilterConfig: []types.BaseDvsFilterConfig{
				&types.DvsTrafficFilterConfig{DvsFilterConfig: types.DvsFilterConfig{AgentName: "dvfilter-generic-vmware"},
					TrafficRuleset: &types.DvsTrafficRuleset{Enabled: types.NewBool(true),
						Rules: []types.DvsTrafficRule{{Sequence: 1, Direction: "both", Action: &types.DvsDropNetworkRuleAction{}}}}}}}
		task, err := object.NewDistributedVirtualPortgroup(vc.Client().Client, group.Self).Reconfigure(t.Context(),
			types.DVPortgroupConfigSpec{ConfigVersion: group.Config.ConfigVersion, DefaultPortConfig: setting})
		must(t, err)
		must(t, task.Wait(t.Context()))
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(enforcing, tiers)},
			{PreConfig: ruled, Config: vc.Config(enforcing, tiers+fixedPort("db", "10.0.0.10", dbGroup)),
				ExpectError: says("has traffic rules of its own, which this provider did not write", "security_group_ids")},
			{Config: vc.Config(enforcing, tiers+port("db", ""))},
		},
	})
}

// rules is a rule of a protocol without ports.
func rules(protocol string) string {
	return "resource \"novasphere_networking_secgroup_rule\" \"" + protocol +
		"\" {\n  security_group_id = novasphere_networking_secgroup.it.id\n  direction = \"ingress\"\n  ethertype = \"IPv4\"\n  protocol = \"" +
		protocol + "\"\n}\n"
}

// TestAccSecurityGroupInUse: a group that a port has, or that a rule names, stays; who has it is said.
func TestAccSecurityGroupInUse(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ws := vc.NewWorkspace(t, vc.Wire(t), tiers+fixedPort("db", "10.0.0.10", dbGroup), "NOVASPHERE_SECURITY_GROUPS=dvs")
	ws.Apply()
	ws.Must("state", "rm", "novasphere_networking_port.db", "novasphere_networking_secgroup_rule.sql")
	out, err := ws.Run("destroy", "-auto-approve", "-no-color", "-target=novasphere_networking_secgroup.db")
	if err == nil || !regexp.MustCompile(`is in use: the\s+port`).MatchString(out) || !strings.Contains(out, "create_before_destroy") {
		t.Errorf("the group of a port was deleted: %v\n%s", err, out)
	}
	out, err = ws.Run("destroy", "-auto-approve", "-no-color", "-target=novasphere_networking_secgroup.app")
	if err == nil || !strings.Contains(out, "names it as") {
		t.Errorf("the group that a rule names was deleted: %v\n%s", err, out)
	}
}

// TestAccDestroyedTogether: a subnet and a group go although nothing says that they go after the instances whose ports have them; what
// nobody is taking away is an error at once, with the import block of a port that nobody has.
func TestAccDestroyedTogether(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	together := strings.Replace(tiers, "cidr       =", "depends_on = [novasphere_networking_network.lab]\n  cidr       =", 1) +
		`resource "novasphere_compute_instance" "web" {
  count           = 5
  name            = "web-${count.index}"
  image_name      = "debian-12"
  flavor_name     = novasphere_compute_flavor.small.name
  security_groups = ["app"]
  network { name = "lab" }
}
`
	ws := vc.NewWorkspace(t, vc.Wire(t), together, "NOVASPHERE_SECURITY_GROUPS=dvs")
	ws.Must("apply", "-auto-approve", "-no-color", "-target=novasphere_networking_subnet.four", "-target=novasphere_networking_secgroup.app",
		"-target=novasphere_compute_flavor.small")
	ws.Apply()
	ws.Destroy()
	if err := nothingLeft(vc)(); err != nil {
		t.Error(err)
	}
	ws.Configure(tiers + fixedPort("db", "10.0.0.10", dbGroup))
	ws.Apply()
	ws.Must("state", "rm", "novasphere_networking_port.db")
	if out, err := ws.Run("destroy", "-auto-approve", "-no-color", "-refresh=false"); err == nil ||
		!strings.Contains(strings.Join(strings.Fields(out), " "), "Of these no instance has") || !strings.Contains(out, "import {") {
		t.Errorf("a leftover does not say how it can be had: %v\n%s", err, out)
	}
}

// TestAccDefaultGroup: it is always there, filters nothing, and says so once.
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

// TestAccPortSecurityGroups gives groups to a port that an instance made for itself, and takes them off again.
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
			// enforce took the instance's own group too
			{Config: vc.Config(enforcing, base), Check: passes(vc, web, "10.9.9.9 10.0.0.10 6 1 1"), ExpectNonEmptyPlan: true},
			{Config: vc.Config(enforcing, base), ConfigPlanChecks: stays(web), Check: passes(vc, web, "!10.9.9.9 10.0.0.10 6 1 1")},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}

// TestAccAllowedAddressPairs: an address besides the port's own passes its filter, and a MAC besides its own needs what the switch calls
// forged transmits.
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
				ImportStateVerifyIgnore: []string{"fixed_ip", "security_group_ids", "device_id", "device_owner"}},
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
