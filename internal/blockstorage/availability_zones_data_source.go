package blockstorage

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
)

// AvailabilityZonesData lists the zones that volumes can be made in.
var AvailabilityZonesData = crud.DataSource[*vcenter.Client, zonesModel]{Name: "blockstorage_availability_zones", Schema: zonesSchema,
	Read: readZones}

// zoneUnavailable is the other state of a zone, as the OpenStack provider names it.
const zoneUnavailable = "unavailable"

func zonesSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists the zones that volumes can be made in: `nova`, and those of the provider's `availability_zone` blocks. " +
			"Each is looked up: one that has no datastore which every host of its cluster can write to, and which satisfies its storage policy, " +
			"is unavailable, and a warning says why.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "Always `availability_zones`.", Computed: true},
			"state": schema.StringAttribute{MarkdownDescription: "`available` or `unavailable`. Unset: `available`.", Optional: true,
				Validators: []validator.String{stringvalidator.OneOf(statusAvailable, zoneUnavailable)}},
			"region": schema.StringAttribute{MarkdownDescription: "Accepted without effect: a vCenter has no regions.", Optional: true},
			"names":  schema.ListAttribute{MarkdownDescription: "The names of the zones, sorted.", Computed: true, ElementType: types.StringType},
		},
	}
}

type zonesModel struct {
	ID     types.String `tfsdk:"id"`
	State  types.String `tfsdk:"state"`
	Region types.String `tfsdk:"region"`
	Names  []string     `tfsdk:"names"`
}

func readZones(ctx context.Context, client *vcenter.Client, m zonesModel) (zonesModel, error) {
	m.ID, m.Names = types.StringValue("availability_zones"), []string{}
	for _, zone := range client.Inventory.Zones() {
		err := client.Volumes.Check(ctx, volumes.Request{VolumeSpec: openstack.VolumeSpec{Zone: zone}})
		var wrong *openstack.FieldError
		if err != nil && !errors.As(err, &wrong) && !errors.Is(err, openstack.ErrNotFound) {
			return m, err // a failed call does not mean that the zone has no datastore
		}
		if err != nil && m.State.ValueString() != zoneUnavailable {
			crud.Warn(ctx, "An availability zone has no datastore for volumes",
				"The zone "+zone+" takes no volumes: "+err.Error())
		}
		if (err == nil) != (m.State.ValueString() == zoneUnavailable) {
			m.Names = append(m.Names, zone)
		}
	}
	return m, ctx.Err()
}
