// SPDX-License-Identifier: MPL-2.0

// Package upload brings the content of images into a vCenter: disks through an ESX host or through the vCenter alone, files into content
// libraries, and CD-ROM images onto datastores.
package upload

import "io"

// Ways of a disk into a vCenter.
const (
	ViaHost    = "host"    // an NFC lease: the disk goes to the ESX host
	ViaVCenter = "vcenter" // through the vCenter's own access to datastores
)

// Content is what is sent: a streamOptimized VMDK, or a CD-ROM image as it is.
type Content struct {
	Name     string               // how messages call it, without credentials
	Open     func() io.ReadSeeker // from its beginning, as often as wanted, and by several at once
	Length   int64                // of the file, in bytes
	Capacity int64                // of the disk, in bytes: whole MiB. Of a CD-ROM image its length.
	SHA1     string               // of the file, in hex
	SHA256   string               // of the file, in hex
	ISO      bool
}

// Progress is called with how much is sent, both in bytes. It is called often, and never by two goroutines at once.
type Progress func(sent, total int64)
