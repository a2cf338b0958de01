// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"
	"errors"
	"slices"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// Check refuses a volume that cannot be made: no datastore of its zone can take it, or its source does not exist, is larger, or cannot be
// copied now. A size of 0 is not known yet.
func (v *Volumes) Check(ctx context.Context, r Request) error {
	stores, _, err := v.storesFor(ctx, r)
	if err != nil {
		return err
	}
	switch r.Source.Kind {
	case openstack.SourceVolume:
		return v.checkCopied(ctx, r.VolumeSpec)
	case openstack.SourceSnapshot:
		return v.checkRestored(ctx, r.VolumeSpec, stores)
	case openstack.SourceImage:
		_, err := v.imageOf(ctx, &r.VolumeSpec)
		return err
	}
	return nil
}

// checkCopied refuses to copy a volume. One that several machines may write to is not copied while one has it (Broadcom KB 326781).
func (v *Volumes) checkCopied(ctx context.Context, spec openstack.VolumeSpec) error {
	from, err := v.Read(ctx, spec.Source.ID)
	if err != nil {
		return openstack.AttributeErrorf("source_vol_id", "%w", err)
	}
	if err := fits("source_vol_id", &spec, from.Size); err != nil || !from.Multiattach {
		return err
	}
	held, err := v.Attachments(ctx, from.ID)
	if err != nil || len(held) == 0 {
		return err
	}
	return openstack.AttributeErrorf("source_vol_id", "the volume %s may be written to by several instances, and is not copied while %s has "+
		"it: detach it first", from.Name, faults.Quoted(serverNames(held)))
}

// checkRestored refuses to restore a snapshot. The call names no datastore: the volume lies on that of the snapshot.
func (v *Volumes) checkRestored(ctx context.Context, spec openstack.VolumeSpec, stores []mo.Datastore) error {
	volume, snapshot, whole := splitSnapshot(spec.Source.ID)
	if !whole {
		return openstack.AttributeErrorf("snapshot_id", "%q is no snapshot's id, which is <volume>/<snapshot>", spec.Source.ID)
	}
	from, err := v.Read(ctx, volume)
	if err != nil {
		return openstack.AttributeErrorf("snapshot_id", "%w", err)
	}
	if _, err := v.Snapshot(ctx, spec.Source.ID); err != nil {
		if errors.Is(err, openstack.ErrNotFound) {
			return openstack.AttributeErrorf("snapshot_id", "the volume %s has no snapshot %s: it has %s", from.Name, snapshot,
				snapshotNames(from.Snapshots))
		}
		return err
	}
	if !slices.ContainsFunc(stores, func(d mo.Datastore) bool { return d.Name == from.Datastore }) {
		return openstack.AttributeErrorf("snapshot_id", "a volume from a snapshot lies on the snapshot's datastore, and %s is none of those "+
			"that may be chosen: copy the volume (source_vol_id), which takes any", from.Datastore)
	}
	return fits("snapshot_id", &spec, from.Size)
}

// serverNames are the names of the machines that have a volume.
func serverNames(held []openstack.Attachment) []string {
	names := make([]string, len(held))
	for i, a := range held {
		names[i] = a.ServerName
	}
	return names
}
