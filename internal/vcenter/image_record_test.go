// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// imageUse is a vCenter with a client, and its calls.
type imageUse struct {
	*testing.T
	*vcenter.Client
	vc   *acctest.VCenter
	wire *acctest.Wire
}

func imageUseOf(t *testing.T) *imageUse {
	t.Helper()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	return &imageUse{t, clientOver(t, vc, wire), vc, wire}
}

// again is another process.
func (l *imageUse) again() *imageUse {
	l.Helper()
	wire := l.vc.Wire(l.T)
	return &imageUse{l.T, clientOver(l.T, l.vc, wire), l.vc, wire}
}

// own is a template that bears our mark, as a creation leaves it: a copy of debian-12.
func (l *imageUse) own() openstack.Image {
	l.Helper()
	const name = "mine"
	folder := l.vc.Folder("images")
	from := object.NewVirtualMachine(l.vc.Client().Client, l.vc.VM("images/debian-12").Self)
	mark := records.MarkText(l.Records.Mark("of " + name))
	pool := l.pool()
	task, err := from.Clone(l.Context(), folder, name, types.VirtualMachineCloneSpec{Template: true,
		Location: types.VirtualMachineRelocateSpec{Pool: &pool}, Config: &types.VirtualMachineConfigSpec{
			ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: records.MarkKey, Value: mark}}}})
	if err == nil {
		err = task.Wait(l.Context())
	}
	if err != nil {
		l.Fatal(err)
	}
	return l.found(l.Images.Find(l.Context(), image.Query{Name: name}))
}

func (l *imageUse) pool() types.ManagedObjectReference {
	l.Helper()
	at, err := l.Inventory.Target(l.Context(), "nova", "")
	if err != nil {
		l.Fatal(err)
	}
	pool, err := at.Pool(l.Context())
	if err != nil {
		l.Fatal(err)
	}
	return pool
}

func (l *imageUse) found(i openstack.Image, err error) openstack.Image {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
	return i
}

// update changes an image, and returns it as another process sees it.
func (l *imageUse) update(i openstack.Image, change func(*openstack.ImageSpec)) openstack.Image {
	l.Helper()
	spec := i.ImageSpec
	change(&spec)
	told := l.found(l.Images.Update(l.Context(), spec))
	seen := l.found(l.again().Images.Read(l.Context(), i.ID))
	if told.Name != seen.Name || told.Path != seen.Path || !slices.Equal(told.Tags, seen.Tags) || told.MinRAM != seen.MinRAM {
		l.Errorf("the change gives %+v, and there is %+v", told, seen)
	}
	return seen
}

// gone checks that nothing of an image is left: no VM and no record.
func (l *imageUse) gone(name string, id string) {
	l.Helper()
	for _, path := range []string{"images/*", "novasphere/*"} {
		for _, vm := range l.vc.VMs(path) {
			if vm.Name == name || strings.Contains(vm.Name, id) {
				l.Errorf("there is %s", vm.Name)
			}
		}
	}
	if kept := l.vc.Catalogue(); kept["novasphere.image."+id] != "" {
		l.Errorf("there is a record: %v", kept)
	}
}

// TestImageRecord: what a vCenter has no place for is recorded, and found.
func TestImageRecord(t *testing.T) {
	t.Parallel()
	l := imageUseOf(t)
	own := l.own()
	if own.Mark == nil || own.Mark.Fingerprint != "of mine" || own.MinRAM != 0 {
		t.Errorf("found is %+v", own)
	}
	seen := l.update(own, func(s *openstack.ImageSpec) {
		s.Name, s.DiskFormat, s.Tags, s.MinRAM, s.MinDisk = "mine too", "qcow2", []string{"gold", "lts"}, 2048, 4
		s.Properties, s.Visibility, s.Hidden = map[string]string{"os_distro": "debian", "hw_disk_bus": "scsi"}, "private", true
	})
	if vm := l.vc.VM("images/mine too"); vm.Config.InstanceUuid != own.ID || seen.Path != "images/mine too" {
		t.Errorf("the vCenter calls it %s, and seen is %s", vm.Name, seen.Path)
	}
	if seen.MinRAM != 2048 || seen.LeastDisk() != 4 || seen.DiskFormat != "qcow2" || len(seen.Properties) != 2 || !seen.Hidden ||
		seen.Properties["os_distro"] != "debian" || seen.Visibility != "private" || seen.Mark == nil || !seen.Updated.After(own.Created) {
		t.Errorf("seen is %+v", seen)
	}
	other := l.again()
	for what, q := range map[string]image.Query{
		"name": {Name: "mine too"}, "tags": {Tags: []string{"gold"}}, "regex": {NameRegex: regexp.MustCompile("^mine")},
	} {
		if found, err := other.Images.Find(t.Context(), q); !errors.Is(err, openstack.ErrNotFound) {
			t.Errorf("%s: a hidden image is found: %+v, %v", what, found.Name, err)
		}
	}
	for what, q := range map[string]image.Query{
		"name": {Name: "mine too", Hidden: true}, "tags": {Tags: []string{"lts", "gold"}, Hidden: true}, "id": {ID: own.ID},
		"visibility": {Hidden: true, Visibility: "private"}, "properties": {Hidden: true, Properties: map[string]string{"os_distro": "debian"}},
	} {
		if found, err := other.Images.Find(t.Context(), q); err != nil || found.ID != own.ID {
			t.Errorf("%s: found is %+v, %v", what, found.Name, err)
		}
	}
	if all, err := other.Images.List(t.Context(), image.Query{Hidden: true, Visibility: "public"}); err != nil || len(all) != 0 {
		t.Errorf("another visibility: %v, %v", all, err)
	}
	var field *openstack.FieldError
	seen.Name = "debian-12"
	if _, err := l.Images.Update(t.Context(), seen.ImageSpec); !errors.As(err, &field) || field.Field != "name" ||
		!strings.Contains(err.Error(), `there is "debian-12" already`) {
		t.Errorf("a name that is taken: %v", err)
	}
}

