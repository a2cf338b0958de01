// SPDX-License-Identifier: MPL-2.0

package replay

import (
	"context"
	"fmt"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// task is the fault of a task as an error.
type task struct{ *types.LocalizedMethodFault }

// Error returns the fault's type and message.
func (t task) Error() string { return fmt.Sprintf("%T: %s", t.Fault, t.LocalizedMessage) }

func (t task) already() bool {
	_, is := t.Fault.(*types.InvalidPowerState)
	return is
}

func (t task) exists() bool {
	_, is := t.Fault.(*types.FileAlreadyExists)
	return is
}

// result waits for a task, if one is started.
func result(ctx context.Context, start func() (*object.Task, error)) (*types.TaskInfo, error) {
	started, err := start()
	if err != nil || started == nil {
		return nil, err
	}
	info, err := started.WaitForResult(ctx)
	if info != nil && info.Error != nil {
		return info, task{info.Error}
	}
	return info, err
}
