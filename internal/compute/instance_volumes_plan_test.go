// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestBootVolumesRefused: what cannot come to be is an error of the plan, at its block, and nothing is made.
func TestBootVolumesRefused(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	root := to("image", l.image, map[string]any{"volume_size": 5})
	blank := func(more map[string]any) map[string]any {
		more["uuid"], more["boot_index"] = nil, -1
		return to("blank", "", more)
	}
	many := func(n int) (all []any) {
		for all = []any{root}; len(all) < n; {
			all = append(all, blank(map[string]any{"volume_size": 1}))
		}
		return all
	}
	for name, c := range map[string]struct {
		blocks   []any
		at, want string
	}{
		"smaller than its image": {[]any{to("image", l.image, map[string]any{"volume_size": 1})}, "block_device[0]",
			"volume_size is 1, and the image debian-12 needs 2 GiB"},
		"another one, too": {[]any{root, to("image", l.image, map[string]any{"volume_size": 1, "boot_index": 1})}, "block_device[1]",
			"needs 2 GiB"},
		"smaller than its snapshot": {[]any{to("snapshot", l.snapshot, map[string]any{"volume_size": 2})}, "block_device[0]",
			"the snapshot holds 3 GiB"},
		"no such snapshot": {[]any{to("snapshot", l.volume+"/x", nil)}, "block_device[0]", "the volume there has no snapshot x"},
		"no such image":    {[]any{to("image", "b0000000-0000-4000-8000-000000000009", map[string]any{"volume_size": 5})}, "block_device[0]", ""},
		"two roots":        {[]any{root, to("volume", l.volume, nil)}, "block_device[1]", "block_device[0] is the root disk already"},
		"a gap": {[]any{root, to("volume", l.volume, map[string]any{"boot_index": 2})}, "block_device[1]",
			"no disk has boot_index = 1"},
		"no such type": {[]any{to("image", l.image, map[string]any{"volume_size": 5, "volume_type": "gilded"})}, "block_device[0]",
			`no storage policy "gilded"`},
		"not for many": {[]any{to("volume", l.volume, map[string]any{"multiattach": true})}, "block_device[0]",
			"was not made for several instances"},
		"no place": {append(many(60), blank(map[string]any{"volume_size": 1, "disk_bus": "ide"})), "block_device", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wanted := l.instance(c.blocks...)
			wanted["name"] = name
			plan := l.p.Plan(kindOfInstance, wanted, l.p.None(kindOfInstance))
			if all := plan.Errors(); len(all) != 1 || !strings.HasPrefix(all[0].Attribute, c.at) || !strings.Contains(all[0].Text, c.want) {
				t.Errorf("%v", all)
			}
		})
	}
}

// TestBootVolumeWarnings: a plan tells what will outlive the instance, what its delete_on_termination cannot delete, and of a system whose
// hardware is not known; and nothing of a volume that goes.
func TestBootVolumeWarnings(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	for name, c := range map[string]struct {
		block any
		want  []string // parts of the warnings, in order
	}{
		"stays":  {to("image", l.image, map[string]any{"volume_size": 5}), []string{"block_device[0] (source_type image, 5 GiB)"}},
		"goes":   {to("image", l.image, map[string]any{"volume_size": 5, "delete_on_termination": true}), nil},
		"volume": {to("volume", l.volume, nil), []string{"nothing is noted on the volume there"}},
		"kept": {to("volume", l.volume, map[string]any{"delete_on_termination": true}), []string{
			"it is detached when that is destroyed, and stays", "nothing is noted"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wanted := l.instance(c.block)
			wanted["name"] = name
			plan := l.p.Plan(kindOfInstance, wanted, l.p.None(kindOfInstance))
			if len(plan.Diagnostics) != len(c.want) {
				t.Fatalf("%v", plan.Diagnostics)
			}
			for i, part := range c.want {
				if !strings.Contains(plan.Diagnostics[i].Text, part) {
					t.Errorf("it says %s, without %q", plan.Diagnostics[i].Text, part)
				}
			}
		})
	}
}

