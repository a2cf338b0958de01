// SPDX-License-Identifier: MPL-2.0

package openstack

import "time"

// Volume is a block device that outlives the instances it is attached to: what was asked for, as recorded on it, and what it is now.
type Volume struct {
	ID string // the first class disk's, which moves, snapshots and renames leave as it is
	VolumeSpec
	VolumeStatus
}

// VolumeSpec is a volume as asked for.
type VolumeSpec struct {
	Name            string
	Description     string
	Size            int64 // GiB, rounded up; 0 in a request for a copy: its source's
	Zone            string
	Type            string            // the name of a storage policy; empty: the zone's
	Source          VolumeSource      // what it was filled from
	ImageProperties map[string]string // of the image that a bootable volume comes from
	Metadata        map[string]string // the user's
	Multiattach     bool              // several instances may have it at once
}

// VolumeSource is what a volume was filled from; its zero value is nothing.
type VolumeSource struct {
	Kind string // SourceImage, SourceVolume or SourceSnapshot
	ID   string
}

// The kinds of a VolumeSource, as block_device names them.
const (
	SourceImage    = "image"
	SourceVolume   = "volume"
	SourceSnapshot = "snapshot"
)

// VolumeStatus is what a volume is now.
type VolumeStatus struct {
	SizeMB    int64
	Datastore string // its name
	File      string // for example "[vmfs-1] fcd/1.vmdk"; it changes when the disk moves
	Created   time.Time
	Snapshots []VolumeSnapshot
	Mark      *Mark  // nil: this provider did not make it
	MarkID    string // what the creation was known by before the volume had an id
	Kept      *bool  // whether it outlives a machine that is destroyed with it; nil: not read
}

// VolumeSnapshot is what a volume held at a moment.
type VolumeSnapshot struct {
	ID       string // the snapshot's own; with the volume's before it "<volume>/<snapshot>"
	VolumeID string
	VolumeSnapshotSpec
	Size    int64  // GiB, the volume's
	Note    string // what the vCenter shows beside it
	Created time.Time
	Own     bool   // this provider took it
	MarkID  string // what its creation was known by; empty: another took it, or the creation was killed
	Others  int    // other snapshots of the volume, where they were counted
}

// VolumeSnapshotSpec is a snapshot as asked for, and as recorded on its volume.
type VolumeSnapshotSpec struct {
	Name        string
	Description string
	Metadata    map[string]string
}

// Attachment is a volume on an instance, or on any other machine.
type Attachment struct {
	VolumeID   string
	ServerID   string // the machine's instance UUID
	ServerName string
	MoRef      string // the machine's managed object id
	Place      string // for example "scsi0:1"; empty: on a controller that has no such name
	Device     string // the name that a Linux guest is expected to give it by its place, for example "/dev/sdb"
	DiskByID   string // where a Linux guest finds it for ever, "/dev/disk/by-id/wwn-0x..."; empty: on no SCSI controller
	DiskUUID   string // of the disk's file
	Shared     bool   // other machines may have the volume too
}
