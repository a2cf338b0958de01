// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/upload"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// itemLab is a vCenter whose content library takes images.
type itemLab struct {
	*volumeLab
	library *library.Manager
}

func itemLabOf(t *testing.T, o vcsim.Options) *itemLab {
	t.Helper()
	l := volumeLabOf(t, o)
	api, err := l.vc.REST(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l.Images.Uploads.Quiet = 300 * time.Millisecond // nobody else sends
	return &itemLab{l, library.NewManager(api)}
}

// someDisk is a disk of 8 MiB with something in it.
func someDisk() []byte {
	disk := make([]byte, 8<<20)
	copy(disk[4096:], "the boot sector")
	for i := range 1 << 20 {
		disk[5<<20+i] = byte(i * i >> 7)
	}
	return disk
}

// diskContent is a disk as it is sent.
func diskContent(t *testing.T, disk []byte) *upload.Content {
	t.Helper()
	file := filepath.Join(t.TempDir(), "disk.raw")
	if err := os.WriteFile(file, disk, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := diskimage.Convert(t.Context(), diskimage.Source{Path: file, DiskFormat: "raw", ContainerFormat: "bare"}, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &upload.Content{Name: "disk.raw", Open: func() io.ReadSeeker { return c.Reader() }, Length: c.Length, Capacity: c.Capacity,
		SHA1: c.SHA1, SHA256: c.SHA256}
}

// isoContent is a CD-ROM image as it is sent.
func isoContent(text string) *upload.Content {
	sum := sha256.Sum256([]byte(text))
	return &upload.Content{Name: "install.iso", Open: func() io.ReadSeeker { return bytes.NewReader([]byte(text)) },
		Length: int64(len(text)), Capacity: int64(len(text)), SHA256: hex.EncodeToString(sum[:]), ISO: true}
}

// item is an image of some content in the library.
func item(name string, content *upload.Content) image.Request {
	r := image.Request{ImageSpec: openstack.ImageSpec{Name: name, DiskFormat: "qcow2", Container: "bare",
		Storage: openstack.StoredInLibrary, Library: vcsim.LibraryName, Tags: []string{"os:linux"},
		Properties: map[string]string{"hw_firmware_type": "uefi", "vmware_adaptertype": "paraVirtual"}}, Content: content}
	if content != nil && content.ISO {
		r.DiskFormat, r.Properties = "iso", map[string]string{}
	}
	return r
}

// items are the names of the library's items, and their files with sizes; and left the update sessions that are not done.
func (l *itemLab) items() (out []string) {
	l.Helper()
	lib, err := l.library.GetLibraryByName(l.Context(), vcsim.LibraryName)
	if err != nil {
		l.Fatal(err)
	}
	all, err := l.library.GetLibraryItems(l.Context(), lib.ID)
	if err != nil {
		l.Fatal(err)
	}
	for _, i := range all {
		files, err := l.library.ListLibraryItemFiles(l.Context(), i.ID)
		if err != nil {
			l.Fatal(err)
		}
		text := i.Name
		slices.SortFunc(files, func(a, b library.File) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
		for _, f := range files {
			text += fmt.Sprintf(" %s:%d", f.Name, *f.Size)
		}
		if i.Name != vcsim.LibraryItem {
			out = append(out, text)
		}
	}
	return out
}

func (l *itemLab) holdsItems(want ...string) {
	l.Helper()
	if have := l.items(); !slices.Equal(have, want) {
		l.Errorf("the library has %q, not %q", have, want)
	}
	sessions, err := l.library.ListLibraryItemUpdateSession(l.Context())
	if err != nil {
		l.Fatal(err)
	}
	for _, id := range sessions {
		if s, err := l.library.GetLibraryItemUpdateSession(l.Context(), id); err != nil || s.State == "ACTIVE" {
			l.Errorf("there is the session %+v, %v", s, err)
		}
	}
}

// TestItemOfDisk: the bytes of a disk in a content library are those of an instance's copy.
func TestItemOfDisk(t *testing.T) {
	t.Parallel()
	l := itemLabOf(t, vcsim.Options{})
	disk := someDisk()
	var sent int64
	r := item("debian", diskContent(t, disk))
	r.Progress = func(n, total int64) {
		if sent = n; total != r.Content.Length {
			t.Errorf("%d bytes are to be sent, not %d", total, r.Content.Length)
		}
	}
	made, err := l.Images.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if sent != r.Content.Length {
		t.Errorf("%d bytes were sent", sent)
	}
	if made.Path != "images/debian" || made.Library != "images" || made.Mark == nil || made.DiskFormat != "qcow2" || made.ID == "" {
		t.Errorf("%+v was made", made)
	}
	names := l.items()
	if len(names) != 1 {
		t.Errorf("the library has %v", names)
	}
	l.holdsItems(names...)
	copied := l.deployed(made.ID)
	if got := l.bytesOf(copied); !bytes.Equal(got, disk) {
		t.Errorf("the copy's disk of %d bytes holds something else", len(got))
	}
}

// deployed is the copy of an image that instances are cloned from, on some datastore.
func (l *itemLab) deployed(id string) image.Template {
	l.Helper()
	ctx := l.Context()
	found, err := l.Images.ByID(ctx, id)
	if err != nil {
		l.Fatal(err)
	}
	at, err := l.Inventory.Target(ctx, "nova", "")
	if err != nil {
		l.Fatal(err)
	}
	pool, err := at.Pool(ctx)
	if err != nil {
		l.Fatal(err)
	}
	may, err := at.Candidates(ctx, "")
	if err != nil {
		l.Fatal(err)
	}
	copied, err := l.Images.CloneSource(ctx, found, image.Use{Pool: pool, Store: at.Emptiest(may.All, 0)})
	if err != nil {
		l.Fatal(err)
	}
	return copied
}

// bytesOf is what a template's disk holds.
func (l *itemLab) bytesOf(t image.Template) []byte {
	l.Helper()
	root := hardware.RootDisk(t.Config.Hardware.Device)
	held, err := os.ReadFile(l.path(root.Backing.(types.BaseVirtualDeviceFileBackingInfo).GetVirtualDeviceFileBackingInfo().FileName))
	if err != nil {
		l.Fatal(err)
	}
	return held
}

// holdsOne finds one item, with a disk and its descriptor.
func (l *itemLab) holdsOne() {
	l.Helper()
	has := l.items()
	l.holdsItems(has...)
	if len(has) != 1 || !strings.Contains(has[0], "debian disk-0.vmdk:") || !strings.Contains(has[0], " image.ovf:") {
		l.Errorf("the library has %q", has)
	}
}
