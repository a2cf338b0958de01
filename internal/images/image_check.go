// SPDX-License-Identifier: MPL-2.0

package images

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/download"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// The formats that more than one place speaks of.
const (
	containerCompressed = "compressed"
	containerOVA        = "ova"
	diskVMDK            = "vmdk"
	diskISO             = "iso"
)

// checkImage refuses a configuration that no vCenter could take, whatever its unknown values become.
func checkImage(m madeModel) error {
	for _, check := range []func(madeModel) error{checkContainer, checkDisk, checkPair, checkSource, checkDownload, checkFetched, checkPlace,
		checkSum} {
		if err := check(m); err != nil {
			return err
		}
	}
	return nil
}

// checkContainer refuses a container format that is not read.
func checkContainer(m madeModel) error {
	format := m.Container.ValueString()
	switch {
	case !crud.Known(m.Container), slices.Contains([]string{"bare", "ovf", containerOVA, containerCompressed}, format):
		return nil
	case format == "docker":
		return openstack.AttributeErrorf("container_format", "a container image has no disk that a machine could start from: make an image of a "+
			"disk, and run containers in its instances")
	case slices.Contains([]string{"aki", "ari", "ami"}, format):
		return openstack.AttributeErrorf("container_format", "%s is a part of an Amazon image, which vSphere does not start: make a whole disk "+
			"of it, and write bare", format)
	}
	return openstack.AttributeErrorf("container_format", "%q is not known: write bare, ova, ovf or compressed", format)
}

// checkDisk refuses a disk format that is not read.
func checkDisk(m madeModel) error {
	format := m.DiskFormat.ValueString()
	from := map[string]string{"vhd": "vpc", "vhdx": "vhdx", "vdi": "vdi", "ploop": "parallels"}[format]
	switch {
	case !crud.Known(m.DiskFormat), slices.Contains([]string{"qcow2", "raw", diskVMDK, diskISO}, format):
		return nil
	case from != "":
		return openstack.AttributeErrorf("disk_format", "%s is not read: `qemu-img convert -f %s -O qcow2 IMAGE new.qcow2` makes a qcow2 image "+
			"of it", format, from)
	case slices.Contains([]string{"aki", "ari", "ami"}, format):
		return openstack.AttributeErrorf("disk_format", "%s is a part of an Amazon image, which vSphere does not start: make a whole disk of "+
			"it, and `qemu-img convert -O qcow2 DISK new.qcow2` an image of that", format)
	}
	return openstack.AttributeErrorf("disk_format", "%q is not known: write qcow2, raw, vmdk or iso", format)
}

// checkPair refuses formats that do not go together.
func checkPair(m madeModel) error {
	if m.Container.ValueString() == containerOVA && crud.Known(m.DiskFormat) && m.DiskFormat.ValueString() != diskVMDK {
		return openstack.AttributeErrorf("disk_format", "the disk in an OVA is a VMDK, and not %s: write vmdk, or container_format = \"bare\"",
			m.DiskFormat.ValueString())
	}
	return nil
}

// checkSource refuses an image of two files. One of none may be imported, for a template has forgotten what it was made of.
func checkSource(m madeModel) error {
	if !crud.Known(m.LocalPath, m.URL) {
		return nil
	}
	file, url := m.LocalPath.ValueString(), m.URL.ValueString()
	switch {
	case file != "" && url != "":
		return openstack.AttributeErrorf("image_source_url", "an image is made of one file, and local_file_path names another: write only one "+
			"of them")
	case file == "" && url == "" && m.fetched():
		return openstack.AttributeErrorf("web_download", "the vCenter fetches what image_source_url says: write it")
	case file == "":
		return nil
	}
	for _, of := range []argument{{"web_download", m.WebDownload, m.fetched()},
		{"image_source_username", m.Username, m.Username.ValueString() != ""},
		{"image_source_password", m.Password, m.Password.ValueString() != ""}} {
		if of.says() {
			return openstack.AttributeErrorf(of.name, "it is about image_source_url, and local_file_path is written: take one of them out")
		}
	}
	return nil
}

