// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// special returns an instance with a flavor that has extra specs.
func special(vc *acctest.VCenter, name, specs string) string {
	return vc.Config("", fmt.Sprintf(`
resource "novasphere_compute_flavor" "special" {
  name        = %q
  vcpus       = 4
  ram         = 4096
  disk        = 20
  extra_specs = { %s }
}
resource "novasphere_compute_instance" "it" {
  name        = "web"
  flavor_name = novasphere_compute_flavor.special.name
  image_name  = "debian-12"
  network { name = "public" }
}`, name, specs))
}

// mhz is the speed of a core of the inventory's hosts.
const mhz = 2600

func is(b *bool) bool { return b != nil && *b }

// settings returns the settings that flavors written for KVM change on a VM.
func settings(vm mo.VirtualMachine) map[string]any {
	c, extra := vm.Config, acctest.Extra(vm)
	out := map[string]any{
		"latency": "normal", "locked": is(c.MemoryReservationLockedToMax), "cpu": *c.CpuAllocation.Reservation,
		"memory": *c.MemoryAllocation.Reservation, "limit": *c.CpuAllocation.Limit,
		"shares": string(c.CpuAllocation.Shares.Level), "pages": extra["sched.mem.lpage.enable1GPage"],
		"numa": extra["numa.vcpu.maxPerVirtualNode"], "hidden": extra["hypervisor.cpuid.v0"],
		"nested": is(c.NestedHVEnabled), "firmware": c.Firmware, "secure": c.BootOptions != nil && is(c.BootOptions.EfiSecureBootEnabled),
		"watchdog": false, "version": c.Version,
	}
	if c.LatencySensitivity != nil && c.LatencySensitivity.Level != "" {
		out["latency"] = string(c.LatencySensitivity.Level)
	}
	for _, device := range c.Hardware.Device {
		if _, ok := device.(*types.VirtualWDT); ok {
			out["watchdog"] = true
		}
	}
	return out
}

// TestAccInstanceOfAKVMFlavor: a flavor written for KVM has its closest effect on vSphere; a resize to a plain one takes all of it back.
func TestAccInstanceOfAKVMFlavor(t *testing.T) {
	t.Parallel()
	vc, same := acctest.Start(t, vcsim.Options{}), &identity{}
	has := func(want map[string]any) resource.TestCheckFunc {
		return resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", same.of),
			on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error { return differ(settings(vm), want) }))
	}
	plainSettings := map[string]any{"latency": "normal", "locked": false, "cpu": int64(0), "memory": int64(0), "limit": int64(-1), "pages": "",
		"numa": "", "hidden": "", "nested": false, "watchdog": false}
	before := strings.TrimPrefix(vc.VM("images/debian-12").Config.Version, "vmx-")
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: special(vc, "k.pinned",
				`"hw:cpu_policy" = "dedicated", "hw:mem_page_size" = "1GB", "hw:numa_nodes" = "2", "hw:hide_hypervisor_id" = "true", `+
					`"hw:watchdog_action" = "reset"`),
				Check: has(map[string]any{"latency": "high", "locked": true, "cpu": int64(4 * mhz), "memory": int64(4096), "pages": "TRUE", "numa": "2",
					"hidden": "FALSE", "watchdog": true})},
			{Config: special(vc, "k.pinned",
				`"hw:cpu_policy" = "dedicated", "hw:mem_page_size" = "1GB", "hw:numa_nodes" = "2", "hw:hide_hypervisor_id" = "true", `+
					`"hw:watchdog_action" = "reset"`), PlanOnly: true},
			{ResourceName: it, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip"}},
			{Config: special(vc, "k.plain", ""), ConfigPlanChecks: action(it, updated), Check: has(plainSettings)},
			{Config: special(vc, "k.secure",
				`"os:secure_boot" = "required", "vmware:hv_enabled" = "true", "quota:cpu_quota" = "50000", "quota:cpu_shares" = "2048"`),
				ConfigPlanChecks: action(it, updated),
				Check:            has(map[string]any{"firmware": "efi", "secure": true, "nested": true, "limit": int64(2 * mhz), "shares": "custom"})},
			{Config: special(vc, "k.percent", `"vmware:cpu_reservation_percent" = "25", "vmware:memory_reservation_percent" = "50"`),
				ConfigPlanChecks: action(it, updated),
				Check:            has(map[string]any{"cpu": int64(mhz), "memory": int64(2048), "nested": false, "limit": int64(-1)})},
			{Config: special(vc, "k.newer", `"vmware:hw_version" = "vmx-21"`), ConfigPlanChecks: action(it, updated),
				Check: has(map[string]any{"version": "vmx-21", "cpu": int64(0)})},
			{Config: special(vc, "k.older", `"vmware:hw_version" = "vmx-7"`), ExpectError: says("hardware version vmx-21, and it can only rise")},
			{Config: special(vc, "k.plain", ""), ConfigPlanChecks: action(it, updated), Check: has(map[string]any{"version": "vmx-21"})},
		},
	})
	if before == "21" {
		t.Error("the template has hardware version 21 already: nothing was raised")
	}
}

