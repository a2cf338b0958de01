// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
)

// fromImage is a volume of an image, of some GiB; 0: the image's.
func (l *volumeLab) fromImage(name string, gib int64) volumes.Request {
	l.Helper()
	found, err := l.Images.Find(l.Context(), image.Query{Name: name})
	if err != nil {
		l.Fatal(err)
	}
	r := data("boot", gib)
	r.Source = openstack.VolumeSource{Kind: openstack.SourceImage, ID: found.ID}
	return r
}

// path is where the bytes of a datastore's file lie on this computer.
func (l *volumeLab) path(file string) string {
	l.Helper()
	var p object.DatastorePath
	p.FromString(file)
	found, err := find.NewFinder(l.vc.Client().Client).Datastore(l.Context(), l.vc.Datacenter(1)+"/datastore/"+p.Datastore)
	if err != nil {
		l.Fatal(err)
	}
	var store mo.Datastore
	if err := found.Properties(l.Context(), found.Reference(), []string{"summary"}, &store); err != nil {
		l.Fatal(err)
	}
	return filepath.Join(store.Summary.Url, strings.TrimSuffix(p.Path, ".vmdk")+"-flat.vmdk")
}

// fill writes the beginning of a disk, and holds compares it.
func (l *volumeLab) fill(file, text string) {
	l.Helper()
	f, err := os.OpenFile(l.path(file), os.O_WRONLY|os.O_CREATE, 0o600)
	if err == nil {
		_, err = f.WriteAt([]byte(text), 4096)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		l.Fatal(err)
	}
}

func (l *volumeLab) holds(file, text string) {
	l.Helper()
	have := make([]byte, len(text))
	f, err := os.Open(l.path(file))
	if err == nil {
		_, err = f.ReadAt(have, 4096)
		err = errors.Join(err, f.Close())
	}
	if err != nil || string(have) != text {
		l.Errorf("%s holds %q, not %q, %v", file, have, text, err)
	}
}

// copies are the files in the folder of copies, on all datastores.
func (l *volumeLab) copies() (out []string) {
	l.Helper()
	stores, err := find.NewFinder(l.vc.Client().Client).DatastoreList(l.Context(), l.vc.Datacenter(1)+"/datastore/*")
	if err != nil {
		l.Fatal(err)
	}
	for _, store := range stores {
		all, _ := filepath.Glob(filepath.Join(filepath.Dir(l.path("["+store.Name()+"] x.vmdk")), "novasphere", "novasphere-*"))
		for _, file := range all {
			if !strings.HasSuffix(file, "-flat.vmdk") {
				out = append(out, file)
			}
		}
	}
	return out
}

// TestVolumeFromImage: the volume has the image's bytes and what an instance must know of it, and outlives its machines.
func TestVolumeFromImage(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"windows-2022", "debian-12"} {
		l := volumeLabOf(t, vcsim.Options{})
		l.fill("[vmfs-1] "+name+"/"+name+".vmdk", "the boot sector of "+name)
		r := l.fromImage(name, 30)
		r.Type = "vSAN Default Storage Policy"
		l.wire.Take()
		v := l.must(l.Volumes.FromImage(t.Context(), r))
		calls, _ := l.wire.Take()
		held := l.disk(v.ID)
		kept := metadataOf(held)
		if held.Name != "boot" || held.CapacityInMB != 30<<10 || !*held.KeepAfterDeleteVm || kept["novasphere.mark"] != v.MarkID ||
			kept["novasphere.source"] != "image:"+r.Source.ID || kept["novasphere.image.hw_firmware_type"] != "uefi" ||
			kept["novasphere.image.vmware_adaptertype"] != "paraVirtual" || kept["novasphere.image.image_name"] != name ||
			(kept["novasphere.image.os_secure_boot"] == "required") != (name == "windows-2022") ||
			(kept["novasphere.image.hw_vif_model"] == "VirtualVmxnet3") != (name == "debian-12") ||
			kept["novasphere.image.vmware_ostype"] == "" {
			t.Errorf("the vCenter holds %+v", held)
		}
		l.holds(v.File, "the boot sector of "+name)
		if calls["CopyVirtualDisk_Task"] != 1 || calls["RegisterDisk"] != 1 || calls["UpdateVStorageObjectPolicy_Task"] != 1 ||
			len(l.copies()) != 1 || !strings.Contains(v.File, "] novasphere/novasphere-") || v.Kept == nil || !*v.Kept {
			t.Errorf("the calls were %v; there are %v; %+v", calls, l.copies(), v)
		}
		if err := l.Volumes.Delete(t.Context(), v.ID); err != nil || len(l.copies()) != 0 {
			t.Errorf("%v; there are %v", err, l.copies())
		}
	}
}

// TestVolumeFromLibraryItem: the copy that instances of the item are cloned from is made first.
func TestVolumeFromLibraryItem(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	items, err := l.Images.List(t.Context(), image.Query{Container: "ova"})
	if err != nil || len(items) == 0 {
		t.Fatal(items, err)
	}
	r := data("boot", 0)
	r.Source = openstack.VolumeSource{Kind: openstack.SourceImage, ID: items[0].ID}
	v := l.must(l.Volumes.FromImage(t.Context(), r))
	if v.Size == 0 || v.ImageProperties["image_id"] != items[0].ID || v.ImageProperties["vmware_ostype"] == "" {
		t.Errorf("made %+v", v)
	}
}

