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

const instanceKind = "novasphere_compute_instance"

// farSwitch makes a distributed switch without member hosts, with a portgroup.
func farSwitch(t *testing.T, vc *acctest.VCenter, name, portgroup string) {
	t.Helper()
	folder, err := find.NewFinder(vc.Client().Client).Folder(t.Context(), "/dc1/network")
	if err != nil {
		t.Fatal(err)
	}
	var made *types.TaskInfo
	task, err := folder.CreateDVS(t.Context(),
		types.DVSCreateSpec{ConfigSpec: &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Name: name}}})
	if err == nil {
		made, err = task.WaitForResult(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	on := object.NewDistributedVirtualSwitch(vc.Client().Client, made.Result.(types.ManagedObjectReference))
	by(t, func(ctx context.Context) (*object.Task, error) {
		return on.AddPortgroup(ctx, []types.DVPortgroupConfigSpec{{Name: portgroup, NumPorts: 8,
			Type: string(types.DistributedVirtualPortgroupPortgroupTypeEarlyBinding)}})
	})
}

// little makes a flavor that every test image fits.
func little(provider *protocol.Provider) {
	provider.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.small", "vcpus": 2, "ram": 2048, "disk": 20}, protocol.Object{})
}

func TestAccInstanceWhereNoHostCanTakeIt(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	farSwitch(t, vc, "dvs-2", "only-2")
	retire(t, vc, "esx-2")
	by(t, func(ctx context.Context) (*object.Task, error) { return host(t, vc, "esx-3").Disconnect(ctx) })
	provider := vc.Provider(t, nil)
	little(provider)
	for name, c := range map[string]struct {
		other    map[string]any
		at, text string
	}{
		"a switch of no host": {nics(map[string]any{"name": "only-2"}), "network",
			"no host of the cluster compute is a member of the distributed switch dvs-2, which the network only-2 is on"},
		"beside one that is there": {nics(map[string]any{"name": "public"}, map[string]any{"name": "only-2"}), "network",
			"is a member of the distributed switch dvs-2"},
		"a host in maintenance": {map[string]any{"hypervisor_hostname": "esx-2"}, "hypervisor_hostname", "the host esx-2 is in maintenance"},
		"a host that is away":   {map[string]any{"hypervisor_hostname": "esx-3"}, "hypervisor_hostname", "the host esx-3 is disconnected"},
		"as a part of the zone": {map[string]any{"availability_zone": "nova:esx-2"}, "availability_zone", "the host esx-2 is in maintenance"},
		"a host without it": {map[string]any{"hypervisor_hostname": "esx-1", "network": []any{map[string]any{"name": "only-2"}}},
			"hypervisor_hostname", "of which the host esx-1 is no member"},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, vc.Provider(t, nil).Plan(instanceKind, wish(c.other), protocol.Object{}).Errors(), c.at, c.text)
		})
	}
	if all := vc.VMs("OpenStack/*"); len(all) > 0 {
		t.Errorf("%d machines were made", len(all))
	}
}

// TestAccInstanceOnAHostThatWentAway: a host goes into maintenance between plan and apply. The error names the host and the reason, and
// nothing is sent.
func TestAccInstanceOnAHostThatWentAway(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	first := vc.Provider(t, nil)
	little(first)
	plan := first.Plan(instanceKind, wish(map[string]any{"hypervisor_hostname": "esx-2"}), protocol.Object{})
	retire(t, vc, "esx-2")
	second := vc.Provider(t, nil) // an apply is another process
	_, heard := second.Apply(plan)
	errs := protocol.Errors(heard)
	if len(errs) != 1 || !strings.Contains(errs[0].Text, "the host esx-2 is in maintenance") {
		t.Errorf("heard %v", heard)
	}
	if calls := vc.Calls()["CloneVM_Task"]; calls != 0 {
		t.Errorf("%d clones were begun", calls)
	}
}

func TestAccInstanceOfAnImageWithoutADisk(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	vc.Make("images", types.VirtualMachineConfigSpec{Name: "nodisk", GuestId: "debian12_64Guest", NumCPUs: 1, MemoryMB: 128})
	if err := machine(vc, "images/nodisk").MarkAsTemplate(t.Context()); err != nil {
		t.Fatal(err)
	}
	provider := vc.Provider(t, nil)
	little(provider)
	refused(t, vc.Provider(t, nil).Plan(instanceKind, wish(map[string]any{"image_name": "nodisk"}), protocol.Object{}).Errors(), "image_name",
		"the image nodisk has no disk")
	id := vc.VM("images/nodisk").Config.InstanceUuid
	refused(t, vc.Provider(t, nil).Plan(instanceKind, wish(map[string]any{"image_name": nil, "image_id": id}), protocol.Object{}).Errors(),
		"image_id", "the image nodisk has no disk")
}

