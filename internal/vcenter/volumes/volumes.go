// SPDX-License-Identifier: MPL-2.0

// Package volumes keeps OpenStack's volumes as first class disks: disks that a vCenter knows by an id of their own, whether a machine has
// them or not. What is asked for is recorded in a disk's own metadata.
//
// Changes go to the vCenter's VcenterVStorageObjectManager, which wants the datastore of a disk. Lookups go to the vslm endpoint, which
// finds a disk wherever it lies. A datastore and a path say where a disk was, and identify nothing.
package volumes

import (
	"context"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/diskfiles"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// Volumes are the volumes of one vCenter. All of its methods may be called concurrently.
type Volumes struct {
	// LostPatience is how long a disk is looked for whose creation was not answered.
	LostPatience time.Duration
	// PageSize is how many disks a query asks for at once. A server may answer with fewer.
	PageSize int32

	wire      *wire.Conn
	inventory *inventory.Inventory
	records   *records.Stores
	images    *image.Images
	files     *diskfiles.Files                            // copies of images' disks
	taking    *locks                                      // by the ids of volumes that a snapshot is taken of
	reads     *wire.Batch[string, openstack.Volume]       // by id
	holders   *wire.Batch[string, []openstack.Attachment] // by id
	kinds     *wire.Batch[openstack.Volume, string]
	marked    listing[openstack.Volume]       // those with a mark of this provider's
	attached  listing[[]openstack.Attachment] // those on machines below the provider's folder
	types     listing[string]                 // the storage policies of disks
	before    wire.Lookup[[]openstack.Volume] // those with a mark, before the first creation
	seen      sync.Map                        // ids that this process has made or read
}

// locks are one lock for each key.
type locks struct {
	mu sync.Mutex
	by map[string]*sync.Mutex
}

// hold takes the lock of a key, and gives what releases it.
func (l *locks) hold(key string) (release func()) {
	l.mu.Lock()
	if l.by[key] == nil {
		l.by[key] = &sync.Mutex{}
	}
	one := l.by[key]
	l.mu.Unlock()
	one.Lock()
	return one.Unlock
}

// New prepares the volumes of a vCenter without reading any.
func New(conn *wire.Conn, at *inventory.Inventory, stores *records.Stores, images *image.Images) *Volumes {
	v := &Volumes{LostPatience: 5 * time.Minute, PageSize: 1000, wire: conn, inventory: at, records: stores,
		images: images, files: diskfiles.New(conn, at), taking: &locks{by: map[string]*sync.Mutex{}}}
	v.reads = &wire.Batch[string, openstack.Volume]{Do: func(ctx context.Context, ids []string) []wire.Outcome[openstack.Volume] {
		return v.readTogether(ctx, ids)
	}}
	v.holders = &wire.Batch[string, []openstack.Attachment]{
		Do: func(ctx context.Context, ids []string) []wire.Outcome[[]openstack.Attachment] {
			return v.attachmentsTogether(ctx, ids)
		},
	}
	v.kinds = &wire.Batch[openstack.Volume, string]{Do: func(ctx context.Context, of []openstack.Volume) []wire.Outcome[string] {
		return v.typesTogether(ctx, of)
	}}
	return v
}

// Changed forgets what was listed, after something that may have changed volumes or their machines.
func (v *Volumes) Changed() {
	v.marked.drop()
	v.attached.drop()
	v.types.drop()
}
