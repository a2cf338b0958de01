package networking_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
)

const (
	fipAt   = "novasphere_networking_floatingip.web"
	leadsAt = "novasphere_networking_floatingip_associate.web"
	sshAt   = "novasphere_networking_portforwarding.ssh"
)

// routed is a network that leads out, a subnet, and a router between them.
var routed = outside(true) + home + router("edge", "  name = \"edge\"\n  external_network_id = novasphere_networking_network.outside.id") +
	place("four", "edge", "")

// floatingIP is a floating IP of the network that leads out.
func floatingIP(name, arguments string) string {
	return fmt.Sprintf("resource \"novasphere_networking_floatingip\" %q {\n  pool = novasphere_networking_network.outside.name\n  "+
		"depends_on = [novasphere_networking_subnet.outside]\n%s\n}\n", name, arguments)
}

// portID is an argument that names a port.
func portID(argument, port string) string {
	return fmt.Sprintf("  %s = novasphere_networking_port.%s.id\n", argument, port)
}

// floating returns the floating IPs that are recorded.
func floating(t *testing.T, vc *acctest.VCenter) []openstack.FloatingIP {
	t.Helper()
	all, err := dvs.New(direct(t, vc)).FloatingIPs(t.Context(), "")
	must(t, err)
	return all
}

// TestAccFloatingIP claims an address, leads it to a port and to another address of it, changes the rest in place, imports it, and sees
// it go.
func TestAccFloatingIP(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	port := port("it", "  fixed_ip { ip_address = \"10.0.0.3\" }\n  fixed_ip { ip_address = \"10.0.0.4\" }")
	first := vc.Config(physical, routed+port+floatingIP("web", `  address     = "203.0.113.190"
  description = "the shop"
  tags        = ["b", "a"]
  dns_name    = "www"
  dns_domain  = "example.org."
  fixed_ip    = "10.0.0.4"
  region      = "r"
  value_specs = { "a" = "b" }
  timeouts { create = "5m" }
`+portID("port_id", "it")))
	second := vc.Config(physical, routed+port+floatingIP("web", "  fixed_ip = \"10.0.0.3\"\n  dns_name = \"www\"\n  dns_domain = "+
		"\"example.org.\"\n"+portID("port_id", "it")))
	third := vc.Config(physical, routed+port+floatingIP("web", "  dns_name = \"www\"\n  dns_domain = \"example.org.\""))
	is := resource.TestCheckResourceAttr
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: first, Check: resource.ComposeAggregateTestCheckFunc(is(fipAt, "all_tags.#", "2"), is(fipAt, "fixed_ip", "10.0.0.4"),
				is(fipAt, "pool", "outside"), resource.TestCheckResourceAttrPair(fipAt, "subnet_id", "novasphere_networking_subnet.outside", "id"),
				recorded(vc, `"address":"203.0.113.190","port":"`), recorded(vc, `"fixed_ip":"10.0.0.4","router":"`),
				recorded(vc, `"description":"the shop","dns_name":"www","dns_domain":"example.org.","tags":["a","b"]`))},
			{Config: first, ConfigPlanChecks: empty},
			{ResourceName: fipAt, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"region", "value_specs", "timeouts"}},
			{Config: second, ConfigPlanChecks: stays(fipAt), Check: resource.ComposeAggregateTestCheckFunc(is(fipAt, "fixed_ip", "10.0.0.3"),
				is(fipAt, "address", "203.0.113.190"), is(fipAt, "all_tags.#", "0"), recorded(vc, `"fixed_ip":"10.0.0.3","router":"`))},
			{Config: third, ConfigPlanChecks: empty, Check: is(fipAt, "fixed_ip", "10.0.0.3")},
			{PreConfig: func() { must(t, dvs.New(direct(t, vc)).DeleteFloatingIP(t.Context(), floating(t, vc)[0].ID)) }, Config: third,
				ConfigPlanChecks: creates(fipAt), Check: resource.TestCheckNoResourceAttr(fipAt, "port_id")},
		},
		CheckDestroy: noRouters(vc),
	})
}

// forward is a forwarding of a floating IP to a port.
func forward(name, arguments string) string {
	return fmt.Sprintf("resource \"novasphere_networking_portforwarding\" %q {\n  floatingip_id = "+
		"novasphere_networking_floatingip.web.id\n%s\n}\n", name, arguments)
}

// lead is the association of the floating IP "web" with a port.
func lead(name, arguments string) string {
	return fmt.Sprintf("resource \"novasphere_networking_floatingip_associate\" %q {\n  floating_ip = "+
		"novasphere_networking_floatingip.web.address\n%s\n}\n", name, arguments)
}

