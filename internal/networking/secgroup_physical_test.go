// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

const elsewhere = "  security_groups = \"physical\"\n  dns_nameservers = [\"10.9.9.9\"]\n"

// asInOpenStack is a group as OpenStack's modules write it, and rules that a switch could not match.
const asInOpenStack = lab + `data "novasphere_networking_secgroup" "default" { name = "default" }
resource "novasphere_networking_subnet" "four" {
  network_id = novasphere_networking_network.lab.id
  cidr       = "10.0.0.0/24"
}
resource "novasphere_networking_secgroup" "web" { name = "web" }
resource "novasphere_networking_secgroup_rule" "ping" {
  security_group_id = novasphere_networking_secgroup.web.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "icmp"
  port_range_min    = 8
  port_range_max    = 0
}
resource "novasphere_networking_secgroup_rule" "unreachable" {
  security_group_id = novasphere_networking_secgroup.web.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "icmp"
  port_range_min    = 3
}
resource "novasphere_networking_secgroup_rule" "sctp" {
  security_group_id = novasphere_networking_secgroup.web.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "sctp"
  port_range_min    = 3868
  port_range_max    = 3869
  remote_ip_prefix  = "10.1.0.0/16"
}
resource "novasphere_networking_secgroup_rule" "members" {
  security_group_id = novasphere_networking_secgroup.web.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 80
  port_range_max    = 80
  remote_group_id   = data.novasphere_networking_secgroup.default.id
}
resource "novasphere_networking_secgroup_rule" "ssh" {
  security_group_id = data.novasphere_networking_secgroup.default.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 22
  port_range_max    = 22
}
resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}
`

// unfiltered checks that the switch filters at no port of the network.
func unfiltered(vc *acctest.VCenter) resource.TestCheckFunc {
	return acctest.Check(func() error {
		for id, p := range vc.Booked("lab") {
			if acctest.FilterOf(p) != nil {
				return fmt.Errorf("the switch filters at the port %s", id)
			}
		}
		return nil
	})
}

// TestAccPhysicalSecurityGroups: beside a physical firewall groups are OpenStack's as they stand, recorded and listed in full, and the
// switch filters nothing.
func TestAccPhysicalSecurityGroups(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const web, both, plain, bare = "novasphere_networking_port.web", "novasphere_networking_port.both", "novasphere_networking_port.plain",
		"novasphere_networking_port.bare"
	webGroup, defaultGroup := "novasphere_networking_secgroup.web.id", "data.novasphere_networking_secgroup.default.id"
	config := asInOpenStack + fixedPort("web", "10.0.0.110", webGroup) + plugged("web", "web") +
		fixedPort("both", "10.0.0.111", webGroup+", "+defaultGroup) + port("plain", "  fixed_ip { ip_address = \"10.0.0.112\" }") +
		port("bare", "  no_security_groups = true") + port("homeless", "  no_fixed_ip = true\n  security_group_ids = ["+webGroup+"]") +
		port("open", "  port_security_enabled = false") + port("empty", "  security_group_ids = []") +
		machine("implicit", "  network { uuid = novasphere_networking_network.lab.id }") +
		machine("named", "  security_groups = [\"default\", novasphere_networking_secgroup.web.name]\n  network { uuid = "+
			"novasphere_networking_network.lab.id }")
	is, has := resource.TestCheckResourceAttr, resource.TestCheckTypeSetElemAttr
	id := sdn.DefaultGroupOf("")
	heard := &protocol.Recorder{}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: heard.Factories(acctest.Factories),
		Steps: []resource.TestStep{
			{Config: vc.Config(elsewhere, config), Check: resource.ComposeAggregateTestCheckFunc(
				unfiltered(vc), is("data.novasphere_networking_secgroup.default", "id", id),
				is(plain, "all_security_group_ids.#", "1"), has(plain, "all_security_group_ids.*", id), is(bare, "all_security_group_ids.#", "0"),
				is("novasphere_networking_port.open", "all_security_group_ids.#", "0"), is(both, "all_security_group_ids.#", "2"),
				has("novasphere_networking_port.empty", "all_security_group_ids.*", id),
				is("novasphere_networking_secgroup.web", "stateful", "true"),
				catalogued(vc, `"name":"default"`, `"name":"web"`, `"port_min":8`, `"remote_group":"`+id))},
			{RefreshState: true, Check: resource.ComposeAggregateTestCheckFunc(unfiltered(vc),
				has(web, "effective_rules.*", "accept icmp type 8 code 0 from anybody to 10.0.0.110"),
				has(web, "effective_rules.*", "accept icmp type 3 from anybody to 10.0.0.110"),
				has(web, "effective_rules.*", "accept sctp from 10.1.0.0/16 to 10.0.0.110 ports 3868 to 3869"),
				has(web, "effective_rules.*", "accept tcp from 10.0.0.111 to 10.0.0.110 port 80"),
				has(web, "effective_rules.*", "accept tcp from 10.0.0.112 to 10.0.0.110 port 80"),
				has(web, "effective_rules.*", "accept any from 10.0.0.110 to anybody"),
				has(web, "effective_rules.*", "drop any from anybody to anybody"),
				has(plain, "effective_rules.*", "accept any from 10.0.0.111 to 10.0.0.112"),
				has(plain, "effective_rules.*", "accept tcp from anybody to 10.0.0.112 port 22"),
				is("novasphere_networking_port.homeless", "effective_rules.#", "1"), is(bare, "effective_rules.#", "0"), groupsOf(vc, id))},
			{ResourceName: "novasphere_networking_secgroup_rule.unreachable", ImportState: true, ImportStateVerify: true},
			{ResourceName: "novasphere_networking_secgroup.web", ImportState: true, ImportStateVerify: true},
			{ResourceName: plain, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"fixed_ip"}},
			{Config: vc.Config(elsewhere, strings.Replace(config, "  port_range_min    = 80\n  port_range_max    = 80", "  port_range_min    = "+
				"8080\n  port_range_max    = 8080", 1)), Check: unfiltered(vc)},
			{RefreshState: true, Check: has(web, "effective_rules.*", "accept tcp from 10.0.0.112 to 10.0.0.110 port 8080")},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
	if err := heard.ExpectWarning(protocol.Planning, "nothing is enforced unless the physical firewall"); err != nil {
		t.Error(err)
	}
}