// TestAccInstanceHardwareVersion: a hardware version is raised between the clone and the first start.
func TestAccInstanceHardwareVersion(t *testing.T) {
	t.Parallel()
	for name, plain := range map[string]bool{"strict": false, "unmodified": true} {
		t.Run(name, func(t *testing.T) {
			vc := acctest.Start(t, vcsim.Options{Unmodified: plain})
			quick := func(config string) string { // the plain simulator's guests report nothing
				return strings.Replace(config, `image_name  =`, "wait_for_ip = \"0s\"\n  image_name  =", 1)
			}
			config := quick(special(vc, "m1.new", `"vmware:hw_version" = "vmx-21"`))
			protocol.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				Steps: []resource.TestStep{
					{Config: config, Check: on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
						return differ(map[string]any{"version": vm.Config.Version, "power": string(vm.Runtime.PowerState),
							"upgrades": vc.Calls()["UpgradeVM_Task"], "starts": vc.Calls()["PowerOnVM_Task"]},
							map[string]any{"version": "vmx-21", "power": "poweredOn", "upgrades": 1, "starts": 1})
					})},
					{Config: config, PlanOnly: true},
					imported,
					{Config: quick(special(vc, "m1.old", `"vmware:hw_version" = "vmx-4"`)), ExpectError: says("and it can only rise")},
				},
			})
		})
	}
}

