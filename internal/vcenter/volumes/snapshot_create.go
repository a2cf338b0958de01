// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes/metadata"
)

// SnapshotRequest is a snapshot that is to be taken.
type SnapshotRequest struct {
	openstack.VolumeSnapshotSpec
	VolumeID string
}

// CreateSnapshot keeps what a volume holds at this moment, as after a power failure: the guest is not asked, whether a machine has the
// volume or not. The record is written once there is an id, so that a killed creation leaves a snapshot without one: the next with the
// same name, description and metadata takes that up. A snapshot that exists comes back although there is an error.
func (v *Volumes) CreateSnapshot(ctx context.Context, r SnapshotRequest) (openstack.VolumeSnapshot, error) {
	if err := metadata.CheckSnapshot(r.VolumeSnapshotSpec); err != nil {
		return openstack.VolumeSnapshot{}, err
	}
	defer v.taking.hold(r.VolumeID)() // one that has no record yet looks like what a killed creation has left
	of, err := v.locate(ctx, r.VolumeID)
	if err == nil {
		err = CheckSnapshot(of.Volume)
	}
	if err != nil {
		return openstack.VolumeSnapshot{}, openstack.AttributeErrorf("volume_id", "%w", err)
	}
	markID := records.Fingerprint(of.ID, metadata.EncodeSnapshot("", "", r.VolumeSnapshotSpec))
	taken, err := v.takeSnapshot(ctx, of, metadata.SnapshotNote(markID, r.Name))
	if taken.Size = of.Size; err != nil {
		return taken, err
	}
	taken.VolumeSnapshotSpec, taken.MarkID = r.VolumeSnapshotSpec, markID
	return taken, v.writeMetadata(ctx, of, metadata.Pairs(metadata.EncodeSnapshot(taken.ID, markID, r.VolumeSnapshotSpec)), nil)
}

// takeSnapshot takes a snapshot with a note, or finds the one that a killed creation has taken. Where the answer is lost, it is looked for.
func (v *Volumes) takeSnapshot(ctx context.Context, of located, note string) (openstack.VolumeSnapshot, error) {
	before, err := v.snapshotsOf(ctx, of)
	if err != nil {
		return openstack.VolumeSnapshot{}, err
	}
	if found, ok := unrecorded(before, note); ok {
		return found, nil
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
		return openstack.VolumeSnapshot{ID: id.Id, VolumeID: of.ID, Note: note, Own: true, Others: len(before)}, failed
	}
	if errors.Is(err, openstack.ErrNotBegun) || faults.DefiniteFault(err) {
		return openstack.VolumeSnapshot{}, failed
	}
	var found openstack.VolumeSnapshot
	_, ok, unseen := v.awaitMade(ctx, kind, func(ctx context.Context) (_ located, ok bool, err error) {
		now, err := v.snapshotsOf(ctx, of)
		found, ok = unrecorded(now, note)
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

// unrecorded finds the snapshot with a note whose record was not written.
func unrecorded(all []openstack.VolumeSnapshot, note string) (openstack.VolumeSnapshot, bool) {
	i := slices.IndexFunc(all, func(s openstack.VolumeSnapshot) bool { return s.Note == note && s.MarkID == "" })
	if i < 0 {
		return openstack.VolumeSnapshot{}, false
	}
	all[i].Others = len(all) - 1
	return all[i], true
}

// CheckSnapshot refuses to take a snapshot of a volume that several instances may write to (Broadcom KB 326781).
func CheckSnapshot(of openstack.Volume) error {
	if !of.Multiattach {
		return nil
	}
	return fmt.Errorf("the volume %s may be written to by several instances (multiattach), and has no snapshots: copy it while no instance "+
		"has it (source_vol_id)", of.Name)
}
