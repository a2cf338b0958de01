// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const ported = `resource "novasphere_networking_network" "lab" {
  name = "lab"
  segments { segmentation_id = 100 }
}
resource "novasphere_networking_subnet" "lab" {
  network_id      = novasphere_networking_network.lab.id
  cidr            = "10.0.0.0/24"
  dns_nameservers = ["10.0.0.2"]
  host_route {
    destination_cidr = "10.9.0.0/16"
    next_hop         = "10.0.0.3"
  }
}
resource "novasphere_networking_port" "one" {
  network_id  = novasphere_networking_network.lab.id
  mac_address = "00:50:56:01:02:03"
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.lab.id
    ip_address = "10.0.0.10"
  }
}
`

// netplan returns the guest's network configuration.
func netplan(vm mo.VirtualMachine) string {
	raw, err := base64.StdEncoding.DecodeString(acctest.Extra(vm)["guestinfo.metadata"])
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// tells checks that the guest's configuration contains all the texts.
func tells(vc *acctest.VCenter, texts ...string) resource.TestCheckFunc {
	return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		for _, text := range texts {
			if plan := netplan(vm); !strings.Contains(plan, text) {
				return fmt.Errorf("the guest is not told %s: %s", text, plan)
			}
		}
		return nil
	})
}

// portsLeft checks how many ports are recorded, and how many of them belong to an instance.
func portsLeft(vc *acctest.VCenter, ports, plugged int) resource.TestCheckFunc {
	return acctest.Check(func() error {
		have, held := 0, 0
		for _, vm := range vc.VMs("novasphere/novasphere-network-*") {
			for key, value := range vc.Parameters(vm) {
				if strings.HasPrefix(key, "novasphere.port.") && value != "" {
					have++
					if strings.Contains(value, `"device":"`) {
						held++
					}
				}
			}
		}
		return differ(map[string]any{"ports": have, "plugged": held}, map[string]any{"ports": ports, "plugged": plugged})
	})
}

// TestAccInstancePorts plugs an instance into a port and into a network with subnets: both have their addresses at once, the guest's
// configuration holds them, and objects made for the instance go with it.
func TestAccInstancePorts(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const it = "novasphere_compute_instance.it"
	is, set := resource.TestCheckResourceAttr, resource.TestCheckResourceAttrSet
	web := func(blocks string) string {
		return vc.Config("", ported+plain("name = \"web\"\n  depends_on = [novasphere_networking_subnet.lab]\n"+blocks))
	}
	port := "  network { port = novasphere_networking_port.one.id }\n"
	network := "  network {\n    uuid = novasphere_networking_network.lab.id\n    fixed_ip_v4 = \"10.0.0.20\"\n  }\n"
	free := "  network { uuid = novasphere_networking_network.lab.id }\n"
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: web(port + network), Check: resource.ComposeAggregateTestCheckFunc(is(it, "network.0.fixed_ip_v4", "10.0.0.10"),
				is(it, "network.0.mac", "00:50:56:01:02:03"),
				is(it, "network.0.name", "lab"), is(it, "network.1.fixed_ip_v4", "10.0.0.20"), set(it, "network.1.port"),
				is(it, "access_ip_v4", "10.0.0.10"), portsLeft(vc, 2, 2),
				tells(vc,
					`"addresses":["10.0.0.10/24"],"dhcp4":false,"dhcp6":false,"gateway4":"10.0.0.1","match":{"macaddress":"00:50:56:01:02:03"},`+
						`"mtu":1500,"nameservers":{"addresses":["10.0.0.2"]},"routes":[{"to":"10.9.0.0/16","via":"10.0.0.3"}]`,
					`"addresses":["10.0.0.20/24"]`))},
			{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: idOf(vc),
				ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip"}},
			{Config: web(free + port), Check: resource.ComposeAggregateTestCheckFunc(set(it, "network.0.fixed_ip_v4"),
				is(it, "network.1.fixed_ip_v4", "10.0.0.10"), portsLeft(vc, 2, 2))},
			{Config: web(free), Check: resource.ComposeAggregateTestCheckFunc(portsLeft(vc, 2, 1),
				is("novasphere_networking_port.one", "all_fixed_ips.0", "10.0.0.10"))},
			{Config: web(port), Check: portsLeft(vc, 1, 1)},
			{Config: web(free), Check: resource.ComposeAggregateTestCheckFunc(portsLeft(vc, 2, 1), tells(vc, `"addresses":["10.0.0.`))},
			{Config: vc.Config("", ported), Check: portsLeft(vc, 1, 0)},
		},
		CheckDestroy: resource.ComposeAggregateTestCheckFunc(portsLeft(vc, 0, 0), acctest.Check(func() error { return vc.NoNetwork("lab") })),
	})
}

