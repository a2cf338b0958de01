// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// CloneVStorageObjectTask copies a disk. Unlike one that is created, the copy goes with its machine unless the specification says otherwise
// (API reference, VslmCloneSpec). Neither metadata nor snapshots are copied.
func (m *managerRules) CloneVStorageObjectTask(ctx *simulator.Context, req *types.CloneVStorageObject_Task) soap.HasFault {
	task := m.change(ctx, "cloneVStorageObject", req.Id, req.Datastore, func(d *disk) (types.AnyType, types.BaseMethodFault) {
		made, fault := m.copyOf(ctx, d.path, d.store, wanted{
			name: req.Spec.Name, backing: req.Spec.BackingSpec, profile: req.Spec.Profile, megabytes: d.megabytes,
		})
		if fault != nil {
			return nil, fault
		}
		made.keep = base.FirstSet(req.Spec.KeepAfterDeleteVm, types.NewBool(false))
		if fault := made.setMetadata(req.Spec.Metadata, nil); fault != nil {
			m.discard(ctx, made)
			return nil, fault
		}
		return m.list(ctx, made), nil
	})
	return &methods.CloneVStorageObject_TaskBody{Res: &types.CloneVStorageObject_TaskResponse{Returnval: task}}
}

// CreateDiskFromSnapshotTask makes a disk of what another was when its snapshot was taken. It can be given neither metadata nor the flag
// that it outlives its machine: the call has no fields for them.
func (m *managerRules) CreateDiskFromSnapshotTask(ctx *simulator.Context, req *types.CreateDiskFromSnapshot_Task) soap.HasFault {
	task := m.change(ctx, "createDiskFromSnapshot", req.Id, req.Datastore, func(d *disk) (types.AnyType, types.BaseMethodFault) {
		from := d.findSnapshot(req.SnapshotId)
		if from == nil {
			return nil, new(types.NotFound)
		}
		if base.IsTrue(req.IsLinkedClone) {
			return nil, &types.InvalidArgument{InvalidProperty: "isLinkedClone"} // vCenter 9.1 is the first to have it
		}
		backing := &types.VslmCreateSpecDiskFileBackingSpec{}
		backing.Datastore, backing.Path, backing.ProvisioningType = d.store, req.Path, d.provisioning
		made, fault := m.copyOf(ctx, from.path, from.store, wanted{
			name: req.Name, backing: backing, profile: req.Profile, megabytes: from.megabytes,
		})
		if fault != nil {
			return nil, fault
		}
		return m.list(ctx, made), nil
	})
	return &methods.CreateDiskFromSnapshot_TaskBody{Res: &types.CreateDiskFromSnapshot_TaskResponse{Returnval: task}}
}

// copyOf is a new disk with the bytes of a file. It is in no catalogue yet.
func (d *Disks) copyOf(ctx *simulator.Context, path string, on types.ManagedObjectReference, w wanted) (*disk, types.BaseMethodFault) {
	made, store, fault := d.prepare(ctx, w)
	if fault != nil {
		return nil, fault
	}
	from := base.Get[*simulator.Datastore](ctx, on)
	return made, copyFile(local(from, path), local(store, made.path), made.id, made.megabytes)
}

// discard deletes the file of a disk that is in no catalogue.
func (d *Disks) discard(ctx *simulator.Context, made *disk) {
	removeFile(local(base.Get[*simulator.Datastore](ctx, made.store), made.path))
}
