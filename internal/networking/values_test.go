// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

func wrongNetworks() map[string]refusal {
	network := func(more args) args {
		return with(args{"name": "web", "segments": block(args{"segmentation_id": 5})}, more)
	}
	return map[string]refusal{
		"a line break in its name": {network(args{"name": "we\nb"}), "name", "cannot be printed"},
		"a tab in its name":        {network(args{"name": "we\tb"}), "name", "cannot be printed"},
		"a blank before its name":  {network(args{"name": " web"}), "name", "begins or ends with a blank"},
		"the folder above":         {network(args{"name": "../web"}), "name", "leads elsewhere"},
		"an empty tag":             {network(args{"tags": []any{""}}), "tags", "must not be empty"},
		"two tags in one":          {network(args{"tags": []any{"a,b"}}), "tags", "has the character ','"},
		"a long tag":               {network(args{"tags": []any{strings.Repeat("t", 61)}}), "tags", "1 to 60 characters"},
		"a domain with a blank":    {network(args{"dns_domain": "example org"}), "dns_domain", "has the character ' '"},
		"a long description":       {network(args{"description": strings.Repeat("d", 256)}), "description", "at most 255 characters"},
	}
}

func wrongSubnets() map[string]refusal {
	subnet := func(cidr string) args { return args{"network_id": "n", "cidr": cidr} }
	return map[string]refusal{
		"every address":       {subnet("0.0.0.0/0"), "cidr", "is every address"},
		"every IPv6 address":  {subnet("::/0"), "cidr", "is every address"},
		"multicast":           {subnet("224.0.0.0/24"), "cidr", "multicast"},
		"IPv6 multicast":      {subnet("ff00::/8"), "cidr", "multicast"},
		"loopback":            {subnet("127.0.0.0/8"), "cidr", "loopback"},
		"IPv6 loopback":       {subnet("::1/128"), "cidr", "loopback"},
		"link-local":          {subnet("fe80::/64"), "cidr", "link-local"},
		"half of everything":  {subnet("0.0.0.0/1"), "cidr", "holds loopback addresses"},
		"reserved":            {subnet("240.0.0.0/8"), "cidr", "reserved"},
		"no range":            {subnet("10.0.0"), "cidr", "is not a range of addresses"},
		"a tab in its name":   {with(subnet("10.0.0.0/24"), args{"name": "a\tb"}), "name", "cannot be printed"},
		"a gateway elsewhere": {with(subnet("10.0.0.0/24"), args{"gateway_ip": "10.0.1.1"}), "gateway_ip", "lies outside the subnet"},
	}
}

func wrongPorts() map[string]refusal {
	port := func(more args) args { return with(args{"network_id": "n"}, more) }
	at := func(address string) []any { return block(args{"ip_address": address}) }
	return map[string]refusal{
		"a MAC of zeros":    {port(args{"mac_address": "00:00:00:00:00:00"}), "mac_address", "is no card's address"},
		"a multicast MAC":   {port(args{"mac_address": "01:00:5e:00:00:01"}), "mac_address", "is the address of a group"},
		"the broadcast MAC": {port(args{"mac_address": "ff:ff:ff:ff:ff:ff"}), "mac_address", "is the address of a group"},
		"a pair's MAC of zeros": {port(args{"allowed_address_pairs": block(args{"ip_address": "10.0.0.5",
			"mac_address": "00:00:00:00:00:00"})}), "allowed_address_pairs", "is no card's address"},
		"a DNS name with a blank": {port(args{"dns_name": "bad name_!"}), "dns_name", "has the character ' '"},
		"an underscore":           {port(args{"dns_name": "bad_name"}), "dns_name", "has the character '_'"},
		"a hyphen at its end":     {port(args{"dns_name": "web-.example.org"}), "dns_name", "begins or ends with a hyphen"},
		"no address":              {port(args{"fixed_ip": at("10.88.0.256")}), "fixed_ip[0]", `"10.88.0.256" is not an IP address`},
		"one address twice": {port(args{"fixed_ip": append(at("10.0.0.5"), at("10.0.0.5")...)}), "fixed_ip[1]",
			"10.0.0.5 is asked for twice"},
		"dots for a name": {port(args{"name": ".."}), "name", "leads elsewhere"},
	}
}

func wrongRules() map[string]refusal {
	rule := func(more args) args {
		return with(args{"security_group_id": "g", "direction": "ingress", "ethertype": "IPv4"}, more)
	}
	return map[string]refusal{
		"ICMP of IPv6 in IPv4":       {rule(args{"protocol": "ipv6-icmp"}), "protocol", "is a protocol of IPv6"},
		"the same by its number":     {rule(args{"protocol": "58"}), "protocol", "is a protocol of IPv6"},
		"fragments of IPv6 in IPv4":  {rule(args{"protocol": "ipv6-frag"}), "protocol", "is a protocol of IPv6"},
		"no protocol":                {rule(args{"protocol": "tpc"}), "protocol", "is no IP protocol"},
		"no direction":               {rule(args{"direction": "in"}), "direction", "is no direction"},
		"a prefix of the other kind": {rule(args{"remote_ip_prefix": "2001:db8::/64"}), "remote_ip_prefix", "is not IPv4"},
		"both a prefix and a group": {rule(args{"remote_ip_prefix": "10.0.0.0/8", "remote_group_id": "g"}), "remote_group_id",
			"contradicts remote_ip_prefix"},
		"a description like a letter": {rule(args{"description": strings.Repeat("d", 256)}), "description", "at most 255 characters"},
	}
}

