// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const lab = `resource "novasphere_networking_network" "lab" {
  name = "lab"
  segments { segmentation_id = 100 }
}
`

func subnet(name, arguments string) string {
	return fmt.Sprintf("resource \"novasphere_networking_subnet\" %q {\n  network_id = novasphere_networking_network.lab.id\n%s\n}\n", name,
		arguments)
}

// nothingLeft checks that no network and no records VM is left.
func nothingLeft(vc *acctest.VCenter) func() error {
	return func() error {
		for _, vm := range vc.VMs("novasphere/*") {
			if strings.HasPrefix(vm.Name, "novasphere-network-") {
				return fmt.Errorf("the records VM %s is left", vm.Name)
			}
		}
		return vc.NoNetwork("lab")
	}
}

// TestAccSubnet makes subnets with and without optional arguments, changes them in place and imports them.
func TestAccSubnet(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const it, six = "novasphere_networking_subnet.four", "novasphere_networking_subnet.six"
	first := vc.Config("", lab+subnet("four", `  cidr = "10.0.0.0/24"
  name = "front"`)+subnet("six", `  cidr = "2001:db8::/64"
  ipv6_address_mode = "slaac"`))
	second := vc.Config("", lab+subnet("four", `  cidr = "10.0.0.0/24"
  gateway_ip = "10.0.0.254"
  dns_nameservers = ["10.0.0.2", "10.0.0.1"]
  tags = ["a"]
  enable_dhcp = true
  allocation_pool {
    start = "10.0.0.10"
    end   = "10.0.0.20"
  }
  host_route {
    destination_cidr = "10.9.0.0/16"
    next_hop         = "10.0.0.3"
  }`)+subnet("six", `  cidr = "2001:db8::/64"
  ipv6_address_mode = "slaac"
  no_gateway = true`)+`resource "novasphere_networking_subnet_route" "far" {
  subnet_id        = novasphere_networking_subnet.four.id
  destination_cidr = "10.8.0.0/16"
  next_hop         = "10.0.0.4"
}
`)
	is := resource.TestCheckResourceAttr
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: first, Check: resource.ComposeAggregateTestCheckFunc(is(it, "gateway_ip", "10.0.0.1"), is(it, "ip_version", "4"),
				is(six, "gateway_ip", "2001:db8::1"), is(six, "ip_version", "6"),
				recorded(vc, `"pools":[{"start":"10.0.0.2","end":"10.0.0.254"}]`),
				recorded(vc, `"pools":[{"start":"2001:db8::2","end":"2001:db8::ffff:ffff:ffff:ffff"}]`))},
			{ResourceName: it, ImportState: true, ImportStateVerify: true},
			{Config: second, ConfigPlanChecks: stays(it), Check: resource.ComposeAggregateTestCheckFunc(is(it, "gateway_ip", "10.0.0.254"),
				is(six, "gateway_ip", ""),
				recorded(vc, `"pools":[{"start":"10.0.0.10","end":"10.0.0.20"}]`),
				recorded(vc, `{"destination":"10.8.0.0/16","next_hop":"10.0.0.4","apart":true}`))},
			{ResourceName: it, ImportState: true, ImportStateVerify: true},
			{ResourceName: six, ImportState: true, ImportStateVerify: true},
			{ResourceName: "novasphere_networking_subnet_route.far", ImportState: true, ImportStateVerify: true},
			{Config: first, ConfigPlanChecks: stays(it), Check: recorded(vc, `"pools":[{"start":"10.0.0.1","end":"10.0.0.253"}]`)},
			// overlaps the subnet that it replaces
			{Config: strings.Replace(first, "10.0.0.0/24", "10.0.0.0/25", 1), Check: is(it, "gateway_ip", "10.0.0.1")},
			{Config: strings.Replace(first, "10.0.0.0/24", "10.5.0.0/24", 1), Check: is(it, "gateway_ip", "10.5.0.1")},
			{Config: strings.Replace(first, "10.0.0.0/24", "2001:db8:5::/64", 1),
				Check: resource.ComposeAggregateTestCheckFunc(is(it, "gateway_ip", "2001:db8:5::1"), is(it, "ip_version", "6"))},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}

// recorded checks that some record of a network contains a text.
func recorded(vc *acctest.VCenter, text string) resource.TestCheckFunc {
	return acctest.Check(func() error {
		all := ""
		for _, vm := range vc.VMs("novasphere/novasphere-network-*") {
			for _, value := range acctest.Extra(vm) {
				all += value + "\n"
			}
		}
		if !strings.Contains(all, text) {
			return fmt.Errorf("no record holds %s:\n%s", text, all)
		}
		return nil
	})
}

// TestAccSubnetRefused: an invalid subnet is refused at plan, at its attribute.
func TestAccSubnetRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var steps []resource.TestStep
	for _, c := range []struct{ arguments, text, at string }{
		{`cidr = "10.0.0.5/24"`, "has bits beyond its length: write 10.0.0.0/24", "cidr"},
		{`cidr = "10.0.0.0"`, "is not a range of addresses", "cidr"},
		{"cidr = \"10.0.0.0/24\"\ngateway_ip = \"10.0.1.1\"", "lies outside the subnet", "gateway_ip"},
		{"cidr = \"10.0.0.0/24\"\ngateway_ip = \"10.0.0.255\"", "its broadcast address", "gateway_ip"},
		{"cidr = \"10.0.0.0/24\"\ngateway_ip = \"10.0.0.1\"\nno_gateway = true", "it contradicts gateway_ip", "no_gateway"},
		{"cidr = \"10.0.0.0/24\"\nip_version = 6", "is a range of IPv4", "ip_version"},
		{"cidr = \"10.0.0.0/24\"\nallocation_pool {\n start = \"10.0.0.1\"\n end = \"10.0.0.9\"\n}", "holds the gateway, 10.0.0.1",
			"allocation_pool"},
		{"cidr = \"10.0.0.0/24\"\nallocation_pool {\n start = \"10.0.0.9\"\n end = \"10.0.1.9\"\n}", "lies outside what the subnet",
			"allocation_pool"},
		{"cidr = \"10.0.0.0/24\"\nallocation_pool {\n start = \"10.0.0.9\"\n end = \"10.0.0.2\"\n}", "ends before it begins", "allocation_pool"},
		{"cidr = \"10.0.0.0/24\"\nallocation_pool {\n start = \"10.0.0.5\"\n end = \"10.0.0.9\"\n}\nallocation_pool {\n start = " +
			"\"10.0.0.9\"\n end = \"10.0.0.12\"\n}", "overlaps 10.0.0.5 to 10.0.0.9", "allocation_pool"},
		{"cidr = \"10.0.0.0/24\"\nhost_route {\n destination_cidr = \"10.9.0.0/16\"\n next_hop = \"10.1.0.1\"\n}", "guests could not reach it",
			"host_route"},
		{"cidr = \"10.0.0.0/24\"\nipv6_ra_mode = \"slaac\"", "is a subnet of IPv4", "ipv6_ra_mode"},
		{"cidr = \"2001:db8::/80\"\nipv6_ra_mode = \"slaac\"", "in a subnet of 64 bits only", "cidr"},
		{"cidr = \"10.0.0.0/24\"\ndns_nameservers = [\"ns\"]", "is not an IP address", "dns_nameservers"},
	} {
		steps = append(steps, resource.TestStep{Config: vc.Config("", lab+subnet("wrong", c.arguments)), PlanOnly: true,
			ExpectError: says(c.text, c.at)})
	}
	there := lab + subnet("there", `cidr = "10.0.0.0/24"`)
	steps = append(steps, resource.TestStep{Config: vc.Config("", there)},
		resource.TestStep{Config: vc.Config("", there+subnet("twin", `cidr = "10.0.0.128/25"`)), PlanOnly: true,
			ExpectError: says("10.0.0.128/25 overlaps the subnet", "cidr")},
		resource.TestStep{Config: vc.Config("", there)})
	protocol.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: steps,
		CheckDestroy: acctest.Check(nothingLeft(vc))})
}
