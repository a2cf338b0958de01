// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

const nic = "novasphere_compute_interface_attach.it"

// attachment plugs a NIC into the instance of plain or shaped.
func attachment(network, more string) string {
	return `
data "novasphere_networking_network" "extra" { name = "` + network + `" }
resource "novasphere_compute_interface_attach" "it" {
  instance_id = novasphere_compute_instance.it.id
  network_id  = data.novasphere_networking_network.extra.id
` + more + "\n}\n"
}

// shaped returns an instance with its own NIC, whose flavor limits NICs.
func shaped() string {
	return strings.Replace(plain("name = \"web\"\n  network { name = \"public\" }"), "  disk  = 20\n",
		"  disk  = 20\n  extra_specs = { \"quota:vif_limit\" = \"100\" }\n", 1)
}

// nicRecords returns the NICs of a VM's record.
func nicRecords(vc *acctest.VCenter, vm mo.VirtualMachine) (nics []openstack.NIC) {
	var record struct{ NICs []openstack.NIC }
	_ = json.Unmarshal([]byte(vc.Parameters(vm)["novasphere.server"]), &record) // empty where it cannot be read
	return record.NICs
}

// attached checks that a VM has its own NIC and one more on a portgroup, both in accordance with its image and flavor.
func attached(vc *acctest.VCenter, network string) resource.TestCheckFunc {
	return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		cards, nics := cardsOf(vm), nicRecords(vc, vm)
		if len(cards) != 2 || len(nics) != 2 {
			return fmt.Errorf("%d NICs, %d in the record", len(cards), len(nics))
		}
		model := ""
		for _, device := range vm.Config.Hardware.Device {
			if card, ok := device.(types.BaseVirtualEthernetCard); ok {
				model = fmt.Sprintf("%T", card)
			}
		}
		backing, _ := cards[1].Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo)
		return differ(map[string]any{
			"model": model, "portgroup": backing.Port.PortgroupKey, "limit": *cards[1].ResourceAllocation.Limit, "manual": cards[1].AddressType,
			"wake": *cards[1].WakeOnLanEnabled, "connected": cards[1].Connectable.StartConnected,
			"range":    regexp.MustCompile(`^00:50:56:[0-3]`).MatchString(cards[1].MacAddress),
			"recorded": []any{nics[1].MAC, nics[1].Attached, nics[0].Attached}, "port": vc.Parameters(vm)["nvp.iface-id.1"],
			"power": string(vm.Runtime.PowerState),
		}, map[string]any{
			"model": fmt.Sprintf("%T", &types.VirtualVmxnet3{}), "portgroup": vc.Portgroup(network).Key, "limit": int64(100), "manual": "manual",
			"wake": true, "connected": true, "range": true,
			"recorded": []any{cards[1].MacAddress, true, false}, "port": nics[1].Port, "power": "poweredOn",
		})
	})
}

// alone checks that a VM has only its own NIC, and that the other's port is marked free.
func alone(vc *acctest.VCenter) resource.TestCheckFunc {
	return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		return differ(map[string]any{"cards": len(cardsOf(vm)), "recorded": len(nicRecords(vc, vm)), "port": vc.Parameters(vm)["nvp.iface-id.1"]},
			map[string]any{"cards": 1, "recorded": 1, "port": "free"})
	})
}

func TestAccInterfaceAttach(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc, same := acctest.Start(t, how.On(vcsim.Options{})), &identity{}
		web := shaped()
		config := func(network, more string) string { return vc.Config("", web+attachment(network, more)) }
		does := func(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
			return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(nic, action),
				plancheck.ExpectResourceAction(it, nothing)},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
		}
		shown := func(network string) resource.TestCheckFunc {
			return resource.ComposeTestCheckFunc(
				resource.TestCheckResourceAttr(nic, "network_name", network), resource.TestCheckResourceAttr(it, "network.#", "1"),
				func(s *terraform.State) error {
					is, vm := s.RootModule().Resources[nic].Primary.Attributes, vc.VM("OpenStack/web")
					port := nicRecords(vc, vm)[1].Port
					return differ(map[string]any{"id": is["id"], "mac": is["mac"], "port_id": is["port_id"], "network_id": is["network_id"]},
						map[string]any{"id": vm.Config.InstanceUuid + "/" + port, "mac": cardsOf(vm)[1].MacAddress, "port_id": port,
							"network_id": vc.Portgroup(network).Self.Value})
				})
		}
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: acctest.Factories,
			CheckDestroy:             destroyed(vc),
			Steps: []resource.TestStep{
				{Config: vc.Config("", web), Check: on(vc, "OpenStack/web", same.of)},
				{Config: config("private", `timeouts { create = "2m" }`), ConfigPlanChecks: does(created),
					Check: resource.ComposeTestCheckFunc(attached(vc, "private"), shown("private"), on(vc, "OpenStack/web", same.of))},
				{RefreshState: true, Check: resource.TestMatchResourceAttr(nic, "fixed_ip", regexp.MustCompile(`^\d+[.]`))},
				{Config: config("private", `region = "here"`), ConfigPlanChecks: does(updated), Check: attached(vc, "private")},
				{Config: config("public", ""), ConfigPlanChecks: does(remade),
					Check: resource.ComposeTestCheckFunc(attached(vc, "public"), shown("public"))},
				{RefreshState: true},
				{ResourceName: nic, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"timeouts"}},
				{ResourceName: nic, ImportState: true, ImportStateKind: resource.ImportBlockWithID,
					ImportPlanChecks: resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
				{Config: vc.Config("", web), Check: resource.ComposeTestCheckFunc(alone(vc), on(vc, "OpenStack/web", same.of))},
			},
		})
	})
}

