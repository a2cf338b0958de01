// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/upload"
)

// diskImageLab is a vCenter with a client, and a disk of three MiB.
type diskImageLab struct {
	*volumeLab
	disk    []byte
	content *upload.Content
}

func diskImageLabOf(t *testing.T, o vcsim.Options) *diskImageLab {
	t.Helper()
	l := &diskImageLab{volumeLab: volumeLabOf(t, o), disk: make([]byte, 3<<20)}
	copy(l.disk, "the boot sector")
	for i := range l.disk[1<<20 : 2<<20] { // what no compression makes small
		l.disk[1<<20+i] = byte(i * i >> 7)
	}
	copy(l.disk[len(l.disk)-3:], "end")
	l.content = l.converted(l.disk)
	l.Images.Uploads.Pause, l.Images.Uploads.Quiet = time.Millisecond, 300*time.Millisecond
	return l
}

// converted makes of a raw disk what is sent.
func (l *diskImageLab) converted(disk []byte) *upload.Content {
	l.Helper()
	file := filepath.Join(l.TempDir(), "disk.raw")
	if err := os.WriteFile(file, disk, 0o600); err != nil {
		l.Fatal(err)
	}
	c, err := diskimage.Convert(l.Context(), diskimage.Source{Path: file, Name: "disk.raw", DiskFormat: "raw", ContainerFormat: "bare"},
		l.TempDir(), nil)
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { _ = c.Close() })
	return &upload.Content{Name: "disk.raw", Open: func() io.ReadSeeker { return c.Reader() }, Length: c.Length, Capacity: c.Capacity,
		SHA1: c.SHA1, SHA256: c.SHA256}
}

// asked is an image that is to be made.
func (l *diskImageLab) asked(name string) image.Request {
	return image.Request{Content: l.content, Checksum: "d41d8cd98f00b204e9800998ecf8427e", ImageSpec: openstack.ImageSpec{Name: name,
		DiskFormat: "raw", Container: "bare", Storage: openstack.StoredAsTemplate,
		Properties: map[string]string{"vmware_ostype": "debian12_64Guest", "hw_firmware_type": "uefi", "os_secure_boot": "required",
			"vmware_adaptertype": "paraVirtual", "hw_vif_model": "VirtualVmxnet3"}}}
}

// upload makes an image.
func (l *diskImageLab) upload(r image.Request) openstack.Image {
	l.Helper()
	made, err := l.Images.Create(l.Context(), r)
	if err != nil {
		l.Fatal(err)
	}
	return made
}

// template is what the vCenter holds of an image.
func (l *diskImageLab) template(id string) mo.VirtualMachine {
	l.Helper()
	c := l.vc.Client().Client
	found, err := object.NewSearchIndex(c).FindByUuid(l.Context(), nil, id, true, types.NewBool(true))
	if err != nil || found == nil {
		l.Fatal("there is no VM ", id, err)
	}
	var vm mo.VirtualMachine
	if err := object.NewVirtualMachine(c, found.Reference()).Properties(l.Context(), found.Reference(), nil, &vm); err != nil {
		l.Fatal(err)
	}
	return vm
}

// bytesOf are those of a machine's first disk, as its datastore gives them.
func (l *diskImageLab) bytesOf(vm mo.VirtualMachine) []byte {
	l.Helper()
	disk := object.VirtualDeviceList(vm.Config.Hardware.Device).SelectByType((*types.VirtualDisk)(nil))[0].(*types.VirtualDisk)
	var p object.DatastorePath
	p.FromString(disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).FileName)
	store, err := find.NewFinder(l.vc.Client().Client).Datastore(l.Context(), l.vc.Datacenter(1)+"/datastore/"+p.Datastore)
	if err != nil {
		l.Fatal(err)
	}
	body, _, err := store.Download(l.Context(), strings.TrimSuffix(p.Path, ".vmdk")+"-flat.vmdk", &soap.DefaultDownload)
	if err != nil {
		l.Fatal(err)
	}
	defer body.Close()
	all, err := io.ReadAll(body)
	if err != nil {
		l.Fatal(err)
	}
	return all
}

// machines are the names in the folder of images.
func (l *diskImageLab) machines() (names []string) {
	l.Helper()
	found, err := find.NewFinder(l.vc.Client().Client).VirtualMachineList(l.Context(), l.vc.Datacenter(1)+"/vm/"+image.Folder+"/*")
	if _, none := err.(*find.NotFoundError); err != nil && !none {
		l.Fatal(err)
	}
	for _, vm := range found {
		names = append(names, vm.Name())
	}
	return names
}

// strays are the files of uploads and the folders of images that are on a datastore, without those of one machine.
func (l *diskImageLab) strays(but string) (files []string) {
	l.Helper()
	files = l.copies()
	stores, err := find.NewFinder(l.vc.Client().Client).DatastoreList(l.Context(), l.vc.Datacenter(1)+"/datastore/*")
	if err != nil {
		l.Fatal(err)
	}
	for _, store := range stores {
		all, _ := filepath.Glob(filepath.Join(filepath.Dir(l.path("["+store.Name()+"] x.vmdk")), "made-*"))
		for _, file := range all {
			if filepath.Base(file) != but {
				files = append(files, file)
			}
		}
	}
	return files
}