// groupsOf checks the groups of the ports that were made for the instances implicit and named.
func groupsOf(vc *acctest.VCenter, byDefault string) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		for name, want := range map[string]int{"implicit": 1, "named": 2} {
			is := s.RootModule().Resources["novasphere_compute_instance."+name].Primary.Attributes["network.0.port"]
			record := ""
			for _, vm := range vc.VMs("novasphere/*") {
				if text := acctest.Extra(vm)["novasphere.port."+is]; text != "" {
					record = text
				}
			}
			if strings.Count(record, byDefault) != 1 || strings.Count(record, `","`) < want-1 {
				return fmt.Errorf("the port of %s is recorded as %q", name, record)
			}
		}
		return nil
	}
}

// TestPhysicalGroupsRefused: what Neutron refuses, and what has no meaning beside a physical firewall, is refused at plan.
func TestPhysicalGroupsRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	settings := args{"security_groups": "physical"}
	p := vc.Provider(t, settings)
	id := p.Bring("novasphere_networking_secgroup", args{"name": "web"}, protocol.Object{}).Text("id")
	rule := args{"security_group_id": id, "direction": "ingress", "ethertype": "IPv4"}
	refusedPlans(t, vc, settings, "secgroup", map[string]refusal{
		"replies":     {args{"name": "db", "reply_rules": "ephemeral"}, "reply_rules", "answers to what it allows pass by themselves"},
		"the default": {args{"name": "default"}, "name", "is the group that is always there"},
	})
	refusedPlans(t, vc, settings, "secgroup_rule", map[string]refusal{
		"ports of any":  {with(rule, args{"port_range_min": 1, "port_range_max": 2}), "port_range_min", "any has no ports"},
		"ports of gre":  {with(rule, args{"protocol": "gre", "port_range_min": 1, "port_range_max": 2}), "port_range_min", "gre has no ports"},
		"a single end":  {with(rule, args{"protocol": "sctp", "port_range_min": 5}), "port_range_min", "a range has two ends"},
		"reversed":      {with(rule, args{"protocol": "udp", "port_range_min": 5, "port_range_max": 4}), "port_range_min", "no range of ports"},
		"a code alone":  {with(rule, args{"protocol": "icmp", "port_range_max": 3}), "port_range_min", "a code belongs to a type"},
		"no type":       {with(rule, args{"protocol": "icmp", "port_range_min": 256}), "port_range_min", "256 is no type or code of ICMP"},
		"another group": {with(rule, args{"remote_group_id": sdn.DefaultGroupID}), "remote_group_id", "there is no security group with the id"},
		"a built-in one": {args{"security_group_id": sdn.DefaultGroupOf(""), "direction": "egress", "ethertype": "IPv4"},
			"security_group_id", "has this rule already"},
	})
	if _, said := p.Import("novasphere_networking_secgroup", "default"); len(protocol.Errors(said)) != 1 ||
		!strings.Contains(said[0].Text, "cannot be managed") {
		t.Errorf("the default group is imported: %v", said)
	}
}

