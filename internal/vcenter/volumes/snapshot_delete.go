// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes/metadata"
)

// DeleteSnapshot deletes a snapshot that this provider has taken, by its id "<volume>/<snapshot>", and its record. One that is gone, with
// or without its volume, is no error.
func (v *Volumes) DeleteSnapshot(ctx context.Context, id string) error {
	volume, snapshot, _ := splitSnapshot(id)
	of, err := v.locate(ctx, volume)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	found, err := v.snapshotOf(ctx, of, snapshot)
	switch {
	case errors.Is(err, openstack.ErrNotFound):
	case err != nil:
		return err
	case !found.Own:
		return fmt.Errorf("the snapshot %s of the volume %s is not deleted: %w", snapshot, of.Name, ErrForeign)
	default:
		if err := v.dropSnapshot(ctx, of, snapshot); err != nil {
			return err
		}
	}
	var keys []string
	for key := range of.metadata {
		if strings.HasPrefix(key, metadata.SnapshotKeys(snapshot)) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	slices.Sort(keys)
	return v.writeMetadata(ctx, of, nil, keys)
}

// dropSnapshot deletes a snapshot, and sees that it is gone: one whose deletion ended half-way stays listed, and the volume never grows
// again (velero-plugin-for-vsphere #522).
func (v *Volumes) dropSnapshot(ctx context.Context, of located, id string) error {
	_, manager, err := v.manager(ctx)
	if err != nil {
		return err
	}
	err = retry.WhileTransient(ctx, func() error { // a volume that something is being done to is InvalidState
		return v.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
			res, err := methods.DeleteSnapshot_Task(ctx, vim, &types.DeleteSnapshot_Task{This: manager, Id: types.ID{Id: of.ID},
				Datastore: of.store, SnapshotId: types.ID{Id: id}})
			if err != nil {
				return ref{}, err
			}
			return res.Returnval, nil
		})
	})
	if err != nil && !faults.Is[*types.NotFound](err) && !faults.Is[*types.FileFault](err) && !faults.Is[*types.FileNotFound](err) {
		return faults.Explain("deleting a snapshot of the volume "+of.Name, err)
	}
	switch _, err := v.snapshotOf(ctx, of, id); {
	case errors.Is(err, openstack.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("the snapshot %s of the volume %s was deleted and is still there: delete it in the vSphere client, because the volume "+
		"cannot grow until it is gone", id, of.Name)
}
