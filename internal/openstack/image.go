// SPDX-License-Identifier: MPL-2.0

package openstack

import (
	"cmp"
	"time"
)

// Where an image is kept.
const (
	StoredAsTemplate = "template"        // a VM template, whose id is its instance UUID
	StoredInLibrary  = "content_library" // an item of a content library, whose id the vCenter chooses
)

// ImageSpec is an image as asked for.
type ImageSpec struct {
	ID         string // a template's instance UUID, or a library item's id; empty at a creation: one is chosen
	Name       string
	DiskFormat string            // of the file that it was made of; "vmdk" or "iso" where nothing tells that
	Container  string            // of the file that it was made of; "bare" or "ova" where nothing tells that
	Properties map[string]string // Glance's properties: hw_*, os_*, vmware_*
	Tags       []string
	MinDisk    int64 // GiB; the root disk's capacity counts as well: see LeastDisk
	MinRAM     int64 // MB
	Protected  bool  // it is not deleted
	Hidden     bool  // it is found by those only who ask for hidden ones
	Visibility string
	Storage    string // StoredAsTemplate or StoredInLibrary
	Library    string // the content library's name; empty for a template
	Cached     bool   // full clones too are made from a copy on their own datastore
}

// Image is what an instance's root disk is copied from: a VM template or a content library item.
type Image struct {
	ImageSpec
	Mark        *Mark  // nil: others made it
	Checksum    string // MD5 in hex of the file that it was made of, as Glance has it; empty if unknown
	FileSize    int64  // bytes of the file that it was made of; 0 if unknown
	Description string
	SizeBytes   int64  // capacity of the root disk for a template, bytes stored for a library item
	RootGiB     int64  // the root disk's capacity rounded up; 0 if unknown before deployment
	Version     string // the library item's content version; empty for a template
	ItemType    string // the library item's type as vSphere has it: "ovf", "vm-template", "iso"; empty for a template
	Path        string // the template's inventory path, or "library/item"
	Snapshot    string // the template's current snapshot, the base of linked clones; empty if it has none
	GuestID     string // vSphere's name of the template's operating system; empty if unknown before deployment
	MoRef       string // the template's managed object id; empty for a library item
	Created     time.Time
	Updated     time.Time
}

// ISO reports whether the image is a CD-ROM's: an instance of it gets a blank root disk, and the image in its drive.
func (i Image) ISO() bool { return i.DiskFormat == "iso" }

// LeastDisk is the smallest root disk that an instance of the image may have, in GiB.
func (i Image) LeastDisk() int64 { return max(i.MinDisk, i.RootGiB) }

// Bytes is what Glance calls the size of an image: that of the file it was made of, or, where nothing tells it, what the image takes.
func (i Image) Bytes() int64 { return cmp.Or(i.FileSize, i.SizeBytes) }
