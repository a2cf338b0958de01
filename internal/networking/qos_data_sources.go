package networking

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// QoSPolicyData finds one QoS policy; BandwidthLimitData finds one of its rules.
var (
	QoSPolicyData = crud.DataSource[sdn.Backend, qosPolicyDataModel]{Name: "networking_qos_policy", Schema: qosPolicyDataSchema,
		Read: readQoSPolicyData}
	BandwidthLimitData = crud.DataSource[sdn.Backend, bandwidthLimitDataModel]{Name: "networking_qos_bandwidth_limit_rule",
		Schema: bandwidthLimitDataSchema, Read: readBandwidthLimitData}
)

func qosPolicyDataSchema(context.Context) schema.Schema {
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Computed: true}
	}
	flag := func(text string) schema.BoolAttribute {
		return schema.BoolAttribute{MarkdownDescription: text, Optional: true, Computed: true}
	}
	return schema.Schema{
		MarkdownDescription: "Finds one QoS policy by all that is written.",
		Attributes: map[string]schema.Attribute{
			"id":          schema.StringAttribute{MarkdownDescription: "The policy's id.", Computed: true},
			"name":        text("The policy's name."),
			"description": text("What the policy is for."),
			"is_default":  flag("Whether it is recorded as the default policy."),
			"shared":      flag("Whether it is recorded as one for all projects."),
			"tags": schema.SetAttribute{MarkdownDescription: "Tags that it must all have, among others.", Optional: true,
				ElementType: types.StringType},
			"all_tags":        schema.SetAttribute{MarkdownDescription: "Its tags.", Computed: true, ElementType: types.StringType},
			"created_at":      schema.StringAttribute{MarkdownDescription: "When it was made, RFC 3339.", Computed: true},
			"updated_at":      schema.StringAttribute{MarkdownDescription: "When it was last changed, RFC 3339.", Computed: true},
			"revision_number": schema.Int64Attribute{MarkdownDescription: "How often it was changed.", Computed: true},
			"project_id": schema.StringAttribute{MarkdownDescription: "The provider's `project` that it was made for. As an argument it is " +
				"without effect, with a warning: a vCenter has no projects, and what others have made is found too.", Optional: true,
				Computed: true},
			"region": schema.StringAttribute{MarkdownDescription: "Accepted without effect: a vCenter has no regions.", Optional: true},
		},
	}
}

type qosPolicyDataModel struct {
	ID          types.String `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	Default     types.Bool   `tfsdk:"is_default"`
	Shared      types.Bool   `tfsdk:"shared"`
	Tags        types.Set    `tfsdk:"tags"`
	AllTags     types.Set    `tfsdk:"all_tags"`
	Created     types.String `tfsdk:"created_at"`
	Updated     types.String `tfsdk:"updated_at"`
	Revision    types.Int64  `tfsdk:"revision_number"`
	Project     types.String `tfsdk:"project_id"`
	Region      types.String `tfsdk:"region"`
}

func readQoSPolicyData(ctx context.Context, backend sdn.Backend, m qosPolicyDataModel) (qosPolicyDataModel, error) {
	placeFilter{}.warn(ctx, backend.Planned(), m.Project)
	all, err := backend.QoSPolicies(ctx)
	if err != nil {
		return m, err
	}
	p, err := only(all, m.fits, "qos_policy", "that fits what is written", func(p openstack.QoSPolicy) string { return p.ID })
	if err != nil {
		return m, err
	}
	m.ID, m.Name, m.Description = types.StringValue(p.ID), types.StringValue(p.Name), types.StringValue(p.Description)
	m.Default, m.Shared, m.AllTags = types.BoolValue(p.Default), types.BoolValue(p.Shared), crud.SetOf(p.Tags)
	m.Updated, m.Revision, m.Project = crud.TimeValue(p.UpdatedAt), types.Int64Value(p.Revision), written(m.Project, p.Project)
	if p.Mark != nil {
		m.Created = crud.TimeValue(p.Mark.At)
	}
	return m, nil
}

func (m qosPolicyDataModel) fits(p openstack.QoSPolicy) bool {
	return fitsText(m.Name, p.Name) && fitsText(m.Description, p.Description) && fits(m.Default, p.Default) && fits(m.Shared, p.Shared) &&
		hasAll(p.Tags, crud.Strings(m.Tags))
}

func bandwidthLimitDataSchema(context.Context) schema.Schema {
	number := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Optional: true, Computed: true}
	}
	return schema.Schema{
		MarkdownDescription: "Finds one bandwidth limit of a QoS policy by all that is written.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The ids of the policy and of the rule, with a slash between them.",
				Computed: true},
			"qos_policy_id":  schema.StringAttribute{MarkdownDescription: "The id of the policy.", Required: true},
			"max_kbps":       number("The most that passes, in kbit/s."),
			"max_burst_kbps": number("The most that passes in one burst, in kbit; 0: 80 % of `max_kbps`."),
			"direction": schema.StringAttribute{MarkdownDescription: "`egress` or `ingress`.", Optional: true,
				Computed: true},
			"region": schema.StringAttribute{MarkdownDescription: "Accepted without effect: a vCenter has no regions.", Optional: true},
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
		return m, openstack.AttributeErrorf("qos_policy_id", "%w", err)
	}
	fit := func(l openstack.BandwidthLimit) bool {
		return fitsNumber(m.MaxKbps, l.MaxKbps) && fitsNumber(m.Burst, l.BurstKb) && fitsText(m.Direction, l.Direction)
	}
	l, err := only(p.Limits, fit, "bandwidth limit", "of the policy that fits what is written",
		func(l openstack.BandwidthLimit) string { return l.Direction })
	m.ID, m.MaxKbps, m.Burst = types.StringValue(p.ID+"/"+l.ID), types.Int64Value(l.MaxKbps), types.Int64Value(l.BurstKb)
	m.Direction = types.StringValue(l.Direction)
	return m, err
}
