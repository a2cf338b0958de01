// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

const (
	kindOfVolumeAttach = "novasphere_compute_volume_attach"
	volumeOn           = kindOfVolumeAttach + ".it"
)

// volumeNamed is a volume of one GiB.
func volumeNamed(name string) string {
	return fmt.Sprintf("resource \"novasphere_blockstorage_volume\" %q {\n  name = %q\n  size = 1\n}\n", name, name)
}

// attachedTo attaches a volume of a configuration to the instance of plain.
func attachedTo(volume, more string) string {
	return "resource \"" + kindOfVolumeAttach + "\" \"it\" {\n  instance_id = novasphere_compute_instance.it.id\n  volume_id = " +
		"novasphere_blockstorage_volume." + volume + ".id\n" + more + "\n}\n"
}

// volumesOf are the devices of a VM that are volumes, by the volumes' names.
func volumesOf(vc *acctest.VCenter, vm mo.VirtualMachine) map[string]*types.VirtualDisk {
	names, out := map[string]string{}, map[string]*types.VirtualDisk{}
	for _, disk := range vc.Disks() {
		names[disk.ID()] = disk.Name
	}
	for _, device := range vm.Config.Hardware.Device {
		if disk, ok := device.(*types.VirtualDisk); ok && disk.VDiskId != nil {
			out[names[disk.VDiskId.Id]] = disk
		}
	}
	return out
}

// hasVolumes checks that a VM has exactly the volumes of some names.
func hasVolumes(vc *acctest.VCenter, path string, names ...string) resource.TestCheckFunc {
	return on(vc, path, func(vm mo.VirtualMachine) error {
		has := volumesOf(vc, vm)
		for _, name := range names {
			if has[name] == nil {
				return fmt.Errorf("%s lacks the volume %s; it has %d", path, name, len(has))
			}
		}
		if len(has) != len(names) {
			return fmt.Errorf("%s has %d volumes, and not %v", path, len(has), names)
		}
		return nil
	})
}

// noVolumes checks that a configuration has left no machine and no disk.
func noVolumes(vc *acctest.VCenter) resource.TestCheckFunc {
	return resource.ComposeTestCheckFunc(destroyed(vc), acctest.Check(func() error {
		if left := vc.Disks(); len(left) > 0 {
			return fmt.Errorf("the disk %s is left", left[0].Name)
		}
		return nil
	}))
}

// TestAccVolumeAttach: the life of an attachment. Neither its making nor its end is a difference of the instance, which stays the same VM.
func TestAccVolumeAttach(t *testing.T) {
	t.Parallel()
	vc, same := acctest.Start(t, vcsim.Options{}), &identity{}
	config := func(rest string) string {
		return vc.Config("", plain("name = \"web\"\n  network { name = \"public\" }")+volumeNamed("data")+volumeNamed("logs")+rest)
	}
	does := func(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(volumeOn, action),
			plancheck.ExpectResourceAction(it, nothing)}, PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	}
	shown := func(volume, device string) resource.TestCheckFunc {
		return resource.ComposeTestCheckFunc(hasVolumes(vc, "OpenStack/web", volume), on(vc, "OpenStack/web", same.of),
			func(s *terraform.State) error {
				is, vm := s.RootModule().Resources[volumeOn].Primary.Attributes, vc.VM("OpenStack/web")
				disk := volumesOf(vc, vm)[volume]
				uuid := strings.ReplaceAll(hardware.BackingUUID(disk), "-", "")
				return differ(map[string]any{"id": is["id"], "device": is["device"], "disk_by_id": is["disk_by_id"], "unit": *disk.UnitNumber},
					map[string]any{"id": vm.Config.InstanceUuid + "/" + vc.Disk(volume).ID(), "device": device,
						"disk_by_id": "/dev/disk/by-id/wwn-0x" + uuid, "unit": int32(1)})
			})
	}
	taken := func() { // off the machine, by somebody else
		reconfigured(t, vc, "OpenStack/web", types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
			hardware.Remove(volumesOf(vc, vc.VM("OpenStack/web"))["logs"])}})
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             noVolumes(vc),
		Steps: []resource.TestStep{
			{Config: config(""), Check: on(vc, "OpenStack/web", same.of)},
			{Config: config(attachedTo("data", `timeouts { create = "2m" }`)), ConfigPlanChecks: does(created), Check: shown("data", "/dev/sdb")},
			{Config: config(attachedTo("data", "device = \"/dev/vdz\"\n  region = \"here\"\n  tag = \"db\"\n  vendor_options "+
				"{ ignore_volume_confirmation = true }")), ConfigPlanChecks: does(updated), Check: shown("data", "/dev/vdz")},
			{Config: config(attachedTo("data", "multiattach = false")), ConfigPlanChecks: does(updated), Check: shown("data", "/dev/vdz")},
			{Config: config(attachedTo("logs", "")), ConfigPlanChecks: does(remade), Check: shown("logs", "/dev/sdb")},
			{PreConfig: taken, Config: config(attachedTo("logs", "")), ConfigPlanChecks: does(created), Check: shown("logs", "/dev/sdb")},
			{ResourceName: volumeOn, ImportState: true, ImportStateVerify: true},
			{ResourceName: volumeOn, ImportState: true, ImportStateKind: resource.ImportBlockWithID,
				ImportPlanChecks: resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
			{Config: config(""), Check: resource.ComposeTestCheckFunc(hasVolumes(vc, "OpenStack/web"), on(vc, "OpenStack/web", same.of))},
			{Config: config(attachedTo("logs", "")), Check: shown("logs", "/dev/sdb")},
		},
	})
	if deletes := vc.DiskDeletes(); len(deletes) != 2 {
		t.Errorf("deleted were %v", deletes)
	}
}

