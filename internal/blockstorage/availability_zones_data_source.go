// SPDX-License-Identifier: MPL-2.0

package blockstorage

import (
	"context"
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
)

// AvailabilityZonesData lists the zones that volumes can be made in.
var AvailabilityZonesData = crud.Zones[*vcenter.Client]{
	Name: "blockstorage_availability_zones",
	About: "Lists the zones that volumes can be made in: `nova`, and those of the provider's `availability_zone` blocks. " +
		"Each is looked up: one that has no datastore which every host of its cluster can write to, and which satisfies its storage policy, " +
		"is unavailable, and a warning says why.",
	List:  func(client *vcenter.Client) []string { return client.Inventory.Zones() },
	Check: checkZone,
	Tell: func(zone string, err error) (summary, detail string) {
		return "An availability zone has no datastore for volumes", "The zone " + zone + " takes no volumes: " + err.Error()
	},
}.DataSource()

// checkZone refuses a zone that no volume can be made in.
func checkZone(ctx context.Context, client *vcenter.Client, zone string) error {
	err := client.Volumes.Check(ctx, volumes.Request{VolumeSpec: openstack.VolumeSpec{Zone: zone}})
	if errors.Is(err, openstack.ErrNotFound) {
		return openstack.AttributeErrorf("availability_zone", "%w", err)
	}
	return err
}
