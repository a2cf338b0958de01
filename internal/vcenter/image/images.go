// SPDX-License-Identifier: MPL-2.0

// Package image finds what instances are cloned from: the VM templates and content library items of a datacenter. It also finds the
// images of an OpenStack cloud to fall back on.
package image

import (
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/upload"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// Images finds the images of one datacenter. It keeps what it finds by id or by name alone.
type Images struct {
	// AbandonedAfter is how old a copy of a library item without a task must be to count as abandoned by its maker. A deployment's transfer
	// need not show as a task of the copy, so the lack of a task alone proves nothing.
	AbandonedAfter time.Duration

	wire      *wire.Conn
	inventory *inventory.Inventory
	records   *records.Stores
	cloud     openstack.Cloud // nil: none
	cache     *imageCache
	Uploads   *upload.Uploads

	made   sync.Map // the ids of templates that this process chose
	making sync.Map // the paths of templates that this process is making
	gone   sync.Map // the ids of images that this process was asked for and did not find
}

// New returns the Images of a datacenter without reading any.
func New(conn *wire.Conn, at *inventory.Inventory, stores *records.Stores, cloud openstack.Cloud) *Images {
	return &Images{AbandonedAfter: time.Hour, wire: conn, inventory: at, records: stores, cloud: cloud, cache: &imageCache{},
		Uploads: upload.New(conn, at)}
}
