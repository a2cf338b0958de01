// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes/metadata"
)

// snapshotsOf lists a disk's snapshots, the oldest first.
func (v *Volumes) snapshotsOf(ctx context.Context, d located) ([]openstack.VolumeSnapshot, error) {
	vim, manager, err := v.manager(ctx)
	if err != nil {
		return nil, err
	}
	res, err := methods.RetrieveSnapshotInfo(ctx, vim,
		&types.RetrieveSnapshotInfo{This: manager, Id: types.ID{Id: d.ID}, Datastore: d.store})
	if err != nil {
		return nil, faults.Explain("listing the snapshots of the volume "+d.Name, err)
	}
	var out []openstack.VolumeSnapshot
	for _, s := range res.Returnval.Snapshots {
		if s.Id != nil {
			one := metadata.DecodeSnapshot(d.ID, s.Id.Id, s.Description, d.metadata)
			one.Size = d.Size
			one.Created = s.CreateTime.UTC()
			out = append(out, one)
		}
	}
	return out, nil
}

// Snapshot reads a snapshot by its id "<volume>/<snapshot>". ErrNotFound where it or its volume is gone.
func (v *Volumes) Snapshot(ctx context.Context, id string) (openstack.VolumeSnapshot, error) {
	volume, snapshot, whole := splitSnapshot(id)
	if !whole {
		return openstack.VolumeSnapshot{}, noSnapshotID(id)
	}
	of, err := v.locate(ctx, volume)
	if err != nil {
		return openstack.VolumeSnapshot{}, err
	}
	return v.snapshotOf(ctx, of, snapshot)
}

// ReadSnapshot is Snapshot together with other volumes and snapshots that are read at that moment. When it was taken is not read.
func (v *Volumes) ReadSnapshot(ctx context.Context, id string) (openstack.VolumeSnapshot, error) {
	volume, snapshot, _ := splitSnapshot(id)
	of, err := v.Read(ctx, volume)
	if err != nil {
		return openstack.VolumeSnapshot{}, err
	}
	for _, s := range of.Snapshots {
		if s.ID == snapshot {
			return s, nil
		}
	}
	return v.Snapshot(ctx, id) // some servers do not show the snapshots of a volume with it
}

// Snapshots lists a volume's snapshots, the oldest first, whoever has taken them.
func (v *Volumes) Snapshots(ctx context.Context, volume string) ([]openstack.VolumeSnapshot, error) {
	of, err := v.locate(ctx, volume)
	if err != nil {
		return nil, err
	}
	return v.snapshotsOf(ctx, of)
}

// snapshotOf finds a disk's snapshot.
func (v *Volumes) snapshotOf(ctx context.Context, d located, id string) (openstack.VolumeSnapshot, error) {
	all, err := v.snapshotsOf(ctx, d)
	if err != nil {
		return openstack.VolumeSnapshot{}, err
	}
	i := slices.IndexFunc(all, func(s openstack.VolumeSnapshot) bool { return s.ID == id })
	if i < 0 {
		return openstack.VolumeSnapshot{}, openstack.NotFound("the volume %s has no snapshot %s", d.Name, id)
	}
	return all[i], nil
}

// noSnapshotID refuses what is no snapshot's id.
func noSnapshotID(id string) error {
	return openstack.NotFound("%q is no snapshot's id, which is <volume>/<snapshot>", id)
}

// splitSnapshot gives the parts of a snapshot's id.
func splitSnapshot(id string) (volume, snapshot string, whole bool) {
	volume, snapshot, _ = strings.Cut(id, "/")
	return volume, snapshot, volume != "" && snapshot != ""
}

// CheckDeletion refuses to delete a volume with snapshots that others have taken: they would go with it.
func CheckDeletion(v openstack.Volume) error {
	theirs := slices.DeleteFunc(slices.Clone(v.Snapshots), func(s openstack.VolumeSnapshot) bool { return s.Own })
	if len(theirs) == 0 {
		return nil
	}
	return fmt.Errorf("the volume %s has snapshots that this provider did not take, and a disk with snapshots is not deleted: delete them "+
		"where they were made, or in the vSphere client: %s", v.Name, snapshotNames(theirs))
}

// snapshotNames are snapshots as messages call them.
func snapshotNames(all []openstack.VolumeSnapshot) string {
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = strings.TrimSpace(s.ID + " " + cmp.Or(s.Name, s.Note))
	}
	return faults.Quoted(names)
}
