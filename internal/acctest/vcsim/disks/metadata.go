// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// longestValue is the number of bytes that a value of a disk's metadata may have. No reference names the limit; 255 is Cinder's for names
// and metadata, and nobody should count on more.
const longestValue = 255

// VCenterUpdateVStorageObjectMetadataExTask writes keys of a disk's metadata and deletes others, all of them or none.
func (m *managerRules) VCenterUpdateVStorageObjectMetadataExTask(ctx *simulator.Context,
	req *types.VCenterUpdateVStorageObjectMetadataEx_Task) soap.HasFault {
	task := m.change(ctx, "updateVStorageObjectMetadataEx", req.Id, req.Datastore, func(d *disk) (types.AnyType, types.BaseMethodFault) {
		return nil, d.setMetadata(req.Metadata, req.DeleteKeys)
	})
	return &methods.VCenterUpdateVStorageObjectMetadataEx_TaskBody{
		Res: &types.VCenterUpdateVStorageObjectMetadataEx_TaskResponse{Returnval: task},
	}
}

// setMetadata writes and deletes keys.
func (d *disk) setMetadata(set []types.KeyValue, remove []string) types.BaseMethodFault {
	for i, pair := range set {
		twice := slices.ContainsFunc(set[:i], func(other types.KeyValue) bool { return other.Key == pair.Key })
		if pair.Key == "" || twice || len(pair.Value) > longestValue || slices.Contains(remove, pair.Key) {
			return &types.InvalidArgument{InvalidProperty: "metadata"}
		}
	}
	for _, key := range remove {
		delete(d.metadata, key)
	}
	for _, pair := range set {
		d.metadata[pair.Key] = pair.Value
	}
	return nil
}
