// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"os"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// ReconcileDatastoreInventoryTask looks through a datastore: the catalogue forgets disks whose files are gone, and finds those it has lost.
func (m *managerRules) ReconcileDatastoreInventoryTask(ctx *simulator.Context,
	req *types.ReconcileDatastoreInventory_Task) soap.HasFault {
	task := m.begin(ctx, "reconcileDatastoreInventory", func() (types.AnyType, types.BaseMethodFault) {
		m.mu.Lock()
		defer m.mu.Unlock()
		store := base.Get[*simulator.Datastore](ctx, req.Datastore)
		for id, d := range m.all {
			if d.store != req.Datastore {
				continue
			}
			d.lost = false
			if _, err := os.Stat(local(store, d.path)); err != nil {
				delete(m.all, id)
			}
		}
		return nil, nil
	})
	return &methods.ReconcileDatastoreInventory_TaskBody{Res: &types.ReconcileDatastoreInventory_TaskResponse{Returnval: task}}
}
