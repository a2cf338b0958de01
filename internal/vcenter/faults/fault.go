// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"errors"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/vim25/types"
)

// As finds the first vSphere fault of target's type in err, whether the call's or a task's, and sets target to it.
func As[T any](err error, target *T) bool {
	_, ok := fault.As(err, target)
	return ok
}

// Transient reports whether err refuses a call only for a moment, because its object is in the middle of something: InvalidState or
// TaskInProgress. Such a refusal tells nothing about what was asked: a task whose state cannot be read for that reason goes on.
func Transient(err error) bool {
	return Is[*types.InvalidState](err) || Is[*types.TaskInProgress](err)
}

// Is reports whether err holds a vSphere fault of type T, whether the call's or a task's.
func Is[T types.BaseMethodFault](err error) bool {
	var target T
	if err == nil {
		return false
	}
	_, ok := fault.As(err, &target)
	return ok
}

// ErrTaskGone is returned for a task that vCenter has forgotten, because it restarted or the task is old.
var ErrTaskGone = errors.New("the vCenter no longer knows the task")

// TaskError is how a task failed. govmomi's fault package finds its fault.
type TaskError struct{ *types.LocalizedMethodFault }

// Error returns vCenter's own message.
func (e *TaskError) Error() string {
	if e.LocalizedMessage != "" {
		return e.LocalizedMessage
	}
	return sentenceOf(e.LocalizedMethodFault.Fault)
}

// GetLocalizedMethodFault returns the fault.
func (e *TaskError) GetLocalizedMethodFault() *types.LocalizedMethodFault {
	return e.LocalizedMethodFault
}

// OutcomeUnknown reports whether err leaves open if something was carried out, because no answer came or its task was forgotten.
func OutcomeUnknown(err error) bool { return NoResponse(err) || errors.Is(err, ErrTaskGone) }

// DefiniteFault reports whether err is a fault that ends a task for good. A cancelled task may have been done, and one whose session was
// lost may be under way: neither is definite.
func DefiniteFault(err error) bool {
	var fault types.BaseMethodFault
	return As(err, &fault) && !Is[*types.RequestCanceled](err) && !Is[*types.NotAuthenticated](err)
}
