// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// rests checks whether a host is in maintenance.
func rests(vc *acctest.VCenter, name string, want bool) resource.TestCheckFunc {
	return holds(vc, name, func(h mo.HostSystem) error {
		if h.Runtime.InMaintenanceMode != want {
			return fmt.Errorf("%s is in maintenance: %t", name, h.Runtime.InMaintenanceMode)
		}
		return nil
	})
}

// theirs returns a host that was added outside of Terraform, as a compute node.
func theirs(arguments string) string {
	return trusted("esx-1", arguments) + "import {\n  to = novasphere_compute_node.it\n  id = \"esx-1\"\n}\n"
}

// resting returns an instance, and its host as a compute node that was added outside of Terraform.
func resting(arguments string) string {
	return plain("name = \"web\"") + theirs("adopt = true\n"+arguments)
}

// stays checks whether the instance is on esx-1.
func stays(vc *acctest.VCenter, want bool) resource.TestCheckFunc {
	return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		h, err := hostOf(vc, "esx-1")
		if err == nil && (*vm.Runtime.Host == h.Self) != want {
			err = fmt.Errorf("it runs on %s, and esx-1 is %s", vm.Runtime.Host.Value, h.Self.Value)
		}
		return err
	})
}

// gather moves an instance to a host.
func gather(t *testing.T, vc *acctest.VCenter, name string) {
	t.Helper()
	ref := host(t, vc, name).Reference()
	by(t, func(context.Context) (*object.Task, error) {
		return machine(vc, "OpenStack/web").Relocate(t.Context(), types.VirtualMachineRelocateSpec{Host: &ref},
			types.VirtualMachineMovePriorityDefaultPriority)
	})
}

// TestAccComputeNodeMaintenance: DRS empties a host that is disabled, and the instances' plans stay empty.
func TestAccComputeNodeMaintenance(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	disabled := resting(`status = "disabled"`)
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", plain("name = \"web\""))},
			{PreConfig: func() { gather(t, vc, "esx-1") }, Config: vc.Config("", resting("")),
				Check: resource.ComposeTestCheckFunc(stays(vc, true), rests(vc, "esx-1", false))},
			{Config: vc.Config("", disabled), Check: resource.ComposeTestCheckFunc(stays(vc, false), rests(vc, "esx-1", true))},
			{Config: vc.Config("", disabled), PlanOnly: true},
			{PreConfig: func() { // the maintenance is ended outside of Terraform
				by(t, func(context.Context) (*object.Task, error) {
					return host(t, vc, "esx-1").ExitMaintenanceMode(t.Context(), 10)
				})
			}, Config: vc.Config("", disabled), ConfigPlanChecks: action(esxNode, updated), Check: rests(vc, "esx-1", true)},
			{Config: vc.Config("", resting("")), Check: rests(vc, "esx-1", false)},
		},
	})
}

// TestAccComputeNodeHeldUp: without DRS nothing moves the VMs: the error names them, the host keeps running, and nothing is removed.
func TestAccComputeNodeHeldUp(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{NoDRS: true})
	const short = "timeouts {\n  update = \"4s\"\n  delete = \"4s\"\n}\n"
	stop := func() {
		by(t, func(context.Context) (*object.Task, error) { return machine(vc, "OpenStack/web").PowerOff(t.Context()) })
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", plain("name = \"web\""))},
			{PreConfig: func() { gather(t, vc, "esx-1") }, Config: vc.Config("", resting(short))},
			{Config: vc.Config("", resting(short+`status = "disabled"`)),
				ExpectError: says(`status: the ESX host esx-1 did not get into maintenance within its timeout, and works on: "web" hold it ` +
					`up. DRS is off in the cluster compute`)},
			{Config: vc.Config("", resting(short)), Check: resource.ComposeTestCheckFunc(rests(vc, "esx-1", false), stays(vc, true))},
			{Config: vc.Config("", plain("name = \"web\"")), ExpectError: says(`"web"`)},
			{PreConfig: stop, Config: vc.Config("", plain("name = \"web\"\n  power_state = \"shutoff\"")), ExpectError: says(`"web"`)},
			{Config: vc.Config("", plain("name = \"web\"\n  power_state = \"shutoff\"")+theirs("")), Check: rests(vc, "esx-1", false)},
			{Config: vc.Config("", plain("name = \"web\"\n  power_state = \"shutoff\"")),
				Check: resource.ComposeTestCheckFunc(rests(vc, "esx-1", false), stays(vc, true), uplinks(vc, "esx-1", "dvs-1: "))},
		},
	})
}

// TestAccComputeNodeLeftBehind: a VM that is off does not keep a host from its maintenance, but would be removed with it.
func TestAccComputeNodeLeftBehind(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	place := clusterBlock("edge", "")
	node := strings.Replace(trusted("esx-9", ""), `"compute"`, "novasphere_compute_cluster.it.id", 1)
	leave := func() {
		folders, err := datacenter(vc).Folders(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pool, err := find.NewFinder(vc.Client().Client).ResourcePool(t.Context(), "/dc1/host/edge/Resources")
		if err != nil {
			t.Fatal(err)
		}
		by(t, func(ctx context.Context) (*object.Task, error) {
			return folders.VmFolder.CreateVM(ctx, types.VirtualMachineConfigSpec{Name: "forgotten",
				Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"}}, pool, nil)
		})
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(`cluster = "compute"`, place+node)},
			{PreConfig: leave, Config: vc.Config(`cluster = "compute"`, place),
				ExpectError: says(`hostname: the ESX host esx-9 is not removed: "forgotten" are still on it`)},
			{Config: vc.Config(`cluster = "compute"`, place+node), Check: resource.ComposeTestCheckFunc(rests(vc, "esx-9", false),
				acctest.Check(func() error { vc.VM("forgotten"); return nil }))},
			{PreConfig: func() {
				by(t, func(ctx context.Context) (*object.Task, error) { return machine(vc, "forgotten").Destroy(ctx) })
			}, Config: vc.Config(`cluster = "compute"`, "")},
		},
	})
}