// TestValuesAreRefusedAtValidate: what is wrong whatever else is known is refused before a vCenter is asked, and so before anything exists
// that a destroy would have to plan around.
func TestValuesAreRefusedAtValidate(t *testing.T) {
	t.Parallel()
	p := protocol.New(t, acctest.Factories["novasphere"])
	subnet := func(cidr string) args { return args{"network_id": "n", "cidr": cidr} }
	port := func(more args) args { return with(args{"network_id": "n"}, more) }
	rule := func(more args) args {
		return with(args{"security_group_id": "g", "direction": "ingress", "ethertype": "IPv4"}, more)
	}
	group := func(name string) args { return args{"name": name} }
	for kind, cases := range map[string]map[string]refusal{
		"network": wrongNetworks(),
		"subnet":  wrongSubnets(),
		"port":    wrongPorts(),
		"secgroup": {
			"a line break in its name": {group("a\nb"), "name", "cannot be printed"},
			"a blank after its name":   {group("web "), "name", "begins or ends with a blank"},
		},
		"secgroup_rule": wrongRules(),
		"subnet_route": {
			"no destination": {args{"subnet_id": "s", "destination_cidr": "10.0.0", "next_hop": "10.0.0.1"}, "destination_cidr",
				"is not a range of addresses"},
			"no next hop": {args{"subnet_id": "s", "destination_cidr": "10.9.0.0/16", "next_hop": "gw"}, "next_hop", "is not an IP address"},
		},
		"router": {"a tab in its name": {args{"name": "a\tb"}, "name", "cannot be printed"}},
	} {
		for name, c := range cases {
			t.Run(kind+"/"+name, func(t *testing.T) { c.is(t, p.Validate("novasphere_networking_"+kind, c.config)) })
		}
	}
	for kind, fine := range map[string]args{
		"port":          port(args{"dns_name": "web-1.example.org.", "mac_address": "fa:16:3e:00:00:01", "tags": []any{"größe"}}),
		"subnet":        with(subnet("fd00::/64"), args{"name": "a..b / c"}),
		"secgroup_rule": rule(args{"ethertype": "IPv6", "protocol": "ipv6-icmp"}),
	} {
		if errors := protocol.Errors(p.Validate("novasphere_networking_"+kind, fine)); len(errors) > 0 {
			t.Errorf("%s: %v is refused: %v", kind, fine, errors)
		}
	}
}

// TestAccPortAsNeutronMakesIt: an empty fixed_ip block is a port without an address, addresses come sorted, and what the network says of
// port security is said of the port.
func TestAccPortAsNeutronMakesIt(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const bare, two, open = "novasphere_networking_port.bare", "novasphere_networking_port.two", "novasphere_networking_port.open"
	is := resource.TestCheckResourceAttr
	config := func(more string) string {
		return vc.Config("", lab+subnet("four", `  cidr = "10.0.0.0/24"`)+`resource "novasphere_networking_network" "open" {
  name = "open"
  port_security_enabled = false
  segments { segmentation_id = 101 }
}
resource "novasphere_networking_port" "open" {
  network_id = novasphere_networking_network.open.id
}
`+port("bare", "  fixed_ip {}\n"+more)+port("two", `  fixed_ip { ip_address = "10.0.0.9" }
  fixed_ip {}
  fixed_ip { ip_address = "10.0.0.20" }
  fixed_ip { ip_address = "10.0.0.12" }`+"\n"+more))
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config(""), Check: resource.ComposeAggregateTestCheckFunc(is(bare, "all_fixed_ips.#", "0"),
				is(bare, "port_security_enabled", "true"),
				is(two, "all_fixed_ips.#", "3"), is(two, "all_fixed_ips.0", "10.0.0.12"), is(two, "all_fixed_ips.1", "10.0.0.20"),
				is(two, "all_fixed_ips.2", "10.0.0.9"),
				is(two, "port_security_enabled", "true"), is(open, "port_security_enabled", "false"))},
			{Config: config(`  name = "named"`), ConfigPlanChecks: stays(two),
				Check: resource.ComposeAggregateTestCheckFunc(is(bare, "all_fixed_ips.#", "0"), is(two, "all_fixed_ips.0", "10.0.0.12"))},
			{Config: config(`  port_security_enabled = false`), ConfigPlanChecks: stays(two),
				Check: resource.ComposeAggregateTestCheckFunc(is(two, "port_security_enabled", "false"), recorded(vc, `"insecure":true`))},
			{Config: config(""), Check: is(two, "port_security_enabled", "false")}, // what was written once stays, as in OpenStack
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}