// checkMade refuses to make an image of no file, or an item of a library under an id that is written. An imported one has no file, and a
// configuration that was generated for it has its id.
func checkMade(m madeModel) error {
	if crud.Known(m.Storage, m.ImageID) && m.inLibrary() && m.ImageID.ValueString() != "" {
		return openstack.AttributeErrorf("image_id", "a vCenter chooses the id of a library's item: take it out, or write storage = "+
			"\"template\"")
	}
	if !crud.Known(m.LocalPath, m.URL) || m.LocalPath.ValueString() != "" || m.URL.ValueString() != "" {
		return nil
	}
	return openstack.AttributeErrorf("local_file_path", "an image is made of a file: write local_file_path or image_source_url")
}

// argument is an argument that may be written.
type argument struct {
	name  string
	value attr.Value
	means bool // it asks for something
}

// says reports whether it is known to ask for something.
func (a argument) says() bool { return a.means && !a.value.IsNull() && !a.value.IsUnknown() }

// checkDownload refuses an address that nothing is fetched from.
func checkDownload(m madeModel) error {
	if m.URL.ValueString() == "" {
		return nil
	}
	if err := download.CheckURL(m.URL.ValueString()); err != nil {
		return openstack.AttributeErrorf("image_source_url", "%w; a file of this machine is named by local_file_path", err)
	}
	return nil
}

// checkFetched refuses what a vCenter does not do when it fetches a file by itself.
func checkFetched(m madeModel) error {
	if !m.fetched() {
		return nil
	}
	const without = "write image_source_url without web_download, and this provider does it"
	for _, of := range []argument{{"verify_checksum", m.VerifySum, true}, {"decompress", m.Decompress, true},
		{"image_checksum", m.FileSum, true}, {"image_source_username", m.Username, true}, {"image_source_password", m.Password, true},
		{"upload_via", m.Via, true}} {
		if of.says() {
			return openstack.AttributeErrorf(of.name, "with web_download the vCenter fetches the file by itself, as it is and without a name: %s",
				without)
		}
	}
	disk := m.DiskFormat.ValueString()
	switch {
	case m.Container.ValueString() == containerCompressed:
		return openstack.AttributeErrorf("web_download", "a vCenter does not decompress what it fetches: %s", without)
	case crud.Known(m.DiskFormat) && disk != diskVMDK && disk != diskISO:
		return openstack.AttributeErrorf("web_download", "a vCenter fetches OVA and ISO files and does not convert, and this is %s: %s", disk,
			without)
	case disk == diskVMDK && crud.Known(m.Container) && m.Container.ValueString() != containerOVA:
		return openstack.AttributeErrorf("web_download", "a vCenter fetches OVA and ISO files, and a VMDK alone does not say what machine it is "+
			"for: %s", without)
	case crud.Known(m.Storage) && !m.Storage.IsNull() && !m.inLibrary(), m.Storage.IsNull():
		return openstack.AttributeErrorf("web_download", "a vCenter fetches into content libraries only: write storage = \"content_library\" "+
			"and library, or %s", without)
	}
	return nil
}

// checkPlace refuses arguments about a place that the image is not kept in.
func checkPlace(m madeModel) error {
	if !crud.Known(m.Storage, m.Library) {
		return nil
	}
	library := m.Library.ValueString()
	switch {
	case m.inLibrary() && library == "":
		return openstack.AttributeErrorf("library", "an image in a content library needs the library's name")
	case !m.inLibrary() && library != "":
		return openstack.AttributeErrorf("library", "a template is in no library: write storage = \"content_library\", or take it out")
	case m.inLibrary() && m.Via.ValueString() != "":
		return openstack.AttributeErrorf("upload_via", "an item of a library goes through the vCenter: take it out")
	case m.DiskFormat.ValueString() == diskISO && m.Via.ValueString() == "host":
		return openstack.AttributeErrorf("upload_via", "an ISO goes through the vCenter: write \"vcenter\", or take it out")
	}
	return nil
}

// checkSum refuses a checksum that nothing can have.
func checkSum(m madeModel) error {
	if m.FileSum.ValueString() == "" {
		return nil
	}
	if err := download.CheckChecksum(m.FileSum.ValueString()); err != nil {
		return openstack.AttributeErrorf("image_checksum", "%w", err)
	}
	return nil
}
