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
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// imported is an import that must give the same state. No VM stores how long a creation waits.
var imported = resource.TestStep{ResourceName: it, ImportState: true, ImportStateVerify: true,
	ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip", "wait_for_cloud_init"}}

// masked checks the CPU features that a running VM is limited to.
func masked(vc *acctest.VCenter, features int) resource.TestCheckFunc {
	return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		return differ(map[string]any{"features": len(vm.Runtime.FeatureMask), "power": string(vm.Runtime.PowerState)},
			map[string]any{"features": features, "power": "poweredOn"})
	})
}

// TestAccInstanceEVCMode: an EVC mode is set before the first start, and by a resize.
func TestAccInstanceEVCMode(t *testing.T) {
	t.Parallel()
	vc, same := acctest.Start(t, vcsim.Options{}), &identity{}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: special(vc, "e.none", `"vmware:evc_mode" = "intel-haswel"`),
				ExpectError: says(`the flavor e.none cannot be used: extra_specs["vmware:evc_mode"]: no EVC mode "intel-haswel"`)},
			{Config: special(vc, "e.old", `"vmware:evc_mode" = "intel-broadwell"`),
				Check: resource.ComposeTestCheckFunc(masked(vc, 2), on(vc, "OpenStack/web", same.of))},
			{Config: special(vc, "e.old", `"vmware:evc_mode" = "intel-broadwell"`), PlanOnly: true},
			imported,
			{Config: special(vc, "e.new", `"vmware:evc_mode" = "intel-skylake"`), ConfigPlanChecks: action(it, updated),
				Check: resource.ComposeTestCheckFunc(masked(vc, 3), on(vc, "OpenStack/web", same.of))},
			{Config: special(vc, "e.any", ""), ConfigPlanChecks: action(it, updated),
				Check: resource.ComposeTestCheckFunc(masked(vc, 0), on(vc, "OpenStack/web", same.of))},
		},
	})
}

// TestAccInstanceTPM: a TPM needs a key provider; without one the error holds the vCenter's reason.
func TestAccInstanceTPM(t *testing.T) {
	t.Parallel()
	for _, provider := range []bool{true, false} {
		vc := acctest.Start(t, vcsim.Options{KeyProvider: provider})
		step := resource.TestStep{Config: special(vc, "t.tpm", `"hw:tpm_version" = "2.0"`)}
		if step.Check = on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
			tpms := object.VirtualDeviceList(vm.Config.Hardware.Device).SelectByType((*types.VirtualTPM)(nil))
			return differ(map[string]any{"TPMs": len(tpms), "firmware": vm.Config.Firmware}, map[string]any{"TPMs": 1, "firmware": "efi"})
		}); !provider {
			step.Check, step.ExpectError = nil, says("this vCenter has no key provider")
		}
		steps := []resource.TestStep{step}
		if provider {
			steps = append(steps, resource.TestStep{Config: step.Config, PlanOnly: true}, imported)
		}
		protocol.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: steps})
	}
}

// TestAccInstanceStoragePolicy: the plan looks a storage policy up by its name.
func TestAccInstanceStoragePolicy(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	policy := func(name string) string {
		return special(vc, "p.policy", fmt.Sprintf(`"vmware:storage_policy" = %q`, name))
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: policy("vSAN Default Storage Polizy"),
				ExpectError: says(`extra_specs["vmware:storage_policy"]: no storage policy "vSAN Default Storage Polizy"`)},
			{Config: policy("vSAN Default Storage Policy"), Check: on(vc, "OpenStack/web", powered("poweredOn"))},
			{Config: policy("vSAN Default Storage Policy"), PlanOnly: true},
			imported,
		},
	})
}

// TestAccInstanceMovesWithoutDrift: another host or datastore is no drift; nor is a flavor that is renamed or gone, or an image.
func TestAccInstanceMovesWithoutDrift(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := vc.Config("", plain("name = \"web\"\n  network { name = \"public\" }\n"))
	elsewhere := func() {
		vm := vc.VM("OpenStack/web")
		for _, host := range vc.Hosts() {
			if host.Self != *vm.Runtime.Host {
				moved := machine(vc, "OpenStack/web")
				task, err := moved.Relocate(t.Context(), types.VirtualMachineRelocateSpec{Host: &host.Self},
					types.VirtualMachineMovePriorityDefaultPriority)
				if err != nil {
					t.Fatal(err)
				}
				if err := task.Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
				if now := vc.VM("OpenStack/web"); *now.Runtime.Host == *vm.Runtime.Host {
					t.Fatal("it has not moved")
				}
				return
			}
		}
		t.Fatal("there is one host only")
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config, Check: resource.TestCheckResourceAttrWith(it, "hypervisor_hostname", func(name string) error {
				if cluster, vcenter, ok := strings.Cut(name, "."); !ok || !strings.HasPrefix(cluster, "domain-c") || len(vcenter) != 36 {
					return fmt.Errorf("the compute node is called %q", name)
				}
				return nil
			})},
			{PreConfig: elsewhere, Config: config, PlanOnly: true},
			{PreConfig: func() { reconfigured(t, vc, "images/debian-12", renamed("debian-13")) }, Config: config, PlanOnly: true},
			{Config: config, ConfigPlanChecks: action(it, nothing)}, // records the host
			imported,
		},
	})
}