// TestAccInterfaceAttachEmptyStrings: an empty string in the state stays, and means unset.
func TestAccInterfaceAttachEmptyStrings(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		config := vc.Config("", shaped()+attachment("private", "port_id = \"\"\n  fixed_ip = \"\""))
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: acctest.Factories,
			CheckDestroy:             destroyed(vc),
			Steps: []resource.TestStep{
				{Config: config, Check: attached(vc, "private")},
				{Config: config, PlanOnly: true},
			},
		})
	})
}

// TestAccInterfaceAttachDrift: a NIC that was removed or moved outside of Terraform is restored by the next apply.
func TestAccInterfaceAttachDrift(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		config := vc.Config("", shaped()+attachment("private", ""))
		edited := func(operation types.VirtualDeviceConfigSpecOperation, change func(card types.BaseVirtualEthernetCard)) func() {
			return func() {
				devices := object.VirtualDeviceList(vc.VM("OpenStack/web").Config.Hardware.Device).SelectByType((*types.VirtualEthernetCard)(nil))
				card := devices[1].(types.BaseVirtualEthernetCard)
				change(card)
				reconfigured(t, vc, "OpenStack/web", types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
					&types.VirtualDeviceConfigSpec{Operation: operation, Device: devices[1]}}})
			}
		}
		does := func(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
			return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(nic, action),
				plancheck.ExpectResourceAction(it, nothing)},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
		}
		removed := edited(types.VirtualDeviceConfigSpecOperationRemove, func(types.BaseVirtualEthernetCard) {})
		moved := edited(types.VirtualDeviceConfigSpecOperationEdit, func(card types.BaseVirtualEthernetCard) {
			public := vc.Portgroup("public")
			backing := card.GetVirtualEthernetCard().Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo)
			backing.Port.PortgroupKey, backing.Port.PortKey = public.Key, ""
		})
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: acctest.Factories,
			CheckDestroy:             destroyed(vc),
			Steps: []resource.TestStep{
				{Config: config, Check: attached(vc, "private")},
				{PreConfig: removed, Config: config, ConfigPlanChecks: does(created), Check: attached(vc, "private")},
				{PreConfig: moved, Config: config, ConfigPlanChecks: does(remade), Check: attached(vc, "private")},
				{PreConfig: removed, Config: vc.Config("", shaped()), Check: on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
					return differ(map[string]any{"cards": len(cardsOf(vm))}, map[string]any{"cards": 1})
				})},
			},
		})
	})
}

// TestAccInterfaceAttachMany: one apply makes nine attachments, and destroying the instance removes them.
func TestAccInterfaceAttachMany(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		wire := vc.Wire(t)
		ws := vc.NewWorkspace(t, wire, plain("name = \"web\"\n  wait_for_ip = \"0s\"\n  network { name = \"public\" }")+
			strings.Replace(attachment("private", ""), "\"it\" {", "\"it\" {\n  count = 9", 1))
		ws.Apply()
		vm := vc.VM("OpenStack/web")
		var macs []string
		for _, card := range cardsOf(vm) {
			macs = append(macs, card.MacAddress)
		}
		for _, n := range nicRecords(vc, vm) {
			if !slices.Contains(macs, n.MAC) {
				t.Errorf("the record has %s, the machine %v", n.MAC, macs)
			}
		}
		if len(macs) != 10 || len(nicRecords(vc, vm)) != 10 {
			t.Errorf("%d NICs, %d in the record", len(macs), len(nicRecords(vc, vm)))
		}
		ws.PlanIsEmpty()
		wire.Take()
		ws.PlanIsEmpty()
		if calls, _ := wire.Take(); acctest.Total(calls) > 20 {
			t.Errorf("a plan of nine attachments takes %v", calls)
		}
		ws.Destroy()
		if left := vc.VMs("OpenStack/*"); len(left) > 0 {
			t.Errorf("%s is left", left[0].Name)
		}
	})
}

