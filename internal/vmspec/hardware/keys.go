// Package hardware reads the virtual hardware of a machine, and writes changes of it: disks and their places on controllers, NICs and
// CD-ROMs. It takes values and gives values.
package hardware

// Keys of devices that are not made yet, as Nova has them.
const (
	RootDiskKey   = -100
	ControllerKey = -101 // of the root disk's controller
)

// IDEKey is the first IDE controller's, which every new machine has.
const IDEKey = 200
