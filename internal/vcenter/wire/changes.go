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

// Reconfigure sends a change and waits for it. It is never sent twice, because it may add or remove a device: where its answer
// is lost, the caller looks again and sends what is missing.
func (c *Conn) Reconfigure(ctx context.Context, vm ref, name string, spec types.VirtualMachineConfigSpec) error {
	return faults.Explain("reconfiguring "+name, c.ReconfigureRaw(ctx, vm, spec))
}

// ReconfigureRaw reconfigures a VM and leaves the fault as it is.
func (c *Conn) ReconfigureRaw(ctx context.Context, vm ref, spec types.VirtualMachineConfigSpec) error {
	return c.ReconfigureWith(ctx, &TaskRun{Kind: "ReconfigVM_Task"}, vm, spec)
}

// ReconfigureWith reconfigures a VM by a task that is described, and leaves the fault as it is.
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

// RunIdempotent carries out a task whose repetition does no harm: a lost answer is answered by doing it again, once.
func (c *Conn) RunIdempotent(ctx context.Context, start func(context.Context, *vim25.Client) (ref, error)) error {
	return c.RunIdempotentWith(ctx, &TaskRun{}, start)
}

// RunIdempotentWith is RunIdempotent for a task that is described.
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

// destroyable are the only objects that are ever destroyed: a folder would take along whatever others keep in it.
var destroyable = []string{"VirtualMachine", "DistributedVirtualPortgroup", "HostSystem", "ClusterComputeResource"}

// Destroy removes a machine, a portgroup, a host or a cluster, and nothing else. One that is gone already is no error.
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