// TestDefaultGroupOfProjects: each project has a default group of its own, the same for all of its workspaces.
func TestDefaultGroupOfProjects(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	of := func(project string) string {
		p := vc.Provider(t, args{"security_groups": "physical", "project": project})
		found, said := p.Query("novasphere_networking_secgroup", args{"name": "default"})
		if len(said) > 0 {
			t.Fatal(said)
		}
		var id string
		if err := found["id"].As(&id); err != nil {
			t.Fatal(err)
		}
		return id
	}
	if one, two := of("one"), of("two"); one == two || one != of("one") || !sdn.IsDefaultGroup(one) || one == sdn.DefaultGroupID {
		t.Errorf("the default groups are %s and %s", one, two)
	}
	p := vc.Provider(t, args{"security_groups": "physical", "project": "one"})
	rule := p.Bring("novasphere_networking_secgroup_rule", args{"security_group_id": of("one"), "direction": "ingress", "ethertype": "IPv4",
		"protocol": "tcp", "port_range_min": 22, "port_range_max": 22}, protocol.Object{})
	all := fmt.Sprint(vc.Catalogue())
	if strings.Count(all, `"name":"default"`) != 1 || strings.Count(all, `"direction":"`) != 5 {
		t.Errorf("the default group is recorded as %s", all)
	}
	other := vc.Provider(t, args{"security_groups": "physical", "project": "two"})
	remote := args{"security_group_id": of("two"), "direction": "ingress", "ethertype": "IPv4", "remote_group_id": of("one")}
	p2 := other.Bring("novasphere_networking_secgroup_rule", remote, protocol.Object{})
	other.Destroy(p2)
	p.Destroy(rule)
	if all := fmt.Sprint(vc.Catalogue()); strings.Count(all, `"direction":"`) != 8 {
		t.Errorf("after the user's rules went there are %s", all)
	}
	if found := slices.Sorted(slices.Values([]string{of("one"), of("two")})); found[0] == found[1] {
		t.Error("the projects have one default group by now")
	}
}

