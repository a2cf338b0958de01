package faults

import (
	"errors"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/vim25/types"
)

func As[T any](err error, target *T) bool {
	_, ok := fault.As(err, target)
	return ok
}

// Transient knows the refusals that say nothing about what is asked for: an object that is in the middle of something. Whoever waits for a
// task would else not know what has come of it.
func Transient(err error) bool {
	return Is[*types.InvalidState](err) || Is[*types.TaskInProgress](err)
}

// Is reports whether a vSphere fault of type T is anywhere in err, be it the call's or a task's.
func Is[T types.BaseMethodFault](err error) bool {
	var target T
	if err == nil {
		return false
	}
	_, ok := fault.As(err, &target)
	return ok
}

// ErrTaskGone says that vCenter no longer knows a task: it restarted, or the task is old.
var ErrTaskGone = errors.New("the vCenter no longer knows the task")

// TaskError is how a task failed. It shows its fault to govmomi's fault package.
type TaskError struct{ *types.LocalizedMethodFault }

// Error is vCenter's own message.
func (e *TaskError) Error() string {
	if e.LocalizedMessage != "" {
		return e.LocalizedMessage
	}
	return sentenceOf(e.LocalizedMethodFault.Fault)
}

// GetLocalizedMethodFault shows the fault.
func (e *TaskError) GetLocalizedMethodFault() *types.LocalizedMethodFault {
	return e.LocalizedMethodFault
}

// OutcomeUnknown says that nobody knows whether something was carried out: no answer came, or its task was forgotten.
func OutcomeUnknown(err error) bool { return NoResponse(err) || errors.Is(err, ErrTaskGone) }

// DefiniteFault says that an error is a fault that vCenter ends a task with for good. One that was cancelled may have been done all the
// same, and one whose session was lost may be under way.
func DefiniteFault(err error) bool {
	var fault types.BaseMethodFault
	return As(err, &fault) && !Is[*types.RequestCanceled](err) && !Is[*types.NotAuthenticated](err)
}
