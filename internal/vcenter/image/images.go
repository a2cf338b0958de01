// Package image finds what instances are cloned from: the VM templates and the content library items of a datacenter, and the images of
// the OpenStack cloud that is looked into beside it.
package image

import (
	"time"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// Images are those of one datacenter. What it finds by an id or by a name alone it finds once.
type Images struct {
	// AbandonedAfter is how old a copy of a library item must be, with no task at work on it, to be taken for one that nobody makes any
	// more. A deployment's transfer need not show as a task of the copy, so the lack of a task alone tells nothing.
	AbandonedAfter time.Duration

	wire      *wire.Conn
	inventory *inventory.Inventory
	records   *records.Stores
	cloud     openstack.Cloud // nil: none
	cache     *imageCache
}

// New prepares the images of a datacenter without asking for any.
func New(conn *wire.Conn, at *inventory.Inventory, stores *records.Stores, cloud openstack.Cloud) *Images {
	return &Images{AbandonedAfter: time.Hour, wire: conn, inventory: at, records: stores, cloud: cloud, cache: &imageCache{}}
}
