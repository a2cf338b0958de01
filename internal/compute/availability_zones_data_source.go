package compute

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// AvailabilityZonesData lists the availability zones.
var AvailabilityZonesData = crud.DataSource[*vcenter.Client, zonesModel]{Name: "compute_availability_zones", Schema: zonesSchema,
	Read: readZones}

// The states of a zone, as the OpenStack provider names them.
const (
	zoneAvailable   = "available"
	zoneUnavailable = "unavailable"
)

func zonesSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists the availability zones: `nova`, and those of the provider's `availability_zone` blocks. Each is looked " +
			"up: one whose cluster, pool, datastores, policy or switch do not go together is unavailable, and a warning says why.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "Always `availability_zones`.", Computed: true},
			"state": schema.StringAttribute{MarkdownDescription: "`available` or `unavailable`. Unset: `available`.", Optional: true,
				Validators: []validator.String{stringvalidator.OneOf(zoneAvailable, zoneUnavailable)}},
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
		err := client.Inventory.CheckPlacement(ctx, zone)
		var wrong *openstack.FieldError
		if err != nil && !errors.As(err, &wrong) { // a failed call does not mean that the zone does not fit
			return m, err
		}
		if err != nil && m.State.ValueString() != zoneUnavailable {
			crud.Warn(ctx, "An availability zone is unavailable", strings.ToUpper(err.Error()[:1])+err.Error()[1:])
		}
		if (err == nil) != (m.State.ValueString() == zoneUnavailable) {
			m.Names = append(m.Names, zone)
		}
	}
	return m, ctx.Err()
}
