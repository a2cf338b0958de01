// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"cmp"
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// BandwidthLimitData finds one bandwidth limit of a QoS policy.
var BandwidthLimitData = crud.DataSource[sdn.Backend, bandwidthLimitDataModel]{Name: "networking_qos_bandwidth_limit_rule",
	Schema: bandwidthLimitDataSchema, Read: readBandwidthLimitData}

func bandwidthLimitDataSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Finds one bandwidth limit of a QoS policy by all that is written.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The ids of the policy and of the rule, with a slash between them.",
				Computed: true},
			"qos_policy_id":  schema.StringAttribute{MarkdownDescription: "The id of the policy.", Required: true},
			"max_kbps":       askedNumber("The most that passes, in kbit/s."),
			"max_burst_kbps": askedNumber("The most that passes in one burst, in kbit; 0: 80 % of `max_kbps`."),
			"direction":      askedText("`egress` or `ingress`."),
			"region":         placeFilters()["region"],
		},
	}
}

type bandwidthLimitDataModel struct {
	ID        types.String `tfsdk:"id"`
	PolicyID  types.String `tfsdk:"qos_policy_id"`
	MaxKbps   types.Int64  `tfsdk:"max_kbps"`
	Burst     types.Int64  `tfsdk:"max_burst_kbps"`
	Direction types.String `tfsdk:"direction"`
	Region    types.String `tfsdk:"region"`
}

func readBandwidthLimitData(ctx context.Context, backend sdn.Backend, m bandwidthLimitDataModel) (bandwidthLimitDataModel, error) {
	p, err := backend.QoSPolicy(ctx, m.PolicyID.ValueString())
	if err != nil {
		return m, openstack.AttributeErrorf("qos_policy_id", "%w: write the id of one", err)
	}
	fit := func(l openstack.BandwidthLimit) bool {
		return fitsNumber(m.MaxKbps, l.MaxKbps) && fitsNumber(m.Burst, l.BurstKb) && fitsText(m.Direction, l.Direction)
	}
	l, err := sole(p.Limits, fit, "bandwidth limit of the QoS policy "+cmp.Or(p.Name, p.ID),
		func(l openstack.BandwidthLimit) string { return l.Direction })
	m.ID, m.MaxKbps, m.Burst = types.StringValue(p.ID+"/"+l.ID), types.Int64Value(l.MaxKbps), types.Int64Value(l.BurstKb)
	m.Direction = types.StringValue(l.Direction)
	return m, err
}
