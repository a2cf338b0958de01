// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// bootFlavor has no disk of its own, as flavors for instances that boot from volumes do.
const bootFlavor = `
resource "novasphere_compute_flavor" "f" {
  name  = "v.none"
  vcpus = 1
  ram   = 1024
  disk  = 0
}
`

// booted returns the configuration of an instance with some blocks.
func booted(vc *acctest.VCenter, arguments string, blocks ...string) string {
	config := bootFlavor + "resource \"novasphere_compute_instance\" \"it\" {\n  name = \"web\"\n  flavor_name = \"v.none\"\n" + arguments +
		"\n  depends_on = [novasphere_compute_flavor.f]\n  network { name = \"public\" }\n"
	for _, block := range blocks {
		config += "  block_device {\n" + block + "\n  }\n"
	}
	return vc.Config("", config+"}\n")
}

// placesOf describes a VM's disks by their places: the size in MB, and the id of the volume that it is, or "own" and its folder.
func placesOf(vm mo.VirtualMachine) map[string]string {
	out, slots := map[string]string{}, hardware.SlotsOf(vm.Config.Hardware.Device, vm.Config.Version)
	home, _, _ := strings.Cut(vm.Config.Files.VmPathName, "/")
	for _, device := range vm.Config.Hardware.Device {
		disk, is := device.(*types.VirtualDisk)
		if !is {
			continue
		}
		at, _ := slots.PlaceOf(disk)
		what := "elsewhere"
		if file := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).FileName; strings.HasPrefix(file, home+"/") {
			what = "own"
		}
		if disk.VDiskId != nil {
			what = disk.VDiskId.Id
		}
		out[at.String()] = fmt.Sprintf("%d %s", disk.CapacityInKB>>10, what)
	}
	return out
}

// bootRow is a row of what an instance's blocks make: disks on the VM, and what of them is left when it is destroyed. %image, %volume and
// %snapshot stand for ids; made volumes are known by their names.
type bootRow struct {
	name   string
	blocks []string
	disks  map[string]string // by place
	left   []string          // names of the disks that outlive the instance, beside those that were there before
}

var bootRows = []bootRow{
	{name: "an image's copy that goes", blocks: []string{`source_type = "image"
    uuid = "%image"
    destination_type = "volume"
    volume_size = 5
    boot_index = 0
    delete_on_termination = true`},
		disks: map[string]string{"scsi0:0": "5120 own"}},
	{name: "an image's copy that stays", blocks: []string{`source_type = "image"
    uuid = "%image"
    destination_type = "volume"
    volume_size = 5
    boot_index = 0`},
		disks: map[string]string{"scsi0:0": "5120 web-0"}, left: []string{"web-0"}},
	{name: "a volume", blocks: []string{`source_type = "volume"
    uuid = "%volume"
    destination_type = "volume"
    boot_index = 0`},
		disks: map[string]string{"scsi0:0": "3072 there"}},
	{name: "a snapshot's copy that goes", blocks: []string{`source_type = "snapshot"
    uuid = "%snapshot"
    destination_type = "volume"
    volume_size = 4
    boot_index = 0
    delete_on_termination = true`},
		disks: map[string]string{"scsi0:0": "4096 web-0"}},
	{name: "a snapshot's copy that stays", blocks: []string{`source_type = "snapshot"
    uuid = "%snapshot"
    destination_type = "volume"
    boot_index = 0`},
		disks: map[string]string{"scsi0:0": "3072 web-0"}, left: []string{"web-0"}},
	{name: "a volume with every other disk", blocks: []string{`source_type = "volume"
    uuid = "%volume"
    destination_type = "volume"
    boot_index = 0
    delete_on_termination = true`, `source_type = "image"
    uuid = "%image"
    destination_type = "volume"
    volume_size = 6
    boot_index = 1
    delete_on_termination = true`, `source_type = "blank"
    destination_type = "volume"
    volume_size = 7
    boot_index = -1`, `source_type = "blank"
    destination_type = "volume"
    volume_size = 8
    boot_index = -1
    delete_on_termination = true`, `source_type = "snapshot"
    uuid = "%snapshot"
    destination_type = "volume"
    boot_index = -1`},
		disks: map[string]string{"scsi0:0": "3072 there", "scsi0:1": "6144 web-1", "scsi0:2": "7168 web-2", "scsi0:3": "8192 own",
			"scsi0:4": "3072 web-4"}, left: []string{"web-2", "web-4"}},
	{name: "an image with a volume beside it", blocks: []string{`source_type = "image"
    uuid = "%image"
    destination_type = "local"
    boot_index = 0`, `source_type = "volume"
    uuid = "%volume"
    boot_index = 1`},
		disks: map[string]string{"scsi0:0": "2048 own", "scsi0:1": "3072 there"}},
}

// TestBootVolumes: what each block makes lies on the VM in its place, the plan is empty then, and what stays is told and stays.
func TestBootVolumes(t *testing.T) {
	t.Parallel()
	for _, row := range bootRows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			volume := vc.MakeDisk("there", 3<<10)
			vc.WriteDisk(vc.Disk("there"), 1<<20, "a system")
			blocks := slices.Clone(row.blocks)
			for i := range blocks {
				blocks[i] = strings.NewReplacer("%image", vc.VM("images/debian-12").Config.InstanceUuid, "%volume", volume,
					"%snapshot", volume+"/"+vc.SnapshotDisk(vc.Disk("there"))).Replace(blocks[i])
			}
			config := booted(vc, "", blocks...)
			protocol.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				CheckDestroy: resource.ComposeTestCheckFunc(destroyed(vc), acctest.Check(func() error {
					var left []string
					for _, disk := range vc.Disks() {
						if disk.Name != "there" {
							left = append(left, disk.Name)
						}
					}
					deletes := vc.DiskDeletes()
					return differ(map[string]any{"left": left, "deleted": deletes[volume]}, map[string]any{"left": row.left, "deleted": 0})
				})),
				Steps: []resource.TestStep{
					{Config: config, Check: resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
						adapters := len(object.VirtualDeviceList(vm.Config.Hardware.Device).SelectByType((*types.VirtualSCSIController)(nil)))
						return differ(map[string]any{"disks": byName(vc, placesOf(vm)), "power": string(vm.Runtime.PowerState), "adapters": adapters,
							"annotated": strings.Contains(vm.Config.Annotation, "flavor:root_gb:0\n")},
							map[string]any{"disks": row.disks, "power": "poweredOn", "adapters": 1, "annotated": true})
					}), resource.TestCheckResourceAttr(it, "power_state", "active"))},
					{Config: config, PlanOnly: true},
					{ResourceName: it, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateIdFunc: idOf(vc)},
				},
			})
		})
	}
}

// byName replaces the ids of volumes by their names.
func byName(vc *acctest.VCenter, places map[string]string) map[string]string {
	for _, disk := range vc.Disks() {
		for at, what := range places {
			places[at] = strings.Replace(what, disk.ID(), disk.Name, 1)
		}
	}
	return places
}
