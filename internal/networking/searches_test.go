// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// found is a data source of the network service, and how many it must find.
type found struct {
	arguments string
	ids       int
}

// searches are those of the networks, subnets and ports that TestAccSearches makes.
var searches = map[string][]found{
	"subnet_ids": {{"", 2}, {`name_regex = "^s"`, 1}, {`name_regex = "x$"`, 1}, {`description = "IPv6"`, 1}, {`description = "IPv4"`, 0},
		{"dhcp_enabled = false", 2}, {"dhcp_enabled = true", 2},
		{`ipv6_address_mode = "slaac"`, 1}, {`ipv6_ra_mode = "slaac"`, 0}, {"dns_publish_fixed_ip = true", 0},
		{"dns_publish_fixed_ip = false", 2},
		{`segment_id = "s"`, 0}, {`subnetpool_id = "p"`, 0}, {`region = "here"`, 2}, {`tenant_id = "me"`, 2}},
	"port_ids": {{"", 2}, {`name = "web"`, 1}, {`description = "front"`, 1}, {"admin_state_up = false", 1}, {"admin_state_up = true", 1},
		{`device_owner = "network:vip"`, 1},
		{`device_owner = "compute:nova"`, 0}, {`dns_name = "www"`, 1}, {`status = "DOWN"`, 2}, {`status = "ACTIVE"`, 0},
		{`fixed_ip = "10.0.0.5"`, 1},
		{`tags = ["b"]`, 1}, {`tags = ["b", "c"]`, 0}, {`security_group_ids = ["none"]`, 0}, {`project_id = "me"`, 2},
		{`device_id = "nobody"`, 0}},
}

const sorted = `data "novasphere_networking_port_ids" "up" { sort_key = "name" }
data "novasphere_networking_port_ids" "down" {
  sort_key       = "name"
  sort_direction = "desc"
}
data "novasphere_networking_port" "web" {
  device_owner   = "network:vip"
  admin_state_up = false
  status         = "DOWN"
  project_id     = "me"
}
data "novasphere_networking_subnet" "six" {
  dhcp_enabled = false
  description  = "IPv6"
}
`

// TestAccSearches: every argument of a search narrows it, or is one of the few that say they do not.
func TestAccSearches(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	made := strings.Replace(dual, `cidr              = "2001:db8::/64"`, `name        = "six"
  description = "IPv6"
  cidr        = "2001:db8::/64"`, 1) + port("web", `  name           = "web"
  description    = "front"
  admin_state_up = false
  device_owner   = "network:vip"
  dns_name       = "www"
  tags           = ["a", "b"]
  fixed_ip { ip_address = "10.0.0.4" }`) + port("db", `  name = "db"
  fixed_ip { ip_address = "10.0.0.5" }`)
	data, checks := "", []resource.TestCheckFunc{}
	for source, all := range searches {
		for i, f := range all {
			data += fmt.Sprintf("data \"novasphere_networking_%s\" \"n%d\" {\n  network_id = novasphere_networking_network.lab.id\n  %s\n}\n",
				source, i, f.arguments)
			checks = append(checks, func(s *terraform.State) error {
				if err := resource.TestCheckResourceAttr(fmt.Sprintf("data.novasphere_networking_%s.n%d", source, i), "ids.#",
					fmt.Sprint(f.ids))(s); err != nil {
					return fmt.Errorf("%s: %w", f.arguments, err)
				}
				return nil
			})
		}
	}
	const web, db = "novasphere_networking_port.web", "novasphere_networking_port.db"
	same := func(list, i, of string) resource.TestCheckFunc {
		return resource.TestCheckResourceAttrPair("data.novasphere_networking_port_ids."+list, "ids."+i, of, "id")
	}
	at := func(of, attribute, value string) resource.TestCheckFunc {
		return resource.TestCheckResourceAttr("data.novasphere_networking_"+of, attribute, value)
	}
	checks = append(checks, same("up", "0", db), same("up", "1", web), same("down", "0", web), same("down", "1", db),
		at("port.web", "name", "web"), at("port.web", "dns_assignment.0.hostname", "www"), at("port.web", "binding.0.vnic_type", "normal"),
		at("port.web", "extra_dhcp_option.#", "0"),
		at("subnet.six", "name", "six"), at("subnet.six", "ipv6_address_mode", "slaac"), at("subnet.six", "service_types.#", "0"))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", made)},
			{Config: vc.Config("", made+data+sorted), Check: resource.ComposeAggregateTestCheckFunc(checks...)},
			{Config: vc.Config("", made+`data "novasphere_networking_port_ids" "x" { sort_key = "color" }`),
				ExpectError: says(`nothing is sorted by "color": write admin_state_up, `, "sort_key")},
			{Config: vc.Config("", made+`data "novasphere_networking_subnet_ids" "x" { name_regex = "(" }`),
				ExpectError: says(`"(" is not a regular expression`, "name_regex")},
			{Config: vc.Config("", made)},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}

