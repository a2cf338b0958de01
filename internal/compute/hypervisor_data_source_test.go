// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// host is an ESX host of the inventory.
func host(t *testing.T, vc *acctest.VCenter, name string) *object.HostSystem {
	t.Helper()
	found, err := find.NewFinder(vc.Client().Client).HostSystem(t.Context(), "/dc1/host/compute/"+name)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// retire puts a host into maintenance and its VMs on others.
func retire(t *testing.T, vc *acctest.VCenter, name string) {
	t.Helper()
	task, err := host(t, vc, name).EnterMaintenanceMode(t.Context(), 10, false, nil)
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// usedMB returns the vCenter's figure for a host's used memory.
func usedMB(t *testing.T, vc *acctest.VCenter, name string) int32 {
	t.Helper()
	var h mo.HostSystem
	found := host(t, vc, name)
	if err := found.Properties(t.Context(), found.Reference(), []string{"summary.quickStats"}, &h); err != nil {
		t.Fatal(err)
	}
	return h.Summary.QuickStats.OverallMemoryUsage
}

// fleetOfNodes defines three instances and every data source about the places where they run.
var fleetOfNodes = herd +
	data("hypervisor", "own", "") + data("hypervisor", "byname", "hostname = data.novasphere_compute_hypervisor.own.hostname") +
	data("hypervisor", "byid", "id = data.novasphere_compute_hypervisor.own.id") +
	data("hypervisor", "esx", `hostname = "ESX-2"`) + data("hypervisors", "all", "") + data("hypervisors", "clusters", `level = "cluster"`) +
	data("hypervisors", "hosts", `level = "host", hypervisor_hostname_pattern = "SX-", cluster = "compute"`) +
	data("hypervisors", "none", `cluster = "other"`) +
	data("services", "all", "") + data("services", "one", `binary = "nova-compute", host = "esx-3"`) +
	data("services", "none", `binary = "nova-scheduler"`) +
	data("limits", "ours", "") + data("limits", "empty", `project_id = ""`)

func TestAccHypervisorData(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{ForeignVMs: 5})
	const own, esx, all = "data.novasphere_compute_hypervisor.own", "data.novasphere_compute_hypervisor.esx",
		"data.novasphere_compute_hypervisors.all"
	const services, ours = "data.novasphere_compute_services", "data.novasphere_compute_limits"
	is := resource.TestCheckResourceAttr
	same := resource.TestCheckResourceAttrPair
	first := resource.ComposeAggregateTestCheckFunc(is(own, "vcpus", "96"), is(own, "memory_mb", "393216"), is(own, "memory", "393216"),
		is(own, "memory_mb_used", "24576"), is(own, "free_ram_mb", "368640"),
		is(own, "local_gb", "8192"), is(own, "disk", "8192"), is(own, "hypervisor_type", "VMware vCenter Server"),
		is(own, "type", "VMware vCenter Server"), is(own, "hypervisor_version", "8000003"),
		is(own, "running_vms", "0"), is(own, "state", "up"), is(own, "status", "enabled"), is(own, "level", "cluster"),
		is(own, "cluster", "compute"), is(own, "cpu_info", ""), is(own, "host_ip", "127.0.0.1"))
	filled := resource.ComposeAggregateTestCheckFunc(
		is(own, "running_vms", "3"), is(own, "vcpus_used", "9"), is(own, "memory_mb_used", fmt.Sprint(24576+1024+2*4096)), is(own, "vcpus", "96"),
		same(own, "hostname", "novasphere_compute_instance.it.0", "hypervisor_hostname"),
		same(own, "id", "data.novasphere_compute_hypervisor.byname", "id"),
		same(own, "hostname", "data.novasphere_compute_hypervisor.byid", "hostname"),
		is(esx, "level", "host"), is(esx, "vcpus", "32"), is(esx, "memory_mb", "131072"), is(esx, "hostname", "ESX-2"),
		resource.TestMatchResourceAttr(esx, "cpu_info", says(`"sockets":2,"cores":8,"threads":2`)),
		is(all, "names.#", "4"), same(all, "names.0", own, "hostname"), is(all, "names.1", "esx-1"),
		is(all, "hypervisors.1.hypervisor_hostname", "esx-1"), same(all, "hypervisors.0.memory_mb_used", own, "memory_mb_used"),
		is("data.novasphere_compute_hypervisors.clusters", "ids.#", "1"), is("data.novasphere_compute_hypervisors.hosts", "hypervisors.#", "3"),
		is("data.novasphere_compute_hypervisors.none", "hypervisors.#", "0"),
		is(services+".all", "services.#", "3"), is(services+".all", "services.0.host", "esx-1"),
		is(services+".all", "services.0.binary", "nova-compute"), is(services+".all", "services.0.zone", "nova"),
		is(services+".all", "services.0.status", "enabled"), same(services+".all", "services.0.hypervisor_hostname", own, "hostname"),
		is(services+".one", "services.#", "1"), is(services+".none", "services.#", "0"),
		is(ours+".ours", "total_instances_used", "3"), is(ours+".ours", "total_cores_used", "9"), is(ours+".ours", "total_ram_used", "9216"),
		is(ours+".ours", "max_total_instances", "-1"), is(ours+".ours", "max_total_cores", "-1"),
		is(ours+".empty", "total_instances_used", "3"), resource.TestCheckNoResourceAttr(ours+".ours", "total_floating_ips_used"),
	)
	resting := resource.ComposeAggregateTestCheckFunc(is(own, "vcpus", "64"), is(own, "running_vms", "3"), is(own, "status", "enabled"),
		is(services+".one", "services.0.status", "disabled"), is(services+".one", "services.0.state", "up"),
		is(services+".one", "services.0.disabled_reason", "the host is in maintenance mode"), is(all, "hypervisors.3.status", "disabled"),
		is(all, "hypervisors.3.running_vms", "0"), agree(t, vc))
	wrong := func(kind, search, text string) resource.TestStep {
		return resource.TestStep{Config: vc.Config("", data(kind, "wrong", search)), ExpectError: says(text)}
	}
	empty := resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", data("hypervisor", "own", "")), Check: first, ConfigPlanChecks: empty},
			{Config: vc.Config("", herd), ConfigPlanChecks: empty},
			{Config: vc.Config("", fleetOfNodes), Check: filled, ConfigPlanChecks: empty},
			{PreConfig: func() { retire(t, vc, "esx-3") }, Config: vc.Config("", fleetOfNodes), Check: resting, ConfigPlanChecks: empty},
			wrong("hypervisor", `hostname = "esx-33"`, `hostname: no compute node "esx-33" in datacenter dc1; the nearest names are "esx-3"`),
			wrong("hypervisor", `id = "host-0"`, `id: no compute node with the id "host-0" in datacenter dc1`),
			wrong("hypervisors", `level = "node"`, `level: "node" is neither "cluster" nor "host"`),
			wrong("limits", `project_id = "nobody"`, `project_id: no project "nobody"`),
		},
	})
}

