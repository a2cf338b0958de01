// SPDX-License-Identifier: MPL-2.0

package blockstorage

import (
	"context"
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
)

// planVolumeDeletion refuses to delete a volume with snapshots that no resource of this provider can delete before it. Those that it has
// taken may be deleted by the same apply, and a volume that another has made stays anyway.
func planVolumeDeletion(ctx context.Context, req volumeRequest) error {
	if !req.Configured {
		return nil
	}
	v, err := req.Client.Volumes.Read(ctx, req.State.ID.ValueString())
	if errors.Is(err, openstack.ErrNotFound) || err == nil && v.Mark == nil {
		return nil
	}
	if err != nil {
		return err
	}
	return volumes.CheckDeletion(v)
}