// TestAccVolumesMove: ten volumes are attached to one instance in one apply, all move to another one in the next, and outlive both when
// only the instances go.
func TestAccVolumesMove(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	base := plain("name = \"web\"\n  network { name = \"public\" }") + strings.ReplaceAll(volumeNamed("data"), "size = 1",
		"size = 1\n  count = 10")
	base = strings.Replace(base, `name = "data"`, `name = "data-${count.index}"`, 1)
	second := "resource \"novasphere_compute_instance\" \"other\" {\n  name = \"other\"\n  flavor_id = " +
		"novasphere_compute_flavor.small.id\n  image_name = \"debian-12\"\n  network { name = \"public\" }\n}\n"
	attached := func(to string) string {
		return "resource \"" + kindOfVolumeAttach + "\" \"it\" {\n  count = 10\n  instance_id = novasphere_compute_instance." + to +
			".id\n  volume_id = novasphere_blockstorage_volume.data[count.index].id\n}\n"
	}
	var names []string
	for i := range 10 {
		names = append(names, fmt.Sprintf("data-%d", i))
	}
	empty := resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             noVolumes(vc),
		Steps: []resource.TestStep{
			{Config: vc.Config("", base+second+attached("it")), ConfigPlanChecks: empty,
				Check: resource.ComposeTestCheckFunc(hasVolumes(vc, "OpenStack/web", names...), hasVolumes(vc, "OpenStack/other"))},
			{Config: vc.Config("", base+second+attached("other")), ConfigPlanChecks: empty,
				Check: resource.ComposeTestCheckFunc(hasVolumes(vc, "OpenStack/web"), hasVolumes(vc, "OpenStack/other", names...))},
			{Config: vc.Config("", base), ConfigPlanChecks: empty, Check: acctest.Check(func() error {
				if left := vc.Disks(); len(left) != 10 || len(vc.DiskDeletes()) != 0 {
					return fmt.Errorf("%d disks are left, deleted were %v", len(left), vc.DiskDeletes())
				}
				return nil
			})},
		},
	})
}

// TestAccVolumeAttachRefused: what no plan may attach, with the reason at the attribute.
func TestAccVolumeAttachRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	base := plain("name = \"web\"\n  network { name = \"public\" }") + volumeNamed("data") +
		strings.Replace(volumeNamed("shared"), "size = 1", "size = 1\n  multiattach = true", 1)
	none := strings.Replace(attachedTo("data", ""), "novasphere_blockstorage_volume.data.id", `"0d5f7c1e-52a0-4f0b-9a55-30a1f7e6c0d2"`, 1)
	nowhere := strings.Replace(attachedTo("data", ""), "novasphere_compute_instance.it.id", `"0d5f7c1e-52a0-4f0b-9a55-30a1f7e6c0d2"`, 1)
	step := func(rest, why string) resource.TestStep {
		return resource.TestStep{Config: vc.Config("", base+rest), PlanOnly: true,
			ExpectError: regexp.MustCompile(strings.ReplaceAll(why, " ", `\s+`))}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             noVolumes(vc),
		Steps: []resource.TestStep{
			{Config: vc.Config("", base)},
			step(attachedTo("data", "multiattach = true"), "the volume data was made for one instance at a time"),
			step(attachedTo("shared", ""), "the volume shared was made for several instances at once"),
			step(none, "there is no volume 0d5f7c1e-52a0-4f0b-9a55-30a1f7e6c0d2"),
			step(nowhere, "no VM has the instance UUID 0d5f7c1e-52a0-4f0b-9a55-30a1f7e6c0d2"),
			{ResourceName: volumeOn, ImportState: true, ImportStateId: "web", Config: vc.Config("", base+attachedTo("data", "")),
				ExpectError: regexp.MustCompile("is not the id of an attachment")},
		},
	})
}

