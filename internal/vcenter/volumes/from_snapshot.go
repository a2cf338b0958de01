// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes/metadata"
)

// FromSnapshot makes a volume of what another was when a snapshot of it was taken. The snapshot's id is "<volume>/<snapshot>". The steps
// are in an order that can be taken up again: the disk under a name that its mark tells, then what furnish writes. A volume that exists
// comes back although there is an error.
func (v *Volumes) FromSnapshot(ctx context.Context, r Request) (openstack.Volume, error) {
	if err := metadata.Check(r.VolumeSpec); err != nil {
		return openstack.Volume{}, err
	}
	volume, snapshot, whole := splitSnapshot(r.Source.ID)
	if !whole {
		return openstack.Volume{}, openstack.AttributeErrorf("snapshot_id", "%q is no snapshot's id, which is <volume>/<snapshot>", r.Source.ID)
	}
	from, err := v.locate(ctx, volume)
	if err != nil {
		return openstack.Volume{}, openstack.AttributeErrorf("snapshot_id", "%w", err)
	}
	// A disk with snapshots does not grow, so that its size is its snapshots'.
	if err := fits("snapshot_id", &r.VolumeSpec, from.Size); err != nil {
		return openstack.Volume{}, err
	}
	want := v.wanted(r)
	made, found, err := v.begun(ctx, r.MarkID)
	if err == nil && !found {
		made, err = v.restore(ctx, from, snapshot, want)
	}
	if err != nil {
		return made.Volume, err
	}
	return v.furnish(ctx, made, want, "")
}

// restore makes the disk of a snapshot's bytes, under a name that its mark tells.
func (v *Volumes) restore(ctx context.Context, from located, snapshot string, want openstack.Volume) (located, error) {
	name := unnamedPrefix + want.MarkID
	var at place // the snapshot's datastore: the call names none
	if want.Type != "" {
		policy, err := v.inventory.Policies.Id(ctx, want.Type)
		if err != nil {
			return located{}, openstack.AttributeErrorf("volume_type", "%w", err)
		}
		at.policy = policy
	}
	return v.make(ctx, "restoring a snapshot of the volume "+from.Name+" to "+want.Name, "CreateDiskFromSnapshot_Task",
		func(ctx context.Context, vim *vim25.Client, manager ref) (ref, error) {
			res, err := methods.CreateDiskFromSnapshot_Task(ctx, vim, &types.CreateDiskFromSnapshot_Task{This: manager,
				Id: types.ID{Id: from.ID}, Datastore: from.store, SnapshotId: types.ID{Id: snapshot}, Name: name, Profile: at.profile()})
			if err != nil {
				return ref{}, err
			}
			return res.Returnval, nil
		}, v.byName(name))
}