// TestAccPasswordOfATemplateOfWindows: the template's guest id marks Windows where no property does.
func TestAccPasswordOfATemplateOfWindows(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	windows := machine(vc, "images/debian-12")
	pools, err := find.NewFinder(vc.Client().Client).ResourcePoolList(t.Context(), "/dc1/host/*/Resources")
	if err == nil {
		err = windows.MarkAsVirtualMachine(t.Context(), *pools[0], nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	reconfigured(t, vc, "images/debian-12", types.VirtualMachineConfigSpec{GuestId: "windows2019srv_64Guest"})
	if err := windows.MarkAsTemplate(t.Context()); err != nil {
		t.Fatal(err)
	}
	provider := vc.Provider(t, nil)
	little(provider)
	secret := map[string]any{"admin_pass": "Geheim-1"}
	refused(t, vc.Provider(t, nil).Plan(instanceKind, wish(secret), protocol.Object{}).Errors(), "admin_pass", "set config_drive = true")
	secret["config_drive"] = true
	if heard := vc.Provider(t, nil).Plan(instanceKind, wish(secret), protocol.Object{}).Errors(); len(heard) > 0 {
		t.Errorf("heard %v", heard)
	}
}

func TestAccRootDiskInABlock(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	provider := vc.Provider(t, nil)
	little(provider)
	block := func(gib int) map[string]any {
		return map[string]any{"block_device": []any{map[string]any{"source_type": "image", "destination_type": "local", "volume_size": gib,
			"boot_index": 0}}}
	}
	refused(t, vc.Provider(t, nil).Plan(instanceKind, wish(block(30)), protocol.Object{}).Errors(), "block_device[0]",
		"the flavor m1.small has 20 GiB: write volume_size = 20 or leave it out, or choose a flavor with disk = 30")
	made := provider.Bring(instanceKind, wish(block(20)), protocol.Object{})
	if gib := acctest.DiskGiB(vc.VM("OpenStack/web")); gib != 20 {
		t.Errorf("a root disk of %d GiB", gib)
	}
	provider.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.large", "vcpus": 2, "ram": 2048, "disk": 40}, protocol.Object{})
	larger := wish(block(40))
	larger["flavor_name"] = "m1.large"
	plan := provider.Plan(instanceKind, larger, made)
	if plan.Action != protocol.Update {
		t.Fatalf("the plan is to %s: %v", plan.Action, plan.Diagnostics)
	}
	if _, heard := provider.Apply(plan); len(protocol.Errors(heard)) > 0 {
		t.Fatalf("heard %v", heard)
	}
	if gib := acctest.DiskGiB(vc.VM("OpenStack/web")); gib != 40 {
		t.Errorf("after the resize a root disk of %d GiB", gib)
	}
}

func TestAccInstanceApartFromNobody(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	provider := vc.Provider(t, nil)
	little(provider)
	hint := func(name string) map[string]any {
		return map[string]any{"scheduler_hints": []any{map[string]any{name: []any{"4f2c0a66-0000-4000-8000-000000000009"}}}}
	}
	for _, name := range []string{"different_host", "same_host"} {
		refused(t, vc.Provider(t, nil).Plan(instanceKind, wish(hint(name)), protocol.Object{}).Errors(), "scheduler_hints", name+": no instance"+
			map[string]string{"same_host": " of the cluster compute"}[name]+" has the id 4f2c0a66-0000-4000-8000-000000000009")
	}
}

// TestAccHardwareThatNoHostHas: hardware that no host of the cluster supports, or that is too large for the VM, is refused at plan, for a
// new instance and for a resize.
func TestAccHardwareThatNoHostHas(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	provider := vc.Provider(t, nil)
	little(provider)
	made := provider.Bring(instanceKind, wish(nil), protocol.Object{})
	for name, more := range map[string]map[string]any{
		"f.version": {"extra_specs": map[string]any{"vmware:hw_version": "vmx-999"}},
		"f.wide":    {"vcpus": 900, "extra_specs": map[string]any{"vmware:hw_version": "vmx-21"}},
	} {
		flavor := map[string]any{"name": name, "vcpus": 2, "ram": 2048, "disk": 20}
		for key, value := range more {
			flavor[key] = value
		}
		provider.Bring("novasphere_compute_flavor", flavor, protocol.Object{})
	}
	version := map[string]any{"flavor_name": "f.version"}
	refused(t, vc.Provider(t, nil).Plan(instanceKind, wish(map[string]any{"name": "new", "flavor_name": "f.version"}),
		protocol.Object{}).Errors(),
		"flavor_name", "no host of the cluster compute knows the hardware version vmx-999: write one of vmx-")
	refused(t, vc.Provider(t, nil).Plan(instanceKind, wish(version), made).Errors(), "flavor_name", "knows the hardware version vmx-999")
	refused(t, vc.Provider(t, nil).Plan(instanceKind, wish(map[string]any{"name": "new", "flavor_name": "f.wide"}),
		protocol.Object{}).Errors(),
		"flavor_name", "a machine of the hardware version vmx-21 has at most 768")
	if all := vc.VMs("OpenStack/*"); len(all) != 1 || all[0].Config.Hardware.NumCPU != 2 {
		t.Errorf("the machines are %v", all)
	}
}
