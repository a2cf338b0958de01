package volumes

import (
	"context"
	"strings"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
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
			out = append(out, openstack.VolumeSnapshot{ID: s.Id.Id, Description: s.Description})
		}
	}
	return out, nil
}

// snapshotNames are snapshots as messages call them.
func snapshotNames(all []openstack.VolumeSnapshot) string {
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = strings.TrimSpace(s.ID + " " + s.Description)
	}
	return faults.Quoted(names)
}
