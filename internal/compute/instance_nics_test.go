// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// plugs returns a VM's networks by MAC.
func plugs(vc *acctest.VCenter, vm mo.VirtualMachine) map[string]string {
	names := map[string]string{}
	for _, name := range []string{"public", "private"} {
		names[vc.Portgroup(name).Key] = name
	}
	out := map[string]string{}
	for _, card := range cardsOf(vm) {
		switch b := card.Backing.(type) {
		case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
			out[card.MacAddress] = names[b.Port.PortgroupKey]
		case *types.VirtualEthernetCardNetworkBackingInfo:
			out[card.MacAddress] = b.DeviceName
		}
	}
	return out
}

// wiredTo checks a running VM's networks, and that Nova's keys name exactly the ports of its NICs. It stores the MACs in macs.
func wiredTo(vc *acctest.VCenter, macs *map[string]string, networks ...string) resource.TestCheckFunc {
	return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		now := plugs(vc, vm)
		var have, held []string
		for _, network := range now {
			have = append(have, network)
		}
		slices.Sort(have)
		slices.Sort(networks)
		for key, value := range vc.Parameters(vm) {
			if strings.HasPrefix(key, "nvp.iface-id.") && value != "free" {
				held = append(held, value)
			}
		}
		for mac, network := range *macs {
			if is, there := now[mac]; there && is != network {
				return fmt.Errorf("the NIC %s was on %s and is on %s", mac, network, is)
			}
		}
		*macs = now
		return differ(map[string]any{"networks": have, "ports": len(held), "power": string(vm.Runtime.PowerState)},
			map[string]any{"networks": networks, "ports": len(networks), "power": "poweredOn"})
	})
}

// TestAccInstanceNICsInPlace: NICs come and go while the instance runs; those that stay keep their address.
func TestAccInstanceNICsInPlace(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc, same, macs := acctest.Start(t, how.On(vcsim.Options{})), &identity{}, &map[string]string{}
		config := func(names ...string) string {
			blocks := "name = \"web\"\n"
			for _, name := range names {
				blocks += fmt.Sprintf("  network { name = %q }\n", name)
			}
			return vc.Config("", plain(blocks))
		}
		first := ""
		keeps := on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
			for mac, network := range plugs(vc, vm) {
				if network == "public" && first == "" {
					first = mac
				}
			}
			if plugs(vc, vm)[first] != "public" {
				return fmt.Errorf("the NIC %s on public is gone: %v", first, plugs(vc, vm))
			}
			return nil
		})
		step := func(names ...string) resource.TestStep {
			return resource.TestStep{PreConfig: vc.ResetCalls, Config: config(names...), ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(it, updated)},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
				Check: resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", same.of), wiredTo(vc, macs, slices.Clone(names)...), keeps, once1(vc),
					resource.TestCheckResourceAttr(it, "network.#", fmt.Sprint(len(names))),
					resource.TestCheckResourceAttrSet(it, fmt.Sprintf("network.%d.port", len(names)-1)))}
		}
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: acctest.Factories,
			CheckDestroy:             destroyed(vc),
			Steps: []resource.TestStep{
				{Config: config("public"), Check: resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", same.of), wiredTo(vc, macs, "public"), keeps)},
				step("public", "private"),
				step("private", "public"), // another order only
				step("public"),
				step("private", "public", "private"),
				step("public", "private"),
				{ResourceName: it, ImportState: true, ImportStateVerify: true,
					ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip"}},
			},
		})
	})
}

// once1 checks that a change took one reconfigure, or three where the catalogue records it before and after.
func once1(vc *acctest.VCenter) resource.TestCheckFunc {
	return acctest.Check(func() error {
		if n := vc.Calls()["ReconfigVM_Task"]; n != 1 && (vc.Advanced() != vcsim.AllRefused || n > 4) {
			return fmt.Errorf("%d reconfigures, not 1", n)
		}
		return nil
	})
}

// TestAccInstanceNICDrift: changes to the NICs in the vCenter show in the plan, and an apply reverts them.
func TestAccInstanceNICDrift(t *testing.T) {
	t.Parallel()
	vc, same, macs := acctest.Start(t, vcsim.Options{}), &identity{}, &map[string]string{}
	config := vc.Config("", plain("name = \"web\"\n  network { name = \"public\" }\n  network { name = \"private\" }\n"))
	change := func(spec func(vm mo.VirtualMachine) *types.VirtualDeviceConfigSpec) func() {
		return func() {
			*macs = map[string]string{}
			reconfigured(t, vc, "OpenStack/web",
				types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{spec(vc.VM("OpenStack/web"))}})
		}
	}
	back := func(change func()) resource.TestStep {
		return resource.TestStep{PreConfig: change, Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(it, updated)},
			PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			Check: resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", same.of), wiredTo(vc, macs, "public", "private"))}
	}
	nic := func(vm mo.VirtualMachine, n int) types.BaseVirtualDevice {
		for _, device := range vm.Config.Hardware.Device {
			if _, ok := device.(types.BaseVirtualEthernetCard); ok {
				if n--; n < 0 {
					return device
				}
			}
		}
		return nil
	}
	moved := ""
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             destroyed(vc),
		Steps: []resource.TestStep{
			{Config: config, Check: resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", same.of), wiredTo(vc, macs, "public", "private"))},
			back(change(func(vm mo.VirtualMachine) *types.VirtualDeviceConfigSpec { // moved to another network
				device := nic(vm, 0)
				card := device.(types.BaseVirtualEthernetCard).GetVirtualEthernetCard()
				moved = card.MacAddress
				card.Backing = nic(vm, 1).(types.BaseVirtualEthernetCard).GetVirtualEthernetCard().Backing
				return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: device}
			})),
			{Config: config, Check: on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
				return differ(map[string]any{"moved": plugs(vc, vm)[moved]}, map[string]any{"moved": "public"}) // it kept its address
			})},
			back(change(func(vm mo.VirtualMachine) *types.VirtualDeviceConfigSpec { // removed
				return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationRemove, Device: nic(vm, 1)}
			})),
			back(change(func(vm mo.VirtualMachine) *types.VirtualDeviceConfigSpec { // added
				card := &types.VirtualE1000{}
				card.Backing, card.Key = nic(vm, 0).(types.BaseVirtualEthernetCard).GetVirtualEthernetCard().Backing, -1
				return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: card}
			})),
			imported,
		},
	})
}
