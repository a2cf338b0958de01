// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// ServicesData lists the compute services.
var ServicesData = crud.DataSource[*vcenter.Client, servicesModel]{Name: "compute_services", Schema: servicesSchema, Read: readServices}

// computeBinary is the service that runs on a compute node in OpenStack.
const computeBinary = "nova-compute"

func servicesSchema(context.Context) schema.Schema {
	filter := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true}
	}
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Computed: true}
	}
	return schema.Schema{
		MarkdownDescription: "Lists the compute services of the datacenter: one `nova-compute` for each ESX host, by the names of clusters and " +
			"hosts. Nova's VMware driver has one for each cluster, and hides the hosts. However many blocks ask, a plan asks the vCenter once, " +
			"for these and for hypervisors together.",
		Attributes: map[string]schema.Attribute{
			"id":     schema.StringAttribute{MarkdownDescription: "Always `services`.", Computed: true},
			"region": crud.DataRegion(),
			"binary": filter("The kind of service. A vCenter has none but `nova-compute`."),
			"host":   filter("The name of the ESX host that they are of."),
			"services": schema.ListNestedAttribute{MarkdownDescription: "The services that fit.", Computed: true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":                  text("The host's managed object id."),
					"binary":              text("Always `nova-compute`."),
					"host":                text("The ESX host's name."),
					"zone":                text("The availability zone."),
					"state":               text("`up` where the host is connected, else `down`."),
					"status":              text("`disabled` where the host is in maintenance, else `enabled`."),
					"disabled_reason":     text("Why it is disabled; empty where it is not."),
					"hypervisor_hostname": text("The name of the compute node that the host belongs to, as instances have it."),
				}}},
		},
	}
}

type servicesModel struct {
	ID       types.String   `tfsdk:"id"`
	Region   types.String   `tfsdk:"region"`
	Binary   types.String   `tfsdk:"binary"`
	Host     types.String   `tfsdk:"host"`
	Services []serviceModel `tfsdk:"services"`
}

type serviceModel struct {
	ID             string `tfsdk:"id"`
	Binary         string `tfsdk:"binary"`
	Host           string `tfsdk:"host"`
	Zone           string `tfsdk:"zone"`
	State          string `tfsdk:"state"`
	Status         string `tfsdk:"status"`
	DisabledReason string `tfsdk:"disabled_reason"`
	Hypervisor     string `tfsdk:"hypervisor_hostname"`
}

func readServices(ctx context.Context, client *vcenter.Client, m servicesModel) (servicesModel, error) {
	all, err := client.Inventory.Hypervisors(ctx)
	if err != nil {
		return m, err
	}
	binary, host := m.Binary.ValueString(), m.Host.ValueString()
	m.ID, m.Services = types.StringValue("services"), []serviceModel{}
	for _, h := range all {
		if h.IsHost && (binary == "" || binary == computeBinary) && (host == "" || host == h.Hostname) {
			m.Services = append(m.Services, serviceModel{h.ID, computeBinary, h.Hostname, client.Inventory.ZoneOfCluster(ctx, h.Node), h.State,
				h.Status, h.DisabledReason, h.Node})
		}
	}
	return m, nil
}
