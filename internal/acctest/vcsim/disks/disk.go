// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"cmp"
	"slices"
	"time"

	"github.com/vmware/govmomi/vim25/types"
)

// disk is a first class disk as the catalogue of a vCenter knows it.
type disk struct {
	id, name     string
	store        types.ManagedObjectReference
	path         string // of its descriptor, as in "[vmfs-1] fcd/1.vmdk"
	backingID    string
	provisioning string
	megabytes    int64
	taken        int64 // bytes of free space that it has taken
	created      time.Time
	keep         *bool // nil until somebody says so
	noRelocation bool
	tracking     bool     // of changed blocks
	policies     []string // ids
	next         []string // policies that a change of the machine brings
	metadata     map[string]string
	places       []place
	doomed       bool // it goes when it is taken off
	lost         bool // the catalogue does not find it until its datastore is looked through
	snapshots    []snapshot
}

// place is where a disk is attached.
type place struct {
	machine types.ManagedObjectReference
	key     int32 // of the device
	shared  bool  // with other machines that write
}

// snapshot is one of a disk's, not of a machine's.
type snapshot struct {
	id, backingID, description, path string
	store                            types.ManagedObjectReference // which the disk may have left
	created                          time.Time
	megabytes                        int64
	metadata                         map[string]string
}

// findSnapshot is the snapshot of an id; nil where there is none.
func (d *disk) findSnapshot(id types.ID) *snapshot {
	for i := range d.snapshots {
		if d.snapshots[i].id == id.Id {
			return &d.snapshots[i]
		}
	}
	return nil
}

// object is all that the API says of a disk.
func (d *disk) object() types.VStorageObject {
	config := types.VStorageObjectConfigInfo{CapacityInMB: d.megabytes, ConsumptionType: []string{"disk"}}
	config.BaseConfigInfo = types.BaseConfigInfo{
		Id: types.ID{Id: d.id}, Name: d.name, CreateTime: d.created, KeepAfterDeleteVm: d.keep,
		RelocationDisabled: types.NewBool(d.noRelocation), NativeSnapshotSupported: types.NewBool(false),
		ChangedBlockTrackingEnabled: types.NewBool(d.tracking), Metadata: pairs(d.metadata), Backing: d.backing(),
	}
	for _, p := range d.places {
		config.ConsumerId = append(config.ConsumerId, types.ID{Id: p.machine.Value})
	}
	return types.VStorageObject{Config: config}
}

func (d *disk) backing() *types.BaseConfigInfoDiskFileBackingInfo {
	b := &types.BaseConfigInfoDiskFileBackingInfo{ProvisioningType: d.provisioning}
	b.Datastore, b.FilePath, b.BackingObjectId = d.store, d.path, d.backingID
	return b
}

// pairs are metadata in the order of their keys.
func pairs(metadata map[string]string) []types.KeyValue {
	var out []types.KeyValue
	for key, value := range metadata {
		out = append(out, types.KeyValue{Key: key, Value: value})
	}
	slices.SortFunc(out, func(a, b types.KeyValue) int { return cmp.Compare(a.Key, b.Key) })
	return out
}
