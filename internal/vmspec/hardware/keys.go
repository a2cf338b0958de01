// SPDX-License-Identifier: MPL-2.0

// Package hardware reads a VM's virtual hardware and builds changes to it: disks and their places on controllers, NICs and CD-ROMs. It
// works on values alone and makes no calls.
package hardware

// Keys of devices that do not exist yet, as in Nova.
const (
	RootDiskKey   = -100
	ControllerKey = -101 // of the root disk's controller
)

// IDEKey is the key of the first IDE controller, which every new VM has.
const IDEKey = 200
