// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"strings"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccInstanceMarkedAsATemplate: no apply can power on an instance that was marked as a template. The plan reports that, with advice,
// and following it helps.
func TestAccInstanceMarkedAsATemplate(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	provider := vc.Provider(t, nil)
	little(provider)
	made := provider.Bring(instanceKind, wish(nil), protocol.Object{})
	vm := machine(vc, "OpenStack/web")
	by(t, func(ctx context.Context) (*object.Task, error) { return vm.PowerOff(ctx) })
	if err := vm.MarkAsTemplate(t.Context()); err != nil {
		t.Fatal(err)
	}
	now, heard := provider.Read(made)
	if len(protocol.Errors(heard)) > 0 || now.Text("power_state") != "shutoff" {
		t.Fatalf("read as %s, heard %v", now.Text("power_state"), heard)
	}
	refused(t, provider.Plan(instanceKind, wish(nil), now).Errors(), "power_state", "web was marked as a template")
	refused(t, provider.Plan(instanceKind, wish(nil), now).Errors(), "power_state",
		"(terraform state rm). If this keeps a terraform destroy from planning: run it with -refresh=false.")
	refused(t, provider.Plan(instanceKind, wish(map[string]any{"metadata": map[string]any{"a": "b"}, "power_state": "shutoff"}), now).Errors(),
		"", "govc vm.markasvm")
	if plan := provider.Plan(instanceKind, wish(map[string]any{"power_state": "shutoff"}), now); plan.Action != protocol.Nothing {
		t.Errorf("where nothing is wanted of it the plan is to %s: %v", plan.Action, plan.Diagnostics)
	}
	pools, err := find.NewFinder(vc.Client().Client).ResourcePoolList(t.Context(), "/dc1/host/*/Resources")
	if err == nil {
		err = vm.MarkAsVirtualMachine(t.Context(), *pools[0], nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	if now, _ = provider.Read(now); provider.Plan(instanceKind, wish(nil), now).Action != protocol.Update {
		t.Error("a virtual machine again, it is not started")
	}
	provider.Bring(instanceKind, wish(nil), now)
	if state := vc.VM("OpenStack/web").Runtime.PowerState; state != types.VirtualMachinePowerStatePoweredOn {
		t.Errorf("it is %s", state)
	}
}

// TestAccInstanceWithoutItsRootDisk: an instance has lost its root disk: plans still work, a warning gives advice, and a resize is
// refused.
func TestAccInstanceWithoutItsRootDisk(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	provider := vc.Provider(t, nil)
	little(provider)
	provider.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.large", "vcpus": 4, "ram": 4096, "disk": 40}, protocol.Object{})
	made := provider.Bring(instanceKind, wish(map[string]any{"power_state": "shutoff"}), protocol.Object{})
	vm := machine(vc, "OpenStack/web")
	devices, err := vm.Device(t.Context())
	if err == nil {
		err = vm.RemoveDevice(t.Context(), true, devices.SelectByType((*types.VirtualDisk)(nil))...)
	}
	if err != nil {
		t.Fatal(err)
	}
	now, _ := provider.Read(made)
	plan := provider.Plan(instanceKind, wish(map[string]any{"power_state": "shutoff"}), now)
	if len(plan.Diagnostics) != 1 || !strings.Contains(plan.Diagnostics[0].Text, "web has lost its root disk") ||
		plan.Action != protocol.Nothing {
		t.Errorf("the plan is to %s, heard %v", plan.Action, plan.Diagnostics)
	}
	refused(t, provider.Plan(instanceKind, wish(map[string]any{"power_state": "shutoff", "flavor_name": "m1.large"}), now).Errors(),
		"flavor_name", "web has lost its root disk")
	now.Tainted = true
	provider.Bring(instanceKind, wish(map[string]any{"power_state": "shutoff"}), now)
	if gib := acctest.DiskGiB(vc.VM("OpenStack/web")); gib != 20 {
		t.Errorf("made anew it has a root disk of %d GiB", gib)
	}
}

// TestAccFlavorMadeSmallerUnderItsName: a flavor gets a smaller disk under its name: its instances keep theirs, and the plan reports it.
func TestAccFlavorMadeSmallerUnderItsName(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	provider := vc.Provider(t, nil)
	flavor := func(gib int) map[string]any {
		return map[string]any{"name": "m1.small", "vcpus": 2, "ram": 2048, "disk": gib}
	}
	had := provider.Bring("novasphere_compute_flavor", flavor(20), protocol.Object{})
	made := provider.Bring(instanceKind, wish(nil), protocol.Object{})
	if plan := provider.Plan("novasphere_compute_flavor", flavor(10), had); plan.Action != protocol.Replace {
		t.Fatalf("the flavor's plan is to %s: %v", plan.Action, plan.Diagnostics)
	}
	plan := provider.Plan(instanceKind, wish(nil), made)
	if len(plan.Diagnostics) != 1 || plan.Diagnostics[0].Attribute != "flavor_name" ||
		!strings.Contains(plan.Diagnostics[0].Text, "now has a disk of 10 GiB, and web keeps its root disk of 20") {
		t.Errorf("heard %v", plan.Diagnostics)
	}
	if plan.Action != protocol.Nothing {
		t.Errorf("the plan is to %s", plan.Action)
	}
}
