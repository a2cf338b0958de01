// SPDX-License-Identifier: MPL-2.0

package images_test

import (
	"maps"
	"path/filepath"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// refusal is what a plan must refuse: arguments, and what is said at which of them.
type refusal struct {
	more            map[string]any
	attribute, says string
}

// refusals fails the test unless the plans of a raw image with the arguments are refused.
func (l *lab) refusals(file string, all ...refusal) {
	l.Helper()
	for _, c := range all {
		l.refused(asked(file, c.more), l.None(kindOfImage), c.attribute, c.says)
	}
}

// fetched are the arguments of an image that the vCenter fetches by itself.
func fetched(more map[string]any) map[string]any {
	config := map[string]any{"local_file_path": nil, "image_source_url": atWeb, "web_download": true, "disk_format": "vmdk",
		"container_format": "ova", "storage": "content_library", "library": "images"}
	maps.Copy(config, more)
	return config
}

const atWeb = "https://images.example.com/debian.img"

// TestImageFormatsRefused: a format that is not read is refused at plan with what to do, and so is a file of another one.
func TestImageFormatsRefused(t *testing.T) {
	t.Parallel()
	l := labOf(t)
	raw, iso := l.file("disk.raw", "", 4<<20), l.file("not.vmdk", "", 1<<20)
	l.refusals(raw, []refusal{
		{map[string]any{"container_format": "docker"}, "container_format", "no disk that a machine could start from"},
		{map[string]any{"container_format": "ami"}, "container_format", "Amazon"},
		{map[string]any{"container_format": "zip"}, "container_format", "write bare, ova, ovf or compressed"},
		{map[string]any{"disk_format": "vhd"}, "disk_format", "qemu-img convert -f vpc -O qcow2"},
		{map[string]any{"disk_format": "vhdx"}, "disk_format", "qemu-img convert -f vhdx -O qcow2"},
		{map[string]any{"disk_format": "vdi"}, "disk_format", "qemu-img convert -f vdi -O qcow2"},
		{map[string]any{"disk_format": "ploop"}, "disk_format", "qemu-img convert -f parallels -O qcow2"},
		{map[string]any{"disk_format": "ari"}, "disk_format", "Amazon"},
		{map[string]any{"disk_format": "qed"}, "disk_format", "write qcow2, raw, vmdk or iso"},
		{map[string]any{"container_format": "ova"}, "disk_format", "the disk in an OVA is a VMDK"},
		{map[string]any{"disk_format": "qcow2"}, "local_file_path", "is not a qcow2 image"},
		{map[string]any{"local_file_path": iso, "disk_format": "vmdk"}, "local_file_path", "is not a VMDK image"},
		{map[string]any{"disk_format": "iso"}, "local_file_path", "is not an ISO image"},
	}...)
}

// TestImageSourcesRefused: a source that contradicts itself, or that a vCenter cannot fetch, is refused at plan.
func TestImageSourcesRefused(t *testing.T) {
	t.Parallel()
	l := labOf(t)
	l.refusals(l.file("disk.raw", "", 4<<20), []refusal{
		{map[string]any{"local_file_path": nil}, "local_file_path", "write local_file_path or image_source_url"},
		{map[string]any{"image_source_url": atWeb}, "image_source_url", "made of one file"},
		{map[string]any{"image_source_password": "p"}, "image_source_password", "take one of them out"},
		{map[string]any{"web_download": true}, "web_download", "take one of them out"},
		{map[string]any{"local_file_path": nil, "web_download": true}, "web_download", "write it"},
		{map[string]any{"local_file_path": nil, "image_source_url": "ftp://example.com/a"}, "image_source_url", "http"},
		{fetched(map[string]any{"verify_checksum": true}), "verify_checksum", "image_source_url without web_download"},
		{fetched(map[string]any{"decompress": true}), "decompress", "image_source_url without web_download"},
		{fetched(map[string]any{"image_source_username": "me"}), "image_source_username", "image_source_url without web_download"},
		{fetched(map[string]any{"container_format": "bare"}), "web_download", "fetches OVA and ISO files"},
		{fetched(map[string]any{"disk_format": "qcow2", "container_format": "bare"}), "web_download", "image_source_url without web_download"},
		{fetched(map[string]any{"container_format": "compressed"}), "web_download", "does not decompress"},
		{fetched(map[string]any{"storage": nil, "library": nil}), "web_download", `storage = "content_library"`},
	}...)
}

// TestImageArgumentsRefused: what no vCenter could take is refused at plan.
func TestImageArgumentsRefused(t *testing.T) {
	t.Parallel()
	l := labOf(t)
	l.refusals(l.file("disk.raw", "", 4<<20), []refusal{
		{map[string]any{"storage": "content_library"}, "library", "needs the library's name"},
		{map[string]any{"library": "images"}, "library", "a template is in no library"},
		{map[string]any{"storage": "content_library", "library": "images", "image_id": "6a1c2f0e-3b5d-4c58-9c0a-2f4f5f1f7d11"}, "image_id",
			"a vCenter chooses the id"},
		{map[string]any{"storage": "content_library", "library": "images", "upload_via": "host"}, "upload_via", "goes through the vCenter"},
		{map[string]any{"disk_format": "iso", "upload_via": "host"}, "upload_via", "an ISO goes through the vCenter"},
		{map[string]any{"image_id": "debian"}, "image_id", "must be a UUID"},
		{map[string]any{"image_checksum": "sha256:12"}, "image_checksum", "sha256"},
		{map[string]any{"storage": "disk"}, "storage", "content_library"},
		{map[string]any{"upload_via": "ftp"}, "upload_via", "vcenter"},
		{map[string]any{"visibility": "secret"}, "visibility", "community"},
		{map[string]any{"min_disk_gb": -1}, "min_disk_gb", "at most"},
		{map[string]any{"name": ""}, "name", "must not be empty"},
		{map[string]any{"properties": map[string]any{"vmware_adaptertype": "scsi2"}}, `properties["vmware_adaptertype"]`, "is not an adapter"},
	}...)
}

// TestImageAccepted: what may turn out well is not refused at plan.
func TestImageAccepted(t *testing.T) {
	t.Parallel()
	l := labOf(t)
	raw := l.file("disk.raw", "", 4<<20)
	for name, more := range map[string]map[string]any{
		"a file that is not there yet":          {"local_file_path": filepath.Join(l.folder, "later.qcow2"), "disk_format": "qcow2"},
		"a compressed file":                     {"decompress": true, "disk_format": "qcow2"},
		"a container that is compressed":        {"container_format": "compressed", "disk_format": "qcow2"},
		"a flag of a download that is not made": {"web_download": false, "decompress": false, "verify_checksum": false},
		"a URL with all that belongs to it": {"local_file_path": nil, "image_source_url": atWeb, "image_source_username": "me",
			"image_source_password": "secret", "image_cache_path": "/tmp/images", "verify_checksum": true, "decompress": true,
			"image_checksum": "sha256:0000000000000000000000000000000000000000000000000000000000000000"},
		"a download by the vCenter": fetched(nil),
		"an ISO of its own":         fetched(map[string]any{"disk_format": "iso", "container_format": "bare", "name": "other"}),
	} {
		config := asked(raw, more)
		config["name"] = name
		if plan := l.Plan(kindOfImage, config, l.None(kindOfImage)); len(plan.Errors()) > 0 {
			t.Errorf("%s: %v", name, plan.Errors())
		}
	}
}

// TestImagesOfOneName: names are unique among templates, and in a library.
func TestImagesOfOneName(t *testing.T) {
	t.Parallel()
	l := labOf(t)
	raw := l.file("disk.raw", "", 4<<20)
	none := l.None(kindOfImage)
	inLibrary := map[string]any{"storage": "content_library", "library": vcsim.LibraryName}
	for _, more := range []map[string]any{nil, inLibrary} {
		if plan := l.Plan(kindOfImage, asked(raw, more), none); len(plan.Errors()) > 0 {
			t.Errorf("%v: %v", more, plan.Errors())
		}
	}
	l.refused(asked(raw, nil), none, "name", "another image of this configuration")
	l.refused(asked(raw, inLibrary), none, "name", "unique in the library "+vcsim.LibraryName)
}
