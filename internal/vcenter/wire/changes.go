// SPDX-License-Identifier: MPL-2.0

package wire

import (
	"context"
	"fmt"
	"slices"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
)

// Reconfigure sends a change and waits for it. It never sends it twice, because it may add or remove a device: if the answer is lost,
// the caller reads the VM again and sends what is missing.
func (c *Conn) Reconfigure(ctx context.Context, vm ref, name string, spec types.VirtualMachineConfigSpec) error {
	return faults.Explain("reconfiguring "+name, c.ReconfigureRaw(ctx, vm, spec))
}

// ReconfigureRaw reconfigures a VM and returns the fault unexplained.
func (c *Conn) ReconfigureRaw(ctx context.Context, vm ref, spec types.VirtualMachineConfigSpec) error {
	return c.ReconfigureWith(ctx, &TaskRun{Kind: "ReconfigVM_Task"}, vm, spec)
}

// ReconfigureWith is ReconfigureRaw for a task that e describes.
func (c *Conn) ReconfigureWith(ctx context.Context, e *TaskRun, vm ref, spec types.VirtualMachineConfigSpec) error {
	e.On = vm
	vim, err := c.Vim(ctx)
	if err != nil {
		return err
	}
	_, err = c.RunTaskWith(ctx, e, func(ctx context.Context) (ref, error) {
		res, err := methods.ReconfigVM_Task(ctx, vim, &types.ReconfigVM_Task{This: vm, Spec: spec})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	return err
}

// RunIdempotent runs a task that may be repeated without harm: if its outcome is lost, it runs it once more.
func (c *Conn) RunIdempotent(ctx context.Context, start func(context.Context, *vim25.Client) (ref, error)) error {
	return c.RunIdempotentWith(ctx, &TaskRun{}, start)
}

// RunIdempotentWith is RunIdempotent for a task that e describes.
func (c *Conn) RunIdempotentWith(ctx context.Context, e *TaskRun, start func(context.Context, *vim25.Client) (ref, error)) error {
	vim, err := c.Vim(ctx)
	if err != nil {
		return err
	}
	return retry.Once(func() error {
		_, err := c.RunTaskWith(ctx, e, func(ctx context.Context) (ref, error) { return start(ctx, vim) })
		return err
	})
}

// destroyable are the only types of objects that are ever destroyed: a folder would take along whatever others keep in it.
var destroyable = []string{"VirtualMachine", "DistributedVirtualPortgroup", "HostSystem", "ClusterComputeResource"}

// Destroy removes a VM, a portgroup, a host or a cluster, and refuses anything else. It is no error if the object is gone already.
func (c *Conn) Destroy(ctx context.Context, object ref) error {
	if !slices.Contains(destroyable, object.Type) {
		return fmt.Errorf("a %s is never destroyed", object.Type)
	}
	err := c.RunIdempotentWith(ctx, &TaskRun{Kind: "Destroy_Task"}, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.Destroy_Task(ctx, vim, &types.Destroy_Task{This: object})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	if faults.Is[*types.ManagedObjectNotFound](err) {
		return nil
	}
	return err
}
