// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// RelocateVStorageObjectTask moves a disk to another datastore. It keeps its id, and all that the catalogue says of it. A disk that a
// machine has moves with the machine only, and one with snapshots not at all.
func (m *managerRules) RelocateVStorageObjectTask(ctx *simulator.Context, req *types.RelocateVStorageObject_Task) soap.HasFault {
	task := m.change(ctx, "relocateVStorageObject", req.Id, req.Datastore, func(d *disk) (types.AnyType, types.BaseMethodFault) {
		if len(d.places) > 0 || len(d.snapshots) > 0 || d.noRelocation {
			return nil, new(types.InvalidState)
		}
		return m.relocate(ctx, d, req.Spec.VslmMigrateSpec)
	})
	return &methods.RelocateVStorageObject_TaskBody{Res: &types.RelocateVStorageObject_TaskResponse{Returnval: task}}
}

func (d *Disks) relocate(ctx *simulator.Context, moved *disk, spec types.VslmMigrateSpec) (types.AnyType, types.BaseMethodFault) {
	if spec.Service != nil {
		return nil, new(types.NotSupported) // another vCenter
	}
	if len(spec.Profile) == 0 {
		spec.Profile = profiles(moved.policies)
	}
	to, store, fault := d.prepare(ctx, wanted{
		name: moved.name, backing: spec.BackingSpec, profile: spec.Profile, megabytes: moved.megabytes,
	})
	if fault != nil {
		return nil, fault
	}
	if spec.BackingSpec.GetVslmCreateSpecBackingSpec().Path == "" {
		to.path = pathOn(store, folder+"/"+moved.id+".vmdk")
	}
	from := base.Get[*simulator.Datastore](ctx, moved.store)
	if to.path != moved.path {
		if err := moveFile(local(from, moved.path), local(store, to.path)); err != nil {
			return nil, &types.CannotAccessFile{FileFault: types.FileFault{File: moved.path}}
		}
	}
	moved.path, moved.policies, moved.provisioning = to.path, to.policies, to.provisioning
	moved.settleSpace(ctx, store.Self, moved.needs())
	return moved.object(), nil
}

// profiles name policies as a specification does.
func profiles(ids []string) (out []types.BaseVirtualMachineProfileSpec) {
	for _, id := range ids {
		out = append(out, &types.VirtualMachineDefinedProfileSpec{ProfileId: id})
	}
	return out
}
