// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const fleet = `
resource "novasphere_compute_flavor" "f" {
  name        = "m1.small"
  vcpus       = %d
  ram         = %d
  disk        = 20
  extra_specs = { "quota:cpu_reservation" = "1000", "vmware:cpu_hot_add" = "true", "vmware:memory_hot_add" = "true" }
}
data "novasphere_images_image" "i"       { name = "debian-12" }
data "novasphere_networking_network" "n" { name = "public" }
data "novasphere_networking_network" "p" { name = "private" }
resource "novasphere_compute_keypair" "k" { name = "ops" }
resource "novasphere_compute_instance" "web" {
  count       = %d
  name        = "web-${count.index}"
  flavor_name = novasphere_compute_flavor.f.name
  image_id    = data.novasphere_images_image.i.id
  key_pair    = novasphere_compute_keypair.k.name
  user_data   = join("\n", concat(["#cloud-config", "runcmd:"], [for i in range(30) : "  - [ echo, line ${i} of ${count.index} ]"]))
  metadata    = { role = "web", index = count.index }
  tags        = ["web", "fleet"]
  wait_for_ip = %q
  network { uuid = data.novasphere_networking_network.n.id }
  network { uuid = data.novasphere_networking_network.p.id }
}
`

// fixedCalls is what a command may cost for any number of instances. A destruction logs in three times: Terraform plans twice, each time
// in its own process, and the plan of a deletion checks that this is the vCenter that the state was made with.
const fixedCalls = 48

// budget is how many calls an instance may cost in each step beyond those, on the strict simulator. The minimum is a clone, a
// reconfigure, a reconfigure with a stop and a start ("off"), and a stop with a destroy; reads are shared. The unmodified simulator
// leaves clones on the template's disk, so each of them is reconfigured.
var budget = map[string]float64{"create": 2, "plan": 0.2, "resize": 2, "off": 4, "destroy": 2.5}

// callDelay is the additional time of every call, as for a vCenter nearby.
const callDelay = 20 * time.Millisecond

// TestAccCallsPerInstance counts the calls of a hundred instances with two NICs, metadata, tags and user data, ten at a time, on both
// simulators, and checks that nothing is left in the end. make bench measures more sizes.
//
//nolint:paralleltest // how many calls are combined depends on the load of the computer
func TestAccCallsPerInstance(t *testing.T) {
	const n = 100
	for _, unmodified := range []bool{false, true} {
		t.Run(map[bool]string{false: "strict", true: "unmodified"}[unmodified], func(t *testing.T) {
			vc := acctest.Start(t, vcsim.Options{Unmodified: unmodified})
			wire := vc.Wire(t)
			wire.Delay(callDelay)
			wait := map[bool]string{false: "5m", true: "0s"}[unmodified]
			ws := vc.NewWorkspace(t, wire, fmt.Sprintf(fleet, 2, 4096, n, wait))
			disk := templateDisk(vc)
			measure := func(step string, act func()) map[string]int {
				start := time.Now()
				act()
				calls, bytes := wire.Take()
				t.Logf("%-8s %5.2f calls per instance, %4d in all, %6d KiB, %5.1f s", step, float64(acctest.Total(calls))/n, acctest.Total(calls),
					bytes>>10, time.Since(start).Seconds())
				most := budget[step]
				if unmodified && step == "create" {
					most++
				}
				checkBudget(t, step, calls, n, most)
				return calls
			}
			measure("create", func() { ws.Apply() })
			checkFleet(t, vc, n, 2, 4096)
			measure("plan", ws.PlanIsEmpty)
			ws.Configure(fmt.Sprintf(fleet, 4, 8192, n, wait))
			measure("resize", func() { ws.Apply() })
			checkFleet(t, vc, n, 4, 8192)
			ws.Configure(fmt.Sprintf(fleet, 2, 4096, n, wait)) // less of both, so without hot-add
			checkStops(t, measure("off", func() { ws.Apply() }), n, unmodified)
			checkFleet(t, vc, n, 2, 4096)
			ws.PlanIsEmpty()
			wire.Take()
			measure("destroy", func() { ws.Destroy() })
			checkNothingLeft(t, vc, disk)
		})
	}
}

// TestAccCallsOfStagedInstances: a hardware version, an EVC mode and a config drive need the VM before its first start. That costs at
// most eight calls for each instance.
func TestAccCallsOfStagedInstances(t *testing.T) { //nolint:paralleltest // how many calls are combined depends on the load of the computer
	const n = 20
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	config := strings.Replace(fmt.Sprintf(fleet, 2, 4096, n, "5m"), `"vmware:cpu_hot_add" = "true"`,
		`"vmware:hw_version" = "vmx-21", "vmware:evc_mode" = "intel-broadwell"`, 1)
	ws := vc.NewWorkspace(t, wire, strings.Replace(config, "  wait_for_ip", "  config_drive = true\n  wait_for_ip", 1))
	ws.Apply()
	calls, _ := wire.Take()
	t.Logf("%.2f calls per instance: %s", float64(acctest.Total(calls))/n, callList(calls))
	checkBudget(t, "create", calls, n, 8)
	checkFleet(t, vc, n, 2, 4096)
	if calls["UpgradeVM_Task"] != n || calls["ApplyEvcModeVM_Task"] != n || calls["PowerOnVM_Task"] != n || calls["CloneVM_Task"] != n {
		t.Errorf("not every instance was made in stages: %s", callList(calls))
	}
	ws.PlanIsEmpty()
	ws.Destroy()
}

func checkBudget(t *testing.T, step string, calls map[string]int, n int, perInstance float64) {
	t.Helper()
	if most := fixedCalls + perInstance*float64(n); float64(acctest.Total(calls)) > most {
		t.Errorf("%s: %d calls, more than %.0f: %s", step, acctest.Total(calls), most, callList(calls))
	}
	for _, protocol := range []string{"Login", "POST /rest/com/vmware/cis/session"} {
		out := map[string]string{"Login": "Logout", "POST /rest/com/vmware/cis/session": "DELETE /rest/com/vmware/cis/session"}[protocol]
		if calls[protocol] != calls[out] {
			t.Errorf("%s: %d x %s, but %d x %s", step, calls[protocol], protocol, calls[out], out)
		}
	}
}

// checkStops checks that each VM was stopped, changed and started once. The flavor's record, which is replaced, was written twice.
func checkStops(t *testing.T, calls map[string]int, n int, unmodified bool) {
	t.Helper()
	gently, hard := n, 0
	if unmodified { // its guests have no tools
		gently, hard = 0, n
	}
	if calls["ShutdownGuest"] != gently || calls["PowerOffVM_Task"] != hard || calls["ReconfigVM_Task"] != n+2 ||
		calls["PowerOnVM_Task"] != n {
		t.Errorf("%d machines were not stopped, changed and started once each: %s", n, callList(calls))
	}
}

func callList(calls map[string]int) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		out = append(out, fmt.Sprintf("%d %s", calls[name], name))
	}
	return strings.Join(out, ", ")
}

func templateDisk(vc *acctest.VCenter) string {
	return strings.Replace(acctest.DiskFile(vc.VM("images/debian-12")), "] ", "]/", 1)
}

func checkFleet(t *testing.T, vc *acctest.VCenter, n int, cpus, ram int32) {
	t.Helper()
	vms := vc.VMs("OpenStack/*")
	if len(vms) != n {
		t.Fatalf("%d machines, not %d", len(vms), n)
	}
	source := acctest.DiskFile(vc.VM("images/debian-12"))
	for _, vm := range vms {
		hw := vm.Config.Hardware
		if hw.NumCPU != cpus || hw.MemoryMB != ram || *vm.Config.CpuAllocation.Reservation != 1000 || vm.Runtime.PowerState != "poweredOn" {
			t.Errorf("%s: %d vcpus, %d MB, %d MHz reserved, %s", vm.Name, hw.NumCPU, hw.MemoryMB, *vm.Config.CpuAllocation.Reservation,
				vm.Runtime.PowerState)
		}
		if size := acctest.DiskGiB(vm); size != 20 {
			t.Errorf("%s: a root disk of %d GiB", vm.Name, size)
		}
		if file := acctest.DiskFile(vm); file == source || file == "" {
			t.Errorf("%s has the disk %q", vm.Name, file)
		}
	}
}

func checkNothingLeft(t *testing.T, vc *acctest.VCenter, templateDisk string) {
	t.Helper()
	if vms := vc.VMs("OpenStack/*"); len(vms) != 0 {
		t.Errorf("%d machines are left", len(vms))
	}
	if records := vc.Catalogue(); records == nil || len(records) != 0 {
		t.Errorf("the catalogue still holds %v", records)
	}
	if tags := vc.Tags(); len(tags) != 0 {
		t.Errorf("the tags %v are left", tags)
	}
	files := vc.Files("[vmfs-1]")
	for _, file := range append(files, vc.Files("[vmfs-2]")...) {
		if strings.Contains(file, "web-") {
			t.Errorf("the file %s is left", file)
		}
	}
	if !slices.Contains(files, templateDisk) && !slices.Contains(vc.Files("[vmfs-2]"), templateDisk) {
		t.Errorf("the template's disk %s is gone; there are %v", templateDisk, files)
	}
	if calls := vc.Calls(); calls["Destroy_Task"] == 0 {
		t.Error("nothing was destroyed")
	}
}
