// SPDX-License-Identifier: MPL-2.0

package blockstorage_test

import (
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// template is an image's VM.
func (l *lab) template(name string) (vm mo.VirtualMachine) {
	l.Helper()
	found, err := find.NewFinder(l.vc.Client().Client).VirtualMachine(l.Context(), l.vc.Datacenter(1)+"/vm/images/"+name)
	if err == nil {
		err = found.Properties(l.Context(), found.Reference(), []string{"config"}, &vm)
	}
	if err != nil {
		l.Fatal(err)
	}
	return vm
}

// TestVolumeOfAnImage: it has the image's bytes, and what an instance that starts from it must know.
func TestVolumeOfAnImage(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	id := l.template("windows-2022").Config.InstanceUuid
	v := l.create("boot", 30, map[string]any{"image_id": id})
	held := l.disk(v)
	kept := metadata(held)
	if held.CapacityInMB != 30<<10 || !*held.KeepAfterDeleteVm || kept["novasphere.source"] != "image:"+id ||
		kept["novasphere.image.os_secure_boot"] != "required" || kept["novasphere.image.hw_firmware_type"] != "uefi" {
		t.Errorf("the vCenter holds %+v", held)
	}
	found, reported := l.Import(kindOfVolume, v.Text("id"))
	if len(reported) > 0 || found.Text("image_id") != id {
		t.Errorf("imported %s, %v", found.State, reported)
	}
	l.bring(volume("boot", 31, map[string]any{"image_id": id}), v)
	plan := l.Plan(kindOfVolume, volume("boot", 31, map[string]any{"image_id": l.template("debian-12").Config.InstanceUuid}), found)
	if len(plan.Replaces) != 1 || plan.Replaces[0] != "image_id" {
		t.Errorf("another image is to %s, replacing because of %v", plan.Action, plan.Replaces)
	}
}

// TestVolumeOfAnImageThatCannotBe is refused at plan, at its attribute.
func TestVolumeOfAnImageThatCannotBe(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	id := l.template("debian-12").Config.InstanceUuid
	of := func(size int, image string) map[string]any {
		return volume("boot", size, map[string]any{"image_id": image})
	}
	l.refused(of(1, id), l.None(kindOfVolume), "size", "1 GiB are less than the 2 GiB of what image_id names")
	l.refused(of(2, "6f4b8f9e-6f2e-4f44-93a4-1f0e2a7d9c11"), l.None(kindOfVolume), "image_id", "no VM template and no content library item")
	client := l.vc.Client().Client
	res, err := methods.RegisterDisk(t.Context(), client, &types.RegisterDisk{This: *client.ServiceContent.VStorageObjectManager,
		Path: "https://vcenter/folder/debian-12/debian-12.vmdk?dcPath=dc1&dsName=vmfs-1", Name: "a volume"})
	if err != nil {
		t.Fatal(err)
	}
	fresh := &lab{t, l.vc, l.vc.Provider(t, nil)}
	fresh.refused(of(2, id), l.None(kindOfVolume), "image_id", "has the volume "+res.Returnval.Config.Id.Id+" as a disk")
}
