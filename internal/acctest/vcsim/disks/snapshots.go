// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// longestChain is how many snapshots a disk can have.
const longestChain = 31

// VStorageObjectCreateSnapshotTask keeps what a disk holds at this moment, whether a machine has it or not. The bytes are copied, so that
// a test can compare what is restored with what was there. A description is all that a caller can give it.
func (m *managerRules) VStorageObjectCreateSnapshotTask(ctx *simulator.Context,
	req *types.VStorageObjectCreateSnapshot_Task) soap.HasFault {
	task := m.change(ctx, "createSnapshot", req.Id, req.Datastore, func(d *disk) (types.AnyType, types.BaseMethodFault) {
		if len(d.snapshots) >= longestChain {
			return nil, new(types.InvalidState)
		}
		s := snapshot{
			id: uuid.NewString(), backingID: uuid.NewString(), description: req.Description, created: time.Now(),
			store: d.store, megabytes: d.megabytes, metadata: maps.Clone(d.metadata),
		}
		s.path = fmt.Sprintf("%s-%s.vmdk", strings.TrimSuffix(d.path, ".vmdk"), s.id)
		store := base.Get[*simulator.Datastore](ctx, d.store)
		if fault := copyFile(local(store, d.path), local(store, s.path), "", s.megabytes); fault != nil {
			return nil, fault
		}
		d.snapshots = append(d.snapshots, s)
		return types.ID{Id: s.id}, nil
	})
	return &methods.VStorageObjectCreateSnapshot_TaskBody{Res: &types.VStorageObjectCreateSnapshot_TaskResponse{Returnval: task}}
}

// DeleteSnapshotTask deletes a snapshot. What the disk holds stays.
func (m *managerRules) DeleteSnapshotTask(ctx *simulator.Context, req *types.DeleteSnapshot_Task) soap.HasFault {
	task := m.change(ctx, "deleteSnapshot", req.Id, req.Datastore, func(d *disk) (types.AnyType, types.BaseMethodFault) {
		s := d.findSnapshot(req.SnapshotId)
		if s == nil {
			return nil, new(types.NotFound)
		}
		removeFile(local(base.Get[*simulator.Datastore](ctx, s.store), s.path))
		d.snapshots = slices.DeleteFunc(d.snapshots, func(s snapshot) bool { return s.id == req.SnapshotId.Id })
		return nil, nil
	})
	return &methods.DeleteSnapshot_TaskBody{Res: &types.DeleteSnapshot_TaskResponse{Returnval: task}}
}

// RevertVStorageObjectTask throws away what a disk holds for what a snapshot has kept, and the snapshots that came after that one. No
// machine may have the disk.
func (m *managerRules) RevertVStorageObjectTask(ctx *simulator.Context, req *types.RevertVStorageObject_Task) soap.HasFault {
	task := m.change(ctx, "revertVStorageObject", req.Id, req.Datastore, func(d *disk) (types.AnyType, types.BaseMethodFault) {
		if d.findSnapshot(req.SnapshotId) == nil {
			return nil, new(types.NotFound)
		}
		if len(d.places) > 0 {
			return nil, new(types.InvalidState)
		}
		return nil, d.revert(ctx, req.SnapshotId)
	})
	return &methods.RevertVStorageObject_TaskBody{Res: &types.RevertVStorageObject_TaskResponse{Returnval: task}}
}

func (d *disk) revert(ctx *simulator.Context, to types.ID) types.BaseMethodFault {
	at := slices.IndexFunc(d.snapshots, func(s snapshot) bool { return s.id == to.Id })
	s := d.snapshots[at]
	from, own := base.Get[*simulator.Datastore](ctx, s.store), base.Get[*simulator.Datastore](ctx, d.store)
	removeFile(local(own, d.path))
	if fault := copyFile(local(from, s.path), local(own, d.path), d.id, s.megabytes); fault != nil {
		return fault
	}
	for _, later := range d.snapshots[at+1:] {
		removeFile(local(base.Get[*simulator.Datastore](ctx, later.store), later.path))
	}
	d.snapshots, d.metadata = d.snapshots[:at+1], maps.Clone(s.metadata)
	return nil
}

// RetrieveSnapshotInfo lists a disk's snapshots, the oldest first.
func (m *managerRules) RetrieveSnapshotInfo(_ *simulator.Context, req *types.RetrieveSnapshotInfo) soap.HasFault {
	m.mu.Lock()
	defer m.mu.Unlock()
	body := new(methods.RetrieveSnapshotInfoBody)
	found, fault := m.find(req.Id, req.Datastore)
	if fault != nil {
		body.Fault_ = simulator.Fault("", fault)
		return body
	}
	res := new(types.RetrieveSnapshotInfoResponse)
	for _, s := range found.snapshots {
		res.Returnval.Snapshots = append(res.Returnval.Snapshots, types.VStorageObjectSnapshotInfoVStorageObjectSnapshot{
			Id: &types.ID{Id: s.id}, BackingObjectId: s.backingID, CreateTime: s.created, Description: s.description,
		})
	}
	body.Res = res
	return body
}

// RevertFault refuses to take a machine back to a snapshot of its own that is older than a snapshot of a disk it has. vm-operator's source
// has the message. Its caller holds the machine's lock.
func (d *Disks) RevertFault(vm *simulator.VirtualMachine, taken time.Time) types.BaseMethodFault {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, each := range d.all {
		crossed := slices.ContainsFunc(each.snapshots, func(s snapshot) bool { return s.created.After(taken) })
		if crossed && deviceOf(vm, each.id) != nil {
			fault := new(types.InvalidState)
			fault.FaultMessage = []types.LocalizableMessage{{
				Key:     "msg.snapshot.vigor.revert.errorFcd",
				Message: "The virtual machine cannot be reverted when crossing an Improved-Virtual-Disk snapshot.",
			}}
			return fault
		}
	}
	return nil
}