// TestVolumeFromImageThatCannotBe is refused at its attribute, with nothing left.
func TestVolumeFromImageThatCannotBe(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{Disks: vcsim.DiskKnobs{CopiesKeepID: true}})
	at := func(r volumes.Request, field, text string) {
		t.Helper()
		_, err := l.Volumes.FromImage(t.Context(), r)
		var named *openstack.FieldError
		if !errors.As(err, &named) || named.Field != field || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want %q at %s", err, text, field)
		}
		if len(l.all()) > 1 || len(l.copies()) != 0 {
			t.Errorf("there are %v and %v", l.all(), l.copies())
		}
	}
	at(l.fromImage("windows-2022", 2), "size", "2 GiB are less than the 20 GiB of what image_id names")
	none := data("boot", 2)
	none.Source = openstack.VolumeSource{Kind: openstack.SourceImage, ID: uuid.NewString()}
	at(none, "image_id", "no VM template")
	// The disk of a template is registered past the provider, and the template forgets that it is a volume.
	made := l.must(l.Volumes.Register(t.Context(), volumes.RegisterRequest{File: "[vmfs-1] debian-12/debian-12.vmdk", Request: data("x", 2)}))
	fresh := volumeLab{t, l.vc, l.wire, clientOver(t, l.vc, l.wire)}
	l.Client = fresh.Client
	at(l.fromImage("debian-12", 2), "image_id", "has the volume "+made.ID+" as a disk")
}

// copiedFrom writes the id of a volume in the descriptor of a disk, as copies of its file have it.
func (l *volumeLab) copiedFrom(file, id string) {
	l.Helper()
	f, err := os.OpenFile(strings.Replace(l.path(file), "-flat", "", 1), os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		_, err = f.WriteString("\nddb.fcd.uuid = \"" + id + "\"\n")
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		l.Fatal(err)
	}
}

// TestVolumeFromImageOfAVolume: a server that takes the copy of a volume's file for the volume makes no second one of it.
func TestVolumeFromImageOfAVolume(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{Disks: vcsim.DiskKnobs{CopiesKeepID: true}})
	first := l.create("data", 1)
	l.copiedFrom("[vmfs-1] debian-12/debian-12.vmdk", first.ID)
	_, err := l.Volumes.FromImage(t.Context(), l.fromImage("debian-12", 2))
	refusedAs(t, err, "was a volume once ("+first.ID+")")
	if ids := l.all(); len(ids) != 1 || len(l.copies()) != 0 || metadataOf(l.disk(first.ID))["novasphere.source"] != "" {
		t.Errorf("there are %v and %v", ids, l.copies())
	}
}

// root is the file of a machine's first disk.
func (l *volumeLab) root(server openstack.Server) string {
	l.Helper()
	vm := object.NewVirtualMachine(l.vc.Client().Client, types.ManagedObjectReference{Type: "VirtualMachine", Value: server.MoRef})
	devices, err := vm.Device(l.Context())
	if err != nil {
		l.Fatal(err)
	}
	disk := devices.SelectByType((*types.VirtualDisk)(nil))[0].(*types.VirtualDisk)
	return disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).FileName
}

// TestVolumeRegistered: the disk of a machine becomes a volume where it is, and once.
func TestVolumeRegistered(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	server := made(t, l.Client, "web")
	r := volumes.RegisterRequest{File: l.root(server), Request: data("root", 0)}
	r.MarkID = uuid.NewString()
	l.wire.Take()
	v := l.must(l.Volumes.Register(t.Context(), r))
	calls, _ := l.wire.Take()
	if acctest.Total(calls)-sum(calls, "RetrievePropertiesEx") > 3+1 {
		t.Errorf("the calls were %v", calls)
	}
	held := l.disk(v.ID)
	if v.File != r.File || held.Name != "root" || held.KeepAfterDeleteVm == nil || !*held.KeepAfterDeleteVm ||
		metadataOf(held)["novasphere.mark"] != r.MarkID || v.Size == 0 {
		t.Errorf("%+v; the vCenter holds %+v", v, held)
	}
	r.MarkID = ""
	again := l.must(l.Volumes.Register(t.Context(), r))
	if again.ID != v.ID || again.MarkID != v.MarkID || len(l.all()) != 1 {
		t.Errorf("%+v was registered again: %v", again, l.all())
	}
	on, err := l.Volumes.Attachments(t.Context(), v.ID)
	if err != nil || len(on) != 1 || on[0].ServerName != "web" {
		t.Errorf("it is on %v, %v", on, err)
	}
	r.File = "[vmfs-1] web/none.vmdk"
	_, err = l.Volumes.Register(t.Context(), r)
	refusedAs(t, err, "registering [vmfs-1] web/none.vmdk as a volume")
}
