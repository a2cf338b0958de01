// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const (
	home = lab + `resource "novasphere_networking_subnet" "four" {
  network_id = novasphere_networking_network.lab.id
  cidr       = "10.0.0.0/29"
}
`
	dual = home + `resource "novasphere_networking_subnet" "six" {
  network_id        = novasphere_networking_network.lab.id
  cidr              = "2001:db8::/64"
  ipv6_address_mode = "slaac"
}
`
)

func port(name, arguments string) string {
	return fmt.Sprintf("resource \"novasphere_networking_port\" %q {\n  network_id = novasphere_networking_network.lab.id\n  depends_on = "+
		"[novasphere_networking_subnet.four]\n%s\n}\n", name, arguments)
}

// TestAccPort: a port claims the requested addresses, changes them in place and frees them.
func TestAccPort(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const it, free = "novasphere_networking_port.it", "novasphere_networking_port.free"
	given := strings.Replace(dual, "10.0.0.0/29", "10.0.0.0/24", 1) + port("it", `  name = "web"
  mac_address = "00:50:56:01:02:03"
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.four.id
    ip_address = "10.0.0.200"
  }
  fixed_ip { subnet_id = novasphere_networking_subnet.six.id }`)
	other := strings.ReplaceAll(strings.ReplaceAll(given, "10.0.0.200", "10.0.0.201"), `name = "web"`,
		"description = \"moved\"\n  tags = [\"x\"]")
	anything := strings.ReplaceAll(port("free", "")+port("none", "no_fixed_ip = true"), "[novasphere_networking_subnet.four]",
		"[novasphere_networking_port.it]")
	is, match := resource.TestCheckResourceAttr, resource.TestMatchResourceAttr
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", given+anything), Check: resource.ComposeAggregateTestCheckFunc(is(it, "all_fixed_ips.0", "10.0.0.200"),
				is(it, "all_fixed_ips.1", "2001:db8::250:56ff:fe01:203"),
				is(free, "all_fixed_ips.#", "2"), match(free, "mac_address", regexp.MustCompile("^00:50:56:[0-3]")),
				is("novasphere_networking_port.none", "all_fixed_ips.#", "0"),
				recorded(vc, `{"subnet":"`), recorded(vc, `"address":"10.0.0.200"`))},
			{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"fixed_ip"}},
			{ResourceName: free, ImportState: true, ImportStateVerify: true},
			{Config: vc.Config("", other+anything), ConfigPlanChecks: stays(it),
				Check: resource.ComposeAggregateTestCheckFunc(is(it, "all_fixed_ips.0", "10.0.0.201"),
					recorded(vc, `"address":"10.0.0.201"`), recorded(vc, `"description":"moved"`))},
			{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"fixed_ip"}},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}

// TestAccPortRefused: an address that cannot be claimed is refused at its attribute, with the reason.
func TestAccPortRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	fixed := func(text string) string { return "  fixed_ip {\n    " + text + "\n  }" }
	first := home + port("first", `  name = "first"`+"\n"+fixed(`ip_address = "10.0.0.2"`))
	fails := func(arguments, text, at string) resource.TestStep {
		return resource.TestStep{Config: vc.Config("", first+port("wrong", arguments)), ExpectError: says(text, at)}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			fails(fixed(`ip_address = "10.0.0"`), "is not an IP address", "fixed_ip[0]"),
			fails("no_fixed_ip = true\n"+fixed(`ip_address = "10.0.0.2"`), "it contradicts fixed_ip", "no_fixed_ip"),
			fails(`mac_address = "01:00:5e:00:00:01"`, "is the address of a group", "mac_address"),
			{Config: vc.Config("", first)},
			fails(fixed(`ip_address = "10.0.0.2"`), `10.0.0.2 belongs to the port "first"`, "fixed_ip[0]"),
			fails(fixed(`ip_address = "10.0.0.7"`), "is no address that a port on the subnet", "fixed_ip[0]"),
			fails(fixed(`ip_address = "10.9.0.7"`), "no subnet of the network has the address", "fixed_ip[0]"),
			{Config: vc.Config("", first+port("more", "  count = 5")), ExpectError: says("no address is left on the subnet", "fixed_ip[0]")},
			{Config: vc.Config("", first)},
			{Config: vc.Config("", home), Check: acctest.Check(func() error {
				for _, vm := range vc.VMs("novasphere/novasphere-network-*") {
					for key := range acctest.Extra(vm) {
						if strings.HasPrefix(key, "novasphere.port.") {
							return fmt.Errorf("%s is left", key)
						}
					}
				}
				return nil
			})},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}