// TestAccBootFromVolume: an instance boots from a copy of an image that is a volume; its image arguments and a resize leave the volume
// alone; another size is another instance, and the first volume stays.
func TestAccBootFromVolume(t *testing.T) {
	t.Parallel()
	vc, same := acctest.Start(t, vcsim.Options{}), &identity{}
	image := vc.VM("images/debian-12").Config.InstanceUuid
	config := func(flavor, arguments string, size int) string {
		return vc.Config("", strings.Replace(diskFlavors, "20\n", "8\n", 1)+fmt.Sprintf(`
resource "novasphere_compute_instance" "it" {
  name        = "web"
  flavor_name = %q
  depends_on  = [novasphere_compute_flavor.all]
%s
  network { name = "public" }
  block_device {
    uuid                  = %q
    source_type           = "image"
    destination_type      = "volume"
    volume_size           = %d
    boot_index            = 0
    delete_on_termination = false
  }
}`, flavor, arguments, image, size))
	}
	volume := ""
	boots := func(disks ...string) resource.TestCheckFunc {
		return resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", same.of), on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
			disk := vc.Disk("web-0")
			if volume == "" {
				volume = disk.ID()
			}
			have := map[string]any{"volume": disk.ID(), "attached": vc.Attached(vm),
				"kept":  disk.KeepAfterDeleteVm != nil && *disk.KeepAfterDeleteVm,
				"image": disk.Note("novasphere.source"), "root": placesOf(vm)["scsi0:0"], "disks": len(placesOf(vm)),
				"annotated": strings.Contains(vm.Config.Annotation, "imageid:\n")}
			return differ(have, map[string]any{"volume": volume, "attached": []string{volume}, "kept": true, "image": "image:" + image,
				"root": "6144 " + volume, "disks": 1 + len(disks), "annotated": true})
		}), resource.TestCheckResourceAttr(it, "disk", "6"), func(s *terraform.State) error { // the id is known only then
			return resource.TestCheckResourceAttr(it, "volumes_attached.0", volume)(s)
		})
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config("d.none", "", 6), Check: resource.ComposeTestCheckFunc(boots(), resource.TestCheckResourceAttr(it, "image_id", image),
				resource.TestCheckResourceAttr(it, "image_name", "debian-12"))},
			{Config: config("d.none", "", 6), PlanOnly: true},
			{Config: config("d.none", "  image_name = \"ubuntu-24.04\"\n", 6), PlanOnly: true},
			{Config: config("d.some", "  image_id = \"nothing\"\n", 6), ConfigPlanChecks: action(it, updated), Check: boots("ephemeral", "swap")},
			{ResourceName: it, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip", "depends_on"}},
			replaced(config("d.some", "", 7)),
			{Config: config("d.some", "", 7), ConfigPlanChecks: action(it, remade), Check: acctest.Check(func() error {
				sizes := map[string]any{}
				for _, disk := range vc.Disks() {
					sizes[fmt.Sprint(disk.CapacityInMB)] = disk.Name
				}
				return differ(sizes, map[string]any{"6144": "web-0", "7168": "web-0"})
			})},
		},
		CheckDestroy: resource.ComposeTestCheckFunc(destroyed(vc), acctest.Check(func() error {
			return differ(map[string]any{"left": len(vc.Disks()), "deleted": len(vc.DiskDeletes())}, map[string]any{"left": 2, "deleted": 0})
		})),
	})
}

// TestBootVolumeOutOfReach: a volume, or the snapshot of one, on a datastore that the zone's cluster does not have is refused at plan.
func TestBootVolumeOutOfReach(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	var ids []string
	for _, name := range []string{"vmfs-1", "vmfs-2"} {
		store, err := find.NewFinder(l.vc.Client().Client).Datastore(t.Context(), l.vc.Datacenter(1)+"/datastore/"+name)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, ">"+store.Reference().Value+"<")
	}
	wire := l.vc.Between(t, func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		out := ask()
		if strings.Contains(string(call.Body), "<type>ClusterComputeResource</type>") {
			out.Body = bytes.NewBuffer(bytes.ReplaceAll(out.Body.Bytes(), []byte(ids[0]), []byte(ids[1])))
		}
		return out
	})
	l.p = l.vc.Provider(t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile})
	for name, block := range map[string]any{"volume": to("volume", l.volume, nil), "snapshot": to("snapshot", l.snapshot, nil)} {
		wanted := l.instance(block)
		wanted["name"] = name
		refused(t, l.p.Plan(kindOfInstance, wanted, l.p.None(kindOfInstance)).Errors(), "block_device[0]",
			"the volume there lies on the datastore vmfs-1, which the hosts of nova (cluster compute) do not have")
	}
}

// TestBootVolumeAttachedElsewhere: a plan tells which instance has the volume, and the apply takes it from nobody.
func TestBootVolumeAttachedElsewhere(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	first := l.p.Bring(kindOfInstance, l.instance(to("volume", l.volume, nil)), l.p.None(kindOfInstance))
	wanted := l.instance(to("volume", l.volume, nil))
	wanted["name"] = "second"
	plan := l.vc.Provider(t, nil).Plan(kindOfInstance, wanted, l.p.None(kindOfInstance))
	told := fmt.Sprint(plan.Diagnostics)
	if len(plan.Errors()) > 0 || !strings.Contains(told, "second is to have the volume there, which web has") {
		t.Errorf("the plan says %s", told)
	}
	second, reported := l.p.Apply(plan)
	refused(t, reported, "block_device[0]", "web")
	l.p.Destroy(second)
	if err := differ(map[string]any{"web": l.vc.Attached(l.vc.VM("OpenStack/web")), "machines": len(l.vc.VMs("OpenStack/*"))},
		map[string]any{"web": []string{l.volume}, "machines": 1}); err != nil {
		t.Error(err)
	}
	l.p.Destroy(first)
}
