package faults

import (
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Stale reports whether a change was refused because somebody else has changed the object since it was read: it has another changeVersion,
// or configVersion, than the change was computed from. Nothing of the change was done. Read the object anew, compute the change again and
// send that; what retry.WriteAttempts such rounds do not get through is told.
func Stale(err error) bool { return Is[*types.ConcurrentAccess](err) }

// StaleRecord is the refusal of a change that was computed from a record which is another by now, as a vCenter refuses that of a machine.
func StaleRecord() error { return soap.WrapVimFault(&types.ConcurrentAccess{}) }
