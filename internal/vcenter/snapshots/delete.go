// SPDX-License-Identifier: MPL-2.0

package snapshots

import (
	"context"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Deletion is how a snapshot is deleted.
type Deletion struct {
	Children    bool // those that were taken after it go too
	Consolidate bool // the disks' files are joined
}

// CheckDelete refuses to delete a snapshot of a name that several have.
func (s *Snapshots) CheckDelete(ctx context.Context, id, name string) error {
	vm, is, err := s.machines.Managed(ctx, machine.Key{ID: id})
	if err == nil {
		_, err = named(vm, is, name)
	}
	return err
}

// Delete deletes a snapshot of an instance, whoever has taken it. What its disks hold now stays, and one that is gone is no error. The
// instance may run, and be rescued.
func (s *Snapshots) Delete(ctx context.Context, id, name string, how Deletion, tell machine.Telling) error {
	ctx, end := s.wire.BeginOperation(ctx)
	defer end()
	vm, is, err := s.deletable(ctx, id)
	if err != nil {
		return err
	}
	gone, err := named(vm, is, name)
	if err != nil {
		return err
	}
	if gone == nil {
		tell("%s has no snapshot named %s", is.Name, name)
		return nil
	}
	tell("the snapshot %s of %s, taken %s, is deleted", name, is.Name, taken(*gone))
	told := wire.WithPercent(ctx, func(percent int32) { tell("the snapshot %s of %s is deleted: %d%%", name, is.Name, percent) })
	err = s.wire.RunIdempotentWith(told, &wire.TaskRun{On: vm.Self, Kind: "RemoveSnapshot_Task"},
		func(ctx context.Context, vim *vim25.Client) (ref, error) {
			res, err := methods.RemoveSnapshot_Task(ctx, vim, &types.RemoveSnapshot_Task{This: gone.Snapshot, RemoveChildren: how.Children,
				Consolidate: types.NewBool(how.Consolidate)})
			if err != nil {
				return ref{}, err
			}
			return res.Returnval, nil
		})
	if faults.Is[*types.ManagedObjectNotFound](err) {
		return nil
	}
	return explained("deleting the snapshot "+name+" of "+is.Name, err)
}

// deletable reads an instance whose snapshots can be deleted: a rescued one is as good as any other.
func (s *Snapshots) deletable(ctx context.Context, id string) (mo.VirtualMachine, openstack.Server, error) {
	vm, is, err := s.machines.Managed(ctx, machine.Key{ID: id})
	if err == nil && is.Rescued == "" {
		err = machine.CheckActable(is)
	}
	return vm, is, err
}