// TestAccEnforcerChanges: ports whose groups the switch has filtered lose that filter by the first apply with a physical firewall, and
// default groups filter nothing where the switch enforces groups again.
func TestAccEnforcerChanges(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const db = "novasphere_networking_port.db"
	config := tiers + fixedPort("db", "10.0.0.110", dbGroup) + plugged("db", "db")
	plain := tiers + port("plain", "  fixed_ip { ip_address = \"10.0.0.30\" }") + plugged("plain", "plain")
	heard := &protocol.Recorder{}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: heard.Factories(acctest.Factories),
		Steps: []resource.TestStep{
			{Config: vc.Config(enforcing, config), Check: passes(vc, db, "!10.9.9.9 10.0.0.110 6 1 1")},
			{Config: vc.Config(elsewhere, config), Check: resource.ComposeAggregateTestCheckFunc(unfiltered(vc),
				passes(vc, db, "10.9.9.9 10.0.0.110 6 1 1"))},
			{Config: vc.Config(enforcing, config), Check: passes(vc, db, "!10.9.9.9 10.0.0.110 6 1 1")},
			{Config: vc.Config(elsewhere, strings.Replace(config, "security_group_ids = ["+dbGroup+"]", "security_group_ids = ["+appGroup+"]", 1)),
				Check: unfiltered(vc)},
			{Config: vc.Config(elsewhere, plain), Check: unfiltered(vc)},
			{Config: vc.Config(enforcing, plain), Check: unfiltered(vc)},
			{Config: vc.Config("  security_groups = \"none\"\n", strings.Split(plain, "resource \"novasphere_networking_secgroup\" \"app\"")[0]+
				flavorSmall+port("plain", "  fixed_ip { ip_address = \"10.0.0.30\" }")+plugged("plain", "plain")), Check: unfiltered(vc)},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
	if err := heard.ExpectWarning(protocol.Planning, "The switch still filters"); err != nil {
		t.Error(err)
	}
}

const flavorSmall = "resource \"novasphere_compute_flavor\" \"small\" {\n  name = \"m1.small\"\n  vcpus = 1\n  ram = 1024\n  disk = 20\n}\n"

// TestPhysicalGroupsMakeNoCalls: a change of a group, or of its members, costs no call to the switch.
func TestPhysicalGroupsMakeNoCalls(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var switchCalls []string
	wire := vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if strings.Contains(c.Name, "DVPort") {
			switchCalls = append(switchCalls, c.Name)
		}
		return nil
	})
	p := vc.Provider(t, args{"security_groups": "physical", "vsphere_server": wire.Server, "ca_file": wire.CAFile})
	network := p.Bring("novasphere_networking_network", args{"name": "lab", "segments": block(args{"segmentation_id": 5})}, protocol.Object{})
	p.Bring("novasphere_networking_subnet", args{"network_id": network.Text("id"), "cidr": "10.0.0.0/24"}, protocol.Object{})
	group := p.Bring("novasphere_networking_secgroup", args{"name": "web"}, protocol.Object{})
	switchCalls = nil
	for i := range 3 {
		p.Bring("novasphere_networking_port", args{"network_id": network.Text("id"), "security_group_ids": []any{group.Text("id")}},
			protocol.Object{})
		p.Bring("novasphere_networking_secgroup_rule", args{"security_group_id": group.Text("id"), "direction": "ingress", "ethertype": "IPv4",
			"protocol": "tcp", "port_range_min": 80 + i, "port_range_max": 80 + i}, protocol.Object{})
	}
	if len(switchCalls) > 0 {
		t.Errorf("the switch was asked: %v", switchCalls)
	}
}

// TestGroupsOfOneName: beside a physical firewall several groups may have one name. Data sources tell them apart by what else is written,
// and whoever names one without its id is refused.
func TestGroupsOfOneName(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, args{"security_groups": "physical", "dns_nameservers": []any{"10.9.9.9"}})
	const kind = "novasphere_networking_secgroup"
	one, two := args{"name": "web", "description": "one"}, args{"name": "web", "description": "two"}
	for _, config := range []args{one, two} {
		if errors := p.Plan(kind, config, protocol.Object{}).Errors(); len(errors) > 0 {
			t.Fatal(errors)
		}
	}
	first, second := p.Bring(kind, one, protocol.Object{}), p.Bring(kind, two, protocol.Object{})
	p = vc.Provider(t, args{"security_groups": "physical", "dns_nameservers": []any{"10.9.9.9"}})
	found, said := p.Query(kind, args{"name": "web", "description": "two"})
	var id string
	if err := found["id"].As(&id); err != nil || len(said) > 0 || id != second.Text("id") {
		t.Errorf("the second is found as %q: %v %v", id, said, err)
	}
	if _, said := p.Query(kind, args{"name": "web"}); len(protocol.Errors(said)) != 1 {
		t.Errorf("a name of two groups is one group: %v", said)
	}
	p.Bring("novasphere_compute_flavor", args{"name": "m1.small", "vcpus": 1, "ram": 1024, "disk": 20}, protocol.Object{})
	machine := args{"name": "web", "image_name": "debian-12", "flavor_name": "m1.small", "security_groups": []any{"web"},
		"network": block(args{"name": "public"})}
	errors := p.Plan("novasphere_compute_instance", machine, protocol.Object{}).Errors()
	if len(errors) != 1 || !strings.Contains(errors[0].Text, first.Text("id")) || errors[0].Attribute != "security_groups" {
		t.Errorf("an instance names one of two: %v", errors)
	}
	machine["name"], machine["security_groups"] = "other", []any{first.Text("id")}
	if errors := p.Plan("novasphere_compute_instance", machine, protocol.Object{}).Errors(); len(errors) > 0 {
		t.Errorf("by its id: %v", errors)
	}
	p.Destroy(first)
	p.Destroy(second)
	if all := fmt.Sprint(vc.Catalogue()); strings.Contains(all, "security-group") {
		t.Errorf("there are left %s", all)
	}
}
