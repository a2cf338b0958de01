// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// AggregateData finds one aggregate.
var AggregateData = crud.DataSource[*vcenter.Client, aggregateDataModel]{Name: "compute_aggregate", Schema: aggregateDataSchema,
	Read: readAggregateData}

func aggregateDataSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Finds one aggregate by its name. Metadata and hosts that are written must be among the aggregate's.",
		Attributes: map[string]schema.Attribute{
			"id":       schema.StringAttribute{MarkdownDescription: "The aggregate's id.", Computed: true},
			"name":     schema.StringAttribute{MarkdownDescription: "The aggregate's name.", Required: true},
			"zone":     schema.StringAttribute{MarkdownDescription: "The name of its availability zone.", Computed: true},
			"metadata": schema.MapAttribute{MarkdownDescription: "Its metadata.", Optional: true, Computed: true, ElementType: types.StringType},
			"hosts": schema.SetAttribute{MarkdownDescription: "The ESX hosts of the cluster's host group.", Optional: true, Computed: true,
				ElementType: types.StringType},
			"region": crud.DataRegion(),
		},
	}
}

type aggregateDataModel struct {
	ID       types.String `tfsdk:"id"`
	Name     types.String `tfsdk:"name"`
	Zone     types.String `tfsdk:"zone"`
	Metadata types.Map    `tfsdk:"metadata"`
	Hosts    types.Set    `tfsdk:"hosts"`
	Region   types.String `tfsdk:"region"`
}

func readAggregateData(ctx context.Context, client *vcenter.Client, m aggregateDataModel) (aggregateDataModel, error) {
	a, err := client.Aggregates.Named(ctx, m.Name.ValueString())
	if err != nil {
		return m, err
	}
	have := map[string]bool{}
	for _, host := range a.Hosts {
		have[host] = true
	}
	for _, host := range crud.Strings(m.Hosts) {
		if !have[host] {
			return m, openstack.AttributeErrorf("hosts", "the aggregate %s has the hosts %q, and not %q", a.Name, a.Hosts, host)
		}
	}
	for key, value := range crud.StringMap(m.Metadata) {
		if a.Metadata[key] != value {
			return m, openstack.AttributeErrorf("metadata", "the aggregate %s has the metadata %q, and not %s = %q", a.Name, a.Metadata, key, value)
		}
	}
	m.ID, m.Zone = types.StringValue(a.ID), types.StringValue(a.Zone)
	m.Metadata, m.Hosts = crud.MapOf(a.Metadata), crud.SetOf(a.Hosts)
	return m, nil
}