// TestAccSearchByDHCP: modules look for OpenStack's default, a subnet with DHCP. They find the subnets with enable_dhcp = true, and all
// others only where there is none of these, with a warning.
func TestAccSearchByDHCP(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	served := strings.Replace(dual, `cidr              = "2001:db8::/64"`, "enable_dhcp = true\n  cidr = \"2001:db8::/64\"", 1)
	const data = `data "novasphere_networking_subnet" "four" {
  network_id   = novasphere_networking_network.lab.id
  ip_version   = 4
  dhcp_enabled = true
}
data "novasphere_networking_subnet_ids" "all" {
  network_id   = novasphere_networking_network.lab.id
  dhcp_enabled = true
}
`
	recorder := &protocol.Recorder{}
	check := func(address, attribute, value string) resource.TestCheckFunc {
		return resource.TestCheckResourceAttr("data.novasphere_networking_"+address, attribute, value)
	}
	const warning = "dhcp_enabled = true does not narrow"
	warned := func(*terraform.State) error { return recorder.ExpectWarning(protocol.Querying, warning) }
	forget := func(*terraform.State) error {
		recorder.Reset()
		return nil
	}
	quiet := func(*terraform.State) error {
		if heard := recorder.Warnings(protocol.Querying, warning); len(heard) > 0 {
			return fmt.Errorf("%v", heard)
		}
		return nil
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
		Steps: []resource.TestStep{
			{Config: vc.Config("", dual)},
			{Config: vc.Config("", dual+data), Check: resource.ComposeAggregateTestCheckFunc(check("subnet.four", "cidr", "10.0.0.0/29"),
				check("subnet.four", "enable_dhcp", "false"), check("subnet_ids.all", "ids.#", "2"), warned)},
			{Config: vc.Config("", served), Check: forget},
			{Config: vc.Config("", served+strings.Replace(data, "ip_version   = 4", "", 1)), Check: resource.ComposeAggregateTestCheckFunc(
				check("subnet.four", "cidr", "2001:db8::/64"), check("subnet_ids.all", "ids.#", "1"), quiet)},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}

// TestAccNetworkSearches: a network is found by what it is, and not only by its name.
func TestAccNetworkSearches(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	made := strings.Replace(dual, `resource "novasphere_networking_network" "lab" {`, `resource "novasphere_networking_network" "lab" {
  description = "lab"
  external    = true
  tags        = ["gold"]`, 1)
	search := func(name, arguments string) string {
		return fmt.Sprintf("data \"novasphere_networking_network\" %q {\n  %s\n}\n", name, arguments)
	}
	right := map[string]string{"external": "external = true", "tags": `tags = ["gold"]`, "description": `description = "lab"`,
		"cidr": `matching_subnet_cidr = "10.0.0.0/29"`,
		"all":  "name = \"lab\"\n  status = \"ACTIVE\"\n  transparent_vlan = false\n  tenant_id = \"me\"\n  region = \"here\"\n  external = true"}
	data, checks := "", []resource.TestCheckFunc{is("all", "subnets.#", "2"), is("all", "all_tags.0", "gold"), is("tags", "tags.0", "gold"),
		is("all", "availability_zone_hints.#", "0")}
	for name, arguments := range right {
		data += search(name, arguments)
		checks = append(checks, is(name, "name", "lab"))
	}
	wrong := func(arguments, text, at string) resource.TestStep {
		return resource.TestStep{Config: vc.Config("", made+search("x", arguments)), ExpectError: says(text, at)}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", made)},
			{Config: vc.Config("", made+data), Check: resource.ComposeAggregateTestCheckFunc(checks...)},
			wrong("name = \"lab\"\n  external = false", "no network that fits what is written", ""),
			wrong("name = \"lob\"\n  external = true", `no network "lob" in datacenter dc1; the nearest names are "lab"`, ""),
			wrong(`matching_subnet_cidr = "10.9.0.0/24"`, "no network that fits", ""),
			wrong("transparent_vlan = false", "networks are found that fits what is written", "network_id"),
			wrong("mtu = 68", "no network that fits", ""),
			{Config: vc.Config("", made)},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}

// TestAccPortExtras: what Neutron knows of a port and a switch does not is kept as it is written, and follows who has the port.
func TestAccPortExtras(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const it, plain = "novasphere_networking_port.it", "novasphere_networking_port.plain"
	config := dual + port("it", `  device_owner = "compute:az1"
  dns_name     = "www"
  fixed_ip { ip_address = "10.0.0.4" }
  binding {
    vnic_type = "normal"
    host_id   = "h1"
  }
  extra_dhcp_option {
    name  = "mtu"
    value = "1400"
  }
  extra_dhcp_option {
    name       = "dns-server"
    value      = "2001:db8::53"
    ip_version = 6
  }`) + port("plain", `  fixed_ip { ip_address = "10.0.0.5" }`)
	attr := resource.TestCheckResourceAttr
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", config), Check: resource.ComposeAggregateTestCheckFunc(
				attr(it, "device_owner", "compute:az1"), attr(it, "binding.0.host_id", "h1"), attr(it, "extra_dhcp_option.#", "2"),
				resource.TestCheckTypeSetElemNestedAttrs(it, "extra_dhcp_option.*", map[string]string{"name": "mtu", "ip_version": "4"}),
				attr(plain, "binding.0.vif_type", "unbound"),
				attr(it, "dns_assignment.#", "1"), attr(it, "dns_assignment.0.ip_address", "10.0.0.4"), attr(it, "dns_assignment.0.fqdn", "www"),
				attr(plain, "device_owner", ""), attr(plain, "binding.0.vnic_type", "normal"), attr(plain, "dns_assignment.#", "0"))},
			{Config: vc.Config("", strings.Replace(config, `"compute:az1"`, `"network:vip"`, 1)), Check: attr(it, "device_owner", "network:vip")},
			{ResourceName: plain, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"fixed_ip"}},
			{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"fixed_ip"}},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}

