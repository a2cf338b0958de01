// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

const onNSX = "  security_groups = \"nsx\"\n"

// inNSX is a network on NSX, and a group as OpenStack's modules write it.
const inNSX = `resource "novasphere_networking_network" "lab" { name = "lab" }
resource "novasphere_networking_subnet" "four" {
  network_id = novasphere_networking_network.lab.id
  cidr       = "10.0.0.0/24"
}
data "novasphere_networking_secgroup" "default" { name = "default" }
resource "novasphere_networking_secgroup" "web" { name = "web" }
resource "novasphere_networking_secgroup_rule" "ping" {
  security_group_id = novasphere_networking_secgroup.web.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "icmp"
  port_range_min    = 8
  port_range_max    = 0
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
`

// filtered asserts what NSX lets through at the port of a resource, "from port" of TCP each, or "from icmp" for a ping, and that the answer
// may pass with it; "!" in front: it is dropped.
func filtered(vc *acctest.VCenter, address string, packets ...string) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		is := s.RootModule().Resources[address].Primary
		id := is.ID
		if at := is.Attributes["network.0.port"]; at != "" {
			id = at
		}
		for _, packet := range packets {
			text, dropped := strings.CutPrefix(packet, "!")
			from, to, _ := strings.Cut(text, " ")
			p := nsxsim.Packet{Remote: netip.MustParseAddr(from), Protocol: 1, ICMPType: 8}
			if to != "icmp" {
				p.Protocol, p.SourcePort = 6, 40000
				if _, err := fmt.Sscan(to, &p.DestinationPort); err != nil {
					return err
				}
			}
			for _, path := range vc.NSX.Paths("SegmentPort") {
				if strings.HasSuffix(path, "/"+id) {
					p.Port = path
				}
			}
			answer := p
			answer.Out, answer.Answer, answer.SourcePort, answer.DestinationPort = true, true, p.DestinationPort, p.SourcePort
			if vc.NSX.Passes(p) == dropped || vc.NSX.Passes(answer) == dropped {
				return fmt.Errorf("at %s %q: in passes %v, the answer %v", address, packet, vc.NSX.Passes(p), vc.NSX.Passes(answer))
			}
		}
		return nil
	}
}

// policyWrites asserts how often the rules of groups were written since the calls were reset.
func policyWrites(vc *acctest.VCenter, most int) resource.TestCheckFunc {
	return acctest.Check(func() error {
		n := 0
		for _, c := range vc.NSX.Calls() {
			if c.Method == http.MethodPut && strings.Contains(c.Path, "/security-policies/") {
				n++
			}
		}
		if n > most {
			return fmt.Errorf("%d policies were written, and not %d", n, most)
		}
		return nil
	})
}

// TestAccSecurityGroupsOnNSX: groups are OpenStack's as they stand, and NSX enforces them with connection state, at ports and instances;
// members come and go without a write of a rule.
func TestAccSecurityGroupsOnNSX(t *testing.T) {
	t.Parallel()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	const server, client, bare = "novasphere_networking_port.server", "novasphere_networking_port.client", "novasphere_networking_port.bare"
	const named, implicit = "novasphere_compute_instance.named", "novasphere_compute_instance.implicit"
	web := "novasphere_networking_secgroup.web.id"
	flavor := asInOpenStack[strings.Index(asInOpenStack, "resource \"novasphere_compute_flavor\""):]
	at := "  network { uuid = novasphere_networking_network.lab.id }"
	rest := inNSX + flavor + fixedPort("server", "10.0.0.110", web) + port("bare", "  no_security_groups = true") +
		machine("implicit", "  network {\n    uuid = novasphere_networking_network.lab.id\n    fixed_ip_v4 = \"10.0.0.120\"\n  }") +
		machine("named", "  security_groups = [\"web\"]\n"+at)
	before := rest + port("client", "  fixed_ip { ip_address = \"10.0.0.111\" }")
	after := rest + fixedPort("client", "10.0.0.111", web)
	is, has := resource.TestCheckResourceAttr, resource.TestCheckTypeSetElemAttr
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(onNSX, before), Check: resource.ComposeAggregateTestCheckFunc(
				is(client, "all_security_group_ids.#", "1"), is(bare, "all_security_group_ids.#", "0"),
				is("novasphere_networking_secgroup.web", "stateful", "true"),
				filtered(vc, server, "10.0.0.111 80", "10.0.0.120 80", "!10.0.0.99 80", "!10.0.0.111 22", "192.0.2.1 icmp"),
				filtered(vc, client, "10.0.0.120 443", "192.0.2.1 22", "!10.0.0.110 443"), filtered(vc, bare, "192.0.2.1 443"),
				filtered(vc, implicit, "10.0.0.111 443", "192.0.2.1 22", "!192.0.2.1 443"),
				filtered(vc, named, "10.0.0.120 80", "!192.0.2.1 80", "192.0.2.1 icmp"))},
			{RefreshState: true, Check: resource.ComposeAggregateTestCheckFunc(
				has(server, "effective_rules.*", "accept icmp type 8 code 0 from anybody to 10.0.0.110"),
				has(server, "effective_rules.*", "accept tcp from 10.0.0.111 to 10.0.0.110 port 80"),
				has(server, "effective_rules.*", "drop any from anybody to anybody"))},
			{Config: vc.Config(onNSX, before), PlanOnly: true},
			{ResourceName: "novasphere_networking_secgroup_rule.ping", ImportState: true, ImportStateVerify: true},
			{ResourceName: "novasphere_networking_secgroup.web", ImportState: true, ImportStateVerify: true},
			{ResourceName: server, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"fixed_ip", "security_group_ids"}},
			{PreConfig: vc.NSX.ResetCalls, Config: vc.Config(onNSX, after), ConfigPlanChecks: stays(client),
				Check: resource.ComposeAggregateTestCheckFunc(policyWrites(vc, 0), filtered(vc, server, "!10.0.0.111 80", "10.0.0.120 80"),
					filtered(vc, client, "10.0.0.120 80", "!192.0.2.1 22"))},
		},
		CheckDestroy: nsxIsEmpty(vc),
	})
}