// machineOf makes a machine that runs, with disks on a controller, and returns its id.
func machineOf(t *testing.T, vc *acctest.VCenter, name string, controller types.BaseVirtualDevice, key, disks int32) string {
	t.Helper()
	spec := types.VirtualMachineConfigSpec{Name: name, Version: "vmx-19"}
	if key != hardware.IDEKey {
		controller.GetVirtualDevice().Key = key
		spec.DeviceChange = append(spec.DeviceChange, hardware.Add(controller))
	}
	for i := range disks {
		unit := i
		if unit >= hardware.SCSISelf {
			unit++
		}
		disk := &types.VirtualDisk{CapacityInKB: 1 << 10, CapacityInBytes: 1 << 20}
		disk.Key, disk.ControllerKey, disk.UnitNumber = -1-i, key, &unit
		disk.Backing = &types.VirtualDiskFlatVer2BackingInfo{DiskMode: "persistent", ThinProvisioned: types.NewBool(true)}
		spec.DeviceChange = append(spec.DeviceChange, hardware.Create(disk))
	}
	vc.Make("OpenStack", spec)
	vm := vc.VM("OpenStack/" + name)
	task, err := object.NewVirtualMachine(vc.Client().Client, vm.Self).PowerOn(t.Context())
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return vm.Config.InstanceUuid
}

// TestVolumeAttachPlaces: a plan tells of a controller that a machine needs, once for each volume that needs it, and refuses what a machine
// has no place for: the volumes that are planned together count.
func TestVolumeAttachPlaces(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	full := machineOf(t, vc, "full", &types.VirtualLsiLogicController{}, 1000, 14)
	old := machineOf(t, vc, "old", &types.VirtualIDEController{}, hardware.IDEKey, 1)
	p := vc.Provider(t, nil)
	var volumes []string
	for i := range 47 {
		volumes = append(volumes, vc.MakeDisk(fmt.Sprintf("v-%d", i), 1))
	}
	plan := func(machine, volume string) protocol.Plan {
		return p.Plan(kindOfVolumeAttach, map[string]any{"instance_id": machine, "volume_id": volume}, p.None(kindOfVolumeAttach))
	}
	for i, volume := range volumes {
		made := plan(full, volume)
		said := fmt.Sprint(made.Diagnostics)
		switch {
		case i == 0 && said != "[]":
			t.Errorf("with a free place: %s", said)
		case i > 0 && i < 46 && (len(made.Errors()) > 0 || !strings.Contains(said, "An instance gets another disk controller")):
			t.Errorf("volume %d: %s", i, said)
		case i == 46 && (len(made.Errors()) != 1 || made.Errors()[0].Attribute != "instance_id" ||
			!strings.Contains(said, "neither a free place for another nor room for another controller")):
			t.Errorf("beyond the last place: %s", said)
		}
	}
	roomy := machineOf(t, vc, "roomy", &types.VirtualLsiLogicController{}, 1000, 12)
	for i, volume := range volumes[:4] { // what is attached by now is not counted twice
		planned := plan(roomy, volume)
		if told := strings.Contains(fmt.Sprint(planned.Diagnostics), "An instance gets another disk controller"); told != (i == 3) {
			t.Errorf("volume %d beside 12 disks: %v", i, planned.Diagnostics)
		}
		if _, reported := p.Apply(planned); len(reported) > 0 {
			t.Errorf("volume %d: %v", i, reported)
		}
	}
	said := fmt.Sprint(plan(old, volumes[0]).Errors())
	if !strings.Contains(said, "its root disk is on IDE, which takes no disk while a machine runs") {
		t.Errorf("on IDE: %s", said)
	}
}

// TestAccVolumeShared: two instances have one volume, and neither can be suspended meanwhile.
func TestAccVolumeShared(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := func(power, with string) string {
		return vc.Config("", strings.Replace(volumeNamed("data"), "size = 1", "size = 1\n  multiattach = true", 1)+plain("name = \"web-"+
			"${count.index}\"\n  count = 2\n  power_state = \""+power+"\"\n  network { name = \"public\" }")+with)
	}
	shared := "resource \"" + kindOfVolumeAttach + "\" \"it\" {\n  count = 2\n" +
		"  instance_id = novasphere_compute_instance.it[count.index].id\n" +
		"  volume_id = novasphere_blockstorage_volume.data.id\n  multiattach = true\n}\n"
	empty := resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             noVolumes(vc),
		Steps: []resource.TestStep{
			{Config: config("active", shared), ConfigPlanChecks: empty,
				Check: resource.ComposeTestCheckFunc(hasVolumes(vc, "OpenStack/web-0", "data"), hasVolumes(vc, "OpenStack/web-1", "data"))},
			{ResourceName: volumeOn + "[0]", ImportState: true, ImportStateVerify: true},
			{Config: config("suspended", shared),
				ExpectError: regexp.MustCompile(`volumes\s+that\s+other\s+instances\s+may\s+have\s+too\s+cannot\s+be\s+suspended`)},
			{Config: config("active", ""), Check: hasVolumes(vc, "OpenStack/web-0")},
			{Config: config("suspended", ""), ConfigPlanChecks: empty},
		},
	})
}
