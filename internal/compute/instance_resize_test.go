// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const shutDown = "The instance will be shut down for the resize"

// sized checks a VM's CPUs, memory and disk.
func sized(cpus, memory int32, disk int64) func(mo.VirtualMachine) error {
	return func(vm mo.VirtualMachine) error {
		return differ(map[string]any{"cpus": vm.Config.Hardware.NumCPU, "memory": vm.Config.Hardware.MemoryMB, "disk": acctest.DiskGiB(vm),
			"power": string(vm.Runtime.PowerState)},
			map[string]any{"cpus": cpus, "memory": memory, "disk": disk, "power": "poweredOn"})
	}
}

func TestAccInstanceResize(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		same, recorder := &identity{}, &protocol.Recorder{}
		config := func(flavor string) string {
			return vc.Config("", flavors+`
resource "novasphere_compute_instance" "it" {
  name        = "web"
  flavor_name = "`+flavor+`"
  image_name  = "debian-12"
  depends_on  = [novasphere_compute_flavor.all]
  network { name = "public" }
}`)
		}
		step := func(flavor string, cpus, memory int32, disk int64, hears resource.TestCheckFunc) resource.TestStep {
			return resource.TestStep{PreConfig: func() { recorder.Reset(); vc.ResetCalls() }, Config: config(flavor),
				ConfigPlanChecks: action(it, updated),
				Check: resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", same.of), on(vc, "OpenStack/web", sized(cpus, memory, disk)),
					tagged(vc, "OpenStack/web", flavor), hears)}
		}
		cycled, hot := cycle(vc, recorder, 1), cycle(vc, recorder, 0)
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
			CheckDestroy:             destroyed(vc),
			Steps: []resource.TestStep{
				{Config: vc.Config("", flavors)},
				{Config: config("m1.small"), Check: resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", same.of),
					tagged(vc, "OpenStack/web", "m1.small"))},
				step("hot.small", 2, 4096, 20, cycled), // hot-add can only be switched on while the VM is off
				step("hot.large", 4, 8192, 20, hot),
				step("m1.large", 4, 4096, 40, resource.TestCheckResourceAttr(it, "disk", "40")),
				step("m1.wide", 1, 1024, 40, cycled),
				{Config: strings.Replace(config("m1.wide"), "image_name", "wait_for_ip = \"soon\"\n  image_name", 1),
					ExpectError: says(`wait_for_ip: "soon" is not a duration: write for example 90s or 5m`)},
				{Config: config("m1.small"), ExpectError: says("flavor_name: the flavor m1.small has a root disk of 20 GiB, and the instance's has " +
					"40: a disk cannot shrink")},
				step("m1.large", 4, 4096, 40, cycled), // hot-add stays on, but a Linux guest started with 1 GB cannot grow past 3 GB
				{ResourceName: it, ImportState: true, ImportStateVerify: true,
					ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip", "depends_on"}},
			},
		})
	})
}

// TestAccInstanceSuspendedIsNotResized: a resize that would lose the memory of a suspended instance is refused, and the VM stays
// unchanged.
func TestAccInstanceSuspendedIsNotResized(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	same := &identity{}
	config := func(flavor, state string) string {
		return vc.Config("", flavors+`
resource "novasphere_compute_instance" "it" {
  name        = "web"
  flavor_name = "`+flavor+`"
  image_name  = "debian-12"
  power_state = "`+state+`"
  depends_on  = [novasphere_compute_flavor.all]
}`)
	}
	is := func(state string, cpus int32) resource.TestCheckFunc {
		return resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", same.of), on(vc, "OpenStack/web", powered(state)),
			on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
				return differ(map[string]any{"cpus": vm.Config.Hardware.NumCPU}, map[string]any{"cpus": cpus})
			}))
	}
	refused := func(flavor, state, text string) resource.TestStep {
		return resource.TestStep{Config: config(flavor, state), ExpectError: says("power_state: " + text)}
	}
	const lost = "the instance is suspended, and a suspended instance cannot be resized: what it has in memory would be lost."
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             destroyed(vc),
		Steps: []resource.TestStep{
			{Config: vc.Config("", flavors)},
			{Config: config("m1.small", "active"), Check: is("poweredOn", 2)},
			refused("m1.large", "suspended", "a suspended instance cannot be resized"),
			{Config: config("m1.small", "suspended"), Check: is("suspended", 2)},
			refused("m1.large", "suspended", lost),
			refused("m1.large", "active", lost),
			{Config: config("m1.small", "suspended"), ConfigPlanChecks: action(it, nothing), Check: is("suspended", 2)},
			{Config: config("m1.large", "shutoff"), Check: is("poweredOff", 4)}, // shut off, it loses its memory as requested
			{Config: config("m1.large", "active"), Check: is("poweredOn", 4)},
		},
	})
}

// cycle checks how often the guest was shut down, and that the plan announced it.
func cycle(vc *acctest.VCenter, recorder *protocol.Recorder, times int) resource.TestCheckFunc {
	return acctest.Check(func() error {
		if n := vc.Calls()["ShutdownGuest"]; n != times {
			return fmt.Errorf("the guest was asked to shut down %d times, not %d", n, times)
		}
		if n := len(recorder.Warnings("plan", shutDown)); (n > 0) != (times > 0) {
			return fmt.Errorf("%d warnings of a shutdown, and %d shutdowns", n, times)
		}
		return nil
	})
}