// TestImageOfOthers: an image that others made is described by a record of ours, and never deleted.
func TestImageOfOthers(t *testing.T) {
	t.Parallel()
	l := imageUseOf(t)
	debian := l.found(l.Images.Find(t.Context(), image.Query{Name: "debian-12"}))
	seen := l.update(debian, func(s *openstack.ImageSpec) { s.Tags, s.Properties = []string{"imported"}, nil })
	if len(seen.Properties) != 0 || seen.Mark != nil || seen.Tags[0] != "imported" {
		t.Errorf("seen is %+v", seen)
	}
	if err := l.again().Images.Delete(t.Context(), debian.ID); !errors.Is(err, image.ErrForeign) {
		t.Errorf("deleting it: %v", err)
	}
	if l.vc.VM("images/debian-12").Config.InstanceUuid != debian.ID || l.vc.Catalogue()["novasphere.image."+debian.ID] != "" {
		t.Error("it is gone, or its record is not")
	}
	back := l.found(l.again().Images.Read(t.Context(), debian.ID))
	if len(back.Tags) != 0 || len(back.Properties) != len(debian.Properties) {
		t.Errorf("back is %+v", back)
	}
}

// TestImageDelete: an image of ours goes with its record, unless it is protected or somebody has made a machine of it.
func TestImageDelete(t *testing.T) {
	t.Parallel()
	l := imageUseOf(t)
	own := l.own()
	l.update(own, func(s *openstack.ImageSpec) { s.Protected = true })
	var field *openstack.FieldError
	if err := l.Images.Delete(t.Context(), own.ID); !errors.As(err, &field) || field.Field != "protected" {
		t.Errorf("it is protected, and the deletion says %v", err)
	}
	l.update(own, func(*openstack.ImageSpec) {}) // own is not protected
	vm := object.NewVirtualMachine(l.vc.Client().Client, l.vc.VM("images/mine").Self)
	err := vm.MarkAsVirtualMachine(t.Context(), *object.NewResourcePool(l.vc.Client().Client, l.pool()), nil)
	if err != nil {
		t.Fatal(err)
	}
	task, err := vm.PowerOn(t.Context())
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Images.Delete(t.Context(), own.ID); err == nil || !strings.Contains(err.Error(), "it runs") {
		t.Errorf("it runs, and the deletion says %v", err)
	}
	if task, err = vm.PowerOff(t.Context()); err == nil {
		err = task.Wait(t.Context())
	}
	for range 2 { // the second finds nothing
		if err = errors.Join(err, l.Images.Delete(t.Context(), strings.ToUpper(own.ID))); err != nil {
			t.Fatal(err)
		}
	}
	l.gone("mine", own.ID)
	if _, err := l.Images.Read(t.Context(), own.ID); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("reading it: %v", err)
	}
}

// TestLostImageChanges cuts the connection at each change of an image: each ends as it would have.
func TestLostImageChanges(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"Rename_Task", "ReconfigVM_Task", "Destroy_Task"} {
		for where, cut := range cuts {
			t.Run(call+" "+where, func(t *testing.T) {
				t.Parallel()
				l := imageUseOf(t)
				own := l.own()
				own = l.update(own, func(s *openstack.ImageSpec) { s.MinRAM = 1 })
				l.wire.Cut(call, cut)
				if call != "Destroy_Task" {
					own = l.update(own, func(s *openstack.ImageSpec) { s.Name, s.MinRAM = "renamed", 2 })
					if own.Name != "renamed" || own.MinRAM != 2 || l.vc.VM("images/renamed").Config.InstanceUuid != own.ID {
						t.Errorf("it is %+v", own)
					}
				}
				if err := l.Images.Delete(t.Context(), own.ID); err != nil {
					t.Fatal(err)
				}
				l.gone(own.Name, own.ID)
			})
		}
	}
}

// diskOf is a VM's root disk's backing.
func diskOf(vm mo.VirtualMachine) *types.VirtualDiskFlatVer2BackingInfo {
	for _, device := range vm.Config.Hardware.Device {
		if disk, ok := device.(*types.VirtualDisk); ok {
			backing, _ := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
			return backing
		}
	}
	return nil
}
