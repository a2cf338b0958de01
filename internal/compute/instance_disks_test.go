// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// disksOf returns a VM's disks in MB, in the order of their places. own reports whether those beside the first are thin and lie in the
// VM's own folder.
func disksOf(vm mo.VirtualMachine) (mb []int64, own bool) {
	own = true
	for _, device := range vm.Config.Hardware.Device {
		disk, ok := device.(*types.VirtualDisk)
		if !ok {
			continue
		}
		mb = append(mb, disk.CapacityInKB>>10)
		if backing, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo); len(mb) > 1 {
			home, _, _ := strings.Cut(vm.Config.Files.VmPathName, "/")
			own = own && ok && backing.ThinProvisioned != nil && *backing.ThinProvisioned && strings.HasPrefix(backing.FileName, home+"/")
		}
	}
	return mb, own
}

func hasDisks(vc *acctest.VCenter, want ...int64) resource.TestCheckFunc {
	return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		mb, own := disksOf(vm)
		return differ(map[string]any{"disks": mb, "thin and its own": own}, map[string]any{"disks": want, "thin and its own": true})
	})
}

// diskFiles returns the files of a VM's disks, in order: a disk that is kept keeps its file.
func diskFiles(vm mo.VirtualMachine) (files []string) {
	for _, device := range vm.Config.Hardware.Device {
		if disk, ok := device.(*types.VirtualDisk); ok {
			files = append(files, disk.Backing.(types.BaseVirtualDeviceFileBackingInfo).GetVirtualDeviceFileBackingInfo().FileName)
		}
	}
	return files
}

const diskFlavors = `
locals {
  flavors = [["d.none", 0, 0], ["d.some", 10, 512], ["d.more", 20, 1024], ["d.less", 20, 256], ["d.noswap", 20, 0]]
}
resource "novasphere_compute_flavor" "all" {
  count     = length(local.flavors)
  name      = local.flavors[count.index][0]
  vcpus     = 1
  ram       = 1024
  disk      = 20
  ephemeral = local.flavors[count.index][1]
  swap      = local.flavors[count.index][2]
}
`

func disksConfig(vc *acctest.VCenter, flavor, arguments string) string {
	return vc.Config("", diskFlavors+fmt.Sprintf(`
resource "novasphere_compute_instance" "it" {
  name        = "web"
  flavor_name = %q
  image_name  = "debian-12"
  depends_on  = [novasphere_compute_flavor.all]
  network { name = "public" }
%s
}`, flavor, arguments))
}

// TestAccInstanceDisks: a resize keeps unchanged disks, grows others, makes swap anew where it shrinks, and refuses to lose an ephemeral
// disk.
func TestAccInstanceDisks(t *testing.T) {
	t.Parallel()
	vc, same := acctest.Start(t, vcsim.Options{}), &identity{}
	var files []string
	kept := func(n int) resource.TestCheckFunc { // the first n files are unchanged
		return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
			now := diskFiles(vm)
			for i := range min(n, len(files)) {
				if files[i] != now[i] {
					return fmt.Errorf("the disk %s was made anew as %s", files[i], now[i])
				}
			}
			files = now
			return nil
		})
	}
	step := func(flavor string, keeps int, mb ...int64) resource.TestStep {
		return resource.TestStep{Config: disksConfig(vc, flavor, ""), ConfigPlanChecks: action(it, updated),
			Check: resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", same.of), hasDisks(vc, mb...), kept(keeps))}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             destroyed(vc),
		Steps: []resource.TestStep{
			{Config: disksConfig(vc, "d.none", ""), Check: resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", same.of), hasDisks(vc, 20<<10),
				kept(0))},
			step("d.some", 1, 20<<10, 10<<10, 512),
			step("d.more", 3, 20<<10, 20<<10, 1024),
			step("d.less", 2, 20<<10, 20<<10, 256),
			step("d.noswap", 2, 20<<10, 20<<10),
			{Config: disksConfig(vc, "d.some", ""), ExpectError: says("flavor_name: the instance has an ephemeral disk of 20 GiB, and the new " +
				"flavor grants 10: a disk cannot shrink")},
			{ResourceName: it, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip", "depends_on"}},
			{Config: disksConfig(vc, "d.noswap", ""), PlanOnly: true},
		},
	})
	nothingLeft(t, vc)
}

// nothingLeft checks that no datastore holds a file of the VM web.
func nothingLeft(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	for _, store := range []string{"vmfs-1", "vmfs-2"} {
		for _, file := range vc.Files("[" + store + "]") {
			if strings.Contains(file, "web/") {
				t.Errorf("left: %s", file)
			}
		}
	}
}

// TestAccInstanceBlockDevices: block_device splits the flavor's ephemeral and swap disks.
func TestAccInstanceBlockDevices(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	image := vc.VM("images/debian-12").Config.InstanceUuid
	blocks := fmt.Sprintf(`
  block_device {
    source_type           = "image"
    uuid                  = %q
    destination_type      = "local"
    boot_index            = 0
    delete_on_termination = true
  }
  block_device {
    source_type      = "blank"
    destination_type = "local"
    boot_index       = -1
    volume_size      = 4
    guest_format     = "ext4"
  }
  block_device {
    source_type = "blank"
    boot_index  = -1
    volume_size = 6
    disk_bus    = "scsi"
  }`, image)
	config := strings.Replace(disksConfig(vc, "d.some", blocks), `image_name  = "debian-12"`, "", 1)
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             destroyed(vc),
		Steps: []resource.TestStep{
			{Config: config, Check: resource.ComposeTestCheckFunc(hasDisks(vc, 20<<10, 4<<10, 6<<10, 512),
				resource.TestCheckResourceAttr(it, "image_id", image), on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
					controllers := map[int32]bool{}
					for _, device := range vm.Config.Hardware.Device {
						if disk, ok := device.(*types.VirtualDisk); ok {
							controllers[disk.ControllerKey] = true
						}
					}
					return differ(map[string]any{"controllers with disks": len(controllers)}, map[string]any{"controllers with disks": 1})
				}))},
			{Config: config, PlanOnly: true},
			{ResourceName: it, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateIdFunc: idOf(vc)},
			replaced(strings.Replace(config, "volume_size = 6", "volume_size = 5", 1)),
			{Config: strings.Replace(config, "volume_size = 6", "volume_size = 7", 1),
				ExpectError: says("block_device[2]: the flavor d.some grants 10 GiB of ephemeral disks in all")},
			{Config: strings.Replace(config, `"scsi"`, `"ide"`, 1), ExpectError: says("block_device: an IDE disk stands before the root disk")},
		},
	})
}
