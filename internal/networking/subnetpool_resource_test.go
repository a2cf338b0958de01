// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// pool is a subnet pool in a scope.
const pool = `resource "novasphere_networking_addressscope" "inside" {
  name = "inside"
}
resource "novasphere_networking_subnetpool" "four" {
  name             = "four"
  prefixes         = ["10.10.0.0/24", "10.10.1.0/24"]
  min_prefixlen    = 24
  address_scope_id = novasphere_networking_addressscope.inside.id
}
`

const ofPool = "  subnetpool_id = novasphere_networking_subnetpool.four.id\n"

// TestAccSubnetPool makes a scope, a pool and subnets of it, changes them in place and imports them.
func TestAccSubnetPool(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const scope, it, cut = "novasphere_networking_addressscope.inside", "novasphere_networking_subnetpool.four",
		"novasphere_networking_subnet.cut"
	first := vc.Config("", lab+pool+subnet("cut", ofPool+"  depends_on = [novasphere_networking_subnet.given]")+
		subnet("given", ofPool+"  cidr = \"10.10.1.0/24\""))
	grown := strings.NewReplacer(`["10.10.0.0/24", "10.10.1.0/24"]`, `["10.10.0.0/23", "10.20.0.0/16"]`, `name = "inside"`, `name = "within"`,
		`min_prefixlen    = 24`, "min_prefixlen = 24\n  max_prefixlen = 28\n  default_quota = 1024\n  tags = [\"a\"]\n  description = \"all\"").
		Replace(first)
	more := grown + subnet("small", ofPool+"  prefix_length = 28\n  no_gateway = true")
	is := resource.TestCheckResourceAttr
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: first, Check: resource.ComposeAggregateTestCheckFunc(is(scope, "ip_version", "4"), is(scope, "shared", "false"),
				is(it, "ip_version", "4"), is(it, "max_prefixlen", "32"), is(it, "default_prefixlen", "24"), is(it, "prefixes.#", "2"),
				is(it, "revision_number", "0"), is(cut, "cidr", "10.10.0.0/24"), is(cut, "gateway_ip", "10.10.0.1"), is(cut, "ip_version", "4"),
				recorded(vc, `"cidr":"10.10.0.0/24","gateway":"10.10.0.1","pools":[{"start":"10.10.0.2","end":"10.10.0.254"}]`))},
			{ResourceName: scope, ImportState: true, ImportStateVerify: true},
			{ResourceName: cut, ImportState: true, ImportStateVerify: true},
			{Config: grown, ConfigPlanChecks: stays(it), Check: resource.ComposeAggregateTestCheckFunc(is(scope, "name", "within"),
				is(it, "revision_number", "1"), is(it, "prefixes.0", "10.10.0.0/23"), is(cut, "cidr", "10.10.0.0/24"))},
			{ResourceName: it, ImportState: true, ImportStateVerify: true},
			{Config: more, Check: resource.ComposeAggregateTestCheckFunc(is("novasphere_networking_subnet.small", "gateway_ip", ""),
				recorded(vc, `"prefix_length":28`))},
			{ResourceName: "novasphere_networking_subnet.small", ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"no_gateway"}},
			{Config: strings.Replace(more, "prefix_length = 28", "prefix_length = 27", 1), Check: recorded(vc, `"prefix_length":27`)},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}