// TestPortExtrasAreSaid: what a user would wait for in vain is said once, however many ports ask for it.
func TestPortExtrasAreSaid(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	network := vc.Portgroup("public").Self.Value
	said := 0
	for range 2 {
		plan := p.Plan("novasphere_networking_port", map[string]any{"network_id": network, "extra_dhcp_option": []any{
			map[string]any{"name": "mtu", "value": "1400"}, map[string]any{"name": "tftp-server", "value": "a"}}},
			p.None("novasphere_networking_port"))
		for _, d := range plan.Diagnostics {
			if d.Failed() {
				t.Error(d)
			}
			if strings.Contains(d.Text, "extra_dhcp_option of tftp-server is recorded") {
				said++
			}
		}
	}
	if said != 1 {
		t.Errorf("an option that reaches no guest is told %d times", said)
	}
	for want, wrong := range map[string]map[string]any{
		"vnic_type is": {"binding": []any{map[string]any{"vnic_type": "direct"}}},
		"profile is":   {"binding": []any{map[string]any{"profile": "x"}}},
		"is no MTU":    {"extra_dhcp_option": []any{map[string]any{"name": "26", "value": "big"}}},
		"written twice": {"extra_dhcp_option": []any{map[string]any{"name": "26", "value": "1400"},
			map[string]any{"name": "26", "value": "1400", "ip_version": 4}}},
	} {
		wrong["network_id"] = network
		plan := p.Plan("novasphere_networking_port", wrong, p.None("novasphere_networking_port"))
		if !slices.ContainsFunc(plan.Diagnostics, func(d protocol.Diagnostic) bool { return d.Failed() && strings.Contains(d.Text, want) }) {
			t.Errorf("%v: %v", wrong, plan.Diagnostics)
		}
	}
}

// TestNothingToTakeItFrom: what Neutron would choose must be written, and validates without.
func TestNothingToTakeItFrom(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	for kind, c := range map[string]struct {
		config   args
		at, text string
	}{
		"networking_subnet": {args{"network_id": vc.Portgroup("public").Self.Value, "subnetpool_id": ""}, "cidr",
			"write cidr, or subnetpool_id to have one cut from a pool"},
		"networking_network": {args{"region": "here"}, "name", "a portgroup must have one: write a name"},
	} {
		kind = "novasphere_" + kind
		if said := p.Validate(kind, c.config); len(said) > 0 {
			t.Errorf("%s does not validate: %v", kind, said)
		}
		said := p.Plan(kind, c.config, p.None(kind)).Errors()
		if len(said) != 1 || said[0].Attribute != c.at || !strings.Contains(said[0].Text, c.text) {
			t.Errorf("%s: %v", kind, said)
		}
	}
}
