// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// AvailabilityZonesData lists the availability zones.
var AvailabilityZonesData = crud.Zones[*vcenter.Client]{
	Name: "compute_availability_zones",
	About: "Lists the availability zones: `nova`, and those of the provider's `availability_zone` blocks. Each is looked " +
		"up: one whose cluster, pool, datastores, policy or switch do not go together is unavailable, and a warning says why.",
	List: func(client *vcenter.Client) []string { return client.Inventory.Zones() },
	Check: func(ctx context.Context, client *vcenter.Client, zone string) error {
		return client.Inventory.CheckPlacement(ctx, zone)
	},
	Tell: func(_ string, err error) (summary, detail string) {
		return "An availability zone is unavailable", strings.ToUpper(err.Error()[:1]) + err.Error()[1:]
	},
}.DataSource()
