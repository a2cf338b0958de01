package openstack

import "time"

// Image is what an instance's root disk is copied from: a VM template or a content library item.
type Image struct {
	ID          string // a template's instance UUID, or a library item's id
	Name        string
	Description string
	Properties  map[string]string // Glance's properties: hw_*, os_*, vmware_*
	SizeBytes   int64             // capacity of the root disk for a template, bytes stored for a library item
	MinDisk     int64             // GiB, the root disk's capacity rounded up; 0 if unknown before deployment
	DiskFormat  string            // "vmdk" or "iso"
	Container   string            // "bare" or "ova"
	Library     string            // the content library's name; empty for a template
	Version     string            // the library item's content version; empty for a template
	Path        string            // the template's inventory path, or "library/item"
	Snapshot    string            // the template's current snapshot, the base of linked clones; empty if it has none
	GuestID     string            // vSphere's name of the template's operating system; empty if unknown before deployment
	MoRef       string            // the template's managed object id; empty for a library item
	Created     time.Time
	Updated     time.Time
}