// TestAccInstanceOfAnImageWithASnapshot: a full clone of an image with a snapshot gets a larger root disk, while a disk with parents
// could not grow.
func TestAccInstanceOfAnImageWithASnapshot(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	imageFor(t, vc, "full", map[string]string{"img_linked_clone": "false"})
	imageFor(t, vc, "thin", map[string]string{"hw_disk_type": "thin"})
	for _, name := range []string{"full", "thin"} {
		snapshotOf(t, vc, name)
	}
	config := ""
	for _, name := range []string{"full", "thin"} {
		config += fmt.Sprintf(`
resource "novasphere_compute_instance" %q {
  name        = %[1]q
  flavor_name = novasphere_compute_flavor.f.name
  image_name  = %[1]q
  wait_for_ip = "0s"
}`, name)
	}
	larger := func(name string) resource.TestCheckFunc {
		return on(vc, "OpenStack/"+name, func(vm mo.VirtualMachine) error {
			if gib := acctest.DiskGiB(vm); gib != 40 {
				return fmt.Errorf("the root disk has %d GiB", gib)
			}
			return nil
		})
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{{
			Config: vc.Config("", `
resource "novasphere_compute_flavor" "f" {
  name  = "f40"
  vcpus = 1
  ram   = 512
  disk  = 40
}`+config),
			Check: resource.ComposeAggregateTestCheckFunc(larger("full"), larger("thin")),
		}},
	})
}

// snapshotOf makes a snapshot of an image.
func snapshotOf(t *testing.T, vc *acctest.VCenter, image string) {
	t.Helper()
	source := machine(vc, "images/"+image)
	pool, err := find.NewFinder(vc.Client().Client).ResourcePool(t.Context(), "/dc1/host/compute/Resources")
	if err != nil {
		t.Fatal(err)
	}
	if err := source.MarkAsVirtualMachine(t.Context(), *pool, nil); err != nil {
		t.Fatal(err)
	}
	by(t, func(ctx context.Context) (*object.Task, error) {
		return source.CreateSnapshot(ctx, "for clones", "", false, false)
	})
	if err := source.MarkAsTemplate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestAccInstanceOfALinkedImage: an image may ask for linked clones, and chooses the provisioning of its copies.
func TestAccInstanceOfALinkedImage(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	imageFor(t, vc, "linked", map[string]string{"img_linked_clone": "true"})
	imageFor(t, vc, "loose", map[string]string{"img_linked_clone": "true"})
	imageFor(t, vc, "thick", map[string]string{"hw_disk_type": "eagerZeroedThick"})
	snapshotOf(t, vc, "linked")
	config := func(image string, disk int) string {
		return vc.Config("", fmt.Sprintf(`
resource "novasphere_compute_flavor" "f" {
  name  = "f%d"
  vcpus = 1
  ram   = 512
  disk  = %d
}
resource "novasphere_compute_instance" "it" {
  name        = "web"
  flavor_name = novasphere_compute_flavor.f.name
  image_name  = %q
  wait_for_ip = "0s"
}`, disk, disk, image))
	}
	backing := func(check func(b *types.VirtualDiskFlatVer2BackingInfo) bool) resource.TestCheckFunc {
		return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
			b, ok := hardware.RootDisk(vm.Config.Hardware.Device).Backing.(*types.VirtualDiskFlatVer2BackingInfo)
			if !ok || !check(b) {
				return fmt.Errorf("the root disk is %+v", b)
			}
			return nil
		})
	}
	copies := func(n int) resource.TestCheckFunc {
		return acctest.Check(func() error {
			if all := vc.VMs("novasphere/novasphere-image-*"); len(all) != n {
				return fmt.Errorf("there are %d copies of images, not %d", len(all), n)
			}
			return nil
		})
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: strings.Split(config("linked", 0), "resource \"novasphere_compute_instance\"")[0]},
			{Config: config("loose", 9), Check: resource.ComposeTestCheckFunc(
				backing(func(b *types.VirtualDiskFlatVer2BackingInfo) bool { return b.Parent != nil }), copies(1))},
			{Config: config("linked", 0), Check: backing(func(b *types.VirtualDiskFlatVer2BackingInfo) bool { return b.Parent != nil })},
			{Config: config("linked", 0), PlanOnly: true},
			imported,
			{Config: config("thick", 0), ConfigPlanChecks: action(it, remade),
				Check: backing(func(b *types.VirtualDiskFlatVer2BackingInfo) bool { return b.Parent == nil && is(b.EagerlyScrub) })},
		},
	})
}
