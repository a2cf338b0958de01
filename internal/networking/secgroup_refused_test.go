// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

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
			refused("  security_groups = \"nsx\"\n", bare, "there is no NSX to enforce them: write the block nsx", "security_groups"),
			refused("  security_groups = \"iptables\"\n", bare, "enforces nothing", "security_groups"),
			refused(enforcing, group(""), "write stateful = false and rules for both directions", "stateful"),
			refused(enforcing, group(""), "delete the group, if nothing is to be filtered", "stateful"),
			refused(enforcing, strings.Replace(bare, `"web"`, `"default"`, 1), "is the group that is always there", "name"),
			refused(enforcing, group("  stateful = false\n  reply_rules = \"ephemeral\""), "the answers to everything would be everything",
				"reply_rules"),
			refused(enforcing, bare+rule("  protocol = \"icmp\"\n  port_range_min = 8\n  port_range_max = 0"),
				"does not look at types and codes of ICMP", "port_range_min"),
			refused(enforcing, bare+rule("  protocol = \"tcp\"\n  port_range_min = 8"), "a range has two ends", "port_range_min"),
			refused(enforcing, bare+rule("  remote_address_group_id = \"x\""), "there is no address group", "remote_address_group_id"),
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