func TestAccInterfaceAttachErrors(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	of := func(arguments string) string {
		return vc.Config("", "data \"novasphere_networking_network\" \"n\" { name = \"private\" }\nresource "+
			"\"novasphere_compute_interface_attach\" \"it\" {\n"+arguments+"\n}\n")
	}
	wrong := func(arguments, text string) resource.TestStep {
		return resource.TestStep{Config: of(arguments), ExpectError: says(text)}
	}
	const nobody = "5016e8a5-7c3c-4d11-8f38-2b6e0a6bd7a4"
	web := vc.Config("", plain("name = \"web\"\n  network { name = \"public\" }")+attachment("private", ""))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			wrong("instance_id = \""+nobody+"\"\n network_id = data.novasphere_networking_network.n.id", "no VM has the instance UUID "+nobody),
			wrong("instance_id = \"web\"\n network_id = data.novasphere_networking_network.n.id", `"web" is no instance's id, which is a UUID`),
			{Config: web},
			{ResourceName: nic, ImportState: true, ImportStateId: nobody,
				ExpectError: says(`is not the id of an attachment: write the instance's id and the port's`)},
			{ResourceName: nic, ImportState: true, ImportStateIdFunc: func(*terraform.State) (string, error) {
				vm := vc.VM("OpenStack/web")
				return vm.Config.InstanceUuid + "/" + nicRecords(vc, vm)[0].Port, nil
			}, ExpectError: says("belongs to one of its own network blocks")},
		},
	})
}

// TestInterfaceAttachPlan: an attachment that needs the networking service, or names no network, is refused at plan, at its argument.
func TestInterfaceAttachPlan(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	private := vc.Portgroup("private").Self.Value
	for _, tc := range []struct {
		name          string
		with          *acctest.VCenter
		more          map[string]any
		at, text, net string
	}{
		{"complete", vc, map[string]any{"network_id": private}, "", "", "private"},
		{"empty strings", vc, map[string]any{"network_id": private, "port_id": "", "fixed_ip": ""}, "", "", "private"},
		{"unknown network", vc, map[string]any{"network_id": tftypes.UnknownValue}, "", "", ""},
		{"no vCenter", nil, map[string]any{"network_id": "network-1"}, "", "", ""},
		{"no network", vc, map[string]any{"network_id": "", "port_id": ""}, "network_id", "a NIC needs a network: write its id", ""},
		{"a network that nobody has", vc, map[string]any{"network_id": "network-99999"}, "network_id", `no network with the id "network-99999"`,
			""},
		{"a port", vc, map[string]any{"port_id": "p"}, "port_id", "there is no port p", ""},
		{"an address", vc, map[string]any{"network_id": private, "port_id": "p", "fixed_ip": "10.0.0.5"}, "fixed_ip",
			"a port has its own addresses", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			config := map[string]any{"instance_id": tftypes.UnknownValue}
			for key, value := range tc.more {
				config[key] = value
			}
			heard, plan := planned(t, tc.with, "novasphere_compute_interface_attach", config)
			if tc.text == "" {
				if len(heard) != 0 {
					t.Fatalf("heard %v", heard)
				}
				if name := plan["network_name"]; name.IsKnown() != (tc.net != "") || tc.net != "" &&
					!name.Equal(tftypes.NewValue(tftypes.String, tc.net)) {
					t.Errorf("the network is planned as %s", name)
				}
				return
			}
			if len(heard) != 1 || !strings.Contains(heard[0].Attribute, tc.at) || !strings.Contains(heard[0].Text, tc.text) {
				t.Errorf("heard %+v", heard)
			}
		})
	}
}

// TestAccInterfaceAttachPort plugs in a port, and a NIC with a chosen address: both have their addresses at once, and the guest's
// configuration gets them beside its other ones.
func TestAccInterfaceAttachPort(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		is := resource.TestCheckResourceAttr
		base := ported + plain("name = \"web\"\n  network { name = \"public\" }\n  wait_for_ip = \"0s\"")
		both := base + `
resource "novasphere_compute_interface_attach" "it" {
  instance_id = novasphere_compute_instance.it.id
  port_id     = novasphere_networking_port.one.id
}
resource "novasphere_compute_interface_attach" "free" {
  instance_id = novasphere_compute_instance.it.id
  network_id  = novasphere_networking_subnet.lab.network_id
  fixed_ip    = "10.0.0.30"
}
`
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: acctest.Factories,
			Steps: []resource.TestStep{
				{Config: vc.Config("", base+"resource \"novasphere_compute_interface_attach\" \"it\" {\n  instance_id = "+
					"novasphere_compute_instance.it.id\n}\n"), ExpectError: says("At least one attribute out of [port_id,network_id] must be specified")},
				{Config: vc.Config("", both), Check: resource.ComposeAggregateTestCheckFunc(is(nic, "fixed_ip", "10.0.0.10"),
					is(nic, "mac", "00:50:56:01:02:03"), is(nic, "network_name", "lab"),
					is("novasphere_compute_interface_attach.free", "fixed_ip", "10.0.0.30"), portsLeft(vc, 2, 2),
					tells(vc, `"addresses":["10.0.0.10/24"]`, `"addresses":["10.0.0.30/24"]`, `"dhcp4":true,"dhcp6":false,"match":{"macaddress"`))},
				{ResourceName: nic, ImportState: true, ImportStateVerify: true},
				{Config: vc.Config("", base), Check: resource.ComposeAggregateTestCheckFunc(portsLeft(vc, 1, 0),
					on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
						if plan := netplan(vm); strings.Contains(plan, "10.0.0.") {
							return fmt.Errorf("the guest is still told of addresses that it has not: %s", plan)
						}
						return nil
					}))},
			},
			CheckDestroy: portsLeft(vc, 0, 0),
		})
	})
}
