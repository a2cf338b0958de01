// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"context"
	"fmt"
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Shared leaves of some datastores those that every connected host of the cluster mounts for writing: a disk there can be attached to a
// machine wherever it runs. None is an error.
func (at Target) Shared(ctx context.Context, stores []mo.Datastore) ([]mo.Datastore, error) {
	hosts, err := at.c.Places.Hosts(ctx)
	if err != nil {
		return nil, err
	}
	mounts, err := at.Site.mounts(ctx)
	if err != nil {
		return nil, err
	}
	lacks := func(store mo.Datastore) bool {
		return slices.ContainsFunc(at.Cluster.Host, func(r ref) bool {
			host, known := hosts[r]
			connected := known && host.Runtime.ConnectionState == types.HostSystemConnectionStateConnected
			return connected && !writable(mounts[store.Self], r)
		})
	}
	left := slices.DeleteFunc(slices.Clone(stores), lacks)
	if len(left) == 0 {
		return nil, openstack.AttributeErrorf("availability_zone", "none of the datastores that may be chosen is mounted for writing by every "+
			"host of the cluster %s: %s", at.Cluster.Name, storeNames(stores))
	}
	return left, nil
}

// writable reports whether a host mounts a datastore for writing.
func writable(mounts []types.DatastoreHostMount, host ref) bool {
	return slices.ContainsFunc(mounts, func(m types.DatastoreHostMount) bool { return m.Key == host && ForWriting(m) })
}

// ForWriting reports whether a datastore is mounted for writing, as a host's mount shows it.
func ForWriting(mount types.DatastoreHostMount) bool {
	return mount.MountInfo.AccessMode == string(types.HostMountModeReadWrite) && !Lost(mount)
}

// Lost reports whether a host shows that it cannot reach a datastore at the moment.
func Lost(mount types.DatastoreHostMount) bool {
	is := mount.MountInfo
	return is.Mounted != nil && !*is.Mounted || is.Accessible != nil && !*is.Accessible
}

// DatastoreNames reads the names of datastores with one query.
func DatastoreNames(ctx context.Context, conn *wire.Conn, stores []ref) (names []string, err error) {
	questions := make([]property.Query, len(stores))
	for i, store := range stores {
		questions[i] = property.Query{Object: store, Paths: []string{"name"}}
	}
	answers, err := conn.Retrieve(ctx, questions)
	for _, content := range answers {
		var store mo.Datastore
		if err := property.Load(content, &store); err != nil {
			return nil, fmt.Errorf("reading a datastore: %w", err)
		}
		names = append(names, property.UnescapeName(store.Name))
	}
	return names, err
}

// mounts are how hosts mount the datastores of the zone, read once.
func (s *Site) mounts(ctx context.Context) (map[ref][]types.DatastoreHostMount, error) {
	return s.mountsOnce.Get(func() (map[ref][]types.DatastoreHostMount, error) {
		stores, err := s.eligibleStores(ctx)
		if err != nil {
			return nil, err
		}
		questions := make([]property.Query, len(stores))
		for i, store := range stores {
			questions[i] = property.Query{Object: store.Self, Paths: []string{"host"}}
		}
		found, err := s.c.wire.Retrieve(ctx, questions)
		if err != nil {
			return nil, faults.Explain("reading which hosts mount the datastores", err)
		}
		out := map[ref][]types.DatastoreHostMount{}
		for object, content := range found {
			var store mo.Datastore
			if err := property.Load(content, &store); err != nil {
				return nil, faults.Explain("reading which hosts mount the datastores", err)
			}
			out[object] = store.Host
		}
		return out, nil
	})
}