// TestAccInstancePortsRefused: unavailable addresses and ports are refused before anything exists.
func TestAccInstancePortsRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wrong := func(blocks, text string) resource.TestStep {
		return resource.TestStep{Config: vc.Config("", ported+plain("name = \"web\"\n  depends_on = [novasphere_networking_subnet.lab]\n"+
			blocks)), ExpectError: says(text)}
	}
	none := func(*terraform.State) error {
		if vms := vc.VMs("OpenStack/*"); len(vms) > 0 {
			return fmt.Errorf("%d machines are left", len(vms))
		}
		return nil
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			wrong("network {\n name = \"public\"\n fixed_ip_v4 = \"10.0.0\"\n}", "is not an address of that version"),
			wrong("network {\n port = \"x\"\n fixed_ip_v4 = \"10.0.0.1\"\n}", "a port has its own addresses"),
			wrong("network { port = \"x\" }", "there is no port x"),
			wrong("network {\n name = \"public\"\n fixed_ip_v4 = \"10.0.0.1\"\n}", "has no subnets"),
			wrong("network {\n uuid = novasphere_networking_network.lab.id\n fixed_ip_v4 = \"10.0.0.10\"\n}", "10.0.0.10 belongs to the port"),
			{Config: vc.Config("", ported), Check: resource.ComposeAggregateTestCheckFunc(none, portsLeft(vc, 1, 0))},
		},
	})
}

// TestAccInstanceBookedPort: the switch's port has the port's name, state and security before the NIC is connected, follows changes in
// place, and is reset when the instance is gone.
func TestAccInstanceBookedPort(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := func(port, instances string) string {
		return vc.Config("", strings.Replace(ported, `"00:50:56:01:02:03"`, "\"00:50:56:01:02:03\"\n"+port, 1)+instances)
	}
	web := plain("name = \"web\"\n  network { port = novasphere_networking_port.one.id }\n")
	many := strings.Replace(plain("count = 12\n  name = \"web-${count.index}\"\n  depends_on = [novasphere_networking_subnet.lab]\n  "+
		"network { uuid = novasphere_networking_network.lab.id }"), "it\"", "more\"", 1)
	is := func(connected, blocked, forged bool) resource.TestCheckFunc {
		return func(s *terraform.State) error {
			id := s.RootModule().Resources["novasphere_networking_port.one"].Primary.ID
			all := vc.Booked("lab")
			if !connected {
				return differ(map[string]any{"booked": len(all)}, map[string]any{"booked": 0})
			}
			setting, _ := all[id].Config.Setting.(*types.VMwareDVSPortSetting)
			if setting == nil || all[id].Connectee == nil {
				return fmt.Errorf("the port %s is not connected: %+v", id, all)
			}
			return differ(map[string]any{"vm": *all[id].Connectee.ConnectedEntity, "blocked": *setting.Blocked.Value,
				"forged": *setting.SecurityPolicy.ForgedTransmits.Value},
				map[string]any{"vm": vc.VM("OpenStack/web").Self, "blocked": blocked, "forged": forged})
		}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config("  admin_state_up = false", web), Check: is(true, true, false)},
			{Config: config("  port_security_enabled = false", web), Check: is(true, false, true)},
			{Config: config("  port_security_enabled = true", web), Check: is(true, false, false)},
			{Config: config("", web), Check: is(true, false, false)},
			{Config: config("", ""), Check: is(false, false, false)},
			{Config: config("", many), Check: acctest.Check(func() error { // more ports than the portgroup had
				return differ(map[string]any{"booked": len(vc.Booked("lab"))}, map[string]any{"booked": 12})
			})},
			{Config: config("", "") + "resource \"novasphere_networking_port\" \"down\" {\n  network_id = \"" + vc.Portgroup("public").Self.Value +
				"\"\n  admin_state_up = false\n}\n",
				ExpectError: says("does not let a port have a state, security, filter, limits or VLANs of its own")},
			{Config: config("", "")},
		},
	})
}