// TestAccInstanceFollowsItsFlavor: a flavor whose memory changes is made anew under its id. Its instances follow in the same apply, and
// keep their label.
func TestAccInstanceFollowsItsFlavor(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		config := func(ram int, specs string) string {
			return vc.Config("", fmt.Sprintf(`
resource "novasphere_compute_flavor" "small" {
  name        = "m1.small"
  vcpus       = 2
  ram         = %d
  disk        = 20
  extra_specs = %s
}
resource "novasphere_compute_instance" "it" {
  name        = "web"
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"
}
resource "novasphere_compute_instance" "other" {
  name       = "db"
  flavor_id  = novasphere_compute_flavor.small.id
  image_name = "debian-12"
}`, ram, specs))
		}
		same := &identity{}
		both := func(memory int32, more ...resource.TestCheckFunc) resource.TestCheckFunc {
			return resource.ComposeTestCheckFunc(append(more, on(vc, "OpenStack/web", same.of), on(vc, "OpenStack/web", sized(2, memory, 20)),
				on(vc, "OpenStack/db", sized(2, memory, 20)),
				tagged(vc, "OpenStack/web", "m1.small"), tagged(vc, "OpenStack/db", "m1.small"))...)
		}
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: acctest.Factories,
			CheckDestroy:             destroyed(vc),
			Steps: []resource.TestStep{
				{Config: config(2048, "null"), Check: both(2048)},
				{Config: config(4096, "null"), Check: both(4096), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("novasphere_compute_flavor.small", remade), plancheck.ExpectResourceAction(it, updated),
					plancheck.ExpectKnownValue(it, tfjsonpath.New("ram"), knownvalue.Int64Exact(4096)),
					plancheck.ExpectResourceAction("novasphere_compute_instance.other", updated)}}},
				// As in Nova, a change of the extra specs waits for the next resize.
				{Config: config(4096, `{ "quota:cpu_limit" = "4000" }`), Check: both(4096, on(vc, "OpenStack/web", limited(-1))),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(it, nothing)}}},
				{Config: config(2048, `{ "quota:cpu_limit" = "4000" }`), Check: both(2048, on(vc, "OpenStack/web", limited(4000)))},
			},
		})
	})
}

func limited(mhz int64) func(mo.VirtualMachine) error {
	return func(vm mo.VirtualMachine) error {
		return differ(map[string]any{"CPU limit": *vm.Config.CpuAllocation.Limit}, map[string]any{"CPU limit": mhz})
	}
}

func TestAccInstanceDrift(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		config, same := vc.Config("", plain("name = \"web\"\n  network { name = \"public\" }")), &identity{}
		kept := on(vc, "OpenStack/web", same.of)
		withoutFlavor := vc.Config("", plainByName)
		off := func() { vm := machine(vc, "OpenStack/web"); by(t, vm.PowerOff) }
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: acctest.Factories,
			Steps: []resource.TestStep{
				{Config: config, Check: kept},
				{PreConfig: off, Config: config, ConfigPlanChecks: action(it, updated),
					Check: resource.ComposeTestCheckFunc(kept, on(vc, "OpenStack/web", powered("poweredOn")))},
				{PreConfig: func() {
					off()
					reconfigured(t, vc, "OpenStack/web", types.VirtualMachineConfigSpec{NumCPUs: 1, MemoryMB: 1024})
					vm := machine(vc, "OpenStack/web")
					by(t, vm.PowerOn)
				}, Config: config, ConfigPlanChecks: action(it, updated), Check: resource.ComposeTestCheckFunc(kept,
					on(vc, "OpenStack/web", sized(2, 2048, 20)), tagged(vc, "OpenStack/web", "m1.small"))},
				{PreConfig: func() { reconfigured(t, vc, "OpenStack/web", renamed("renamed")) }, Config: config, ConfigPlanChecks: action(it, updated),
					Check: kept},
				{PreConfig: func() {
					off()
					vm := machine(vc, "OpenStack/web")
					by(t, vm.Destroy)
					*same = identity{}
				}, Config: config, ConfigPlanChecks: action(it, created), Check: kept},
				// The flavor's record leaves this configuration, and then is gone: the instance keeps its size.
				{Config: withoutFlavor, Check: kept, ConfigPlanChecks: action(it, nothing)},
				{Config: strings.Replace(withoutFlavor, "m1.small", "m1.smal", 1),
					ExpectError: says(`flavor_name: no flavor "m1.smal" in the catalogue, which has none`)},
				{Config: strings.Replace(withoutFlavor, `"web"`, `"web-2"`, 1), Check: on(vc, "OpenStack/web-2", same.of)},
				{PreConfig: func() {
					vm := machine(vc, "OpenStack/web-2")
					by(t, vm.PowerOff)
					by(t, vm.Destroy)
				}, Config: config, Destroy: true},
			},
		})
	})
}

// plainByName is the instance of plain without the resource of its flavor.
const plainByName = `
resource "novasphere_compute_instance" "it" {
  name        = "web"
  flavor_name = "m1.small"
  image_name  = "debian-12"
  network { name = "public" }
}
`