// TestAccSecurityGroupsOnNSXRefused: what NSX cannot enforce is refused at plan, at the attribute.
func TestAccSecurityGroupsOnNSXRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	refused := func(config, text, at string) resource.TestStep {
		return resource.TestStep{Config: vc.Config(onNSX, inNSX+config), PlanOnly: true, ExpectError: says(text, at)}
	}
	rule := func(arguments string) string {
		return "resource \"novasphere_networking_secgroup_rule\" \"it\" {\n  security_group_id = novasphere_networking_secgroup.web.id\n" +
			"  direction = \"ingress\"\n  ethertype = \"IPv4\"\n" + arguments + "\n}\n"
	}
	const onSwitch = "resource \"novasphere_networking_network\" \"switch\" {\n  name = \"switch\"\n  segments {\n" +
		"    network_type = \"vlan\"\n" +
		"    physical_network = \"dvs-1\"\n    segmentation_id = 7\n  }\n}\n"
	plug := func(arguments string) string {
		return onSwitch + "resource \"novasphere_networking_port\" \"it\" {\n  network_id = novasphere_networking_network.switch.id\n" +
			"  no_fixed_ip = true\n" + arguments + "\n}\n"
	}
	var many strings.Builder
	for i := range 27 {
		fmt.Fprintf(&many, "resource \"novasphere_networking_secgroup\" \"g%d\" { name = \"g%d\" }\n", i, i)
	}
	var all, addresses []string
	for i := range 501 {
		addresses = append(addresses, fmt.Sprintf("\"10.%d.%d.0/32\"", i/200, i%200))
	}
	for i := range 27 {
		all = append(all, fmt.Sprintf("novasphere_networking_secgroup.g%d.id", i))
	}
	const it = "novasphere_networking_port.it"
	unknown := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectUnknownValue(it, tfjsonpath.New("all_security_group_ids"))}}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			refused(rule("  protocol = \"icmp\"\n  port_range_min = 40"), "NSX has no type 40 of icmp", "port_range_min"),
			refused(rule("  protocol = \"icmp\"\n  port_range_min = 8\n  port_range_max = 1"), "NSX has no code 1", "port_range_max"),
			refused(rule("  protocol = \"sctp\"\n  port_range_min = 1\n  port_range_max = 2"), "NSX knows ports of tcp and udp only",
				"port_range_min"),
			refused("resource \"novasphere_networking_secgroup\" \"it\" {\n  name = \"it\"\n  reply_rules = \"ephemeral\"\n}\n",
				"answers to what it allows pass by themselves", "reply_rules"),
			refused(fmt.Sprintf("resource \"novasphere_networking_address_group\" \"it\" {\n  addresses = [%s]\n}\n",
				strings.Join(addresses, ", ")), "the address group would have 501 ranges", "addresses"),
			{Config: vc.Config(onNSX, inNSX+plug("")), ConfigPlanChecks: unknown, Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttr(it, "all_security_group_ids.#", "0"))},
			refused(plug("  security_group_ids = [novasphere_networking_secgroup.web.id]"), "NSX filters the ports of its own segments",
				"security_group_ids"),
			{Config: vc.Config(onNSX, inNSX+many.String())},
			refused(many.String()+port("it", "  security_group_ids = ["+strings.Join(all, ", ")+"]"), "the port would have 27 security groups",
				"security_group_ids"),
		},
		CheckDestroy: nsxIsEmpty(vc),
	})
}
