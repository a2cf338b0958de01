// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// DeleteVStorageObjectTask deletes a disk with its file, unless a machine has it or it has snapshots.
func (m *managerRules) DeleteVStorageObjectTask(ctx *simulator.Context, req *types.DeleteVStorageObject_Task) soap.HasFault {
	m.mu.Lock()
	m.deletes[req.Id.Id]++
	m.mu.Unlock()
	task := m.change(ctx, "deleteVStorageObject", req.Id, req.Datastore, func(d *disk) (types.AnyType, types.BaseMethodFault) {
		if len(d.places) > 0 || len(d.snapshots) > 0 {
			return nil, new(types.InvalidState)
		}
		m.remove(ctx, d)
		return nil, nil
	})
	return &methods.DeleteVStorageObject_TaskBody{Res: &types.DeleteVStorageObject_TaskResponse{Returnval: task}}
}

// remove takes a disk out of the catalogue, and deletes its files and those of its snapshots.
func (d *Disks) remove(ctx *simulator.Context, gone *disk) {
	if store := base.Get[*simulator.Datastore](ctx, gone.store); store != nil {
		removeFile(local(store, gone.path))
		for _, s := range gone.snapshots {
			removeFile(local(base.Get[*simulator.Datastore](ctx, s.store), s.path))
		}
	}
	gone.settleSpace(ctx, gone.store, 0)
	delete(d.all, gone.id)
}
