// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"cmp"
	"context"
	"time"

	vim "github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vslm/methods"
	"github.com/vmware/govmomi/vslm/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes/metadata"
)

// condition is one of a query's, all of which must be fulfilled.
func condition(field types.VslmVsoVStorageObjectQuerySpecQueryFieldEnum,
	operator types.VslmVsoVStorageObjectQuerySpecQueryOperatorEnum, value string) types.VslmVsoVStorageObjectQuerySpec {
	return types.VslmVsoVStorageObjectQuerySpec{QueryField: string(field), QueryOperator: string(operator), QueryValue: []string{value}}
}

// isEqual asks for a field's exact value.
func isEqual(field types.VslmVsoVStorageObjectQuerySpecQueryFieldEnum, value string) types.VslmVsoVStorageObjectQuerySpec {
	return condition(field, types.VslmVsoVStorageObjectQuerySpecQueryOperatorEnumEquals, value)
}

// bearingMark asks for the disks with a mark of this provider's.
func bearingMark() types.VslmVsoVStorageObjectQuerySpec {
	return isEqual(types.VslmVsoVStorageObjectQuerySpecQueryFieldEnumMetadataKey, metadata.MarkKey)
}

// query reads the disks that fulfil some conditions, page by page: each asks for ids above the last one.
func (v *Volumes) query(ctx context.Context, conditions ...types.VslmVsoVStorageObjectQuerySpec) ([]openstack.Volume, error) {
	vslm, err := v.wire.Vslm(ctx)
	if err != nil {
		return nil, err
	}
	var out []openstack.Volume
	asked := conditions
	for {
		res, err := methods.VslmListVStorageObjectForSpec(ctx, vslm,
			&types.VslmListVStorageObjectForSpec{This: vslm.Manager, Query: asked, MaxResult: v.PageSize})
		if err != nil {
			return nil, faults.Explain("listing the volumes", err)
		}
		page := res.Returnval
		if page == nil {
			return out, nil
		}
		for _, found := range page.QueryResults {
			if found.Error == nil {
				out = append(out, fromResult(found))
			}
		}
		if page.AllRecordsReturned || len(page.QueryResults) == 0 {
			return out, nil
		}
		last := page.QueryResults[len(page.QueryResults)-1].Id.Id
		above := condition(types.VslmVsoVStorageObjectQuerySpecQueryFieldEnumId,
			types.VslmVsoVStorageObjectQuerySpecQueryOperatorEnumGreaterThan, last)
		asked = append(conditions[:len(conditions):len(conditions)], above)
	}
}

// fromResult is a volume as a list shows it.
func fromResult(found types.VslmVsoVStorageObjectResult) openstack.Volume {
	v := openstack.Volume{ID: found.Id.Id}
	v.Name, v.File, v.SizeMB = found.Name, found.DiskPath, found.CapacityInMB
	if found.CreateTime != nil {
		v.Created = found.CreateTime.UTC().Truncate(time.Second)
	}
	for _, s := range found.SnapshotInfo {
		if s.SnapshotId != nil {
			one := metadata.DecodeSnapshot(v.ID, s.SnapshotId.Id, s.Description, metadata.Values(found.Metadata))
			one.Size = gibibytes(v.SizeMB)
			v.Snapshots = append(v.Snapshots, one)
		}
	}
	complete(&v, found.Metadata)
	return v
}

// fromDisk is a volume as the disk itself shows it. Its snapshots are not among that.
func fromDisk(config vim.VStorageObjectConfigInfo) openstack.Volume {
	v := openstack.Volume{ID: config.Id.Id}
	v.Name, v.SizeMB, v.Kept = config.Name, config.CapacityInMB, config.KeepAfterDeleteVm
	v.Created = config.CreateTime.UTC().Truncate(time.Second)
	if file, ok := config.Backing.(vim.BaseBaseConfigInfoFileBackingInfo); ok {
		v.File = file.GetBaseConfigInfoFileBackingInfo().FilePath
	}
	complete(&v, config.Metadata)
	return v
}

// complete derives what the other values of a volume tell.
func complete(v *openstack.Volume, stored []vim.KeyValue) {
	v.Size = gibibytes(v.SizeMB)
	if v.File != "" {
		v.Datastore = machine.DatastoreOf(v.File)
	}
	metadata.Decode(metadata.Values(stored), v)
	nameless := *v
	nameless.Name = ""
	if v.Name == diskName(nameless) {
		v.Name = ""
	}
}

// diskName is the name of a volume's disk, which must have one: that of a volume without a name follows from what it is known by, as
// Cinder's does.
func diskName(v openstack.Volume) string {
	if v.Name != "" {
		return v.Name
	}
	return "volume-" + cmp.Or(v.MarkID, v.ID)
}

// gibibytes are megabytes in GiB, rounded up: other tools make disks of any size, and a plan must not see a difference in that.
func gibibytes(mb int64) int64 { return (mb + 1023) / 1024 }
