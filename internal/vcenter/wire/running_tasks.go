// SPDX-License-Identifier: MPL-2.0

package wire

import (
	"context"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

// Settled reports whether no task is at work on a VM. A VM that cannot be read is not settled.
func (c *Conn) Settled(ctx context.Context, vm ref) bool {
	machine, err := Read[mo.VirtualMachine](ctx, c, vm, []string{"recentTask", "config.instanceUuid"})
	if err != nil || machine.Config == nil {
		return false
	}
	return !c.AnyRunning(ctx, machine.RecentTask, func(types.TaskInfo) bool { return true })
}

// AnyRecent reports whether one of the vCenter's recent tasks, as far as counts accepts it, is queued or running.
func (c *Conn) AnyRecent(ctx context.Context, vim *vim25.Client, counts func(types.TaskInfo) bool) (bool, error) {
	manager, err := Read[mo.TaskManager](ctx, c, *vim.ServiceContent.TaskManager, []string{"recentTask"})
	if err != nil {
		return false, err
	}
	return c.AnyRunning(ctx, manager.RecentTask, counts), nil
}

// AnyRunning reports whether one of the tasks, as far as counts accepts it, is queued or running. It reports true where they cannot be
// read.
func (c *Conn) AnyRunning(ctx context.Context, tasks []ref, counts func(types.TaskInfo) bool) bool {
	questions := make([]property.Query, len(tasks))
	for i, t := range tasks {
		questions[i] = property.Query{Object: t, Paths: []string{"info"}}
	}
	found, err := c.Retrieve(ctx, questions)
	if err != nil {
		return true // an unknown task is not over
	}
	for _, content := range found {
		var t mo.Task
		if mo.LoadObjectContent([]types.ObjectContent{content}, &t) != nil {
			continue
		}
		active := t.Info.State == types.TaskInfoStateRunning || t.Info.State == types.TaskInfoStateQueued
		if active && counts(t.Info) {
			return true
		}
	}
	return false
}