// agree compares the used memory in the state with the vCenter's figures for its hosts.
func agree(t *testing.T, vc *acctest.VCenter) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		all := s.RootModule().Resources["data.novasphere_compute_hypervisors.all"].Primary.Attributes
		var sum int32
		for i, name := range []string{"esx-1", "esx-2", "esx-3"} {
			used := usedMB(t, vc, name)
			if have := all[fmt.Sprintf("hypervisors.%d.memory_mb_used", i+1)]; have != fmt.Sprint(used) {
				return fmt.Errorf("%s uses %s MB, and the vCenter says %d", name, have, used)
			}
			if name != "esx-3" { // esx-3 is in maintenance
				sum += used
			}
		}
		if have := all["hypervisors.0.memory_mb_used"]; have != fmt.Sprint(sum) {
			return fmt.Errorf("the cluster uses %s MB, and its working hosts %d", have, sum)
		}
		return nil
	}
}

// TestAccHypervisorCalls: a plan reads the compute nodes once, for any number of blocks.
func TestAccHypervisorCalls(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	config := ""
	for i := range 25 {
		config += data("hypervisor", fmt.Sprint("h", i), fmt.Sprintf(`hostname = "esx-%d"`, i%3+1)) + data("services", fmt.Sprint("s", i), "")
	}
	ws := vc.NewWorkspace(t, wire, config)
	wire.Take()
	ws.Apply()
	calls, _ := wire.Take()
	if n := calls["RetrievePropertiesEx of ClusterComputeResource and ComputeResource and Datastore and HostSystem and VirtualMachine"]; n !=
		1 || acctest.Total(calls) > 12 {
		t.Errorf("calls %v", calls)
	}
}