// broken returns instances that break a rule of their configuration, and some that break none.
func broken() map[string]planCase {
	const warning, failure = tfprotov6.DiagnosticSeverityWarning, tfprotov6.DiagnosticSeverityError
	block := func(name string, values map[string]any) map[string]any { return map[string]any{name: []any{values}} }
	device := func(values map[string]any) map[string]any { return block("block_device", values) }
	return map[string]planCase{
		"paused":         {map[string]any{"power_state": "paused"}, failure, "power_state", "vSphere cannot pause a machine"},
		"no power state": {map[string]any{"power_state": "asleep"}, failure, "power_state", `"asleep" is no power state`},
		"zone":           {map[string]any{"availability_zone": "az1"}, failure, "availability_zone", `there is no availability zone "az1"`},
		"zone hints": {map[string]any{"availability_zone_hints": "az1"}, failure, "availability_zone_hints",
			`there is no availability zone "az1"`},
		"group": {map[string]any{"security_groups": []any{"web"}}, failure, "security_groups",
			`the group "web": the provider's argument security_groups: it is not set`},
		"default group": {map[string]any{"security_groups": []any{"default"}}, warning, "", "filters nothing"},
		"port":          {nics(map[string]any{"port": "c0000000"}), failure, "network[0]", "there is no port c0000000"},
		"address": {nics(map[string]any{"name": "public", "fixed_ip_v4": "fd00::1"}), failure, "network[0]",
			`fixed_ip_v4 = "fd00::1" is not an address of that version`},
		"port and address": {nics(map[string]any{"port": "p", "fixed_ip_v4": "10.0.0.9"}), failure, "network[0]",
			"a port has its own addresses"},
		"server group": {block("scheduler_hints", map[string]any{"group": "g"}), failure, "scheduler_hints",
			`no server group "g" in the catalogue`},
		"the same host": {block("scheduler_hints", map[string]any{"same_host": []any{"x"}}), failure, "scheduler_hints",
			"no instance of the cluster compute has the id x"},
		"two blocks": {map[string]any{"scheduler_hints": []any{map[string]any{"group": "g"}, map[string]any{"group": "h"}}}, failure,
			"scheduler_hints", "there are 2 blocks: write all hints in one"},
		"query": {block("scheduler_hints", map[string]any{"query": []any{">="}}), failure, "scheduler_hints",
			"query is a question to Nova's scheduler"},
		"near host": {block("scheduler_hints", map[string]any{"build_near_host_ip": "10.0.0.1"}), warning, "scheduler_hints",
			"They are ignored"},
		"volume of no size": {device(map[string]any{"source_type": "image", "uuid": "x", "destination_type": "volume"}), failure,
			"block_device[0]", "source_type image with destination_type volume needs volume_size"},
		"no such volume": {device(map[string]any{"source_type": "volume", "uuid": "x"}), failure, "block_device[0]", "there is no volume x"},
		"no such snapshot": {device(map[string]any{"source_type": "snapshot", "uuid": "x/y", "delete_on_termination": true}), failure,
			"block_device[0]", "there is no volume x"},
		"volume type": {device(map[string]any{"source_type": "blank", "boot_index": -1, "volume_type": "ssd"}), failure, "block_device[0]",
			"volume_type and multiattach are of volumes"},
		"CD-ROM": {device(map[string]any{"source_type": "blank", "boot_index": -1, "device_type": "cdrom"}), failure,
			"block_device[0]", `device_type "cdrom" cannot be made`},
		"image without uuid": {device(map[string]any{"source_type": "image"}), 0, "", ""}, // the instance names it
		"two images": {device(map[string]any{"source_type": "image", "uuid": "b0000000-0000-4000-8000-000000000009"}), failure,
			"block_device[0]", "both must name the same"},
		"no ephemeral": {device(map[string]any{"source_type": "blank", "boot_index": -1, "volume_size": 1}), failure, "block_device[0]",
			"the flavor m1.small grants 0 GiB of ephemeral disks in all: write less, or choose a flavor whose ephemeral is larger"},
		"boot from nothing": {device(map[string]any{"source_type": "blank", "boot_index": 0}), failure, "block_device[0]",
			"nothing boots from a blank disk"},
		"line break": {map[string]any{"admin_pass": "a\nb"}, failure, "admin_pass", "a password cannot hold a line break"},
		"empty is unset": {map[string]any{"availability_zone": "", "availability_zone_hints": "", "admin_pass": "", "power_state": "",
			"region": "", "network": []any{map[string]any{"name": "public", "port": "", "fixed_ip_v4": "", "fixed_ip_v6": ""}}}, 0, "", ""},
		"another host": {block("scheduler_hints", map[string]any{"different_host": []any{"x"}}), failure, "scheduler_hints",
			"different_host: no instance has the id x"},
		"all that works": {map[string]any{"availability_zone": "nova", "region": "somewhere", "power_state": "shelved_offloaded",
			"config_drive": true, "admin_pass": "Secret-1"}, 0, "", ""},
	}
}

// TestAccInstanceRules: what is impossible is refused at plan, at its argument; what is ignored is named.
func TestAccInstanceRules(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps:                    []resource.TestStep{{Config: vc.Config("", flavors), Check: testPlans(t, vc, broken())}},
	})
}

