// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes/metadata"
)

// UpdateSnapshot writes the name, the description and the metadata of a snapshot by its id "<volume>/<snapshot>", whoever has taken it:
// they are in the metadata of its volume. It looks first, so that an update that ended half-way is finished by the next.
func (v *Volumes) UpdateSnapshot(ctx context.Context, id string, want openstack.VolumeSnapshotSpec) (openstack.VolumeSnapshot, error) {
	if err := metadata.CheckSnapshot(want); err != nil {
		return openstack.VolumeSnapshot{}, err
	}
	volume, snapshot, whole := splitSnapshot(id)
	if !whole {
		return openstack.VolumeSnapshot{}, noSnapshotID(id)
	}
	of, err := v.locate(ctx, volume)
	if err != nil {
		return openstack.VolumeSnapshot{}, err
	}
	have, err := v.snapshotOf(ctx, of, snapshot)
	if err != nil {
		return openstack.VolumeSnapshot{}, err
	}
	set, remove := metadata.Difference(metadata.EncodeSnapshot(snapshot, have.MarkID, have.VolumeSnapshotSpec),
		metadata.EncodeSnapshot(snapshot, have.MarkID, want))
	if len(set)+len(remove) > 0 {
		if err := v.writeMetadata(ctx, of, set, remove); err != nil {
			return have, err
		}
	}
	have.VolumeSnapshotSpec = want
	return have, nil
}