// TestAccRuleOfICMPWithZeros: two zeros are no type and code, as OpenStack's provider sends them: everything of ICMP passes.
func TestAccRuleOfICMPWithZeros(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := vc.Config(enforcing, `resource "novasphere_networking_secgroup" "it" {
  name     = "web"
  stateful = false
}
resource "novasphere_networking_secgroup_rule" "it" {
  security_group_id = novasphere_networking_secgroup.it.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "icmp"
  port_range_min    = 0
  port_range_max    = 0
}
`)
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{{Config: config, Check: acctest.Check(func() error {
			for key, record := range vc.Catalogue() {
				if strings.Contains(key, "security-group-rule") && strings.Contains(record, "port_min") {
					t.Errorf("the rule is recorded with ports: %s", record)
				}
			}
			return nil
		})}},
	})
}

// TestGroupsWithoutState: what a group without state still needs is said at plan, and a rule that it cannot have is refused there though
// the group is not made yet.
func TestGroupsWithoutState(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, args{"security_groups": "dvs"})
	said := p.Plan("novasphere_networking_secgroup", args{"name": "web", "stateful": false}, protocol.Object{}).Diagnostics
	if len(said) != 1 || said[0].Failed() || !strings.Contains(said[0].Text, `reply_rules = "ephemeral" and egress rules with ports`) {
		t.Errorf("of stateful = false alone is said: %v", said)
	}
	p = vc.Provider(t, args{"security_groups": "dvs"})
	if errors := p.Plan("novasphere_networking_secgroup", args{"name": "web", "stateful": false, "delete_default_rules": true,
		"reply_rules": "ephemeral"}, protocol.Object{}).Errors(); len(errors) > 0 {
		t.Fatal(errors)
	}
	rule := args{"security_group_id": tftypes.UnknownValue, "direction": "egress", "ethertype": "IPv4", "remote_ip_prefix": "0.0.0.0/0"}
	refusal{rule, "port_range_min", "write port_range_min and port_range_max (1 to 65535 for all), and tcp or udp"}.is(t,
		p.Plan("novasphere_networking_secgroup_rule", rule, protocol.Object{}).Diagnostics)
	fine := with(rule, args{"protocol": "tcp", "port_range_min": 1, "port_range_max": 65535})
	if errors := p.Plan("novasphere_networking_secgroup_rule", fine, protocol.Object{}).Errors(); len(errors) > 0 {
		t.Error(errors)
	}
}

// TestDefaultRoute: a route to everything beside a gateway is the default route, and no second one.
func TestDefaultRoute(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	network := p.Bring("novasphere_networking_network", args{"name": "lab", "segments": block(args{"segmentation_id": 5})}, protocol.Object{})
	subnet := p.Bring("novasphere_networking_subnet", args{"network_id": network.Text("id"), "cidr": "10.0.0.0/24",
		"dns_nameservers": []any{"10.0.0.2"}}, protocol.Object{})
	route := args{"subnet_id": subnet.Text("id"), "destination_cidr": "0.0.0.0/0", "next_hop": "10.0.0.254"}
	refusedPlans(t, vc, nil, "subnet_route", map[string]refusal{"another hop": {route, "next_hop", "guests have one default route"}})
	refusedPlans(t, vc, nil, "subnet", map[string]refusal{"in the subnet": {args{"network_id": network.Text("id"), "cidr": "10.1.0.0/24",
		"host_route": block(args{"destination_cidr": "0.0.0.0/0", "next_hop": "10.1.0.9"})}, "host_route", "guests have one default route"}})
	p.Bring("novasphere_networking_subnet_route", with(route, args{"next_hop": "10.0.0.1"}), protocol.Object{})
}

// TestSubnetWithoutNameServers: guests of one are told the provider's, and a warning says where there are none.
func TestSubnetWithoutNameServers(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	network := vc.Provider(t, nil).Bring("novasphere_networking_network", args{"name": "lab", "segments": block(args{"segmentation_id": 5})},
		protocol.Object{})
	subnet := args{"network_id": network.Text("id"), "cidr": "10.0.0.0/24"}
	for name, c := range map[string]struct {
		settings, config args
		warns            bool
	}{
		"none":            {nil, subnet, true},
		"the provider's":  {args{"dns_nameservers": []any{"10.9.9.9"}}, subnet, false},
		"its own":         {nil, with(subnet, args{"dns_nameservers": []any{"10.0.0.2"}}), false},
		"somebody's DHCP": {nil, with(subnet, args{"enable_dhcp": true}), false},
	} {
		said := vc.Provider(t, c.settings).Plan("novasphere_networking_subnet", c.config, protocol.Object{}).Diagnostics
		if warns := slices.ContainsFunc(said, func(d protocol.Diagnostic) bool {
			return strings.Contains(d.Text,
				"told no name server")
		}); warns != c.warns {
			t.Errorf("%s: %v", name, said)
		}
	}
}
