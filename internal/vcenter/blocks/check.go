// SPDX-License-Identifier: MPL-2.0

package blocks

import (
	"context"
	"fmt"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
)

// CheckReach refuses, at plan, a volume on a datastore that the hosts of a zone's cluster do not have, so that no instance there can have
// the volume, nor a copy of its snapshot, which lies beside it.
func (b *Blocks) CheckReach(ctx context.Context, zone, node string, volume openstack.Volume) error {
	at, err := b.inventory.PlannedTarget(ctx, zone, node)
	if err != nil || volume.Datastore == "" {
		return err
	}
	names, err := b.storesOf(ctx, at)
	if err != nil || slices.Contains(names, volume.Datastore) {
		return err
	}
	return fmt.Errorf("the volume %s lies on the datastore %s, which the hosts of %s do not have: make the instance in a zone that does, or "+
		"the volume in this one", volume.Name, volume.Datastore, at.Name())
}

// storesOf reads the names of the datastores of a cluster, or of its host that is named, once.
func (b *Blocks) storesOf(ctx context.Context, at inventory.Target) ([]string, error) {
	of, stores := at.Cluster.Self, at.Cluster.Datastore
	if at.Host != nil {
		of, stores = at.Host.Self, at.Host.Datastore
	}
	if known, ok := b.stores.Load(of); ok {
		names, _ := known.([]string)
		return names, nil
	}
	names, err := inventory.DatastoreNames(ctx, b.wire, stores)
	if err != nil {
		return nil, faults.Explain("reading the datastores of "+at.Name(), err)
	}
	b.stores.Store(of, names)
	return names, nil
}

// Holder returns the name of the instance that has a volume; empty: none below the provider's folder has it.
func (b *Blocks) Holder(ctx context.Context, id string) (string, error) {
	all, err := b.volumes.Attachments(ctx, id)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return all[0].ServerName, nil
}