// TestAccFloatingIPAssociate leads a floating IP to ports in place, beside the floating IP's own resource, follows a port that is made
// anew, imports the association, and is itself made anew under another name.
func TestAccFloatingIPAssociate(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ports := func(address string) string {
		return port("it", "  fixed_ip { ip_address = \"10.0.0.3\" }\n  fixed_ip { ip_address = \"10.0.0.4\" }") +
			port("other", "  mac_address = \"00:50:56:00:00:0"+address+"\"\n  fixed_ip { ip_address = \"10.0.0."+address+"\" }")
	}
	config := func(address, name, to, more string) string {
		return vc.Config(physical, routed+ports(address)+floatingIP("web", more)+lead(name, to))
	}
	first := config("5", "web", portID("port_id", "it")+"  fixed_ip = \"10.0.0.4\"", "")
	other := config("5", "web", portID("port_id", "other"), "")
	is := resource.TestCheckResourceAttr
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: first, Check: resource.ComposeAggregateTestCheckFunc(is(leadsAt, "fixed_ip", "10.0.0.4"),
				resource.TestCheckResourceAttrPair(leadsAt, "id", fipAt, "id"), recorded(vc, `"fixed_ip":"10.0.0.4","router":"`))},
			{Config: first, ConfigPlanChecks: empty, Check: is(fipAt, "fixed_ip", "10.0.0.4")},
			{ResourceName: leadsAt, ImportState: true, ImportStateVerify: true},
			{Config: other, ConfigPlanChecks: stays(leadsAt), Check: is(leadsAt, "fixed_ip", "10.0.0.5")},
			{Config: config("6", "web", portID("port_id", "other"), ""), ConfigPlanChecks: stays(leadsAt),
				Check: is(leadsAt, "fixed_ip", "10.0.0.6")},
			{Config: config("6", "again", portID("port_id", "it")+"  fixed_ip = \"10.0.0.3\"", "  description = \"changed\""),
				Check: recorded(vc, `"fixed_ip":"10.0.0.3","router":"`)},
			{Config: vc.Config(physical, routed+ports("6")+floatingIP("web", "")), Check: resource.ComposeAggregateTestCheckFunc(
				acctest.Check(func() error {
					if f := floating(t, vc)[0]; f.PortID+f.FixedIP+f.RouterID != "" {
						return fmt.Errorf("%+v leads somewhere", f)
					}
					return nil
				}))},
			{Config: vc.Config(physical, routed+ports("6")+floatingIP("web", "")), ConfigPlanChecks: empty,
				Check: resource.TestCheckNoResourceAttr(fipAt, "port_id")},
		},
		CheckDestroy: noRouters(vc),
	})
}

// TestAccPortForwarding forwards a number of a floating IP, changes all in place, and imports it. A port that is made anew takes the
// forwarding along.
func TestAccPortForwarding(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ports := port("it", "  fixed_ip { ip_address = \"10.0.0.3\" }") + port("other", "  fixed_ip { ip_address = \"10.0.0.5\" }")
	config := func(arguments string) string {
		return vc.Config(physical, routed+ports+floatingIP("web", "  port_id = \"\"")+forward("ssh", arguments))
	}
	first := config(portID("internal_port_id", "it") + `  internal_ip_address = "10.0.0.3"
  internal_port       = 22
  external_port       = 2222
  protocol            = "tcp"
  description         = "shell"
  timeouts { create = "5m" }`)
	second := config(portID("internal_port_id", "other") + "  internal_port = 53\n  external_port = 5353\n  protocol = \"udp\"")
	is := resource.TestCheckResourceAttr
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: first, Check: recorded(vc, `"protocol":"tcp","external":2222,"port":"`)},
			{Config: first, ConfigPlanChecks: empty, Check: is(fipAt, "port_id", "")},
			{ResourceName: sshAt, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"timeouts"},
				ImportStateIdFunc: func(s *terraform.State) (string, error) {
					of := s.RootModule().Resources[sshAt].Primary
					return of.Attributes["floatingip_id"] + "/" + of.ID, nil
				}},
			{Config: second, ConfigPlanChecks: stays(sshAt), Check: resource.ComposeAggregateTestCheckFunc(
				is(sshAt, "internal_ip_address", "10.0.0.5"), recorded(vc, `"protocol":"udp","external":5353,"port":"`),
				recorded(vc, `"address":"10.0.0.5","internal":53,"mark":`))},
			{Config: second, ConfigPlanChecks: empty},
			{PreConfig: func() {
				backend, at := dvs.New(direct(t, vc)), floating(t, vc)[0]
				all, err := backend.Forwardings(t.Context(), at.ID)
				must(t, err)
				must(t, backend.DeleteForwarding(t.Context(), at.ID, all[0].ID))
			}, Config: second, ConfigPlanChecks: creates(sshAt)},
			{Config: vc.Config(physical, routed+ports+floatingIP("web", "")), Check: acctest.Check(func() error {
				if f := floating(t, vc)[0]; f.RouterID != "" {
					return fmt.Errorf("%+v is behind a router", f)
				}
				return nil
			})},
		},
		CheckDestroy: noRouters(vc),
	})
}
