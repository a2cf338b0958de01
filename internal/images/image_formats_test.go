// SPDX-License-Identifier: MPL-2.0

package images_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// imageFormats are the images that qemu-img makes of a disk. "ova" is a streamOptimized VMDK that is packed afterwards.
var imageFormats = []struct {
	name, diskFormat string
	options          []string // of qemu-img convert
}{
	{"qcow2", "qcow2", nil},
	{"qcow2 zlib", "qcow2", []string{"-c"}},
	{"qcow2 zstd", "qcow2", []string{"-c", "-o", "compression_type=zstd"}},
	{"qcow2 extended", "qcow2", []string{"-o", "extended_l2=on"}},
	{"raw", "raw", nil},
	{"vmdk streamOptimized", "vmdk", []string{"-o", "subformat=streamOptimized"}},
	{"vmdk monolithicSparse", "vmdk", []string{"-o", "subformat=monolithicSparse"}},
	{"vmdk monolithicFlat", "vmdk", []string{"-o", "subformat=monolithicFlat"}},
	{"vmdk twoGbMaxExtentSparse", "vmdk", []string{"-o", "subformat=twoGbMaxExtentSparse"}},
	{"vmdk twoGbMaxExtentFlat", "vmdk", []string{"-o", "subformat=twoGbMaxExtentFlat"}},
	{"ova", "vmdk", []string{"-o", "subformat=streamOptimized"}},
}

// imageWays are the ways of an image into a vCenter, with the arguments that choose them.
var imageWays = []struct {
	name      string
	arguments map[string]any
}{
	{"host", map[string]any{"upload_via": "host"}},
	{"vcenter", map[string]any{"upload_via": "vcenter"}},
	{"library", map[string]any{"storage": "content_library", "library": vcsim.LibraryName}},
}

// TestAccImageFormats: whatever the format of an image and its way into the vCenter, the disk of the image and that of an instance hold
// what QEMU was given. The disk has all of the Go toolchain in it, and is made once. To stay under a minute and a half, every format goes
// at full size by one way, the next format by the next way; by the two others goes the beginning of the same disk.
func TestAccImageFormats(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("qemu-img"); err != nil {
		t.Skip("there is no qemu-img: make qemu installs it")
	}
	whole, beginning := diskOfTools(t, 1<<30), diskOfTools(t, 9<<20)
	for w, way := range imageWays {
		t.Run(way.name, func(t *testing.T) { // the images of a way go one after the other: each takes a gigabyte of temporary files
			t.Parallel()
			for f, format := range imageFormats {
				disk := beginning
				if f%len(imageWays) == w {
					disk = whole
				}
				t.Run(format.name, func(t *testing.T) { //nolint:paralleltest // see above
					l := labOf(t)
					image := filepath.Join(l.folder, "image")
					qemuImg(t, append(append([]string{"convert", "-f", "raw", "-O", format.diskFormat}, format.options...), disk, image)...)
					config := asked(image, way.arguments)
					config["disk_format"] = format.diskFormat
					if format.name == "ova" {
						config["container_format"], config["local_file_path"] = "ova", packedOVA(t, image)
					}
					l.holds(config, disk)
				})
			}
		})
	}
	t.Run("fetched", func(t *testing.T) {
		t.Parallel()
		t.Run("qcow2 by URL", func(t *testing.T) { //nolint:paralleltest // as above
			l := labOf(t)
			image := filepath.Join(l.folder, "image.qcow2")
			qemuImg(t, "convert", "-f", "raw", "-O", "qcow2", "-o", "compression_type=zstd", "-c", whole, image)
			l.holds(asked("", map[string]any{"local_file_path": nil, "disk_format": "qcow2", "image_source_url": served(t, image)}), whole)
		})
		t.Run("raw in zstd by URL", func(t *testing.T) { //nolint:paralleltest // as above
			l := labOf(t)
			file := zstdOf(t, beginning)
			l.holds(asked("", map[string]any{"local_file_path": nil, "decompress": true, "image_source_url": served(t, file)}), beginning)
		})
		t.Run("raw in xz", func(t *testing.T) { //nolint:paralleltest // as above
			l := labOf(t)
			l.holds(asked(xzOf(t, beginning), map[string]any{"container_format": "compressed"}), beginning)
		})
	})
}

// holds makes an image and an instance of it, whose disk is larger, and compares the disks of both with a raw disk.
func (l *lab) holds(config map[string]any, disk string) {
	l.Helper()
	made := l.bring(config, l.None(kindOfImage))
	l.instance(made)
	source, instance := acctest.DiskFile(l.source(config)), acctest.DiskFile(l.vc.VM("OpenStack/it"))
	if source == instance {
		l.Fatalf("the instance has the image's own disk, %s", source)
	}
	info, err := os.Stat(disk)
	if err != nil {
		l.Fatal(err)
	}
	const mebibyte = 1 << 20
	fetched := filepath.Join(l.folder, "fetched")
	if size, want := l.vc.Download(source, fetched), (info.Size()+mebibyte-1)/mebibyte*mebibyte; size != want {
		l.Errorf("the image's disk has %d bytes, and not %d", size, want)
	}
	grown := l.vc.Local(instance) // the datastore's own file: to fetch a GiB takes a second
	if info, err := os.Stat(grown); err != nil || info.Size() != 1<<30 {
		l.Errorf("the instance's disk is %v: %v", info, err)
	}
	for _, held := range []string{fetched, grown} {
		qemuImg(l.T, "compare", "-q", "-f", "raw", "-F", "raw", disk, held) // zeros behind the end of either make no difference
	}
}

// instance makes an instance of an image, with a disk of a GiB.
func (l *lab) instance(of protocol.Object) protocol.Object {
	l.Helper()
	const flavors, instances = "novasphere_compute_flavor", "novasphere_compute_instance"
	flavor := l.Bring(flavors, map[string]any{"name": "m1.tiny", "vcpus": 1, "ram": 512, "disk": 1}, l.None(flavors))
	return l.Bring(instances, map[string]any{"name": "it", "flavor_id": flavor.Text("id"), "image_id": of.Text("id")}, l.None(instances))
}

// source returns the VM that instances of the one image are cloned from: the template, or the copy of a library's item.
func (l *lab) source(config map[string]any) mo.VirtualMachine {
	l.Helper()
	if config["storage"] == nil {
		return l.vc.VM("novasphere/images/*")
	}
	for _, vm := range l.vc.VMs("novasphere/*") {
		if acctest.DiskFile(vm) != "" {
			return vm
		}
	}
	l.Fatal("the library's item has no copy")
	return mo.VirtualMachine{}
}

// served returns the URL of a file at a web server of this machine.
func served(t *testing.T, file string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) }))
	t.Cleanup(server.Close)
	return fmt.Sprintf("%s/%s", server.URL, filepath.Base(file))
}
