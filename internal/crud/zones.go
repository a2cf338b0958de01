// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Zones is the data source of a service's availability zones.
type Zones[C any] struct {
	Name  string // of the data source
	About string // its description
	List  func(client C) []string
	Check func(ctx context.Context, client C, zone string) error // a FieldError where the zone is unavailable
	Tell  func(zone string, err error) (summary, detail string)  // the warning about an unavailable zone
}

// The states of a zone, as the OpenStack provider names them.
const (
	zoneAvailable   = "available"
	zoneUnavailable = "unavailable"
)

// DataSource returns the data source.
func (z Zones[C]) DataSource() DataSource[C, ZonesModel] {
	return DataSource[C, ZonesModel]{Name: z.Name, Schema: z.schema, Read: z.read}
}

func (z Zones[C]) schema(context.Context) schema.Schema {
	return schema.Schema{MarkdownDescription: z.About, Attributes: map[string]schema.Attribute{
		"id": schema.StringAttribute{MarkdownDescription: "Always `availability_zones`.", Computed: true},
		"state": schema.StringAttribute{MarkdownDescription: "`available` or `unavailable`. Unset: `available`.", Optional: true,
			Validators: []validator.String{stringvalidator.OneOf(zoneAvailable, zoneUnavailable)}},
		"region": DataRegion(),
		"names":  schema.ListAttribute{MarkdownDescription: "The names of the zones, sorted.", Computed: true, ElementType: types.StringType},
	}}
}

// ZonesModel is the data source as Terraform holds it.
type ZonesModel struct {
	ID     types.String `tfsdk:"id"`
	State  types.String `tfsdk:"state"`
	Region types.String `tfsdk:"region"`
	Names  []string     `tfsdk:"names"`
}

func (z Zones[C]) read(ctx context.Context, client C, m ZonesModel) (ZonesModel, error) {
	m.ID, m.Names = types.StringValue("availability_zones"), []string{}
	for _, zone := range z.List(client) {
		err := z.Check(ctx, client, zone)
		var wrong *openstack.FieldError
		if err != nil && !errors.As(err, &wrong) { // a failed call does not mean that the zone does not fit
			return m, err
		}
		if err != nil && m.State.ValueString() != zoneUnavailable {
			summary, detail := z.Tell(zone, err)
			Warn(ctx, summary, detail)
		}
		if (err == nil) != (m.State.ValueString() == zoneUnavailable) {
			m.Names = append(m.Names, zone)
		}
	}
	return m, ctx.Err()
}