// TestAccSubnetPoolRefused: pools and subnets that cannot be are refused at plan, at their attribute.
func TestAccSubnetPoolRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	there := lab + pool + subnet("there", ofPool+"  cidr = \"10.10.0.0/24\"")
	twin := func(arguments string) string {
		return "resource \"novasphere_networking_subnetpool\" \"twin\" {\n  name = \"twin\"\n" + arguments + "\n}\n"
	}
	const scoped = "  address_scope_id = novasphere_networking_addressscope.inside.id"
	steps := []resource.TestStep{{Config: vc.Config("", there)}}
	for _, c := range []struct{ more, text, at string }{
		{twin(`prefixes = ["10.0.0.0/33"]`), "is not a range of addresses", "prefixes"},
		{twin(`prefixes = []`), "the pool has no prefix", "prefixes"},
		{twin(`prefixes = ["10.0.0.0/24", "2001:db8::/64"]`), "are of different IP versions", "prefixes"},
		{twin(`prefixes = ["127.0.0.0/24"]`), "loopback addresses", "prefixes"},
		{twin("prefixes = [\"10.0.0.0/24\"]\nip_version = 6"), "the prefixes are of IPv4", "ip_version"},
		{twin("prefixes = [\"10.0.0.0/24\"]\nmax_prefixlen = 64"), "more than an address has", "max_prefixlen"},
		{twin("prefixes = [\"10.0.0.0/24\"]\nmin_prefixlen = 28\nmax_prefixlen = 26"), "more than max_prefixlen", "min_prefixlen"},
		{twin("prefixes = [\"10.0.0.0/24\"]\nmin_prefixlen = 28\ndefault_prefixlen = 26"), "lie outside", "default_prefixlen"},
		{twin("prefixes = [\"10.10.1.0/25\"]\n" + scoped), "10.10.1.0/25 overlaps 10.10.0.0/23 of the subnet pool \"four\"", "prefixes"},
		{twin("prefixes = [\"2001:db8::/64\"]\n" + scoped), "is of IPv4", "address_scope_id"},
		{twin("prefixes = [\"10.0.0.0/24\"]\naddress_scope_id = \"none\""), "not found", "address_scope_id"},
		{subnet("wrong", "prefix_length = 24"), "subnetpool_id is not written", "prefix_length"},
		{subnet("wrong", ofPool+"cidr = \"10.10.1.0/24\"\nprefix_length = 24"), "it contradicts cidr", "prefix_length"},
		{subnet("wrong", `subnetpool_id = "none"`), "there is no subnet pool", "subnetpool_id"},
		{subnet("wrong", ofPool+`cidr = "10.11.0.0/24"`), "lies outside the subnet pool four", "cidr"},
		{subnet("wrong", ofPool+`cidr = "10.10.0.0/25"`), "10.10.0.0/25 overlaps", "cidr"},
		{subnet("wrong", ofPool+"prefix_length = 23"), "hands out subnets of 24 to 32 bits", "prefix_length"},
		{subnet("wrong", ofPool+"ip_version = 6"), "is of IPv4", "ip_version"},
		{subnet("wrong", ofPool+`gateway_ip = "10.10.1.1"`), "only known when the subnet is made", "gateway_ip"},
		{subnet("wrong", ofPool+"allocation_pool {\n start = \"10.10.1.2\"\n end = \"10.10.1.3\"\n}"), "only known when", "allocation_pool"},
		{subnet("wrong", ofPool+`ipv6_ra_mode = "slaac"`), "is a subnet of IPv4", "ipv6_ra_mode"},
	} {
		steps = append(steps, resource.TestStep{Config: vc.Config("", there+c.more), PlanOnly: true, ExpectError: says(c.text, c.at)})
	}
	steps = append(steps,
		resource.TestStep{Config: vc.Config("", strings.Replace(there, `, "10.10.1.0/24"]`, `]`, 1)), PlanOnly: true,
			ExpectError: says("a pool may only grow", "prefixes")},
		resource.TestStep{Config: vc.Config("", strings.Replace(there, "min_prefixlen ", "default_quota = 256\n  min_prefixlen ", 1))},
		resource.TestStep{Config: vc.Config("", strings.Replace(there, "min_prefixlen ", "default_quota = 256\n  min_prefixlen ", 1)+
			subnet("more", ofPool)), PlanOnly: true, ExpectError: says("lets a project have 256 addresses", "subnetpool_id")})
	protocol.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: steps,
		CheckDestroy: acctest.Check(nothingLeft(vc))})
}

// TestAccSubnetOfEmptyRange: modules write cidr = "" for none, and subnetpool_id = "" for no pool.
func TestAccSubnetOfEmptyRange(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const cut = "novasphere_networking_subnet.cut"
	config := func(more string) string {
		return vc.Config("", lab+pool+subnet("cut", ofPool+"  cidr = \"\"\n"+more)+
			subnet("plain", "  cidr = \"10.0.0.0/24\"\n  subnetpool_id = \"\"\n  prefix_length = null"))
	}
	is := resource.TestCheckResourceAttr
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config(""), Check: resource.ComposeAggregateTestCheckFunc(is(cut, "cidr", ""), is(cut, "ip_version", "4"),
				recorded(vc, `"cidr":"10.10.`), recorded(vc, `"cidr":"10.0.0.0/24"`))},
			{Config: config("  dns_nameservers = [\"10.0.0.2\"]\n  no_gateway = true"), ConfigPlanChecks: stays(cut),
				Check: resource.ComposeAggregateTestCheckFunc(is(cut, "gateway_ip", ""), recorded(vc, `"dns":["10.0.0.2"]`))},
			{Config: config("  dns_nameservers = [\"10.0.0.2\"]"), ConfigPlanChecks: stays(cut),
				Check: resource.TestMatchResourceAttr(cut, "gateway_ip", regexp.MustCompile(`^10\.10\.[01]\.1$`))},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}