// only looks whether there is one image, whole, and nothing besides.
func (l *diskImageLab) only(made openstack.Image) {
	l.Helper()
	vm := l.template(made.ID)
	if !vm.Config.Template || !bytes.Equal(l.bytesOf(vm), l.disk) {
		l.Errorf("the vCenter holds %s, a template: %t, with other bytes", vm.Name, vm.Config.Template)
	}
	if names := l.machines(); len(names) != 1 || names[0] != made.Name {
		l.Errorf("there are %v", names)
	}
}

// TestImageUploaded: the template has the bytes that were sent, and the hardware that its properties ask for.
func TestImageUploaded(t *testing.T) {
	t.Parallel()
	l := diskImageLabOf(t, vcsim.Options{})
	l.vc.Tamper(func(name string, next http.Handler, w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(name, "POST /nfc/") && (r.Header.Get("Cookie") != "" || r.ContentLength != l.content.Length) {
			t.Errorf("the host is told %v, %d bytes", r.Header, r.ContentLength)
		}
		next.ServeHTTP(w, r)
	})
	l.wire.Take()
	r := l.asked("made-1")
	var last int64
	r.Progress = func(sent, total int64) {
		if sent < last || total != l.content.Length {
			t.Errorf("%d of %d after %d", sent, total, last)
		}
		last = sent
	}
	made := l.upload(r)
	calls, _ := l.wire.Take()
	if acctest.Total(calls) > 38 { // 14 of them for the first image alone: the inventory, and a place for records
		t.Errorf("%d calls: %v", acctest.Total(calls), calls)
	}
	l.only(made)
	vm := l.template(made.ID)
	devices := object.VirtualDeviceList(vm.Config.Hardware.Device)
	disk := devices.SelectByType((*types.VirtualDisk)(nil))[0].(*types.VirtualDisk)
	_, pvscsi := devices.FindByKey(disk.ControllerKey).(*types.ParaVirtualSCSIController)
	if vm.Config.GuestId != "debian12_64Guest" || vm.Config.Firmware != "efi" || !*vm.Config.BootOptions.EfiSecureBootEnabled || !pvscsi ||
		len(devices.SelectByType((*types.VirtualEthernetCard)(nil))) != 0 || disk.CapacityInBytes != l.content.Capacity ||
		!*disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).ThinProvisioned {
		t.Errorf("the vCenter holds %+v with %v", vm.Config, devices)
	}
	if made.Name != "made-1" || made.DiskFormat != "raw" || made.Container != "bare" || made.Checksum != r.Checksum || made.Mark == nil ||
		made.Properties["hw_vif_model"] != "VirtualVmxnet3" || made.Path != image.Folder+"/made-1" || last != l.content.Length {
		t.Errorf("made %+v", made)
	}
	if n := l.vc.Calls()["POST /nfc/{id}/disk-0.vmdk"]; n != 1 {
		t.Errorf("%d uploads", n)
	}
}

// TestImageLeaseKeptAlive: a lease of a second outlives an upload of three.
func TestImageLeaseKeptAlive(t *testing.T) {
	t.Parallel()
	l := diskImageLabOf(t, vcsim.Options{Uploads: vcsim.UploadKnobs{LeaseTime: time.Second}})
	slow, whole := *l.content, l.content.Open
	slow.Open = func() io.ReadSeeker { return &slowReader{ReadSeeker: whole(), ctx: t.Context()} }
	l.content = &slow
	l.only(l.upload(l.asked("made-1")))
}

// slowReader gives a little now and then.
type slowReader struct {
	io.ReadSeeker
	ctx context.Context
	n   int
}

// Read implements io.Reader.
func (s *slowReader) Read(p []byte) (int, error) {
	if s.n++; s.n <= 6 {
		select {
		case <-s.ctx.Done():
			return 0, s.ctx.Err()
		case <-time.After(500 * time.Millisecond):
			return s.ReadSeeker.Read(p[:min(len(p), 512)])
		}
	}
	return s.ReadSeeker.Read(p)
}

// TestImageThroughVCenter: without a word to an ESX host, by choice or because it cannot be reached. Nothing but the machine is left.
func TestImageThroughVCenter(t *testing.T) {
	t.Parallel()
	for name, knobs := range map[string]vcsim.UploadKnobs{"chosen": {}, "unknown": {UnknownHost: true}, "closed": {ClosedPort: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := diskImageLabOf(t, vcsim.Options{Uploads: knobs})
			r := l.asked("made-1")
			if name == "chosen" {
				r.Via = upload.ViaVCenter
			}
			l.wire.Take()
			made := l.upload(r)
			calls, _ := l.wire.Take()
			l.only(made)
			if files := l.strays("made-1"); len(files) != 0 || calls["PUT /folder/made-1/novasphere-upload.vmdk"] != 1 ||
				(calls["ImportVApp"] == 0) != (name == "chosen") {
				t.Errorf("there are %v after %v", files, calls)
			}
			devices := object.VirtualDeviceList(l.template(made.ID).Config.Hardware.Device)
			disk := devices.SelectByType((*types.VirtualDisk)(nil))[0].(*types.VirtualDisk)
			if file := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).FileName; !strings.Contains(file, "] made-1/") {
				t.Errorf("the disk lies in %s", file)
			}
		})
	}
}
