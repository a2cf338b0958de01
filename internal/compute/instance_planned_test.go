package compute_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccInstanceOnWhatTheSamePlanMakes: a network, a key pair, a security group and a server group that the same plan makes are found by their
// names, and a subnet that nothing refers to is waited for.
func TestAccInstanceOnWhatTheSamePlanMakes(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const it, nic = "novasphere_compute_instance.it", "novasphere_compute_interface_attach.nic"
	is := resource.TestCheckResourceAttr
	rest := `resource "novasphere_networking_network" "n" {
  name = "N"
  segments { segmentation_id = 100 }
}
resource "novasphere_networking_subnet" "s" {
  network_id      = novasphere_networking_network.n.id
  cidr            = "10.0.0.0/24"
  dns_nameservers = ["10.0.0.2"]
}
resource "novasphere_networking_secgroup" "web" {
  name     = "web"
  stateful = false
}
resource "novasphere_compute_keypair" "ops" {
  name = "ops"
}
`
	machine := func(name string) string {
		return rest + plain(`name = "web"
  key_pair = novasphere_compute_keypair.ops.name
  security_groups = [novasphere_networking_secgroup.web.name]
  network {
    name        = `+name+`
    fixed_ip_v4 = "10.0.0.20"
  }
`) + `resource "novasphere_compute_interface_attach" "nic" {
  instance_id = novasphere_compute_instance.it.id
  network_id  = novasphere_networking_network.n.id
  fixed_ip    = "10.0.0.30"
}
`
	}
	config := vc.Config("  security_groups = \"dvs\"\n", machine("novasphere_networking_network.n.name"))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config, Check: resource.ComposeAggregateTestCheckFunc(resource.TestCheckResourceAttrPair(it, "network.0.uuid", "novasphere_networking_network.n", "id"),
				is(it, "network.0.fixed_ip_v4", "10.0.0.20"), is(nic, "fixed_ip", "10.0.0.30"), tells(vc, `"addresses":["10.0.0.20/24"]`))},
			{Config: config, Taint: []string{it}}, // it does not meet its own address
			{Config: vc.Config("  security_groups = \"dvs\"\n", machine(`"M"`)), PlanOnly: true, ExpectError: says(`no network "M"`)},
		},
		CheckDestroy: acctest.Check(func() error { return vc.NoNetwork("N") }),
	})
}

// TestInstanceAddressesAreRefusedAtPlan: an address that somebody has, or that another NIC of the same plan is to have.
func TestInstanceAddressesAreRefusedAtPlan(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	there := vc.Config("", ported)
	nic := func(address string) string {
		return "  network {\n    uuid = novasphere_networking_network.lab.id\n    fixed_ip_v4 = \"" + address + "\"\n  }\n"
	}
	with := func(blocks string) string { return vc.Config("", ported+plain("name = \"web\"\n"+blocks)) }
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: there},
			{Config: with(nic("10.0.0.10")), PlanOnly: true, ExpectError: says("10.0.0.10 belongs to the port")},
			{Config: with(nic("10.0.0.1")), PlanOnly: true, ExpectError: says("is the gateway of the subnet")},
			{Config: with(nic("10.0.0.20") + nic("10.0.0.20")), PlanOnly: true, ExpectError: says("it claims the address 10.0.0.20")},
			{Config: with(nic("10.0.0.20")), Check: tells(vc, `"addresses":["10.0.0.20/24"]`)},
		},
	})
}