// TestAccInstanceShelved: a shelved instance is off and shown as shelved; one that is started outside of Terraform is shelved again.
func TestAccInstanceShelved(t *testing.T) {
	t.Parallel()
	vc, same := acctest.Start(t, vcsim.Options{}), &identity{}
	config := func(state string) string {
		return vc.Config("", plain(fmt.Sprintf("name = \"web\"\n  power_state = %q\n", state)))
	}
	in := func(power, state string) resource.TestCheckFunc {
		return resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", same.of), on(vc, "OpenStack/web", powered(power)),
			resource.TestCheckResourceAttr(it, "power_state", state))
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             destroyed(vc),
		Steps: []resource.TestStep{
			{Config: config("shelved_offloaded"), Check: in("poweredOff", "shelved_offloaded")},
			{ResourceName: it, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip"}},
			{Config: config("active"), Check: in("poweredOn", "active")},
			{Config: config("shelved_offloaded"), Check: in("poweredOff", "shelved_offloaded")},
			{Config: config("shutoff"), Check: in("poweredOff", "shutoff")},
			{Config: config("shelved_offloaded"), Check: in("poweredOff", "shelved_offloaded")},
			{PreConfig: func() { vm := machine(vc, "OpenStack/web"); by(t, vm.PowerOn) }, Config: config("shelved_offloaded"),
				ConfigPlanChecks: action(it, updated), Check: in("poweredOff", "shelved_offloaded")},
			{Config: config(""), Check: resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", powered("poweredOn")),
				resource.TestCheckResourceAttr(it, "power_state", ""))},
			{Config: config(""), PlanOnly: true},
		},
	})
}

// TestAccInstanceAllocationDrift: a change to CPU and memory outside of Terraform shows at its attribute, and is reverted, without a
// restart where none is needed.
func TestAccInstanceAllocationDrift(t *testing.T) {
	t.Parallel()
	vc, same, recorder := acctest.Start(t, vcsim.Options{}), &identity{}, &protocol.Recorder{}
	config := special(vc, "m1.reserved", `"quota:cpu_reservation" = "500", "quota:memory_shares_level" = "high"`)
	five, two, none := int64(500), int64(2000), int64(0)
	kept := resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", same.of), on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		return differ(map[string]any{"cpu": *vm.Config.CpuAllocation.Reservation, "memory": *vm.Config.MemoryAllocation.Reservation,
			"shares": string(vm.Config.MemoryAllocation.Shares.Level), "cores": *vm.Config.Hardware.NumCoresPerSocket},
			map[string]any{"cpu": five, "memory": none, "shares": "high", "cores": int32(1)})
	}), resource.TestCheckResourceAttr(it, "cpu_allocation.reservation", "500"),
		resource.TestCheckResourceAttr(it, "memory_allocation.shares_level", "high"), resource.TestCheckResourceAttr(it, "cores_per_socket", "1"))
	back := func(spec types.VirtualMachineConfigSpec) resource.TestStep {
		return resource.TestStep{PreConfig: func() { vc.ResetCalls(); reconfigured(t, vc, "OpenStack/web", spec) }, Config: config,
			ConfigPlanChecks: action(it, updated), Check: resource.ComposeTestCheckFunc(kept, cycle(vc, recorder, 0))}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
		CheckDestroy:             destroyed(vc),
		Steps: []resource.TestStep{
			{Config: config, Check: kept},
			back(types.VirtualMachineConfigSpec{CpuAllocation: &types.ResourceAllocationInfo{Reservation: &two}}),
			back(types.VirtualMachineConfigSpec{MemoryAllocation: &types.ResourceAllocationInfo{Reservation: &two,
				Shares: &types.SharesInfo{Level: types.SharesLevelLow}}}),
			{PreConfig: func() {
				vm := machine(vc, "OpenStack/web")
				by(t, vm.PowerOff)
				cores := int32(2)
				reconfigured(t, vc, "OpenStack/web", types.VirtualMachineConfigSpec{NumCoresPerSocket: &cores})
				by(t, vm.PowerOn)
				recorder.Reset()
				vc.ResetCalls()
			}, Config: config, ConfigPlanChecks: action(it, updated), Check: resource.ComposeTestCheckFunc(kept, cycle(vc, recorder, 1))},
			imported,
		},
	})
}
