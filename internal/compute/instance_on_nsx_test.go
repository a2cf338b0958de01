package compute_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// onNSX is a network on NSX with a subnet and a port.
const onNSX = `resource "novasphere_networking_network" "web" { name = "web" }
resource "novasphere_networking_subnet" "web" {
  network_id = novasphere_networking_network.web.id
  cidr       = "10.20.0.0/24"
}
resource "novasphere_networking_port" "web" {
  network_id = novasphere_networking_network.web.id
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.web.id
    ip_address = "10.20.0.5"
  }
}
`

// portsOnNSX checks that NSX has as many ports as web has NICs, that each NIC names one of them, and that NSX made none by itself.
func portsOnNSX(vc *acctest.VCenter, count int) resource.TestCheckFunc {
	return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		var ports, attached []string
		for _, p := range vc.NSX.Paths("SegmentPort") {
			ports = append(ports, path.Base(p))
		}
		for _, card := range cardsOf(vm) {
			attached = append(attached, card.ExternalId)
		}
		slices.Sort(ports)
		slices.Sort(attached)
		if len(ports) != count || !slices.Equal(ports, attached) {
			return fmt.Errorf("NSX has the ports %v, and the NICs name %v: not %d", ports, attached, count)
		}
		return nil
	})
}

// TestAccInstanceOnNSX: its named port, the port that is made for it and that of an attached NIC are made before their NICs, which NSX finds
// them by, and nothing is left of them after it.
func TestAccInstanceOnNSX(t *testing.T) {
	t.Parallel()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	config := func(blocks, more string) string {
		return vc.Config("", onNSX+plain("name = \"web\"\n  depends_on = [novasphere_networking_subnet.web]\n"+blocks)+more)
	}
	named := "  network { port = novasphere_networking_port.web.id }\n"
	made := "  network { uuid = novasphere_networking_network.web.id }\n"
	attach := `resource "novasphere_compute_interface_attach" "it" {
  instance_id = novasphere_compute_instance.it.id
  network_id  = novasphere_networking_network.web.id
  fixed_ip    = "10.20.0.9"
}
`
	is := resource.TestCheckResourceAttr
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy: acctest.Check(func() error {
			left := slices.DeleteFunc(vc.NSX.Left(), func(p string) bool { return strings.Contains(p, "-profiles/novasphere-") })
			if len(left) > 0 {
				return fmt.Errorf("NSX still holds %v", left)
			}
			return nil
		}),
		Steps: []resource.TestStep{
			{Config: config(named, ""), Check: resource.ComposeTestCheckFunc(portsOnNSX(vc, 1), is(it, "network.0.fixed_ip_v4", "10.20.0.5"))},
			{Config: config(named+made, ""), ConfigPlanChecks: action(it, updated), Check: portsOnNSX(vc, 2)},
			{Config: config(named+made, attach), ConfigPlanChecks: action(nic, created), Check: portsOnNSX(vc, 3)},
			{Config: config(named, attach), ConfigPlanChecks: action(it, updated), Check: portsOnNSX(vc, 2)},
			{Config: config(named, ""), Check: portsOnNSX(vc, 1)},
			{Config: config(made, ""), ConfigPlanChecks: action(it, updated)},
		},
	})
}
