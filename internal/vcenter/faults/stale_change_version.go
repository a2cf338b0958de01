// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Stale reports whether a change was refused because another client has changed the object since it was read: it has another
// changeVersion, or configVersion, than the change was computed from. Nothing of the change was done. Read the object again, compute the
// change again and send that; give up after retry.WriteAttempts rounds.
func Stale(err error) bool { return Is[*types.ConcurrentAccess](err) }

// StaleRecord returns the refusal of a change that was computed from a record changed since, in the form of vCenter's own refusal.
func StaleRecord() error { return soap.WrapVimFault(&types.ConcurrentAccess{}) }
