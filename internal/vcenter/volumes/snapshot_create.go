package volumes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// SnapshotRequest is a snapshot that is to be taken.
type SnapshotRequest struct {
	openstack.VolumeSnapshotSpec
	VolumeID string
	MarkID   string // what the creation is known by until there is an id; empty: a random one
}

// CreateSnapshot keeps what a volume holds at this moment, as after a power failure: the guest is not asked, whether a machine has the
// volume or not. The record is written once there is an id. A snapshot that exists comes back although there is an error.
func (v *Volumes) CreateSnapshot(ctx context.Context, r SnapshotRequest) (openstack.VolumeSnapshot, error) {
	if err := CheckRecord(openstack.VolumeSpec{Name: r.Name, Description: r.Description, Metadata: r.Metadata}); err != nil {
		return openstack.VolumeSnapshot{}, err
	}
	of, err := v.locate(ctx, r.VolumeID)
	if err != nil {
		return openstack.VolumeSnapshot{}, openstack.AttributeErrorf("volume_id", "%w", err)
	}
	note := snapshotNote(cmp.Or(r.MarkID, uuid.NewString()), r.Name)
	taken, err := v.takeSnapshot(ctx, of, note, r.MarkID != "")
	if err != nil {
		return taken, err
	}
	record := encodeSnapshot(taken.ID, r.VolumeSnapshotSpec)
	taken.VolumeSnapshotSpec = r.VolumeSnapshotSpec
	return taken, v.writeMetadata(ctx, of, pairs(record), nil)
}

// takeSnapshot takes a snapshot with a note, or finds the one that an earlier call has taken. Where the answer is lost, it is looked for.
func (v *Volumes) takeSnapshot(ctx context.Context, of located, note string, again bool) (openstack.VolumeSnapshot, error) {
	if again {
		if found, ok, err := v.snapshotNoted(ctx, of, note); ok || err != nil {
			return found, err
		}
	}
	const kind = "VStorageObjectCreateSnapshot_Task"
	result, err := v.run(ctx, kind, func(ctx context.Context, vim *vim25.Client, manager ref) (ref, error) {
		res, err := methods.VStorageObjectCreateSnapshot_Task(ctx, vim, &types.VStorageObjectCreateSnapshot_Task{This: manager,
			Id: types.ID{Id: of.ID}, Datastore: of.store, Description: note})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	failed := faults.Explain("taking a snapshot of the volume "+of.Name, err)
	if id, ok := result.(types.ID); ok {
		return openstack.VolumeSnapshot{ID: id.Id, VolumeID: of.ID, Note: note, Own: true}, failed
	}
	if errors.Is(err, openstack.ErrNotBegun) || faults.DefiniteFault(err) {
		return openstack.VolumeSnapshot{}, failed
	}
	var found openstack.VolumeSnapshot
	_, ok, unseen := v.awaitMade(ctx, kind, func(ctx context.Context) (_ located, ok bool, err error) {
		found, ok, err = v.snapshotNoted(ctx, of, note)
		return of, ok, err
	})
	switch {
	case unseen != nil:
		return found, errors.Join(failed, unseen)
	case !ok:
		return found, fmt.Errorf("%w; no snapshot has appeared since: apply again", failed)
	case err == nil, faults.OutcomeUnknown(err):
		return found, nil
	}
	return found, failed
}

// snapshotNoted finds a volume's snapshot by its note.
func (v *Volumes) snapshotNoted(ctx context.Context, of located, note string) (openstack.VolumeSnapshot, bool, error) {
	all, err := v.snapshotsOf(ctx, of)
	i := slices.IndexFunc(all, func(s openstack.VolumeSnapshot) bool { return s.Note == note })
	if err != nil || i < 0 {
		return openstack.VolumeSnapshot{}, false, err
	}
	return all[i], true, nil
}
