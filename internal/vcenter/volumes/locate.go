// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

// Where finds a volume, and the datastore that it lies on at this moment. ErrNotFound where it is nowhere.
func (v *Volumes) Where(ctx context.Context, id string) (openstack.Volume, types.ManagedObjectReference, error) {
	found, err := v.locate(ctx, id)
	return found.Volume, found.store, err
}

// locate finds a volume wherever it lies. ErrNotFound where it is nowhere.
func (v *Volumes) locate(ctx context.Context, id string) (located, error) {
	found, err := v.retrieve(ctx, id)
	if faults.Is[*types.NotFound](err) {
		again, failed := v.rediscover(ctx, []string{id})
		if failed != nil {
			return located{}, failed
		}
		if _, ok := again[id]; !ok {
			return located{}, openstack.NotFound("there is no volume %s", id)
		}
		found, err = v.retrieve(ctx, id)
	}
	return found, faults.Explain("reading the volume "+id, err)
}

// rediscover looks for volumes that the catalogue does not find on the machines that may have them, and has the catalogue look through the
// datastores where these have them. Storage DRS was seen to move a disk past the catalogue. A volume that a machine has, and that the
// catalogue does not find then, is an error: it is not gone.
func (v *Volumes) rediscover(ctx context.Context, ids []string) (map[string]openstack.Volume, error) {
	vms, err := v.machines(ctx)
	if err != nil {
		return nil, err
	}
	holders, stores := map[string]string{}, map[ref]bool{}
	for _, vm := range vms {
		if vm.Config == nil {
			continue
		}
		for _, disk := range machine.DisksOf(vm) {
			if disk.VDiskId != nil && slices.Contains(ids, disk.VDiskId.Id) {
				holders[disk.VDiskId.Id], stores[machine.StoreOf(disk)] = property.UnescapeName(vm.Name), true
			}
		}
	}
	if len(holders) == 0 {
		return nil, nil
	}
	for store := range stores {
		if err := v.reconcile(ctx, store); err != nil {
			return nil, faults.Explain("looking through the datastore "+store.Value+" for volumes", err)
		}
	}
	found, err := v.byIDs(ctx, slices.Sorted(maps.Keys(holders)))
	if err != nil {
		return nil, err
	}
	for id, name := range holders {
		if _, ok := found[id]; !ok {
			return nil, fmt.Errorf("the volume %s is attached to %s, and the vCenter's catalogue of disks does not know it, even after it has "+
				"looked through the datastore again: an administrator must see to the vCenter's Virtual Storage Lifecycle service", id, name)
		}
	}
	return found, nil
}

// reconcile has the catalogue look through a datastore.
func (v *Volumes) reconcile(ctx context.Context, store ref) error {
	return v.wire.RunIdempotent(ctx, func(ctx context.Context, client *vim25.Client) (ref, error) {
		res, err := methods.ReconcileDatastoreInventory_Task(ctx, client,
			&types.ReconcileDatastoreInventory_Task{This: *client.ServiceContent.VStorageObjectManager, Datastore: store})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
}
